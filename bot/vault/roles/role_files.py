"""Roles and mounts of a JWT auth method, in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.kinds import FileKind
from bot.documents.location import Unreadable
from bot.lazy import dataclass
from bot.vault.hcl_literals import terragrunt_inputs
from bot.vault.programs import CallKind, programs_of
from bot.vault.roles.command_roles import read_commands
from bot.vault.roles.issuers import issuer_of
from bot.vault.roles.jwt_role import Field, RoleForm, cannot_be_amended
from bot.vault.roles.payloads import API_PATH, FoundPayloads, PayloadReader, add_cel_role
from bot.vault.roles.terraform_roles import read_terraform
from bot.vault.self_init import self_requests

if TYPE_CHECKING:
    from bot.documents.documents import Documents
    from bot.snapshot import Tree
    from bot.vault.cel_roles import CelRole
    from bot.vault.roles.jwt_role import JwtMount, JwtRole


@dataclass(frozen=True, slots=True)
class Written:
    """What was found, in the order of the files."""

    roles: tuple[JwtRole, ...] = ()
    mounts: tuple[JwtMount, ...] = ()
    unread: tuple[Unreadable, ...] = ()
    cel_roles: tuple[CelRole, ...] = ()


def read_roles(tree: Tree, documents: Documents) -> Written:
    """Every role and mount of the tree, and what looked like one and could not be read."""
    found = FoundPayloads()
    read_commands(documents, found)
    _read_self_init(documents, found)
    _read_payloads(documents, found)
    _read_programs(documents, found)
    _read_inputs(documents, found)
    if documents.paths(FileKind.TERRAFORM, FileKind.TERRAFORM_JSON):
        read_terraform(documents, found)
    by_path = {mount.mount: mount for mount in found.mounts}
    for role in found.roles:
        role.issuer = issuer_of(role, by_path.get(role.mount), tree.project.host)
    return Written(
        tuple(sorted(found.roles, key=lambda role: role.span)),
        tuple(sorted(found.mounts, key=lambda mount: mount.span)),
        tuple(found.unread),
        tuple(sorted(found.cel_roles, key=lambda role: role.span)),
    )


def _read_self_init(documents: Documents, found: FoundPayloads) -> None:
    """Roles and mounts that OpenBao's server writes to itself; HCL has no suggestion."""
    for request in self_requests(documents):
        path = request.span.path
        if request.is_json:
            found.files.add(path)
        api = API_PATH.search("/" + request.path)
        if api is None or add_cel_role(api, request.data, request.span, found):
            continue
        form = RoleForm.JSON if request.is_json else RoleForm.HEREDOC
        reader = PayloadReader(path, (documents.text(path) or "") if request.is_json else "", form, found)
        read: JwtRole | JwtMount
        if api["kind"] == "role":
            read = reader.role(request.data, api["mount"], api["name"], span=request.span)
            found.roles.append(read)
        else:
            read = reader.mount(request.data, api["mount"], span=request.span)
            found.mounts.append(read)
        read.complete = True
        if not request.is_json:
            read.amend = cannot_be_amended


def _read_payloads(documents: Documents, found: FoundPayloads) -> None:
    for path in documents.paths(FileKind.VAULT_JSON):
        node = documents.json(path)
        if not isinstance(node, Unreadable) and path not in found.files:
            PayloadReader(path, documents.text(path) or "", RoleForm.JSON, found).read(node, *_named_by(path))
    for path in documents.paths(FileKind.VAULT_YAML):
        nodes = documents.yaml(path)
        if not isinstance(nodes, Unreadable):
            for node in nodes:
                PayloadReader(path, documents.text(path) or "", RoleForm.YAML, found).read(
                    node, *_named_by(path)
                )


def _read_programs(documents: Documents, found: FoundPayloads) -> None:
    """Roles and mounts that programs make; there is no suggestion in their languages."""
    programs = programs_of(documents)
    found.unread += programs.unread
    for call in programs.calls:
        known = len(found.roles), len(found.mounts)
        is_resource = call.kind is CallKind.RESOURCE
        reader = PayloadReader(call.span.path, "", RoleForm.YAML if is_resource else RoleForm.HEREDOC, found)
        reader.read(call.fields, strings=is_resource)
        for role in found.roles[known[0] :]:
            if call.is_jwt_client:
                role.fields.setdefault("role_type", Field("role_type", "role_type", "jwt", role.head))
        _cannot_amend(found, known)


def _read_inputs(documents: Documents, found: FoundPayloads) -> None:
    """Roles and mounts among the inputs that Terragrunt gives a module; its provider is Terraform's."""
    for inputs in terragrunt_inputs(documents):
        known = len(found.roles), len(found.mounts)
        PayloadReader(inputs.span.path, "", RoleForm.YAML, found).read(inputs, strings=True)
        _cannot_amend(found, known)


def _cannot_amend(found: FoundPayloads, known: tuple[int, int]) -> None:
    """What was found behind the first `known` roles and mounts gets no suggestion."""
    for read in (*found.roles[known[0] :], *found.mounts[known[1] :]):
        read.amend = cannot_be_amended


def _named_by(path: str) -> tuple[str, ...]:
    """The mount and the name, where the file lies in folders like the path that it is written to."""
    api = API_PATH.search(path.rpartition(".")[0])
    return (api["mount"], api["name"] or "") if api else ()
