"""Trust policies in JSON and YAML: files of their own, CloudFormation, SAM, CDK's output, Pulumi, Kubernetes.

A policy is found by what it says, wherever it is: a mapping with statements about `sts:AssumeRoleWithWebIdentity`.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import field
from typing import TYPE_CHECKING

from bot.clouds.aws.policy import Statement, statements_of
from bot.clouds.aws.roles import Role
from bot.clouds.aws.terraform import decoded_policy, document_statement, merge
from bot.clouds.intrinsics import CloudFormationTemplate
from bot.clouds.values import UnknownValue, lowered, scalars, text_or_source
from bot.documents.nodes import Entry, Mapping, Scalar, Sequence, walk
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.clouds.shell import CloudCall
    from bot.documents.nodes import Node

HINT = regex(r"AssumeRoleWithWebIdentity|oidc-provider/", re.IGNORECASE)
_NAMES = ("rolename", "name", "metadata")
_PULUMI_REFERENCE = regex(r"\$\{(?P<name>[\w-]+)(?:\.(?P<rest>[\w.-]+))?\}")


@dataclass(slots=True)
class _Scope:
    """What surrounds a policy: the names on the way, and the mapping that contains the role's properties."""

    names: tuple[str, ...] = ()
    holder: Mapping | None = None
    audiences: dict[str, tuple[str, ...]] = field(default_factory=dict)


def roles_in(path: str, root: Node) -> Iterator[Role]:
    """Yield the roles of one document."""
    resolve: Callable[[Node], Node] = lambda node: node  # noqa: E731 - replaced below
    pulumi: Mapping | None = None
    if isinstance(root, Mapping):
        template = _template_of(root)
        resolve = CloudFormationTemplate(template).resolved if template is not None else resolve
        pulumi = root
    scope = _Scope(audiences=dict(_providers(root)))
    for policy, inside in _policies(root, scope):
        name = _name(path, inside)
        find = _finder(pulumi)
        statements = statements_of(_marked(resolve(policy)), find)
        if any(each.for_web_identity for each in statements):
            yield Role(name, policy.span, statements, references=(name,), audiences=scope.audiences)
    if isinstance(root, Mapping):
        yield from _pulumi_documents(root, scope)


def roles_of_call(call: CloudCall) -> Iterator[Role]:
    """Yield the roles that a command writes: `aws iam create-role`, or a policy in a here-document."""
    named = call.option("role-name")
    texts = (call.option("assume-role-policy-document"), call.option("policy-document"), call.stdin)
    for text in texts:
        policy = decoded_policy(text)
        if policy is None or not _is_policy(policy):
            continue
        statements = statements_of(_marked(policy), lambda _: None)
        if any(each.for_web_identity for each in statements):
            name = text_or_source(named) or "role"
            yield Role(name, call.span, statements, references=(name,))


def _template_of(root: Mapping) -> Mapping | None:
    """Return the mapping that contains `Resources`: the file, or a part of it as in the Serverless Framework."""
    if isinstance(root.get("Resources"), Mapping):
        return root
    inner = root.get("resources")
    return inner if isinstance(inner, Mapping) and isinstance(inner.get("Resources"), Mapping) else None


def _policies(node: Node, scope: _Scope) -> Iterator[tuple[Mapping, _Scope]]:
    if isinstance(node, Mapping):
        if _is_policy(node):
            yield node, scope
            return
        for entry in node:
            inside = _Scope((*scope.names, entry.key.text), node, scope.audiences)
            yield from _policies(entry.value, inside)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _policies(item, scope)
    elif isinstance(node.value, str) and HINT.search(node.text):
        policy = decoded_policy(node)
        if policy is not None and _is_policy(policy):
            yield policy, scope


def _is_policy(node: Mapping) -> bool:
    statement = lowered(node).get("statement")
    items = statement.items if isinstance(statement, Sequence) else (statement,)
    return any(isinstance(item, Mapping) and _acts(item) for item in items)


def _acts(statement: Mapping) -> bool:
    parts = lowered(statement)
    if "principal" not in parts:
        return False
    return any(
        word in each.text.lower()
        for each in scalars(parts.get("action"))
        for word in ("assumerolewithwebidentity", "sts:*", "*")
    ) or any(
        "oidc-provider/" in each.text
        for each in scalars(lowered_or_empty(parts["principal"]).get("federated"))
    )


def lowered_or_empty(node: Node) -> dict[str, Node]:
    """Return a mapping's values by lower-case key; nothing for anything else."""
    return lowered(node) if isinstance(node, Mapping) else {}


