"""Federated credentials in Terraform, Bicep, ARM templates, YAML and scripts.

Resources: registry documentation of hashicorp/azuread and azurerm, Azure/azapi; learn.microsoft.com/azure/templates
(Microsoft.ManagedIdentity, Microsoft.Graph), `az ad app federated-credential` and `az identity federated-credential`,
all 2026-11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.azure.bicep import BicepFile
from bot.clouds.azure.credentials import Credential
from bot.clouds.values import JsonText, UnknownValue, lowered, scalars, text_or_source
from bot.documents.json import parse_json
from bot.documents.nodes import Entry, Mapping, Scalar, Sequence
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.shell import CloudCall
    from bot.documents.location import Span
    from bot.documents.nodes import Node
    from bot.vault.terraform.modules import Terraform, TerraformResource

_TERRAFORM = {
    "azuread_application_federated_identity_credential": "application",
    "azuread_application_flexible_federated_identity_credential": "application",
    "azurerm_federated_identity_credential": "identity",
}
_AZAPI = ("azapi_resource", "azapi_update_resource", "azapi_resource_action")
_ARM_CALL = regex(r"\[\s*(?P<function>parameters|variables)\('(?P<name>[^']+)'\)\s*\]")


def of_terraform(terraform: Terraform) -> Iterator[Credential]:
    """Yield the credentials of every module."""
    for resource in terraform.resources(*_TERRAFORM):
        name = resource.text("display_name") or resource.text("name") or resource.name
        names = (
            resource.text("application_id"),
            resource.text("parent_id"),
            resource.text("application_object_id"),
        )
        yield Credential(
            name=resource.name if "${" in name else name,
            kind=_TERRAFORM[resource.type],
            span=resource.span,
            issuer=_scalar(resource.get("issuer")),
            subject=_scalar(resource.get("subject")),
            expression=_scalar(resource.get("claims_matching_expression")),
            audiences=scalars(resource.get("audiences")) or scalars(resource.get("audience")),
            references=tuple(each for each in names if each),
        )
    for resource in terraform.resources(*_AZAPI):
        if "federatedidentitycredentials" in (resource.text("type") or "").lower():
            yield from _of_azapi(resource)


def _of_azapi(resource: TerraformResource) -> Iterator[Credential]:
    body = resource.get("body")
    if isinstance(body, JsonText):
        body = body.decoded
    if isinstance(body, Mapping):
        for credential in of_node(body, resource.text("name") or resource.name):
            credential.span = resource.span
            yield credential


def of_node(root: Node, name: str = "") -> Iterator[Credential]:
    """Yield the credentials in a value: of an ARM template, a Kubernetes object, a request's body."""
    arm = _Arm(root)
    yield from _of_node(root, name, arm)


def _of_node(node: Node, name: str, arm: _Arm) -> Iterator[Credential]:
    if isinstance(node, Sequence):
        for item in node:
            yield from _of_node(item, name, arm)
    if not isinstance(node, Mapping):
        return
    parts = lowered(node)
    own = parts.get("name")
    if isinstance(own, Scalar) and own.value is not None and not own.text.startswith("["):
        name = own.text
    metadata = parts.get("metadata")
    if isinstance(metadata, Mapping) and isinstance(metadata.get("name"), Scalar):
        name = text_or_source(metadata.get("name"))
    if "issuer" in parts and ("subject" in parts or "claimsmatchingexpression" in parts):
        yield _credential(parts, name or "credential", node.span, arm)
        return
    for entry in node:
        inner = name if entry.key.text.lower() in _STRUCTURE else entry.key.text
        yield from _of_node(entry.value, inner, arm)


_STRUCTURE = frozenset({"properties", "resources", "spec", "forprovider", "body", "args"})


def _credential(parts: dict[str, Node], name: str, span: Span, arm: _Arm) -> Credential:
    expression = parts.get("claimsmatchingexpression")
    if isinstance(expression, Mapping):
        expression = expression.get("value")
    return Credential(
        name=name.rpartition("/")[2] or name,
        kind="identity",
        span=span,
        issuer=arm.scalar(parts.get("issuer")),
        subject=arm.scalar(parts.get("subject")),
        expression=arm.scalar(expression),
        audiences=scalars(parts.get("audiences")) or scalars(parts.get("audience")),
    )


