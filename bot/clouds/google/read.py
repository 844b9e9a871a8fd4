"""Providers and bindings in Terraform, Config Connector, Pulumi and scripts.

Resources: registry documentation of hashicorp/google; cloud.google.com/config-connector/docs
(IAMWorkloadIdentityPoolProvider, IAMPolicyMember, IAMPartialPolicy);
`gcloud iam workload-identity-pools providers create-oidc --help`; all 2026-11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.google.pools import Binding, PoolProvider, member_of
from bot.clouds.shell import part_of
from bot.clouds.values import UnknownValue, scalars, text_or_source
from bot.documents.nodes import Mapping, Scalar, Sequence
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.shell import CloudCall
    from bot.documents.nodes import Node
    from bot.vault.terraform.modules import Module, Terraform, TerraformResource

_PROVIDER = "google_iam_workload_identity_pool_provider"
_POOL = "google_iam_workload_identity_pool"
_POOL_ADDRESS = regex(r"\$?\{?(?:google_iam_workload_identity_pool)\.(?P<name>[\w-]+)(?:\[[^\]]*\])?\.\w+\}?")
_POLICY_ADDRESS = regex(r"data\.google_iam_policy\.(?P<name>[\w-]+)")
_PRINCIPAL = regex(r"principal(?:Set)?://iam\.googleapis\.com/")
_ACCOUNT = regex(r"(?:.*/serviceAccounts/)?(?P<name>[^@/]+)@.*")
_KINDS = (
    ("service_account", "service account"),
    ("serviceaccount", "service account"),
    ("secret", "secret"),
    ("bucket", "bucket"),
    ("project", "project"),
)


# Terraform ----------------------------------------------------------------------------------------------------


def providers_of_terraform(terraform: Terraform) -> Iterator[PoolProvider]:
    """Yield the providers of every module."""
    for resource in terraform.resources(_PROVIDER):
        oidc = next(iter(resource.blocks("oidc")), None)
        if oidc is None and resource.blocks("aws") + resource.blocks("saml"):
            continue
        yield PoolProvider(
            name=resource.text("workload_identity_pool_provider_id") or resource.name,
            pool=_pool_id(resource.get("workload_identity_pool_id"), resource.module),
            span=resource.span,
            issuer=_scalar(oidc.get("issuer_uri")) if oidc is not None else None,
            audiences=scalars(oidc.get("allowed_audiences")) if oidc is not None else (),
            mapping=_mapping(resource.get("attribute_mapping")),
            condition=_scalar(resource.get("attribute_condition")),
        )


def _pool_id(node: Node | None, module: Module) -> str:
    """Return a pool's id; its address in the module where the id is not known."""
    text = text_or_source(node)
    found = _POOL_ADDRESS.search(text)
    if found is None:
        return text.rpartition("/")[2] or text
    return _pool_named(found["name"], module)


def _pool_named(name: str, module: Module) -> str:
    for resource in module.all_of(_POOL):
        if resource.name == name:
            pool = resource.get("workload_identity_pool_id")
            if isinstance(pool, Scalar) and not isinstance(pool, UnknownValue):
                return pool.text
    return f"{module.folder}:{name}"


def bindings_of_terraform(terraform: Terraform) -> Iterator[Binding]:
    """Yield every member of a binding that is a principal of a pool."""
    for module in terraform.modules.values():
        types = dict.fromkeys(
            kind for kind, _ in module.resources if kind.startswith("google_") and "_iam_" in kind
        )
        for resource in module.all_of(*types) if types else ():
            if resource.type not in {_PROVIDER, _POOL}:
                yield from _bindings(resource)


def _bindings(resource: TerraformResource) -> Iterator[Binding]:
    members = (*scalars(resource.get("member")), *scalars(resource.get("members")))
    policy = _POLICY_ADDRESS.search(text_or_source(resource.get("policy_data")))
    if policy is not None:
        for document in resource.module.data_of("google_iam_policy"):
            if document.name == policy["name"]:
                members += tuple(
                    m for block in document.blocks("binding") for m in scalars(block.get("members"))
                )
    for scalar in members:
        member = member_of(_with_pool(scalar, resource.module))
        if member is not None:
            kind, target = _target(resource)
            yield Binding(target, kind, resource.span, member)


