"""Which paths of Vault's API lead where: to more power, to credentials made on demand, to stored secrets.

Addresses and the need of `sudo`: hashicorp/vault 1.21.4 (vault/logical_system.go `PathsSpecial.Root`,
vault/token_store.go, builtin/logical) and developer.hashicorp.com/vault/api-docs, read 2026-11.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.lazy import dataclass, regex
from bot.vault.policies.acl import SUDO, example_path, matches, pattern_of

if TYPE_CHECKING:
    from bot.vault.policies.acl import Acl

_WRITING = frozenset({"create", "update", "patch"})
_UPDATING = frozenset({"create", "update"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path whose use gives more than it says. `needs`: any of these capabilities; `sudo`: that one too."""

    path: str
    gain: str
    """what its holder can do, to be read after "can" """
    needs: frozenset[str] = _UPDATING
    sudo: bool = False
    grave: bool = True
    """False: a nuisance or a lasting foothold, not more power"""
    single: str = ""
    """the gain where the rule names one `{name}` instead of all, which is less grave"""


ENDPOINTS = (
    Endpoint("sys/policies/acl/+", "write any policy, its own too", _WRITING),
    Endpoint("sys/policy/+", "write any policy, its own too", _WRITING),
    Endpoint("auth/+/role/+", "give any policy to a login role", _WRITING),
    Endpoint("auth/+/+/role/+", "give any policy to a login role", _WRITING),
    Endpoint("auth/+/config", "decide whose tokens a login method trusts", _WRITING),
    Endpoint("auth/+/users/+", "give any policy to a user of its choice", _WRITING),
    Endpoint("auth/+/groups/+", "give any policy to a group", _WRITING),
    Endpoint("auth/token/roles/+", "make a token role that hands out any policy", _WRITING),
    Endpoint("auth/token/create", "make a token with any policy", _UPDATING, sudo=True),
    Endpoint("auth/token/create-orphan", "make tokens that outlive its own", grave=False),
    Endpoint("auth/token/create/+", "make tokens with every policy that a token role allows"),
    Endpoint("auth/approle/role/+/secret-id", "log in as any AppRole", single="log in as the AppRole {name}"),
    Endpoint("identity/entity", "add any policy to an identity, its own too", _WRITING),
    Endpoint("identity/entity/id/+", "add any policy to an identity, its own too", _WRITING),
    Endpoint("identity/entity/name/+", "add any policy to an identity, its own too", _WRITING),
    Endpoint("identity/entity-alias", "bind a login of its choice to another identity", _WRITING),
    Endpoint("identity/entity/merge", "take over another identity"),
    Endpoint("identity/group", "add any policy to a group", _WRITING),
    Endpoint("identity/group/id/+", "add any policy to a group", _WRITING),
    Endpoint("identity/group/name/+", "add any policy to a group", _WRITING),
    Endpoint("identity/group-alias", "bind outsiders to a group", _WRITING),
    Endpoint("sys/auth/+", "open a login method of its own", _WRITING, sudo=True),
    Endpoint("sys/mounts/+", "add secret engines", _UPDATING, grave=False),
    Endpoint("sys/mounts/+", "delete secret engines with all their data", frozenset({"delete"}), grave=False),
    Endpoint("sys/remount", "move secrets to where its own policy reads", _UPDATING, sudo=True),
    Endpoint("sys/audit/+", "switch off the audit log", frozenset({"delete"}), sudo=True),
    Endpoint("sys/raw/+", "read and write Vault's storage", _UPDATING | {"read"}, sudo=True),
    Endpoint("sys/plugins/catalog/+/+", "run a program of its choice inside Vault", _UPDATING, sudo=True),
    Endpoint("sys/seal", "seal Vault: nobody gets a secret any more", _UPDATING, sudo=True, grave=False),
    Endpoint("sys/step-down", "force the active node to give up", _UPDATING, sudo=True, grave=False),
    Endpoint(
        "sys/leases/revoke-prefix/+", "revoke everybody's credentials", _UPDATING, sudo=True, grave=False
    ),
    Endpoint(
        "sys/leases/revoke-force/+", "revoke everybody's credentials", _UPDATING, sudo=True, grave=False
    ),
    Endpoint(
        "sys/storage/raft/snapshot",
        "download all of Vault's data, encrypted",
        frozenset({"read"}),
        grave=False,
    ),
    Endpoint("sys/storage/raft/snapshot-force", "replace all of Vault's data", _UPDATING),
    Endpoint("sys/namespaces/+", "make namespaces", _WRITING, grave=False),
    Endpoint("database/config/+", "send the database's own password to a server of its choice", _WRITING),
    Endpoint("aws/config/root", "replace the cloud account that Vault acts with", _WRITING),
    Endpoint("aws/roles/+", "make a role with any right in the cloud account", _WRITING),
    Endpoint("database/roles/+", "run any statement as the database's administrator", _WRITING),
    Endpoint("pki/root/+", "replace the certificate authority", _UPDATING),
    Endpoint("pki/root/sign-intermediate", "sign an authority of its own", _UPDATING),
    Endpoint("pki/roles/+", "make a role that issues any certificate", _WRITING),
    Endpoint("ssh/roles/+", "make a role that signs a key for any user", _WRITING),
    Endpoint(
        "transit/export/+/+",
        "take keys that are marked exportable out of Vault",
        frozenset({"read"}),
        grave=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Escalation:
    """An endpoint that a rule opens, and a path that proves it."""

    endpoint: Endpoint
    example: str


# Not a mount of secrets: below one, `data/sys/x` is the name of a secret.
_NAMESPACE = regex(r"(?!(?:secrets?|kv|generic|data|metadata)(?:[-_]?v?[12])?$)[A-Za-z][\w.-]*")
# What is behind a login method's mount; a mount of two segments is not called so.
_METHOD_PARTS = frozenset({"role", "roles", "users", "groups", "map", "certs", "config", "login", "oidc"})


@lru_cache(maxsize=4096)
def _touching(pattern: str) -> tuple[Escalation, ...]:
    if pattern.startswith("+/"):
        return ()  # `+/data/*` is about secret engines, though a login method could be called `data`
    namespace, inner = _in_namespace(pattern)
    if namespace:
        return tuple(
            Escalation(
                replace(each.endpoint, gain=f"{each.endpoint.gain}, in the namespace `{namespace}`"),
                f"{namespace}/{each.example}",
            )
            for each in _touching(inner)
        )
    found = ((endpoint, example_path(pattern, endpoint.path)) for endpoint in ENDPOINTS)
    return tuple(
        Escalation(_narrowed(endpoint, pattern), example)
        for endpoint, example in found
        if example is not None and _is_meant(endpoint, example)
    )


_OWN_BACKENDS = ("sys", "auth", "identity")


def _in_namespace(pattern: str) -> tuple[str, str]:
    """The namespace in which a path of Vault's own backends is, and the path there; "" for the policy's own.

    A policy reaches the namespaces below its own by their paths (openbao.org/docs/concepts/namespaces and
    developer.hashicorp.com/vault/docs/enterprise/namespaces, 2026-11).
    """
    segments = pattern.split("/")
    at = next((index for index, each in enumerate(segments) if each in _OWN_BACKENDS), 0)
    names = segments[:at]
    if (
        not names
        or not all(_NAMESPACE.fullmatch(each) for each in names)
        or segments[at + 1 : at + 2] in ([], ["*"])
    ):
        return "", pattern
    return "/".join(names), "/".join(segments[at:])


def _narrowed(endpoint: Endpoint, pattern: str) -> Endpoint:
    """The endpoint as far as the pattern opens it: one name of all, where it has one."""
    segments, names = pattern.split("/"), endpoint.path.split("/")
    name = segments[names.index("+")] if endpoint.single and len(segments) == len(names) else "*"
    if "*" in name or name == "+":
        return endpoint
    return replace(endpoint, gain=endpoint.single.format(name=name), grave=False)


def _is_meant(endpoint: Endpoint, example: str) -> bool:
    """Whether the example is that endpoint, and not another one of which a `+` took a fixed word."""
    if not endpoint.path.startswith("auth/+"):
        return True
    _, method, part, *_ = example.split("/")
    return method != "token" and (endpoint.path.split("/")[2] != "+" or part not in _METHOD_PARTS)


def escalations(pattern: str, acl: Acl) -> list[Escalation]:
    """What a rule at `pattern` opens, where the token's policies together really allow it."""
    opened = []
    for escalation in _touching(pattern):
        decision = acl.decide(escalation.example)
        given, endpoint = decision.capabilities, escalation.endpoint
        if decision.pattern == pattern and given & endpoint.needs and (SUDO in given or not endpoint.sudo):
            opened.append(escalation)
    return opened


# The segment behind which engines make credentials; a read is enough for most of them.
_DYNAMIC_ACTS = frozenset({"creds", "static-creds", "sts", "issue", "sign", "sign-verbatim"})


def is_dynamic(path: str) -> bool:
    """Whether a path (of a request or a policy) is where an engine makes credentials."""
    segments = path.split("/")
    if segments[0] in {"sys", "auth", "identity", "cubbyhole"}:
        return False
    if {"roleset", "static-account", "impersonated-account"} & set(segments[:-1]):
        return segments[-1] in {"key", "token", "*", "+"} or segments[-1].endswith("*")
    return bool(_DYNAMIC_ACTS & set(segments[1:]))


def is_everything(path: str) -> bool:
    """Whether a policy's path covers a whole backend of Vault's own, or all of Vault."""
    pattern = pattern_of(path)
    if not pattern.is_prefix:
        return False
    segments = [segment for segment in pattern.text.split("/") if segment]
    return set(segments) <= {"+"} or (len(segments) == 1 and segments[0] in {"sys", "auth", "identity"})


# What asks for sudo, whatever else a policy says (logical_system.go and token_store.go `PathsSpecial.Root`).
_SUDO_PATHS = (
    "sys/auth/*",
    "sys/remount",
    "sys/audit",
    "sys/audit/*",
    "sys/raw",
    "sys/raw/*",
    "sys/rotate",
    "sys/config/cors",
    "sys/config/auditing/*",
    "sys/config/ui/headers/*",
    "sys/plugins/catalog/*",
    "sys/plugins/runtimes/catalog/*",
    "sys/revoke-prefix/*",
    "sys/revoke-force/*",
    "sys/leases/revoke-prefix/*",
    "sys/leases/revoke-force/*",
    "sys/leases/lookup/*",
    "sys/leases",
    "sys/storage/raft/snapshot-auto/config/*",
    "sys/internal/inspect/*",
    "sys/internal/counters/activity/export",
    "sys/seal",
    "sys/step-down",
    "auth/token/create",
    "auth/token/revoke-orphan",
    "auth/token/accessors/",
    "pki/root",
    "pki/root/sign-self-issued",
)


def needs_sudo_at(path: str) -> str:
    """An endpoint under the policy's path that asks for sudo, "" where there is none."""
    return next((found for found in _SUDO_PATHS if example_path(path, found) is not None), "")


# Engines by the names that their mounts usually have, and what they make credentials of.
_CREDENTIAL_ACTS = ("creds", "static-creds", "sts", "issue", "sign", "sign-verbatim")
_DYNAMIC_MOUNTS = frozenset(
    {"ad", "alicloud", "aws", "azure", "consul", "database", "gcp", "kubernetes", "ldap"}
) | {"mongodbatlas", "nomad", "pki", "rabbitmq", "ssh", "terraform"}
_NAMES = ("x", "another-role")


def any_credential(path: str) -> str:
    """The engine's endpoint of which a policy path opens every role (`database/creds`), or "".

    A path that names part of the role (`creds/app-*`) does not open every one.
    """
    mount = path.split("/", 1)[0]
    if mount in {"sys", "auth", "identity", "cubbyhole", "*", "+"}:
        return ""
    for act in _CREDENTIAL_ACTS:
        for depth in ("", "/+"):
            found = example_path(path, f"+{depth}/{act}/+")
            if found is None or not _means(path, act, mount):
                continue
            base = found.rsplit("/", 1)[0]
            if all(matches(path, f"{base}/{name}") for name in _NAMES):
                return base
    return ""


def _means(path: str, act: str, mount: str) -> bool:
    """Whether the path speaks of this act: by name, or as everything of an engine known to do it."""
    return f"/{act}/" in path or (mount in _DYNAMIC_MOUNTS and path in {f"{mount}/*", f"{mount}/+/*"})
