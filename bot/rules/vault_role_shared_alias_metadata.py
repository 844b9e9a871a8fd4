"""A policy reads metadata that another login overwrites.

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
Let each project have an identity of its own: `"user_claim": "project_id"`.

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
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.claims.bounds import for_gitlab, terms_of
from bot.vault.claims.terms import WriteRefusal
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.repository import Repository

_METADATA = regex(r"\{\{\s*identity\.entity\.aliases\.[^.}]+\.metadata\.(?P<key>[\w-]+)\s*\}\}")


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at each mapping that a policy relies on."""
    terms = terms_of(role)
    if not for_gitlab(role) or isinstance(terms, WriteRefusal):
        return
    for claim, key in terms.claim_mappings.items():
        rule = _reader(key, repository)
        if rule is None or terms.user_claim == claim:
            continue
        yield Hit(
            span=role.place("claim_mappings", claim),
            subject=role.subject,
            construct=f"claim_mappings.{claim}",
            message=(
                f"A policy builds its path from `{key}`, which the role `{role.name}` stores for each "
                f"`{terms.user_claim}`: the next login of the same `{terms.user_claim}` overwrites it."
            ),
            attack=(
                "A token of one project reads another project's secrets after the same identity logged in "
                "there."
            ),
            text=json.dumps({claim: key, "user_claim": terms.user_claim}),
            related=(Related(rule, "the policy's path"),),
        )


def _reader(key: str, repository: Repository) -> Span | None:
    for policy in repository.vault.policies:
        for rule in policy.rules:
            if any(match["key"] == key for match in _METADATA.finditer(rule.path)):
                return rule.span
    return None


RULE = Rule("vault-role-shared-alias-metadata", JwtRole, check, Severity.HIGH)
