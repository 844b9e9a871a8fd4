"""The description of a program: how secrets flow through it, what it shows, what it prints by itself."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from bot.findings import Confidence
from bot.lazy import dataclass
from bot.leaks.model import Holds, Leak, LeakedForm, LeakSource, Origin, Sink
from bot.leaks.paths import ENVIRON
from bot.leaks.tokens import taken
from bot.leaks.values import Flow, Stream, Streams, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.shell_nodes import Command
    from bot.leaks.output import Output
    from bot.leaks.reports import Reports
    from bot.leaks.state import ScriptState


class Runner(Protocol):
    """What runs shell code on behalf of a program."""

    def run_text(self, text: str, streams: Streams) -> bool | None:
        """Run shell code; its places are those of the command that is being run."""

    def run_script(
        self, path: str, call: Invocation, arguments: list[Value], *, sourced: bool
    ) -> bool | None:
        """Run a script of the repository."""

    def run_words(self, call: Invocation, words: list[Value], streams: Streams) -> bool | None:
        """Run the command whose words expand to `words`."""

    def run_opaque(self, call: Invocation, code: Value) -> bool | None:
        """Run code that contains the value of a secret."""


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """The parts of the analysis that programs work with."""

    state: ScriptState
    reports: Reports
    output: Output
    runner: Runner


@dataclass(slots=True, eq=False)
class Invocation:
    """A command that runs: its name, its expanded arguments, its descriptors, and those of the shell around it."""

    name: str
    """the program's name without its folder, behind `sudo` and the like"""
    command: Command
    arguments: list[Value]
    streams: Streams
    outer: Streams
    context: Context
    _texts: list[str] | None = field(default=None, init=False)
    _line: str | None = field(default=None, init=False)

    @property
    def state(self) -> ScriptState:
        """The state of the analysis."""
        return self.context.state

    @property
    def texts(self) -> list[str]:
        """The texts of the arguments, "" where one is not known."""
        if self._texts is None:
            self._texts = [value.text or "" for value in self.arguments]
        return self._texts

    @property
    def line(self) -> str:
        """The command line as far as it is known."""
        if self._line is None:
            self._line = " ".join([self.name, *[value.start for value in self.arguments]])
        return self._line

    @property
    def stdin(self) -> Value:
        """What standard input holds."""
        given = self.streams.stdin
        return taken(given, self.line) if given.flows else given

    def pairs(self) -> Iterator[tuple[str, Value]]:
        """Each argument with the known start of the word before it."""
        before = self.name
        for value in self.arguments:
            yield before, value
            before = value.start

    def split(self, takes_value: str = "") -> tuple[list[Value], list[Value]]:
        """Options and operands; `takes_value` are the letters of short options whose value is no operand."""
        options: list[Value] = []
        operands: list[Value] = []
        skip = ended = False
        for value in self.arguments:
            text = value.text
            if skip:
                skip = False
            elif ended or text is None or not text.startswith("-") or text == "-":
                operands.append(value)
            elif text == "--":
                ended = True
            else:
                options.append(value)
                skip = len(text) == 2 and text[1] in takes_value  # noqa: PLR2004 - a dash and a letter
        return options, operands

    def has_option(self, pattern: str) -> bool:
        """Whether an argument matches `pattern` as a whole."""
        return any(re.fullmatch(pattern, text) for text in self.texts)

    # -- what a program does -----------------------------------------------------------------------

    def write(self, value: Value, to: Stream | None = None) -> None:
        """Write to standard output, or to the stream `to`."""
        self.context.output.write(to or self.streams.out, value, self.command)

    def write_file(self, path: str, value: Value) -> None:
        """Add to the file `path`."""
        self.write(value, Stream("file", self.state.resolve(path)))

    def contents(self, operands: list[Value]) -> list[Value]:
        """The contents of the named files; `-` is standard input."""
        found: list[Value] = []
        state = self.state
        for operand in operands:
            if operand.text == "-":
                found.append(self.stdin)
                continue
            if ENVIRON.search(operand.literal):
                found.append(Value(None, state.environment()))
                continue
            if operand.text is not None and state.resolve(operand.text) in state.files.feeds:
                continue
            self.context.reports.used_as_file(operand, self.streams.err)
            found.append(taken(state.read(operand), self.line))
        return found

    def report(self, sink: Sink, flow: Flow, detail: str = "") -> None:
        """Report a secret that the command shows."""
        self.context.reports.report(sink, flow, self.command, detail)

    def fetched(
        self,
        name: str,
        contents: str,
        sink: Sink = Sink.TOOL,
        to: Stream | None = None,
        confidence: Confidence = Confidence.HIGH,
    ) -> None:
        """Write a secret that the command gets by itself: the runner does not mask it."""
        self.write(Value(None, (Flow(self.source(name, contents, confidence), via=sink),)), to)

    def source(self, name: str, contents: str, confidence: Confidence = Confidence.HIGH) -> LeakSource:
        """A secret that the command gets by itself; `contents` is what it is, in words."""
        span = self.state.span()
        return LeakSource(
            name,
            Origin.FETCHED,
            Holds.VALUE,
            masked=False,
            confidence=confidence,
            span=span,
            contents=contents,
        )


