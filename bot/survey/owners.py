"""CODEOWNERS: who is asked before a file changes.

docs.gitlab.com/user/project/codeowners/reference, 2026-11: the last matching entry of each section counts; an entry
without owners takes those of its section.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING

from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES = ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where GitLab looks, the first that is there counts."""
_SECTION = regex(r"^\^?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?P<owners>.*)$")


@dataclass(slots=True)
class _Section:
    owners: tuple[str, ...] = ()
    entries: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


def owners_of(text: str, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the owners of each path, as they are written; none where nobody is named."""
    sections = _sections(text)
    return {path: _owners(sections, path) for path in paths}


def _sections(text: str) -> list[_Section]:
    sections: dict[str, _Section] = {"": _Section()}
    current = sections[""]
    for line in text.split("\n"):
        bare = re.sub(r"(?<!\\)\s#.*$", "", line).strip()
        if not bare or bare.startswith("#"):
            continue
        heading = _SECTION.match(bare)
        if heading is not None:
            current = sections.setdefault(heading["name"].strip().lower(), _Section())
            current.owners = tuple(heading["owners"].split()) or current.owners
            continue
        pattern, *owners = re.split(r"(?<!\\)\s+", bare)
        current.entries.append((pattern.replace("\\ ", " ").replace("\\#", "#"), tuple(owners)))
    return list(sections.values())


def _owners(sections: list[_Section], path: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for section in sections:
        matching = [owners for pattern, owners in section.entries if _covers(pattern, path)]
        if matching:
            found.update(dict.fromkeys(matching[-1] or section.owners))
    return tuple(found)


def _covers(pattern: str, path: str) -> bool:
    """Whether an entry's pattern is for the path: from the root with a slash in front, else at any depth."""
    anchored = pattern.startswith("/")
    body = pattern.strip("/") if pattern != "*" else "**"
    if pattern.endswith("/"):
        body += "/**/*"
    regex = "".join(
        "(?:.*/)?" if part == "**/" else ".*" if part == "**" else "[^/]*" if part == "*" else re.escape(part)
        for part in re.findall(r"\*\*/|\*\*|\*|[^*]+", body)
    )
    return re.fullmatch(("" if anchored else "(?:.*/)?") + regex, path) is not None
