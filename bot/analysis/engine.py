"""Run the rules over one side of a repository, and tell what a change introduces."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.documents.location import Span
from bot.findings import Finding, Hit
from bot.pipeline.model import is_foreign
from bot.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def run_rules(
    repository: Repository,
    rules: Iterable[Rule] = ALL_RULES,
    renamed_from: Mapping[str, str] | None = None,
) -> Result:
    """Every finding of `rules`.

    `renamed_from` maps new paths to old ones, so that a renamed file keeps its fingerprints.
    """
    hits: list[tuple[Rule, Hit]] = []
    failures: list[RuleFailure] = []
    for rule in rules:
        for subject in repository.subjects(rule.subject):
            try:
                hits += [(rule, _at_home(rule, hit, repository)) for hit in rule.check(subject, repository)]
            except Exception as error:  # noqa: BLE001 - one rule fails, the others run
                name = getattr(subject, "subject", type(subject).__name__)
                failures.append(RuleFailure(rule.id, str(name), error))
    return Result(_number(hits, renamed_from or {}), tuple(failures), repository.unread)


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
    return hit if len(related) == len(hit.related) else replace(hit, related=related)


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
    )
