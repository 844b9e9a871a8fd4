"""The proven fixes of a default branch as one proposal: new texts, and what each fix does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from typing import TYPE_CHECKING

from bot.analysis.engine import run_rules
from bot.analysis.suppressions import judge
from bot.analysis.verify import Prover
from bot.comments.escape import code, prose
from bot.fixes import EditConflict, Fix, apply_fix
from bot.lazy import dataclass

if TYPE_CHECKING:
    import datetime as dt

    from bot.findings import Finding
    from bot.fixes import Edit
    from bot.repository import Repository
    from bot.survey.reading import StandingFinding

BRANCH = "sealcheck/fixes"
TITLE = "Fix what Sealcheck found on the default branch"
MAX_ROUNDS = 10
"""A fix can make room for another one."""
MARK = "sealcheck:fixes"
_INTRODUCTION = (
    "Each of these fixes was applied and checked: the finding is gone, and no new one came. What a fix costs is in"
    " bold. Close this merge request, and it is never opened again."
)


@dataclass(slots=True)
class Proposal:
    """What a merge request would change. `findings` are those that it fixes, with their proven fixes."""

    texts: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """The same for the same new texts."""
        return hashlib.sha256(json.dumps(sorted(self.texts.items())).encode()).hexdigest()[:16]

    @property
    def description(self) -> str:
        """The text of the merge request: each fix with its place, and what it costs."""
        rows = [
            f"- {code(f'{each.span.path}:{each.span.start_line}')} `{each.rule}`: {prose(each.message)}"
            + (f" **{prose(each.fix.cost)}**" if each.fix is not None and each.fix.cost else "")
            for each in self.findings
        ]
        return "\n".join(
            [
                _INTRODUCTION,
                "",
                *rows,
                "",
                f"<!-- {MARK} {self.digest} -->",
            ]
        )


def proposal_for(standing: StandingFinding, today: dt.date) -> Proposal:
    """Return the proposal; without texts where no fix can be proven."""
    made = Proposal()
    repository = standing.repository
    for _ in range(MAX_ROUNDS):
        taken, texts = _one_round(repository, standing, today)
        if not taken:
            break
        made.findings += taken
        made.texts |= texts
        repository = repository.changed(texts)
    return made


def _one_round(
    repository: Repository, standing: StandingFinding, today: dt.date
) -> tuple[list[Finding], dict[str, str]]:
    """The findings whose fixes hold together, and the new texts."""
    judged = judge(run_rules(repository).findings, repository.tree.files, standing.policy, today)
    prover = Prover(repository)
    taken = _compatible(
        repository, [prover.proven(each) for each in judged.findings if each.ignored is None and each.fix]
    )
    while taken:
        edits = tuple(edit for finding in taken if finding.fix is not None for edit in finding.fix.edits)
        texts = apply_fix(repository.tree.files, Fix("", edits))
        if prover.holds(texts, taken):
            return taken, texts
        taken = taken[: len(taken) // 2]
    return [], {}


def _compatible(repository: Repository, findings: list[Finding]) -> list[Finding]:
    """As many of the findings as have fixes that do not touch the same lines, the worst first."""
    taken: list[Finding] = []
    edits: list[Edit] = []
    for finding in findings:
        more = list(finding.fix.edits) if finding.fix is not None else []
        try:
            apply_fix(repository.tree.files, Fix("", (*edits, *more)))
        except EditConflict:
            continue
        if more:
            edits += more
            taken.append(finding)
    return taken
