"""Every rule, in the order of the catalogue. Adding a rule: its module, its line here, its sample folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.rule import Rule

ALL_RULES: tuple[Rule, ...] = ()