class _Arm:
    """Parameters and variables of an ARM template."""

    def __init__(self, root: Node) -> None:
        self._parameters = root.get("parameters") if isinstance(root, Mapping) else None
        self._variables = root.get("variables") if isinstance(root, Mapping) else None

    def scalar(self, node: Node | None) -> Scalar | None:
        """Return a text with its expression resolved; unknown where the template does not decide it."""
        found = _scalar(node)
        if found is None or isinstance(found, UnknownValue):
            return found
        if not found.text.startswith("[") or found.text.startswith("[["):
            return _unknown(found) if re.search(r"\$\{|\{\{", found.text) else found
        call = _ARM_CALL.fullmatch(found.text.strip())
        value = self._named(call["function"], call["name"]) if call else None
        if value is None or value.text.startswith("["):
            return _unknown(found)
        return Scalar(value.value, value.text, found.span, found.style, None, None)

    def _named(self, function: str, name: str) -> Scalar | None:
        if function == "parameters" and isinstance(self._parameters, Mapping):
            return _scalar(self._parameters.get(name, "defaultValue"))
        return _scalar(self._variables.get(name)) if isinstance(self._variables, Mapping) else None


def _unknown(scalar: Scalar) -> UnknownValue:
    return UnknownValue(None, scalar.text, scalar.span, scalar.style, None, scalar.locate)


def _scalar(node: Node | None) -> Scalar | None:
    return (
        node
        if isinstance(node, Scalar) and (node.value is not None or isinstance(node, UnknownValue))
        else None
    )


def of_bicep(path: str, text: str) -> Iterator[Credential]:
    """Yield the credentials of a Bicep file."""
    for resource in BicepFile(path, text).resources():
        if "federatedidentitycredentials" not in resource.type.lower():
            continue
        for credential in of_node(resource.body, resource.symbol):
            credential.kind = "application" if "graph" in resource.type.lower() else "identity"
            credential.span = resource.body.span
            yield credential


def of_call(call: CloudCall) -> Iterator[Credential]:
    """Yield the credentials that a command creates: `az ... federated-credential`, `az rest`."""
    words = [word.text for word in call.words]
    if words[:1] != ["az"]:
        return
    if "federated-credential" in words and call.option("issuer") is not None:
        subject = call.option("subject")
        expression = call.option("claims-matching-expression-value") or call.option("cme-value")
        name = call.option("name") or call.option("n")
        yield Credential(
            name=text_or_source(name) or "credential",
            kind="identity",
            span=call.span,
            issuer=call.option("issuer"),
            subject=subject,
            expression=expression,
            audiences=call.options("audiences"),
        )
    elif "federated-credential" in words or "rest" in words:
        for option in ("parameters", "body", "b"):
            written = call.option(option)
            if written is not None:
                yield from of_text(written, call.span)


def of_text(scalar: Scalar, span: Span) -> Iterator[Credential]:
    """Yield the credentials in a text of JSON, e.g. a here-document."""
    if not scalar.text.lstrip().startswith(("{", "[")):
        return
    read = parse_json(scalar.span.path, scalar.text, scalar.place)
    if isinstance(read, Mapping | Sequence):
        for credential in of_node(_marked(read)):
            credential.kind = "application"
            credential.span = span
            yield credential


def _marked(node: Node) -> Node:
    """Return the value with texts unknown in which a variable of the shell is left."""
    if isinstance(node, Mapping):
        marked = {name: Entry(entry.key, _marked(entry.value)) for name, entry in node.entries.items()}
        return Mapping(marked, node.span)
    if isinstance(node, Sequence):
        return Sequence(tuple(map(_marked, node.items)), node.span)
    return _unknown(node) if isinstance(node.value, str) and re.search(r"\$[{(A-Za-z_]", node.text) else node
