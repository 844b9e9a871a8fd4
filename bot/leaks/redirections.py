"""Redirections: where the descriptors of a command go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.paths import ENVIRON
from bot.leaks.values import LOG, NULL, Stream, Streams, Value, joined

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Redirect
    from bot.leaks.reports import Reports
    from bot.leaks.state import ScriptState
    from bot.leaks.words import Words

_QUIET_FILES: Final = frozenset({"/dev/null"})
_LOG_FILES: Final = frozenset({"/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2", "/proc/self/fd/1",
                               "/proc/self/fd/2", "/proc/1/fd/1", "/proc/1/fd/2"})  # fmt: skip
_FIRST_FREE: Final = 9
"""bash gives `{name}>file` the first free descriptor above this one"""


class Redirections:
    """Carries out redirections."""

    def __init__(self, state: ScriptState, reports: Reports, words: Words) -> None:
        self._state = state
        self._reports = reports
        self._words = words

    def apply(self, redirect: Redirect, streams: Streams) -> None:
        """Carry out one redirection; the order of several matters (`2>&1 >f` is not `>f 2>&1`)."""
        operator, fd = redirect.operator, redirect.fd
        target = self._words.value(redirect.target, streams)
        if operator in {"<<", "<<-"}:
            streams.stdin = target
            return
        if redirect.variable:
            fd = max(_FIRST_FREE, *streams.outputs) + 1
            self._state.assign(redirect.variable, Value(str(fd)))
        if operator == "<<<":
            streams.stdin = joined([target, Value("\n")])
        elif operator == "<":
            self._reports.used_as_file(target, streams.err)
            given = self._given(target)
            if fd:
                streams.inputs[fd] = given
            else:
                streams.stdin = given
        elif operator == "<&":
            number = (target.text or "").rstrip("-")
            if number.isdigit() and fd in {None, 0}:
                streams.stdin = streams.inputs.get(int(number), streams.stdin)
        else:
            self._output(operator, fd, target, streams)

    def _given(self, target: Value) -> Value:
        """What is read of a file.

        `/proc/self/environ` is empty there: it is opened by a process that then becomes another program (Linux 6,
        2026-11).
        """
        if ENVIRON.search(target.literal) and "self" not in target.literal:
            return Value(None, self._state.environment())
        return self._state.read(target)

    def _output(self, operator: str, fd: int | None, target: Value, streams: Streams) -> None:
        own = 1 if fd is None else fd
        if operator == ">&" and (target.text is None or re.fullmatch(r"\d+-?|-", target.text)):
            name = (target.text or "1").rstrip("-")
            streams.outputs[own] = streams.outputs.get(int(name), NULL) if name else NULL
            return
        stream = self._opened(target, streams, append=operator in {">>", "&>>"})
        if operator in {"&>", "&>>"} or (operator == ">&" and fd is None):
            streams.outputs[1] = streams.outputs[2] = stream
        else:
            streams.outputs[own] = stream

    def _opened(self, target: Value, streams: Streams, *, append: bool) -> Stream:
        text = target.text
        if text is None:
            return Stream("file", f"?{target.flows[0].source.name if target.flows else ''}")
        if text in _QUIET_FILES:
            return NULL
        if text in _LOG_FILES:
            return _terminal(text, streams)
        path = self._state.resolve(text)
        if not append and path not in self._state.files.feeds:
            self._state.files.empty(path)
        return Stream("file", path)


def _terminal(path: str, streams: Streams) -> Stream:
    """The stream of `/dev/stdout` and its relatives."""
    if path.startswith("/proc/1/"):
        return LOG
    if path.endswith(("stdout", "/1")):
        return streams.out
    return streams.err if path.endswith(("stderr", "/2")) else LOG
