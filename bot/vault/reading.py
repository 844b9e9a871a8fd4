"""What readers of every format share: values that are not known, and what could not be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.lazy import dataclass

if TYPE_CHECKING:
    from bot.documents.location import Unreadable

T = TypeVar("T")


class Unresolved(str):
    """A value that the repository does not contain (a variable, a template): its source text, never a guess.

    As a string it equals itself, so two places that use the same variable agree; no rule may read meaning
    from it.
    """

    __slots__ = ()


def as_json(value: object) -> str:
    """The value as JSON writes it, as people read it in a role; what is not known is its source."""
    if isinstance(value, Unresolved):
        return f"{value} (not known here)"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {as_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)


def _key(key: object) -> str:
    return str(key) if isinstance(key, Unresolved) else json.dumps(str(key), ensure_ascii=False)


def known(value: object) -> bool:
    """Whether `value` contains nothing unresolved, however deep."""
    if isinstance(value, Unresolved):
        return False
    if isinstance(value, dict):
        return all(known(key) and known(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(known(item) for item in value)
    return True


@dataclass(frozen=True, slots=True)
class VaultReading(Generic[T]):
    """What a reader found, and what it could not read."""

    found: tuple[T, ...] = ()
    unread: tuple[Unreadable, ...] = ()
