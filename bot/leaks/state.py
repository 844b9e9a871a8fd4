"""The state of the abstract interpretation at one point of a script: variables, files, and the place in the text."""

from __future__ import annotations

import posixpath
from contextlib import contextmanager
from dataclasses import field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from bot.documents.location import Place, Span
from bot.lazy import dataclass
from bot.leaks.model import Origin, Sink, ValueStep
from bot.leaks.sources import PROJECT_DIR, Sources
from bot.leaks.values import EMPTY, UNKNOWN, Flow, Value, either, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.shell_nodes import Command, Statement

MAX_STEPS: Final = 60_000
"""Statements that are interpreted in one job; beyond, the analysis ends with a note."""
MAX_DEPTH: Final = 12
"""Functions and scripts that call each other."""
SOURCED: Final = "?sourced"
"""The variable of the state for whatever a file with secrets, read by `source`, may set."""
_HOME: Final = "/root"
_KEPT_STEPS: Final = 3


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

    def code(self, start: int, end: int) -> str:
        """The code that a person would change: `text[start:end]`, or the command that runs this text."""
        return self.pinned[1] if self.pinned else self.text[start:end]


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
    former_cwd: str = PROJECT_DIR
    """where `cd -` goes"""
    folders: tuple[str, ...] = ()
    """where `popd` goes, the last one first"""
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
            self.former_cwd,
            self.folders,
            self.trace,
            dict(self.traps),
            self.exports_all,
            self.stopped,
        )

    def child(self) -> Shell:
        """The shell of another process: it inherits exported variables, no functions and no tracing."""
        child = self.copy()
        child.functions = {}
        for name in self.unexported:
            child.variables.pop(name, None)
        child.trace = None
        return child

    def join(self, other: Shell) -> None:
        """Join with the other branch: what a value may hold is the union, what is known must be the same."""
        if other.stopped and not self.stopped:
            return
        if self.stopped and not other.stopped:
            self.adopt(other)
            return
        for name in dict.fromkeys((*self.variables, *other.variables)):
            mine, theirs = self.variables.get(name), other.variables.get(name)
            if mine is None or theirs is None:
                self.variables[name] = mine or Value(None, theirs.flows if theirs else ())
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
        """Take over the state of the other one."""
        for name in Shell.__slots__:
            setattr(self, name, getattr(other, name))


class WrittenFiles:
    """The files of the job's machine: the secrets in them, and their text where it is known. Paths are absolute."""

    def __init__(self, flows: dict[str, tuple[Flow, ...]]) -> None:
        self.flows = flows
        self.texts: dict[str, str] = {}
        self.written: dict[str, tuple[Span, str, str]] = {}
        """where a secret was first written to a path: place, code, section of the job"""
        self.feeds: dict[str, Callable[[Value], None]] = {}
        """process substitutions `>(...)`: what is written to the path is their input"""

    def known(self, path: str) -> bool:
        """Whether anything is known of a file at `path`."""
        return path in self.flows or path in self.texts

    def empty(self, path: str) -> None:
        """Make the file empty, as `> path` does."""
        self.flows[path] = ()
        self.texts[path] = ""

    def append(self, path: str, value: Value) -> None:
        """Add `value` at the end of the file."""
        known = self.known(path)
        self.flows[path] = merged((*self.flows.get(path, ()), *value.flows))
        old = self.texts.get(path, "" if not self.flows[path] or not known else None)
        if old is not None and value.text is not None:
            self.texts[path] = old + value.text
        else:
            self.texts.pop(path, None)

    def forget(self, path: str) -> None:
        """Remove the file."""
        self.flows.pop(path, None)
        self.texts.pop(path, None)

    def folder(self, path: str) -> tuple[Flow, ...]:
        """Every secret in a file under the folder `path`."""
        prefix = path.rstrip("/") + "/"
        return merged(flow for name, flows in self.flows.items() if name.startswith(prefix) for flow in flows)

    def matching(self, pattern: str) -> Iterator[Flow]:
        """Every secret in a file whose path matches the glob `pattern`."""
        for name, flows in self.flows.items():
            if fnmatchcase(name, pattern):
                yield from flows


