"""`changes` and `exists` of a rule: globs as Ruby's `File.fnmatch` reads them, with what GitLab makes of them.

gitlabhq `lib/gitlab/ci/build/rules/rule/clause/changes.rb` and `exists.rb`, Ruby's `dir.c` (read 2026-11): a path in
parts, names that begin with a dot too, `{a,b}`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_COMPARED: Final = 50_000
"""Where more paths would have to be compared with globs, GitLab accepts `exists` for met."""
_MOST_ALTERNATIVES: Final = 1_000
_ANY_DEPTH: Final = "**/"
_EVERYWHERE: Final = "**/*"
_SIGNS: Final = frozenset("*?[{")
_NAMED: Final = regex(
    r"\$(?:\{(?P<braced>[a-zA-Z_]\w*)\}|(?P<plain>[a-zA-Z_]\w*))|%(?P<percent>[a-zA-Z_]\w*)%", re.ASCII
)


def expanded(glob: str, value_of: Callable[[str], object]) -> str | None:
    """The glob with its variables put in; one that is not set stays as it is; None where one is not known.

    `value_of` gives a text, None for what is not set, and anything else for what is not known.
    """
    is_known = True

    def put(match: re.Match[str]) -> str:
        nonlocal is_known
        value = value_of(match["braced"] or match["plain"] or match["percent"])
        if value is None:
            return match[0]
        is_known &= isinstance(value, str)
        return str(value)

    text = _NAMED.sub(put, glob)
    return text if is_known else None


def any_changed(globs: Sequence[str], changed: Sequence[str]) -> bool:
    """Whether one of the changed paths matches one of the globs."""
    return any(fnmatch(glob, path) for path in changed for glob in dict.fromkeys(globs))


def any_exists(globs: Sequence[str], paths: Sequence[str]) -> bool:
    """Whether one of the paths (sorted) of the repository is one that the globs are for."""
    if all("/" not in glob and "**" not in glob for glob in globs):
        paths = [path for path in paths if "/" not in path]
    exact = [glob for glob in globs if _SIGNS.isdisjoint(glob)]
    others = [glob for glob in globs if not _SIGNS.isdisjoint(glob)]
    endings = [ending for ending in (glob.removeprefix(_EVERYWHERE) for glob in others) if _is_ending(ending)]
    patterns = [glob for glob in others if not _is_ending(glob.removeprefix(_EVERYWHERE))]
    if any(_is_there(glob, paths) for glob in exact):
        return True
    if endings and any(path.endswith(tuple(endings)) for path in paths):
        return True
    if len(paths) * len(patterns) > MOST_COMPARED:
        return True
    return any(fnmatch(glob, path) for glob in patterns for path in paths)


def _is_ending(text: str) -> bool:
    return text.startswith(".") and "/" not in text and _SIGNS.isdisjoint(text)


def _is_there(name: str, paths: Sequence[str]) -> bool:
    if not name.endswith("/"):
        at = bisect_left(paths, name)
        return at < len(paths) and paths[at] == name
    # A search by halves, as GitLab's own: in a folder that is none of the last it may find nothing.
    low, high, found = 0, len(paths), False
    while low < high:
        middle = (low + high) // 2
        if paths[middle].startswith(name):
            found, high = True, middle
        else:
            low = middle + 1
    return found


def fnmatch(glob: str, path: str) -> bool:
    """Whether the glob is for the whole path."""
    return any(pattern.fullmatch(path) for pattern in _patterns(glob))


@lru_cache(maxsize=1024)
def _patterns(glob: str) -> tuple[re.Pattern[str], ...]:
    found = []
    for alternative in _alternatives(glob):
        pattern = _pattern(alternative)
        if pattern is not None:
            found.append(pattern)
        if len(found) >= _MOST_ALTERNATIVES:
            break
    return tuple(found)


def _alternatives(glob: str) -> Iterator[str]:
    """The globs that one with `{a,b}` stands for: none where a brace is not closed."""
    start, end = -1, -1
    commas: list[int] = []
    depth = 0
    at = 0
    while at < len(glob):
        sign = glob[at]
        if sign == "\\":
            at += 1
        elif sign == "{":
            if depth == 0:
                start, commas = at, []
            depth += 1
        elif sign == "," and depth == 1:
            commas.append(at)
        elif sign == "}" and depth > 0:
            depth -= 1
            if depth == 0:
                end = at
                break
        at += 1
    if end < 0:
        yield from () if start >= 0 else (glob,)
        return
    cuts = [start, *commas, end]
    for first, last in pairwise(cuts):
        yield from _alternatives(glob[:start] + glob[first + 1 : last] + glob[end + 1 :])


def _pattern(glob: str) -> re.Pattern[str] | None:
    """The glob without braces as a pattern; None where it matches nothing: a bracket is not closed."""
    parts: list[str] = []
    at = 0
    while at < len(glob):
        is_start = at == 0 or glob[at - 1] == "/"
        if is_start and glob.startswith(_ANY_DEPTH, at):
            while glob.startswith(_ANY_DEPTH, at):
                at += len(_ANY_DEPTH)
            parts.append("(?:[^/]*/)*?")
            continue
        read = _sign(glob, at)
        if read is None:
            return None
        part, at = read
        parts.append(part)
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:
        return None


def _sign(glob: str, at: int) -> tuple[str, int] | None:
    """What is at `at`, as a pattern, and where it goes on; None where a bracket is not closed."""
    sign = glob[at]
    at += 1
    if sign == "*":
        while glob.startswith("*", at):
            at += 1
        return "[^/]*", at
    if sign == "?":
        return "[^/]", at
    if sign == "[":
        return _bracket(glob, at)
    if sign == "\\":
        return re.escape(glob[at : at + 1]), at + 1
    return re.escape(sign), at


def _bracket(glob: str, at: int) -> tuple[str, int] | None:
    """The characters between brackets as a pattern, and where it goes on; None where the bracket is not closed."""
    is_negated = glob[at : at + 1] in {"!", "^"}
    at += is_negated
    choices: list[str] = []
    while at < len(glob) and glob[at] != "]":
        if glob[at] == "\\":
            at += 1
        low = glob[at : at + 1]
        at += 1
        if glob[at : at + 1] == "-" and glob[at + 1 : at + 2] not in {"", "]"}:
            at += 1 + (glob[at + 1] == "\\")
            high = glob[at : at + 1]
            at += 1
            if low <= high:
                choices.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            choices.append(re.escape(low))
    if at >= len(glob):
        return None
    if not choices:
        return ("[^/]" if is_negated else "(?!)"), at + 1
    return f"(?!/)[{'^' if is_negated else ''}{''.join(choices)}]", at + 1