def _name(path: str, scope: _Scope) -> str:
    """Return the role's name: as written, else the resource's, else the file's."""
    holder = lowered(scope.holder) if scope.holder is not None else {}
    for key in _NAMES:
        node = holder.get(key)
        if isinstance(node, Scalar) and node.value is not None and "$" not in node.text and node.tag is None:
            return node.text
    skipped = {
        "properties",
        "resources",
        "assumerolepolicydocument",
        "assumerolepolicy",
        "forprovider",
        "spec",
        "fn::tojson",
    }
    named = [name for name in scope.names if name.lower() not in skipped and not name.startswith("Fn::")]
    return named[-1] if named else posixpath.basename(path).partition(".")[0]


def _finder(root: Mapping | None) -> Callable[[str], str | None]:
    """Return how to find the issuer of a provider that the same Pulumi file creates."""

    def find(text: str) -> str | None:
        found = _PULUMI_REFERENCE.search(text)
        if root is None or found is None:
            return None
        for name in ("resources", "variables"):
            entry = root.get(name, found["name"])
            url = entry.get("properties", "url") if isinstance(entry, Mapping) else None
            if isinstance(url, Scalar) and "${" not in url.text:
                return re.sub(r"^https?://", "", url.text).rstrip("/")
        return None

    return find


def _marked(node: Node) -> Node:
    """Return the value with texts unknown that contain an expression, other than AWS's pseudo parameters."""
    if isinstance(node, Mapping):
        return Mapping(
            {name: Entry(entry.key, _marked(entry.value), entry.via) for name, entry in node.entries.items()},
            node.span,
            node.tag,
        )
    if isinstance(node, Sequence):
        return Sequence(tuple(_marked(item) for item in node), node.span)
    if isinstance(node, UnknownValue) or not isinstance(node.value, str):
        return node
    if re.search(r"\$\{(?!AWS::)|\{\{|\$[A-Za-z_(]", node.text):
        return UnknownValue(None, node.text, node.span, node.style, None, node.locate)
    return node


def _providers(root: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each identity provider's issuer with its client ids."""
    for node in walk(root):
        if not isinstance(node, Mapping):
            continue
        kind = text_or_source(node.get("Type") or node.get("type"))
        if kind not in {"AWS::IAM::OIDCProvider", "aws:iam:OpenIdConnectProvider"}:
            continue
        properties = lowered_or_empty(node.get("Properties") or node.get("properties") or node)
        url = properties.get("url")
        ids = scalars(properties.get("clientidlist") or properties.get("clientidlists"))
        if isinstance(url, Scalar) and url.tag is None and ids:
            yield re.sub(r"^https?://", "", url.text).rstrip("/").lower(), tuple(each.text for each in ids)


def _pulumi_documents(root: Mapping, scope: _Scope) -> Iterator[Role]:
    """Yield what `fn::invoke: aws:iam:getPolicyDocument` makes: the Terraform data source in Pulumi's spelling."""
    variables = root.get("variables")
    for entry in variables if isinstance(variables, Mapping) else ():
        call = entry.value.get("fn::invoke") if isinstance(entry.value, Mapping) else None
        if not isinstance(call, Mapping) or "getPolicyDocument" not in text_or_source(call.get("function")):
            continue
        arguments = call.get("arguments")
        written = arguments.get("statements") if isinstance(arguments, Mapping) else None
        find = _finder(root)
        own = [
            document_statement(_as_terraform(item), find)
            for item in (written if isinstance(written, Sequence) else ())
            if isinstance(item, Mapping)
        ]
        merged: list[Statement] = []
        merge(merged, own)
        if any(each.for_web_identity for each in merged):
            name = _user_of(root, entry.key.text) or entry.key.text
            yield Role(name, entry.span, merged, references=(name,), audiences=scope.audiences)


def _as_terraform(node: Mapping) -> Mapping:
    """Return a statement with the names that Terraform gives its parts."""
    names = {"conditions": "condition", "notActions": "not_actions", "notPrincipals": "not_principals"}
    entries = {
        names.get(name, name): Entry(entry.key, _marked(entry.value), entry.via)
        for name, entry in node.entries.items()
    }
    return Mapping(entries, node.span)


def _user_of(root: Mapping, document: str) -> str:
    """Return the role that uses the document `${NAME.json}`, "" where none does."""
    resources = root.get("resources")
    for entry in resources if isinstance(resources, Mapping) else ():
        policy = (
            entry.value.get("properties", "assumeRolePolicy") if isinstance(entry.value, Mapping) else None
        )
        if text_or_source(policy).startswith("${" + document + "."):
            return entry.key.text
    return ""