class Exposure(NamedTuple):
    """A secret that a command shows beside its output."""

    sink: Sink
    flow: Flow
    detail: str = ""


class Argument(NamedTuple):
    """An option that takes a secret where every process of the machine can read it.

    `joined`: the secret follows in the same word (`-pSECRET`, `--password=SECRET`); `apart`: in the next one. `safe`:
    what to use instead. `when`: the command line behind the program's name for which this is so.
    """

    joined: str
    apart: str
    safe: str
    when: str = ""


NEVER: Final = r"\0"
"""an option that no word is"""


class Printer(NamedTuple):
    """A command line that prints a secret by itself.

    `words`: its first words behind the program's name that are no options. `unless`: where this is found among its
    arguments, it does not. `only`: this must be found. `contents`: what it prints.
    """

    words: tuple[str, ...]
    contents: str
    unless: str = ""
    only: str = ""
    sink: Sink = Sink.TOOL

    def matches(self, arguments: list[str]) -> bool:
        """Whether the command line ("" for an unknown word) is this one."""
        plain = [argument for argument in arguments if not argument.startswith("-")]
        if len(plain) < len(self.words) or not all(
            re.fullmatch(want, have) for want, have in zip(self.words, plain, strict=False)
        ):
            return False
        rest = " ".join(arguments)
        if self.unless and re.search(self.unless, rest):
            return False
        return not self.only or re.search(self.only, rest) is not None

    def name(self, call: Invocation) -> str:
        """What the secret is called: the program and the words that make it print."""
        plain = [text for text in call.texts if text and not text.startswith("-")]
        return " ".join([call.name, *plain[: max(1, len(self.words))]])


class Keeps(NamedTuple):
    """A command line (`when`, behind the program's name) that keeps the secret it is given in a file of settings.

    `path`: the file, absolute (the user is root). `form`: what the file holds of the secret.
    """

    when: str
    path: str
    form: LeakedForm = LeakedForm.WHOLE


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Program:
    """One program, or a family of programs that work alike. Every part is optional but the names."""

    names: tuple[str, ...]
    run: Callable[[Invocation], bool | None] | None = None
    """how secrets flow through it; the exit status where it is known"""
    idle: frozenset[str] = frozenset()
    """first words behind the name for which `run` does nothing"""
    arguments: tuple[Argument, ...] = ()
    """options that show a secret to other processes; the first whose `when` matches decides"""
    printers: tuple[Printer, ...] = ()
    """command lines that print a secret by themselves"""
    verbose: str = ""
    """options that print what is sent"""
    keeps: tuple[Keeps, ...] = ()
    """command lines that keep a secret in a file of settings"""
    exposes: Callable[[Invocation], Iterator[Exposure]] | None = None
    """what it shows beside its output, where `arguments` and `verbose` do not say it"""
    builds: Callable[[Invocation], bool] | None = None
    """whether the command line builds an image: then `exposes` alone decides what it shows"""
    value_options: str = ""
    """options that take the value of a secret: the path of a file is wrong there"""
    value_operand: bool = False
    """an operand is the value of a secret"""
    repairs: tuple[Callable[[Leak], str | None], ...] = ()
    """safe forms of its leaking command lines: the first that is not None counts"""