class ScriptState:
    """What is known at the point of the script that is being interpreted."""

    def __init__(
        self, sources: Sources, files: dict[str, tuple[Flow, ...]], scripts: Callable[[str], str | None]
    ) -> None:
        self.sources = sources
        self.files = WrittenFiles(files)
        self.scripts = scripts
        """the text of a script of the repository, None where there is none"""
        self.shell = Shell()
        self.unit: Unit = Unit("", "", lambda _: ("", Place(1, 1)))
        self.frames: list[tuple[int, int]] = []
        """start and end of the commands that are being run in `unit`: a leak is reported on the innermost"""
        self.depth = 0
        self.steps_left = MAX_STEPS
        self.undecided = 0
        """how many conditions that are not known lie around the command that is being run"""
        self.reads_lines = False
        """whether the command that is being run decides whether a loop goes on"""
        self._numbered = 0

    def begin(self) -> None:
        """Start a new shell of the job."""
        self.shell = Shell()
        self.frames = []

    @contextmanager
    def within(self, unit: Unit) -> Iterator[None]:
        """What is interpreted within it is in another text."""
        outer, frames = self.unit, self.frames
        self.unit, self.frames, self.depth = unit, [], self.depth + 1
        try:
            yield
        finally:
            self.unit, self.frames, self.depth = outer, frames, self.depth - 1

    @contextmanager
    def undecided_part(self) -> Iterator[None]:
        """What is interpreted within it depends on a condition that is not known."""
        self.undecided += 1
        try:
            yield
        finally:
            self.undecided -= 1

    def number(self) -> int:
        """A number that was not used before in this job."""
        self._numbered += 1
        return self._numbered

    # -- places ------------------------------------------------------------------------------------

    def span(self) -> Span | None:
        """The place of the command that is being run; None outside of any."""
        return self.unit.span(*self.frames[-1]) if self.frames else None

    def in_frame(self, start: int, end: int) -> bool:
        """Whether the text from `start` to `end` is part of the command that is being run."""
        if not self.frames:
            return False
        first, last = self.frames[-1]
        return first <= start and end <= last

    # -- variables ---------------------------------------------------------------------------------

    def lookup(self, name: str) -> Value:
        """The value of a variable at this point."""
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
        if value is UNKNOWN and SOURCED in shell.variables and not self.sources.exports(name):
            return shell.variables[SOURCED]
        return value

    def assign(self, name: str, value: Value, span: Span | None = None) -> None:
        """Give a variable a value; the way of a secret in it gets a step for `span`."""
        if value.flows and span is not None:
            value = stepped(value, span, name)
        shell = self.shell
        if name not in shell.variables and not shell.exports_all and not self.sources.exports(name):
            shell.unexported |= {name}
        shell.variables[name] = value
        shell.arrays.pop(name, None)
        if name in shell.unset:
            shell.unset -= {name}

    def environment(self, *, everything: bool = False) -> tuple[Flow, ...]:
        """Every secret that a child of this shell has in its environment.

        `everything`: also what only the shell itself knows.
        """
        flows: list[Flow] = []
        names = {**self.sources.variables, **self.shell.variables}
        place = self.span()
        for name in names:
            if (name in self.shell.unexported and not everything) or name in self.shell.unset:
                continue
            shown = "" if name == SOURCED else name
            flows += [
                Flow(f.source, f.form, via=Sink.DUMP, env_name=shown, steps=f.steps, dumped_at=place)
                for f in self.lookup(name).secrets
            ]
        return merged(flows)

    # -- files -------------------------------------------------------------------------------------

    def resolve(self, path: str) -> str:
        """The absolute path of `path` in the current folder."""
        if path.startswith("~"):
            path = _HOME + path[1:]
        return posixpath.normpath(posixpath.join(self.shell.cwd, path))

    def read(self, operand: Value) -> Value:
        """The contents of the file that `operand` names."""
        if operand.text is not None:
            path = self.resolve(operand.text)
            files = self.files
            if files.known(path):
                return Value(files.texts.get(path), files.flows.get(path, ()))
            if any(char in operand.text for char in "*?["):
                return Value(None, merged(files.matching(path)))
        flows = [Flow(f.source, f.form, via=f.via, steps=f.steps) for f in operand.paths]
        flows += [f for f in operand.secrets if f.source.origin is Origin.NAMED]
        return Value(None, merged(flows))

    def change_folder(self, path: str | None) -> None:
        """Go to the folder `path`, the home folder where it is None."""
        self.shell.former_cwd = self.shell.cwd
        self.shell.cwd = _HOME if path is None else self.resolve(path)
        self.shell.variables["PWD"] = Value(self.shell.cwd)


def stepped(value: Value, span: Span | None, text: str) -> Value:
    """The value with one more step, `text` at `span`, on the way of each secret in it."""
    if span is None or not value.flows:
        return value
    parts = tuple(
        piece if isinstance(piece, str) else tuple(_one_step(flow, span, text) for flow in piece)
        for piece in value.parts
    )
    return Value(value.text, tuple(_one_step(flow, span, text) for flow in value.flows), parts)


def _one_step(flow: Flow, span: Span, text: str) -> Flow:
    if flow.is_path and not flow.steps and flow.source.name == text:
        return flow
    if flow.source.name == text and flow.source.origin is not Origin.FETCHED:
        return flow
    if any(step.span == span for step in flow.steps):
        return flow
    steps = (*flow.steps, ValueStep(span, text))
    return replace(flow, steps=steps[-_KEPT_STEPS:])
