"""How much of a leaked secret can be read in the job log, and how severe that is. Rules take both from here.

What the log shows was measured with GitLab Runner 19.4 (2026-11, `docs/oracles/runner.md`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.findings import Severity
from bot.leaks.model import Holds, LeakedForm, Origin, Sink

if TYPE_CHECKING:
    from bot.leaks.model import Leak, LeakSource


class Shown(StrEnum):
    """What a reader of the job log sees of a secret."""

    READABLE = "readable"
    """every value can be read, or turned back"""
    LINES = "lines"
    """a value of several lines can be read: the script takes it apart, so it has several"""
    SOMETIMES = "sometimes"
    """a value of some shape can be read, another one is masked"""
    FORMER = "former"
    """lines of a value of several lines but the last can be read, of one line nothing"""
    MASKED = "masked"
    """`[MASKED]`"""
    CLAIMS = "claims"
    """the claims of an ID token, with which nobody can log in"""
    UNKNOWN = "unknown"
    """`[MASKED]` where the variable is marked as masked in the settings"""


_NEVER_ESCAPED: Final = frozenset({Origin.ID_TOKEN, Origin.PREDEFINED})
"""secrets of one line, without blanks, quotes and backslashes"""
_SEVERITIES: Final = {
    Shown.READABLE: Severity.HIGH,
    Shown.LINES: Severity.HIGH,
    Shown.SOMETIMES: Severity.MEDIUM,
    Shown.FORMER: Severity.LOW,
    Shown.MASKED: Severity.MEDIUM,
    Shown.UNKNOWN: Severity.MEDIUM,
    Shown.CLAIMS: Severity.LOW,
}


def shown(leak: Leak) -> Shown:
    """What the job log shows of the secret of `leak`."""
    source = leak.source
    if source is None or source.origin is Origin.FETCHED:
        return Shown.READABLE
    if source.origin is Origin.NAMED:
        return Shown.READABLE if leak.form.rank >= LeakedForm.PART.rank else Shown.UNKNOWN
    if source.origin is Origin.ID_TOKEN and leak.form is LeakedForm.PART:
        return Shown.CLAIMS
    if leak.form.rank >= LeakedForm.PART.rank:
        return Shown.READABLE
    return _of_whole(leak.form, source)


def _of_whole(form: LeakedForm, source: LeakSource) -> Shown:
    """What the log shows of a value that comes out whole, or line by line."""
    if form.rank <= LeakedForm.LINE.rank or source.origin in _NEVER_ESCAPED:
        return Shown.MASKED
    if form is LeakedForm.FORMER_LINES:
        return Shown.FORMER
    in_file = source.holds is Holds.PATH
    if in_file and (form is LeakedForm.SOME_LINES or (form is LeakedForm.LINES and source.has_lines)):
        return Shown.LINES
    return Shown.SOMETIMES


def log_severity(leak: Leak) -> Severity:
    """How severe it is that the secret of `leak` reaches the job log."""
    severity = _SEVERITIES[shown(leak)]
    if leak.source is not None and leak.source.origin is Origin.NAMED:
        return max(severity, Severity.MEDIUM, key=lambda each: each.rank)
    return severity


_SOMETIMES: Final = {
    LeakedForm.FIELD: "contains what the command looks for (a separator, a blank, several lines)",
    LeakedForm.QUOTED: "has a quote, a backslash or several lines",
    LeakedForm.LINES: "has several lines or blanks",
    LeakedForm.SOME_LINES: "has several lines",
}


def masking(leak: Leak) -> str:
    """One sentence: what GitLab's masking makes of the secret in the job log."""
    source = leak.source
    if source is None:
        return ""
    if source.origin is Origin.FETCHED:
        return "Nothing masks it: GitLab knows only the values that it gave to the job."
    if leak.sink is Sink.TRACE and shown(leak) is Shown.SOMETIMES:
        return "The log masks the exact value; one with a single quote is readable (`'pa'\\''ss'`)."
    return _sentence(leak)


def _sentence(leak: Leak) -> str:
    is_shown = shown(leak)
    if is_shown is Shown.SOMETIMES:
        return f"The log masks the exact value; one that {_SOMETIMES[leak.form]} is readable."
    return _SENTENCES[is_shown]


_SENTENCES: Final = {
    Shown.READABLE: "GitLab masks only the exact value: this form of it is readable.",
    Shown.LINES: "GitLab masks only the whole file: single lines of it are readable.",
    Shown.FORMER: "Of a value of one line nothing is printed; of several lines all but one are readable.",
    Shown.CLAIMS: "Only claims of the token are readable: nobody can log in with them.",
    Shown.UNKNOWN: "The log masks it only where the variable is marked as masked in the settings.",
    Shown.MASKED: "The log masks the exact value.",
}
