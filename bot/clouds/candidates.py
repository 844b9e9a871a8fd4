"""Jobs that could ask for a trust, made of the texts that the trust itself compares: the worst reach comes first.

Whether one is accepted is decided by the trust's evaluator, so a candidate is a question and never a verdict. The
candidates differ from the texts in the ways that patterns overlook: a group whose name goes on (`acme` and
`acme-other`), a project below or beside another one, a branch that ends or begins like another one, a tag of the
same name, another case.
"""

from __future__ import annotations

from dataclasses import field
from itertools import islice, product
from typing import TYPE_CHECKING

from bot.clouds.claim_parts import OTHER_PERSON, ClaimParts
from bot.clouds.hint_pieces import HintPieces
from bot.clouds.job_projects import OTHER_GROUP_ID, OTHER_ID, JobProject, ProjectParts
from bot.clouds.job_refs import JobRef, RefParts
from bot.clouds.reaches import TrustReach
from bot.facts.gitlab_subjects import write_subject
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.clouds.model import Hint

_MAX_JOBS = 4000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job's claims, and the reach that it shows if the trust accepts it."""

    reach: TrustReach
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
    _projects: ProjectParts = field(init=False, repr=False)
    _refs: RefParts = field(init=False, repr=False)
    _claims: ClaimParts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        pieces = HintPieces(self.hints)
        self._projects = ProjectParts(pieces, self.tenant)
        self._refs = RefParts(pieces)
        self._claims = ClaimParts(pieces, self.hints)

    def __iter__(self) -> Iterator[Candidate]:
        """Yield candidates, the worst reach first."""
        projects, refs_of_owner, persons = self._projects, self._refs.refs_of_owner, self._claims.persons
        for extra in self.extras:
            yield from self._of(TrustReach.ISSUER, projects.foreign(extra), {_ref_of(extra): None})
        for project in projects.strangers:
            yield from self._of(TrustReach.ISSUER, project, refs_of_owner)
        if persons:
            for project in (*projects.strangers, *projects.neighbours):
                yield from self._of(TrustReach.PERSON, project, refs_of_owner, person=persons)
        for project in projects.neighbours:
            yield from self._of(TrustReach.GROUP, project, refs_of_owner)
        if self._claims.names_job_project:
            yield from self._forks()
        for reach, refs in self._refs.own_refs.items():
            for project in projects.own:
                yield from self._of(reach, project, refs, person=persons)

    def subjects(self) -> set[str]:
        """Return the subjects of all candidates."""
        return {candidate.claims["sub"] for candidate in self}

    def _forks(self) -> Iterator[Candidate]:
        fork = JobProject("someone-else/fork", OTHER_ID, OTHER_GROUP_ID)
        refs = [JobRef(ref.name, ref.kind, is_protected=False) for ref in self._refs.refs_of_owner]
        for parent in self._projects.own:
            yield from self._of(TrustReach.FORK, fork, dict.fromkeys(refs), parent=parent)

    def _of(
        self,
        reach: TrustReach,
        project: JobProject,
        refs: Iterable[JobRef],
        person: dict[str, str] | None = None,
        parent: JobProject | None = None,
    ) -> Iterator[Candidate]:
        parts = self._claims
        is_owner = reach in _OWNERS
        made = product(refs, parts.environments, parts.free_claims, parts.shapes)
        for ref, environment, free, shape in islice(made, _MAX_JOBS):
            claims = _claims(project, ref, parent or project)
            claims |= OTHER_PERSON | (person or {}) | free | environment
            if "environment" in environment:
                claims["environment_protected"] = str(is_owner or ref.is_protected).lower()
            claims["iss"] = f"https://{self.issuer}" if self.issuer else "https://gitlab.com"
            claims["sub"] = write_subject(shape, claims)
            for audience in self.audiences or ("https://cloud.example.com",):
                yield Candidate(reach, {**claims, "aud": audience})


def _ref_of(claims: dict[str, str]) -> JobRef:
    path = claims.get("ref_path", "")
    kind = "tag" if path.startswith("refs/tags/") else claims.get("ref_type", "branch")
    name = claims.get("ref") or path.removeprefix("refs/heads/").removeprefix("refs/tags/") or "main"
    return JobRef(name, kind, is_protected=claims.get("ref_protected", "true") == "true")


_OWNERS = frozenset({TrustReach.ISSUER, TrustReach.PERSON, TrustReach.GROUP})


def _claims(project: JobProject, ref: JobRef, job_project: JobProject) -> dict[str, str]:
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
