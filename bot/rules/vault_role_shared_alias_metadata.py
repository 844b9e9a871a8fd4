"""Jobs of several projects share one identity in Vault.

What it finds
-------------
A role that copies `project_path`, `project_id` or another claim into metadata (`claim_mappings`), a policy
of the same repository whose path uses this metadata, and a `user_claim` that is another claim.

Why it matters
--------------
Metadata belongs to the identity, not to the token, and each login writes it anew. With `user_claim:
user_email` a person's job in project A keeps a token; when the same person starts a job in project B, A's
token reads B's secrets.

Fix
---
Give each project an identity of its own: `"user_claim": "project_id"`. Vault then makes new identities; groups and
metadata of the old ones do not follow.

```json
"user_claim": "project_id",
"claim_mappings": { "project_id": "project_id" }
```

Limits
------
Only policies of the same repository are seen. Metadata that no policy uses is for the audit log, and fine.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Hit, Related, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.claims.bounds import for_gitlab, terms_of
from bot.vault.claims.terms import WriteRefusal
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.repository import Repository

_COST = "Vault then makes new identities: groups and metadata of the old ones do not follow."
_METADATA = regex(r"\{\{\s*identity\.entity\.aliases\.[^.}]+\.metadata\.(?P<key>[\w-]+)\s*\}\}")


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at each mapping that a policy relies on."""
    terms = terms_of(role)
    if not for_gitlab(role) or isinstance(terms, WriteRefusal):
        return
    edits = role.amend({("user_claim",): "project_id"})
    for claim, key in terms.claim_mappings.items():
        rule = _reader(key, repository)
        if rule is None or terms.user_claim == claim:
            continue
        yield Hit(
            span=role.place("claim_mappings", claim),
            subject=role.subject,
            construct=f"claim_mappings.{claim}",
            message=(
                f"The role `{role.name}` keeps one identity for each `{terms.user_claim}`, and every login with it "
                f"overwrites the `{key}` from which a policy builds its path."
            ),
            attack=(
                f"When the same `{terms.user_claim}` starts a job in another project, a token that the first job "
                "still has reads that project's secrets."
            ),
            text=json.dumps({claim: key, "user_claim": terms.user_claim}),
            related=(Related(rule, "the policy's path"),),
            fix=Fix("Use `project_id` as `user_claim`", edits, cost=_COST) if edits else None,
        )


def _reader(key: str, repository: Repository) -> Span | None:
    for policy in repository.vault.policies:
        for rule in policy.rules:
            if any(match["key"] == key for match in _METADATA.finditer(rule.path)):
                return rule.span
    return None


RULE = Rule("vault-role-shared-alias-metadata", JwtRole, check, Severity.HIGH)
