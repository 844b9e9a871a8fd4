"""Where a job names something: the exact characters in scripts and variables."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.documents.location import Span
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.documents.nodes import Scalar
    from bot.pipeline.model import Job, ScriptLine

_COMMENT = regex(r"(?:^|\s)#")
_COMMENTS = regex(r"(?:^|(?<=\s))#.*", re.MULTILINE)
_PATH = regex(r"[\w.-]*/[\w./-]+|[\w-]+\.(?:sh|bash|py|rb|js|pl)\b")


def span_within(scalar: Scalar, start: int, end: int) -> Span:
    """The characters `start` to `end` (0-based, end excluded) of the scalar's text, in its file."""
    first, last = scalar.place(start), scalar.place(max(end - 1, start))
    return Span(scalar.span.path, first.line, first.column, last.line, last.column + 1)


@lru_cache(maxsize=8)
def script_text(lines: tuple[ScriptLine, ...]) -> str:
    """The script entries as one text: rule after rule looks for a word in those of the same job."""
    return "\n".join([line.text for line in lines])


@lru_cache(maxsize=8)
def folded_script(lines: tuple[ScriptLine, ...]) -> str:
    """The same in lower case."""
    return script_text(lines).casefold()


def found_in_scripts(
    job: Job, pattern: re.Pattern[str], *hints: str
) -> Iterator[tuple[Scalar, re.Match[str]]]:
    """Each match of `pattern` in the job's scripts, shell comments left out.

    Each of `hints` is in whatever matches, in lower case: looking for them first is many times as fast.
    """
    if not all(hint in folded_script(job.scripts) for hint in hints):
        return
    for line in job.scripts:
        for match in pattern.finditer(line.text):
            if not is_commented(line.text, match.start()):
                yield line.scalar, match


def is_commented(text: str, offset: int) -> bool:
    """Whether a comment of the shell begins before the character at `offset` (0-based) in its line."""
    start = text.rfind("\n", 0, offset) + 1
    return _COMMENT.search(text, start, offset) is not None


def texts_of(job: Job, files: Mapping[str, str]) -> Iterator[str]:
    """What a job's scripts and variables say, and the repository's files that its scripts name; without comments."""
    lines = [_COMMENTS.sub("", line.text) for line in job.scripts]
    yield from lines
    yield from (variable.value or "" for variable in job.variables.values())
    paths = {path.removeprefix("./") for line in lines for path in _PATH.findall(line)}
    yield from (_COMMENTS.sub("", files[path]) for path in sorted(paths) if path in files)
