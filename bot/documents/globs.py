"""Globs over paths, as `.sealcheck.yml` writes them."""

from __future__ import annotations

import re
from functools import lru_cache


def matches(pattern: str, path: str) -> bool:
    """Whether a glob covers a path: `*` stays inside a folder, `**` crosses folders, all of the path counts."""
    return _glob(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("/"))
    special = {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(special.get(part) or re.escape(part) for part in parts))
