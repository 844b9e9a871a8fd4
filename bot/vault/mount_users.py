"""Who logs in on a mount: jobs, people. Questions, so that a role depends on the answer and not on each other role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.vault.claims.bounds import for_gitlab
from bot.vault.roles.jwt_role import Issuer

if TYPE_CHECKING:
    from bot.documents.location import Span
    from bot.vault.model import VaultModel


def first_for_jobs(model: VaultModel, mount: str) -> Span | None:
    """Where the mount's first role for GitLab jobs is written."""
    return model.ask(_first_for_jobs, str(mount))


def _first_for_jobs(model: VaultModel, mount: str) -> Span | None:
    return next((role.span for role in model.roles_on(mount) if for_gitlab(role)), None)


def first_for_people(model: VaultModel, mount: str) -> Span | None:
    """The first line of the mount's first role for people."""
    return model.ask(_first_for_people, str(mount))


def _first_for_people(model: VaultModel, mount: str) -> Span | None:
    return next((role.head for role in model.roles_on(mount) if role.issuer is Issuer.HUMAN), None)
