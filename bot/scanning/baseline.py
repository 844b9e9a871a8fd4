"""The baseline: findings that were there before Sealcheck came. They are counted, aged, and leave it when fixed."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.documents.location import Unreadable
from bot.errors import SealcheckError
from bot.lazy import dataclass
from bot.scanning.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bot.findings import Finding
    from bot.report.outcome import ScanOutcome

SCHEMA: Final = 1


class BaselineBroken(SealcheckError):
    """The baseline file cannot be read or written; the message names it."""


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """A finding of the baseline. `since` is the day it came in; rule and path are for people who read the file."""

    fingerprint: str
    rule: str
    path: str
    since: dt.date


def apply_baseline(
    outcomes: list[ScanOutcome], file: Path, today: dt.date, *, rewrite: bool, whole: bool
) -> list[ScanOutcome]:
    """The outcomes with the findings that `file` knows ignored, and the file brought up to date.

    A file that is missing is written from what was found now; `rewrite` adds new findings to one that is there.
    What is fixed leaves it by itself, but only when `whole` (all files and all findings were looked at) and the
    file of the finding could be read.

    Raises:
        BaselineBroken: the file is no baseline, or cannot be written.
    """
    known = _read(file)
    is_new = known is None
    known = known or {}
    found = {finding.fingerprint: finding for outcome in outcomes for finding in outcome.open}
    kept = dict(known)
    if whole:
        unread = {error.path for outcome in outcomes for error in outcome.errors}
        everything = {finding.fingerprint for outcome in outcomes for finding in outcome.findings}
        kept = {name: each for name, each in known.items() if name in everything or each.path in unread}
    if is_new or rewrite:
        for name, finding in found.items():
            kept.setdefault(name, KnownFinding(name, finding.rule, finding.span.path, today))
    if kept != known or is_new:
        _write(file, kept.values())
    return [_judged(outcome, kept, file, today) for outcome in outcomes]


def _judged(outcome: ScanOutcome, known: dict[str, KnownFinding], file: Path, today: dt.date) -> ScanOutcome:
    findings = tuple(_ignored(finding, known) for finding in outcome.findings)
    covered = [known[each.fingerprint] for each in findings if each.fingerprint in known]
    if not covered:
        return replace(outcome, findings=findings)
    oldest = min(each.since for each in covered)
    days = (today - oldest).days
    age = "all from today" if days <= 0 else f"the oldest for {days} day{'' if days == 1 else 's'}"
    note = Unreadable(str(file), 0, f"{len(covered)} of the findings are in the baseline, {age}")
    return replace(outcome, findings=findings, notes=(*outcome.notes, note))


def _ignored(finding: Finding, known: dict[str, KnownFinding]) -> Finding:
    each = known.get(finding.fingerprint)
    if each is None or finding.ignored is not None:
        return finding
    return replace(finding, ignored=f"in the baseline since {each.since.isoformat()}")


def _read(file: Path) -> dict[str, KnownFinding] | None:
    """The baseline by fingerprint, or None where there is no file yet."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["schema"] != SCHEMA:
            raise BaselineBroken(
                f"{file}: a baseline of schema {content['schema']}; this version writes {SCHEMA}"
            )
        entries = [
            KnownFinding(
                each["fingerprint"], each["rule"], each["path"], dt.date.fromisoformat(each["since"])
            )
            for each in content["findings"]
        ]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BaselineBroken(f"{file}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineBroken(f"{file}: not a baseline of Sealcheck; remove it to write a new one") from error
    return {each.fingerprint: each for each in entries}


def _write(file: Path, entries: Iterable[KnownFinding]) -> None:
    listed = sorted(entries, key=lambda each: (each.path, each.rule, each.fingerprint))
    content = {
        "schema": SCHEMA,
        "tool": "sealcheck",
        "findings": [
            {
                "fingerprint": each.fingerprint,
                "rule": each.rule,
                "path": each.path,
                "since": each.since.isoformat(),
            }
            for each in listed
        ],
    }
    try:
        write_whole(file, (json.dumps(content, indent=2) + "\n").encode())
    except OSError as error:
        raise BaselineBroken(f"{file}: cannot be written ({error.strerror})") from error
