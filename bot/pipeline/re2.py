"""The only module that knows RE2, the regular expressions of GitLab's conditions.

GitLab reads the patterns of `rules:if`, `only` and `spec:inputs:regex` with RE2, in time that grows with the text and
no faster. Google's own binding gives its exact answers (docs/decisions/re2.md).
Syntax: github.com/google/re2/wiki/Syntax, read 2026-11.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re2


@lru_cache(maxsize=4096)
def found(pattern: str, flags: str, text: str) -> bool | None:
    """Return whether `pattern` matches anywhere in `text`; None where it is no pattern of RE2.

    `flags`: of `ismU`, as after the closing slash.
    """
    compiled = _compiled(pattern, flags)
    return None if compiled is None else compiled.search(text) is not None


def is_pattern(pattern: str, flags: str) -> bool:
    """Return whether RE2 accepts the pattern."""
    return _compiled(pattern, flags) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str, flags: str) -> re2._Regexp | None:
    import re2  # noqa: PLC0415 - most pipelines have no pattern

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(f"(?{flags}){pattern}" if flags else pattern, options)
    except re2.error:
        return None
