"""A running server against the code that should have made it: by meaning, role by role and policy by policy."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bot.documents.json import parse_json
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Scalar, Sequence
from bot.vault.claims.bounds import terms_of
from bot.vault.claims.loosened import loosened
from bot.vault.claims.terms import Refusal, Terms
from bot.vault.durations import seconds_of
from bot.vault.engines.engine_role import EnginePart
from bot.vault.policies.acl import DENY, Acl, example_path, pattern_of
from bot.vault.reach import find_policy
from bot.vault.reading import Unresolved, known
from bot.vault.roles.jwt_role import Form
from bot.vault.values import JsonText, Unknown, is_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.documents.location import Span
    from bot.documents.nodes import Node
    from bot.vault.audit import AuditDevice
    from bot.vault.engines.engine_role import EngineRole
    from bot.vault.model import VaultModel
    from bot.vault.policies.policy import PathRule, Policy
    from bot.vault.roles.jwt_role import JwtMount, JwtRole


class Standing(StrEnum):
    """Where something is, and whether both sides agree."""

    ONLY_IN_VAULT = "only-in-vault"
    ONLY_IN_CODE = "only-in-code"
    DIFFERENT = "different"
    EQUAL = "equal"
    NOT_COMPARED = "not-compared"
    """the code does not say enough: a variable, a template"""


class Difference(NamedTuple):
    """One way in which the server is not what the code says.

    `accepts_more`: the server lets more in, or grants more, than the code; None where neither side does. `claims` is a
    token that one side accepts and the other refuses.
    """

    part: tuple[str, ...]
    text: str
    accepts_more: bool | None = None
    claims: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """How one role, policy, mount or device compares. `subject` is what findings call it ("role:jwt/prod-db")."""

    kind: str
    subject: str
    standing: Standing
    server: Span | None = None
    code: Span | None = None
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    """why it was not compared"""


_BUILT_IN: Final = frozenset({"default", "root", "hcp-root", "response-wrapping", "control-group"})
"""Policies that a server brings along (developer.hashicorp.com/vault/docs/concepts/policies, 2026-11)."""
_PROBE: Final = "sealcheck-probe"
"""A path segment that no policy names."""
_MOST_WILD: Final = 100
"""paths with a `+` (and others beside them) of which each two are tried"""


def drift_of(server: VaultModel, code: VaultModel) -> tuple[Drift, ...]:
    """Return how everything on the server and in the code compares, the server's first, in its order."""
    return (
        *_roles(server, code),
        *_policies(server, code),
        *_mounts(server, code),
        *_engines(server, code),
        *_audits(server, code),
    )


# --- roles ------------------------------------------------------------------------------------------------------


def _roles(server: VaultModel, code: VaultModel) -> Iterator[Drift]:
    written = _paired(server.roles, code.roles)
    for role in server.roles:
        other = written.pop(id(role), None)
        if other is None:
            yield Drift("role", role.subject, Standing.ONLY_IN_VAULT, role.head)
            continue
        reason = _why_not_compared(other)
        differences = () if reason else tuple(_of_role(role, other))
        yield _compared("role", role.subject, role.head, other.head, differences, reason)
    yield from (
        Drift("role", role.subject, Standing.ONLY_IN_CODE, None, role.head)
        for role in _unpaired(server.roles, code.roles)
    )


def _paired(server: Iterable[JwtRole], code: Iterable[JwtRole]) -> dict[int, JwtRole]:
    """The code's role for each of the server's, by its id: the same mount and name, else the only one of that name."""
    exact = {
        (role.mount, role.name): role for role in reversed(tuple(code)) if known((role.mount, role.name))
    }
    by_name: dict[str, list[JwtRole]] = {}
    for role in code:
        by_name.setdefault(role.name, []).append(role)
    found: dict[int, JwtRole] = {}
    for role in server:
        pair = exact.get((role.mount, role.name))
        if pair is None:
            loose = [each for each in by_name.get(role.name, []) if _has_free_mount(each)]
            pair = loose[0] if len(loose) == 1 else None
        if pair is not None:
            found[id(role)] = pair
    return found


