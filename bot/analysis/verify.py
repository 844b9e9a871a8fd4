"""Prove a fix: apply it in memory, read and judge again what it touches, and see the finding gone and nothing new."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from bot.analysis.engine import Judge
from bot.fixes import EditConflict, apply_fix
from bot.rules import ALL_RULES, as_rules

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from bot.analysis.engine import JudgedSubject
    from bot.documents.location import Span
    from bot.findings import Finding
    from bot.fixes import Edit, Fix
    from bot.reads import Read
    from bot.repository import Repository
    from bot.rule import AnyRule
    from bot.rules import Rules

    _Said = dict[Hashable, JudgedSubject]
    Place = tuple[str, Span, str]
    """rule, where, construct: equal hits there are one finding"""
    Construct = tuple[str, str, str, str]
    """rule, path, subject, construct: what a fix must take one finding from, and add none to"""


class Prover:
    """Proves fixes in one repository.

    A fix is judged by the difference that it makes: the subjects that it touches, by what judging them has read, are
    judged again, and their hits take the place of the old ones.
    """

    def __init__(self, repository: Repository, rules: Iterable[AnyRule] = ALL_RULES) -> None:
        self._repository = repository
        self._rules = as_rules(rules)
        self._removed: dict[tuple[Edit, ...], frozenset[Construct]] = {}
        """what was seen to be removed by the edits of a fix that was tried"""

    def all_proven(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, each with its fix only where it holds."""
        proven = []
        for finding in findings:
            proven.append(self.proven(finding))
            if finding.fix is not None:
                gc.collect(0)  # the states that were tried refer to themselves: they would stay until the end
        return tuple(proven)

    def proven(self, finding: Finding) -> Finding:
        """`finding` with the first of its candidate fixes that holds, else without one.

        One holds when it applies, changes something, every file still reads as before, this finding is gone and no
        construct has more findings than it had.
        """
        candidate = finding.fix
        while candidate is not None:
            if self._holds(candidate, finding):
                return replace(finding, fix=replace(candidate, otherwise=None))
            candidate = candidate.otherwise
        return replace(finding, fix=None)

    def _holds(self, fix: Fix, finding: Finding) -> bool:
        files = self._repository.tree.files
        try:
            texts = apply_fix(files, fix)
        except EditConflict:
            return False
        if all(files[path] == text for path, text in texts.items()):
            return False
        after = self._repository.changed(texts, on_trial=True)
        counts = self._counted(after)
        if counts is None:
            return False
        self._removed[fix.edits] = _fewer(counts)
        return self._is_better(after, counts, [finding])

    def removed_by(self, fix: Fix) -> frozenset[Construct]:
        """The constructs of which a fix removes a finding; none where it does not apply."""
        known = self._removed.get(fix.edits)
        if known is None:
            try:
                texts = apply_fix(self._repository.tree.files, fix)
            except EditConflict:
                return frozenset()
            after = self._repository.changed(texts, on_trial=True)
            known = _fewer(self._counts(after, *self._difference(after)))
        return known

    def holds(self, texts: dict[str, str], findings: Iterable[Finding]) -> bool:
        """Whether with these texts the findings are gone and nothing new has come."""
        after = self._repository.changed(texts, on_trial=True)
        counts = self._counted(after)
        return counts is not None and self._is_better(after, counts, findings)

    def _counted(self, after: Repository) -> Counter[Construct] | None:
        """As `_counts`; None where a rule fails that did not."""
        gone, came = self._difference(after)
        return None if _failures(came) > _failures(gone) else self._counts(after, gone, came)

    def _is_better(self, after: Repository, counts: Counter[Construct], findings: Iterable[Finding]) -> bool:
        wanted = Counter(map(construct_of, findings))
        return (
            all(counts[construct] <= -number for construct, number in wanted.items())
            and all(count <= 0 for count in counts.values())
            and after.unread_since(self._repository) <= 0
        )

    @cached_property
    def _known(self) -> dict[str, dict[Hashable, JudgedSubject]]:
        """What is said of each subject of the repository."""
        judge = Judge(self._repository, self._rules)
        return {kind: {key: judge.judged(kind, key) for key in judge.subjects(kind)} for kind in judge.kinds}

    @cached_property
    def _readers(self) -> dict[Read, set[Hashable]]:
        """The subjects of which something else may be said when a read differs."""
        readers: dict[Read, set[Hashable]] = defaultdict(set)
        for known in self._known.values():
            for key, judged in known.items():
                for read in judged.reads:
                    readers[read].add(key)
        return readers

    @cached_property
    def _claims(self) -> dict[Place, list[tuple[Hashable, Construct]]]:
        """Which subjects have a hit at each place, in order: the first one's is the finding."""
        claims: dict[Place, list[tuple[Hashable, Construct]]] = defaultdict(list)
        for known in self._known.values():
            for key, judged in known.items():
                for place, construct in _claims_of(judged, self._rules):
                    claims[place].append((key, construct))
        return claims

    def _difference(self, after: Repository) -> tuple[_Said, _Said]:
        """What is no longer said of which subject, and what is said instead."""
        judge = Judge(after, self._rules)
        touched = set().union(*(self._readers.get(read, ()) for read in after.differing))
        gone: _Said = {}
        came: _Said = {}
        for kind, known in self._known.items():
            if after.subjects(kind) is self._repository.subjects(kind):
                old = new = known.keys() & touched
            else:
                now = judge.subjects(kind).keys()
                old = (known.keys() - now) | (known.keys() & touched)
                new = (now - known.keys()) | (now & touched)
            gone.update((key, known[key]) for key in old)
            came.update((key, judge.judged(kind, key)) for key in new)
        return gone, came

    def _counts(self, after: Repository, gone: _Said, came: _Said) -> Counter[Construct]:
        """How many findings more each construct has, negative where fewer; of those that differ."""
        touched = {
            place
            for judged in (*gone.values(), *came.values())
            for place, _ in _claims_of(judged, self._rules)
        }
        new: dict[Place, list[tuple[Hashable, Construct]]] = defaultdict(list)
        for key, judged in came.items():
            for place, construct in _claims_of(judged, self._rules):
                new[place].append((key, construct))
        counts: Counter[Construct] = Counter()
        for place in touched:
            before = self._claims.get(place, [])
            now = [*new[place], *(claim for claim in before if claim[0] not in gone)]
            if before:
                counts[before[0][1]] -= 1
            if now:
                counts[self._first(now, after)] += 1
        return counts

    def _first(self, claims: list[tuple[Hashable, Construct]], after: Repository) -> Construct:
        """What the first of the subjects says."""
        if len(claims) > 1:
            order = [key for kind in self._known for key in Judge(after, self._rules).subjects(kind)]
            claims = sorted(claims, key=lambda claim: order.index(claim[0]))
        return claims[0][1]


def _fewer(counts: Counter[Construct]) -> frozenset[Construct]:
    """The constructs that have fewer findings."""
    return frozenset(construct for construct, count in counts.items() if count < 0)


def _claims_of(judged: JudgedSubject, rules: Rules) -> Iterable[tuple[Place, Construct]]:
    for number, hits in judged.hits:
        rule = rules[number].id
        for hit in hits:
            yield (rule, hit.span, hit.construct), (rule, hit.span.path, hit.subject, hit.construct)


def construct_of(finding: Finding) -> Construct:
    """What a fix of the finding must take one finding from."""
    return finding.rule, finding.span.path, finding.subject, finding.construct


def _failures(judged: _Said) -> int:
    return sum(len(each.failures) for each in judged.values())
