"""`sealcheck explain` and `sealcheck simulate`: questions about one place or one role of a working tree."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bot.analysis.engine import run_rules
from bot.clouds.arrows import cloud_edges, trust_node
from bot.documents.lines import split_lines
from bot.errors import SealcheckError
from bot.lazy import dataclass
from bot.report.explanation import explain, jobs_at, roles_at
from bot.repository import Repository
from bot.rules import RULE_IDS
from bot.scanning import git
from bot.scanning.cloud_simulation import simulate_trust
from bot.scanning.selection import targets
from bot.scanning.simulation import Circumstances, claims_of, simulate
from bot.scanning.wish import project_of
from bot.snapshot import Tree
from bot.vault.trustmap import edges_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.pipeline.model import Job
    from bot.scanning.selection import Target
    from bot.vault.trustmap import Edge

_PATHS_EACH = 10
"""How many paths of one policy a picture shows; its name stands for the rest."""


class WrongQuestion(SealcheckError):
    """What is asked about is not there, or not said clearly: exit status 2."""


@dataclass(frozen=True, slots=True)
class SimulateCall:
    """A call of `sealcheck simulate`. `protected` None: as the default branch is, and no other."""

    role_file: str
    name: str | None = None
    claims: str | None = None
    job: str | None = None
    ref: str = "main"
    tag: bool = False
    protected: bool | None = None
    project: str | None = None
    project_id: int | None = None


def explain_place(place: str, out: TextIO, graph: Callable[[list[Edge], str], str] | None = None) -> int:
    """Print what is known at `place` ("FILE:LINE"); 0, or 1 where nothing is known there.

    `graph` draws the trust map instead, of the roles that have to do with the place: the role there, those that
    have the policy there, those that the job there logs in with; of all roles where nothing of that is there.
    """
    file, _, number = place.rpartition(":")
    if not file or not number.isdecimal():
        known = f"; the page of a rule: sealcheck rules {place}" if place in RULE_IDS else ""
        raise WrongQuestion(f"{place!r} is not FILE:LINE, like .gitlab-ci.yml:12{known}")
    repository, path = _repository(file)
    text = repository.tree.files.get(path)
    if text is None:
        raise WrongQuestion(f"{file}: {repository.tree.unread.get(path, 'it cannot be read')}")
    if int(number) > (last := len(split_lines(text))):
        raise WrongQuestion(f"{file} has {last} lines, and no line {number}")
    if graph is not None:
        out.write(_drawn(repository, path, int(number), graph))
        return 0
    answer = explain(repository, path, int(number), run_rules(repository).findings)
    out.write(answer or f"{place}: no job, role, policy or mount is written there\n")
    return 0 if answer else 1


def _drawn(repository: Repository, path: str, line: int, graph: Callable[[list[Edge], str], str]) -> str:
    """Return the trust map of the roles at a place, with the clouds' where the place is one of theirs or a job's."""
    clouds = cloud_edges(repository.clouds, repository.jobs)
    roles = roles_at(repository, path, line)
    if not roles and not clouds:
        raise WrongQuestion("there is no Vault role and no cloud's trust in this repository: nothing to draw")
    jobs = {f"job {job.name}" for job in jobs_at(repository, path, line)}
    own = {
        trust_node(trust)
        for trust in repository.clouds.trusts
        if trust.span.path == path and trust.span.start_line <= line <= trust.span.end_line
    }
    wanted = own or {edge.end for edge in clouds if edge.start.label in jobs}
    clouds = [edge for edge in clouds if edge.end in wanted] if wanted else clouds
    roles = () if own else roles
    names = [f"role {role.name}" for role in roles] + [
        node.label for node in dict.fromkeys(e.end for e in clouds)
    ]
    named = names[0] if len(names) == 1 else f"{len(names)} roles"
    return graph([*edges_of(repository.vault, roles, _PATHS_EACH), *clouds], f"Trust map of {named}")


def simulate_file(question: SimulateCall, out: TextIO) -> int:
    """Print the verdict of each role; 0 where all of them let the token in, else 1."""
    repository, path = _repository(question.role_file)
    roles = [
        role
        for role in repository.vault.roles
        if role.span.path == path and question.name in {None, role.name}
    ]
    trusts = [
        trust
        for trust in repository.clouds.trusts
        if trust.span.path == path and question.name in {None, trust.name}
    ]
    if not roles and not trusts:
        named = f" called {question.name!r}" if question.name else ""
        raise WrongQuestion(f"{question.role_file}: no JWT role{named} was found there, and no cloud's trust")
    claims, partial = _claims(question), question.claims is None
    accepted = True
    for simulated in (
        *(
            simulate(role, repository.vault, claims, partial=partial, now_seconds=time.time())
            for role in roles
        ),
        *(simulate_trust(trust, claims, partial=partial) for trust in trusts),
    ):
        word = {True: "logs in", False: "refused", None: "cannot be decided"}[simulated.accepted]
        out.write("\n".join([f"{simulated.role}: {word}", *(f"  {line}" for line in simulated.lines), ""]))
        accepted = accepted and simulated.accepted is True
    return 0 if accepted else 1


def _claims(question: SimulateCall) -> dict[str, Any]:
    if (question.claims is None) == (question.job is None):
        raise WrongQuestion("give either --claims FILE or --job FILE:JOB")
    if question.claims is not None:
        return _read_claims(question.claims)
    file, _, name = (question.job or "").partition(":")
    job = _job(file, name)
    target = _target(file)
    remote = git.remote(target.root) if target.in_git else git.Remote()
    default = git.default_branch(target.root) or "main" if target.in_git else "main"
    is_protected = question.protected
    if is_protected is None:
        is_protected = not question.tag and question.ref == default
    where = Circumstances(
        ref=question.ref,
        is_tag=question.tag,
        is_protected=is_protected,
        project_path=question.project or remote.path,
        project_id=question.project_id,
        host=remote.host,
    )
    return claims_of(job, where)


def _read_claims(path: str) -> dict[str, Any]:
    try:
        claims = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongQuestion(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise WrongQuestion(f"{path}: not JSON; it takes a token's payload, an object of claims") from error
    if not isinstance(claims, dict):
        raise WrongQuestion(f"{path}: it takes a token's payload, an object of claims")
    return claims


def _job(file: str, name: str) -> Job:
    repository, path = _repository(file)
    jobs = {
        job.name: job
        for pipeline in repository.pipelines
        if path in pipeline.files
        for job in pipeline.jobs.values()
    }
    if name not in jobs:
        raise WrongQuestion(f"{file}: no job {name!r}; there are: {', '.join(sorted(jobs)) or 'none'}")
    return jobs[name]


def _target(file: str) -> Target:
    """The repository around the file: its checkout, or outside of git the folder that the user is in."""
    found, missing = targets([file])
    if missing:
        raise WrongQuestion(f"{missing[0].path}: {missing[0].reason}")
    target = found[0]
    place, here = target.root / (target.selected or [""])[0], Path.cwd()
    if not target.in_git and place.is_relative_to(here):
        [target], _ = targets(["."])
        target.selected = [place.relative_to(here).as_posix()]
        target.files.names.setdefault(target.selected[0])
    return target


def _repository(file: str) -> tuple[Repository, str]:
    """The repository that the file is in, and its path there."""
    target = _target(file)
    if not target.selected or target.selected == ["."]:
        raise WrongQuestion(f"{file}: a file is needed, not a folder")
    files = target.files
    tree = Tree(files, files.unread, listing=frozenset(files), project=project_of(target))
    return Repository(tree), target.selected[0]
