"""What programs make in Vault: Pulumi and CDKTF in their languages, and the clients hvac, node-vault and Vault's own.

Read are calls whose arguments are literals; a call that gives a role or a policy something else is named as not
checked. Sources: pulumi.com/registry/packages/vault, hvac.readthedocs.io (auth_methods/jwt-oidc,
system_backend/policy), pkg.go.dev/github.com/hashicorp/vault/api, 2026-11.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.documents.kinds import FileKind
from bot.documents.location import Span, Unreadable
from bot.documents.nodes import Entry, Mapping, Scalar
from bot.documents.source import SourceText
from bot.lazy import dataclass, regex
from bot.vault.program_literals import LiteralReader
from bot.vault.values import UnknownValue, is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.vault.program_literals import CallArguments

_SPEAKS: Final = regex(
    r"pulumi[-_/]vault|providers/vault|cdktf[-_/].{0,40}?vault|\bhvac\b|node-vault|hashicorp/vault/api|openbao/api|/v1/(?:auth|sys)/"
)
"""A program that has none of these has nothing to do with Vault."""
_CALL: Final = regex(
    r"(?<![\w$])(?P<name>(?:[\w$]+(?:\(\))?\.)*(?:"
    r"(?P<resource>(?:New)?(?:Jwt)?AuthBackendRole|(?P<mount>(?:New)?(?:Jwt)?AuthBackend)|(?:New)?(?:Generic)?Endpoint"
    r"|(?P<policy>(?:New|Vault)?Policy))"
    r"|(?P<request>write|write_data|Write|WriteWithContext|post|put)"
    r"|(?P<hvac>(?:jwt|oidc)\.(?:create_role|configure))"
    r"|create_or_update_policy))\s*\("
)
_ADDRESS: Final = regex(
    r"(?:^|/)(?:auth/[^\s\"'`]+/(?:role/[^\s\"'`]+|config)|sys/(?:policies/acl|policy)/[^\s\"'`/]+)$"
)


class CallKind(StrEnum):
    """What a call makes."""

    RESOURCE = "resource"
    """a resource of Pulumi or CDKTF, whose provider is Terraform's: every bound claim is one text"""
    REQUEST = "request"
    """a request to the API: what is written is sent as it is"""


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """One call: what it is given, as one mapping. `is_jwt_client`: hvac's own verb, which fills in a role's type."""

    kind: CallKind
    fields: Mapping
    span: Span
    is_jwt_client: bool = False


@dataclass(frozen=True, slots=True)
class Programs:
    """The calls of every program of the tree, and what of them is not literal."""

    calls: tuple[ProgramCall, ...] = ()
    unread: tuple[Unreadable, ...] = ()


def speaks_to_vault(text: str) -> bool:
    """Whether a program may make something in Vault: a cheap sieve."""
    return _SPEAKS.search(text) is not None


def programs_of(documents: Documents) -> Programs:
    """Return the calls of the tree's programs that make roles, mounts and policies."""
    return documents.worked_out(_every_program)


def _every_program(documents: Documents) -> Programs:
    calls: list[ProgramCall] = []
    unread: list[Unreadable] = []
    for path in documents.paths(FileKind.SOURCE):
        text = documents.text(path) or ""
        if speaks_to_vault(text):
            for found in _calls(path, text):
                if isinstance(found, ProgramCall):
                    calls.append(found)
                else:
                    unread.append(found)
    return Programs(tuple(calls), tuple(unread))


def _calls(path: str, text: str) -> Iterator[ProgramCall | Unreadable]:
    source = SourceText(path, text)
    reader = LiteralReader(source)
    for match in _CALL.finditer(text):
        given = reader.arguments(match.end() - 1)
        start, end = source.place(match.start()), given.named.span
        span = Span(path, start.line, start.column, end.end_line, end.end_column)
        fields = _fields(given, span)
        if match["request"]:
            if "path" not in fields and "url" not in fields:
                continue
        elif not _has_fields(fields):
            if not match["mount"] and _is_of_vault(match["name"]):
                reason = f"what {match['name']} makes in Vault is not checked: its fields are not written in the call"
                yield Unreadable(path, start.line, reason)
            continue
        if match["policy"]:
            _name(fields, given)
        kind = CallKind.RESOURCE if match["resource"] else CallKind.REQUEST
        yield ProgramCall(kind, fields, span, is_jwt_client=bool(match["hvac"]))


def _is_of_vault(name: str) -> bool:
    """Whether a call is Vault's by its name: other providers have a `Policy` too."""
    return "." not in name or re.search(r"(?i)vault|jwt|sys", name) is not None


def _fields(given: CallArguments, span: Span) -> Mapping:
    """The named arguments and the entries of the objects, in one mapping; an address becomes its `path`."""
    entries: dict[str, Entry] = {}
    for node in given.plain:
        if isinstance(node, Mapping):
            entries.update(node.entries)
        elif isinstance(node, Scalar) and _ADDRESS.search(node.text):
            entries["path"] = Entry(Scalar("path", "path", node.span), node)
    return Mapping({**entries, **given.named.entries}, span)


def _has_fields(fields: Mapping) -> bool:
    return any(is_known(entry.value) or not isinstance(entry.value, Scalar) for entry in fields)


def _name(fields: Mapping, given: CallArguments) -> None:
    """Give a policy the name that is its first argument."""
    first = given.plain[0] if given.plain else None
    if "name" not in fields and isinstance(first, Scalar) and not isinstance(first, UnknownValue):
        fields.entries["name"] = Entry(Scalar("name", "name", first.span), first)
