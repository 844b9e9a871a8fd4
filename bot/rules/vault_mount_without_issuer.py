"""A JWT mount does not check who issued a token.

What it finds
-------------
A mount for GitLab without `bound_issuer`, or with one that no ID token has: without `https://`, or with a
slash at the end.

Why it matters
--------------
Without it `iss` is not looked at: any token that GitLab signs with the same keys will do, not only those of
jobs. A `bound_issuer` without scheme fits the CI_JOB_JWT of old, which GitLab 17 removed: every ID token is
refused.

Fix
---
Set `bound_issuer` to the address of your GitLab. Tokens of any other issuer are then refused.

```sh
vault write auth/jwt/config oidc_discovery_url="https://gitlab.example.com" bound_issuer="https://gitlab.example.com"
```

Limits
------
Where every role of the mount binds `iss` itself, nothing is reported. `jwks_pairs` allow no `bound_issuer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import binds
from bot.vault.reading import known
from bot.vault.roles.issuers import issuer_of_mount
from bot.vault.roles.jwt_role import Issuer, JwtMount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_KEYS = ("oidc_discovery_url", "jwks_url", "jwt_validation_pubkeys")


def check(mount: JwtMount, repository: Repository) -> Iterator[Hit]:
    """At most one hit."""
    roles = [role for role in repository.vault.roles_on(mount.mount) if role.issuer is Issuer.GITLAB]
    gitlab = issuer_of_mount(mount, repository.tree.project.host) is Issuer.GITLAB
    if not (gitlab or roles) or not any(mount.value(key) for key in _KEYS) or mount.value("oidc_client_id"):
        return
    issuer = mount.value("bound_issuer")
    if issuer and known(issuer):
        problem = _malformed(str(issuer))
        if problem:
            host = str(issuer).removeprefix("http://").removeprefix("https://").rstrip("/")
            fault = f"has a `bound_issuer` that {problem}, unlike the issuer of GitLab's tokens: every login is refused"
            yield _hit(mount, fault, f"https://{host}", Effect.BREAKS)
    elif not issuer and not (roles and all(binds(role, "iss") for role in roles)):
        url = mount.value("oidc_discovery_url")
        wanted = str(url).rstrip("/") if url and known(url) and str(url).startswith("https://") else None
        yield _hit(
            mount,
            "does not check who issued a token: it accepts all that its keys sign",
            wanted,
            Effect.WEAKENS,
        )


def _malformed(issuer: str) -> str | None:
    if "://" not in issuer:
        return "has no https://"
    return "ends in a slash" if issuer.endswith("/") else None


def _hit(mount: JwtMount, problem: str, wanted: str | None, effect: Effect) -> Hit:
    edits = mount.amend({("bound_issuer",): wanted}) if wanted else None
    broken = effect is Effect.BREAKS
    return Hit(
        span=mount.place("bound_issuer"),
        subject=mount.subject,
        construct="bound_issuer",
        message=f"The mount `{mount.mount}` {problem}.",
        attack=(
            "The risk is that somebody removes the check to make it work."
            if broken
            else "A token that GitLab signed for another purpose is accepted as a job's."
        ),
        text=f"bound_issuer={mount.value('bound_issuer')}",
        fix=Fix(f"Bind the issuer {wanted}", edits, cost="Tokens of any other issuer are then refused.")
        if edits
        else None,
        effect=effect,
    )


RULE = Rule("vault-mount-without-issuer", JwtMount, check, Severity.MEDIUM, effect=Effect.WEAKENS)
