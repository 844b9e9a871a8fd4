"""Patterns with `*` (any run of characters) and `?` (one character), anchored at both ends, as AWS and Azure match."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING

from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_WILDCARD = regex(r"[*?]")
_MAX_INSTANCES = 400


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    written = "".join(
        ".*" if char == "*" else "." if char == "?" else re.escape(char)
        for char in re.sub(r"\*+", "*", pattern)
    )
    return re.compile(written, re.DOTALL)


def wildcard_match(pattern: str, text: str) -> bool:
    """Return whether the whole of `text` matches; both wildcards cross `/` and `:`."""
    return _compiled(pattern).fullmatch(text) is not None


def has_wildcard(pattern: str) -> bool:
    """Return whether `pattern` contains `*` or `?`."""
    return _WILDCARD.search(pattern) is not None


def instances(pattern: str, runs: tuple[str, ...], singles: tuple[str, ...] = ("x", "1")) -> Iterator[str]:
    """Yield texts that match `pattern`: each `*` replaced by one of `runs`, each `?` by one of `singles`."""
    parts = _WILDCARD.split(pattern)
    choices = [runs if found[0] == "*" else singles for found in _WILDCARD.finditer(pattern)]
    for chosen in islice(product(*choices), _MAX_INSTANCES):
        filled = [part + fill for part, fill in zip(parts, (*chosen, ""), strict=True)]
        yield "".join(filled)
