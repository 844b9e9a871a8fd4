"""Projects that a trust names, or could accept by mistake: by path, by number, by group."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice, product
from typing import TYPE_CHECKING

from bot.clouds.hint_pieces import IDS, PATHS, variants
from bot.clouds.wildcards import has_wildcard
from bot.facts.gitlab_subjects import is_id, is_path
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.hint_pieces import HintPieces
    from bot.clouds.model import Hint

OTHER_ID = "31337"
OTHER_GROUP_ID = "31338"
_OTHER_PATH = "someone-else/app"
_PATH_RUNS = (
    "-other/app",
    "-other",
    "other-app",
    "",
    "/app",
    "app",
    "team/app",
    "someone-else/app",
    "someone-else",
    "x",
)
_GROUP = regex(r"[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class JobProject:
    """A project as its claims describe it."""

    path: str
    number: str
    group_number: str

    @property
    def root(self) -> str:
        """Its top-level group."""
        return self.path.partition("/")[0]


class ProjectParts:
    """The projects of candidates. `tenant`: the only top-level group whose tokens the issuer signs, or ""."""

    def __init__(self, pieces: HintPieces, tenant: str) -> None:
        self._pieces = pieces
        self.tenant = tenant

    @cached_property
    def literal_paths(self) -> dict[str, None]:
        """The projects that are named in full."""
        found = dict.fromkeys(
            text
            for text, hint in self._pieces.texts(*PATHS)
            if is_path(text) and not (hint.wildcards and has_wildcard(text))
        )
        return {path: None for path in found if path.rpartition("/")[0] not in found or "/" in path}

    @cached_property
    def literal_ids(self) -> tuple[str, ...]:
        """The numbers of projects that are written in full."""
        return tuple(dict.fromkeys(text for text, _ in self._pieces.texts(*IDS) if is_id(text)))

    @cached_property
    def group_ids(self) -> tuple[str, ...]:
        """The numbers of groups that are written in full."""
        named = (text for claim, text, _ in self._pieces.every if claim == "namespace_id" and is_id(text))
        return tuple(dict.fromkeys(named))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups that are written in full: by themselves, or in front of a slash."""
        found: dict[str, None] = dict.fromkeys(
            text for text, _ in self._pieces.texts("namespace_path") if _GROUP.fullmatch(text)
        )
        for text, _ in self._pieces.texts(*PATHS, "namespace_path"):
            head = re.split(r"[*?]", text, maxsplit=1)[0].rpartition("/")[0].strip("/^")
            if _GROUP.fullmatch(head):
                found[head] = None
        if self.tenant:
            found[self.tenant] = None
        return tuple(found)

    @cached_property
    def roots(self) -> frozenset[str]:
        """The top-level groups that are written in full."""
        return frozenset(group.partition("/")[0] for group in self.groups)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Paths like the ones that are written, and a foreign one."""
        found = {_OTHER_PATH: None}
        for text, hint in self._pieces.texts(*PATHS, "namespace_path"):
            for path in variants(text, hint, _PATH_RUNS):
                found[path] = None
                found[f"{path.rstrip('/')}/app"] = None
        for group in self.groups:
            found[f"{group}/other-app"] = None
            found[f"{group}/team/other-app"] = None
        return tuple(path for path in found if is_path(path))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Numbers like the ones that are written, and a foreign one."""
        found = {OTHER_ID: None}
        for text, hint in self._pieces.texts(*IDS):
            found.update(dict.fromkeys(variants(text, hint, ("0", "", "1", "00"), ("0", "1"))))
        return tuple(number for number in found if is_id(number) and number not in self.literal_ids)

    def foreign(self, claims: dict[str, str]) -> JobProject:
        """Return a foreign project with these claims."""
        return JobProject(
            claims.get("project_path", _OTHER_PATH),
            claims.get("project_id", OTHER_ID),
            claims.get("namespace_id", OTHER_GROUP_ID),
        )

    @cached_property
    def strangers(self) -> tuple[JobProject, ...]:
        """Projects of people who have nothing to do with the ones that are named."""
        if self.tenant:
            return ()
        roots = self.roots
        foreign = [path for path in self.paths if path.partition("/")[0] not in roots]
        groups = (OTHER_GROUP_ID, *_like(self._pieces.texts("namespace_id"), self.group_ids))
        return tuple(
            JobProject(path, number, group)
            for path in foreign[:24]
            for number in self.numbers
            for group in groups
        )

    @cached_property
    def neighbours(self) -> tuple[JobProject, ...]:
        """Other projects of the groups that are named."""
        inside = [p for p in self.paths if p.partition("/")[0] in self.roots and p not in self.literal_paths]
        if self.group_ids and not inside:
            inside = ["acme/other-app"]
        groups = self.group_ids or (OTHER_GROUP_ID,)
        return tuple(
            JobProject(path, number, group)
            for path in inside[:24]
            for number in self.numbers
            for group in groups
        )

    @cached_property
    def own(self) -> tuple[JobProject, ...]:
        """The projects that are named, by path or by number."""
        paths = (
            tuple(self.literal_paths) or tuple(f"{group}/app" for group in self.groups[:1]) or ("acme/app",)
        )
        numbers = self.literal_ids or ("42",)
        groups = self.group_ids or ("72",)
        return tuple(JobProject(*each) for each in islice(product(paths, numbers, groups), 60))


def _like(texts: Iterator[tuple[str, Hint]], literal: tuple[str, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(each for text, hint in texts for each in variants(text, hint, ("0", "1"), ("0",)))
    return tuple(each for each in found if is_id(each) and each not in literal)
