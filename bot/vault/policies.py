"""Policy: its reader stands here soon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.vault.model import Reading

if TYPE_CHECKING:
    from bot.documents.documents import Documents
    from bot.snapshot import Tree


@dataclass(slots=True, eq=False)
class Policy:
    """Not read yet."""


def read_policies(_tree: Tree, _documents: Documents) -> Reading[Policy]:
    """What was found."""
    return Reading()
