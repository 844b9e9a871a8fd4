"""Where the secrets of a job come out of its scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lazy import dataclass
from bot.leaks.machine import Machine
from bot.leaks.model import Leak, LeakedForm, Sink
from bot.leaks.powershell import is_powershell, powershell_leaks
from bot.leaks.sources import Sources
from bot.leaks.units import unit_of_lines, units_of
from bot.leaks.uploads import uploaded
from bot.pipeline.model import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.documents.location import Unreadable
    from bot.leaks.reports import Reports
    from bot.leaks.values import Flow
    from bot.pipeline.model import Job, ScriptLine
    from bot.snapshot import Tree

_SHELLS = {
    Section.PRE_GET_SOURCES: 0,
    Section.BEFORE: 1,
    Section.SCRIPT: 1,
    Section.RUN: 2,
    Section.AFTER: 3,
}
"""The shell in which each section runs, numbered in their order."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a job's secrets found, and what it rests on beside the job itself."""

    leaks: tuple[Leak, ...]
    """in the order of the files"""
    unread: tuple[Unreadable, ...]
    """lines that were not understood"""
    asked: dict[str, str | None]
    """the scripts that the job runs: path -> text, None where there is none"""
    ran: dict[str, str]
    """the shell scripts among them that were run: path -> text"""
    holds_files: bool
    """secrets are left in files, which the job may upload"""


def leaks_of(job: Job, tree: Tree) -> tuple[Leak, ...]:
    """Every secret of `job` that reaches a sink, in the order of the files. `tree` has the scripts that it runs."""
    return follow(job, tree.files).leaks


def follow(job: Job, files: Mapping[str, str]) -> Followed:
    """Follows every secret of `job` through its scripts, and those of `files` that it runs, to the sinks."""
    if not (job.scripts or job.secrets):
        return Followed((), (), {}, {}, holds_files=False)
    asked: dict[str, str | None] = {}

    def script(path: str) -> str | None:
        text = asked[path] = files.get(path)
        return text

    sources = Sources(job)
    machine = Machine(sources, script)
    for lines in _shells_of(job):
        if any(is_powershell(line.text) for line in lines):
            for leak in powershell_leaks(unit_of_lines(lines), sources):
                machine.reports.add(leak)
        else:
            machine.run(units_of(lines))
    reports, held_by = machine.reports, machine.state.files.flows
    _report_traces(reports, job)
    held = [path for path, flows in held_by.items() if flows]
    _report_uploads(machine, job, held)
    leaks = tuple(sorted(reports.leaks.values(), key=lambda leak: (leak.span, leak.sink)))
    return Followed(leaks, tuple(reports.unread), asked, reports.ran, bool(held))


def _shells_of(job: Job) -> list[list[ScriptLine]]:
    """The script entries that share one shell, of each shell that has any, in the order in which they run."""
    shells: list[list[ScriptLine]] = [[], [], [], []]
    for line in job.scripts:
        shells[_SHELLS[line.section]].append(line)
    return [lines for lines in shells if lines]


def _report_traces(reports: Reports, job: Job) -> None:
    """One leak for each `set -x`: the first secret that it traces, or none where the job only has secrets."""
    for span, trace in reports.traces.items():
        unit, command = trace.unit, trace.command
        flow: Flow | None = max(trace.flows, key=lambda each: each.form.rank) if trace.flows else None
        if flow is None and (reports.untraces or not (job.secrets or job.id_tokens)):
            continue
        uses = tuple(trace.uses)
        reports.leaks[(Sink.TRACE, span)] = Leak(
            Sink.TRACE,
            flow.source if flow else None,
            span,
            command.name,
            unit.text[command.start : command.end],
            unit.section,
            flow.steps if flow else (),
            f"line {uses[0].start_line}" if uses else "",
            flow.became(LeakedForm.QUOTED).form if flow else LeakedForm.WHOLE,
            span in reports.conditional,
            uses if set(trace.commands) - {span, *uses} else (),
        )


def _report_uploads(machine: Machine, job: Job, held: list[str]) -> None:
    """One leak for each secret in a file that leaves the job; its place is where the file was written."""
    if not held:
        return
    files = machine.state.files
    for path, kind, scalar in uploaded(job, held, machine.state.sources):
        span, code, section = files.written.get(path) or (scalar.span, "", "script")
        detail = f"{kind}:{path.rsplit('/', 1)[-1]}:{scalar.text}"
        for flow in files.flows[path]:
            if not flow.is_value:
                continue
            sink = Sink.TERRAFORM if flow.via is Sink.TERRAFORM else Sink.UPLOAD
            leak = Leak(sink, flow.source, span, kind, code, section, flow.steps, detail)
            machine.reports.add(leak, "upload")
