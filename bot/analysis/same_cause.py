"""Findings of one role that one missing line brings: a single thread reports them.

A line that is gone makes a role looser, and breaks the rule about that line as well. What one proven fix takes away
together has one cause.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.analysis.verify import construct_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.analysis.verify import Construct, Prover
    from bot.findings import Finding

_ROLE = "role:"
MAX_TOGETHER = 12
"""Of a role with more findings each has its own thread: to compare them all would take long."""


def caused_by(findings: Iterable[Finding], prover: Prover) -> dict[str, str]:
    """Fingerprint -> that of the finding with the same cause that stands for it; the fixes are proven ones."""
    of_role: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.ignored is None and finding.subject.startswith(_ROLE):
            of_role[finding.span.path, finding.subject].append(finding)
    found: dict[str, str] = {}
    for group in of_role.values():
        if 1 < len(group) <= MAX_TOGETHER:
            found.update(_heads(group, prover))
    return found


def _heads(group: list[Finding], prover: Prover) -> dict[str, str]:
    """The same for the findings of one role. The worst one that has a fix stands for the others."""
    ranked = sorted(group, key=lambda each: (each.fix is None, each.sort_key))
    removed = {each.fingerprint: prover.removed_by(each.fix) for each in ranked if each.fix is not None}
    head_of: dict[str, str] = {}
    for head in ranked:
        if head.fingerprint in head_of:
            continue
        for other in ranked:
            is_free = other is not head and other.fingerprint not in {*head_of, *head_of.values()}
            if is_free and _together(head, other, removed):
                head_of[other.fingerprint] = head.fingerprint
    return head_of


def _together(one: Finding, other: Finding, removed: Mapping[str, frozenset[Construct]]) -> bool:
    """Whether the fix of either takes both away, or both are about one part and have one suggestion at most."""
    for each, partner in ((one, other), (other, one)):
        if construct_of(partner) in removed.get(each.fingerprint, ()):
            return True
    return one.construct == other.construct and (one.fix is None or other.fix is None)
