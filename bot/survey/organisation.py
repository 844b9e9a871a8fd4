"""The trust map of an organisation: project and ref -> role -> policy -> path, asked from both ends.

A role accepts a project's ref where Vault would log in a token that a job there can get: the project, the ref and its
protection are what GitLab says; what a job chooses freely (audience, environment, tier, source) is taken as the role
wants it. Anyone who can push to the ref can run such a job.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.facts.cloud_trust import DEFAULT_SUBJECT
from bot.facts.gitlab_subjects import is_ref, named_components, parse_subject, write_subject
from bot.lazy import dataclass
from bot.survey.digest import terms_from
from bot.vault.claims.login import login
from bot.vault.claims.solver import satisfying
from bot.vault.claims.witness import alternatives, filled, token
from bot.vault.policies.acl import DENY, Acl, matches
from bot.vault.reach import bare_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.survey.ports import Record
    from bot.vault.claims.terms import RoleTerms

_FREE_REF = "feature-x"
_EVERYBODY = {
    "id": 31337,
    "path": "someone-else/app",
    "namespace_id": 31338,
    "default_branch": "main",
    "protected": ["main"],
    "host": "",
}
"""A project of somebody who has nothing to do with any other."""
_PERSONAL = ("user_id", "user_login", "user_email")


class GitRef(NamedTuple):
    """A branch or tag of a project. `free`: it stands for every ref that nobody protects."""

    name: str
    kind: str
    is_protected: bool
    free: bool = False

    def __str__(self) -> str:
        """Say who can run a job there."""
        if self.free:
            return f"any {self.kind}"
        word = "protected " if self.is_protected else "unprotected "
        return f"{word}{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class SurveyedRule:
    """A path of a policy with its capabilities, as `Acl` takes it."""

    path: str
    capabilities: frozenset[str]
    policy: str


@dataclass()
class OrgRole:
    """A role with the policies that it gives. `missing`: policies whose text no project holds."""

    project: str
    kept: Mapping[str, Any]
    terms: RoleTerms | None
    rules: list[SurveyedRule] = field(default_factory=list)
    policies: list[Mapping[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    branch: str = ""
    """the branch whose file counts, with what is known of its protection"""

    @property
    def changed_by(self) -> str:
        """Who can change the role, as far as its file decides it."""
        owners = ", ".join(self.kept["owners"])
        return f"whoever can push to {self.branch}" + (f"; code owners: {owners}" if owners else "")

    @property
    def name(self) -> str:
        """Mount and name, as in a login."""
        return f"auth/{self.kept['mount']}/role/{self.kept['name']}"

    @property
    def place(self) -> str:
        """Where it is written."""
        return f"{self.project}:{self.kept['path']}:{self.kept['line']}"

    @cached_property
    def acl(self) -> Acl:
        """Its policies, as Vault weighs them."""
        return Acl(self.rules)


@dataclass(frozen=True, slots=True)
class SurveyAccess:
    """A role, and the refs of a project that it accepts. `person`: only where one person started the pipeline."""

    role: OrgRole
    project: str
    refs: tuple[GitRef, ...]
    person: str = ""

    @property
    def any_ref(self) -> bool:
        """Whether any branch, or any tag, will do."""
        return any(ref.free for ref in self.refs)

    @property
    def shortest(self) -> tuple[GitRef, ...]:
        """The refs without those that "any branch" or "any tag" includes."""
        free = {ref.kind for ref in self.refs if ref.free}
        return tuple(ref for ref in self.refs if ref.free or ref.kind not in free)

    @property
    def who(self) -> str:
        """Who can use it."""
        if self.person:
            return f"pipelines of {self.person} alone"
        free = [ref.kind for ref in self.refs if ref.free]
        if free:
            return f"whoever can push any {' or '.join(free)}"
        if all(ref.is_protected for ref in self.refs):
            return "whoever may push or merge to a protected ref"
        return "whoever can push the ref while it is unprotected"


@dataclass(frozen=True, slots=True)
class SurveyReading:
    """Who can use a path: `everyone` are roles that accept any project of the instance."""

    paths: tuple[str, ...]
    everyone: tuple[OrgRole, ...]
    accesses: tuple[SurveyAccess, ...]
    undecided: tuple[tuple[OrgRole, str], ...]


class Organisation:
    """The records of all surveyed projects, put together."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = {record["project"]["path"]: record for record in records}

    @cached_property
    def roles(self) -> tuple[OrgRole, ...]:
        """Every role, with its policies from its own project, else from the only one that has such a policy."""
        return tuple(
            self._role(path, kept) for path, record in self.records.items() for kept in record["roles"]
        )

    @cached_property
    def _policies(self) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
        found: dict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
        for path, record in self.records.items():
            for policy in record["policies"]:
                found[policy["name"]].append((path, policy))
                if policy["by_file"] and bare_name(policy["name"]) != policy["name"]:
                    found[bare_name(policy["name"])].append((path, policy))
        return found

    def _role(self, project: str, kept: Mapping[str, Any]) -> OrgRole:
        role = OrgRole(project, kept, terms_from(kept["terms"]) if kept["terms"] is not None else None)
        role.branch = _guarded(self.records[project]["project"])
        for name in dict.fromkeys(kept["policies"]):
            policy = self._policy(project, name)
            if policy is None:
                role.missing += [name] if name != "default" else []
                continue
            role.policies.append(policy)
            role.rules += [SurveyedRule(path, frozenset(given), name) for path, given in policy["rules"]]
        return role

    def _policy(self, project: str, name: str) -> Mapping[str, Any] | None:
        """The policy of that name; None where none is known, or several projects write one."""
        every = self._policies.get(name) or self._policies.get(bare_name(name)) or []
        own = [policy for path, policy in every if path == project]
        others = [policy for _, policy in every]
        return own[0] if own else others[0] if len(others) == 1 else None

    # Questions ------------------------------------------------------------------------------------------------

    def who_can(self, path: str, capability: str = "read") -> SurveyReading:
        """Who can use `path`: as Vault's API has it, or as `vault kv` does (`ops/prod/db` for `ops/data/prod/db`)."""
        paths = self._api_paths(path)
        everyone, accesses, undecided = [], [], []
        for role in self.roles:
            decided = self._gives(role, paths, capability)
            if decided is False:
                continue
            if role.terms is None:
                undecided.append((role, role.kept["why"]))
            elif isinstance(decided, str):
                undecided.append((role, decided))
            elif self._accepted(role, _EVERYBODY):
                everyone.append(role)
            else:
                accesses += [access for record in self.records.values() for access in self._of(role, record)]
        return SurveyReading(paths, tuple(everyone), tuple(accesses), tuple(undecided))

    def reach(self, project: str) -> tuple[tuple[SurveyAccess, ...], tuple[tuple[OrgRole, str], ...]]:
        """The roles that the project's refs can log in with, and those of which nobody knows."""
        record = self.records[project]
        accesses = [access for role in self.roles for access in self._of(role, record)]
        return tuple(accesses), tuple((role, role.kept["why"]) for role in self.roles if role.terms is None)

    def clouds_of(self, project: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """The clouds' trusts that accept jobs of the project, by the reach that was proven for each."""
        own = self.records[project]["project"]
        return tuple(
            (path, trust)
            for path, record in self.records.items()
            for trust in record["trusts"]
            if _is_for(trust, own)
        )

    # How it is decided ----------------------------------------------------------------------------------------

    def _api_paths(self, path: str) -> tuple[str, ...]:
        """The path as it is, and with `data` behind the mount of a KV version 2."""
        path = path.strip("/")
        mounts = {mount for record in self.records.values() for mount in record["kv2"]}
        owning = [mount for mount in mounts if path.startswith(f"{mount}/")] or [path.partition("/")[0]]
        found = {path: None}
        for mount in sorted(owning):
            rest = path[len(mount) + 1 :]
            if rest and not rest.startswith(("data/", "metadata/")):
                found[f"{mount}/data/{rest}"] = None
        return tuple(found)

    def _gives(self, role: OrgRole, paths: tuple[str, ...], capability: str) -> bool | str:
        """Whether the role's policies give the capability on one of the paths; a reason where that is not known."""
        if "root" in role.kept["policies"]:
            return True
        for path in paths:
            given = role.acl.decide(path).capabilities
            if capability in given and DENY not in given:
                return True
        for rule in role.rules:
            loose = "/".join("+" if "{{" in part or "${" in part else part for part in rule.path.split("/"))
            if (
                loose != rule.path
                and capability in rule.capabilities
                and any(matches(loose, p) for p in paths)
            ):
                return f"the policy {rule.policy} fills `{rule.path}` in at login"
        if role.missing:
            return f"no surveyed project has the text of {', '.join(role.missing)}"
        incomplete = [policy["name"] for policy in role.policies if not policy["complete"]]
        return f"not all of {', '.join(incomplete)} is known" if incomplete else False

    def _of(self, role: OrgRole, record: Record) -> Iterator[SurveyAccess]:
        if role.terms is None:
            return
        refs = self._accepted(role, record["project"])
        if refs:
            yield SurveyAccess(role, record["project"]["path"], refs, _person(role.terms))

    def _accepted(self, role: OrgRole, project: Mapping[str, Any]) -> tuple[GitRef, ...]:
        terms = role.terms
        chosen = satisfying(terms) if terms is not None else None
        if terms is None or chosen is None:
            return ()
        return tuple(
            ref
            for ref in _refs(terms, project)
            if any(
                login(terms, claims, bound_issuer=role.kept["issuer"]).accepted
                for claims in _tokens(terms, chosen, project, ref, role.kept["issuer"])
            )
        )


def _refs(terms: RoleTerms, project: Mapping[str, Any]) -> list[GitRef]:
    """The refs that matter: a free one, the default branch, those that the role names."""
    protected = project["protected"] or [project["default_branch"]]
    everything = _covers(protected, _FREE_REF)
    found = [GitRef(_FREE_REF, "branch", is_protected=everything, free=not everything)]
    found.append(GitRef(_FREE_REF, "tag", is_protected=False, free=True))
    names = dict.fromkeys([project["default_branch"], *_named_refs(terms)])
    names.update(dict.fromkeys(filled(pattern, "x") for pattern in protected))
    for name in names:
        found.append(GitRef(name, "branch", _covers(protected, name)))
        found.append(GitRef(name, "tag", is_protected=False))
    return found


def _named_refs(terms: RoleTerms) -> Iterator[str]:
    globs = terms.bound_claims_type == "glob"
    for claim, bound in terms.bound_claims.items():
        for value in alternatives(claim, bound, globs=globs):
            text = str(value)
            if claim == "ref":
                yield text
            elif claim == "ref_path":
                yield text.removeprefix("refs/heads/").removeprefix("refs/tags/")
            elif claim == "sub":
                yield from filter(None, [(parse_subject(text) or {}).get("ref")])
    subject = (parse_subject(terms.bound_subject) or {}).get("ref") if terms.bound_subject else None
    yield from filter(is_ref, filter(None, [subject]))


def _covers(patterns: Iterable[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern.replace("[", "[[]").replace("?", "[?]")) for pattern in patterns)


def _tokens(
    terms: RoleTerms, chosen: Mapping[str, Any], project: Mapping[str, Any], ref: GitRef, issuer: str
) -> Iterator[dict[str, Any]]:
    """Tokens that jobs of the ref can get, for each shape of the subject that a Maintainer can choose."""
    group = project["path"].rpartition("/")[0]
    claims: dict[str, Any] = {**chosen}
    for prefix in ("", "job_", "source_"):
        claims |= {
            f"{prefix}project_id": str(project["id"]),
            f"{prefix}project_path": project["path"],
            f"{prefix}namespace_id": str(project["namespace_id"] or 0),
            f"{prefix}namespace_path": group,
        }
    claims |= {
        "ref": ref.name,
        "ref_type": ref.kind,
        "ref_path": f"refs/{'tags' if ref.kind == 'tag' else 'heads'}/{ref.name}",
        "ref_protected": str(ref.is_protected).lower(),
    }
    if not ref.is_protected and "environment_protected" in claims:
        claims["environment_protected"] = "false"
    if issuer:
        claims["iss"] = issuer
    elif project["host"]:
        claims["iss"] = f"https://{project['host']}"
    wanted = [terms.bound_subject, *_texts(terms.bound_claims.get("sub"))]
    shapes = {DEFAULT_SUBJECT: None} | {named_components(text): None for text in wanted if ":" in text}
    for shape in shapes:
        yield token({**claims, "sub": write_subject(shape, claims)})


def _guarded(project: Mapping[str, Any]) -> str:
    """The default branch, and whether it is protected."""
    branch = project["default_branch"]
    if not project.get("protected_known", bool(project["protected"])):
        return str(branch)
    return f"{branch} ({'protected' if _covers(project['protected'], branch) else 'not protected'})"


def _texts(bound: Any) -> list[str]:
    return [str(each) for each in (bound if isinstance(bound, list) else [bound]) if each is not None]


def _person(terms: RoleTerms) -> str:
    """The person that the role binds, "" where it binds none."""
    found = [text for claim in _PERSONAL for text in _texts(terms.bound_claims.get(claim))]
    return " or ".join(found)


def _is_for(trust: Mapping[str, Any], project: Mapping[str, Any]) -> bool:
    """Whether a trust's proven reach includes the project."""
    reach = trust["reach"]
    if reach in {"issuer", "person"}:
        return True
    path, number = project["path"], str(project["id"])
    inside = any(path == group or path.startswith(f"{group}/") for group in trust["groups"])
    if reach == "group":
        return inside or str(project["namespace_id"]) in trust["group_numbers"]
    if reach in {"nobody", "unknown"}:
        return False
    return path in trust["paths"] or number in trust["numbers"]
