"""Whether a regular expression of RE2 is found in a text, in time that grows with both lengths and no faster.

GitLab reads the patterns of `rules:if` and `only` with RE2. Python's `re` means other things by some of them, and
a pattern written by a stranger can hold it up for ever; so the few constructs that pipelines use are run here as a
set of states. What is not among them is `None`: not known, never guessed.
Syntax: github.com/google/re2/wiki/Syntax, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Final

_MAX_STEPS: Final = 400_000
"""states times characters: beyond it nobody waits for the answer"""
_MAX_STATES: Final = 4_000
_MAX_REPEAT: Final = 1_000
"""RE2's own limit on a counted repetition"""
_MAX_DEPTH: Final = 50

_DIGITS: Final = frozenset("0123456789")
_WORD: Final = _DIGITS | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_BLANK: Final = frozenset("\t\n\f\r ")
_SETS: Final = {"d": _DIGITS, "w": _WORD, "s": _BLANK}
_LOWER: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_UPPER: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NAMED: Final = {
    "alnum": _WORD - {"_"},
    "alpha": _LOWER | _UPPER,
    "digit": _DIGITS,
    "lower": _LOWER,
    "upper": _UPPER,
    "space": _BLANK | {"\v"},
    "word": _WORD,
    "xdigit": _DIGITS | frozenset("abcdefABCDEF"),
}
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}

_EDGES: Final = {"b": "word edge", "B": "no word edge", "A": "text start", "z": "text end"}

_Accepts = Callable[[str], bool]
_Builder = Callable[[int], int]


class _Unsupported(ValueError):
    """Not a pattern of RE2, or none that is read here."""


@dataclass(slots=True)
class _State:
    """One of: take a character that `accepts` likes, go on where `holds` is true, fork to `targets`, or the end."""

    targets: list[int] = field(default_factory=list)
    accepts: _Accepts | None = None
    holds: str = ""


@lru_cache(maxsize=4096)
def found(pattern: str, flags: str, text: str) -> bool | None:
    """Whether `pattern` matches anywhere in `text`; None where it is no pattern of RE2 or is too much to run.

    `flags`: of `ismU`, as after the closing slash.
    """
    states = _compiled(pattern, flags)
    if states is None or len(states) * (len(text) + 1) > _MAX_STEPS:
        return None
    end = len(states) - 1
    current: set[int] = set()
    for at in range(len(text) + 1):
        current = _closure(states, {*current, 0}, text, at)
        if end in current:
            return True
        if at < len(text):
            char = text[at]
            current = {
                states[index].targets[0]
                for index in current
                if (accepts := states[index].accepts) is not None and accepts(char)
            }
    return False


def _closure(states: list[_State], start: set[int], text: str, at: int) -> set[int]:
    """Every state that can be reached from `start` without a character."""
    reached: set[int] = set()
    waiting = list(start)
    while waiting:
        index = waiting.pop()
        if index in reached:
            continue
        reached.add(index)
        state = states[index]
        if state.accepts is None and (not state.holds or _holds(state.holds, text, at)):
            waiting += state.targets
    return reached


def _holds(assertion: str, text: str, at: int) -> bool:
    """Whether an assertion is true before the character `at`."""
    if assertion == "text start":
        return at == 0
    if assertion == "text end":
        return at == len(text)
    if assertion == "line start":
        return at == 0 or text[at - 1] == "\n"
    if assertion == "line end":
        return at == len(text) or text[at] == "\n"
    before, after = at > 0 and text[at - 1] in _WORD, at < len(text) and text[at] in _WORD
    return (before != after) == (assertion == "word edge")


@lru_cache(maxsize=1024)
def _compiled(pattern: str, flags: str) -> list[_State] | None:
    try:
        return _Compiler(pattern, frozenset(flags)).states
    except (_Unsupported, RecursionError):
        return None


