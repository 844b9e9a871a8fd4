"""Prove a fix: apply it in memory, read everything again, and see the finding gone and nothing new."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.engine import Result, run_rules
from bot.fixes import EditConflict, apply_fix
from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Overlaid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.findings import Finding
    from bot.fixes import Fix
    from bot.rule import Rule


def proven(
    repository: Repository, result: Result, finding: Finding, rules: Iterable[Rule] = ALL_RULES
) -> Finding:
    """`finding` with the first of its candidate fixes that holds, else without one.

    One holds when it applies, changes something, every file still reads as before, this finding is gone and no
    construct has more findings than it had. `result` is what `run_rules` said of `repository`.
    """
    candidate = finding.fix
    while candidate is not None:
        if _holds(candidate, repository, result, finding, rules):
            return replace(finding, fix=replace(candidate, otherwise=None))
        candidate = candidate.otherwise
    return replace(finding, fix=None)


def _holds(fix: Fix, repository: Repository, result: Result, finding: Finding, rules: Iterable[Rule]) -> bool:
    tree = repository.tree
    try:
        changed = apply_fix(tree.files, fix)
    except EditConflict:
        return False
    if all(tree.files[path] == text for path, text in changed.items()):
        return False
    fixed = Repository(replace(tree, files=Overlaid(tree.files, changed)), repository.base, repository)
    after = run_rules(fixed, rules)
    before_counts, after_counts = _counts(result), _counts(after)
    gone = after_counts[_construct(finding)] < before_counts[_construct(finding)]
    nothing_new = all(after_counts[key] <= before_counts[key] for key in after_counts)
    still_read = len(after.unread) <= len(result.unread) and len(after.failures) <= len(result.failures)
    return gone and nothing_new and still_read


def _construct(finding: Finding) -> tuple[str, ...]:
    return finding.rule, finding.span.path, finding.subject, finding.construct


def _counts(result: Result) -> Counter[tuple[str, ...]]:
    return Counter(_construct(finding) for finding in result.findings)
