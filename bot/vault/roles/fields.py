"""From the nodes of a document to the fields of a role, by the typing rules of its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.facts.vault_fields import WRAPPER_KEYS
from bot.lazy import regex
from bot.vault.reading import Unresolved
from bot.vault.roles.jwt_role import Field, RoleForm
from bot.vault.values import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.documents.location import Route, Span

# What a shell, envsubst, Jinja, Helm, ERB, Terraform templates and people leave to be filled in later.
_PLACEHOLDER = regex(
    r"\$\{|\$\(|\$[A-Za-z_]|\{\{|<%|%\{|\[\[ |`|^<[^<>]*>$|^__\w+__$|^@@?\w+@@?$|\b(?:CHANGE|REPLACE)_?ME\b"
)
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """`boundClaims` and `bound-claims` as Vault writes them: `bound_claims`; `tokenTTL` is `token_ttl`."""
    words = _CAMEL.sub("_", name).lower().replace("-", "_")
    return words.replace("_ur_is", "_uris").replace("_ui_rs", "_uris").replace("_cid_rs", "_cidrs")


def fields_of(
    body: Mapping, form: RoleForm, known: Collection[str], rename: Callable[[str], str] = str
) -> tuple[dict[str, Field], tuple[Field, ...]]:
    """The fields in `body` that Vault knows, and those that it ignores.

    `rename` gives Vault's name for a key.
    """
    fields: dict[str, Field] = {}
    ignored = []
    for key, entry in body.entries.items():
        name = rename(key)
        if (
            isinstance(entry.value, Scalar)
            and entry.value.value is None
            and not isinstance(entry.value, UnknownValue)
        ):
            continue
        field = Field(name, key, value_of(entry.value, form), entry.span, _spans(entry.value))
        if name in known:
            fields[name] = field
        elif name not in WRAPPER_KEYS:
            ignored.append(field)
    return fields, tuple(ignored)


def value_of(node: Node, form: RoleForm) -> Any:
    """The value as it reaches Vault; what the repository does not contain is `Unresolved`."""
    if isinstance(node, Mapping):
        return {
            _key(key, entry.key, form): value_of(entry.value, form) for key, entry in node.entries.items()
        }
    if isinstance(node, Sequence):
        return [value_of(item, form) for item in node.items]
    if form is RoleForm.ENTRY:
        return node.value
    if isinstance(node, UnknownValue) or _PLACEHOLDER.search(node.text):
        return Unresolved(node.text)
    if form in {RoleForm.TERRAFORM, RoleForm.TERRAFORM_JSON, RoleForm.ARGUMENTS}:
        return node.text if node.value is not None else None
    return node.value


def _key(text: str, key: Scalar, form: RoleForm) -> str:
    if form is RoleForm.ENTRY:
        return text
    return Unresolved(text) if isinstance(key, UnknownValue) or _PLACEHOLDER.search(text) else text


def split_claims(value: Any) -> Any:
    """Bound claims as Terraform's provider sends them: a text with commas is a list, its parts trimmed.

    Source: hashicorp/terraform-provider-vault resource_jwt_auth_backend_role.go, checked 2026-11.
    """
    if not isinstance(value, dict):
        return value
    return {claim: _split(bound) for claim, bound in value.items()}


def _split(bound: Any) -> Any:
    if not isinstance(bound, str) or "," not in bound:
        return bound
    if isinstance(bound, Unresolved):
        return [bound]
    return [part.strip() for part in bound.split(",")]


def _spans(node: Node, route: Route = ()) -> dict[Route, Span]:
    """The place of every part below `node`."""
    spans: dict[Route, Span] = {}
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            spans[*route, key] = entry.span
            spans.update(_spans(entry.value, (*route, key)))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            spans[*route, index] = item.span
            spans.update(_spans(item, (*route, index)))
    return spans