class _Compiler:
    """A pattern as states; state 0 begins, the last one is the match.

    Each reading method gives a builder, which adds its part behind a state and says where it ends: what is repeated
    is built as often as it may come.
    """

    def __init__(self, pattern: str, flags: frozenset[str]) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0
        self.states = [_State()]
        build = self._alternatives(flags)
        if self._at < len(pattern):
            raise _Unsupported
        last = build(0)
        self._add(_State(), behind=last)

    def _add(self, state: _State, *, behind: int) -> int:
        if len(self.states) >= _MAX_STATES:
            raise _Unsupported
        self.states.append(state)
        self.states[behind].targets.append(len(self.states) - 1)
        return len(self.states) - 1

    def _next(self, *wanted: str) -> str | None:
        for text in wanted:
            if self._pattern.startswith(text, self._at):
                self._at += len(text)
                return text
        return None

    def _char(self) -> str:
        if self._at >= len(self._pattern):
            raise _Unsupported
        self._at += 1
        return self._pattern[self._at - 1]

    def _alternatives(self, flags: frozenset[str]) -> _Builder:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Unsupported
        branches = []
        while True:
            branch, flags = self._sequence(flags)
            branches.append(branch)
            if not self._next("|"):
                break
        self._depth -= 1
        return branches[0] if len(branches) == 1 else partial(self._build_alternatives, branches)

    def _build_alternatives(self, branches: list[_Builder], start: int) -> int:
        first, *others = (branch(self._add(_State(), behind=start)) for branch in branches)
        join = self._add(_State(), behind=first)
        for end in others:
            self.states[end].targets.append(join)
        return join

    def _sequence(self, flags: frozenset[str]) -> tuple[_Builder, frozenset[str]]:
        parts = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            switched = self._switched(flags)
            if switched is None:
                parts.append(self._repeated(self._atom(flags)))
            else:
                flags = switched

        def build(start: int) -> int:
            for part in parts:
                start = part(start)
            return start

        return build, flags

    def _switched(self, flags: frozenset[str]) -> frozenset[str] | None:
        """The flags after `(?i)` in the middle of a group; None where none stands here."""
        close = self._pattern.find(")", self._at)
        if not self._pattern.startswith("(?", self._at) or close < 0:
            return None
        named = self._pattern[self._at + 2 : close]
        if not named or set(named) - set("ismU-"):
            return None
        self._at = close + 1
        return _with(flags, named)

    def _atom(self, flags: frozenset[str]) -> _Builder:
        char = self._char()
        if char == "(":
            return self._group(flags)
        if char in "*+?":
            raise _Unsupported
        assertion = None
        if char in "^$":
            assertion = f"{'line' if 'm' in flags else 'text'} {'start' if char == '^' else 'end'}"
        elif char == "\\" and (edge := self._next(*_EDGES)):
            assertion = _EDGES[edge]
        if assertion is not None:
            return partial(self._build_step, _State(holds=assertion))
        if char == ".":
            accepts: _Accepts = _any if "s" in flags else _not_newline
        elif char == "[":
            accepts = self._class(flags)
        else:
            accepts = _one_of(self._escape() if char == "\\" else char, flags)
        return partial(self._build_step, _State(accepts=accepts))

    def _build_step(self, step: _State, start: int) -> int:
        own = self._add(replace(step, targets=[]), behind=start)
        return self._add(_State(), behind=own)

    def _group(self, flags: frozenset[str]) -> _Builder:
        if self._next("?"):
            if self._next("P<", "<"):
                close = self._pattern.find(">", self._at)
                if close < 0 or not self._pattern[self._at : close].isidentifier():
                    raise _Unsupported  # also what looks behind: (?<=a)
                self._at = close + 1
            else:
                colon = self._pattern.find(":", self._at)
                named = self._pattern[self._at : colon]
                if colon < 0 or set(named) - set("ismU-"):
                    raise _Unsupported
                flags = _with(flags, named)
                self._at = colon + 1
        inner = self._alternatives(flags)
        if not self._next(")"):
            raise _Unsupported
        return inner

    def _repeated(self, part: _Builder) -> _Builder:
        """`part` with the quantifier that follows; a lazy one finds the same texts."""
        counts = self._counts()
        if counts is None:
            return part
        self._next("?")
        if self._counts() is not None:
            raise _Unsupported
        return partial(self._build_repeated, part, *counts)

    def _build_repeated(self, part: _Builder, low: int, high: int | None, start: int) -> int:
        for _ in range(low):
            start = part(start)
        if high is None:
            loop = self._add(_State(), behind=start)
            self.states[part(self._add(_State(), behind=loop))].targets.append(loop)
            return self._add(_State(), behind=loop)
        skipped = [start]
        for _ in range(high - low):
            start = part(self._add(_State(), behind=start))
            skipped.append(start)
        out = self._add(_State(), behind=start)
        for state in skipped[:-1]:
            self.states[state].targets.append(out)
        return out

    def _counts(self) -> tuple[int, int | None] | None:
        """How often the quantifier here allows, at least and at most; None where there is none."""
        sign = self._next("*", "+", "?")
        if sign:
            return (1 if sign == "+" else 0, 1 if sign == "?" else None)
        close = self._pattern.find("}", self._at)
        if not self._pattern.startswith("{", self._at) or close < 0:
            return None
        low, comma, high = self._pattern[self._at + 1 : close].partition(",")
        if not low.isdecimal() or (high and not high.isdecimal()):
            return None  # RE2 takes such a brace for itself
        self._at = close + 1
        most = None if comma and not high else int(high or low)
        if int(low) > _MAX_REPEAT or (most is not None and not int(low) <= most <= _MAX_REPEAT):
            raise _Unsupported
        return int(low), most

    def _escape(self) -> str | _Accepts:
        r"""What `\x` stands for: one character, or a test."""
        char = self._char()
        if char.lower() in _SETS:
            members = _SETS[char.lower()]
            return members.__contains__ if char.islower() else lambda each: each not in members
        if char in _ESCAPED:
            return _ESCAPED[char]
        if char == "x":
            digits = self._pattern[self._at : self._at + 2]
            if len(digits) != 2 or set(digits) - _NAMED["xdigit"]:  # noqa: PLR2004 - two digits
                raise _Unsupported
            self._at += 2
            return chr(int(digits, 16))
        if char.isalnum():
            raise _Unsupported
        return char

    def _class(self, flags: frozenset[str]) -> _Accepts:
        negated = self._next("^") is not None
        tests: list[_Accepts] = []
        is_first = True
        while is_first or not self._next("]"):
            is_first = False
            if named := self._named():
                tests.append(named)
                continue
            low = self._member()
            if not isinstance(low, str):
                tests.append(low)
                continue
            ahead = self._pattern[self._at : self._at + 2]
            if ahead[:1] == "-" and ahead[1:] not in {"", "]"}:
                self._at += 1
                high = self._member()
                if not isinstance(high, str) or high < low:
                    raise _Unsupported
                tests.append(_between(low, high, ignore_case="i" in flags))
            else:
                tests.append(_one_of(low, flags))
        return lambda char: any(test(char) for test in tests) != negated

    def _named(self) -> _Accepts | None:
        if not self._next("[:"):
            return None
        close = self._pattern.find(":]", self._at)
        name = self._pattern[self._at : close].removeprefix("^") if close >= 0 else ""
        if name not in _NAMED:
            raise _Unsupported
        inverted = self._pattern[self._at] == "^"
        self._at = close + 2
        members = _NAMED[name]
        return lambda char: (char in members) != inverted

    def _member(self) -> str | _Accepts:
        char = self._char()
        return self._escape() if char == "\\" else char


def _one_of(meant: str | _Accepts, flags: frozenset[str]) -> _Accepts:
    if not isinstance(meant, str):
        return meant
    if "i" in flags:
        folded = meant.casefold()
        return lambda each: each.casefold() == folded
    return lambda each: each == meant


def _with(flags: frozenset[str], named: str) -> frozenset[str]:
    on, _, off = named.partition("-")
    return (flags | set(on)) - set(off)


def _between(low: str, high: str, *, ignore_case: bool) -> _Accepts:
    if not ignore_case:
        return lambda char: low <= char <= high
    return lambda char: any(low <= each <= high for each in (char, char.lower(), char.upper()))


def _any(_: str) -> bool:
    return True


def _not_newline(char: str) -> bool:
    return char != "\n"
