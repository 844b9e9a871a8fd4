"""A wildcard that Vault compares as plain text.

What it finds
-------------
A `*` in a bound claim while `bound_claims_type` is not glob (low where other values of the claim match); a regular
expression's signs in a glob; a `*` in `bound_subject` or `bound_audiences`.

Why it matters
--------------
It denies everyone: no token matches, and every login is refused. The danger is what follows: under
pressure the claim is deleted rather than corrected. `release.*` in a glob is half dead: it accepts `release.1`, and
not `release/1`.

Fix
---
Set `bound_claims_type` to `glob` and use `*` alone, or write the whole value.

```json
"bound_claims_type": "glob",
"bound_claims": { "ref": "release/*" }
```
For a subject, use a bound claim: `"bound_claims": { "sub": "project_path:group/app:*" }` with glob. In a
glob only `*` is special; a lone `*` accepts every token, so write the exact value instead.

Limits
------
Texts with placeholders are not judged.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.claims.bounds import bound, claims_known, is_glob
from bot.vault.claims.solver import (
    LIKE_A_REGEX,
    Blocker,
    Obstacle,
    bound_blockers,
    is_possible,
    void_values,
)
from bot.vault.reading import known
from bot.vault.roles.jwt_role import Issuer, JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_COST = "Jobs that the role denies today can then log in."
_REMEDIES = {
    "bound_subject": "Bind `sub` in `bound_claims` instead, with `bound_claims_type` set to `glob`.",
    "bound_audiences": "List every audience in full.",
}
_EVERYTHING = "Write the exact value. As a glob, a lone `*` would accept every token."
_INSERTED = regex(r"\$\{[^{}]*\}")


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at each value that never matches for this reason."""
    if role.issuer is Issuer.HUMAN or not claims_known(role):
        return
    yield from _claims(role)
    subject, audiences = role.value("bound_subject"), role.value("bound_audiences")
    if isinstance(subject, str) and known(subject) and "*" in subject:
        yield _hit(role, ("bound_subject",), subject, "`bound_subject` has no wildcards")
    texts = audiences if isinstance(audiences, list) else [audiences]
    if any(isinstance(text, str) and known(text) and "*" in text for text in texts):
        message = (
            f"The role `{role.name}` compares the audience letter by letter (`bound_audiences` has no wildcards): only "
            "a job that requests exactly this text logs in."
        )
        yield _hit(role, ("bound_audiences",), audiences, message=message)


def _readable(text: str) -> bool:
    """Whether the text is known, or known around what Terraform inserts."""
    return known(text) or (_INSERTED.search(text) is not None and "*" in _INSERTED.sub("", text))


def _claims(role: JwtRole) -> Iterator[Hit]:
    claims = role.value("bound_claims") or {}
    of_gitlab = bound_blockers(claims, globs=is_glob(role)) if role.issuer is Issuer.GITLAB else ()
    dead = {blocker.route[-1]: blocker for blocker in of_gitlab}
    void = void_values(claims, globs=is_glob(role)) if role.issuer is Issuer.GITLAB else ()
    for part, values in void:
        if part.obstacle is Obstacle.WILDCARD:
            yield _among_others(role, part, values)
    for claim in claims:
        texts = [
            _INSERTED.sub("", text)
            for text in bound(role, claim)
            if isinstance(text, str) and _readable(text)
        ]
        if not texts or len(texts) < len(bound(role, claim)):
            continue
        blocker = dead.get(claim)
        route = ("bound_claims", claim)
        if blocker is not None and blocker.obstacle is Obstacle.WILDCARD:
            yield _hit(role, route, texts, blocker.reason, fix=_as_glob(role, claim, texts))
        elif blocker is not None:
            continue
        elif not is_glob(role) and all("*" in text for text in texts):
            yield _hit(
                role, route, texts, "`bound_claims_type` is not glob", fix=_as_glob(role, claim, texts)
            )
        elif is_glob(role) and all(LIKE_A_REGEX.search(text) for text in texts):
            message = (
                f"`{texts[0]}` in the role `{role.name}` looks like a pattern; in a glob only `*` is special: "
                f"every other character must be in the `{claim}` itself."
            )
            yield _hit(role, route, texts, message=message, severity=Severity.LOW)


def _among_others(role: JwtRole, part: Blocker, values: list[object]) -> Hit:
    """Some values of a list are compared letter by letter, the others match."""
    claim, listed = part.route[-1], ", ".join(f"`{value}`" for value in values)
    return _hit(
        role,
        part.route,
        values,
        message=f"In the role `{role.name}`, {listed} in `{claim}` never matches: {part.reason}.",
        severity=Severity.LOW,
        fix=_as_glob(role, claim, [str(each) for each in bound(role, claim)]),
    )


def _as_glob(role: JwtRole, claim: str, texts: list[str]) -> Fix | None:
    """Set the type where it is missing and the texts are globs that a token can meet, and not every token."""
    if "*" in texts:
        return None
    is_mended = all(is_possible(claim, text, globs=True) and not LIKE_A_REGEX.search(text) for text in texts)
    if is_glob(role) or not is_mended or role.value("bound_claims_type") is not None:
        return None
    edits = role.amend({("bound_claims_type",): "glob"})
    return Fix("Set `bound_claims_type` to `glob`", edits, cost=_COST) if edits else None


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) else value


def _hit(
    role: JwtRole,
    route: tuple[str, ...],
    value: object,
    why: str = "",
    *,
    message: str = "",
    fix: Fix | None = None,
    severity: Severity | None = None,
) -> Hit:
    return Hit(
        span=role.place(*route),
        subject=role.subject,
        construct=".".join(route),
        message=message
        or f"The role `{role.name}` compares `{route[-1]}` with the plain text `{_first(value)}` ({why}): no token "
        "logs in.",
        attack="Logins that should work are refused; the risk is that somebody deletes the claim to make them work.",
        text=json.dumps({route[-1]: value}, default=str),
        fix=fix,
        severity=severity,
        remedy=_REMEDIES.get(route[-1], _EVERYTHING if _first(value) == "*" else ""),
    )


RULE = Rule(
    "vault-role-dead-wildcard", JwtRole, check, Severity.MEDIUM, others=(Severity.LOW,), effect=Effect.BREAKS
)
