"""A cloud role of Vault can do anything in the account.

What it finds
-------------
AWS roles whose policy allows `*`, `iam:*`, `sts:*` or a whole service on every resource, or that attach
`AdministratorAccess`, `PowerUserAccess` or `IAMFullAccess`; GCP bindings of `roles/owner` or
`roles/editor`; Azure's Owner, Contributor or User Access Administrator on a subscription; and AWS roles
that make IAM users with long-lived keys.

Why it matters
--------------
The job that asks for this credential owns the account: it makes users and keys that Vault neither knows nor
revokes. `iam:*` is enough, it writes itself the rest.

Fix
---
Name the actions and the resource that the jobs need, and let Vault assume a role instead of creating users.

Bad:

```hcl
policy_document = jsonencode({
  Version   = "2012-10-17"
  Statement = [{ Effect = "Allow", Action = "iam:*", Resource = "*" }]
})
```

Good:

```hcl
credential_type = "assumed_role"
role_arns       = ["arn:aws:iam::111122223333:role/shop-deploy"]
```

Limits
------
What an assumed role may do is in AWS and is not seen. Policies from `aws_iam_policy_document` are
unknown here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.findings import Effect, Hit, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.engines.engine_role import EngineKind, EnginePart, EngineRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# AWS managed policies, GCP basic roles and Azure built-in roles (their own documentation, 2026-11).
_AWS_ADMIN = regex(r":policy/(?:AdministratorAccess|PowerUserAccess|IAMFullAccess)$")
_AWS_ROOT_ACTIONS = frozenset({"*", "*:*", "iam:*", "sts:*"})
_GCP_BASIC = frozenset({"roles/owner", "roles/editor", "roles/iam.securityAdmin"})
_AZURE_OWNERS = frozenset({"Owner", "Contributor", "User Access Administrator"})
_AZURE_SUBSCRIPTION = regex(r"^/?subscriptions/[^/]+/?$|^/?providers/Microsoft\.Management/")

_CLOUDS = {EngineKind.AWS: "AWS", EngineKind.GCP: "Google Cloud", EngineKind.AZURE: "Azure"}
_ATTACK = (
    "A job with it can change almost anything in the account; what it creates there outlives the credential."
)
_OF_A_SERVICE = "A job with it can change or delete everything that the account has in this service."


def check(role: EngineRole, _repository: Repository) -> Iterator[Hit]:
    """A hit for each right that covers the account."""
    if role.part is not EnginePart.ROLE:
        return
    if role.kind is EngineKind.AWS:
        yield from _aws(role)
    elif role.kind is EngineKind.GCP:
        for scalar in _scalars_below(role.get("bindings") or role.get("binding"), "roles"):
            if scalar.text in _GCP_BASIC:
                yield _hit(role, scalar, f"is bound to `{scalar.text}`", "bindings", Severity.CRITICAL)
    elif role.kind is EngineKind.AZURE:
        yield from _azure(role)


def _aws(role: EngineRole) -> Iterator[Hit]:
    for scalar in role.scalars("policy_arns"):
        if _AWS_ADMIN.search(scalar.text):
            name = scalar.text.rsplit("/", 1)[-1]
            yield _hit(role, scalar, f"has the policy `{name}`", "policy_arns", Severity.CRITICAL)
    document = role.document("policy_document")
    for action in _wild_actions(document):
        severity = Severity.CRITICAL if action.text in _AWS_ROOT_ACTIONS else Severity.HIGH
        yield _hit(role, action, f"may do `{action.text}` on every resource", "policy_document", severity)
    for scalar in role.scalars("credential_type") + role.scalars("credential_types"):
        if scalar.text == "iam_user":
            yield Hit(
                span=scalar.span,
                subject=role.subject,
                construct="credential_type",
                message=f"The role `{role.name}` creates IAM users, whose keys work until Vault revokes them.",
                attack="A key that leaks works as long as its lease; those of an assumed role expire by themselves.",
                text="credential_type=iam_user",
                severity=Severity.MEDIUM,
                effect=Effect.WEAKENS,
                remedy="Use `assumed_role`, and let Vault assume a role that has these rights.",
            )


def _wild_actions(document: Node | None) -> Iterator[Scalar]:
    """The actions of a whole service or account that are allowed on every resource."""
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    for statement in statements.items if isinstance(statements, Sequence) else (statements,):
        if not isinstance(statement, Mapping) or not _has(statement, "Effect", "Allow"):
            continue
        if _has(statement, "Resource", "*"):
            actions = _listed(statement.get("Action"))
            yield from (action for action in actions if action.text == "*" or action.text.endswith(":*"))


def _has(statement: Mapping, key: str, wanted: str) -> bool:
    return any(scalar.text == wanted for scalar in _listed(statement.get(key)))


def _azure(role: EngineRole) -> Iterator[Hit]:
    bound = role.get("azure_roles") or role.get("azure_role")
    for item in bound.items if isinstance(bound, Sequence) else (bound,):
        name = item.get("role_name") if isinstance(item, Mapping) else None
        scope = item.get("scope") if isinstance(item, Mapping) else None
        if not isinstance(name, Scalar) or name.text not in _AZURE_OWNERS:
            continue
        if isinstance(scope, Scalar) and _AZURE_SUBSCRIPTION.match(scope.text):
            yield _hit(
                role, name, f"is `{name.text}` of a whole subscription", "azure_roles", Severity.CRITICAL
            )


def _listed(node: Node | None) -> list[Scalar]:
    items = node.items if isinstance(node, Sequence) else (node,)
    return [item for item in items if isinstance(item, Scalar)]


def _scalars_below(node: Node | None, key: str) -> Iterator[Scalar]:
    """The scalars of the lists called `key` somewhere below."""
    if isinstance(node, Mapping):
        for entry in node:
            if entry.key.text == key:
                yield from _listed(entry.value)
            else:
                yield from _scalars_below(entry.value, key)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _scalars_below(item, key)


def _hit(role: EngineRole, scalar: Scalar, what: str, construct: str, severity: Severity) -> Hit:
    return Hit(
        span=scalar.span,
        subject=role.subject,
        construct=f"{construct}.{scalar.text}",
        message=f"A credential of the {_CLOUDS[role.kind]} role `{role.name}` {what}.",
        attack=_ATTACK if severity is Severity.CRITICAL else _OF_A_SERVICE,
        text=scalar.text,
        severity=severity,
    )


RULE = Rule(
    "engine-cloud-wildcard", EngineRole, check, Severity.CRITICAL, others=(Severity.HIGH, Severity.MEDIUM)
)
