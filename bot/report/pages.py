"""The rules' own pages, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rule import AnyRule


def list_rules(rules: Sequence[AnyRule]) -> str:
    """One line for each rule: its id, the severities that it reports, what it is about."""
    width = max(len(rule.id) for rule in rules)
    range_width = max(len(rule.severities) for rule in rules)
    lines = [f"{rule.id:<{width}}  {rule.severities:<{range_width}}  {rule.page.title}." for rule in rules]
    return "\n".join([*lines, "", f"{len(rules)} rules; `sealcheck rules ID` shows one rule's page.", ""])


def page_of(rule: AnyRule) -> str:
    """The whole page of one rule, as Markdown."""
    page = rule.page
    silent = "" if rule.suppressible else " It cannot be ignored."
    return "\n".join(
        [
            f"# {rule.id}",
            "",
            f"{page.title}.",
            "",
            f"Severity {rule.severities}, confidence {rule.confidence}, effect: it {rule.effect}.{silent}",
            "",
            *(
                line
                for heading, text in (
                    ("What it finds", page.what),
                    ("Why it matters", page.why),
                    ("Fix", page.fix),
                    ("Limits", page.limits),
                )
                for line in (f"## {heading}", "", text, "")
            ),
        ]
    )


def rules_as_json(rules: Sequence[AnyRule]) -> str:
    """The rules with their pages as one JSON object."""
    listed = [
        {
            "id": rule.id,
            "severity": rule.severity.value,
            "severities": sorted({rule.severity, *rule.others}, key=lambda each: each.rank),
            "confidence": rule.confidence.value,
            "effect": rule.effect.value,
            "suppressible": rule.suppressible,
            "title": rule.page.title,
            "what": rule.page.what,
            "why": rule.page.why,
            "fix": rule.page.fix,
            "limits": rule.page.limits,
        }
        for rule in rules
    ]
    return json.dumps({"schema": 1, "rules": listed}, indent=2, ensure_ascii=False) + "\n"
