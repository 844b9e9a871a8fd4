"""Where engine roles are: Terraform, commands, custom resources, bank-vaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.json import parse_json
from bot.documents.kinds import FileKind
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.lazy import regex
from bot.vault import bank_vaults
from bot.vault.api_calls import calls_of
from bot.vault.engines.engine_role import EngineKind, EnginePart, EngineRole
from bot.vault.reading import VaultReading
from bot.vault.terraform.modules import Terraform
from bot.vault.values import mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents

_ROLE, _STATIC, _CONNECTION = EnginePart.ROLE, EnginePart.STATIC_ROLE, EnginePart.CONNECTION
# Resource types of Terraform's Vault provider 5 (docs/resources, 2026-11) and the mount that they default to.
_TERRAFORM = {
    "vault_database_secret_backend_role": (EngineKind.DATABASE, _ROLE),
    "vault_database_secret_backend_static_role": (EngineKind.DATABASE, _STATIC),
    "vault_database_secret_backend_connection": (EngineKind.DATABASE, _CONNECTION),
    "vault_aws_secret_backend_role": (EngineKind.AWS, _ROLE),
    "vault_aws_secret_backend_static_role": (EngineKind.AWS, _STATIC),
    "vault_gcp_secret_roleset": (EngineKind.GCP, _ROLE),
    "vault_gcp_secret_static_account": (EngineKind.GCP, _ROLE),
    "vault_azure_secret_backend_role": (EngineKind.AZURE, _ROLE),
    "vault_pki_secret_backend_role": (EngineKind.PKI, _ROLE),
    "vault_ssh_secret_backend_role": (EngineKind.SSH, _ROLE),
    "vault_kubernetes_secret_backend_role": (EngineKind.KUBERNETES, _ROLE),
    "vault_consul_secret_backend_role": (EngineKind.CONSUL, _ROLE),
    "vault_rabbitmq_secret_backend_role": (EngineKind.RABBITMQ, _ROLE),
    "vault_nomad_secret_role": (EngineKind.NOMAD, _ROLE),
}
# Kinds of redhat-cop/vault-config-operator (api/v1alpha1, 2026-11).
_CUSTOM_RESOURCES = {
    "DatabaseSecretEngineRole": (EngineKind.DATABASE, _ROLE),
    "DatabaseSecretEngineStaticRole": (EngineKind.DATABASE, _STATIC),
    "DatabaseSecretEngineConfig": (EngineKind.DATABASE, _CONNECTION),
    "AzureSecretEngineRole": (EngineKind.AZURE, _ROLE),
    "PKISecretEngineRole": (EngineKind.PKI, _ROLE),
    "KubernetesSecretEngineRole": (EngineKind.KUBERNETES, _ROLE),
    "RabbitMQSecretEngineRole": (EngineKind.RABBITMQ, _ROLE),
}
_API = regex(
    r"^(?P<mount>[^\s]+?)/(?P<what>roles?|roleset|static-roles?|static-account|config)/(?P<name>[^/\s]+)$"
)
# Which engine a role at a free mount is of, recognised by the fields that no other engine has.
_MARKS = (
    (EngineKind.DATABASE, {"creation_statements", "db_name", "plugin_name", "rotation_statements"}),
    (EngineKind.AWS, {"credential_type", "policy_arns", "policy_document", "role_arns", "default_sts_ttl"}),
    (EngineKind.GCP, {"bindings", "token_scopes", "secret_type"}),
    (EngineKind.AZURE, {"azure_roles", "azure_groups", "application_object_id"}),
    (EngineKind.PKI, {"allowed_domains", "allow_any_name", "allow_subdomains", "enforce_hostnames"}),
    (EngineKind.SSH, {"allow_user_certificates", "allowed_users", "default_user", "key_type"}),
    (
        EngineKind.KUBERNETES,
        {"allowed_kubernetes_namespaces", "generated_role_rules", "kubernetes_role_name"},
    ),
    (EngineKind.CONSUL, {"consul_policies", "consul_roles"}),
    (EngineKind.RABBITMQ, {"vhosts"}),
)


def engines_of(documents: Documents) -> VaultReading[EngineRole]:
    """Every engine role and connection of the tree, in the order of the files."""
    found = [*_from_terraform(documents), *_from_commands(documents), *_from_yaml(documents)]
    return VaultReading(tuple(sorted(found, key=lambda role: role.span)))


def _from_terraform(documents: Documents) -> Iterator[EngineRole]:
    terraform = Terraform(documents)
    longest = _longest_leases(terraform)
    for resource in terraform.resources(*_TERRAFORM):
        kind, part = _TERRAFORM[resource.type]
        mount = resource.text("backend") or resource.text("path") or kind.value
        name = resource.text("name") or resource.text("roleset") or resource.text("role") or resource.name
        lease = longest.get(mount, 0)
        yield EngineRole(
            kind, part, mount, name, resource.span, resource.fields, lease, namespace=resource.namespace
        )


def _longest_leases(terraform: Terraform) -> dict[str, int]:
    """The mounts whose longest lease is set, in seconds."""
    longest: dict[str, int] = {}
    for resource in terraform.resources(
        "vault_mount", "vault_aws_secret_backend", "vault_database_secrets_mount"
    ):
        limit = resource.get("max_lease_ttl_seconds")
        if isinstance(limit, Scalar) and isinstance(limit.value, int):
            longest[resource.text("path") or resource.name] = limit.value
    return longest


def _from_commands(documents: Documents) -> Iterator[EngineRole]:
    for call in calls_of(documents):
        address = _API.match(call.address)
        if (
            address is None
            or call.method != "write"
            or call.address.startswith(("auth/", "sys/", "identity/"))
        ):
            continue
        fields = mapping_of(
            [(Scalar(name, name, value.span), value) for name, value in call.fields.items()], call.span
        )
        if call.body is not None:
            read = parse_json(call.body.span.path, call.body.text, call.body.place)
            if isinstance(read, Mapping):
                fields.entries.update(read.entries)
        kind = _kind_of(address["mount"], fields)
        if kind is not None:
            yield EngineRole(
                kind,
                _part(address["what"]),
                address["mount"],
                address["name"],
                call.span,
                fields,
                namespace=call.namespace,
            )


def _part(what: str) -> EnginePart:
    if what == "config":
        return _CONNECTION
    return _STATIC if what.startswith("static-role") else _ROLE


def _kind_of(mount: str, fields: Mapping) -> EngineKind | None:
    for kind, marks in _MARKS:
        if any(mark in fields for mark in marks):
            return kind
    return next((kind for kind in EngineKind if mount == kind.value), None)


def _from_yaml(documents: Documents) -> Iterator[EngineRole]:
    for path in documents.paths(FileKind.VAULT_YAML):
        for node in documents.roots(path):
            if isinstance(node, Mapping):
                yield from _custom_resource(node)
                yield from _bank_vaults(node)


def _custom_resource(node: Mapping) -> Iterator[EngineRole]:
    kind = node.get("kind")
    spec = node.get("spec")
    known = _CUSTOM_RESOURCES.get(kind.text) if isinstance(kind, Scalar) else None
    if known is None or not isinstance(spec, Mapping):
        return
    mount = _text(spec.get("path")) or known[0].value
    name = _text(spec.get("name")) or _text(node.get("metadata", "name"))
    yield EngineRole(known[0], known[1], mount, name, node.span, spec)


def _bank_vaults(root: Mapping) -> Iterator[EngineRole]:
    """`secrets:` of bank-vaults."""
    for engine in bank_vaults.listed(root, "secrets"):
        if not isinstance(engine, Mapping):
            continue
        kind = next((kind for kind in EngineKind if kind.value == _text(engine.get("type"))), None)
        configuration = engine.get("configuration")
        if kind is None or not isinstance(configuration, Mapping):
            continue
        mount = _text(engine.get("path")) or kind.value
        for entry in configuration:
            yield from _configured(kind, mount, entry)


def _configured(kind: EngineKind, mount: str, entry: Entry) -> Iterator[EngineRole]:
    part = {"roles": _ROLE, "role": _ROLE, "config": _CONNECTION, "static-roles": _STATIC}.get(entry.key.text)
    items: tuple[Node, ...] = entry.value.items if isinstance(entry.value, Sequence) else ()
    for item in items if part is not None else ():
        if part is not None and isinstance(item, Mapping):
            yield EngineRole(kind, part, mount, _text(item.get("name")), item.span, item)


def _text(node: Node | None) -> str:
    return node.text.strip("/") if isinstance(node, Scalar) and node.value is not None else ""
