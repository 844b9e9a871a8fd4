"""A mount trusts fixed keys, or fetches keys without TLS.

What it finds
-------------
On a mount for GitLab: `jwt_validation_pubkeys`, or an `http://` URL in `jwks_url` or `oidc_discovery_url`.

Why it matters
--------------
GitLab's signing key may change without notice: then every login fails, and an old key, perhaps a leaked
one, stays trusted. Over clear text, anyone who sits on the way supplies the keys and signs what they like.

Fix
---
Let Vault fetch the keys from GitLab: set `oidc_discovery_url` to its `https://` address.

```sh
vault write auth/jwt/config oidc_discovery_url="https://gitlab.example.com" bound_issuer="https://gitlab.example.com"
```

Limits
------
A Vault that cannot reach GitLab needs fixed keys: that is reported as low.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.facts.hosts import host_in_clear, is_this_machine
from bot.findings import Effect, Hit, Severity
from bot.rule import Rule
from bot.vault.roles.issuers import issuer_of_mount
from bot.vault.roles.jwt_role import Issuer, JwtMount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(mount: JwtMount, repository: Repository) -> Iterator[Hit]:
    """A hit at each such field."""
    roles = [role for role in repository.vault.roles_on(mount.mount) if role.issuer is Issuer.GITLAB]
    if not roles and issuer_of_mount(mount, repository.tree.project.host) is not Issuer.GITLAB:
        return
    if mount.value("jwt_validation_pubkeys"):
        yield Hit(
            span=mount.place("jwt_validation_pubkeys"),
            subject=mount.subject,
            construct="jwt_validation_pubkeys",
            message=(
                f"The mount `{mount.mount}` trusts fixed keys: when GitLab changes its key, every login fails."
            ),
            attack="An old signing key that leaked still opens Vault until it is removed.",
            text="jwt_validation_pubkeys",
            severity=Severity.LOW,
            effect=Effect.WEAKENS,
        )
    for field in ("jwks_url", "oidc_discovery_url"):
        url = mount.value(field)
        host = host_in_clear(url) if isinstance(url, str) else ""
        if host and not is_this_machine(host):
            yield Hit(
                span=mount.place(field),
                subject=mount.subject,
                construct=field,
                message=f"The mount `{mount.mount}` fetches its keys over `http://`.",
                attack=("Anyone between Vault and GitLab supplies keys of their own and signs any token."),
                text=f"{field}={url}",
            )


RULE = Rule("vault-mount-static-keys", JwtMount, check, Severity.MEDIUM, others=(Severity.LOW,))
