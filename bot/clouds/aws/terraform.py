"""IAM roles, identity providers and policy documents in Terraform.

Resources: registry documentation of hashicorp/aws, 2026-11. How documents merge:
internal/service/iam/policy_model.go and policy_document_data_source.go, 2026-11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.aws.policy import WEB_IDENTITY, Statement, condition, issuer_of, statements_of
from bot.clouds.aws.roles import Role
from bot.clouds.values import JsonText, UnknownValue, scalars, text_or_source
from bot.clouds.wildcards import wildcard_match
from bot.documents.json import parse_json
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Scalar, Sequence
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.clouds.aws.policy import Condition
    from bot.documents.nodes import Node
    from bot.vault.terraform.modules import Module, Terraform, TerraformResource

_ADDRESS = regex(r"(?P<data>data\.)?(?P<type>aws_\w+)\.(?P<name>[\w-]+)(?:\[[^\]]*\])?\.(?P<attribute>\w+)")
_DOCUMENT = "aws_iam_policy_document"
_PROVIDER = "aws_iam_openid_connect_provider"
_MAX_DEPTH = 8


class TerraformRoles:
    """The roles of every module, and the documents that no role of the repository uses."""

    def __init__(self, terraform: Terraform) -> None:
        self._terraform = terraform
        self._used: set[tuple[str, str]] = set()
        self.unread: list[Unreadable] = []
        self.files: set[str] = set()
        """the files that a role takes its policy from, by `file` or `templatefile`"""

    def roles(self) -> Iterator[Role]:
        """Yield the roles in the order of the files."""
        for resource in self._terraform.resources("aws_iam_role"):
            policy = resource.get("assume_role_policy")
            if policy is None:
                continue
            statements = self._statements(policy, resource.module)
            if statements is None:
                self._not_known(resource, policy)
                continue
            yield self._role(resource, statements, resource.text("name") or resource.name)
        for resource in self._terraform.data(_DOCUMENT):
            if (resource.module.folder, resource.name) not in self._used:
                yield self._role(resource, self._of_document(resource), resource.name)

    def _role(self, resource: TerraformResource, statements: list[Statement], name: str) -> Role:
        name = resource.name if "${" in name else name
        audiences = {}
        for module in self._terraform.modules.values():
            for block in module.all_of(_PROVIDER):
                url = _issuer(block)
                ids = scalars(block.get("client_id_list"))
                if url and ids and not any(isinstance(each, UnknownValue) for each in ids):
                    audiences[url.lower()] = tuple(each.text for each in ids)
        return Role(name, resource.span, statements, references=(name,), audiences=audiences)

    def _not_known(self, resource: TerraformResource, policy: Node) -> None:
        if "gitlab" in f"{resource.name} {resource.text('name')} {text_or_source(policy)}".lower():
            self.unread.append(
                Unreadable(
                    resource.span.path,
                    resource.span.start_line,
                    f"the trust policy of the role {resource.name} was not checked: its text is not in this"
                    " repository; write it here, or give its variable a default",
                )
            )

    def _statements(self, policy: Node, module: Module, depth: int = 0) -> list[Statement] | None:
        """Return the statements of a policy's text; None where the text is not known."""
        if depth > _MAX_DEPTH:
            return None
        decoded = decoded_policy(policy)
        if decoded is not None:
            self.files.add(decoded.span.path)
            return statements_of(decoded, self._finder(module))
        found = _ADDRESS.search(text_or_source(policy)) if isinstance(policy, UnknownValue) else None
        if found is None or found["type"] != _DOCUMENT:
            return None
        document = next((each for each in module.data_of(_DOCUMENT) if each.name == found["name"]), None)
        return None if document is None else self._of_document(document, depth)

    def _of_document(self, document: TerraformResource, depth: int = 0) -> list[Statement]:
        self._used.add((document.module.folder, document.name))
        find = self._finder(document.module)
        own = [document_statement(each, find) for each in document.blocks("statement")]
        merged: list[Statement] = []
        for name in ("source_policy_documents", "source_json"):
            self._merge_all(merged, document, name, depth)
        merge(merged, own)
        for name in ("override_policy_documents", "override_json"):
            self._merge_all(merged, document, name, depth)
        return merged

    def _merge_all(self, merged: list[Statement], document: TerraformResource, name: str, depth: int) -> None:
        for source in scalars(document.get(name)):
            statements = self._statements(source, document.module, depth + 1)
            if statements is not None:
                merge(merged, statements)
            elif any(_mentions_gitlab(each) for each in merged) or "gitlab" in document.name.lower():
                self.unread.append(
                    Unreadable(
                        source.span.path,
                        source.span.start_line,
                        f"the policy document {document.name} was not checked in full: one that it merges is not"
                        " known here",
                    )
                )

    def _finder(self, module: Module) -> Callable[[str], str | None]:
        def find(text: str) -> str | None:
            found = _ADDRESS.search(text)
            if found is None or found["type"] != _PROVIDER:
                return None
            blocks = module.data_of(_PROVIDER) if found["data"] else module.all_of(_PROVIDER)
            provider = next((each for each in blocks if each.name == found["name"]), None)
            return None if provider is None else _issuer(provider)

        return find


