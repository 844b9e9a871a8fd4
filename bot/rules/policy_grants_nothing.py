"""A policy's path never matches, or Vault refuses the policy.

What it finds
-------------
A `*` that is not the last character (`secret/*/db`, `secret/**`), a regular expression, a `+` inside a
segment, a path that starts with `v1/`, a path of KV version 2 without `data/`, a path that ends in a slash
without `list` or `scan`; and what makes a server refuse the whole policy: `+*`, a word that is no capability,
capabilities as one text, an unknown key, a key twice (Vault only).

Why it matters
--------------
It fails closed: the job gets "permission denied". The danger comes afterwards, when somebody in a hurry
widens the rule until it works.

Fix
---
Write the path as Vault compares it: `+` is one segment, `*` is the rest of the path and only at its end, and in KV
version 2 the values are below `data/`.

Bad:

```hcl
path "secret/*/db" {
  capabilities = ["read"]
}
```

Good:

```hcl
path "secret/data/+/db" {
  capabilities = ["read"]
}
```

Limits
------
The version of a KV mount is known only where this repository makes the mount, or where another rule or a job shows it.
A `deny` grants nothing on purpose and is not reported. Keys and capabilities that only Vault or only OpenBao knows are
reported where `vault: {server: ...}` of the policy file says which server it is.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from bot.findings import Confidence, Effect, Hit, Related, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.policies.acl import DENY, Acl, pattern_of
from bot.vault.policies.policy import PathRule, VaultPolicy
from bot.vault.policies.policy_edits import replace_path
from bot.vault.policy_use import head_of, is_system, kv1_mounts, kv2_mounts, roles_with, server_name
from bot.vault.reach import reach_of
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Job, Secret
    from bot.repository import Repository

# developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, 2026-11.
_KV2_PARTS = frozenset({"data", "metadata", "delete", "undelete", "destroy", "config", "subkeys"})
# `secrets:` reads a KV engine; one that makes certificates is asked with a write.
_READS = frozenset({"read"})
_ASKS = frozenset({"read", "create", "update"})
_REGULAR_EXPRESSION = regex(r"\.\*|\.\+|\[[^\]]*\]|\(\?|\\[dwsb]|\^|\$$")


class _Dead(NamedTuple):
    why: str
    path: str | None = None
    """the path that was meant"""
    confidence: Confidence = Confidence.HIGH


def check(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """A hit for each rule that gives nothing."""
    for rule in policy.rules:
        dead = _refused(rule, policy) or _dead(rule)
        if dead is None and rule.known and not is_system(rule.path):
            dead = _without_data(rule, policy, kv2_mounts(repository, posixpath.dirname(rule.span.path)))
            dead = dead or _with_data(rule, policy, kv1_mounts(repository))
        if dead is not None:
            yield _hit(policy, rule, dead, repository)
    for rule in policy.expired:
        yield _hit(policy, rule, _Dead(f"it expired {rule.refusals.expires:%Y-%m-%d}"), repository)
    yield from _unread_secrets(policy, repository)


def _unread_secrets(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """Secrets that a job of this repository reads with a role of this repository, and may not."""
    for role in roles_with(policy, repository.vault):
        reach = reach_of(role, repository.vault)
        if not reach.complete or reach.policies[0] is not policy:
            continue
        acl = Acl(rule for one in reach.policies for rule in one.rules)
        for job in repository.ask(_jobs_naming, role.name):
            for secret in job.secrets.values():
                path = _request(secret)
                if path and not acl.decide(path).capabilities & _needed(secret):
                    yield Hit(
                        span=secret.entry.span,
                        subject=job.subject,
                        construct=f"secrets.{secret.name}",
                        message=f"The job reads `{path}` with the role `{role.name}`, whose policies do not allow it.",
                        attack="Somebody will widen a policy until the job works.",
                        text=path,
                        related=(
                            Related(policy.span, f"the policy `{policy.name}` of the role `{role.name}`"),
                        ),
                        confidence=Confidence.MEDIUM,
                    )


def _jobs_naming(repository: Repository, role: str) -> tuple[Job, ...]:
    return repository.ask(_jobs_by_role).get(role, ())


def _jobs_by_role(repository: Repository) -> dict[str, tuple[Job, ...]]:
    found: dict[str, list[Job]] = {}
    for job in repository.jobs:
        variable = job.variables.get("VAULT_AUTH_ROLE")
        if variable is not None and variable.value is not None:
            found.setdefault(variable.value, []).append(job)
    return {name: tuple(jobs) for name, jobs in found.items()}


def _needed(secret: Secret) -> frozenset[str]:
    """The capabilities of which one lets the runner have the secret."""
    return _READS if secret.vault is not None and secret.vault.engine.startswith("kv") else _ASKS


def _request(secret: Secret) -> str:
    """The path that the runner asks for; "" where part of it is a variable."""
    vault = secret.vault
    if vault is None or not vault.path or "$" in vault.mount + vault.path + vault.secret_field:
        return ""
    middle = "data/" if vault.engine == "kv-v2" else ""
    return f"{vault.mount.strip('/')}/{middle}{vault.path.strip('/')}"


def _hit(policy: VaultPolicy, rule: PathRule, dead: _Dead, repository: Repository) -> Hit:
    text = repository.documents.text(rule.path_scalar.span.path) or ""
    edit = replace_path(text, rule, dead.path) if dead.path else None
    return Hit(
        span=head_of(rule),
        subject=policy.subject,
        construct=f"path.{rule.path}",
        message=f"`{rule.shown}` in the policy `{policy.name}` grants nothing: {dead.why}.",
        attack="Jobs that need it are denied; the risk is that somebody then widens it too far.",
        text=rule.text,
        fix=Fix(
            f"Write `{dead.path}`",
            (edit,),
            cost="The policy then grants what it says; today it grants nothing.",
        )
        if edit
        else None,
        confidence=dead.confidence,
    )


def _refused(rule: PathRule, policy: VaultPolicy) -> _Dead | None:
    """Why every server in question refuses the policy because of this rule."""
    reasons = {server: rule.refusals.reason(server) for server in policy.judged}
    if not any(reasons.values()):
        return None
    if all(reasons.values()):
        whose = server_name(policy.judged[0]) if len(policy.judged) == 1 else "the server"
        return _Dead(f"{whose} refuses the whole policy, because {reasons[policy.judged[0]]}")
    by_vault = reasons[Server.VAULT]
    if by_vault and policy.refused_by(Server.OPENBAO):
        return _Dead(
            f"Vault refuses the whole policy, because {by_vault}, and OpenBao because of another rule"
        )
    if by_vault.endswith("twice"):
        return _Dead(f"Vault 1.21 refuses the whole policy, because {by_vault}; OpenBao uses the last one")
    return None


def _dead(rule: PathRule) -> _Dead | None:
    path = rule.path
    if not rule.known or DENY in rule.capabilities:
        return None
    if path.startswith("v1/"):
        return _Dead("the paths of a policy start behind `/v1/`", path.removeprefix("v1/"))
    if path.endswith("/") and rule.capabilities and not {"list", "scan"} & rule.capabilities:
        return _Dead("a request's path does not end in a slash", path + "*")
    return _wrong_wildcard(path)


def _wrong_wildcard(path: str) -> _Dead | None:
    literal = pattern_of(path).text
    if _REGULAR_EXPRESSION.search(literal.replace("{{", "").replace("}}", "")):
        return _Dead("a policy knows no regular expressions, only `+` and a `*` at the end")
    if "*" in literal:
        return _Dead("`*` is a wildcard only at the very end", _with_plus(path))
    if any("+" in segment and segment != "+" for segment in literal.split("/")):
        return _Dead("`+` counts only as a whole segment", None, Confidence.MEDIUM)
    return None


def _with_plus(path: str) -> str | None:
    """The path with `+` for whole segments of `*`; None where that is not what was meant."""
    while path.endswith("**"):
        path = path[:-1]
    head, star, _ = (path[:-1], "*", "") if path.endswith("*") else (path, "", "")
    segments = ["+" if segment == "*" else segment for segment in head.split("/")]
    if any("*" in segment for segment in segments) or (star and segments[-1] == "+"):
        return None
    return "/".join(segments) + star


def _without_data(rule: PathRule, policy: VaultPolicy, mounts: dict[str, str]) -> _Dead | None:
    """A path of KV version 2 in the way of version 1, unless the policy has it both ways."""
    mount = _mount_of(rule.path, mounts)
    rest = rule.path.removeprefix(f"{mount}/")
    first = rest.split("/", 1)[0]
    if mount is None or not rest or first in _KV2_PARTS or first in {"*", "+"} or first.endswith("*"):
        return None
    meant = f"{mount}/data/{rest}"
    if not rule.capabilities - {"list"} or any(other.path == meant for other in policy.rules):
        return None
    return _Dead(f"`{mount}` is KV version 2 ({mounts[mount]}): its values are below `{mount}/data/`", meant)


def _with_data(rule: PathRule, policy: VaultPolicy, mounts: dict[str, str]) -> _Dead | None:
    """A path of KV version 1 in the way of version 2, unless the policy has it both ways."""
    mount = _mount_of(rule.path, mounts)
    part, _, rest = rule.path.removeprefix(f"{mount}/").partition("/")
    if mount is None or part not in {"data", "metadata"} or not rest:
        return None
    meant = f"{mount}/{rest}"
    if any(other.path == meant for other in policy.rules):
        return None
    return _Dead(
        f"`{mount}` is KV version 1 ({mounts[mount]}), which has no `{part}/`", meant, Confidence.MEDIUM
    )


def _mount_of(path: str, mounts: dict[str, str]) -> str | None:
    """The mount that the path is in, the longest one."""
    return max((each for each in mounts if path.startswith(f"{each}/")), key=len, default=None)


RULE = Rule("policy-grants-nothing", VaultPolicy, check, Severity.MEDIUM, effect=Effect.BREAKS)
