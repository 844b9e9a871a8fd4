"""A wildcard or pattern that Vault compares letter by letter.

What it finds
-------------
A `*` in a bound claim while `bound_claims_type` is not glob; a regular expression's signs in a glob; a `*` in
`bound_subject` or `bound_audiences`.

Why it matters
--------------
It fails closed: no token ever matches, and every login is refused. The danger is what follows: under
pressure the claim is deleted rather than corrected.

Fix
---
```json
"bound_claims_type": "glob",
"bound_claims": { "ref": "release/*" }
```
For a subject, use a bound claim: `"bound_claims": { "sub": "project_path:group/app:*" }` with glob. In a
glob only `*` is special.

Limits
------
Texts with placeholders are not judged.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import bound, claims_known, is_glob
from bot.vault.reading import known
from bot.vault.roles.jwt_role import Issuer, JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# ryanuber/go-glob knows `*` alone (source read 2026-11).
_REGEX = re.compile(r"\.\*|\.\+|\\[dwsb.]|^\^|\$$|\[[^\]]+\]|\(.*\)|\{[^}]*,[^}]*\}|\?|(?<=\w)\|(?=\w)")

_INSERTED = re.compile(r"\$\{[^{}]*\}")


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at each value that never matches for this reason."""
    if role.issuer is Issuer.HUMAN or not claims_known(role):
        return
    yield from _claims(role)
    for field in ("bound_subject", "bound_audiences"):
        value = role.value(field)
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and known(text) and "*" in text for text in texts):
            yield _hit(role, (field,), value, f"{field} knows no wildcards", None)


def _readable(text: str) -> bool:
    """Whether the text is known, or known around what Terraform inserts."""
    return known(text) or (_INSERTED.search(text) is not None and "*" in _INSERTED.sub("", text))


def _claims(role: JwtRole) -> Iterator[Hit]:
    glob = is_glob(role)
    for claim in role.value("bound_claims") or {}:
        texts = [
            _INSERTED.sub("", text)
            for text in bound(role, claim)
            if isinstance(text, str) and _readable(text)
        ]
        if len(texts) < len(bound(role, claim)):
            continue
        if texts and not glob and all("*" in text for text in texts):
            edits = (
                role.amend({("bound_claims_type",): "glob"})
                if role.amend and role.value("bound_claims_type") is None
                else None
            )
            fix = (
                Fix(
                    'Set bound_claims_type to "glob"',
                    edits,
                    cost="Every bound claim of the role is then read as a glob.",
                )
                if edits
                else None
            )
            yield _hit(role, ("bound_claims", claim), texts, "bound_claims_type is not glob", fix)
        elif glob and texts and all(_REGEX.search(text) for text in texts):
            yield _hit(role, ("bound_claims", claim), texts, "a glob knows no sign but *", None)


def _hit(role: JwtRole, route: tuple[str, ...], value: object, why: str, fix: Fix | None) -> Hit:
    return Hit(
        span=role.place(*route),
        subject=role.subject,
        construct=".".join(route),
        message=(
            f"The value of {route[-1]} in the role {role.name} is compared letter by letter ({why}): "
            "no login passes."
        ),
        attack="Nobody gets in; the danger is that the claim is deleted to make it work.",
        text=json.dumps({route[-1]: value}, default=str),
        fix=fix,
    )


RULE = Rule("vault-role-dead-wildcard", JwtRole, check, Severity.MEDIUM, effect=Effect.BREAKS)
