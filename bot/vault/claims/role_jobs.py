"""Which jobs use a role. The Vault room knows nothing of pipelines but these few names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bot.vault.roles.jwt_role import JwtRole


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


J = TypeVar("J", bound=LogsIn)
T = TypeVar("T")


def jobs_of(role: JwtRole, jobs: Iterable[J]) -> tuple[J, ...]:
    """The jobs that log in with this role, by `VAULT_AUTH_ROLE` and `VAULT_AUTH_PATH` (default `jwt`)."""
    return tuple(job for job in jobs if (role.mount, role.name) in _asked_for(job))


def roles_named(job: LogsIn) -> tuple[tuple[str, str], ...]:
    """Return mount and name of each role that the job names: one, or one for each cell of its matrix."""
    return tuple(dict.fromkeys(_asked_for(job)))


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
        for key in _asked_for(job):
            found.setdefault(key, {})[id(job)] = job
    return {key: tuple(jobs.values()) for key, jobs in found.items()}


def audience_of_jobs(repository: RoleWorld) -> str | None:
    """The one audience that all jobs of the repository request, or None where there is none or more than one."""
    return repository.ask(_one_audience)


def _one_audience(repository: RoleWorld) -> str | None:
    return wanted_audience(repository.jobs)


def _asked_for(job: LogsIn) -> Iterator[tuple[str, str]]:
    """Mount and name of each role: one, or one for each cell of the matrix."""
    for cell in job.cells or ({},):
        role = cell.get("VAULT_AUTH_ROLE") or job.variables.get("VAULT_AUTH_ROLE")
        path = cell.get("VAULT_AUTH_PATH") or job.variables.get("VAULT_AUTH_PATH")
        if role is not None:
            yield ((path.value or "jwt") if path else "jwt").strip("/"), (role.value or "").lower()


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