def _with_pool(scalar: Scalar, module: Module) -> Scalar:
    """Return a member with the pool's id in place of a reference to the pool's resource."""
    found = _POOL_ADDRESS.search(scalar.text)
    if found is None:
        return scalar
    pool = f"projects/0/locations/global/workloadIdentityPools/{_pool_named(found['name'], module)}"
    text = scalar.text[: found.start()] + pool + scalar.text[found.end() :]
    kind = UnknownValue if re.search(r"\$\{", text) else Scalar
    return kind(None if kind is UnknownValue else text, text, scalar.span, scalar.style, None, None)


def _target(resource: TerraformResource) -> tuple[str, str]:
    """Return the kind and the name of what a binding is on."""
    named = ("service_account_id", "secret_id", "bucket", "project", "name")
    text = next((text for name in named if (text := resource.text(name))), "")
    return _kind_and_name(resource.type, text, resource.name)


def _kind_and_name(type_name: str, text: str, fallback: str) -> tuple[str, str]:
    kind = next((kind for part, kind in _KINDS if part in type_name.lower()), "resource")
    account = _ACCOUNT.fullmatch(text)
    name = account["name"] if account else text.rpartition("/")[2]
    return kind, fallback if not name or "${" in name else name


# YAML and JSON ------------------------------------------------------------------------------------------------


def providers_of_node(node: Node) -> Iterator[PoolProvider]:
    """Yield the providers in a value: Config Connector, Pulumi, Crossplane."""
    if isinstance(node, Sequence):
        for item in node:
            yield from providers_of_node(item)
    if not isinstance(node, Mapping):
        return
    oidc = node.get("oidc")
    if isinstance(oidc, Mapping) and (
        "attributeMapping" in node or "attributeCondition" in node or "issuerUri" in oidc
    ):
        yield _provider(node, oidc, "provider")
        return
    for entry in node:
        for provider in providers_of_node(entry.value):
            _name(provider, entry.key.text, node)
            yield provider


def _provider(node: Mapping, oidc: Mapping, name: str) -> PoolProvider:
    pool = node.get("workloadIdentityPoolId") or node.get("workloadIdentityPoolRef", "name")
    pool = pool or node.get("workloadIdentityPoolRef", "external")
    own = node.get("workloadIdentityPoolProviderId") or node.get("resourceID")
    return PoolProvider(
        name=text_or_source(own) or name,
        pool=_pool_of_text(text_or_source(pool)),
        span=node.span,
        issuer=_scalar(oidc.get("issuerUri")),
        audiences=scalars(oidc.get("allowedAudiences")),
        mapping=_mapping(node.get("attributeMapping")),
        condition=_scalar(node.get("attributeCondition")),
    )


def _pool_of_text(text: str) -> str:
    reference = re.fullmatch(r"\$\{(?P<name>[\w-]+)\.\w+\}", text)
    return reference["name"] if reference else text.rpartition("/")[2]


def _name(provider: PoolProvider, key: str, around: Mapping) -> None:
    """Give a provider without an id the name of what surrounds it."""
    if provider.name != "provider":
        return
    metadata = around.get("metadata", "name")
    if metadata is not None:
        provider.name = text_or_source(metadata)
    elif key not in {"spec", "properties", "forProvider", "args"}:
        provider.name = key


def bindings_of_node(node: Node, name: str = "binding", around: Mapping | None = None) -> Iterator[Binding]:
    """Yield the bindings in a value: every text that is a principal of a pool."""
    if isinstance(node, Mapping):
        for entry in node:
            inner = name if entry.key.text in _STRUCTURE else entry.key.text
            yield from bindings_of_node(entry.value, inner, node if _has_target(node) else around)
    elif isinstance(node, Sequence):
        for item in node:
            yield from bindings_of_node(item, name, around)
    elif isinstance(node.value, str) and _PRINCIPAL.match(node.text):
        member = member_of(_as_unknown(node))
        if member is not None:
            member.pool = _pool_of_text(member.pool)
            kind, target = _target_of(around, name)
            yield Binding(target, kind, around.span if around is not None else node.span, member)


