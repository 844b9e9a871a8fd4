"""The comment of a finding: title, what is true here, what follows, the fix and its cost, where to read on."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING

from bot.comments.escape import block, cell, code, exact, fence, prose, visible
from bot.comments.marker import MarkerKind
from bot.documents.lines import ending_of, split_lines
from bot.findings import Confidence, Effect
from bot.fixes import EditConflict, apply_fix
from bot.rules import UNSILENCED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.comments.marker import Marker
    from bot.findings import Finding, Witness
    from bot.fixes import Edit, Fix

MAX_REACH = 100
"""A suggestion replaces at most 100 lines above and 100 below its line (docs.gitlab.com, 2026-11)."""
_HOW_TO_IGNORE = "false alarm? A Maintainer can write `/sealcheck ignore REASON`"
_NEVER_IGNORED = "this rule cannot be ignored"
MAX_WITNESS_ROWS = 12
MAX_FOLDED = 30
MAX_FOLDED_MARKS = 1000
"""A comment takes at most a million characters (docs.gitlab.com/administration/instance_limits, 2026-11)."""


def headline(finding: Finding) -> str:
    """The title with the severity; where it is not plain exposure beyond doubt, that too."""
    words = [finding.severity.value]
    if finding.effect is Effect.BREAKS:
        words.append("broken, not exposed")
    if finding.confidence is not Confidence.HIGH:
        words.append(f"{finding.confidence} confidence")
    return f"**{prose(finding.title)}** ({', '.join(words)})"


def rule_link(rule_id: str, rule_url: str) -> str:
    """The id of a rule; a link to its page where `rule_url`, an address with `{rule}` in it, is known."""
    return f"[{rule_id}]({rule_url.replace('{rule}', rule_id)})" if rule_url else f"`{rule_id}`"


def comment(
    finding: Finding,
    files: Mapping[str, str],
    anchor: int | None,
    marker: Marker,
    folded: Sequence[Finding] = (),
    rule_url: str = "",
) -> str:
    """The body of a finding's thread, which is on line `anchor` (1-based) of the finding's file, None for no line.

    `files` is the head, path to text. `folded` are findings of the same rule that this thread stands for too.
    `rule_url` is the address of a rule's page, with `{rule}` in the place of its id; "" for none.
    """
    parts = [headline(finding), " ".join(prose(text) for text in (finding.message, finding.attack) if text)]
    if finding.witness is not None:
        parts.append(witness(finding.witness, f"{finding.message} {finding.attack}"))
    suggested = fix_block(finding.fix, files, finding.span.path, anchor) if finding.fix is not None else ""
    parts.append(suggested or remedy(finding))
    parts.append(places(finding))
    parts += [_same(finding, folded), _from_the_same_change(finding, folded)]
    ignoring = _NEVER_IGNORED if finding.rule in UNSILENCED else _HOW_TO_IGNORE
    parts.append(f"<sub>{rule_link(finding.rule, rule_url)} · more: `/sealcheck explain` · {ignoring}</sub>")
    marks = [marker.line(MarkerKind.RULE, finding.rule), marker.line(MarkerKind.FINDING, finding.fingerprint)]
    if folded:
        marks.insert(
            0,
            marker.line(MarkerKind.FOLDED, ".".join(each.fingerprint for each in folded[:MAX_FOLDED_MARKS])),
        )
    return "\n\n".join(part for part in parts if part) + "\n\n" + "\n".join(marks)


def _same(finding: Finding, folded: Sequence[Finding]) -> str:
    """The lines of further findings of the same rule."""
    same = [each for each in folded if each.rule == finding.rule]
    if not same:
        return ""
    listed = ", ".join(str(each.span.start_line) for each in same[:MAX_FOLDED])
    more = f" and {len(same) - MAX_FOLDED} more" if len(same) > MAX_FOLDED else ""
    return f"The same on {'line' if len(same) == 1 else 'lines'} {listed}{more}."


def _from_the_same_change(finding: Finding, folded: Sequence[Finding]) -> str:
    """What else the same line brings, by other rules."""
    others = [each for each in folded if each.rule != finding.rule]
    rows = [f"- {each.severity} `{each.rule}`: {prose(each.message)}" for each in others]
    return "\n".join(["From the same change:", "", *rows]) if rows else ""


def places(finding: Finding) -> str:
    """The other places that belong to it, a list; "" where there are none."""
    return "\n".join(
        f"- {code(f'{each.span.path}:{each.span.start_line}')}: {prose(each.note)}"
        for each in finding.related
    )


def remedy(finding: Finding) -> str:
    """What to do, in prose; "" where the finding does not say."""
    return f"**To do**: {prose(finding.remedy)}" if finding.remedy else ""


def without_place(path: str, line: int, body: str) -> str:
    """The body of a thread that GitLab does not accept on its line (a file too large to show): it says where."""
    return f"On {code(f'{path}:{line}')}:\n\n{body}"


def witness(shown: Witness, said: str = "") -> str:
    """The proof as a small table, with its story unless the text `said` contains that already."""
    rows = [
        f"| {cell(str(name))} | {cell(_value(value))} |"
        for name, value in list(shown.accepts.items())[:MAX_WITNESS_ROWS]
    ]
    head = (
        "Claims that log in and should not" if shown.kind == "claims" else "A pipeline in which the job runs"
    )
    story = f": {prose(shown.story)}" if shown.story and shown.story not in said else ""
    return "\n".join([f"**{head}**{story}", "", "| name | value |", "|---|---|", *rows])


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def fix_block(fix: Fix, files: Mapping[str, str], path: str, anchor: int | None) -> str:
    """The fix: one click where GitLab can apply it at `anchor`, else a diff to copy."""
    if anchor is not None and len(fix.edits) == 1 and fix.edits[0].path == path:
        offered = _suggestion(fix.edits[0], split_lines(files.get(path, "")), anchor)
        if offered:
            return f"{_proposal(fix)}\n\n{offered}"
    shown = _as_diff(fix, files)
    return f"{_proposal(fix)}\n\n{shown}" if shown else ""


def _proposal(fix: Fix) -> str:
    cost = f" {prose(fix.cost)}" if fix.cost else ""
    return f"**Suggested**: {prose(fix.title)}.{cost}"


def _suggestion(edit: Edit, lines: list[str], anchor: int) -> str | None:
    """The suggestion block, or None where GitLab would not apply it right: it replaces whole lines around `anchor`."""
    first, last = edit.start_line, edit.end_line
    replacement = split_lines(edit.text)
    if not 1 <= anchor <= len(lines):
        return None
    # Stretch the edit until it contains the anchor's line: an insertion, or an edit beside it, keeps the lines between.
    low, high = min(first, anchor), max(last, anchor)
    if anchor - low > MAX_REACH or high - anchor > MAX_REACH or high > len(lines):
        return None
    old = lines[low - 1 : high]
    new = [*lines[low - 1 : first - 1], *replacement, *lines[last:high]]
    text = "".join(new)
    if _crlf(old) or _crlf(new):
        # GitLab gives the last line the ending of the last one replaced, and the others none but "\n".
        if len(old) > 1 or len(new) != 1:
            return None
        text = text.replace("\r\n", "\n")
    if new == old or not exact(text) or (text and not text.strip()):
        return None  # nothing but blank lines would delete them
    if text and text.endswith("\n") is not old[-1].endswith("\n"):
        return None  # GitLab keeps the ending, or its lack, of the last line replaced
    ticks = fence(text)
    body = text if not text or text.endswith("\n") else text + "\n"
    return f"{ticks}suggestion:-{anchor - low}+{high - anchor}\n{body}{ticks}"


def _crlf(lines: list[str]) -> bool:
    return any(ending_of(line) == "\r\n" for line in lines)


def _as_diff(fix: Fix, files: Mapping[str, str]) -> str:
    try:
        changed = apply_fix(files, fix)
    except EditConflict:
        return ""
    pieces = []
    for path, text in changed.items():
        old, new = split_lines(files[path]), split_lines(text)
        pieces += [
            line if line.endswith("\n") else line + "\n"
            for line in difflib.unified_diff(old, new, visible(path), visible(path), n=1)
        ]
    return block("".join(pieces).rstrip("\n"), "diff")