def _has_free_mount(role: JwtRole) -> bool:
    """Whether the code does not say on which mount the role is: a payload file, a variable."""
    return isinstance(role.mount, Unresolved) or role.form in {Form.JSON, Form.YAML}


def _unpaired(server: tuple[JwtRole, ...], code: tuple[JwtRole, ...]) -> list[JwtRole]:
    paired = {id(role) for role in _paired(server, code).values()}
    names = {(role.mount, role.name) for role in code if id(role) in paired}
    return [role for role in code if id(role) not in paired and (role.mount, role.name) not in names]


def _why_not_compared(role: JwtRole) -> str:
    if not role.complete:
        return "the code does not show the whole role"
    unknown = [name for name, field in role.fields.items() if not (field.complete and known(field.value))]
    return f"the code fills in {', '.join(unknown)} from elsewhere" if unknown else ""


def _of_role(server: JwtRole, code: JwtRole) -> Iterator[Difference]:
    running, meant = terms_of(server, as_jwt=False), terms_of(code, as_jwt=False)
    for terms, whose in ((meant, "the code's role"), (running, "the role of Vault")):
        if isinstance(terms, Refusal):
            yield Difference((), f"a server refuses {whose}: {terms.reason}")
            return
    told: set[str] = set()
    for looser, more, whose in (
        (loosened(code, server), True, "Vault"),
        (loosened(server, code), False, "the code"),
    ):
        for change in looser:
            told |= _ALIKE.get(change.part[0], {change.part[0]})
            yield Difference(change.part, f"{whose} {change.beside}", more, change.claims)
    for field in fields(Terms):
        ours, theirs = getattr(running, field.name), getattr(meant, field.name)
        if field.name not in told and _plain(ours) != _plain(theirs):
            text = f"{field.name} is {_shown(ours)} in Vault and {_shown(theirs)} in the code"
            yield Difference((field.name,), text)


_LIFE: Final = {"token_ttl", "token_max_ttl", "token_explicit_max_ttl", "token_period", "token_type"}
_POLICIES: Final = {"token_policies", "policies"}
_ALIKE: Final = {"token_ttl": _LIFE, "token_policies": _POLICIES, "policies": _POLICIES}
"""Fields that one difference speaks of."""


def _plain(value: Any) -> Any:
    """The value without the order of its lists; a claim bound to one value is bound to a list of it."""
    if isinstance(value, list | tuple):
        return sorted(repr(_plain(item)) for item in value)
    if isinstance(value, dict):
        return {
            key: _plain(item if isinstance(item, list | tuple) else [item]) for key, item in value.items()
        }
    return "default" if value == "" else value


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(f"`{item}`" for item in value) or "empty"
    if isinstance(value, dict):
        return ", ".join(f"`{key}: {item}`" for key, item in value.items()) or "empty"
    return "not set" if value in {"", None} else f"`{value}`"


def _compared(
    kind: str, subject: str, server: Span, code: Span, differences: tuple[Difference, ...], reason: str = ""
) -> Drift:
    standing = Standing.NOT_COMPARED if reason else Standing.DIFFERENT if differences else Standing.EQUAL
    return Drift(kind, subject, standing, server, code, differences, reason)


# --- policies ---------------------------------------------------------------------------------------------------


def _policies(server: VaultModel, code: VaultModel) -> Iterator[Drift]:
    paired: set[int] = set()
    for policy in server.policies:
        other = find_policy(policy.name, code)
        if other is None:
            if policy.name not in _BUILT_IN:
                yield Drift("policy", policy.subject, Standing.ONLY_IN_VAULT, policy.span)
            continue
        paired.add(id(other))
        reason = ""
        if not (other.complete and all(rule.known and rule.capabilities_known for rule in other.rules)):
            reason = "the code fills in parts of it from elsewhere"
        differences = () if reason else tuple(_of_policy(policy, other))
        yield _compared("policy", policy.subject, policy.span, other.span, differences, reason)
    named = {policy.name for policy in server.policies}
    for policy in code.policies:
        if id(policy) not in paired and policy.name not in named and known(policy.name):
            yield Drift("policy", policy.subject, Standing.ONLY_IN_CODE, None, policy.span)


