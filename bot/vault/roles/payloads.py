"""Roles and mounts in JSON and YAML: payload files, custom resources, bank-vaults, Ansible, others.

They are recognised by their shape: a mapping with the names of a role's fields, under any key.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import field, replace
from typing import TYPE_CHECKING

from bot.documents.json import parse_json
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, Style, text_of
from bot.facts.vault_fields import MOUNT_FIELDS, OPENBAO_ROLE_FIELDS, ROLE_FIELDS
from bot.lazy import dataclass, regex
from bot.vault.cel_roles import CelRole, cel_role_of, unjudged_part
from bot.vault.reading import Unresolved
from bot.vault.roles.amend import Amender
from bot.vault.roles.fields import fields_of, snake, split_claims
from bot.vault.roles.jwt_role import Field, JwtMount, JwtRole, RoleForm, cannot_be_amended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.location import Span

KNOWN_ROLE_FIELDS = ROLE_FIELDS | OPENBAO_ROLE_FIELDS
ROLE_MARKS = frozenset(
    {
        "role_type",
        "bound_claims",
        "bound_claims_type",
        "bound_audiences",
        "bound_subject",
        "user_claim",
        "claim_mappings",
    }
)
_MOUNT_MARKS = frozenset(
    {"oidc_discovery_url", "jwks_url", "jwt_validation_pubkeys", "jwks_pairs", "bound_issuer"}
)
_ENOUGH_MARKS = 2
# A command sends what it shows, a server shows what it stores. A file without the two fields that every role
# needs is filled up by its loader.
_COMMANDS = frozenset({RoleForm.HEREDOC, RoleForm.ARGUMENTS, RoleForm.ENTRY})
_NAMES = ("name", "role_name", "role")
_MOUNTS = ("mount_point", "mount_path", "backend", "path", "mount")
_MAX_DEPTH = 12
_HEAD = 20_000
"""characters of a file in which its resources say of which operator they are"""
_JSON_ROLE = regex(r'\s*\{(?=[^\0]*"bound_claims")')

API_PATH = regex(
    r"(?:^|/)auth/(?P<mount>[^\s\"']+?)/(?:(?P<kind>role)/(?P<name>(?:\{\{[^{}\n]*\}\}|[^/\s\"'?])+)|config)/?(?:\?.*)?$"
)
"""`auth/<mount>/role/<name>` or `auth/<mount>/config`, also at the end of a URL."""

# Ansible's modules fill these in (TerryHowe/ansible-modules-hashivault hashivault_jwt_auth_role.py, 2026-11).
_ANSIBLE_DEFAULTS = {"role_type": "jwt", "user_claim": "sub"}


_CEL = "cel_program"
"""the field that only OpenBao's CEL roles have (openbao.org/api-docs/auth/jwt, 2026-11)"""


def add_cel_role(api: re.Match[str], body: Mapping, span: Span, found: FoundPayloads) -> bool:
    """Whether it is a role of OpenBao whose login a CEL program decides; it is collected."""
    if not api["mount"].endswith("/cel"):
        return False
    keep_cel_role(api["mount"].removesuffix("/cel"), api["name"] or "", body, span, found)
    return True


def keep_cel_role(mount: str, name: str, body: Mapping, span: Span, found: FoundPayloads) -> None:
    """Collect a CEL role, and name what of it is not checked."""
    role = cel_role_of(mount, name, body, span)
    found.cel_roles.append(role)
    found.unread.append(unjudged_part(role))


@dataclass(slots=True)
class FoundPayloads:
    """What a reader collects."""

    roles: list[JwtRole] = field(default_factory=list)
    mounts: list[JwtMount] = field(default_factory=list)
    unread: list[Unreadable] = field(default_factory=list)
    cel_roles: list[CelRole] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    """payload files that were read for the command that names them"""


@dataclass(frozen=True, slots=True)
class _Around:
    """What the mappings around say: the mount, the name, and whether every value becomes a string."""

    mount: str = "jwt"
    name: str = ""
    strings: bool = False
    ansible: bool = False


