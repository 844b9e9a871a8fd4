"""`--fix` and `--diff`: proven fixes, round after round, until none is left; then each file in one step."""

from __future__ import annotations

import difflib
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from bot.analysis.verify import Prover
from bot.documents.lines import split_lines
from bot.documents.location import Unreadable
from bot.fixes import EditConflict, Fix, apply_fix
from bot.lazy import dataclass
from bot.report.masking import Mask
from bot.scanning.run import Scanned, scan
from bot.scanning.writing import write_whole

if TYPE_CHECKING:
    from bot.findings import Finding
    from bot.fixes import Edit
    from bot.scanning.selection import Target
    from bot.scanning.wish import Wish

MAX_ROUNDS: Final = 20
"""A fix can make room for another (two on one line); each round takes at least one finding away."""


@dataclass(slots=True)
class Fixed:
    """A repository after its fixes, in memory: `texts` are the files that changed, `before` what they were."""

    scanned: Scanned
    texts: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    """what was fixed, on the lines that it was on in its round"""


def fix_target(target: Target, wish: Wish, over: dict[str, str], *, unsafe: bool) -> Fixed:
    """`target` with its proven fixes applied in memory. `over` replaces texts, as in `scan`."""
    fixed = Fixed(scan(target, wish, over))
    for _ in range(MAX_ROUNDS):
        taken, texts = _one_round(fixed.scanned, target, unsafe=unsafe)
        if not taken:
            break
        for path, text in texts.items():
            fixed.before.setdefault(path, fixed.scanned.repository.tree.files[path])
            fixed.texts[path] = text
        fixed.findings += taken
        fixed.scanned = scan(target, wish, {**over, **fixed.texts})
    return fixed


def _one_round(scanned: Scanned, target: Target, *, unsafe: bool) -> tuple[list[Finding], dict[str, str]]:
    """The findings of which the fixes were applied together, and the new texts."""
    wanted = [
        replace(finding, fix=fix)
        for finding in scanned.outcome.open
        if (fix := _allowed(finding.fix, target, unsafe=unsafe)) is not None
    ]
    if not wanted:
        return [], {}
    prover = Prover(scanned.repository)
    holding = [finding for finding in prover.all_proven(wanted) if finding.fix is not None]
    taken = _compatible(scanned, holding)
    while taken:
        texts = _applied(scanned, taken)
        if prover.holds(texts, taken):
            return taken, texts
        # Each holds alone, all together do not: take the first half.
        taken = taken[: len(taken) // 2]
    return [], {}


def _allowed(fix: Fix | None, target: Target, *, unsafe: bool) -> Fix | None:
    """The candidates that the call asks for, in their order: safe ones or all, and inside of what it selects."""
    if fix is None:
        return None
    rest = _allowed(fix.otherwise, target, unsafe=unsafe)
    is_asked = (fix.safe or unsafe) and all(target.selects(edit.path) for edit in fix.edits)
    return replace(fix, otherwise=rest) if is_asked else rest


def _compatible(scanned: Scanned, findings: list[Finding]) -> list[Finding]:
    """As many of the findings as have fixes that do not touch the same lines, the worst first."""
    taken: list[Finding] = []
    edits: list[Edit] = []
    for finding in findings:
        more = list(finding.fix.edits) if finding.fix is not None else []
        try:
            apply_fix(scanned.repository.tree.files, Fix("", (*edits, *more)))
        except EditConflict:
            continue
        edits += more
        taken.append(finding)
    return taken


def _applied(scanned: Scanned, findings: list[Finding]) -> dict[str, str]:
    edits = tuple(edit for finding in findings if finding.fix is not None for edit in finding.fix.edits)
    return apply_fix(scanned.repository.tree.files, Fix("", edits))


def write_fixes(target: Target, fixed: Fixed) -> list[Unreadable]:
    """What could not be written. A file that has changed since it was read is left alone."""
    failed = []
    for path, text in sorted(fixed.texts.items()):
        full = target.root / path
        try:
            if full.read_bytes() != fixed.before[path].encode():
                failed.append(Unreadable(path, 0, "not fixed: it changed while it was read; scan again"))
                continue
            write_whole(full, text.encode())
        except OSError as error:
            failed.append(Unreadable(path, 0, f"not fixed: {error.strerror or type(error).__name__}"))
    return failed


def diff_of(fixed: Fixed, prefix: str = "") -> str:
    """What the fixes change, as a unified diff, to be read: credentials in it are starred."""
    mask = Mask(fixed.scanned.result.findings, fixed.scanned.repository.tree.files.get)
    pieces = []
    for path, text in sorted(fixed.texts.items()):
        old, new = split_lines(mask.code(fixed.before[path])), split_lines(mask.code(text))
        pieces += [
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(old, new, f"a/{prefix}{path}", f"b/{prefix}{path}")
        ]
    return "".join(pieces)
