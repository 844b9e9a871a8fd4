"""Words of a command line with the way back to their file: options taken apart, parts of words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.location import Span
from bot.documents.nodes import Scalar, Style
from bot.vault.values import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.location import Place

# Options of the client without a value (`vault write -h`, `vault policy -h`, `vault audit enable -h`, `vault secrets
# enable -h`, 2026-11); every other one takes the next word where no `=` follows.
_SWITCHES: Final = frozenset(
    {
        "force", "f", "local", "non-interactive", "tls-skip-verify", "output-curl-string", "output-policy",
        "disable-redirects", "policy-override", "help", "h", "no-print", "detailed", "seal-wrap",
        "external-entropy-access", "force-no-cache",
    }
)  # fmt: skip


def without_options(words: list[Scalar]) -> tuple[dict[str, Scalar], list[Scalar]]:
    """The options by name, and the words that are none."""
    options: dict[str, Scalar] = {}
    plain: list[Scalar] = []
    rest = iter(words)
    for word in rest:
        if not word.text.startswith("-") or word.text == "-":
            plain.append(word)
            continue
        name, separator, value = word.text.lstrip("-").partition("=")
        if separator:
            options[name] = part_of(word, len(word.text) - len(value), value)
        elif name not in _SWITCHES:
            following = next(rest, None)
            if following is not None:
                options[name] = following
    return options, plain


def namespace_named(text: str) -> str:
    """A namespace as it is compared: without slashes at its ends; "" for the root and for one that is not known."""
    name = text.strip().strip("/")
    return "" if name == "root" or "$" in name or "{{" in name else name


def part_of(word: Scalar, start: int, text: str) -> Scalar:
    """A part of a word, from `start` on."""
    at = word.place(start)
    span = Span(word.span.path, *at, word.span.end_line, word.span.end_column)
    known = not isinstance(word, UnknownValue) or not re.search(r"[$`]", text)
    kind = Scalar if known else UnknownValue
    return kind(text if known else None, text, span, Style.PLAIN, None, moved(word.place, start))


def prefixed(prefix: str, word: Scalar) -> Scalar:
    """The word with a text in front of it, at the word's place."""
    kind = type(word)
    text = prefix + word.text
    return kind(None if isinstance(word, UnknownValue) else text, text, word.span)


def moved(place: Callable[[int], Place], by: int) -> Callable[[int], Place]:
    """The places of a text that begins `by` characters further on."""
    return lambda offset: place(offset + by)
