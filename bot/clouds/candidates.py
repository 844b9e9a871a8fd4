"""Jobs that could ask for a trust, made of the texts that the trust itself compares: the worst reach comes first.

Whether one is accepted is decided by the trust's evaluator, so a candidate is a question and never a verdict. The
candidates differ from the texts in the ways that patterns overlook: a group whose name goes on (`acme` and
`acme-other`), a project below or beside another one, a branch that ends or begins like another one, a tag of the
same name, another case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import islice, product
from typing import TYPE_CHECKING

from bot.clouds.subjects import is_id, is_path, is_ref, named_components, write_subject
from bot.clouds.wildcards import has_wildcard, instances
from bot.facts.cloud_trust import (
    DEFAULT_BRANCHES,
    DEFAULT_SUBJECT,
    DEPLOYMENT_TIERS,
    SUBJECT_COMPONENTS,
    SUBJECT_LEADERS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.clouds.model import Hint


class Reach(StrEnum):
    """Whose jobs a trust accepts, worst first."""

    ISSUER = "issuer"
    """any project of the GitLab instance"""
    PERSON = "person"
    """any project in which one person runs pipelines"""
    GROUP = "group"
    """any project of a group, also a new one"""
    FORK = "fork"
    """merge request pipelines of forks"""
    PUSHER = "pusher"
    """any branch of the project"""
    TAG = "tag"
    """a tag that has the name of the branch"""
    CASE = "case"
    """a branch whose name differs in case"""
    NAMED = "named"
    """the named ref, whether it is protected or not"""
    PROTECTED = "protected"
    """protected refs of the project"""
    EXACT = "exact"
    """the named ref while it is protected"""
    NOBODY = "nobody"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Reach).index(self)


_OTHER_PATH = "someone-else/app"
_OTHER_ID = "31337"
_OTHER_GROUP_ID = "31338"
_OTHER_PERSON = {"user_login": "someone-else", "user_id": "4242", "user_email": "someone-else@example.com"}
_PERSONAL = tuple(_OTHER_PERSON)
_FREE_REF = "feature-x"
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
_REF_RUNS = ("-x", "not-", "x", "", "/x", "feature-x", "1.0", "x/")
_MAX_JOBS = 4000
# Claims that a person sets freely in a project of their own, by the texts that the trust wants.
_FREE_CLAIMS = (
    "pipeline_source",
    "runner_environment",
    "user_access_level",
    "project_visibility",
    "environment_action",
    "job_source",
)
_FREE_DEFAULTS = {
    "pipeline_source": "push",
    "runner_environment": "gitlab-hosted",
    "user_access_level": "owner",
}


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its claims describe it."""

    path: str
    number: str
    group_number: str

    @property
    def root(self) -> str:
        """Its top-level group."""
        return self.path.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Ref:
    """A branch or tag."""

    name: str
    kind: str
    is_protected: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job's claims, and the reach that it shows if the trust accepts it."""

    reach: Reach
    claims: dict[str, str]


@dataclass(slots=True)
class Candidates:
    """The candidates for one trust. `tenant`: the only top-level group whose tokens the issuer signs, or ""."""

    hints: tuple[Hint, ...]
    tenant: str = ""
    issuer: str = ""
    audiences: tuple[str, ...] = ()
    extras: tuple[dict[str, str], ...] = ()
    """claims of foreign projects to try first"""
    _pools: _Pools = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._pools = _Pools(self.hints, self.tenant)

    def __iter__(self) -> Iterator[Candidate]:
        """Yield candidates, the worst reach first."""
        pools = self._pools
        for extra in self.extras:
            yield from self._of(Reach.ISSUER, pools.foreign(extra), {_ref_of(extra): None})
        for project in pools.strangers:
            yield from self._of(Reach.ISSUER, project, pools.refs_of_owner)
        if pools.persons:
            for project in (*pools.strangers, *pools.neighbours):
                yield from self._of(Reach.PERSON, project, pools.refs_of_owner, person=pools.persons)
        for project in pools.neighbours:
            yield from self._of(Reach.GROUP, project, pools.refs_of_owner)
        if pools.reads("job_project_path", "job_project_id"):
            yield from self._forks()
        for reach, refs in pools.own_refs.items():
            for project in pools.own:
                yield from self._of(reach, project, refs, person=pools.persons)

    def subjects(self) -> set[str]:
        """Return the subjects of all candidates."""
        return {candidate.claims["sub"] for candidate in self}

    def _forks(self) -> Iterator[Candidate]:
        pools = self._pools
        fork = Project("someone-else/fork", _OTHER_ID, _OTHER_GROUP_ID)
        refs = [Ref(ref.name, ref.kind, is_protected=False) for ref in pools.refs_of_owner]
        for parent in pools.own:
            yield from self._of(Reach.FORK, fork, dict.fromkeys(refs), parent=parent)

    def _of(
        self,
        reach: Reach,
        project: Project,
        refs: Iterable[Ref],
        person: dict[str, str] | None = None,
        parent: Project | None = None,
    ) -> Iterator[Candidate]:
        pools = self._pools
        is_owner = reach in _OWNERS
        made = product(refs, pools.environments, pools.free_claims, pools.shapes)
        for ref, environment, free, shape in islice(made, _MAX_JOBS):
            claims = _claims(project, ref, parent or project)
            claims |= _OTHER_PERSON | (person or {}) | free | environment
            if "environment" in environment:
                claims["environment_protected"] = str(is_owner or ref.is_protected).lower()
            claims["iss"] = f"https://{self.issuer}" if self.issuer else "https://gitlab.com"
            claims["sub"] = write_subject(shape, claims)
            for audience in self.audiences or ("https://cloud.example.com",):
                yield Candidate(reach, {**claims, "aud": audience})


