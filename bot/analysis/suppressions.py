"""Which findings are ignored, by whom and why: the policies, and comments beside the code."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.policy import Ignore, ReviewPolicy, nearest
from bot.documents.lines import split_lines
from bot.documents.location import Unreadable
from bot.lazy import dataclass, regex
from bot.rules import FORMER_IDS, RULE_IDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.findings import Finding

_INLINE = regex(r"(?:#|//|<!--|--)\s*sealcheck:\s*ignore\[(?P<rules>[^\]\n]*)\](?P<reason>[^\n]*)")


@dataclass(frozen=True, slots=True)
class Inline:
    """A `# sealcheck: ignore[rule-id] reason` on the finding's line or the line above."""

    path: str
    line: int
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The findings with `ignored` and their severities settled, and what to report of the ignores themselves."""

    findings: tuple[Finding, ...]
    problems: tuple[Unreadable, ...]
    inline: tuple[Inline, ...]


def judge(
    findings: Iterable[Finding],
    files: Mapping[str, str],
    policy: ReviewPolicy,
    today: dt.date,
    *,
    everything: Iterable[Finding] | None = None,
    before: Iterable[Finding] = (),
) -> Settled:
    """The findings as the policy wants them. `today` decides which ignores have expired.

    `everything` are all findings of `files`, where `findings` are not; `before` those of the other side of a change.
    What matches none of `everything` any more is reported: comments in files that have, or had, findings, and entries
    of the policy that matched something before.
    """
    findings, before = tuple(findings), tuple(before)
    present = findings if everything is None else tuple(everything)
    paths = {finding.span.path for finding in (*present, *before)}
    inline, problems = _inline(files, paths, policy)
    by_place = {(each.path, each.line): each for each in inline}
    live = [each for each in policy.ignores if each.expires is None or each.expires >= today]
    judged = []
    for finding in findings:
        severity = policy.severities.get(finding.rule, finding.severity)
        reason = None
        if finding.rule not in policy.unsilenced:
            reason = _policy_reason(finding, live)
            beside = _beside(finding, by_place)
            reason = reason or (beside.reason if beside is not None else None)
        judged.append(replace(finding, severity=severity, ignored=reason or finding.ignored))
    problems_found = (*problems, *_expired(judged, policy), *_stale(present, before, by_place, live))
    return Settled(tuple(sorted(judged, key=lambda each: each.sort_key)), problems_found, inline)


def _expired(judged: list[Finding], policy: ReviewPolicy) -> Iterator[Unreadable]:
    """The entries of the policy by which a finding would be ignored, had their day not passed.

    What is not ignored is covered by no entry whose day has not passed.
    """
    shown = [
        finding for finding in judged if finding.ignored is None and finding.rule not in policy.unsilenced
    ]
    for each in policy.ignores:
        day = each.expires or dt.date.min  # no day at all, reported when the policy was read
        if day > dt.date.min and any(each.covers(f.rule, f.span.path) for f in shown):
            yield Unreadable(each.path, each.line, f"the ignore of `{each.rule}` expired on {day}")


def _stale(
    present: tuple[Finding, ...],
    before: tuple[Finding, ...],
    by_place: dict[tuple[str, int], Inline],
    live: list[Ignore],
) -> list[Unreadable]:
    """The ignores that match nothing any more."""
    used = {_beside(finding, by_place) for finding in present}
    said = "this ignore matches no finding any more"
    stale = [
        Unreadable(each.path, each.line, f"{said} ({', '.join(each.rules)}); remove it")
        for each in by_place.values()
        if each not in used
    ]
    for each in live:
        covered, covers = (
            any(each.covers(finding.rule, finding.span.path) for finding in findings)
            for findings in (before, present)
        )
        if covered and not covers:
            stale.append(Unreadable(each.path, each.line, f"{said} in what was read here ({each.rule})"))
    return stale


def _policy_reason(finding: Finding, live: list[Ignore]) -> str | None:
    for each in live:
        if each.covers(finding.rule, finding.span.path):
            return each.description
    return None


def _beside(finding: Finding, by_place: dict[tuple[str, int], Inline]) -> Inline | None:
    for line in (finding.span.start_line, finding.span.start_line - 1):
        found = by_place.get((finding.span.path, line))
        if found is not None and finding.rule in found.rules:
            return found
    return None


def _inline(
    files: Mapping[str, str], paths: set[str], policy: ReviewPolicy
) -> tuple[tuple[Inline, ...], tuple[Unreadable, ...]]:
    """The inline ignores that count, in files that have findings, and those that do not count and why."""
    counting, problems = [], []
    for path in sorted(paths):
        text = files.get(path, "")
        if "sealcheck:" not in text:
            continue
        for number, line in enumerate(split_lines(text), 1):
            found = _INLINE.search(line)
            if found is None:
                continue
            names = (name.strip() for name in found["rules"].split(","))
            rules = tuple(FORMER_IDS.get(name, name) for name in names if name)
            reason = found["reason"].removesuffix("-->").strip(" \t\r:-")
            problem = _problem(rules, reason, policy)
            if problem:
                problems.append(Unreadable(path, number, problem))
            else:
                counting.append(Inline(path, number, rules, reason))
    return tuple(counting), tuple(problems)


def _problem(rules: tuple[str, ...], reason: str, policy: ReviewPolicy) -> str | None:
    if not policy.inline_ignores:
        return "the organisation's policy does not allow inline ignores; this one does not count"
    unknown = [rule for rule in rules if rule not in RULE_IDS]
    if unknown or not rules:
        word = unknown[0] if unknown else ""
        return f"unknown rule `{word}` in an ignore{nearest(word, RULE_IDS)}; it does not count"
    locked = [rule for rule in rules if rule in policy.unsilenced]
    if locked:
        return f"`{locked[0]}` may not be ignored; the comment does not count"
    if not reason:
        return "an ignore needs a reason behind the bracket; this one does not count"
    return None
