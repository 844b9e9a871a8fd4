"""Which jobs use a role. The Vault room knows nothing of pipelines but these few names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.vault.model import JwtRole


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
    def id_tokens(self) -> Mapping[str, _IdToken]:
        """Its ID tokens by name."""
        ...


J = TypeVar("J", bound=LogsIn)


def jobs_of(role: JwtRole, jobs: Iterable[J]) -> tuple[J, ...]:
    """The jobs that log in with this role, by `VAULT_AUTH_ROLE` and `VAULT_AUTH_PATH` (default `jwt`)."""
    return tuple(job for job in jobs if _asks_for(job) == (role.mount, role.name))


def _asks_for(job: LogsIn) -> tuple[str, str] | None:
    role, path = job.variables.get("VAULT_AUTH_ROLE"), job.variables.get("VAULT_AUTH_PATH")
    if role is None:
        return None
    mount = (path.value or "jwt") if path else "jwt"
    return mount.strip("/"), (role.value or "").lower()


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
