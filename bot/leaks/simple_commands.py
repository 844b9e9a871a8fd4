"""A simple command: its assignments and redirections, what it exposes, and what carries it out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.shell_nodes import Expansion
from bot.leaks.builtins import BUILTINS
from bot.leaks.exposures import exposures, may_expose
from bot.leaks.model import Origin, Sink
from bot.leaks.path_values import path_in_variable, paths_as_values
from bot.leaks.program import Invocation
from bot.leaks.programs import program_named
from bot.leaks.scripts import SHELLS
from bot.leaks.tokens import taken
from bot.leaks.values import UNKNOWN, Streams, Value, changed, flows_of
from bot.leaks.wrappers import unwrapped

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Assignment, Command
    from bot.leaks.program import Context, Program
    from bot.leaks.redirections import Redirections
    from bot.leaks.scripts import Scripts
    from bot.leaks.words import Words

_DECLARED: Final = frozenset({Origin.SECRETS, Origin.ID_TOKEN})
_FEW: Final = 8
"""words behind `env` among which its assignments are looked for"""


class Commands:
    """Runs simple commands."""

    def __init__(self, context: Context, words: Words, redirections: Redirections, scripts: Scripts) -> None:
        self._context = context
        self._state = context.state
        self._words = words
        self._redirections = redirections
        self._scripts = scripts

    def run(self, command: Command, streams: Streams) -> bool | None:
        """Run a simple command; whether it succeeds, None where that is not known."""
        if not command.words:
            return self._assignments_only(command, streams)
        for assignment in (*command.assignments, *command.declared):
            self._path_assigned(assignment, command, streams)
        values = self._words.values(command.words, streams)
        shell = self._state.shell
        inner = streams.copy() if command.redirects else streams
        saved, unexported = dict(shell.variables) if command.assignments else {}, shell.unexported
        own = [self._words.assign(assignment, streams) for assignment in command.assignments]
        if own:
            shell.unexported -= {assignment.name for assignment in command.assignments}
        declared = [(d, self._words.assign(d, streams)) for d in command.declared]
        if shell.trace is not None:
            self._context.output.trace(
                [*own, *values, *(value for d, value in declared if d.elements is None)], streams
            )
        for redirect in command.redirects:
            self._redirections.apply(redirect, inner)
        if not values:
            return None
        if own:
            self._trace_child(command, own)
        status = self.run_words(command, values, inner, streams)
        if command.assignments and shell is self._state.shell:
            self._restore(command, saved)
            shell.unexported = unexported
        return status

    def _trace_child(self, command: Command, own: list[Value]) -> None:
        """`SHELLOPTS=xtrace command` traces the shell that the command starts."""
        for assignment, value in zip(command.assignments, own, strict=False):
            if assignment.name == "SHELLOPTS" and "xtrace" in (value.text or ""):
                self._state.shell.trace = self._state.shell.trace or (self._state.unit, command)

    def _restore(self, command: Command, saved: dict[str, Value]) -> None:
        """The variables in front of a command hold for that command only."""
        variables = self._state.shell.variables
        for assignment in command.assignments:
            if assignment.name in saved:
                variables[assignment.name] = saved[assignment.name]
            else:
                variables.pop(assignment.name, None)

    def _path_assigned(self, assignment: Assignment, command: Command, streams: Streams) -> None:
        parts = assignment.value.parts if assignment.value is not None else ()
        if len(parts) == 1 and isinstance(parts[0], Expansion):
            flow = path_in_variable(assignment.name, self._words.value(assignment.value, streams))
            if flow is not None:
                self._context.reports.report(Sink.PATH_AS_VALUE, flow, command)

    def _assignments_only(self, command: Command, streams: Streams) -> bool | None:
        values = [self._words.assign(assignment, streams) for assignment in command.assignments]
        # bash traces an array's assignment as it is written (5.2, 2026-11)
        shown = [v for v, a in zip(values, command.assignments, strict=True) if a.elements is None]
        self._context.output.trace(shown, streams)
        inner = streams.copy()
        for redirect in command.redirects:
            self._redirections.apply(redirect, inner)
        reads = any(redirect.operator == "<" for redirect in command.redirects)
        if reads and not command.assignments and streams.out.kind == "capture":
            self._context.output.write(streams.out, inner.stdin, command)
        return None if any(value.text is None for value in values) else True

    # -- what carries it out -----------------------------------------------------------------------

    def run_words(
        self, command: Command, values: list[Value], streams: Streams, outer: Streams
    ) -> bool | None:
        """Run the command whose words expand to `values`. `outer`: the descriptors of the shell around it."""
        given = _environment_of(values)
        values, name = unwrapped(values)
        if given and name not in {"", "env"}:
            return self._with_environment(command, given, values, streams, outer)
        call = Invocation(name, command, values[1:], streams, outer, self._context)
        if not name:
            self._unknown(call, values)
            return None
        if name in self._state.shell.functions:
            return self._scripts.call_function(name, call.arguments, streams)
        builtin = BUILTINS.get(name)
        if builtin is not None:
            return builtin(call)
        script = self._scripts.script_of(values)
        if script is not None:
            self._report_paths(call, None)
            return self._scripts.execute(script, call, call.arguments)
        return self._scripts.run_shell(call) if name in SHELLS else self._run_program(call)

    def _with_environment(
        self, command: Command, given: list[Value], values: list[Value], streams: Streams, outer: Streams
    ) -> bool | None:
        """`env NAME=value command`: the command runs with the variable."""
        state = self._state
        shell, state.shell = state.shell, state.shell.copy()
        for value in given:
            name = value.start.partition("=")[0]
            state.assign(name, Value(None, value.flows))
            state.shell.unexported -= {name}
        status = self.run_words(command, values, streams, outer)
        state.shell = shell
        return status

    def _unknown(self, call: Invocation, values: list[Value]) -> None:
        """The value of a secret is run as a command: bash prints it with `command not found`."""
        if values and values[0].secrets:
            self._expose(call, None)
            tried = tuple(flow for flow in values[0].secrets if flow.source.origin in _DECLARED)
            call.write(Value(None, tried), call.streams.err)

    def _run_program(self, call: Invocation) -> bool | None:
        """Run a program that is no part of the shell."""
        program = program_named(call.name)
        if any(value.flows for value in call.arguments):
            line = call.line
            call.arguments = [taken(value, line) for value in call.arguments]
        self._expose(call, program)
        out = call.streams.out
        written = len(out.kept)
        status = self._carried_out(call, program) if program is not None else None
        if out.kind == "capture" and len(out.kept) == written:
            out.kept.append(UNKNOWN)  # what it prints is not known: not the same as nothing
        return status

    @staticmethod
    def _carried_out(call: Invocation, program: Program) -> bool | None:
        _keep(call, program)
        for printer in program.printers:
            if printer.matches(call.texts):
                call.fetched(printer.name(call), printer.contents, printer.sink)
                return None
        return program.run(call) if program.run is not None else None

    def _expose(self, call: Invocation, program: Program | None) -> None:
        """Report where the command shows its arguments or its traffic."""
        if not may_expose(call, program):
            return
        for exposure in exposures(call, program):
            call.report(*exposure)
        self._report_paths(call, program)
        if "--password-stdin" in call.texts:
            for flow in call.stdin.paths:
                call.report(Sink.PATH_AS_VALUE, flow)

    @staticmethod
    def _report_paths(call: Invocation, program: Program | None) -> None:
        for flow in paths_as_values(call, program):
            call.report(Sink.PATH_AS_VALUE, flow)


def _environment_of(values: list[Value]) -> list[Value]:
    """The words of `env NAME=value command` that carry a secret."""
    if values[0].text != "env":
        return []
    return [value for value in values[:_FEW] if value.flows and re.match(r"[A-Za-z_]\w*=", value.start)]


def _keep(call: Invocation, program: Program) -> None:
    """Note the secrets that the command keeps in its settings."""
    for kept in program.keeps:
        if re.search(kept.when, call.line):
            flows = flows_of((*call.arguments, call.stdin))
            if flows:
                call.write_file(kept.path, Value(None, changed(flows, kept.form)))
            return