@dataclass(slots=True)
class PayloadReader:
    """Reads the roles and mounts of one document. `text` is the whole file that the nodes are in."""

    path: str
    text: str
    form: RoleForm
    found: FoundPayloads

    def read(self, node: Node, mount: str = "jwt", name: str = "", *, strings: bool = False) -> None:
        """Collects what is below `node`; `mount` and `name` hold where nothing closer says otherwise.

        `strings`: Terraform's provider sends it.
        """
        stem = posixpath.basename(self.path).split(".")[0]
        self._walk(node, _Around(mount, name or stem, strings), 0)

    def role(
        self, body: Mapping, mount: str, name: str, *, strings: bool = False, span: Span | None = None
    ) -> JwtRole:
        """The role that `body` holds."""
        form = RoleForm.TERRAFORM if strings else self.form
        fields, ignored = fields_of(body, form, KNOWN_ROLE_FIELDS, snake)
        if strings and "bound_claims" in fields:
            fields["bound_claims"].value = split_claims(fields["bound_claims"].value)
        role = JwtRole(mount, self.form, span or body.span, fields, unknown_fields=ignored, name=_lower(name))
        role.claims_are_texts = "redhatcop.redhat.io" in self.text[:_HEAD] and self.form is RoleForm.YAML
        role.complete = self.form in _COMMANDS or bool({"role_type", "user_claim"} & fields.keys())
        role.amend = Amender(self.path, self.text, body, self.form, body.span, self._name_of(body, fields))
        return role

    def mount(self, body: Mapping, mount: str, *, span: Span | None = None) -> JwtMount:
        """The mount's configuration that `body` holds."""
        fields, ignored = fields_of(body, self.form, MOUNT_FIELDS, snake)
        read = JwtMount(mount, self.form, span or body.span, fields, unknown_fields=ignored)
        read.amend = Amender(self.path, self.text, body, self.form, body.span, self._name_of(body, fields))
        return read

    def _name_of(self, body: Mapping, fields: dict[str, Field]) -> Callable[[str], str]:
        camel = any(key != key.lower() for key in body.entries)
        # Operators written in Go write `tokenMaxTTL` (redhat-cop/vault-config-operator api/v1alpha1, 2026-11).
        shouts = any(re.search("[A-Z]{3}", key) for key in body.entries)

        def name_of(name: str) -> str:
            if name in fields:
                return fields[name].written
            first, *rest = name.split("_")
            words = (word.upper() if shouts and word == "ttl" else word.capitalize() for word in rest)
            return first + "".join(words) if camel else name

        return name_of

    def _walk(self, node: Node, around: _Around, depth: int) -> None:
        if depth > _MAX_DEPTH:
            return
        if isinstance(node, Sequence):
            for item in node.items:
                self._walk(item, around, depth + 1)
        elif isinstance(node, Mapping):
            self._mapping(node, around, depth)
        elif isinstance(node.value, str) and _JSON_ROLE.match(node.text):
            self._text(node, around)

    def _text(self, scalar: Scalar, around: _Around) -> None:
        """A role as JSON in a text of the document: a ConfigMap, values of a chart."""
        node = parse_json(self.path, scalar.text, scalar.place)
        if isinstance(node, Unreadable):
            return
        inner = PayloadReader(self.path, self.text, RoleForm.HEREDOC, self.found)
        known = len(self.found.roles)
        inner._walk(node, replace(around, name=around.name.removesuffix(".json")), 1)
        for role in self.found.roles[known:]:
            if scalar.style is not Style.LITERAL:
                role.amend = cannot_be_amended  # what is inserted would have to be escaped

    def _mapping(self, body: Mapping, around: _Around, depth: int) -> None:
        keys = {snake(key) for key in body.entries}
        mount, name = self._said(body, around)
        if _CEL in keys:
            keep_cel_role(mount.removesuffix("/cel"), name, body, body.span, self.found)
            return
        if "bound_claims" in keys or len(keys & ROLE_MARKS) >= _ENOUGH_MARKS:
            role = self.role(body, mount, name, strings=around.strings)
            if around.ansible:
                _fill(role)
            self.found.roles.append(role)
            return
        if keys & _MOUNT_MARKS:
            self.found.mounts.append(self.mount(body, mount))
            return
        for key, child in self._below(body, _Around(mount, name, around.strings)):
            self._walk(key, child, depth + 1)

    def _below(self, body: Mapping, around: _Around) -> Iterator[tuple[Node, _Around]]:
        version = text_of(body.get("apiVersion")) or ""
        strings = around.strings or (version or text_of(body.get("type")) or "").startswith(_PROVIDERS)
        named = text_of(body.get("metadata", "name"))
        for key, entry in body.entries.items():
            if key in {"metadata", "status"} and version:
                continue
            ansible = "hashivault_" in key
            plain = version or ansible or key in _TRANSPARENT
            name = named or (around.name if plain else key)
            yield entry.value, _Around(around.mount, name, strings, ansible)

    def _said(self, body: Mapping, around: _Around) -> tuple[str, str]:
        """The mount and the name that the mapping itself states."""
        mount, name = around.mount, around.name
        by_key = {snake(key): text_of(entry.value) for key, entry in body.entries.items()}
        for key in ("path", "url"):
            api = API_PATH.search(by_key.get(key) or "")
            if api:
                return api["mount"], _named(api["name"]) or name
        for key in _MOUNTS:
            text = by_key.get(key)
            if text and not text.startswith("/"):
                mount = text.strip("/").removeprefix("auth/")
                break
        else:
            if by_key.get("type") in {"jwt", "oidc"}:
                mount = by_key["type"] or mount
        return mount, next((by_key[key] for key in _NAMES if by_key.get(key)), None) or name


# Crossplane's and Pulumi's resources hand their fields to Terraform's provider (marketplace.upbound.io,
# pulumi.com/registry/packages/vault, 2026-11).
_PROVIDERS = ("jwt.vault.", "vault:jwt")
# Keys that lead to a role without naming it.
_TRANSPARENT = frozenset(
    {
        "spec",
        "forProvider",
        "data",
        "body",
        "roles",
        "auth",
        "config",
        "externalConfig",
        "tasks",
        "payload",
        "properties",
        "resources",
        "jwt_roles",
        "vault_jwt_roles",
        "args",
    }
)


def _named(name: str | None) -> str:
    """The name in a path; one that a program fills in is not known."""
    return Unresolved(name) if name and "{{" in name else name or ""


def _lower(name: str) -> str:
    return Unresolved(name) if isinstance(name, Unresolved) else name.lower()


def _fill(role: JwtRole) -> None:
    for name, value in _ANSIBLE_DEFAULTS.items():
        role.fields.setdefault(name, Field(name, name, value, role.head))
