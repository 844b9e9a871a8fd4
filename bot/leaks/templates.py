"""Texts with secrets in them as templates: each piece that is not known is one character, so that patterns apply.

What a command takes out of a text is then known: the literal text around a secret, the whole secret, or a part.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass, regex
from bot.leaks.model import LeakedForm, Origin
from bot.leaks.values import Flow, Value, changed, of_pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.values import Piece

_FIRST: Final = 0xE000
_LAST: Final = 0xF8FF
"""characters for private use (Unicode): no script has them"""
_BEFORE: Final = "scheme://user:"
_BEHIND: Final = "@host/path"
"""what is around the password of a secret that is an address"""
_ADDRESS: Final = regex(r"(?:^|_)(?:URL|URI|DSN|CONN(?:ECTION)?_STR(?:ING)?)$")
UNKNOWN_CHARACTER: Final = f"[{chr(_FIRST)}-{chr(_LAST)}]"
"""a regular expression for a piece"""


@dataclass(frozen=True, slots=True)
class PartlyKnownText:
    """A text in which the i-th piece that is not known is the i-th character for private use."""

    text: str
    pieces: tuple[tuple[Flow, ...], ...]
    is_address: bool = False
    """the only piece is the password of a secret that is an address as a whole"""

    def value(self, text: str, form: LeakedForm = LeakedForm.WHOLE) -> Value:
        """The value that `text`, made from this template, stands for. `form`: what the command makes of each piece."""
        if self.is_address:
            return self._address(text, form)
        parts: list[Piece] = []
        for piece in re.split(f"({UNKNOWN_CHARACTER})", text):
            is_piece = len(piece) == 1 and _FIRST <= ord(piece) <= _LAST
            parts.append(changed(self.pieces[ord(piece) - _FIRST], form) if is_piece else piece)
        return of_pieces(parts)

    def _address(self, text: str, form: LeakedForm) -> Value:
        """What is left of a secret address: all of it, its password, or neither."""
        if self.text in text:
            return Value(None, changed(self.pieces[0], form))
        if chr(_FIRST) not in text:
            return Value(None)
        is_masked = all(flow.source.origin is Origin.PREDEFINED for flow in self.pieces[0])
        return Value(None, changed(self.pieces[0], form if is_masked else LeakedForm.PART))

    def each_line(self, make: Callable[[str], str | None], form: LeakedForm = LeakedForm.WHOLE) -> Value:
        """The value after `make` was applied to each line; None drops a line."""
        lines = self.text.removesuffix("\n").split("\n")
        made = [line for line in map(make, lines) if line is not None]
        end = "\n" if made and self.text.endswith("\n") else ""
        return self.value("\n".join(made) + end, form)


def template_of(value: Value) -> PartlyKnownText:
    """The template of a value."""
    text = ""
    pieces: list[tuple[Flow, ...]] = []
    for piece in value.pieces:
        if isinstance(piece, str):
            text += piece
        else:
            text += chr(_FIRST + len(pieces))
            pieces.append(tuple(flow for flow in piece if not flow.is_path))
    if len(pieces) == 1 and text.strip() == chr(_FIRST) and _is_address(pieces[0]):
        return PartlyKnownText(_BEFORE + chr(_FIRST) + _BEHIND, tuple(pieces), is_address=True)
    return PartlyKnownText(text, tuple(pieces))


def _is_address(flows: tuple[Flow, ...]) -> bool:
    return bool(flows) and all(
        _ADDRESS.search(flow.source.name) and flow.form is LeakedForm.WHOLE and not flow.via for flow in flows
    )


def is_opaque(template: PartlyKnownText) -> bool:
    """Whether nothing is known of the text but that it is one piece."""
    return not template.is_address and re.fullmatch(UNKNOWN_CHARACTER, template.text.strip("\n")) is not None


def glob_as_regex(pattern: str, *, greedy: bool = True) -> str | None:
    """A pattern of the shell as a regular expression; None where it has a bracket, which is not read."""
    if "[" in pattern or "\\" in pattern:
        return None
    some = ".*" if greedy else ".*?"
    return "".join(some if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)


def basic_as_regex(pattern: str, *, extended: bool = False) -> str:
    """Return a regular expression of `sed` or `grep` in Python's notation, which escapes the other way round."""
    if extended:
        return pattern
    swapped = re.sub(
        r"\\?[(){}+?|]", lambda found: found[0][1:] if found[0][0] == "\\" else "\\" + found[0], pattern
    )
    return re.sub(r"\[\[:(\w+):\]\]", lambda found: _CLASSES.get(found[1], "."), swapped)


_CLASSES: Final = {"space": r"\s", "digit": r"\d", "alnum": r"[A-Za-z0-9]", "alpha": "[A-Za-z]", "print": "."}
