"""The examples on the rules' pages: a sample folder, what `sealcheck scan` says of it, and how it comes to that.

The output is made by the code when the pages are made, and `--check` makes it again: what a page shows is true.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bot.analysis.engine import run_rules
from bot.analysis.verify import Prover
from bot.report.explanation import explain
from bot.report.outcome import ReadFile, ScanOutcome
from bot.report.text import render_text
from bot.repository import Repository
from bot.snapshot import Tree

if TYPE_CHECKING:
    from bot.rule import Rule

SAMPLES = Path(__file__).parents[1] / "tests" / "rules"
_MARK = re.compile(r"\s*# expect: .*")
_INTRO = """\
## An example across files

The job is in `.gitlab-ci.yml`; what is wrong comes through an include, two `extends` and an anchor. Each finding
is on the line that a person must change."""


def example_of(rule: Rule) -> list[str]:
    """The paragraphs of the rule's example; none where it has no folder `flagged-example`."""
    folder = SAMPLES / rule.id / "flagged-example"
    if not folder.is_dir():
        return []
    files = {
        path.relative_to(folder).as_posix(): _MARK.sub("", path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    repository = Repository(Tree(files, listing=frozenset(files)))
    result = run_rules(repository)
    prover = Prover(repository)
    findings = tuple(prover.proven(each) for each in result.findings if each.rule == rule.id)
    outcome = ScanOutcome(findings, tuple(ReadFile(path, "gitlab-ci") for path in files), text=files.get)
    job = next(iter(repository.jobs))
    explained = explain(repository, job.entry.key.span.path, job.entry.key.span.start_line, ())
    return [
        _INTRO,
        *(f"`{path}`:\n\n{_fenced('yaml', text)}" for path, text in files.items()),
        f"`sealcheck scan` says:\n\n{_fenced('text', render_text(outcome))}",
        f"and `sealcheck explain {job.entry.key.span.path}:{job.entry.key.span.start_line}` shows how that came:\n\n"
        + _fenced("text", explained),
    ]


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
