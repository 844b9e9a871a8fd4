"""Runs the statements of a script in thought: both ways of a branch, a loop twice, a pipe through its filters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.shell import parse_shell
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
    Pipeline,
    Redirect,
    Redirected,
    Statement,
    Test,
    While,
)
from bot.leaks.commands import Commands
from bot.leaks.machine import Unit
from bot.leaks.values import EMPTY, LOG, NULL, Stream, Streams, Value, joined

if TYPE_CHECKING:
    from bot.leaks.machine import Shell

_QUIET_FILES: Final = frozenset({"/dev/null"})
_LOG_FILES: Final = frozenset({"/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2", "/proc/self/fd/1",
                               "/proc/self/fd/2", "/proc/1/fd/1", "/proc/1/fd/2"})  # fmt: skip
_MAX_ROUNDS: Final = 12
_FIRST_FREE: Final = 9
"""bash gives `{name}>file` the first free descriptor above this one"""


class Interpreter(Commands):
    """Statements."""

    def run_block(self, block: Block, streams: Streams) -> bool | None:
        """Run statements one after another."""
        status: bool | None = True
        for index, statement in enumerate(block.statements):
            if self.shell.stopped:
                return None
            if index in block.background:
                outer, self.shell = self.shell, self.shell.copy()
                self.run(statement, streams)
                self.shell = outer
                status = True
            else:
                status = self.run(statement, streams)
        return status

    def run_text(self, text: str, streams: Streams) -> bool | None:
        """Run text whose places are those of the command that runs it."""
        if self.calls > 6:  # noqa: PLR2004 - an eval in an eval in an eval
            return None
        outer, frames = self.unit, self.frames
        place = frames[-1] if frames else (0, 0)
        pinned = outer.pinned or (outer.span(*place), outer.text[place[0] : place[1]])
        self.unit, self.frames = Unit(text, outer.section, outer.locate, pinned), []
        self.calls += 1
        status = self.run_block(parse_shell(text).body, streams)
        self.calls -= 1
        self.unit, self.frames = outer, frames
        return status

    def run(self, statement: Statement, streams: Streams) -> bool | None:  # noqa: C901, PLR0911, PLR0912 - one branch for each case
        """Run one statement; whether it succeeds, None where that is not known."""
        self.budget -= 1
        if self.budget < 0:
            if self.budget == -1:
                self.too_long(statement.start)
            self.shell.stopped = "exit"
            return None
        match statement:
            case Command():
                return self._framed(statement, streams)
            case Pipeline():
                return self._pipeline(statement, streams)
            case AndOr():
                return self._and_or(statement, streams)
            case Negation():
                status = self.run(statement.statement, streams)
                return None if status is None else not status
            case Block():
                return self.run_block(statement, streams)
            case Group():
                if statement.subshell:
                    return self.in_subshell(statement.body, streams)
                return self.run_block(statement.body, streams)
            case Redirected():
                inner = streams.copy()
                for redirect in statement.redirects:
                    self.redirect(redirect, inner)
                return self.run(statement.statement, inner)
            case If():
                return self._if(statement, streams)
            case While():
                return self._while(statement, streams)
            case For():
                return self._for(statement, streams)
            case Case():
                return self._case(statement, streams)
            case Function():
                self.shell.functions[statement.name] = (statement.body, self.unit)
                return True
            case Test():
                return self._test(statement, streams)

    def _framed(self, command: Command, streams: Streams) -> bool | None:
        pushed = not (self.frames and self._inside_frame(command))
        if pushed:
            self.frames.append((command.start, command.end))
        try:
            return self.command(command, streams)
        finally:
            if pushed:
                self.frames.pop()

    def _inside_frame(self, node: Command | Pipeline) -> bool:
        """Whether the node is part of the pipeline, or of the command, that is being reported on."""
        start, end = self.frames[-1]
        return start <= node.start and node.end <= end

    def _pipeline(self, pipeline: Pipeline, streams: Streams) -> bool | None:
        simple = all(isinstance(command, Command) for command in pipeline.commands)
        pushed = simple and not (self.frames and self._inside_frame(pipeline))
        if pushed:
            self.frames.append((pipeline.start, pipeline.end))
        stdin = streams.stdin
        status: bool | None = None
        last = len(pipeline.commands) - 1
        for index, command in enumerate(pipeline.commands):
            inner = Streams(stdin, dict(streams.outputs))
            keep = Stream("capture")
            if index < last:
                inner.outputs[1] = keep
                if pipeline.both[index]:
                    inner.outputs[2] = keep
            outer, self.shell = self.shell, self.shell.copy()
            status = self.run(command, inner)
            self.shell = outer
            stdin = joined(keep.kept) if keep.kept else EMPTY
        if pushed:
            self.frames.pop()
        return status

    def _and_or(self, statement: AndOr, streams: Streams) -> bool | None:
        status = self.run(statement.first, streams)
        for operator, right in statement.rest:
            if self.shell.stopped:
                return None
            if status is not None:
                if status is (operator == "&&"):
                    status = self.run(right, streams)
                continue
            before = self.shell.copy()
            status = self.run(right, streams)
            status = None
            self.shell.merge(before)
        return status

    def _if(self, statement: If, streams: Streams) -> bool | None:
        ends: list[Shell] = []
        for condition, body in statement.branches:
            status = self.run_block(condition, streams)
            if status is False:
                continue
            before = self.shell.copy()
            self.run_block(body, streams)
            ends.append(self.shell)
            self.shell = before
            if status is True:
                break
        else:
            if statement.otherwise is not None:
                self.run_block(statement.otherwise, streams)
            ends.append(self.shell)
        self.shell = ends[0]
        for end in ends[1:]:
            self.shell.merge(end)
        return None

    def _while(self, statement: While, streams: Streams) -> bool | None:
        before = self.shell.copy()
        inner = streams.copy()
        for _ in range(2):
            status = self.run_block(statement.condition, inner)
            if self._ended() or status is statement.until:
                break
            self.run_block(statement.body, inner)
            if self._ended():
                break
        self.shell.merge(before)
        return None

    def _ended(self) -> bool:
        """Whether nothing after this runs."""
        return self.shell.stopped != ""

    def _for(self, statement: For, streams: Streams) -> bool | None:
        values = (
            list(self.shell.positional) if statement.words is None else self.words(statement.words, streams)
        )
        split: list[Value] = []
        for value in values:
            if (
                value.text is not None
                and not value.flows
                and re.search(r"\s", value.text)
                and statement.words
            ):
                split += [Value(text) for text in value.text.split()]
            else:
                split.append(value)
        span = self.unit.span(statement.start, statement.start + 3)
        if len(split) > _MAX_ROUNDS:
            split = [joined(split, " ")] * 2
        before = self.shell.copy()
        for value in split:
            self.assign(statement.name, value, span)
            self.run_block(statement.body, streams)
            if self.shell.stopped:
                break
        if any(value.text is None for value in split) or not split:
            self.shell.merge(before)
        return None

    def _case(self, statement: Case, streams: Streams) -> bool | None:
        subject = self.word(statement.subject, streams)
        before = self.shell
        ends: list[Shell] = []
        sure = False
        for patterns, body in statement.items:
            texts = [self.word(pattern, streams).text for pattern in patterns]
            matched = _matches(subject.text, texts)
            if matched is False:
                continue
            self.shell = before.copy()
            self.run_block(body, streams)
            ends.append(self.shell)
            if matched is True:
                sure = True
                break
        if not sure:
            ends.append(before)
        self.shell = ends[0]
        for end in ends[1:]:
            self.shell.merge(end)
        return None

    def _test(self, statement: Test, streams: Streams) -> bool | None:
        values = [self.word(word, streams) for word in statement.words]
        self.trace(values, streams)
        return self.tested(values)

    # -- redirections ------------------------------------------------------------------------------

    def redirect(self, redirect: Redirect, streams: Streams) -> None:
        """Carry out one redirection; the order of several matters (`2>&1 >f` is not `>f 2>&1`)."""
        operator = redirect.operator
        if operator in {"<<", "<<-"}:
            streams.stdin = self.word(redirect.target, streams)
            return
        target = self.word(redirect.target, streams)
        if redirect.variable:
            fd = max(_FIRST_FREE, *streams.outputs) + 1
            self.assign(redirect.variable, Value(str(fd)))
            redirect = Redirect(operator, redirect.target, redirect.start, redirect.end, fd)
        if operator == "<<<":
            streams.stdin = Value(
                None if target.text is None else target.text + "\n", target.flows, target.prefix
            )
        elif operator == "<":
            if redirect.fd in {None, 0}:
                self.used_as_file(target)
                streams.stdin = self.read(target)
        elif operator == "<&":
            return
        elif operator == ">&" and (target.text is None or re.fullmatch(r"\d+-?|-", target.text)):
            fd = 1 if redirect.fd is None else redirect.fd
            name = (target.text or "1").rstrip("-")
            streams.outputs[fd] = streams.outputs.get(int(name), NULL) if name else NULL
        else:
            stream = self._opened(target, streams, append=operator in {">>", "&>>"})
            if operator in {"&>", "&>>"} or (operator == ">&" and redirect.fd is None):
                streams.outputs[1] = streams.outputs[2] = stream
            else:
                streams.outputs[1 if redirect.fd is None else redirect.fd] = stream

    def _opened(self, target: Value, streams: Streams, *, append: bool) -> Stream:
        text = target.text
        if text is None:
            return Stream("file", f"?{target.flows[0].source.name if target.flows else ''}")
        if text in _QUIET_FILES:
            return NULL
        if text in _LOG_FILES:
            if text.endswith(("stdout", "/1")):
                return streams.out if text != "/proc/1/fd/1" else LOG
            return streams.err if text.endswith(("stderr", "/2")) and text != "/proc/1/fd/2" else LOG
        path = self.resolve(text)
        if path in self.deferred:
            return Stream("file", path)
        if not append:
            self.files[path] = ()
            self.texts[path] = ""
        return Stream("file", path)


def _matches(subject: str | None, patterns: list[str | None]) -> bool | None:
    """Whether a case pattern matches; None where that is not known."""
    if any(pattern == "*" for pattern in patterns):
        return True
    if subject is None or None in patterns:
        return None
    from fnmatch import fnmatchcase  # noqa: PLC0415

    return any(fnmatchcase(subject, pattern) for pattern in patterns if pattern is not None)
