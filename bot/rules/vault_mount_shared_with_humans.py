"""CI jobs and people log in on the same mount.

What it finds
-------------
A mount with roles for GitLab jobs and roles for people, or with an `oidc_client_id` beside roles for jobs;
and a role for jobs with `groups_claim`.

Why it matters
--------------
Identities are named by mount and `user_claim`: on a shared mount a job that carries a person's e-mail is
that person, with their policies and groups. `groups_claim` gives every job that a member starts the
policies of the group.

Fix
---
Make a mount for CI alone, such as `auth/jwt-gitlab-ci`, without `groups_claim`. The jobs have to log in there
(`VAULT_AUTH_PATH`).

Limits
------
Only roles and mounts of the same repository are seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Related, Severity
from bot.rule import Rule
from bot.vault.claims.bounds import for_gitlab
from bot.vault.mount_users import first_for_jobs, first_for_people
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at the first role for jobs of such a mount, and at each `groups_claim`."""
    if not for_gitlab(role):
        return
    if role.value("groups_claim"):
        yield _hit(
            role,
            "groups_claim",
            f"Every job of the role `{role.name}` that a member starts gets the group's policies.",
        )
    human = first_for_people(repository.vault, role.mount)
    mount = repository.vault.mount(role.mount)
    if human is None and not (mount is not None and mount.value("oidc_client_id")):
        return  # else each role would depend on the mount's first one
    if role.span == first_for_jobs(repository.vault, role.mount):
        related = human or (mount.head if mount else role.head)
        message = f"CI jobs (role `{role.name}`) and people log in on the same mount `{role.mount}`."
        yield _hit(role, "mount", message, Related(related, "for people"))


def _hit(role: JwtRole, construct: str, message: str, *related: Related) -> Hit:
    return Hit(
        span=role.place(construct),
        subject=role.subject,
        construct=construct,
        message=message,
        attack="A job started by a person gets what that person, or their group, may do.",
        text=f"{construct}={role.value(construct)}",
        related=related,
    )


RULE = Rule("vault-mount-shared-with-humans", JwtRole, check, Severity.MEDIUM, effect=Effect.WEAKENS)