_STRUCTURE = frozenset(
    {"spec", "properties", "forProvider", "member", "members", "bindings", "args", "memberFrom", "resources"}
)


def _as_unknown(scalar: Scalar) -> Scalar:
    if not re.search(
        r"\$\{|\{\{", scalar.text.partition("/attribute.")[2] or scalar.text.partition("/subject/")[2]
    ):
        return scalar
    return UnknownValue(None, scalar.text, scalar.span, scalar.style, None, scalar.locate)


def _has_target(node: Mapping) -> bool:
    return any(
        key in node for key in ("resourceRef", "serviceAccountId", "secretId", "bucket", "role", "metadata")
    )


def _target_of(around: Mapping | None, name: str) -> tuple[str, str]:
    if around is None:
        return "resource", name
    reference = around.get("spec", "resourceRef") or around.get("resourceRef")
    if isinstance(reference, Mapping):
        text = text_or_source(reference.get("name") or reference.get("external"))
        return _kind_and_name(text_or_source(reference.get("kind")), text, name)
    for key in ("serviceAccountId", "secretId", "bucket"):
        if key in around:
            return _kind_and_name(key, text_or_source(around.get(key)), name)
    return "resource", text_or_source(around.get("metadata", "name")) or name


# Scripts ------------------------------------------------------------------------------------------------------


def providers_of_call(call: CloudCall) -> Iterator[PoolProvider]:
    """Yield the provider that `gcloud iam workload-identity-pools providers create-oidc` creates."""
    words = [word.text for word in call.words]
    verb = next((word for word in ("create-oidc", "update-oidc") if word in words), "")
    if not verb or "workload-identity-pools" not in words:
        return
    name = words.index(verb) + 1
    pool = call.option("workload-identity-pool")
    yield PoolProvider(
        name=call.words[name].text if name < len(words) and not words[name].startswith("-") else "provider",
        pool=text_or_source(pool).rpartition("/")[2],
        span=call.span,
        issuer=call.option("issuer-uri"),
        audiences=tuple(part for each in call.options("allowed-audiences") for part in _split(each, ",")),
        mapping=_mapping_of_option(call.option("attribute-mapping")),
        condition=call.option("attribute-condition"),
        is_partial=verb == "update-oidc",
    )


def bindings_of_call(call: CloudCall) -> Iterator[Binding]:
    """Yield the binding that `gcloud ... add-iam-policy-binding` adds."""
    words = [word.text for word in call.words]
    if "add-iam-policy-binding" not in words:
        return
    at = words.index("add-iam-policy-binding")
    target = words[at + 1] if at + 1 < len(words) and not words[at + 1].startswith("-") else ""
    kind, name = _kind_and_name(
        "_".join(words[:at]).replace("service-accounts", "service_account"), target, "binding"
    )
    for scalar in call.options("member"):
        member = member_of(scalar)
        if member is not None:
            yield Binding(name, kind, call.span, member)


def _mapping_of_option(option: Scalar | None) -> dict[str, Scalar]:
    """Return `--attribute-mapping=name=expression,...`; another separator is written as `^;^` in front."""
    if option is None:
        return {}
    separator = re.match(r"\^([^^]+)\^", option.text)
    start = separator.end() if separator else 0
    found: dict[str, Scalar] = {}
    for part in _split(part_of(option, start) if start else option, separator[1] if separator else ","):
        name, equals, _ = part.text.partition("=")
        if equals:
            found[name.strip()] = part_of(part, len(name) + 1)
    return found


def _split(scalar: Scalar, separator: str) -> Iterator[Scalar]:
    start = 0
    for text in scalar.text.split(separator):
        yield part_of(scalar, start, start + len(text))
        start += len(text) + len(separator)


def _mapping(node: Node | None) -> dict[str, Scalar]:
    if not isinstance(node, Mapping):
        return {}
    return {entry.key.text: entry.value for entry in node if isinstance(entry.value, Scalar)}


def _scalar(node: Node | None) -> Scalar | None:
    return (
        node
        if isinstance(node, Scalar) and (node.value is not None or isinstance(node, UnknownValue))
        else None
    )
