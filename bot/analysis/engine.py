"""Run the rules over one side of a repository, and tell what a change introduces."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.documents.location import Span
from bot.findings import Finding, Hit
from bot.pipeline.model import Job, is_foreign
from bot.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.documents.location import Unreadable
    from bot.repository import Repository
    from bot.rule import Rule


PATH_DIGITS = 8
"""A fingerprint's first digits name the path, the other 24 the construct."""


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that raised: a defect of ours, told as loudly as a finding; the other rules still ran."""

    rule: str
    subject: str
    problem: Exception

    @property
    def error(self) -> str:
        """The kind of exception: its message may quote the file."""
        return type(self.problem).__name__


@dataclass(frozen=True, slots=True)
class Result:
    """What the rules say of one side. Findings come worst first."""

    findings: tuple[Finding, ...]
    failures: tuple[RuleFailure, ...]
    unread: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One of `of` equal parts of the work, from 0. What belongs to one job always stands in the same part."""

    number: int = 0
    of: int = 1


WHOLE = Part()


@dataclass(slots=True)
class Judgement:
    """What the rules say of one part of the work, each answer with its place in the order of all."""

    hits: list[tuple[int, int, Rule, tuple[Hit, ...]]] = field(default_factory=list)
    """number of the rule, number of its subject, the rule, what it says of that subject"""
    failures: list[tuple[int, int, RuleFailure]] = field(default_factory=list)


def run_rules(
    repository: Repository,
    rules: Iterable[Rule] = ALL_RULES,
    renamed_from: Mapping[str, str] | None = None,
) -> Result:
    """Every finding of `rules`.

    `renamed_from` maps new paths to old ones, so that a renamed file keeps its fingerprints.
    """
    return settled(repository, [judge(repository, rules)], renamed_from)


def judge(
    repository: Repository,
    rules: Iterable[Rule] = ALL_RULES,
    part: Part = WHOLE,
    step: Callable[[int, int], None] = lambda _done, _of: None,
) -> Judgement:
    """What the rules say of one part of the repository: all parts together say what one alone would say.

    `step` is told, again and again, how much is done and of how much.
    """
    said = Judgement()
    numbered = tuple(enumerate(rules))
    of_jobs = [each for each in numbered if each[1].subject is Job]
    # All else is quick, or one whole: it goes by rule.
    others = [each for each in numbered if each[1].subject is not Job and each[0] % part.of == part.number]
    jobs = _own_jobs(repository.jobs, part) if of_jobs else []
    whole = len(jobs) + len(others)
    # Job by job, not rule by rule: what is known of its scripts is still at hand for the next rule.
    for done, (index, job) in enumerate(jobs):
        step(done, whole)
        for number, rule in of_jobs:
            _ask(said, repository, rule, number, index, job)
    for done, (number, rule) in enumerate(others, len(jobs)):
        step(done, whole)
        for index, subject in enumerate(repository.subjects(rule.subject)):
            _ask(said, repository, rule, number, index, subject)
    return said


def _ask(
    said: Judgement, repository: Repository, rule: Rule, number: int, index: int, subject: object
) -> None:
    """One rule on one subject, the answer put into `said`."""
    try:
        hits = tuple(_at_home(rule, hit, repository) for hit in rule.check(subject, repository))
    except Exception as error:  # noqa: BLE001 - one rule fails, the others run
        name = getattr(subject, "subject", type(subject).__name__)
        said.failures.append((number, index, RuleFailure(rule.id, str(name), error)))
    else:
        if hits:
            said.hits.append((number, index, rule, hits))


def settled(
    repository: Repository,
    parts: Iterable[Judgement],
    renamed_from: Mapping[str, str] | None = None,
) -> Result:
    """The findings of all parts, in the order in which one run would have made them."""
    parts = tuple(parts)
    hits = sorted((said for part in parts for said in part.hits), key=lambda said: said[:2])
    failures = sorted((said for part in parts for said in part.failures), key=lambda said: said[:2])
    every = [(rule, hit) for _, _, rule, own in hits for hit in own]
    return Result(
        _number(every, renamed_from or {}), tuple(each for _, _, each in failures), repository.unread
    )


