"""What the bot answers to a command: help, a rule's page, a finding explained, a choice of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.engine import PATH_DIGITS
from bot.comments.escape import code, prose
from bot.comments.render import headline, places, witness
from bot.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.findings import Finding
    from bot.rule import AnyRule

MAX_CHOICES = 10
SHORT_DIGITS = 8
HELP = """\
| on a line of its own | what it does | who may |
|---|---|---|
| `/sealcheck recheck` | reviews again | Developers, the author |
| `/sealcheck explain [RULE or ID]` | says more about this thread's finding, or about a rule | Developers, the author |
| `/sealcheck ignore [ID] REASON` | silences this thread's finding until its code changes | Maintainers |
| `/sealcheck unignore [ID]` | takes that back | Maintainers |
| `/sealcheck help` | this table | Developers, the author |"""


def short_id(finding: Finding) -> str:
    """What a person types to name it. The first digits would be those of its file, the same for all in there."""
    return finding.fingerprint[PATH_DIGITS : PATH_DIGITS + SHORT_DIGITS]


def page_of(rule_id: str) -> str | None:
    """The rule's page, or None where there is no such rule."""
    rule = ALL_RULES.get(rule_id.strip().strip("`").lower())
    return _page(rule) if rule is not None else None


def _page(rule: AnyRule) -> str:
    page = rule.page
    return (
        f"**{page.title}** (`{rule.id}`)\n\n{page.what}\n\n"
        f"**Why it matters**: {page.why}\n\n**Fix**: {page.fix}\n\n"
        f"<details><summary>Limits</summary>\n\n{page.limits}\n\n</details>"
    )


def explained(finding: Finding) -> str:
    """The finding once more, with its proof and all places, and its rule's page."""
    place = code(f"{finding.span.path}:{finding.span.start_line}")
    said = " ".join(prose(text) for text in (finding.message, finding.attack) if text)
    parts = [headline(finding), f"{place} (`{short_id(finding)}`): {said}"]
    if finding.witness is not None:
        parts.append(witness(finding.witness, f"{finding.message} {finding.attack}"))
    parts += [places(finding), "---", page_of(finding.rule) or ""]
    return "\n\n".join(part for part in parts if part)


def choice(findings: Iterable[Finding]) -> str:
    """A question which finding is meant, with their short names."""
    findings = tuple(findings)
    if not findings:
        return "There is no finding in this merge request."
    rows = [
        f"- `{short_id(each)}`: `{each.rule}` in {code(f'{each.span.path}:{each.span.start_line}')}"
        for each in findings[:MAX_CHOICES]
    ]
    more = [f"- and {len(findings) - MAX_CHOICES} more"] if len(findings) > MAX_CHOICES else []
    return "\n".join(["Which one? Say it in its thread, or with its name:", "", *rows, *more])
