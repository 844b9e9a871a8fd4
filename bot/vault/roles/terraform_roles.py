"""Roles and mounts in Terraform, HCL and JSON alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.kinds import FileKind
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Scalar, Sequence, text_of
from bot.facts.vault_fields import MOUNT_FIELDS
from bot.vault.reading import Unresolved
from bot.vault.roles.amend import Amender
from bot.vault.roles.fields import fields_of, split_claims
from bot.vault.roles.jwt_role import Amends, JwtMount, JwtRole, RoleForm, cannot_be_amended
from bot.vault.roles.payloads import API_PATH, KNOWN_ROLE_FIELDS, FoundPayloads, add_cel_role
from bot.vault.terraform.modules import Terraform
from bot.vault.values import JsonText, UnknownValue

if TYPE_CHECKING:
    from bot.documents.documents import Documents
    from bot.vault.terraform.modules import TerraformResource


def read_terraform(documents: Documents, found: FoundPayloads) -> None:
    """Collects every role and mount of every module of the tree."""
    terraform = Terraform(documents)
    for resource in terraform.resources("vault_jwt_auth_backend_role"):
        found.roles.append(_role(resource, documents))
    for resource in terraform.resources("vault_jwt_auth_backend"):
        found.mounts.append(_mount(resource, documents))
    _name_modules_from_elsewhere(terraform, found)
    for resource in terraform.resources("vault_generic_endpoint"):
        _endpoint(resource, found)


def _name_modules_from_elsewhere(terraform: Terraform, found: FoundPayloads) -> None:
    """Name the calls that give a module from elsewhere what a role binds: its text is not in the repository."""
    for module in terraform.modules.values():
        for call in module.calls:
            source = call.body.get("source")
            is_here = not isinstance(source, Scalar) or source.text.startswith((".", "/"))
            if not is_here and _BINDINGS & call.body.attributes.keys() and isinstance(source, Scalar):
                reason = (
                    f"the role that the module {call.label(0)} makes is not checked: the text of {source.text} is not "
                    "in this repository"
                )
                found.unread.append(Unreadable(call.span.path, call.span.start_line, reason))


_BINDINGS = frozenset({"bound_claims", "bound_audiences", "bound_subject"})


def _role(resource: TerraformResource, documents: Documents) -> JwtRole:
    form = _form(resource)
    fields, ignored = fields_of(resource.fields, form, KNOWN_ROLE_FIELDS)
    if "bound_claims" in fields and _text(resource, "disable_bound_claims_parsing") != "true":
        fields["bound_claims"].value = split_claims(fields["bound_claims"].value)
    role = JwtRole(
        mount=_text(resource, "backend") or "jwt",
        form=form,
        span=resource.span,
        fields=fields,
        unknown_fields=ignored,
        name=_named(resource, "role_name"),
        namespace=resource.namespace,
    )
    claims = resource.get("bound_claims")
    role.lists_for_terraform = frozenset(
        ("bound_claims", entry.key.text)
        for entry in (claims if isinstance(claims, Mapping) else ())
        if isinstance(entry.value, Sequence)
    )
    role.amend = _amender(resource, documents, resource.fields)
    return role


def _mount(resource: TerraformResource, documents: Documents) -> JwtMount:
    form = _form(resource)
    fields, ignored = fields_of(resource.fields, form, MOUNT_FIELDS)
    known = {"path", "type", "tune", "local", "disable_remount", "id", "accessor"}
    ignored = tuple(field for field in ignored if field.name not in known)
    mount = JwtMount(_text(resource, "path") or "jwt", form, resource.span, fields, unknown_fields=ignored)
    mount.amend = _amender(resource, documents, resource.fields)
    mount.namespace = resource.namespace
    return mount


def _endpoint(resource: TerraformResource, found: FoundPayloads) -> None:
    """`vault_generic_endpoint`: JSON text, so the types are kept."""
    api = API_PATH.search(resource.text("path") or "")
    node = resource.get("data_json")
    body = node.decoded if isinstance(node, JsonText) else None
    if api is None or not isinstance(body, Mapping):
        return
    if add_cel_role(api, body, resource.span, found):
        return
    form = RoleForm.HEREDOC
    if api["kind"] == "role":
        fields, ignored = fields_of(body, form, KNOWN_ROLE_FIELDS)
        found.roles.append(
            JwtRole(api["mount"], form, resource.span, fields, unknown_fields=ignored, name=api["name"])
        )
    elif api["mount"]:
        fields, ignored = fields_of(body, form, MOUNT_FIELDS)
        if fields:
            found.mounts.append(JwtMount(api["mount"], form, resource.span, fields, unknown_fields=ignored))


def _amender(resource: TerraformResource, documents: Documents, body: Mapping) -> Amends:
    """One instance of a `for_each`, a `count` or a module's call cannot be edited alone."""
    text = documents.text(resource.span.path)
    if text is None or resource.key is not None or resource.module.is_one_of_many:
        return cannot_be_amended
    return Amender(resource.span.path, text, body, _form(resource), resource.span)


def _form(resource: TerraformResource) -> RoleForm:
    return RoleForm.TERRAFORM_JSON if resource.form is FileKind.TERRAFORM_JSON else RoleForm.TERRAFORM


def _text(resource: TerraformResource, name: str) -> str:
    node = resource.get(name)
    text = text_of(node) if not isinstance(node, UnknownValue) else Unresolved(node.text)
    return Unresolved(text) if isinstance(text, Unresolved) else (text or "").strip("/")


def _named(resource: TerraformResource, name: str) -> str:
    """The role's name; the resource's address where it is not known."""
    found = _text(resource, name)
    return found if isinstance(found, Unresolved) or found else Unresolved(resource.address)
