"""GitLab's `if` expressions, with what is known of a pipeline: true, false, or unknown.

Values are Ruby's, as GitLab has them: an empty string is a value (`$EMPTY || $SET` is the empty string, and so not
true), and only null and false are not. gitlabhq `lib/gitlab/ci/pipeline/expression/`, read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from bot.pipeline.re2 import found

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<op>==|!=|=~|!~|&&|\|\||\(|\)|!)
    |\$(?P<name>\w+)
    |"(?P<double>.*?)"|'(?P<single>.*?)'
    |(?P<pattern>/(?:[^/]|\\/)+[^\\]/[ismU]*)
    |(?P<word>null|true\b|false\b))""",
    re.VERBOSE,
)
_LITERAL: Final = re.compile(r"/(?P<pattern>.*)/(?P<flags>[ismU]*)")
_WORDS: Final = {"null": None, "true": True, "false": False}
_MAX_TOKENS: Final = 100
"""GitLab's own limit on an expression"""
MAX_CHARS: Final = 4096


class Unknown:
    """A value that nobody here can know.

    `is_boolean`: whatever it is, it is no text that is a value and not true. `truth`: whether it counts as true, where
    that much is known of it.
    """

    __slots__ = ("is_boolean", "truth")

    def __init__(self, *, is_boolean: bool = False, truth: bool | None = None) -> None:
        self.is_boolean = is_boolean
        self.truth = truth


UNKNOWN: Final = Unknown()
_MAYBE: Final = Unknown(is_boolean=True)
_TRUE_SOMEHOW: Final = Unknown(is_boolean=True, truth=True)
_FALSE_SOMEHOW: Final = Unknown(is_boolean=True, truth=False)
"""null or false: which of them makes a difference to `==`"""
Value = str | bool | None | Unknown
Lookup = Callable[[str], Value]
_Term = Callable[[Lookup], Value]


class _Malformed(ValueError):
    """Not an expression that GitLab accepts."""


def holds(expression: str, lookup: Lookup) -> bool | None:
    """Whether `expression` is true where `lookup` gives the variables' values; None where that cannot be known.

    `lookup` gives None for a variable that is not set. An expression that GitLab would refuse is unknown.
    """
    term = _parsed(expression)
    return None if term is None else _truth(term(lookup))


def names_in(expression: str) -> frozenset[str]:
    """The strings that an expression compares with: where it names branches, these are they."""
    try:
        return frozenset(text for kind, text in _tokens(expression[:MAX_CHARS]) if kind == "text")
    except _Malformed:
        return frozenset()


def matches(pattern: str, text: str) -> bool | None:
    """Whether `pattern`, written `/like this/i`, is found in `text`; None where it is no pattern of RE2."""
    literal = _LITERAL.fullmatch(pattern)
    if literal is None:
        return None
    return found(literal["pattern"].replace("\\/", "/"), literal["flags"], text)


def _truth(value: Value) -> bool | None:
    if isinstance(value, Unknown):
        return value.truth
    return bool(value.strip()) if isinstance(value, str) else bool(value)


@lru_cache(maxsize=4096)
def _parsed(expression: str) -> _Term | None:
    try:
        return _Parser(expression).term()
    except (_Malformed, RecursionError):
        return None


class _Parser:
    """`!` binds strongest, then comparisons, then `&&`, then `||`; all from left to right."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARS:
            raise _Malformed
        self._tokens = list(_tokens(text))
        self._at = 0
        if len(self._tokens) > _MAX_TOKENS:
            raise _Malformed

    def term(self) -> _Term:
        term = self._or()
        if self._at < len(self._tokens):
            raise _Malformed
        return term

    def _next(self, *operators: str) -> str | None:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "op" and text in operators:
                self._at += 1
                return text
        return None

    def _or(self) -> _Term:
        term = self._and()
        while self._next("||"):
            term = partial(_either, term, self._and())
        return term

    def _and(self) -> _Term:
        term = self._comparison()
        while self._next("&&"):
            term = partial(_both, term, self._comparison())
        return term

    def _comparison(self) -> _Term:
        term = self._operand()
        while operator := self._next("==", "!=", "=~", "!~"):
            compare = _equal if operator in {"==", "!="} else _matching
            term = partial(compare, term, self._operand(), wanted=operator in {"==", "=~"})
        return term

    def _operand(self) -> _Term:
        if self._next("!"):
            return partial(_negated, self._operand())
        if self._next("("):
            term = self._or()
            if not self._next(")"):
                raise _Malformed
            return term
        if self._at >= len(self._tokens):
            raise _Malformed
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "name":
            return partial(_variable, text)
        if kind == "op":
            raise _Malformed
        return partial(_constant, _WORDS[text] if kind == "word" else text)


def _variable(name: str, lookup: Lookup) -> Value:
    return lookup(name)


def _constant(value: Value, _: Lookup) -> Value:
    return value


def _negated(term: _Term, lookup: Lookup) -> Value:
    truth = _truth(term(lookup))
    return _MAYBE if truth is None else not truth


def _is_value(value: Value) -> bool:
    return value is not None and value is not False


def _both(left: _Term, right: _Term, lookup: Lookup) -> Value:
    first = left(lookup)
    if not isinstance(first, Unknown):
        return right(lookup) if _is_value(first) else first
    if first.truth is not None:
        return right(lookup) if first.truth else first
    second = right(lookup)
    if not _is_value(second):
        return _FALSE_SOMEHOW
    is_boolean = second.is_boolean if isinstance(second, Unknown) else _truth(second)
    return _MAYBE if is_boolean else UNKNOWN


def _either(left: _Term, right: _Term, lookup: Lookup) -> Value:
    first = left(lookup)
    if not isinstance(first, Unknown):
        return first if _is_value(first) else right(lookup)
    if first.truth is not None:
        return first if first.truth else right(lookup)
    second = right(lookup)
    if first.is_boolean and not isinstance(second, Unknown):
        return _TRUE_SOMEHOW if _truth(second) else (UNKNOWN if _is_value(second) else _MAYBE)
    return _MAYBE if first.is_boolean and isinstance(second, Unknown) and second.is_boolean else UNKNOWN


def _equal(left: _Term, right: _Term, lookup: Lookup, *, wanted: bool) -> Value:
    first, second = left(lookup), right(lookup)
    if isinstance(first, Unknown) or isinstance(second, Unknown):
        return _MAYBE
    return (first == second) == wanted


def _matching(left: _Term, right: _Term, lookup: Lookup, *, wanted: bool) -> Value:
    text, pattern = left(lookup), right(lookup)
    if not isinstance(pattern, Unknown) and not _is_value(pattern):
        return not wanted
    if isinstance(text, Unknown) or not isinstance(pattern, str):
        return _MAYBE
    searched = "" if text is None else str(text)
    # A variable may hold the pattern; a text that is none is searched for the left side, the other way round.
    answer = matches(pattern, searched) if _LITERAL.fullmatch(pattern) else searched in pattern
    return _MAYBE if answer is None else answer == wanted


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _Malformed
        at = match.end()
        kind = str(match.lastgroup)
        yield ("text" if kind in {"double", "single"} else kind), match[kind]
