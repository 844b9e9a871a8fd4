"""Roles and mounts of a JWT auth method, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.documents.documents import Documents
    from bot.documents.location import Unreadable
    from bot.snapshot import Tree
    from bot.vault.model import JwtMount, JwtRole


@dataclass(frozen=True, slots=True)
class Written:
    """What was found, in the order of the files."""

    roles: tuple[JwtRole, ...] = ()
    mounts: tuple[JwtMount, ...] = ()
    unread: tuple[Unreadable, ...] = ()


def read_roles(_tree: Tree, _documents: Documents) -> Written:
    """Every role and mount of the tree."""
    return Written()
