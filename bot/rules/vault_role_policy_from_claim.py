"""A token's claim chooses the policies that it gets.

What it finds
-------------
A role of OpenBao with `token_policies_template_claims`, whose `token_policies` put in a claim that the job chooses
(`environment`, `ref`, `pipeline_source`), and which does not bind that claim to exact values.

Why it matters
--------------
The name of a branch or of an environment is text that a Developer writes. With `token_policies: ["{{.environment}}"]` a
job with `environment: admin` gets the policy `admin`.

Fix
---
List the policies in the role. Where a template is needed, use a number that no job can choose (`project_id`), or bind
the claim to the values that are meant.

```json
"token_policies": ["project-{{.project_id}}"],
"bound_claims": { "environment": ["staging", "production"], "environment_protected": "true" }
```

Limits
------
Vault does not know the field. Claims that only describe the own project (`project_id`) are not reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.facts.gitlab_claims import CLAIMS, Control
from bot.findings import Hit, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.claims.bounds import bound, has_wildcard, requires
from bot.vault.claims.witness import open_to_gitlab, witness
from bot.vault.reach import policy_names
from bot.vault.roles.jwt_role import JwtRole
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# Go's text/template over the claims (OpenBao 2.1, openbao.org/api-docs/auth/jwt, 2026-11).
_TEMPLATE = regex(r"\{\{(?P<inside>.*?)\}\}")
_CLAIM = regex(r"\.(\w+)|\"(\w+)\"")


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at the policies, for the first claim of this kind."""
    is_on = str(role.value("token_policies_template_claims")).lower() == "true"
    if not is_on or Server.OPENBAO not in role.servers or not open_to_gitlab(role):
        return
    for name in policy_names(role):
        claim = next((each for each in _claims_in(name) if _is_chosen(role, each)), None)
        if claim is None:
            continue
        story = f"A Developer runs a job whose `{claim}` is the name of a policy, and gets that policy."
        guarded = requires(role, "ref_protected", "true")
        field = "token_policies" if "token_policies" in role else "policies"
        yield Hit(
            span=role.place(field),
            subject=role.subject,
            construct=f"{field}.{claim}",
            message=f"The role `{role.name}` gives the policy `{name}`: the token's `{claim}` decides which one.",
            attack=story,
            text=name,
            witness=witness(role, story),
            severity=Severity.HIGH if guarded else None,
        )
        return


def _claims_in(name: str) -> list[str]:
    return [
        first or second
        for template in _TEMPLATE.finditer(name)
        for first, second in _CLAIM.findall(template["inside"])
    ]


def _is_chosen(role: JwtRole, claim: str) -> bool:
    """Whether a job can make the claim say anything that the role does not name exactly."""
    fact = CLAIMS.get(claim)
    is_exact = bool(bound(role, claim)) and not has_wildcard(role, claim)
    return fact is not None and fact.control is Control.FREE and not is_exact


RULE = Rule("vault-role-policy-from-claim", JwtRole, check, Severity.CRITICAL, others=(Severity.HIGH,))
