"""Roles and connections of secret engines: what a dynamic credential may do, and how long it lives."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.lazy import dataclass
from bot.vault.durations import seconds_of
from bot.vault.values import JsonText, UnknownValue

if TYPE_CHECKING:
    from bot.documents.location import Span


class EngineKind(StrEnum):
    """The engine that a role belongs to."""

    DATABASE = "database"
    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"
    PKI = "pki"
    SSH = "ssh"
    KUBERNETES = "kubernetes"
    CONSUL = "consul"
    RABBITMQ = "rabbitmq"
    NOMAD = "nomad"


class EnginePart(StrEnum):
    """What of an engine is configured."""

    ROLE = "role"
    STATIC_ROLE = "static-role"
    """a login that exists; Vault only changes its password"""
    CONNECTION = "connection"


@dataclass(slots=True, eq=False)
class EngineRole:
    """A role (or connection) of a secret engine.

    `fields` has the values as written, under whatever spelling the format uses; ask by Vault's own name.
    """

    kind: EngineKind
    part: EnginePart
    mount: str
    name: str
    span: Span
    fields: Mapping
    mount_max_seconds: int = 0
    """the mount's own longest lease, where the repository sets one"""
    namespace: str = ""
    """the namespace that the code names, without slashes at the ends; "" for none"""

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return f"engine-{self.part}:{self.mount}/{self.name}"

    def entry(self, name: str) -> Entry | None:
        """The entry of the field, however it is spelled (`default_ttl`, `defaultTTL`)."""
        wanted = _bare(name)
        return next((entry for entry in self.fields if _bare(entry.key.text) == wanted), None)

    def get(self, name: str) -> Node | None:
        """The field's value, or None where it is not written."""
        found = self.entry(name)
        return found.value if found else None

    def scalars(self, name: str) -> tuple[Scalar, ...]:
        """The known texts of the field: one, or those of a list."""
        node = self.get(name)
        items = node.items if isinstance(node, Sequence) else (node,)
        return tuple(
            item for item in items if isinstance(item, Scalar) and item.value is not None and item.text
        )

    def document(self, name: str) -> Node | None:
        """The field as a JSON document: decoded where it is text."""
        from bot.documents.json import parse_json  # noqa: PLC0415 - only cloud roles hold documents
        from bot.documents.location import Unreadable  # noqa: PLC0415

        node = self.get(name)
        if isinstance(node, JsonText):
            return node.decoded
        if (
            isinstance(node, Scalar)
            and not isinstance(node, UnknownValue)
            and node.text.lstrip().startswith("{")
        ):
            read = parse_json(node.span.path, node.text, node.place)
            return None if isinstance(read, Unreadable) else read
        return node if isinstance(node, Mapping) else None

    def seconds(self, name: str) -> int | None:
        """The duration in seconds; 0 where it is not written or zero, None where it is not known."""
        node = self.get(name)
        if node is None or (
            isinstance(node, Scalar) and node.value is None and not isinstance(node, UnknownValue)
        ):
            return 0
        if not isinstance(node, Scalar) or isinstance(node, UnknownValue):
            return None
        return seconds_of(node.text)

    def place(self, name: str) -> Span:
        """Where the field is; the head of the role where it is not written."""
        found = self.entry(name)
        if found is not None:
            return found.span
        return self.span._replace(end_line=self.span.start_line, end_column=1 << 30)


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
