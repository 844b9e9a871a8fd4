"""Roles and mounts of a JWT auth method, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.documents.kinds import Kind
from bot.documents.location import Unreadable
from bot.documents.nodes import Scalar, walk
from bot.documents.source import Source
from bot.vault.roles.issuers import issuer_of
from bot.vault.roles.jwt_role import Form
from bot.vault.roles.payloads import Found, PayloadReader
from bot.vault.roles.shell_roles import API_PATH_HINT, ShellText, fences, read_commands, unprompted
from bot.vault.roles.terraform_roles import read_terraform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.documents import Documents
    from bot.documents.location import Place
    from bot.documents.nodes import Node
    from bot.snapshot import Tree
    from bot.vault.roles.jwt_role import JwtMount, JwtRole


@dataclass(frozen=True, slots=True)
class Written:
    """What was found, in the order of the files."""

    roles: tuple[JwtRole, ...] = ()
    mounts: tuple[JwtMount, ...] = ()
    unread: tuple[Unreadable, ...] = ()


def read_roles(tree: Tree, documents: Documents) -> Written:
    """Every role and mount of the tree, and what looked like one and could not be read."""
    found = Found()
    for path in documents.paths(Kind.SHELL, Kind.MARKDOWN, Kind.GITLAB_CI, Kind.VAULT_YAML):
        _read_scripts(path, documents, found)
    _read_payloads(documents, found)
    found.unread += [told for paths, told in found.named if not any(path in documents for path in paths)]
    if documents.paths(Kind.TERRAFORM, Kind.TERRAFORM_JSON):
        read_terraform(documents, found)
    by_path = {mount.mount: mount for mount in found.mounts}
    for role in found.roles:
        role.issuer = issuer_of(role, by_path.get(role.mount), tree.project.host)
    return Written(
        tuple(sorted(found.roles, key=lambda role: role.span)),
        tuple(sorted(found.mounts, key=lambda mount: mount.span)),
        tuple(found.unread),
    )


def _read_scripts(path: str, documents: Documents, found: Found) -> None:
    """Commands that write roles: they also tell the names under which payload files are written."""
    whole = documents.text(path) or ""
    if API_PATH_HINT not in whole:
        return
    source = Source(path, whole)
    kind = documents.kind(path)
    if kind is Kind.SHELL:
        text, outer = unprompted(whole)
        read_commands(ShellText(path, text, _through(source, outer)), whole, found)
    elif kind is Kind.MARKDOWN:
        for text, outer in fences(whole):
            read_commands(ShellText(path, text, _through(source, outer)), whole, found)
    else:
        nodes = documents.yaml(path)
        for node in () if isinstance(nodes, Unreadable) else nodes:
            for scalar in _scripts(node):
                read_commands(ShellText(path, scalar.text, scalar.place), whole, found)


def _through(source: Source, outer: Callable[[int], int]) -> Callable[[int], Place]:
    return lambda at: source.place(outer(at))


def _scripts(root: Node) -> Iterator[Scalar]:
    """The texts below `root` that write to an auth method."""
    for node in walk(root):
        if isinstance(node, Scalar) and API_PATH_HINT in node.text and node.span.path:
            yield node


def _read_payloads(documents: Documents, found: Found) -> None:
    for path in documents.paths(Kind.VAULT_JSON):
        node = documents.json(path)
        if not isinstance(node, Unreadable):
            mount, name = found.files.get(path, ("jwt", ""))
            PayloadReader(path, documents.text(path) or "", Form.JSON, found).read(node, mount, name)
    for path in documents.paths(Kind.VAULT_YAML):
        nodes = documents.yaml(path)
        if not isinstance(nodes, Unreadable):
            for node in nodes:
                PayloadReader(path, documents.text(path) or "", Form.YAML, found).read(node)
