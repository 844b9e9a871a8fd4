"""Where the secrets of a job come out of its scripts."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.leaks.interpret import Interpreter
from bot.leaks.machine import Shell, Unit, log_streams
from bot.leaks.model import Leak, Sink
from bot.leaks.powershell import is_powershell, powershell_leaks
from bot.leaks.sources import Sources
from bot.leaks.uploads import uploaded
from bot.pipeline.model import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.documents.location import Place, Unreadable
    from bot.leaks.values import Flow
    from bot.pipeline.model import Job, ScriptLine
    from bot.snapshot import Tree

_SHELLS = (
    (Section.PRE_GET_SOURCES,),
    (Section.BEFORE, Section.SCRIPT),
    (Section.RUN,),
    (Section.AFTER,),
)
"""Sections that share one shell, in the order in which they run."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a job's secrets told, and what it rests on beside the job itself."""

    leaks: tuple[Leak, ...]
    """in the order of the files"""
    unread: tuple[Unreadable, ...]
    """lines that were not understood"""
    asked: dict[str, str | None]
    """the scripts that the job runs: path -> text, None where there is none"""
    holds_files: bool
    """secrets are left in files, which the job may upload"""


def leaks_of(job: Job, tree: Tree) -> tuple[Leak, ...]:
    """Every secret of `job` that reaches a sink, in the order of the files. `tree` holds the scripts that it runs."""
    return follow(job, tree.files).leaks


def follow(job: Job, files: Mapping[str, str]) -> Followed:
    """Follows every secret of `job` through its scripts, and those of `files` that it runs, to the sinks."""
    asked: dict[str, str | None] = {}

    def script(path: str) -> str | None:
        text = asked[path] = files.get(path)
        return text

    sources = Sources(job)
    machine = Interpreter(sources, dict(sources.files), script)
    for sections in _SHELLS:
        lines = [line for line in job.scripts if line.section in sections]
        if not lines:
            continue
        machine.shell = Shell()
        machine.unit = _unit(lines)
        machine.frames = []
        if is_powershell(machine.unit.text):
            for leak in powershell_leaks(machine.unit, sources):
                machine.leaks.setdefault(
                    (leak.sink, leak.span, leak.source.name if leak.source else ""), leak
                )
            continue
        streams = log_streams()
        machine.run_block(machine.parsed(machine.unit), streams)
        machine.finish(streams)
    _tell_traces(machine, job)
    held = [path for path, flows in machine.files.items() if flows]
    _tell_uploads(machine, job, held)
    leaks = tuple(sorted(machine.leaks.values(), key=lambda leak: (leak.span, leak.sink)))
    return Followed(leaks, tuple(machine.unread), asked, bool(held))


def _unit(lines: list[ScriptLine]) -> Unit:
    """The entries of one shell as one text, as the runner puts them together."""
    starts: list[int] = []
    at = 0
    for line in lines:
        starts.append(at)
        at += len(line.text) + 1

    def locate(offset: int) -> tuple[str, Place]:
        index = max(0, bisect_right(starts, offset) - 1)
        line = lines[index]
        return line.path, line.place(min(offset - starts[index], len(line.text)))

    return Unit("\n".join(line.text for line in lines), lines[-1].section.value, locate)


def _tell_traces(machine: Interpreter, job: Job) -> None:
    """One leak for each `set -x`: the first secret that it traces, or none where the job only has secrets."""
    for span, (unit, command, flows, places) in machine.traced.items():
        flow: Flow | None = flows[0] if flows else None
        if flow is None and not (job.secrets or job.id_tokens):
            continue
        detail = f"line {places[0].start_line}" if places else ""
        code = unit.text[command.start : command.end]
        source = flow.source if flow else None
        steps = flow.steps if flow else ()
        machine.leaks[(Sink.TRACE, span)] = Leak(
            Sink.TRACE, source, span, command.name, code, unit.section, steps, detail
        )


def _tell_uploads(machine: Interpreter, job: Job, held: list[str]) -> None:
    """One leak for each secret in a file that leaves the job; it stands where the file was written."""
    if not held:
        return
    for path, kind, scalar in uploaded(job, held, machine.sources):
        for flow in machine.files[path]:
            if flow.is_path:
                continue
            written = machine.written.get(path)
            span, code, section = written or (scalar.span, "", "script")
            sink = Sink.TERRAFORM if flow.via is Sink.TERRAFORM else Sink.UPLOAD
            key = (sink, span, flow.source.name, "upload")
            name = path.rsplit("/", 1)[-1]
            machine.leaks.setdefault(
                key,
                Leak(
                    sink,
                    flow.source,
                    span,
                    kind,
                    code,
                    section,
                    flow.steps,
                    f"{kind}:{name}:{scalar.text}",
                ),
            )
