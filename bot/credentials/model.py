"""A credential in plain text, with its place in the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.facts.secret_values import looks_generated
from bot.lazy import dataclass

if TYPE_CHECKING:
    from bot.documents.location import Span

BY_FORM: Final = "form"
"""how a credential was known: by its vendor's form, or by what is written around it"""
BY_NAME: Final = "name"


@dataclass(frozen=True, slots=True)
class PlainCredential:
    """One credential in one place.

    `what` describes it for a person, `name` is what it is called in the file, `route` the way to it (keys joined by
    dots).
    `value` never leaves the process.
    """

    what: str
    name: str
    value: str
    span: Span
    route: str
    known: str = BY_NAME

    @property
    def made(self) -> bool:
        """Whether a machine made it."""
        return self.known == BY_FORM or looks_generated(self.value)

    def __repr__(self) -> str:
        return f"PlainCredential({self.what!r}, {self.span!r})"
