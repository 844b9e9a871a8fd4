"""A table of variations as text: for each, what every rule reports, in a few lines."""

from __future__ import annotations

import difflib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.causes import Causes
from bot.analysis.engine import introduced, run_rules
from bot.analysis.verify import Prover
from bot.documents.lines import split_lines
from bot.fixes import apply_fix
from bot.repository import Repository
from bot.snapshot import Project, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.findings import Finding
    from bot.snapshot import ServerEntry

PROJECT = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")


class Case(NamedTuple):
    """One variation: its files, and those of the base where it is a change; `entries` of them are a server's."""

    name: str
    files: Mapping[str, str]
    base: Mapping[str, str] | None = None
    entries: Mapping[str, ServerEntry] = MappingProxyType({})


def table(cases: Iterable[Case]) -> str:
    """What the rules report of each case; a text that was shown before in the table is left out."""
    shown: set[str] = set()
    return "\n".join(line for case in cases for line in [f"### {case.name}", *_reported(case, shown)]) + "\n"


def _repository(case: Case, base: Repository | None = None) -> Repository:
    files = case.files
    return Repository(
        Tree(dict(files), project=PROJECT, listing=frozenset(files), entries=case.entries), base
    )


def _reported(case: Case, shown: set[str]) -> list[str]:
    base = None if case.base is None else _repository(Case(case.name, case.base))
    side = _repository(case, base)
    result = run_rules(side)
    assert result.failures == (), (case, result.failures)
    findings = result.findings if base is None else introduced(result, run_rules(base))
    prover, causes = Prover(side), Causes(side)
    return [
        line
        for finding in findings
        for line in _lines(causes.at_cause(finding), prover.proven(finding), case.files, shown)
    ]


def _lines(finding: Finding, proven: Finding, files: Mapping[str, str], shown: set[str]) -> list[str]:
    path, line, column, *_ = finding.span
    place = f"{path}:{line}:{column}"
    lines = [
        f"{finding.rule}: {finding.severity} {finding.confidence} {finding.effect} {place} {finding.construct}"
    ]
    texts = [finding.message, finding.attack, "" if proven.fix else finding.remedy]
    texts += [
        f"{name} {each.span[:2]} {each.note}"
        for name in ("related", "way")
        for each in getattr(finding, name)
    ]
    if finding.witness:
        texts += [f"accepts {json.dumps(finding.witness.accepts, default=str)}", finding.witness.story]
    if proven.fix:
        texts += [f"{proven.fix.title} ({proven.fix.cost})"]
        lines += [f"    {change}" for change in _changes(proven, files)]
    elif finding.fix:
        texts += [f"no proof: {finding.fix.title}"]
    lines[1:1] = [f"    {text}" for text in texts if text and (finding.rule + text) not in shown]
    shown.update(finding.rule + text for text in texts)
    return lines


def _changes(finding: Finding, files: Mapping[str, str]) -> list[str]:
    assert finding.fix is not None
    changes = []
    for path, changed in sorted(apply_fix(dict(files), finding.fix).items()):
        difference = difflib.ndiff(split_lines(files[path]), split_lines(changed))
        changes += [line.rstrip() for line in difference if line[:1] in {"-", "+"}]
    return changes
