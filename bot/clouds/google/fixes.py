"""Edits of attribute conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.edits import replaced
from bot.fixes import Fix

if TYPE_CHECKING:
    from bot.clouds.google.cel_nodes import Literal
    from bot.documents.nodes import Scalar


def quoted(text: str, condition: Scalar, literal: Literal) -> Fix | None:
    """Return the fix that writes a number or boolean as a text, with the quote that the condition uses."""
    written = condition.text[literal.start : literal.end]
    quote = '"' if '"' in condition.text and "'" not in condition.text else "'"
    edit = replaced(text, condition, literal.start, literal.end, f"{quote}{written}{quote}")
    return (
        Fix("Compare with a text", (edit,), cost="Jobs that the condition refuses today are then accepted.")
        if edit is not None
        else None
    )
