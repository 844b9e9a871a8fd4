"""Roles by which others than jobs with ID tokens log in: AppRoles, and roles of the tokens' own mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.nodes import Scalar, Sequence
from bot.lazy import dataclass

if TYPE_CHECKING:
    from bot.documents.location import Span
    from bot.documents.nodes import Mapping


@dataclass(slots=True, eq=False)
class LoginRole:
    """A role of an `approle` or `token` mount (`type`), as the running server stores it."""

    type: str
    mount: str
    name: str
    span: Span
    fields: Mapping

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return f"{self.type}-role:{self.mount}/{self.name}"

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list, or of one value; empty where it is not set."""
        node = self.fields.get(name)
        items = node.items if isinstance(node, Sequence) else (node,)
        return tuple(item.text for item in items if isinstance(item, Scalar) and item.value not in {None, ""})

    def number(self, name: str) -> int:
        """Return a count, or a duration in seconds; 0 where it is not set."""
        node = self.fields.get(name)
        value = node.value if isinstance(node, Scalar) else None
        return value if type(value) is int else 0

    def flag(self, name: str) -> bool:
        """Return whether a switch is on."""
        node = self.fields.get(name)
        return isinstance(node, Scalar) and node.value is True

    def place(self, name: str) -> Span:
        """Return where the field is; the role where it is not written."""
        found = self.fields.entries.get(name)
        return self.span if found is None else found.span
