"""Roles and mounts written by commands: `vault write`, and `curl` to the API, in scripts and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.json import parse_json
from bot.documents.location import Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.facts.vault_fields import MARKS_OF_OTHER_METHODS, OTHER_METHODS
from bot.vault.api_calls import calls_of
from bot.vault.command_words import namespace_named
from bot.vault.reading import Unresolved
from bot.vault.roles.jwt_role import RoleForm
from bot.vault.roles.payloads import API_PATH, ROLE_MARKS, FoundPayloads, PayloadReader, add_cel_role
from bot.vault.scripts import crowded

if TYPE_CHECKING:
    import re

    from bot.documents.documents import Documents
    from bot.vault.api_calls import VaultCall


def read_commands(documents: Documents, found: FoundPayloads) -> None:
    """Collect the roles and mounts that the commands of the tree write, and the documents with too many commands."""
    found.unread += crowded(documents)
    for call in calls_of(documents):
        api = API_PATH.search("/" + call.address)
        if call.method == "write" and api is not None and (call.words or call.body is not None):
            _read(call, api, documents, found)


def _read(call: VaultCall, api: re.Match[str], documents: Documents, found: FoundPayloads) -> None:
    words = _mapping(call)
    if add_cel_role(api, _sent(call, words), call.span, found):
        found.files |= {call.named_file} - {""}
    elif call.missing_file:
        what = f"the role {api['name']}" if api["kind"] == "role" else "the configuration of the mount"
        reason = f"{what} is written from {call.missing_file}, which is not in the repository: not checked"
        _report(call, reason, found)
    elif call.body is None:
        if _is_for_jwt(api["mount"], words):
            _add(call, api, words, RoleForm.ARGUMENTS, documents, found)
    elif not call.body.text:
        _report(call, "the role is piped into this command; what it contains was not checked", found)
    elif call.named_file not in found.files:
        node = parse_json(call.body.span.path, call.body.text, call.body.place)
        if isinstance(node, Unreadable) and call.named_file not in documents:
            found.unread.append(Unreadable(node.path, node.line, f"the role's {node.reason}"))
        elif isinstance(node, Mapping) and _is_for_jwt(api["mount"], node):
            form = RoleForm.JSON if call.named_file else RoleForm.HEREDOC
            _add(call, api, _with(node, words), form, documents, found)


def _sent(call: VaultCall, words: Mapping) -> Mapping:
    """All fields that the command sends, as far as they are known."""
    body = parse_json(call.body.span.path, call.body.text, call.body.place) if call.body is not None else None
    return _with(body, words) if isinstance(body, Mapping) else words


def _report(call: VaultCall, reason: str, found: FoundPayloads) -> None:
    found.unread.append(Unreadable(call.span.path, call.span.start_line, reason))


def _is_for_jwt(mount: str, fields: Mapping) -> bool:
    """Whether the path is one of a JWT mount: Kubernetes, AppRole and others have roles at such paths too."""
    names = set(fields.entries)
    if names & ROLE_MARKS:
        return True
    return (
        not names & MARKS_OF_OTHER_METHODS and mount.rsplit("/", maxsplit=1)[-1].lower() not in OTHER_METHODS
    )


def _mapping(call: VaultCall) -> Mapping:
    """The `key=value` words; a repeated key makes a list, as in Vault's CLI (go-secure-stdlib kv-builder, 2026-11)."""
    return _with(Mapping({}, call.span), None, call.words)


def _with(body: Mapping, more: Mapping | None, words: list[tuple[Scalar, Scalar]] | None = None) -> Mapping:
    """The body with further fields; of a key that is in both the values are joined to a list."""
    entries = dict(body.entries)
    pairs: list[tuple[Scalar, Node]] = [(entry.key, entry.value) for entry in more or ()]
    for key, value in (*pairs, *(words or ())):
        earlier = entries.get(key.text)
        joined: Node = value
        if earlier is not None:
            joined = Sequence((*_items(earlier.value), *_items(value)), value.span)
        entries[key.text] = Entry(key, joined)
    return Mapping(entries, body.span)


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def _add(
    call: VaultCall,
    api: re.Match[str],
    body: Mapping,
    form: RoleForm,
    documents: Documents,
    found: FoundPayloads,
) -> None:
    mount, name = _known(api["mount"]), _known(api["name"] or "")
    above = call.address.partition("auth/")[0].strip("/")
    space = "/".join(filter(None, (call.namespace, namespace_named(above))))
    path = call.named_file or call.span.path
    reader = PayloadReader(path, documents.text(path) or "", form, found)
    span = body.span if call.named_file else call.whole
    if call.named_file:
        found.files.add(call.named_file)
    if api["kind"] == "role":
        role = reader.role(body, mount, name, span=span)
        role.complete = True
        role.namespace = space
        found.roles.append(role)
    else:
        found.mounts.append(reader.mount(body, mount, span=span))
        found.mounts[-1].namespace = space


def _known(text: str) -> str:
    return Unresolved(text) if "$" in text or "`" in text or "{{" in text else text
