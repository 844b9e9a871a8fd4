"""The one summary note: what no thread can say. Short, foldable, readable as plain text in a mail."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.comments.answers import short_id
from bot.comments.escape import code, fence, prose
from bot.findings import Severity
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.analysis.preview import Preview
    from bot.comments.conversation import IgnoreCommand
    from bot.documents.location import Unreadable
    from bot.findings import Finding

MAX_ROWS = 20
LOW_ROLE = (
    "<sub>The bot is below Developer in this project: it may be unable to resolve its threads, cannot write a commit "
    "status, and reads the policy of the default branch alone.</sub>"
)


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the review says besides its findings.

    `unread`: what of the changed files, and of what they include, could not be checked. `not_followed`: includes that
    the target has already and that lie beyond what is read: named where a summary is, no reason for one.
    `policy`: problems of the policy and of ignores. `added_ignores`: inline ignores that this merge request itself
    brings. `proposed`: what its own `.sealcheck.yml` would do, None where it does not touch that file. `trust_map`:
    Mermaid text, or "". `role_is_low`: the bot is known to be below Developer: named where a summary is.
    """

    unread: tuple[Unreadable, ...] = ()
    not_followed: tuple[Unreadable, ...] = ()
    failures: tuple[str, ...] = ()
    policy: tuple[Unreadable, ...] = ()
    added_ignores: tuple[Unreadable, ...] = ()
    proposed: Preview | None = None
    trust_map: str = ""
    complete: bool = True
    role_is_low: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """How the plan deals with the findings.

    `open` ones, of them those off the diff and those over the caps; ignored by policy or by command; and dismissed
    by a person.
    """

    open: Sequence[Finding]
    off_diff: Sequence[Finding]
    capped: Sequence[Finding]
    ignored: Sequence[Finding]
    by_command: Sequence[tuple[Finding, IgnoreCommand]]
    dismissed: Sequence[tuple[Finding, str]]


