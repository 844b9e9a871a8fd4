"""Which jobs use a role, by their variables or their scripts, and whether it is thereby one for GitLab's tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from bot.lazy import regex
from bot.pipeline.vault_calls import Asks, calls_in, commands_in
from bot.pipeline.vault_servers import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bot.documents.location import Span
    from bot.pipeline.model import ScriptLine
    from bot.vault.roles.jwt_role import Issuer, JwtRole

_DEFAULT_MOUNT: Final = "jwt"
"""Where a GitLab job logs in that names no `VAULT_AUTH_PATH` (docs.gitlab.com/ci/secrets/hashicorp_vault, 2026-11)"""
_LOGIN_PATH: Final = regex(r"(?:^|/)auth/(?P<mount>[^\s$]+)/login/?$")
_ROLE: Final = regex(r"""(?:(?<![\w-])role=["']?|"role\\?"\s*:\s*\\?")(?P<name>[\w.-]+)(?![\w.${-])""")
_TOKEN: Final = regex(r"""(?<![\w-])jwt(?:=["']?|\\?"\s*:\s*\\?["']?)\$\{?(?P<name>\w+)""")
_METHOD: Final = regex(r"-{1,2}method[= ](?:jwt|oidc)\b")
_PATH: Final = regex(r"""-{1,2}path[= ]["']?(?P<mount>[^\s"'$]+)""")
_ADDRESS: Final = regex(r"https?://[^/]*(?:gitlab|vault|bao)", re.IGNORECASE)


class _Variable(Protocol):
    @property
    def value(self) -> str | None: ...


class _IdToken(Protocol):
    @property
    def audiences(self) -> tuple[str, ...]: ...


class LogsIn(Protocol):
    """What a job says about its login."""

    @property
    def variables(self) -> Mapping[str, _Variable]:
        """Its variables by name."""
        ...

    @property
    def cells(self) -> tuple[Mapping[str, _Variable], ...]:
        """What its matrix sets in each of the jobs that it stands for."""
        ...

    @property
    def id_tokens(self) -> Mapping[str, _IdToken]:
        """Its ID tokens by name."""
        ...

    @property
    def scripts(self) -> Iterable[ScriptLine]:
        """The entries of its scripts."""
        ...


J = TypeVar("J", bound=LogsIn)
T = TypeVar("T")


def jobs_of(role: JwtRole, jobs: Iterable[J]) -> tuple[J, ...]:
    """The jobs that log in with this role, by `VAULT_AUTH_ROLE` and `VAULT_AUTH_PATH` or in a script."""
    return tuple(job for job in jobs if (role.mount, role.name) in _logins(job))


class ScriptLogin(NamedTuple):
    """A command of a job's script that logs in: at which mount, with which role and ID token ("": not known)."""

    mount: str
    role: str
    token: str
    span: Span


def roles_named(job: LogsIn) -> tuple[tuple[str, str], ...]:
    """Return mount and name of each role that the job's variables name: one, or one for each cell of its matrix."""
    return tuple(dict.fromkeys(_asked_for(job)))


def script_logins(job: LogsIn) -> Iterator[ScriptLogin]:
    """The logins of the job's own scripts, with the variables that the file or the script sets filled in."""
    found: dict[ScriptLogin, None] = {}
    for call in calls_in(job.scripts):
        if call.asks not in {Asks.JWT_LOGIN, Asks.OTHER_LOGIN}:
            continue
        written = " ".join(call.words)
        token = _TOKEN.search(written)
        for cell in job.cells or ({},):
            words = filled(written, _values(job, cell))
            mount = _mount_of(filled(call.path, _values(job, cell)), words)
            role = _ROLE.search(words)
            if mount and role and (token or call.asks is Asks.JWT_LOGIN):
                found[ScriptLogin(mount, role["name"].lower(), token["name"] if token else "", call.span)] = (
                    None
                )
    yield from found


def _mount_of(path: str, words: str) -> str:
    """The mount that a command logs in at, by its path or by the options of `vault login`; "" where it is not known."""
    mounted = _LOGIN_PATH.search(path)
    if mounted:
        return mounted["mount"]
    if not _METHOD.search(words):
        return ""
    named = _PATH.search(words)
    return named["mount"].strip("/") if named else _DEFAULT_MOUNT


def _values(job: LogsIn, cell: Mapping[str, _Variable]) -> Callable[[str], str | None]:
    """What a variable of the job stands for, in one cell of its matrix; None where neither file nor script says it."""

    def value_of(name: str) -> str | None:
        variable = cell.get(name) or job.variables.get(name)
        return variable.value if variable is not None else _assigned(job, name)

    return value_of


def _assigned(job: LogsIn, name: str) -> str | None:
    """The text that the job's script gives a variable, where it gives it one text."""
    values = {
        assignment.value.literal if assignment.value else None
        for _, command in commands_in(job.scripts, re.compile(rf"\b{name}="))
        for assignment in (*command.assignments, *command.declared)
        if assignment.name == name
    }
    return values.pop() if len(values) == 1 else None


class RoleWorld(Protocol):
    """The repository, as far as it is asked for its jobs."""

    @property
    def jobs(self) -> Iterable[Any]:
        """Every job."""
        ...

    def ask(self, answer: Callable[..., T], /, *about: str) -> T:
        """The answer to a question, by which anyone who asks depends on the answer alone (`bot.reads`)."""
        ...


def users_of(role: JwtRole, repository: RoleWorld) -> tuple[Any, ...]:
    """The jobs of the repository that log in with this role."""
    return repository.ask(_users, str(role.mount), str(role.name))


def _users(repository: RoleWorld, mount: str, name: str) -> tuple[Any, ...]:
    return repository.ask(_jobs_by_role).get((mount, name), ())


def _jobs_by_role(repository: RoleWorld) -> dict[tuple[str, str], tuple[Any, ...]]:
    found: dict[tuple[str, str], dict[int, Any]] = {}
    for job in repository.jobs:
        for key in job.ask(_logins):
            found.setdefault(key, {})[id(job)] = job
    return {key: tuple(jobs.values()) for key, jobs in found.items()}


def issuer_in(role: JwtRole, repository: RoleWorld) -> Issuer:
    """Whose tokens the role is for: where it does not say so itself, GitLab's if the repository's jobs do.

    A job that logs in at a mount shows that the mount trusts GitLab. So does an audience that jobs request, and an
    address of GitLab or Vault beside jobs, at the mount where jobs log in by default.
    """
    from bot.vault.claims.bounds import terms_of  # noqa: PLC0415 - who asks which roles a job names needs none of it
    from bot.vault.claims.terms import RoleTerms  # noqa: PLC0415 - as above
    from bot.vault.roles.jwt_role import Issuer  # noqa: PLC0415 - as above

    if role.issuer is not Issuer.UNKNOWN:
        return role.issuer
    if role.mount in repository.ask(_mounts_of_jobs):
        return Issuer.GITLAB
    terms = terms_of(role)
    if role.mount != _DEFAULT_MOUNT or not isinstance(terms, RoleTerms):
        return Issuer.UNKNOWN
    audiences = [each for each in terms.bound_audiences if isinstance(each, str)]
    requested = repository.ask(_audiences)
    is_shown = requested is not None and any(each in requested or _ADDRESS.match(each) for each in audiences)
    return Issuer.GITLAB if is_shown else Issuer.UNKNOWN


def is_for_gitlab(role: JwtRole, repository: RoleWorld) -> bool:
    """Whether the role lets GitLab jobs in, by itself or by the jobs here, and enough of it is known to judge it."""
    from bot.vault.claims.bounds import is_known_jwt  # noqa: PLC0415 - as in issuer_in
    from bot.vault.roles.jwt_role import Issuer  # noqa: PLC0415 - as above

    return is_known_jwt(role) and issuer_in(role, repository) is Issuer.GITLAB


def _mounts_of_jobs(repository: RoleWorld) -> frozenset[str]:
    return frozenset(mount for mount, _ in repository.ask(_jobs_by_role))


def _audiences(repository: RoleWorld) -> frozenset[str] | None:
    """What the jobs request, or None where there is no job."""
    jobs = tuple(repository.jobs)
    tokens = (token for job in jobs for token in job.id_tokens.values())
    return frozenset(audience for token in tokens for audience in token.audiences) if jobs else None


def audience_of_jobs(repository: RoleWorld) -> str | None:
    """The one audience that all jobs of the repository request, or None where there is none or more than one."""
    return repository.ask(_one_audience)


def _one_audience(repository: RoleWorld) -> str | None:
    return wanted_audience(repository.jobs)


def _logins(job: LogsIn) -> tuple[tuple[str, str], ...]:
    """Mount and name of each role, by variables and scripts."""
    return *_asked_for(job), *((login.mount, login.role) for login in script_logins(job))


def _asked_for(job: LogsIn) -> Iterator[tuple[str, str]]:
    """Mount and name of each role: one, or one for each cell of the matrix."""
    for cell in job.cells or ({},):
        role = cell.get("VAULT_AUTH_ROLE") or job.variables.get("VAULT_AUTH_ROLE")
        path = cell.get("VAULT_AUTH_PATH") or job.variables.get("VAULT_AUTH_PATH")
        if role is not None:
            values = _values(job, cell)
            mount = filled((path.value if path else None) or _DEFAULT_MOUNT, values)
            yield mount.strip("/"), filled(role.value or "", values).lower()


def wanted_audience(jobs: Iterable[LogsIn]) -> str | None:
    """The one audience that the jobs ask for, or None where there is none or more than one."""
    wanted = {
        audience
        for job in jobs
        for token in job.id_tokens.values()
        for audience in token.audiences
        if "$" not in audience
    }
    return wanted.pop() if len(wanted) == 1 else None
