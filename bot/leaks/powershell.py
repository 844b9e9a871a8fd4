"""Secrets in PowerShell jobs: what `Write-Host`, `gci env:` and `Set-PSDebug` show."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.documents.powershell import parse_powershell
from bot.lazy import regex
from bot.leaks.model import Leak, Sink
from bot.leaks.reports import DIRECT
from bot.leaks.values import Flow, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.powershell import PowerShellStatement, Stage
    from bot.leaks.sources import Sources
    from bot.leaks.state import Unit

_LOOKS_LIKE: Final = regex(
    r"\$env:\w|\b(?:Write-(?:Host|Output)|Get-ChildItem|Set-PSDebug|Invoke-\w+|New-Item|Out-File)\b"
    r"|\b(?:gci|dir|ls) env:",
    re.IGNORECASE,
)
_HINTS: Final = ("env:", "write-", "get-childitem", "set-psdebug", "invoke-", "new-item", "out-file")
"""One of these is in every (ASCII) text that looks like it."""
_PRINTING: Final = frozenset(
    {"write-host", "write-output", "echo", "write", "write-error", "write-warning", "write-information"}
)
_PASSING: Final = _PRINTING | {
    "sort-object", "sort", "format-table", "ft", "format-list", "fl", "select-object", "select", "out-string",
        "out-host",
    "out-default", "where-object", "where", "?", "tee-object", "tee", "foreach-object", "%", "select-string",
}  # fmt: skip
_LISTING: Final = frozenset({"gci", "get-childitem", "dir", "ls", "get-item", "gi"})
_ONE_VARIABLE: Final = regex(r"env:[\\/]?(\w+)", re.IGNORECASE)
_ENVIRONMENT: Final = regex(r"env:[\\/]?\*?$", re.IGNORECASE)


@lru_cache(maxsize=512)
def is_powershell(text: str) -> bool:
    """Whether a script looks like PowerShell."""
    lower = text.lower()
    if lower.isascii() and not any(hint in lower for hint in _HINTS):
        return False  # the pattern tries every character of the text
    return _LOOKS_LIKE.search(text) is not None


def powershell_leaks(unit: Unit, sources: Sources) -> Iterator[Leak]:
    """The leaks of a PowerShell script."""
    held: dict[str, tuple[Flow, ...]] = {}
    for line in parse_powershell(unit.text):
        flows = (
            merged(flow for name in line.stages[0].variables for flow in _flows(name, held, sources))
            if line.stages
            else ()
        )
        if line.assigned is not None:
            held[line.assigned] = flows
            continue
        yield from _printed(line, flows, unit, sources)


def _flows(name: str, held: dict[str, tuple[Flow, ...]], sources: Sources) -> tuple[Flow, ...]:
    if name.startswith("env:"):
        wanted = name.removeprefix("env:")
        known = next((known for known in sources.variables if known.lower() == wanted), wanted.upper())
        return sources.lookup(known).secrets
    return held.get(name, ())


def _printed(
    line: PowerShellStatement, flows: tuple[Flow, ...], unit: Unit, sources: Sources
) -> Iterator[Leak]:
    first, *others = line.stages or (None,)
    if first is None:
        return
    reaches_log = not any(stage.redirected for stage in line.stages) and all(
        stage.name in _PASSING for stage in others
    )
    if first.name == "set-psdebug" and re.search(r"-trace\s+[12]", " ".join(first.words), re.IGNORECASE):
        if sources.job.secrets or sources.job.id_tokens:
            yield _leak(Sink.TRACE, None, line, first, unit)
        return
    if not reaches_log:
        return
    if first.name in _LISTING and any(_ENVIRONMENT.search(word.strip("\"'")) for word in first.words):
        dumped = [flow for name in sources.variables for flow in sources.lookup(name).secrets]
        if dumped:
            yield replace(_leak(Sink.DUMP, dumped[0], line, first, unit), detail=DIRECT)
    elif first.name in {*_LISTING, *_PRINTING, ""}:
        listed = _listed(first, sources) if first.name in _LISTING else flows
        for flow in listed:
            yield _leak(Sink.LOG, flow, line, first, unit)


def _listed(stage: Stage, sources: Sources) -> tuple[Flow, ...]:
    """The secrets of the variables that `gci env:NAME` shows."""
    names = (_ONE_VARIABLE.fullmatch(word.strip("\"'")) for word in stage.words)
    return merged(flow for name in names if name for flow in _flows(f"env:{name[1].lower()}", {}, sources))


def _leak(sink: Sink, flow: Flow | None, line: PowerShellStatement, stage: Stage, unit: Unit) -> Leak:
    code = unit.text[line.start : line.end]
    found = Leak(sink, None, unit.span(line.start, line.end), stage.name or "expression", code, unit.section)
    return replace(found, source=flow.source, steps=flow.steps) if flow is not None else found