def _ref_of(claims: dict[str, str]) -> Ref:
    path = claims.get("ref_path", "")
    kind = "tag" if path.startswith("refs/tags/") else claims.get("ref_type", "branch")
    name = claims.get("ref") or path.removeprefix("refs/heads/").removeprefix("refs/tags/") or "main"
    return Ref(name, kind, is_protected=claims.get("ref_protected", "true") == "true")


_OWNERS = frozenset({Reach.ISSUER, Reach.PERSON, Reach.GROUP})


def _claims(project: Project, ref: Ref, job_project: Project) -> dict[str, str]:
    kind = "tags" if ref.kind == "tag" else "heads"
    return {
        "project_id": project.number,
        "project_path": project.path,
        "namespace_id": project.group_number,
        "namespace_path": project.path.rpartition("/")[0],
        "job_project_id": job_project.number,
        "job_project_path": job_project.path,
        "source_project_id": project.number,
        "source_project_path": project.path,
        "ref": ref.name,
        "ref_type": ref.kind,
        "ref_path": f"refs/{kind}/{ref.name}",
        "ref_protected": str(ref.is_protected).lower(),
    }


class _Pools:
    """The parts that candidates are put together of."""

    def __init__(self, hints: tuple[Hint, ...], tenant: str) -> None:
        self.hints = hints
        self.tenant = tenant
        self._pieces = [piece for hint in hints for piece in _pieces(hint)]

    def reads(self, *claims: str) -> bool:
        """Return whether a text is compared with one of the claims, also within a subject."""
        return any(claim in claims for claim, _, _ in self._pieces)

    def _texts(self, *claims: str) -> Iterator[tuple[str, Hint]]:
        for claim, text, hint in self._pieces:
            if claim in claims or not claim:
                yield text, hint

    # Projects -------------------------------------------------------------------------------------------------

    @cached_property
    def literal_paths(self) -> dict[str, None]:
        """The projects that are named in full."""
        found = dict.fromkeys(
            text
            for text, hint in self._texts(*_PATHS)
            if is_path(text) and not (hint.wildcards and has_wildcard(text))
        )
        return {path: None for path in found if path.rpartition("/")[0] not in found or "/" in path}

    @cached_property
    def literal_ids(self) -> tuple[str, ...]:
        """The numbers of projects that are written in full."""
        return tuple(dict.fromkeys(text for text, _ in self._texts(*_IDS) if is_id(text)))

    @cached_property
    def group_ids(self) -> tuple[str, ...]:
        """The numbers of groups that are written in full."""
        named = (text for claim, text, _ in self._pieces if claim == "namespace_id" and is_id(text))
        return tuple(dict.fromkeys(named))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups that are written in full: by themselves, or in front of a slash."""
        found: dict[str, None] = dict.fromkeys(
            text for text, _ in self._texts("namespace_path") if _GROUP.fullmatch(text)
        )
        for text, _ in self._texts(*_PATHS, "namespace_path"):
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
        for text, hint in self._texts(*_PATHS, "namespace_path"):
            for path in _variants(text, hint, _PATH_RUNS):
                found[path] = None
                found[f"{path.rstrip('/')}/app"] = None
        for group in self.groups:
            found[f"{group}/other-app"] = None
            found[f"{group}/team/other-app"] = None
        return tuple(path for path in found if is_path(path))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Numbers like the ones that are written, and a foreign one."""
        found = {_OTHER_ID: None}
        for text, hint in self._texts(*_IDS):
            found.update(dict.fromkeys(_variants(text, hint, ("0", "", "1", "00"), ("0", "1"))))
        return tuple(number for number in found if is_id(number) and number not in self.literal_ids)

    def foreign(self, claims: dict[str, str]) -> Project:
        """Return a foreign project with these claims."""
        return Project(
            claims.get("project_path", _OTHER_PATH),
            claims.get("project_id", _OTHER_ID),
            claims.get("namespace_id", _OTHER_GROUP_ID),
        )

    @cached_property
    def strangers(self) -> tuple[Project, ...]:
        """Projects of people who have nothing to do with the ones that are named."""
        if self.tenant:
            return ()
        roots = self.roots
        foreign = [path for path in self.paths if path.partition("/")[0] not in roots]
        groups = (_OTHER_GROUP_ID, *_like(self._texts("namespace_id"), self.group_ids))
        return tuple(
            Project(path, number, group)
            for path in foreign[:24]
            for number in self.numbers
            for group in groups
        )

    @cached_property
    def neighbours(self) -> tuple[Project, ...]:
        """Other projects of the groups that are named."""
        inside = [p for p in self.paths if p.partition("/")[0] in self.roots and p not in self.literal_paths]
        if self.group_ids and not inside:
            inside = ["acme/other-app"]
        groups = self.group_ids or (_OTHER_GROUP_ID,)
        return tuple(
            Project(path, number, group)
            for path in inside[:24]
            for number in self.numbers
            for group in groups
        )

    @cached_property
    def own(self) -> tuple[Project, ...]:
        """The projects that are named, by path or by number."""
        paths = (
            tuple(self.literal_paths) or tuple(f"{group}/app" for group in self.groups[:1]) or ("acme/app",)
        )
        numbers = self.literal_ids or ("42",)
        groups = self.group_ids or ("72",)
        return tuple(Project(*each) for each in islice(product(paths, numbers, groups), 60))

    # Refs -----------------------------------------------------------------------------------------------------

    @cached_property
    def _reads_refs(self) -> bool:
        return self.reads("ref", "ref_type", "ref_path", "ref_protected", "sub", "")

    @cached_property
    def literal_refs(self) -> tuple[str, ...]:
        """The refs that are written in full; the default branch where there is none."""
        named = (
            text
            for text, hint in self._ref_texts()
            if is_ref(text) and not (hint.wildcards and has_wildcard(text))
        )
        return tuple(dict.fromkeys(named)) or ("main",)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """What the literal refs are: branch or tag, as far as the trust says it."""
        written = {text for text, _ in self._texts("ref_type")}
        if any(text.startswith("refs/tags/") for text, _ in self._texts("ref_path")):
            written.add("tag")
        return ("tag",) if "tag" in written and "branch" not in written else ("branch",)

    def _ref_texts(self) -> Iterator[tuple[str, Hint]]:
        for text, hint in self._texts("ref", "ref_path"):
            yield re.sub(r"^\^?refs/(?:heads|tags)/", "", text), hint

    @cached_property
    def own_refs(self) -> dict[Reach, tuple[Ref, ...]]:
        """Refs of the named projects, by the reach that they show."""
        names = self.literal_refs
        free = dict.fromkeys([_FREE_REF])
        for text, hint in self._ref_texts():
            free.update(dict.fromkeys(_variants(text, hint, _REF_RUNS, ("x", "9"))))
        others = sorted((n for n in free if is_ref(n) and n not in names), key=lambda name: "/-" in name)
        kind = self.kinds[0]
        other_kind = "tag" if kind == "branch" else "branch"
        upper = [name.swapcase() for name in names if name.swapcase() not in names]
        return {
            Reach.PUSHER: tuple(
                Ref(name, each, is_protected=False) for name in others for each in (kind, other_kind)
            ),
            Reach.TAG: tuple(Ref(name, other_kind, is_protected=False) for name in names),
            Reach.CASE: tuple(Ref(name, kind, is_protected=False) for name in upper),
            Reach.NAMED: tuple(Ref(name, kind, is_protected=False) for name in names),
            Reach.PROTECTED: tuple(
                Ref(name, each, is_protected=True) for name in others for each in (kind, other_kind)
            ),
            Reach.EXACT: tuple(
                Ref(name, each, is_protected=True) for name in names for each in (kind, other_kind)
            ),
        }

    @cached_property
    def refs_of_owner(self) -> dict[Ref, None]:
        """Refs in a project of one's own: any name and kind, protected or not."""
        if not self._reads_refs:
            return {Ref("main", "branch", is_protected=True): None}
        own = self.own_refs
        found = [*own[Reach.EXACT], *own[Reach.PROTECTED][:20], Ref("main", "branch", is_protected=True)]
        if any(text == "false" for text, _ in self._texts("ref_protected")):
            found += [*own[Reach.NAMED], *own[Reach.PUSHER][:10]]
        return dict.fromkeys(found)

    # The rest -------------------------------------------------------------------------------------------------

    @cached_property
    def persons(self) -> dict[str, str]:
        """The person that the trust names, by claim; empty where it names none."""
        return {claim: text for claim, text, _ in self._pieces if claim in _PERSONAL}

    @cached_property
    def environments(self) -> tuple[dict[str, str], ...]:
        """What the claims about environments can be."""
        if not self.reads("environment", "environment_protected", "deployment_tier"):
            return ({},)
        names = [text for claim, text, hint in self._pieces if claim == "environment" and not hint.partial]
        tiers = [
            text for claim, text, _ in self._pieces if claim == "deployment_tier" and text in DEPLOYMENT_TIERS
        ]
        named = product(dict.fromkeys([*names, "x"]), dict.fromkeys([*tiers, "production"]))
        return ({}, *({"environment": name, "deployment_tier": tier} for name, tier in named))

    @cached_property
    def free_claims(self) -> tuple[dict[str, str], ...]:
        """What the claims can be that anybody sets in a pipeline of their own."""
        found: list[dict[str, str]] = [dict(_FREE_DEFAULTS)]
        for claim, text, _ in self._pieces:
            if claim in _FREE_CLAIMS or claim.endswith("_access"):
                found[0].setdefault(claim, text)
                found[0][claim] = text
        return tuple(found)

    @cached_property
    def shapes(self) -> tuple[tuple[str, ...], ...]:
        """The components of a subject, as projects can set them."""
        found: dict[tuple[str, ...], None] = {DEFAULT_SUBJECT: None}
        for hint in self.hints:
            if hint.claim == "sub":
                found.update(dict.fromkeys(_shapes(named_components(hint.text))))
        return tuple(found)


