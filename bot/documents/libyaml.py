"""What to make of libyaml's refusals: a clear sentence, or a second try.

ruamel's C reader carries libyaml 0.1.7 (2016), Psych 0.2.5 (2020). They differ in one thing people write: in
a flow list the older one stops at a colon or a question mark inside a plain value, as in
`!reference [.oidc:auth, script]` or `[v1?, v2]`. So what it refuses is tried again with those disguised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.documents.location import Unreadable
from bot.lazy import regex

if TYPE_CHECKING:
    import re

_COLON: Final = "\ue03a"
_QUESTION_MARK: Final = "\ue03f"
# A tag (which keeps its colons), or a character that may be disguised. libyaml 0.2.5 itself still refuses a
# colon before a flow indicator (scanner.c, yaml_parser_scan_plain_scalar, read 2026-11).
_WITHIN_A_VALUE: Final = regex(
    r"""(?<![^\s,\[{])!\S+|(?<=[^\s"',\[\]{}])(?P<colon>:)(?=[^\s,?\[\]{}])|(?P<mark>\?)"""
)

_REMEDIES: Final = (
    ("tab", "indent with blanks, never with tabs"),
    ("cannot start any token", "quote a value that begins with @, ` or %, and indent with blanks, not tabs"),
    ("mapping values are not allowed", "put a value that holds a colon and a blank in quotes"),
    ("could not find expected ':'", "a key has no colon, or a value of several lines needs | or quotes"),
    ("did not find expected key", "check the indentation and the quotes of the lines above"),
    ("did not find expected '-' indicator", "check the indentation of the list"),
    ("did not find expected ',' or", "close the bracket, or put the value in quotes"),
    ("unexpected end of stream", "close the quotes"),
    ("control characters", "remove the control character"),
)


def disguised(text: str) -> str | None:
    """`text` as libyaml 0.1.7 can read it, of the same length; None where there is nothing to disguise."""
    if _COLON in text or _QUESTION_MARK in text:
        return None
    changed = _WITHIN_A_VALUE.sub(_disguise, text)
    return changed if changed != text else None


def undisguised(text: str) -> str:
    """A value of the disguised text as it was."""
    return text.replace(_COLON, ":").replace(_QUESTION_MARK, "?")


def syntax_error(path: str, text: str, error: Any) -> Unreadable:
    """The complaint `error` of libyaml with its line and what to do about it."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        problem, line = str(error.problem), text.count("\n", 0, mark.index) + 1
    else:
        problem = str(getattr(error, "reason", "") or "not readable")
        position = getattr(error, "position", None)
        line = text.encode(errors="replace").count(b"\n", 0, position) + 1 if isinstance(position, int) else 0
    remedy = next(
        (what for sign, what in _REMEDIES if sign in problem), "correct this line or the one above it"
    )
    return Unreadable(path, line, f"not YAML, {problem}: {remedy}")


def _disguise(match: re.Match[str]) -> str:
    if match["colon"]:
        return _COLON
    if match["mark"] and not _begins_a_value(match.string, match.start()):
        return _QUESTION_MARK
    return match[0]


def _begins_a_value(text: str, at: int) -> bool:
    """Whether nothing of a plain value is on the line before `at`."""
    before = at - 1
    while before >= 0 and text[before] in " \t":
        before -= 1
    if before < 0 or text[before] in "\r\n,[]{}":
        return True
    return before < at - 1 and text[before] in "-:?"
