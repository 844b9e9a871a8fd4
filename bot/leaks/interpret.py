"""The statements of a script by abstract interpretation: both ways of a branch, a loop twice, a pipe by its filters."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from bot.documents.shell_nodes import (
    AndOr,
    Block,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Negation,
    Redirected,
    ShellPipeline,
    Statement,
    Test,
    While,
)
from bot.leaks.builtins import tested
from bot.leaks.model import LeakedForm
from bot.leaks.values import EMPTY, Stream, Streams, Value, changed, flows_of, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.output import Output
    from bot.leaks.redirections import Redirections
    from bot.leaks.reports import Reports
    from bot.leaks.scripts import Scripts
    from bot.leaks.simple_commands import Commands
    from bot.leaks.state import ScriptState, Shell
    from bot.leaks.words import Words

_MAX_ROUNDS: Final = 12
_ROUNDS: Final = 2
"""rounds of a loop: the second one sees what the first has set"""


class Interpreter:
    """Interprets statements; each method returns whether the statement succeeds, None where that is not known."""

    def __init__(
        self,
        state: ScriptState,
        reports: Reports,
        output: Output,
        words: Words,
        redirections: Redirections,
        scripts: Scripts,
        commands: Commands,
    ) -> None:
        self._state = state
        self._reports = reports
        self._output = output
        self._words = words
        self._redirections = redirections
        self._scripts = scripts
        self._commands = commands
        self._statements: dict[type, Callable[[Any, Streams], bool | None]] = {
            Command: self._command,
            ShellPipeline: self._pipeline,
            AndOr: self._and_or,
            Negation: self._negation,
            Block: self._block,
            Group: self._group,
            Redirected: self._redirected,
            If: self._if,
            While: self._while,
            For: self._for,
            Case: self._case,
            Function: self._function,
            Test: self._test,
        }

    def run(self, statement: Statement, streams: Streams) -> bool | None:
        """Interpret one statement."""
        if isinstance(statement, Block):
            return self._block(statement, streams)
        state = self._state
        state.steps_left -= 1
        if state.steps_left < 0:
            if state.steps_left == -1:
                self._reports.too_long(statement.start)
            state.shell.stopped = "exit"
            return None
        return self._statements[type(statement)](statement, streams)

    def _block(self, block: Block, streams: Streams) -> bool | None:
        status: bool | None = True
        state = self._state
        for index, statement in enumerate(block.statements):
            if state.shell.stopped:
                return None
            if index in block.background:
                outer, state.shell = state.shell, state.shell.copy()
                self.run(statement, streams)
                state.shell = outer
                status = True
            else:
                status = self.run(statement, streams)
        return status

    def _negation(self, statement: Negation, streams: Streams) -> bool | None:
        status = self.run(statement.statement, streams)
        return None if status is None else not status

    def _group(self, statement: Group, streams: Streams) -> bool | None:
        if statement.subshell:
            return self._scripts.in_subshell(statement.body, streams)
        return self._block(statement.body, streams)

    def _redirected(self, statement: Redirected, streams: Streams) -> bool | None:
        inner = streams.copy()
        for redirect in statement.redirects:
            self._redirections.apply(redirect, inner)
        return self.run(statement.statement, inner)

    def _function(self, statement: Function, _: Streams) -> bool:
        self._state.shell.functions[statement.name] = (statement.body, self._state.unit)
        return True

    def _test(self, statement: Test, streams: Streams) -> bool | None:
        values = [self._words.value(word, streams) for word in statement.words]
        self._output.trace(values, streams)
        flows = flows_of(values)
        if flows and any(value.text == "=~" for value in values):
            whole, part = Value(None, flows), Value(None, changed(flows, LeakedForm.PART))
            self._state.shell.arrays["BASH_REMATCH"] = {"0": whole, "?": part}
        return tested(values)

    # -- commands and pipelines --------------------------------------------------------------------

    def _command(self, command: Command, streams: Streams) -> bool | None:
        state = self._state
        if state.in_frame(command.start, command.end):
            return self._commands.run(command, streams)
        state.frames.append((command.start, command.end))
        try:
            return self._commands.run(command, streams)
        finally:
            state.frames.pop()

    def _pipeline(self, pipeline: ShellPipeline, streams: Streams) -> bool | None:
        state = self._state
        simple = all(isinstance(command, Command) for command in pipeline.commands)
        pushed = simple and not state.in_frame(pipeline.start, pipeline.end)
        if pushed:
            state.frames.append((pipeline.start, pipeline.end))
        stdin = streams.stdin
        status: bool | None = None
        last = len(pipeline.commands) - 1
        for index, command in enumerate(pipeline.commands):
            inner = streams.copy()
            inner.stdin = stdin
            keep = Stream("capture")
            if index < last:
                inner.outputs[1] = keep
                if pipeline.both[index]:
                    inner.outputs[2] = keep
            outer, state.shell = state.shell, state.shell.copy()
            status = self.run(command, inner)
            state.shell = outer
            stdin = joined(keep.kept) if keep.kept else EMPTY
        if pushed:
            state.frames.pop()
        return status

    # -- branches ----------------------------------------------------------------------------------

    def _and_or(self, statement: AndOr, streams: Streams) -> bool | None:
        status = self.run(statement.first, streams)
        for operator, right in statement.rest:
            if self._state.shell.stopped:
                return None
            if status is None:
                before = self._state.shell.copy()
                with self._state.undecided_part():
                    self.run(right, streams)
                self._state.shell.join(before)
            elif status is (operator == "&&"):
                status = self.run(right, streams)
        return status

    def _if(self, statement: If, streams: Streams) -> bool | None:
        state = self._state
        ends: list[Shell] = []
        is_sure = True
        for condition, body in statement.branches:
            status = self._block(condition, streams)
            if status is False:
                continue
            before = state.shell.copy()
            is_sure = is_sure and status is True
            self._branch(body, streams, is_sure=is_sure)
            ends.append(state.shell)
            state.shell = before
            if status is True:
                break
        else:
            if statement.otherwise is not None:
                self._branch(statement.otherwise, streams, is_sure=is_sure)
            ends.append(state.shell)
        self._join(ends)
        return None

    def _branch(self, body: Block, streams: Streams, *, is_sure: bool) -> None:
        """Interpret a branch; `is_sure`: the conditions that lead to it are known."""
        if is_sure:
            self._block(body, streams)
            return
        with self._state.undecided_part():
            self._block(body, streams)

    def _case(self, statement: Case, streams: Streams) -> bool | None:
        state = self._state
        subject = self._words.value(statement.subject, streams)
        before = state.shell
        ends: list[Shell] = []
        matched: bool | None = False
        is_sure = True
        for patterns, body in statement.items:
            texts = [self._words.value(pattern, streams).text for pattern in patterns]
            matched = _matches(subject.text, texts)
            if matched is False:
                continue
            state.shell = before.copy()
            is_sure = is_sure and matched is True
            self._branch(body, streams, is_sure=is_sure)
            ends.append(state.shell)
            if matched is True:
                break
        if matched is not True:
            ends.append(before)
        self._join(ends)
        return None

    def _join(self, ends: list[Shell]) -> None:
        """Go on with what the ends of several branches have in common."""
        self._state.shell = ends[0]
        for end in ends[1:]:
            self._state.shell.join(end)

    # -- loops -------------------------------------------------------------------------------------

    def _while(self, statement: While, streams: Streams) -> bool | None:
        before = self._state.shell.copy()
        inner = streams.copy()
        alone = statement.condition.statements
        for _ in range(_ROUNDS):
            self._state.reads_lines = len(alone) == 1 and isinstance(alone[0], Command)
            status = self._block(statement.condition, inner)
            self._state.reads_lines = False
            if self._stopped() or status is statement.until:
                break
            self._block(statement.body, inner)
            if self._stopped():
                break
        self._state.shell.join(before)
        return None

    def _stopped(self) -> bool:
        """Whether nothing after this runs."""
        return self._state.shell.stopped != ""

    def _for(self, statement: For, streams: Streams) -> bool | None:
        state = self._state
        values = self._loop_values(statement, streams)
        span = state.unit.span(statement.start, statement.start + len("for"))
        before = state.shell.copy()
        for value in values:
            state.assign(statement.name, value, span)
            self._block(statement.body, streams)
            if state.shell.stopped:
                break
        if not values or any(value.text is None for value in values):
            state.shell.join(before)
        return None

    def _loop_values(self, statement: For, streams: Streams) -> list[Value]:
        """The values that a loop goes through; of many, their union twice."""
        if statement.words is None:
            values = list(self._state.shell.positional)
        else:
            values = [
                each for value in self._words.values(statement.words, streams) for each in _split(value)
            ]
        return [joined(values, " ")] * _ROUNDS if len(values) > _MAX_ROUNDS else values


def _split(value: Value) -> list[Value]:
    """The words of a known text."""
    if value.text is None or value.flows or not re.search(r"\s", value.text):
        return [value]
    return [Value(text) for text in value.text.split()]


def _matches(subject: str | None, patterns: list[str | None]) -> bool | None:
    """Whether a case pattern matches; None where that is not known."""
    if any(pattern == "*" for pattern in patterns):
        return True
    if subject is None or None in patterns:
        return None
    return any(fnmatchcase(subject, pattern) for pattern in patterns if pattern is not None)
