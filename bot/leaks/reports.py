"""Where secrets come out: the leaks of one job, each once for its place and secret."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from bot.documents.location import Unreadable
from bot.documents.shell import parse_shell
from bot.lazy import dataclass, regex
from bot.leaks.model import Leak, LeakedForm, Origin, Sink
from bot.leaks.values import EMPTY, NULL, Flow, Stream, Streams, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.documents.location import Span
    from bot.documents.shell_nodes import Block, Command
    from bot.leaks.state import ScriptState, Unit

_NOT_SHELL: Final = "this part of a script was not understood as shell; secrets were not followed through it"
_TOO_LONG: Final = (
    "the job's scripts run too many commands to follow all; secrets were not followed beyond this one"
)
_IN_PS4: Final = regex(r"(?<!\\)\$(?:\{(\w+)\}|(\w+))")
_DECLARED: Final = frozenset({Origin.SECRETS, Origin.ID_TOKEN})
DIRECT: Final = "direct"
"""the detail of an environment dump that does not go through a variable or a file"""
_TRANSFORMED: Final = frozenset({LeakedForm.QUOTED, LeakedForm.PART, LeakedForm.CHANGED})
_WEIGHT: Final = (Origin.FETCHED, Origin.SECRETS, Origin.ID_TOKEN, Origin.NAMED, Origin.PREDEFINED)
"""Of the secrets in one dump, the first of these is named."""


@dataclass(slots=True, eq=False)
class Trace:
    """Tracing that `command` switches on: the commands that are traced, and those that show `flows`."""

    unit: Unit
    command: Command
    flows: list[Flow] = field(default_factory=list)
    commands: dict[Span, None] = field(default_factory=dict)
    uses: dict[Span, None] = field(default_factory=dict)


class Reports:
    """The leaks found so far, the traces switched on, and what could not be read."""

    def __init__(self, state: ScriptState) -> None:
        self._state = state
        self.leaks: dict[tuple[object, ...], Leak] = {}
        self.traces: dict[Span, Trace] = {}
        """by the place of the command that switches tracing on"""
        self._started: dict[tuple[Unit, Command], Trace] = {}
        self.conditional: set[Span] = set()
        """those that a condition which is not known switches on"""
        self.untraces = False
        """the script switches tracing off somewhere (`set +x`): it is traced with care"""
        self.unread: dict[Unreadable, None] = {}
        self.ran: dict[str, str] = {}
        """the shell scripts of the repository that were run: path -> text"""

    def parsed(self, unit: Unit) -> Block:
        """The statements of a text; parts that are not shell are noted as unread."""
        script = parse_shell(unit.text)
        for trouble in script.troubles:
            path, place = unit.locate(trouble.start)
            self.unread[Unreadable(path, place.line, _NOT_SHELL)] = None
        return script.body

    def too_long(self, offset: int) -> None:
        """Note that the analysis ends here: that is not the same as clean."""
        path, place = self._state.unit.locate(offset)
        self.unread[Unreadable(path, place.line, _TOO_LONG)] = None

    def printed(self, flow: Flow, command: Command | None) -> None:
        """Report a secret that reaches the job log."""
        if flow.is_value:
            self.report(_log_sink(flow), flow, command)

    def used_as_file(self, operand: Value, errors: Stream) -> None:
        """Report a secret's value that is opened as a file: it is no path, and the error message shows it."""
        if errors is NULL:
            return
        for flow in operand.secrets:
            if flow.source.origin in _DECLARED and flow.form.rank < LeakedForm.PART.rank and not flow.via:
                self.report(Sink.VALUE_AS_PATH, flow, None)

    def report(self, sink: Sink, flow: Flow, command: Command | None, detail: str = "") -> None:
        """Keep a leak of the command that is being run."""
        state = self._state
        start, end = state.frames[-1] if state.frames else (0, 0)
        span = state.unit.span(start, end)
        source = flow.source
        key = (sink, span, source.name if sink is not Sink.DUMP else "")
        known = self.leaks.get(key)
        if known is not None and not _counts_more(flow, known):
            return
        if sink is Sink.DUMP:
            detail = DIRECT if flow.dumped_at == span else detail
        else:
            detail = detail or source.contents
        name = command.name if command is not None and known is None else known.command if known else ""
        self.leaks[key] = Leak(
            sink,
            source,
            span,
            name,
            state.unit.code(start, end),
            state.unit.section,
            flow.steps,
            detail,
            flow.form,
        )

    def add(self, leak: Leak, *more: object) -> None:
        """Keep a leak that was made elsewhere; `more` distinguishes it from others of its place and secret."""
        self.leaks.setdefault((leak.sink, leak.span, leak.source.name if leak.source else "", *more), leak)

    def switch_trace(self, unit: Unit, command: Command, *, conditional: bool) -> None:
        """Note that `command` switches tracing on; once without a condition is enough."""
        span = unit.span(command.start, command.end)
        if not conditional:
            self.conditional.discard(span)
        elif span not in self.traces:
            self.conditional.add(span)

    def start_trace(self, unit: Unit, command: Command) -> Trace:
        """The trace that `command` switches on, with what it has shown so far."""
        known = self._started.get((unit, command))
        if known is None:
            known = self.traces.setdefault(unit.span(command.start, command.end), Trace(unit, command))
            self._started[unit, command] = known
        return known

    def traced(self, values: Iterable[Value], streams: Streams) -> tuple[Stream, Value] | None:
        """Note that a traced command has expanded to `values`.

        Shell tracing writes PS4 and the expanded words to standard error, or to `BASH_XTRACEFD`; where that is not
        the log, returns the stream and what is written to it.
        """
        state = self._state
        if state.shell.trace is None:
            return None
        descriptor = state.shell.variables.get("BASH_XTRACEFD", EMPTY).text or ""
        out = streams.outputs.get(int(descriptor), streams.err) if descriptor.isdigit() else streams.err
        if out.kind == "null":
            return None
        unit, command = state.shell.trace
        flows = [flow for value in (*values, *self._trace_prefix()) for flow in value.secrets]
        if out.kind != "log":
            return out, Value(None, tuple(flows))
        trace = self.start_trace(unit, command)
        place = state.span() or unit.span(command.start, command.end)
        trace.commands[place] = None
        if flows:
            trace.flows.extend(flows)
            trace.uses[place] = None
        return None

    def _trace_prefix(self) -> list[Value]:
        """What PS4 shows before each traced command: bash expands it each time."""
        prefix = self._state.lookup("PS4")
        named = _IN_PS4.findall(prefix.text or "")
        return [prefix, *(self._state.lookup(one or other) for one, other in named)]


def _log_sink(flow: Flow) -> Sink:
    """The sink of a secret that reaches the log, by its form and its origin."""
    if flow.via is Sink.DUMP or (flow.via is not None and not flow.steps):
        return flow.via
    if flow.source.origin is Origin.FETCHED:
        return Sink.DERIVED  # nothing masks it, in this form or another
    return Sink.TRANSFORMED if flow.form in _TRANSFORMED else Sink.LOG


def _counts_more(flow: Flow, known: Leak) -> bool:
    """Whether this secret, in its form, counts more than the leak that is known for the same place."""
    if known.source is not None and known.sink is Sink.DUMP and flow.source != known.source:
        return _WEIGHT.index(flow.source.origin) < _WEIGHT.index(known.source.origin)
    return flow.form.rank > known.form.rank