def _issuer(provider: TerraformResource) -> str | None:
    """Return the issuer of an identity provider, without scheme."""
    url = provider.get("url")
    if url is None:
        arn = provider.get("arn")
        return issuer_of(arn, lambda _: None) or None if isinstance(arn, Scalar) else None
    if not isinstance(url, Scalar) or isinstance(url, UnknownValue):
        return None
    return re.sub(r"^https?://", "", url.text).rstrip("/")


def decoded_policy(node: Node | None) -> Mapping | None:
    """Return a policy that is written as a text of JSON, an encoded value or a value; None for anything else."""
    if isinstance(node, JsonText):
        return node.decoded if isinstance(node.decoded, Mapping) else None
    if isinstance(node, Mapping):
        return node
    if isinstance(node, Scalar) and node.text.lstrip().startswith("{"):
        read = parse_json(node.span.path, node.text, node.place)
        marked = None if isinstance(read, Unreadable) else _marked(read)
        return marked if isinstance(marked, Mapping) else None
    return None


def _marked(node: Node) -> Node:
    """Return the value with texts unknown that contain an expression: JSON in a template keeps its `${...}`."""
    if isinstance(node, Mapping):
        for entry in node:
            entry.value = _marked(entry.value)
        return node
    if isinstance(node, Sequence):
        return Sequence(tuple(_marked(item) for item in node), node.span)
    if isinstance(node.value, str) and "${" in node.text:
        return UnknownValue(None, node.text, node.span, node.style, None, node.locate)
    return node


def document_statement(node: Mapping, find: Callable[[str], str | None]) -> Statement:
    """Return a `statement` of a policy document; `find` returns the issuer that an address stands for."""
    issuers: list[str | None] = []
    anyone = False
    place = None
    for principal in _blocks(node, "principals"):
        kind = text_or_source(principal.get("type")).lower()
        names = scalars(principal.get("identifiers"))
        if kind == "federated":
            place = place or principal.span
            issuers += [issuer_of(each, find) for each in names]
        elif kind in {"aws", "*"}:
            anyone = anyone or any(each.text == "*" for each in names)
    actions = scalars(node.get("actions"))
    effect = node.get("effect")
    statement = Statement(
        allows=text_or_source(effect).lower() != "deny",
        sid=text_or_source(node.get("sid")),
        span=node.span,
        issuers=tuple(issuers),
        anyone=anyone,
        for_web_identity=any(wildcard_match(each.text.lower(), WEB_IDENTITY.lower()) for each in actions)
        or (node.get("not_actions") is not None and not actions),
        principal_span=place,
        complete=not isinstance(effect, UnknownValue) and node.get("not_principals") is None,
    )
    for each in _blocks(node, "condition"):
        test, key = each.get("test"), each.get("variable")
        if isinstance(test, Scalar) and isinstance(key, Scalar):
            values = scalars(each.get("values"))
            _add_condition(statement.conditions, condition(test.text, key, values, each.span, test.span))
        else:
            statement.complete = False
    return statement


def _add_condition(conditions: list[Condition], new: Condition) -> None:
    """Add a condition; values of the same test and key become one list, which is an OR."""
    same = next((c for c in conditions if c.written == new.written and c.key == new.key), None)
    if same is None:
        conditions.append(new)
    else:
        same.values += new.values


def _blocks(node: Mapping, name: str) -> list[Mapping]:
    found = node.get(name)
    items = found.items if isinstance(found, Sequence) else (found,)
    return [item for item in items if isinstance(item, Mapping)]


def merge(merged: list[Statement], new: list[Statement]) -> None:
    """Add statements; one with the `sid` of an earlier one replaces it."""
    for statement in new:
        index = next((i for i, each in enumerate(merged) if each.sid and each.sid == statement.sid), None)
        if index is None:
            merged.append(statement)
        else:
            merged[index] = statement


def _mentions_gitlab(statement: Statement) -> bool:
    return any(issuer is not None and "gitlab" in issuer for issuer in statement.issuers)
