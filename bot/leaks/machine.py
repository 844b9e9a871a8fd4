"""The state of the machine that runs a script in thought: variables, files, tracing, and what has leaked."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.documents.location import Place, Span, Unreadable
from bot.documents.shell import parse_shell
from bot.leaks.model import Leak, Origin, Sink, Source, Step
from bot.leaks.sources import PROJECT_DIR, Sources
from bot.leaks.values import EMPTY, LOG, UNKNOWN, Flow, Form, Stream, Streams, Value, either, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.documents.shell_nodes import Block, Command, Statement

MAX_STEPS: Final = 60_000
"""Statements that one job's scripts may run in thought; beyond, the analysis ends where it is."""
MAX_CALLS: Final = 12
_NOT_SHELL: Final = "this part of a script was not understood as shell; secrets were not followed through it"
_TOO_LONG: Final = (
    "the job's scripts run too many commands to follow all; secrets were not followed beyond this one"
)
_IN_PS4: Final = re.compile(r"(?<!\\)\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One text that is run: of a job's section, or of a file. `locate` gives the file and the place of an offset."""

    text: str
    section: str
    locate: Callable[[int], tuple[str, Place]]
    pinned: tuple[Span, str] | None = None
    """for text that a command runs (`eval`, `bash -c`): the place and the code of that command"""

    def span(self, start: int, end: int) -> Span:
        """The span of `text[start:end]`, in the file where it starts."""
        if self.pinned is not None:
            return self.pinned[0]
        path, first = self.locate(start)
        last_path, last = self.locate(max(start, end - 1))
        if last_path != path or (last.line, last.column) < (first.line, first.column):
            last = first
        return Span(path, first.line, first.column, last.line, last.column + 1)


@dataclass(slots=True, eq=False)
class Shell:
    """What one shell knows; a subshell works on a copy."""

    variables: dict[str, Value] = field(default_factory=dict)
    arrays: dict[str, dict[str, Value]] = field(default_factory=dict)
    unexported: frozenset[str] = frozenset()
    unset: frozenset[str] = frozenset()
    functions: dict[str, tuple[Statement, Unit]] = field(default_factory=dict)
    positional: tuple[Value, ...] = ()
    cwd: str = PROJECT_DIR
    trace: tuple[Unit, Command] | None = None
    traps: dict[str, str] = field(default_factory=dict)
    exports_all: bool = False
    stopped: str = ""
    """"exit" or "return" once nothing after it runs"""

    def copy(self) -> Shell:
        """A shell of its own with the same state."""
        return Shell(
            dict(self.variables),
            {name: dict(items) for name, items in self.arrays.items()},
            self.unexported,
            self.unset,
            dict(self.functions),
            self.positional,
            self.cwd,
            self.trace,
            dict(self.traps),
            self.exports_all,
            self.stopped,
        )

    def merge(self, other: Shell) -> None:
        """Become either of the two: what a value may hold is the union, what is known must be the same."""
        if other.stopped and not self.stopped:
            return
        if self.stopped and not other.stopped:
            self.adopt(other)
            return
        for name in dict.fromkeys((*self.variables, *other.variables)):
            mine, theirs = self.variables.get(name), other.variables.get(name)
            if mine is None or theirs is None:
                self.variables[name] = mine or theirs or EMPTY
                if mine is None and theirs is not None:
                    self.variables[name] = Value(None, theirs.flows)
            elif mine is not theirs:
                self.variables[name] = either(mine, theirs)
        for name, items in other.arrays.items():
            own = self.arrays.setdefault(name, {})
            for key, value in items.items():
                own[key] = either(own[key], value) if key in own else value
        self.functions = {**other.functions, **self.functions}
        self.unexported &= other.unexported
        self.unset &= other.unset
        self.trace = self.trace or other.trace
        self.traps = {**other.traps, **self.traps}

    def adopt(self, other: Shell) -> None:
        """Become the other one."""
        for name in Shell.__slots__:
            setattr(self, name, getattr(other, name))


class Machine:
    """State and reports; what statements and commands do is the business of its subclasses."""

    def __init__(
        self, sources: Sources, files: dict[str, tuple[Flow, ...]], scripts: Callable[[str], str | None]
    ) -> None:
        self.sources = sources
        self.files = files
        self.texts: dict[str, str] = {}
        self.scripts = scripts
        self.shell = Shell()
        self.unit: Unit = Unit("", "", lambda _: ("", Place(1, 1)))
        self.frames: list[tuple[int, int]] = []
        self.leaks: dict[tuple[object, ...], Leak] = {}
        self.traced: dict[Span, tuple[Unit, Command, list[Flow], list[Span]]] = {}
        self.deferred: dict[str, tuple[Block, Streams, Unit]] = {}
        self.budget = MAX_STEPS
        self.calls = 0
        self.counter = 0
        self.written: dict[str, tuple[Span, str, str]] = {}
        self.what: dict[str, str] = {}
        self.unread: dict[Unreadable, None] = {}

    def parsed(self, unit: Unit) -> Block:
        """What there is to run in a text; what of it is no shell is kept to be told."""
        script = parse_shell(unit.text)
        for trouble in script.troubles:
            path, place = unit.locate(trouble.start)
            self.unread[Unreadable(path, place.line, _NOT_SHELL)] = None
        return script.body

    def too_long(self, offset: int) -> None:
        """The analysis ends here: that is told, it is not the same as clean."""
        path, place = self.unit.locate(offset)
        self.unread[Unreadable(path, place.line, _TOO_LONG)] = None

    # -- variables ---------------------------------------------------------------------------------

    def lookup(self, name: str) -> Value:
        """What a variable holds now."""
        shell = self.shell
        value = shell.variables.get(name)
        if value is not None:
            return value
        if name in shell.unset:
            return EMPTY
        items = shell.arrays.get(name)
        if items is not None:
            return items.get("0", EMPTY)
        value = self.sources.lookup(name)
        if value is UNKNOWN and "?sourced" in shell.variables and not self.sources.exports(name):
            return shell.variables["?sourced"]
        return value

    def assign(self, name: str, value: Value, span: Span | None = None) -> None:
        """Give a variable a value; a secret's way gets a step for it."""
        if value.flows and span is not None:
            value = Value(value.text, tuple(self.stepped(flow, span, name) for flow in value.flows))
        shell = self.shell
        if name not in shell.variables and not shell.exports_all and not self.sources.exports(name):
            shell.unexported |= {name}
        shell.variables[name] = value
        shell.arrays.pop(name, None)
        if name in self.shell.unset:
            self.shell.unset -= {name}

    @staticmethod
    def stepped(flow: Flow, span: Span, text: str) -> Flow:
        """The flow, one step further."""
        if flow.is_path and not flow.steps and flow.source.name == text:
            return flow
        if flow.source.name == text and flow.source.origin is not Origin.FETCHED:
            return flow
        if any(step.span == span for step in flow.steps):
            return flow
        steps = (*flow.steps, Step(span, text))
        return Flow(flow.source, flow.form, flow.is_path, flow.via, flow.env_name, steps[-3:])

    def environment(self, *, everything: bool = False) -> tuple[Flow, ...]:
        """Everything secret that a child of this shell finds in its environment.

        `everything`: also what only the shell itself knows.
        """
        flows: list[Flow] = []
        names = {**self.sources.variables, **self.shell.variables}
        for name in names:
            if (name in self.shell.unexported and not everything) or name in self.shell.unset:
                continue
            flows += [
                Flow(f.source, f.form, f.is_path, Sink.DUMP, name, f.steps) for f in self.lookup(name).flows
            ]
        return merged(flow for flow in flows if not flow.is_path)

    # -- files -------------------------------------------------------------------------------------

    def resolve(self, path: str) -> str:
        """The path as seen from the root of the machine."""
        if path.startswith("~"):
            path = "/root" + path[1:]
        return posixpath.normpath(posixpath.join(self.shell.cwd, path))

    def read(self, operand: Value) -> Value:
        """What is in the file that `operand` names."""
        if operand.text is not None:
            path = self.resolve(operand.text)
            if path in self.files or path in self.texts:
                return Value(self.texts.get(path), self.files.get(path, ()))
            if any(char in operand.text for char in "*?["):
                return Value(
                    None, merged(f for name, flows in self.files.items() if _glob(path, name) for f in flows)
                )
        flows = [Flow(f.source, f.form, via=f.via, steps=f.steps) for f in operand.paths]
        flows += [f for f in operand.secrets if f.source.origin is Origin.NAMED]
        return Value(None, merged(flows))

    def write(self, stream: Stream, value: Value, command: Command | None) -> None:
        """Output of `command` goes to `stream`."""
        if stream.kind == "log":
            for flow in value.flows:
                self.printed(flow, command)
        elif stream.kind == "capture":
            stream.kept.append(value)
        elif stream.kind == "file":
            if stream.path in self.deferred:
                self.feed(stream.path, value)
                return
            if value.flows and self.frames:
                code = self.unit.pinned[1] if self.unit.pinned else self.unit.text[slice(*self.frames[-1])]
                self.written.setdefault(
                    stream.path, (self.unit.span(*self.frames[-1]), code, self.unit.section)
                )
            known = stream.path in self.files or stream.path in self.texts
            self.files[stream.path] = merged((*self.files.get(stream.path, ()), *value.flows))
            old = self.texts.get(stream.path, "" if not self.files[stream.path] or not known else None)
            if old is not None and value.text is not None:
                self.texts[stream.path] = old + value.text
            else:
                self.texts.pop(stream.path, None)

    def feed(self, path: str, value: Value) -> None:
        """Output goes to a process substitution `>(...)`."""
        raise NotImplementedError

    # -- reports -----------------------------------------------------------------------------------

    def printed(self, flow: Flow, command: Command | None) -> None:
        """A flow reaches the job log."""
        if flow.is_path:
            return
        if flow.via is Sink.DUMP or (flow.via is not None and not flow.steps):
            sink = flow.via
        elif flow.form is not Form.EXACT:
            sink = Sink.TRANSFORMED
        elif flow.source.origin is Origin.FETCHED:
            sink = Sink.DERIVED
        else:
            sink = Sink.LOG
        self.report(sink, flow, command)

    def report(self, sink: Sink, flow: Flow | None, command: Command | None, detail: str = "") -> None:
        """Keep a leak, once for each place and secret."""
        start, end = self.frames[-1] if self.frames else (0, 0)
        span = self.unit.span(start, end)
        code = self.unit.pinned[1] if self.unit.pinned else self.unit.text[start:end]
        name = command.name if command is not None else ""
        source: Source | None = flow.source if flow else None
        key = (sink, span, source.name if source else "")
        if sink is Sink.DUMP:
            key = (sink, span, "")
        if key not in self.leaks:
            steps = flow.steps if flow else ()
            detail = detail or (self.what.get(source.name, "") if source else "")
            self.leaks[key] = Leak(sink, source, span, name, code, self.unit.section, steps, detail)
        elif sink is Sink.DUMP and source is not None and flow is not None:
            self._worse_dump(key, flow)

    def _worse_dump(self, key: tuple[object, ...], flow: Flow) -> None:
        """Of a dump, speak of the secret that counts most."""
        have = self.leaks[key]
        if have.source is not None and _weight(flow.source) < _weight(have.source):
            self.leaks[key] = Leak(
                have.sink, flow.source, have.span, have.command, have.code, have.section, flow.steps
            )

    def trace(self, values: Iterable[Value], streams: Streams) -> None:
        """Shell tracing writes PS4 and the expanded words of a command to standard error, or to `BASH_XTRACEFD`."""
        if self.shell.trace is None:
            return
        descriptor = self.shell.variables.get("BASH_XTRACEFD", EMPTY).text or ""
        out = streams.outputs.get(int(descriptor), streams.err) if descriptor.isdigit() else streams.err
        if out.kind == "null":
            return
        unit, command = self.shell.trace
        flows = [flow for value in (*values, *self._trace_prefix()) for flow in value.secrets]
        if out.kind != "log":
            self.write(out, Value(None, tuple(flows)), command)
            return
        span = unit.span(command.start, command.end)
        entry = self.traced.setdefault(span, (unit, command, [], []))
        if flows:
            entry[2].extend(flows)
            entry[3].append(self.unit.span(*self.frames[-1]) if self.frames else span)

    def _trace_prefix(self) -> list[Value]:
        """What PS4 shows before each traced command: bash expands it each time."""
        prefix = self.lookup("PS4")
        named = _IN_PS4.findall(prefix.text or "")
        return [prefix, *(self.lookup(one or other) for one, other in named)]


def _weight(source: Source) -> int:
    order = (Origin.FETCHED, Origin.SECRETS, Origin.ID_TOKEN, Origin.NAMED, Origin.PREDEFINED)
    return order.index(source.origin)


def _glob(pattern: str, name: str) -> bool:
    from fnmatch import fnmatchcase  # noqa: PLC0415

    return fnmatchcase(name, pattern)


def log_streams(stdin: Value = EMPTY) -> Streams:
    """The descriptors of a job's shell: both outputs are the job log."""
    return Streams(stdin, {1: LOG, 2: LOG})
