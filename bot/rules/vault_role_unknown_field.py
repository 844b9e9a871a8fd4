"""A role has a field that Vault does not know.

What it finds
-------------
A field whose name is nearly one of Vault's (`bound_claims.project_id`, `bound_claim`, `bond_issuer`,
`token_explict_max_ttl`), and an old and a new name of the same field with different values.

Why it matters
--------------
Vault ignores what it does not know, with a warning that scripts do not show. The constraint that somebody
wrote is not there, and the write succeeds with the rest.

Fix
---
Write the name that Vault knows. The field then counts, which it does not today.

```json
"bound_claims": { "project_id": "42" }
```

Limits
------
Names that resemble none of Vault's are taken for notes of the loader and not reported. OpenBao's own fields
are known.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from bot.documents.lines import split_lines
from bot.facts.vault_fields import OPENBAO_ROLE_FIELDS, ROLE_FIELDS, SECURITY_FIELDS
from bot.findings import Effect, Hit, Severity
from bot.fixes import Edit, Fix
from bot.rule import Rule
from bot.vault.claims.terms import ALIASES
from bot.vault.reading import known
from bot.vault.roles.jwt_role import Field, JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_ALIKE = 0.82
# Names that people invent, with what they mean (facts: hashicorp/vault-plugin-auth-jwt#218 and public
# scripts, 2026-11).
_INVENTED = {
    "bound_claims_are_regexps": "bound_claims_type",
    "explicit_max_ttl": "token_explicit_max_ttl",
    "audience": "bound_audiences",
    "audiences": "bound_audiences",
    "bound_audience": "bound_audiences",
    "claims": "bound_claims",
    "group_claims": "groups_claim",
}


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at each field that is ignored or overruled."""
    for field in role.unknown_fields:
        stem = field.name.split(".")[0]
        meant = (
            _INVENTED.get(field.name)
            or (stem if stem != field.name and stem in ROLE_FIELDS else None)
            or next(
                iter(difflib.get_close_matches(field.name, ROLE_FIELDS | OPENBAO_ROLE_FIELDS, 1, _ALIKE)),
                None,
            )
        )
        if meant is not None:
            yield _unknown(role, field, meant, repository)
    for old, new in ALIASES.items():
        one, other = role.fields.get(old), role.fields.get(new)
        if one and other and known([one.value, other.value]) and one.value != other.value:
            yield Hit(
                span=one.span,
                subject=role.subject,
                construct=old,
                message=f"The role `{role.name}` sets `{old}` and `{new}` to different values: only `{new}` counts.",
                attack="This grants no access; readers can take the ignored value for the real one.",
                text=f"{old}={one.value} {new}={other.value}",
                severity=Severity.LOW,
            )


def _unknown(role: JwtRole, field: Field, meant: str, repository: Repository) -> Hit:
    open_field = meant in SECURITY_FIELDS and meant not in role
    renamed = meant not in role and field.name != "bound_claims_are_regexps" and "." not in field.name
    return Hit(
        span=field.span,
        subject=role.subject,
        construct=field.written,
        message=(
            f"Vault does not know the field `{field.written}` of the role `{role.name}` and ignores it; "
            f"`{meant}` is meant."
        ),
        attack=(
            f"The role is written without `{meant}`: jobs that it should refuse can log in."
            if open_field
            else "This grants no access; the setting has no effect."
        ),
        text=field.written,
        fix=_renaming(field, meant, repository) if renamed and "_" in field.written else None,
        severity=Severity.HIGH if open_field else Severity.LOW,
    )


def _renaming(field: Field, meant: str, repository: Repository) -> Fix | None:
    text = repository.documents.text(field.span.path)
    if text is None:
        return None
    line = split_lines(text)[field.span.start_line - 1]
    if line.count(field.written) != 1:
        return None
    number = field.span.start_line
    return Fix(
        f"Call it `{meant}`",
        (Edit(field.span.path, number, number, line.replace(field.written, meant)),),
        cost="Vault then applies the field, which it ignores today.",
    )


RULE = Rule(
    "vault-role-unknown-field", JwtRole, check, Severity.HIGH, others=(Severity.LOW,), effect=Effect.WEAKENS
)