def _own_jobs(jobs: Sequence[Job], part: Part) -> list[tuple[int, Job]]:
    """The part's jobs with their numbers: neighbours, for they share scripts, and as much script in each part."""
    weights = [sum(len(line.text) for line in job.scripts) + 1 for job in jobs]
    ends = [-(-sum(weights) * (number + 1) // part.of) for number in range(part.of)]
    own = []
    passed = 0
    for index, (job, weight) in enumerate(zip(jobs, weights, strict=True)):
        if bisect_right(ends, passed) == part.number:
            own.append((index, job))
        passed += weight
    return own


def introduced(head: Result, base: Result) -> tuple[Finding, ...]:
    """The findings of `head` that `base` does not have: what the change brings in."""
    inherited = {finding.fingerprint for finding in base.findings}
    return tuple(finding for finding in head.findings if finding.fingerprint not in inherited)


def _at_home(rule: Rule, hit: Hit, repository: Repository) -> Hit:
    """The hit, where a reader of this repository may see it.

    What an include pulls in from another project was read with the bot's rights: it is judged, and told at the
    include, but none of its names or lines is quoted.
    """
    if is_foreign(hit.span.path):
        return Hit(
            span=_include_of(hit.span.path, repository) or Span(".gitlab-ci.yml", 1, 1, 1, 1),
            subject="include",
            construct=hashlib.sha256(f"{hit.span}{hit.construct}".encode()).hexdigest()[:16],
            message=f"What this include brings in from another project has a flaw: {rule.page.title.lower()}.",
            attack="Whoever may read that project finds the place with `sealcheck scan` there.",
            severity=hit.severity,
            confidence=hit.confidence,
            effect=hit.effect,
        )
    related = tuple(each for each in hit.related if not is_foreign(each.span.path))
    way = tuple(each for each in hit.way if not is_foreign(each.span.path))
    is_same = len(related) == len(hit.related) and len(way) == len(hit.way)
    return hit if is_same else replace(hit, related=related, way=way)


def _include_of(path: str, repository: Repository) -> Span | None:
    return next((p.included_at[path] for p in repository.pipelines if path in p.included_at), None)


def _number(hits: list[tuple[Rule, Hit]], renamed_from: Mapping[str, str]) -> tuple[Finding, ...]:
    """The hits as findings; equal ones at one place become one, equal ones at several places are numbered."""
    seen: dict[tuple[object, ...], None] = {}
    ordinals: Counter[tuple[str, ...]] = Counter()
    by_identity: dict[tuple[str, ...], list[tuple[Rule, Hit]]] = defaultdict(list)
    for rule, hit in hits:
        place = (rule.id, hit.span, hit.construct)
        if place not in seen:
            seen[place] = None
            by_identity[_identity(rule, hit, renamed_from)].append((rule, hit))
    findings = []
    for identity, equals in by_identity.items():
        for rule, hit in sorted(equals, key=lambda pair: pair[1].span):
            ordinals[identity] += 1
            findings.append(_finding(rule, hit, _fingerprint(identity, ordinals[identity])))
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))


def _identity(rule: Rule, hit: Hit, renamed_from: Mapping[str, str]) -> tuple[str, ...]:
    path = renamed_from.get(hit.span.path, hit.span.path)
    return path, rule.id, hit.subject, hit.construct, re.sub(r"\s+", " ", hit.text).strip()


def path_digits(path: str) -> str:
    """The first part of a fingerprint: what it keeps of the path."""
    return hashlib.sha256(path.encode(errors="surrogatepass")).hexdigest()[:PATH_DIGITS]


def _fingerprint(identity: tuple[str, ...], ordinal: int) -> str:
    path, *construct = identity
    where = path_digits(path)
    what = hashlib.sha256("\0".join([*construct, str(ordinal)]).encode(errors="surrogatepass")).hexdigest()[
        :24
    ]
    return where + what


def _finding(rule: Rule, hit: Hit, fingerprint: str) -> Finding:
    return Finding(
        rule=rule.id,
        severity=hit.severity or rule.severity,
        confidence=hit.confidence or rule.confidence,
        effect=hit.effect or rule.effect,
        span=hit.span,
        subject=hit.subject,
        message=hit.message,
        attack=hit.attack,
        fingerprint=fingerprint,
        fix=hit.fix,
        witness=hit.witness,
        related=hit.related,
        construct=hit.construct,
        way=hit.way,
    )