_PATHS = tuple(name for name in SUBJECT_LEADERS if name.endswith("_path"))
_IDS = tuple(name for name in SUBJECT_LEADERS if name.endswith("_id"))
_GROUP = re.compile(r"[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*", re.ASCII)


def _pieces(hint: Hint) -> Iterator[tuple[str, str, Hint]]:
    """Yield the parts of a text that is compared with a claim: of a subject, its values by component."""
    if hint.claim != "sub":
        yield hint.claim, hint.text, hint
        return
    yield "sub", hint.text, hint
    words = hint.text.split(":")
    skip = False
    for index, word in enumerate(words):
        if skip:
            skip = False
        elif word in SUBJECT_COMPONENTS and index + 1 < len(words):
            yield word, words[index + 1], hint
            skip = True
        else:
            yield "", word, hint


def _shapes(named: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    leaders = tuple(name for name in named if name in SUBJECT_LEADERS) or ("project_path", "project_id")
    rest = tuple(name for name in named if name not in SUBJECT_LEADERS)
    for leader in leaders:
        yield (leader, *rest)
        yield (leader, *dict.fromkeys(("ref_type", "ref", *rest)))


def _variants(
    text: str, hint: Hint, runs: tuple[str, ...], singles: tuple[str, ...] = ("x", "1")
) -> Iterator[str]:
    """Yield texts that the comparison could accept, and the text itself."""
    found = list(instances(text, runs, singles)) if hint.wildcards else [text]
    yield from found
    for base in found[:12] if hint.partial else ():
        core = base.strip("/")
        for run in runs:
            yield base + run
            yield core + run
            yield f"someone-else/{core}"
            yield f"other-{core}{run}"
            yield f"{run}{core}"


def _like(texts: Iterator[tuple[str, Hint]], literal: tuple[str, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(each for text, hint in texts for each in _variants(text, hint, ("0", "1"), ("0",)))
    return tuple(each for each in found if is_id(each) and each not in literal)


def is_default_branch(name: str) -> bool:
    """Return whether GitLab protects a branch of this name when the project is created."""
    return name in DEFAULT_BRANCHES