def _of_policy(server: Policy, code: Policy) -> Iterator[Difference]:
    """One path for each rule by which one side grants what the other does not."""
    if _normal(server.rules) == _normal(code.rules):
        return
    ours, theirs = Acl(server.granting), Acl(code.granting)
    told: set[tuple[str, frozenset[str], frozenset[str]]] = set()
    for path in _probes(server.rules, code.rules):
        first, second = ours.decide(path), theirs.decide(path)
        more = first.capabilities - second.capabilities - {DENY}
        less = second.capabilities - first.capabilities - {DENY}
        pattern = first.pattern if more else second.pattern
        if (more or less) and (pattern, more, less) not in told:
            told.add((pattern, more, less))
            yield _granted(path.replace(_PROBE, "…"), more, less)
    limits = {rule.path for rule in server.rules if _limits(rule)} | {
        rule.path for rule in code.rules if _limits(rule)
    }
    for path in sorted(limits):
        if _limits_at(path, server.rules) != _limits_at(path, code.rules):
            yield Difference((path,), f"the parameters allowed at `{path}` are not the same")


def _granted(path: str, more: frozenset[str], less: frozenset[str]) -> Difference:
    parts = []
    if more:
        parts.append(f"Vault grants {', '.join(sorted(more))} at `{path}` too")
    if less:
        parts.append(f"only the code grants {', '.join(sorted(less))} at `{path}`")
    return Difference((path,), ", ".join(parts), accepts_more=bool(more))


def _normal(rules: Iterable[PathRule]) -> list[str]:
    return sorted(f"{rule.text} {_limits(rule)}" for rule in rules)


def _limits(rule: PathRule) -> str:
    shown = [(name, sorted(values)) for name, values in sorted(rule.allowed_parameters.items())]
    shown_denied = [(name, sorted(values)) for name, values in sorted(rule.denied_parameters.items())]
    required = sorted(rule.required_parameters)
    return repr((shown, shown_denied, required)) if shown or shown_denied or required else ""


def _limits_at(path: str, rules: Iterable[PathRule]) -> list[str]:
    return sorted(_limits(rule) for rule in rules if rule.path == path)


def _probes(*sides: tuple[PathRule, ...]) -> Iterator[str]:
    """Paths that tell the rules apart: one that each admits, and one that each two of them admit."""
    patterns = list(dict.fromkeys(rule.path for rules in sides for rule in rules))
    made: dict[str, None] = {}
    for pattern in patterns:
        text, is_prefix, _ = pattern_of(pattern)
        filled = "/".join(_PROBE if part == "+" else part for part in text.split("/"))
        made[filled + _PROBE if is_prefix else filled] = None
        if is_prefix:
            made[filled] = None
    wild = [pattern for pattern in patterns if pattern_of(pattern).has_segment_wildcards][:_MOST_WILD]
    for one in wild:
        for other in patterns[:_MOST_WILD]:
            both = example_path(one, other)
            if both is not None:
                made[both] = None
    return iter(made)


# --- mounts, engines, audit devices -----------------------------------------------------------------------------


def _mounts(server: VaultModel, code: VaultModel) -> Iterator[Drift]:
    by_path = {str(mount.mount): mount for mount in code.mounts}
    for mount in server.mounts:
        other = by_path.pop(mount.mount, None)
        if other is None:
            yield Drift("mount", mount.subject, Standing.ONLY_IN_VAULT, mount.head)
            continue
        yield _compared("mount", mount.subject, mount.head, other.head, tuple(_of_mount(mount, other)))
    for mount in by_path.values():
        if known(mount.mount):
            yield Drift("mount", mount.subject, Standing.ONLY_IN_CODE, None, mount.head)