def summary(remarks: Remarks, said: Said, head_sha: str) -> str | None:
    """The note's text without its marker, or None where there is nothing to say at all."""
    cut = () if remarks.complete else ("GitLab cut the list of changed files: not all of them were checked.",)
    findings = (*said.open, *said.ignored, *said.dismissed, *said.by_command)
    proposes = remarks.proposed is not None and remarks.proposed.matters
    if not (findings or remarks.unread or remarks.failures or cut or proposes):
        return None
    parts = [_headline(said.open, head_sha)]
    parts += [
        _list("Not checked", [*cut, *(_unreadable(each) for each in remarks.unread)], folded=False),
        _list("Includes not followed", [_unreadable(each) for each in remarks.not_followed]),
        _list(
            "Rules that failed here (a defect of Sealcheck, not of this change)",
            [code(f) for f in remarks.failures],
        ),
        _off_diff(said.off_diff),
        _capped(said.capped),
        _list(
            "Ignored",
            [f"{_row(each)} Ignored: {prose(each.ignored or '')}" for each in said.ignored],
        ),
        _list("Ignored by command", [_command(each, by) for each, by in said.by_command]),
        _list(
            "Resolved by people", [f"{_row(each)} Resolved by {code(who)}." for each, who in said.dismissed]
        ),
        _list("Ignores that this merge request adds", [_unreadable(each) for each in remarks.added_ignores]),
        _list("The policy", [_unreadable(each) for each in remarks.policy]),
        _proposed(remarks.proposed),
        _map(remarks.trust_map),
        LOW_ROLE if remarks.role_is_low else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _headline(findings: Sequence[Finding], head_sha: str) -> str:
    if not findings:
        return f"**Sealcheck** reviewed `{head_sha[:8]}`: no open finding."
    counts = Counter(finding.severity for finding in findings)
    counted = ", ".join(f"{counts[each]} {each}" for each in Severity if counts[each])
    noun = "finding" if len(findings) == 1 else "findings"
    return f"**Sealcheck** reviewed `{head_sha[:8]}`: {len(findings)} {noun} ({counted})."


def _place(finding: Finding) -> str:
    return code(f"{finding.span.path}:{finding.span.start_line}")


def _row(finding: Finding) -> str:
    return f"{_place(finding)} {finding.severity} `{finding.rule}` ({short_id(finding)}): {prose(finding.message)}"


def _unreadable(each: Unreadable) -> str:
    place = f"{each.path}:{each.line}" if each.line else each.path
    return f"{code(place)}: {prose(each.reason)}"


def _command(finding: Finding, said: IgnoreCommand) -> str:
    return f"{_place(finding)} `{finding.rule}` ({short_id(finding)}) by {code(said.who)}: {prose(said.why)}"


def _list(title: str, rows: Iterable[str], *, folded: bool = True) -> str:
    """A list under a title; what is no alarm is folded away."""
    rows = list(rows)
    if not rows:
        return ""
    more = [f"- and {len(rows) - MAX_ROWS} more"] if len(rows) > MAX_ROWS else []
    listed = "\n".join([*(f"- {row}" for row in rows[:MAX_ROWS]), *more])
    if not folded:
        return f"**{title}**\n\n{listed}"
    return f"<details><summary>{title} ({len(rows)})</summary>\n\n{listed}\n\n</details>"


def _capped(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    counted = _by_rule(findings)
    rows = _by_file(findings) if len(findings) > 1 else []
    head = f"**Not shown as threads, to keep this readable**: {len(findings)} more ({counted})."
    return "\n".join([head, *([""] if rows else []), *rows])


def _by_file(findings: Iterable[Finding]) -> list[str]:
    """A row for each file: how many of which rule. Files beyond the limit are counted together."""
    files: dict[str, list[Finding]] = {}
    for finding in findings:
        files.setdefault(finding.span.path, []).append(finding)
    rows = [f"- {code(path)}: {_by_rule(found)}" for path, found in files.items()]
    others = [finding for found in list(files.values())[MAX_ROWS:] for finding in found]
    more = [f"- in {len(rows) - MAX_ROWS} more files: {_by_rule(others)}"] if others else []
    return [*rows[:MAX_ROWS], *more]


def _off_diff(findings: Sequence[Finding]) -> str:
    shown = _list("Outside the diff", [_row(each) for each in findings[:MAX_ROWS]], folded=False)
    rest = findings[MAX_ROWS:]
    return (
        "\n".join([shown, f"- and {len(rest)} more:", *(f"  {row}" for row in _by_file(rest))])
        if rest
        else shown
    )


def _by_rule(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.rule for finding in findings)
    return ", ".join(f"{count} `{rule}`" for rule, count in counts.most_common())


def _counted(findings: Sequence[Finding]) -> str:
    noun = "finding" if len(findings) == 1 else "findings"
    return f"{len(findings)} {noun} ({_by_rule(findings)})"


def _proposed(proposed: Preview | None) -> str:
    """What the merge request's own policy file would do. No alarm, but nothing to fold away either."""
    if proposed is None:
        return ""
    would = [
        f"would {does} {_counted(findings)}{whose}"
        for does, findings, whose in (
            ("silence", proposed.silenced, " of this merge request"),
            ("silence", proposed.inherited, " that the target has"),
            ("bring back", proposed.returned, ""),
            ("change the severity of", proposed.regraded, ""),
        )
        if findings
    ]
    effect = ", ".join(would) or "would change nothing of what was found here"
    if proposed.gate is not None:
        now, then = (f"`{each}`" if each is not None else "the service's own" for each in proposed.gate)
        effect = ", ".join([*would, f"would change the commit status from {now} to {then}"])
    rows = [f"Once merged, it {effect}.", *(_unreadable(each) for each in proposed.problems)]
    return _list("This merge request changes `.sealcheck.yml`; that is not applied here", rows, folded=False)


def _map(diagram: str) -> str:
    if not diagram:
        return ""
    ticks = fence(diagram)
    return (
        "<details><summary>Who reaches what through Vault</summary>\n\n"
        f"{ticks}mermaid\n{diagram.rstrip()}\n{ticks}\n\n</details>"
    )
