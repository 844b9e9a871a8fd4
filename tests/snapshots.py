"""Findings as text for review: one snapshot file beside each sample, `make snapshots` writes them anew.

A snapshot contains everything that a user sees of a finding. Anyone who changes a severity, a message or a fix sees it
in the diff of the commit, and so does the reviewer.
"""

from __future__ import annotations

import difflib
import json
import textwrap
from typing import TYPE_CHECKING

from bot.documents.lines import split_lines
from bot.fixes import apply_fix

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bot.documents.location import Span
    from bot.findings import Finding, Related
    from bot.fixes import Fix

WIDTH = 110
SUFFIX = ".snapshot"


def snapshot_path(sample: Path) -> Path:
    """Return the snapshot's path: beside the file or folder `sample`, named after it."""
    return sample.with_name(sample.name + SUFFIX)


def compare(path: Path, actual: str, *, update: bool) -> None:
    """Fail where `actual` is not the text of the snapshot `path`; with `update`, write it instead."""
    if update:
        if not path.exists() or path.read_text() != actual:
            path.write_text(actual)
        return
    assert path.exists(), f"{path} is missing: run `make snapshots`, then read and commit it"
    recorded = path.read_text()
    difference = "\n".join(
        difflib.unified_diff(recorded.splitlines(), actual.splitlines(), "recorded", "now", lineterm="", n=2)
    )
    assert actual == recorded, f"{path} (if the change is intended: `make snapshots`)\n{difference}"


def snapshot(findings: Iterable[tuple[Finding, Finding]], files: Mapping[str, str]) -> str:
    """Return all findings as text: pairs of a finding as reported and the same one with its proven fix or none."""
    blocks = [_finding(reported, with_fix, files) for reported, with_fix in findings]
    count = f"{len(blocks)} finding{'' if len(blocks) == 1 else 's'}\n"
    return "\n".join([count, *blocks])


def _finding(reported: Finding, with_fix: Finding, files: Mapping[str, str]) -> str:
    confidence, effect = reported.confidence, reported.effect
    lines = [
        f"{_place(reported.span)} {reported.rule}: {reported.severity}, confidence {confidence}, {effect}",
        *_field("subject", f"{reported.subject} | {reported.construct}"),
        *_field("fingerprint", reported.fingerprint),
        *_field("message", reported.message),
        *_field("attack", reported.attack),
        *_related("related", reported.related),
        *_related("way", reported.way),
    ]
    if reported.witness:
        accepts = json.dumps(reported.witness.accepts, default=str, ensure_ascii=False)
        lines += _field("witness", f"{reported.witness.kind} {accepts}")
        lines += _field("story", reported.witness.story)
    if with_fix.fix:
        lines += _fix(with_fix.fix, files)
    else:
        if reported.fix:
            lines += _field("fix", f"none: {reported.fix.title!r} cannot be proven")
        lines += _field("to do", reported.remedy)
    return "\n".join(_visible(line) for line in lines) + "\n"


def _place(span: Span) -> str:
    end_column = "" if span.end_column >= 1 << 30 else f":{span.end_column}"
    return f"{span.path}:{span.start_line}:{span.start_column}-{span.end_line}{end_column}"


def _field(name: str, text: str) -> list[str]:
    indent = "  "
    return (
        textwrap.wrap(
            f"{name}: {text}",
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent * 3,
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
        )
        if text
        else []
    )


def _related(name: str, places: Iterable[Related]) -> list[str]:
    return [line for each in places for line in _field(name, f"{_place(each.span)} {each.note}")]


def _fix(fix: Fix, files: Mapping[str, str]) -> list[str]:
    lines = _field("fix", fix.title) + _field("cost", fix.cost)
    for path, changed in sorted(apply_fix(files, fix).items()):
        before, after = split_lines(files[path]), split_lines(changed)
        difference = difflib.unified_diff(before, after, path, path, n=1)
        lines += [f"    {line}" for line in difference]
    return lines


def _visible(line: str) -> str:
    """Return `line` without its end; characters that no editor shows are escaped."""
    shown = line.removesuffix("\n")
    return "".join(
        c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode() for c in shown
    ).rstrip()
