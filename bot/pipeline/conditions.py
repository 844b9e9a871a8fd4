"""GitLab's `if` expressions, with what is known of a pipeline: true, false, or unknown."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<op>==|!=|=~|!~|&&|\|\||\(|\))
    |(?P<null>null\b)
    |\$(?:\{(?P<braced>\w+)\}|(?P<name>\w+))
    |"(?P<double>[^"]*)"|'(?P<single>[^']*)'
    |/(?P<pattern>(?:\\.|[^/\\])+)/(?P<flags>[ismU]*))""",
    re.VERBOSE | re.DOTALL,
)
_NOT_RE2: Final = re.compile(r"\(\?(?:[=!>]|<[=!])|\\[1-9]")
MAX_CHARS: Final = 4096


class Unknown:
    """The value of a variable that nobody here can know."""


UNKNOWN: Final = Unknown()
Value = str | None | Unknown


class _Malformed(ValueError):
    """Not an expression that GitLab accepts."""


class _Pattern(str):
    __slots__ = ()


def holds(expression: str, lookup: Callable[[str], Value]) -> bool | None:
    """Whether `expression` is true where `lookup` gives the variables' values; None where that cannot be known.

    `lookup` gives None for a variable that is not set. `&&` binds stronger than `||`
    (docs.gitlab.com/ci/jobs/job_rules, 2026-11); an expression that GitLab would refuse is unknown.
    """
    try:
        return _Parser(expression, lookup).parse()
    except (_Malformed, RecursionError):
        return None


def matches(pattern: str, flags: str, text: str) -> bool | None:
    """Whether RE2's `pattern` is found in `text`; None where it is no pattern of RE2."""
    compiled = _compiled(pattern, flags)
    return None if compiled is None else compiled.search(text) is not None


@cache
def _compiled(pattern: str, flags: str) -> re.Pattern[str] | None:
    if _NOT_RE2.search(pattern):
        return None
    translated = pattern.replace("\\/", "/").replace("\\A", "^").replace("\\z", "\\Z")
    try:
        return re.compile(translated, re.IGNORECASE if "i" in flags else 0)
    except (re.error, OverflowError, RecursionError):
        return None


class _Parser:
    def __init__(self, text: str, lookup: Callable[[str], Value]) -> None:
        if len(text) > MAX_CHARS:
            raise _Malformed
        self._tokens = list(_tokens(text))
        self._at = 0
        self._lookup = lookup

    def parse(self) -> bool | None:
        answer = self._or()
        if self._at < len(self._tokens):
            raise _Malformed
        return answer

    def _next(self, *ops: str) -> str | None:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "op" and text in ops:
                self._at += 1
                return text
        return None

    def _or(self) -> bool | None:
        answer = self._and()
        while self._next("||"):
            other = self._and()
            answer = True if answer or other else (None if answer is None or other is None else False)
        return answer

    def _and(self) -> bool | None:
        answer = self._comparison()
        while self._next("&&"):
            other = self._comparison()
            answer = (
                False
                if answer is False or other is False
                else (None if answer is None or other is None else True)
            )
        return answer

    def _comparison(self) -> bool | None:
        if self._next("("):
            answer = self._or()
            if not self._next(")"):
                raise _Malformed
            return answer
        left = self._value()
        op = self._next("==", "!=", "=~", "!~")
        if op is None:
            return None if isinstance(left, Unknown) else bool(left)
        right = self._value()
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return None
        if op in {"==", "!="}:
            return (left == right) == (op == "==")
        found = _found(left, right)
        return None if found is None else found == (op == "=~")

    def _value(self) -> Value:
        if self._at >= len(self._tokens):
            raise _Malformed
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "name":
            return self._lookup(text)
        if kind == "null":
            return None
        if kind == "pattern":
            return _Pattern(text)
        if kind == "text":
            return text
        raise _Malformed


def _found(left: Value, right: Value) -> bool | None:
    """`left =~ right`, the right side a pattern or a variable that holds one."""
    if not isinstance(right, str):
        return None
    match = re.fullmatch(r"/(.*)/([ismU]*)", right, re.DOTALL)
    if match is None:
        return None
    return False if left is None else matches(match[1], match[2], str(left))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _Malformed
        at = match.end()
        if match["op"]:
            yield "op", match["op"]
        elif match["null"]:
            yield "null", ""
        elif match["pattern"] is not None:
            yield "pattern", f"/{match['pattern']}/{match['flags']}"
        elif name := match["braced"] or match["name"]:
            yield "name", name
        else:
            yield "text", match["double"] if match["double"] is not None else match["single"]
