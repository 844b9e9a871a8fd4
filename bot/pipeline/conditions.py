"""GitLab's `if` expressions, with what is known of a pipeline: true, false, or unknown.

Values are Ruby's, as GitLab has them: an empty string is a value (`$EMPTY || $SET` is the empty string, and so not
true), and only null and false are not. gitlabhq `lib/gitlab/ci/pipeline/expression/`, read 2026-11.

The rules of inputs (GitLab 18.7) brought `$[[ inputs.name ]]` as an operand of every expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.pipeline.re2 import found, is_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = regex(
    r"""\s*(?:(?P<op>==|!=|=~|!~|&&|\|\||\(|\)|!)
    |\$\[\[\s*inputs\.(?P<input>[\w-]+)\s*\]\]
    |\$(?P<name>\w+)
    |"(?P<double>.*?)"|'(?P<single>.*?)'
    |(?P<pattern>/(?:[^/]|\\/)+[^\\]/[ismU]*)
    |(?P<word>null|true\b|false\b))""",
    re.VERBOSE | re.ASCII,
)
# In Ruby `^` and `$` are about lines: one line of the text that is a pattern makes it one.
_LITERAL: Final = regex(r"^/(?P<pattern>.*)/(?P<flags>[ismU]*)$", re.MULTILINE)
_WORDS: Final = {"null": None, "true": True, "false": False}
_TOO_MANY_TOKENS: Final = 100
"""GitLab's own limit: 99 tokens are an expression, 100 are none"""
MAX_CHARS: Final = 4096


class UnknownOperand:
    """A value that nobody here can know.

    `is_boolean`: whatever it is, it is no text that is a value and not true. `truth`: whether it counts as true, where
    that much is known of it.
    """

    __slots__ = ("is_boolean", "truth")

    def __init__(self, *, is_boolean: bool = False, truth: bool | None = None) -> None:
        self.is_boolean = is_boolean
        self.truth = truth


UNKNOWN: Final = UnknownOperand()
_MAYBE: Final = UnknownOperand(is_boolean=True)
_TRUE_SOMEHOW: Final = UnknownOperand(is_boolean=True, truth=True)
_FALSE_SOMEHOW: Final = UnknownOperand(is_boolean=True, truth=False)
"""null or false: which of them makes a difference to `==`"""


class RegexLiteral(str):
    """A pattern written in the expression, as text: equal to no string, and always true."""

    __slots__ = ()


INPUT: Final = "inputs."
"""what a lookup finds in front of the name of an input; no variable has a point in its name"""
Value = str | bool | None | UnknownOperand
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


def is_valid(expression: str) -> bool:
    """Return whether GitLab accepts the expression; it refuses the configuration otherwise."""
    return _parsed(expression) is not None


def matches(pattern: str, text: str) -> bool | None:
    """Return whether `pattern`, written `/like this/i`, is found in `text`; None where it is no pattern of RE2."""
    literal = _literal(pattern)
    return None if literal is None else found(*literal, text)


def is_pattern_text(text: str) -> bool | None:
    """Return whether a ref written `/like this/` is a pattern of RE2; None where it is not written so."""
    literal = _LITERAL.search(text)
    return None if literal is None else is_pattern(literal["pattern"], literal["flags"])


def is_for_ref(text: str, ref: str) -> bool:
    """Return whether a ref of `only` or `except`, a name or a pattern, is for the branch or tag `ref`."""
    literal = _LITERAL.search(text)
    answer = found(literal["pattern"], literal["flags"], ref) if literal is not None else None
    return text == ref if answer is None else answer and bool(ref.strip())


def _literal(pattern: str) -> tuple[str, str] | None:
    """Return the pattern between the slashes and its flags; None where GitLab would not build a pattern of it."""
    literal = _LITERAL.search(pattern.replace("\\/", "/"))
    if literal is None or not is_pattern(literal["pattern"], literal["flags"]):
        return None
    return literal["pattern"], literal["flags"]


def _truth(value: Value) -> bool | None:
    if isinstance(value, UnknownOperand):
        return value.truth
    if isinstance(value, RegexLiteral):
        return True
    return bool(value.strip()) if isinstance(value, str) else bool(value)


@lru_cache(maxsize=4096)
def _parsed(expression: str) -> _Term | None:
    try:
        return _ConditionParser(expression).term()
    except (_Malformed, RecursionError):
        return None


# What binds strongest comes first: `!`, comparisons, `&&`, `||`.
_PRECEDENCE: Final = {"!": 0, "==": 1, "!=": 1, "=~": 1, "!~": 1, "&&": 2, "||": 3}


