"""The running Vault is not what the code says.

What it finds
-------------
With `sealcheck audit --against PATH`: roles, mounts, policies, roles of engines and audit devices that exist only
in the running Vault or only in the code, or that differ in meaning: whom a role lets log in, what a policy
grants, where. Text that is written differently and means the same is equal.

Why it matters
--------------
What was changed by hand was reviewed by nobody, and the next `terraform apply` may or may not take it back. The
worst roles are often those that somebody made "for a moment" in the running server.

Fix
---
Write what the running Vault has into the code, or apply the code.

Bad:

```sh
vault write auth/jwt/role/prod-db bound_claims=@just-for-today.json
```

Good:

```sh
git commit vault/roles/prod-db.json && terraform apply
```

Limits
------
Where the code fills a value or a name in from elsewhere (a variable, a template) nothing is compared; the audit says
so, and of mounts, engines and audit devices too where the code writes none. Of
an engine's role only the fields are compared that the code writes. The policies that a server brings along are left
out while the code does not name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.findings import Effect, Hit, Related, Severity, Witness
from bot.rule import Rule
from bot.vault.drift.comparison import Drift, DriftState
from bot.vault.drift.server_drift import drift_of
from bot.vault.model import VaultModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.repository import Repository

_SHOWN: Final = 3
_ONLY_IN_VAULT: Final = {
    "role": Severity.MEDIUM,
    "mount": Severity.MEDIUM,
    "policy": Severity.LOW,
    "engine role": Severity.LOW,
    "audit device": Severity.INFO,
}


def check(model: VaultModel, repository: Repository) -> Iterator[Hit]:
    """A hit for each part that is not the same on both sides."""
    if repository.code is None:
        return
    code, namespaces = repository.code.vault, repository.code_namespaces
    for drift in drift_of(model, code, repository.tree.unread, namespaces):
        if drift.standing is DriftState.ONLY_IN_VAULT and drift.server is not None:
            yield _only_in_vault(drift, drift.server)
        elif drift.standing is DriftState.ONLY_IN_CODE and drift.code is not None:
            yield _only_in_code(drift, drift.code)
        elif drift.standing is DriftState.DIFFERENT and drift.server is not None and drift.code is not None:
            yield _different(drift, drift.server, drift.code)


def _only_in_vault(drift: Drift, place: Span) -> Hit:
    path = place.path
    return Hit(
        span=place,
        subject=drift.subject,
        construct=drift.standing.value,
        message=f"{_named(drift)} exists only in the running Vault: to adopt it, write what is at `{path}` into "
        f"the code; to remove it, {_removal(drift, path)}.",
        attack="No review has seen it, and no change of the code takes it back.",
        text=drift.standing.value,
        severity=_ONLY_IN_VAULT[drift.kind],
        effect=Effect.WEAKENS,
    )


def _removal(drift: Drift, path: str) -> str:
    if drift.kind == "audit device":
        return f"run `vault audit disable {drift.subject.removeprefix('audit:')}`"
    if drift.kind == "mount":
        return f"run `vault auth disable {path.removeprefix('auth/').removesuffix('/config')}`"
    return f"run `vault delete {path}`"


def _only_in_code(drift: Drift, place: Span) -> Hit:
    return Hit(
        span=place,
        subject=drift.subject,
        construct=drift.standing.value,
        message=f"{_named(drift)} is in the code and not in the running Vault: apply the code, or delete this part "
        "of it.",
        attack="What relies on it fails, or still runs on something older.",
        text=drift.standing.value,
        severity=Severity.LOW,
        effect=Effect.BREAKS,
    )


def _different(drift: Drift, place: Span, code: Span) -> Hit:
    more = [each for each in drift.differences if each.accepts_more]
    shown = [each.text for each in (*more, *(each for each in drift.differences if not each.accepts_more))]
    rest = f", and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    proof = next((each for each in (*more, *drift.differences) if each.claims), None)
    story = ""
    if proof is not None:
        sides = ("the running Vault", "the code") if proof.accepts_more else ("the code", "the running Vault")
        story = (
            f"A token with these claims logs in with the role of {sides[0]} and not with that of {sides[1]}."
        )
    severity = Severity.LOW
    if more:
        severity = (
            Severity.HIGH if any(each.claims or drift.kind == "policy" for each in more) else Severity.MEDIUM
        )
    return Hit(
        span=place,
        subject=drift.subject,
        construct=drift.standing.value,
        message=f"{_named(drift)} is not what the code says: {'; '.join(shown[:_SHOWN])}{rest}. To adopt it, change "
        "the code; to take it back, apply the code.",
        attack="No review has seen what the running Vault accepts." if more else "",
        text="; ".join(sorted(shown)),
        witness=Witness("claims", proof.claims, story) if proof is not None and proof.claims else None,
        related=(Related(code, "the code"),),
        severity=severity,
        effect=None if more else Effect.BREAKS,
    )


def _named(drift: Drift) -> str:
    return f"The {drift.kind} `{drift.subject.partition(':')[2]}`"


RULE = Rule(
    "vault-drift", VaultModel, check, Severity.MEDIUM, others=(Severity.HIGH, Severity.LOW, Severity.INFO)
)
"""The rule; without `--against` it finds nothing."""
