"""One side of a repository, read for everything that it says to a cloud about GitLab's tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.aws.roles import trusts_of
from bot.clouds.aws.templates import HINT as POLICY
from bot.clouds.aws.templates import roles_in, roles_of_call
from bot.clouds.aws.terraform import TerraformRoles
from bot.clouds.azure import credentials
from bot.clouds.azure import read as azure
from bot.clouds.google import read as google
from bot.clouds.google import trusts as pools
from bot.clouds.hints import DOCUMENT, JSON, TERRAFORM, YAML
from bot.clouds.model import CloudModel, Trust
from bot.clouds.powershell import powershell_calls, unread_scripts
from bot.clouds.shell import calls_in, crowded_documents
from bot.clouds.terraform_modules import unread_modules
from bot.documents.kinds import FileKind
from bot.documents.location import Unreadable
from bot.vault.terraform.modules import Terraform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.google.pools import Binding, PoolProvider
    from bot.clouds.shell import CloudCall
    from bot.documents.documents import Documents
    from bot.documents.nodes import Node
    from bot.snapshot import Tree


def read_clouds(tree: Tree, documents: Documents) -> CloudModel:
    """Return the trusts of every format, and what could not be read."""
    found: list[Trust] = []
    unread: list[Unreadable] = []
    host = tree.project.host
    for item in _all(documents, host):
        (unread if isinstance(item, Unreadable) else found).append(item)  # type: ignore[arg-type]
    return CloudModel(tuple(sorted(found, key=lambda trust: trust.span)), tuple(dict.fromkeys(unread)))


def _all(documents: Documents, host: str) -> Iterator[Trust | Unreadable]:
    providers: list[PoolProvider] = []
    bindings: list[Binding] = []
    terraform = _terraform(documents)
    embedded: set[str] = set()
    if terraform is not None:
        yield from _of_terraform(terraform, host, embedded)
        providers += google.providers_of_terraform(terraform)
        bindings += google.bindings_of_terraform(terraform)
    for path, node in _nodes(documents):
        yield from _of_node(documents, path, node, host, is_embedded=path in embedded)
        providers += google.providers_of_node(node)
        bindings += google.bindings_of_node(node)
    for path in documents.paths(FileKind.BICEP):
        for credential in azure.of_bicep(path, documents.text(path) or ""):
            yield from credentials.trusts_of(credential, host)
    yield from crowded_documents(documents)
    read: set[str] = set()
    for call in (*calls_in(documents), *powershell_calls(documents)):
        found = list(_of_call(call, host))
        yield from found
        halves = len(providers) + len(bindings)
        providers += google.providers_of_call(call)
        bindings += google.bindings_of_call(call)
        if found or len(providers) + len(bindings) > halves:
            read.add(call.span.path)
    yield from unread_scripts(documents, read)
    yield from pools.trusts_of(providers, bindings, host, documents)


def _of_terraform(terraform: Terraform, host: str, embedded: set[str]) -> Iterator[Trust | Unreadable]:
    """Yield the trusts of Terraform; `embedded` gets the files that its roles take their policies from."""
    reader = TerraformRoles(terraform)
    for role in reader.roles():
        yield from trusts_of(role, host)
    embedded.update(reader.files)
    yield from reader.unread
    for credential in azure.of_terraform(terraform):
        yield from credentials.trusts_of(credential, host)
    yield from unread_modules(terraform, host)


def _of_node(
    documents: Documents, path: str, node: Node, host: str, *, is_embedded: bool
) -> Iterator[Trust | Unreadable]:
    if not is_embedded and POLICY.search(documents.text(path) or ""):
        for role in roles_in(path, node):
            yield from trusts_of(role, host)
    for credential in azure.of_node(node):
        yield from credentials.trusts_of(credential, host)


def _of_call(call: CloudCall, host: str) -> Iterator[Trust | Unreadable]:
    for credential in azure.of_call(call):
        yield from credentials.trusts_of(credential, host)
    if call.stdin is not None:
        for credential in azure.of_text(call.stdin, call.span):
            yield from credentials.trusts_of(credential, host)
    for role in roles_of_call(call):
        yield from trusts_of(role, host)


def _terraform(documents: Documents) -> Terraform | None:
    paths = documents.paths(*TERRAFORM)
    if not any(DOCUMENT.search(documents.text(path) or "") for path in paths):
        return None
    return Terraform(documents)


def _nodes(documents: Documents) -> Iterator[tuple[str, Node]]:
    """Yield the documents of YAML and JSON files that can contain a trust."""
    for path in documents.paths(*YAML):
        if DOCUMENT.search(documents.text(path) or ""):
            for node in documents.roots(path):
                yield path, node
    for path in documents.paths(*JSON):
        if DOCUMENT.search(documents.text(path) or ""):
            value = documents.json(path)
            if not isinstance(value, Unreadable):
                yield path, value