class _ConditionParser:
    """GitLab's own shunting-yard: values go to the output, an operator takes what it finds there.

    So `null!` is `!null` to GitLab, as odd as it looks (`expression/parser.rb`).
    """

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARS:
            raise _Malformed
        self._tokens = list(_tokens(text))
        self._terms: list[_Term] = []
        self._operators: list[str] = []
        asks_for_input = any(kind == "input" for kind, _ in self._tokens)
        self._binary = _BINARY_WITH_INPUTS if asks_for_input else _BINARY
        if len(self._tokens) >= _TOO_MANY_TOKENS:
            raise _Malformed

    def term(self) -> _Term:
        for kind, text in self._tokens:
            if kind != "op":
                self._terms.append(_leaf(kind, text))
            elif text == ")":
                self._close()
            else:
                if text in _PRECEDENCE:
                    self._apply_stronger(text)
                self._operators.append(text)
        while self._operators:
            self._apply(self._operators.pop())
        if len(self._terms) != 1:
            raise _Malformed
        return self._terms[0]

    def _apply_stronger(self, operator: str) -> None:
        while (
            operator != "!"
            and self._operators
            and self._operators[-1] != "("
            and (_PRECEDENCE[operator] >= _PRECEDENCE[self._operators[-1]])
        ):
            self._apply(self._operators.pop())

    def _close(self) -> None:
        while self._operators and self._operators[-1] != "(":
            self._apply(self._operators.pop())
        if not self._operators:
            raise _Malformed
        self._operators.pop()

    def _apply(self, operator: str) -> None:
        if operator == "!" and self._terms:
            self._terms.append(partial(_negated, self._terms.pop()))
            return
        if operator not in self._binary or len(self._terms) < _OPERANDS:
            raise _Malformed
        right = self._terms.pop()
        self._terms.append(partial(self._binary[operator], self._terms.pop(), right))


def _leaf(kind: str, text: str) -> _Term:
    if kind == "name":
        return partial(_variable, text)
    if kind == "input":
        return partial(_variable, INPUT + text)
    if kind == "pattern":
        if _literal(text) is None:
            raise _Malformed
        return partial(_constant, RegexLiteral(text))
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
    if not isinstance(first, UnknownOperand):
        return right(lookup) if _is_value(first) else first
    if first.truth is not None:
        return right(lookup) if first.truth else first
    second = right(lookup)
    if not _is_value(second):
        return _FALSE_SOMEHOW
    is_boolean = second.is_boolean if isinstance(second, UnknownOperand) else _truth(second)
    return _MAYBE if is_boolean else UNKNOWN


def _either(left: _Term, right: _Term, lookup: Lookup) -> Value:
    first = left(lookup)
    if not isinstance(first, UnknownOperand):
        return first if _is_value(first) else right(lookup)
    if first.truth is not None:
        return first if first.truth else right(lookup)
    second = right(lookup)
    if first.is_boolean and not isinstance(second, UnknownOperand):
        return _TRUE_SOMEHOW if _truth(second) else (UNKNOWN if _is_value(second) else _MAYBE)
    return (
        _MAYBE if first.is_boolean and isinstance(second, UnknownOperand) and second.is_boolean else UNKNOWN
    )


def _equal(left: _Term, right: _Term, lookup: Lookup, *, wanted: bool) -> Value:
    first, second = left(lookup), right(lookup)
    if isinstance(first, UnknownOperand) or isinstance(second, UnknownOperand):
        return _MAYBE
    is_same = first == second and isinstance(first, RegexLiteral) == isinstance(second, RegexLiteral)
    return is_same == wanted


def _equal_as_text(left: _Term, right: _Term, lookup: Lookup, *, wanted: bool) -> Value:
    """As `_equal`, but `true` is the text "true": so since GitLab 18.8 (`lexeme/logical_operator.rb`, read 2026-11).

    It is here for expressions that ask for inputs, for which GitLab began to do so.
    """
    first, second = left(lookup), right(lookup)
    if isinstance(first, bool) and isinstance(second, str):
        return (str(first).lower() == second) == wanted
    if isinstance(first, str) and isinstance(second, bool):
        return (first == str(second).lower()) == wanted
    return _equal(left, right, lookup, wanted=wanted)


def _matching(left: _Term, right: _Term, lookup: Lookup, *, wanted: bool) -> Value:
    text, pattern = left(lookup), right(lookup)
    if not isinstance(pattern, UnknownOperand) and not _is_value(pattern):
        return not wanted
    if isinstance(text, UnknownOperand) or not isinstance(pattern, str):
        return _MAYBE
    searched = "" if text is None else str(text).lower() if isinstance(text, bool) else text
    # A variable may contain the pattern; a text that is none is searched for the left side, the other way round.
    answer = matches(pattern, searched)
    return (searched in pattern if answer is None else answer) == wanted


_OPERANDS: Final = 2
_BINARY: Final[dict[str, Callable[[_Term, _Term, Lookup], Value]]] = {
    "==": partial(_equal, wanted=True),
    "!=": partial(_equal, wanted=False),
    "=~": partial(_matching, wanted=True),
    "!~": partial(_matching, wanted=False),
    "&&": _both,
    "||": _either,
}
_BINARY_WITH_INPUTS: Final[dict[str, Callable[[_Term, _Term, Lookup], Value]]] = {
    **_BINARY,
    "==": partial(_equal_as_text, wanted=True),
    "!=": partial(_equal_as_text, wanted=False),
}


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
