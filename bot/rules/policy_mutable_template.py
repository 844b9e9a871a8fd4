"""A policy's path is filled with a value that others can set.

What it finds
-------------
Templates in a path that put in a name instead of an identifier: `identity.entity.name`, metadata that comes
from `project_path`, `namespace_path`, `user_login`, `user_email`, `ref` or `environment`, and the name of
an alias where the role's `user_claim` is such a claim.

Why it matters
--------------
The path follows the name. A project is renamed and its old path taken by somebody else: the new owner reads
the old secrets. `ref` and `environment` are worse, a job's author chooses them: `environment: production`
in the YAML is enough to read the production path.

Fix
---
Fill the path with `project_id`, which GitLab never gives out twice: map it in the role (`claim_mappings`). The secrets
have to move to paths with that number.

Bad:

```hcl
path "secret/data/{{identity.entity.aliases.auth_jwt_1.metadata.project_path}}/*" {
  capabilities = ["read"]
}
```

Good, with `claim_mappings = { project_id = "project_id" }` in the role:

```hcl
path "secret/data/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}/*" {
  capabilities = ["read"]
}
```

Limits
------
Which claim a metadata key comes from is taken from the roles of this repository that give the policy;
without them the key's own name is believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Confidence, Hit, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.policies.policy import VaultPolicy
from bot.vault.policies.policy_text import templates_in
from bot.vault.policy_use import policy_hit, roles_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository
    from bot.vault.roles.jwt_role import JwtRole

# GitLab's ID token (docs.gitlab.com/ci/secrets/id_token_authentication, 2026-11): names, which can be changed
# and then taken by others; and strings that the author of a job chooses.
_NAMES = frozenset({"project_path", "namespace_path", "user_login", "user_email", "sub", "user_identities"})
_CHOSEN = frozenset({"ref", "ref_path", "environment", "deployment_tier", "job_source", "pipeline_source"})
_METADATA = regex(r"\.metadata\.([\w-]+)\s*\}\}$")
_ALIAS_NAME = regex(r"\.aliases\.[^{}]+\.name\s*\}\}$")
# What everybody may read of themselves, as in Vault's own policy `default` (vault/policy_store.go, 2026-11).
_OWN_ENTITY = "identity/entity/name/{{identity.entity.name}}"
_ENTITY_NAME = regex(r"identity\.entity\.name\s*\}\}$")


def check(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """A hit for each path with such a template, by its worst one."""
    roles = roles_with(policy, repository.vault)
    for rule in policy.granting:
        if rule.path == _OWN_ENTITY:
            continue
        for template in templates_in(rule.path):
            claim = _claim(template, roles)
            if claim is None:
                continue
            chosen = claim in _CHOSEN
            yield policy_hit(
                rule,
                policy,
                repository,
                message=f"A path of the policy `{policy.name}` is filled with {_spoken(claim)}, "
                + (
                    "which the author of a job chooses."
                    if chosen
                    else "a name that can pass to someone else."
                ),
                attack="A Developer runs a job with another value and reads the secrets that are kept under it."
                if chosen
                else "Anyone who takes over the name, once it was renamed or deleted, reads the secrets kept under it.",
                severity=Severity.HIGH if chosen else Severity.MEDIUM,
                confidence=Confidence.HIGH if roles else Confidence.MEDIUM,
            )
            break


def _spoken(claim: str) -> str:
    return claim if " " in claim else f"the token's `{claim}`"


def _claim(template: str, roles: tuple[JwtRole, ...]) -> str | None:
    """The mutable claim (or name) that the template puts in, None where it is none."""
    if _ENTITY_NAME.search(template):
        return "the entity's name"
    if _ALIAS_NAME.search(template):
        claims = [role.value("user_claim") for role in roles]
        return next((claim for claim in claims if claim in _NAMES | _CHOSEN), None)
    found = _METADATA.search(template)
    if found is None:
        return None
    mapped = [claim for role in roles for claim in _mapped_to(role, found[1])]
    return next((claim for claim in mapped or [found[1]] if claim in _NAMES | _CHOSEN), None)


def _mapped_to(role: JwtRole, key: str) -> list[str]:
    mappings = role.value("claim_mappings")
    if not isinstance(mappings, dict):
        return []
    return [str(claim) for claim, name in mappings.items() if name == key]


RULE = Rule("policy-mutable-template", VaultPolicy, check, Severity.MEDIUM, others=(Severity.HIGH,))