_SECRETS: Final = frozenset({"oidc_client_secret", "provider_config"})
"""Fields that are not read from the server."""


def _of_mount(server: JwtMount, code: JwtMount) -> Iterator[Difference]:
    for name, field in code.fields.items():
        ours = server.value(name)
        if name in _SECRETS or not known(field.value) or not (ours or field.value):
            continue
        if _listed(ours) != _listed(field.value):
            yield Difference(
                (name,), f"{name} is {_shown(ours)} in Vault and {_shown(field.value)} in the code"
            )


def _listed(value: Any) -> list[str]:
    """A list, or a text with commas, without order: a mount's fields are texts or lists of texts."""
    items = value if isinstance(value, list | tuple) else str(value or "").split(",")
    return sorted(str(item).strip() for item in items)


def _engines(server: VaultModel, code: VaultModel) -> Iterator[Drift]:
    by_name = {(role.part, role.mount, role.name): role for role in code.engines}
    for role in server.engines:
        other = by_name.pop((role.part, role.mount, role.name), None)
        if other is None:
            yield Drift("engine role", role.subject, Standing.ONLY_IN_VAULT, role.span)
            continue
        yield _compared("engine role", role.subject, role.span, other.span, tuple(_of_engine(role, other)))
    for role in by_name.values():
        if role.part is not EnginePart.CONNECTION and known((role.mount, role.name)):
            yield Drift("engine role", role.subject, Standing.ONLY_IN_CODE, None, role.span)


def _of_engine(server: EngineRole, code: EngineRole) -> Iterator[Difference]:
    """The fields that the code writes and the server shows, where they differ."""
    for entry in code.fields:
        ours = server.get(entry.key.text)
        if ours is not None and is_known(entry.value) and _meaning(ours) != _meaning(entry.value):
            yield Difference((entry.key.text,), f"{entry.key.text} is not what the code writes")


def _meaning(node: Node) -> Any:
    """The node's value, whatever it is written as: durations in seconds, JSON decoded, lists without order."""
    if isinstance(node, JsonText) and node.decoded is not None:
        return _meaning(node.decoded)
    if isinstance(node, Sequence):
        return sorted(repr(_meaning(item)) for item in node.items)
    if isinstance(node, Mapping):
        return {key: _meaning(entry.value) for key, entry in node.entries.items()}
    if not isinstance(node, Scalar) or node.value is None:
        return []
    text = node.text.strip()
    decoded = parse_json(node.span.path, text) if text[:1] in {"{", "["} else None
    if decoded is not None and not isinstance(decoded, Unreadable):
        return _meaning(decoded)
    seconds = seconds_of(text)
    return [repr(text if seconds is None else str(seconds))]


def _audits(server: VaultModel, code: VaultModel) -> Iterator[Drift]:
    written = {
        device.path: device for device in code.audits if not device.disabled and device.type != "mount"
    }
    running = {device.path: device for device in server.audits if device.type != "mount"}
    if not server.audit_lists:
        return
    for path, device in running.items():
        other = written.pop(path, None)
        if other is None:
            yield Drift("audit device", device.subject, Standing.ONLY_IN_VAULT, device.span)
            continue
        yield _compared(
            "audit device", device.subject, device.span, other.span, tuple(_of_audit(device, other))
        )
    for device in written.values():
        yield Drift("audit device", device.subject, Standing.ONLY_IN_CODE, None, device.span)


def _of_audit(server: AuditDevice, code: AuditDevice) -> Iterator[Difference]:
    if code.type and server.type != code.type:
        yield Difference(("type",), f"type is `{server.type}` in Vault and `{code.type}` in the code")
    for name in sorted(
        {*server.options, *code.options} - {"type", "path", "description", "local", "options"}
    ):
        if name in code.options and isinstance(code.options[name], Unknown):
            continue
        if server.option(name) != code.option(name):
            yield Difference((name,), f"{name} is not the same in Vault and in the code")
