"""Edits of attribute conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.edits import replaced
from bot.fixes import Fix

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.cel.nodes import CelLiteral
    from bot.clouds.google.pools import PoolProvider
    from bot.documents.nodes import Scalar
    from bot.fixes import Edit


def quoted(text: str, condition: Scalar, literal: CelLiteral, cost: str) -> Fix | None:
    """Return the fix that writes a number or boolean as a text, with the quote that the condition uses."""
    written = condition.text[literal.start : literal.end]
    quote = '"' if '"' in condition.text and "'" not in condition.text else "'"
    edit = replaced(text, condition, literal.start, literal.end, f"{quote}{written}{quote}")
    return Fix("Compare with a text", (edit,), cost=cost) if edit is not None else None


def stricter_condition(
    provider: PoolProvider, claim: tuple[str, str], text_of: Callable[[str], str | None]
) -> tuple[Edit, ...] | None:
    """Return the edit after which the provider's condition also compares the claim; None where it has none."""
    condition, (name, value) = provider.condition, claim
    text = text_of(condition.span.path) if condition is not None else None
    if condition is None or text is None or provider.parsed_condition is None:
        return None
    quote = '"' if '"' in condition.text and "'" not in condition.text else "'"
    whole = condition.text.strip()
    whole = f"({whole})" if "||" in whole or "?" in whole else whole
    wanted = f"{whole} && assertion.{name} == {quote}{value}{quote}"
    edit = replaced(text, condition, 0, len(condition.text), wanted)
    return (edit,) if edit is not None else None
