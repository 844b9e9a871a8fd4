"""What is written to a stream: to the log, a file, or what captures it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.documents.shell_nodes import Command
    from bot.leaks.reports import Reports
    from bot.leaks.state import ScriptState
    from bot.leaks.values import Stream, Streams, Value


class Output:
    """Carries what commands write to where it goes."""

    def __init__(self, state: ScriptState, reports: Reports) -> None:
        self._state = state
        self._reports = reports

    def write(self, stream: Stream, value: Value, command: Command | None) -> None:
        """Write the output of `command` to `stream`."""
        if stream.kind == "log":
            for flow in value.flows:
                self._reports.printed(flow, command)
        elif stream.kind == "capture":
            stream.kept.append(value)
        elif stream.kind == "file":
            self._to_file(stream.path, value)

    def _to_file(self, path: str, value: Value) -> None:
        state = self._state
        feed = state.files.feeds.get(path)
        if feed is not None:
            feed(value)
            return
        if value.flows and state.frames:
            place = state.frames[-1]
            state.files.written.setdefault(
                path, (state.unit.span(*place), state.unit.code(*place), state.unit.section)
            )
        state.files.append(path, value)

    def trace(self, values: Iterable[Value], streams: Streams) -> None:
        """Write the trace of a command that expanded to `values`, where tracing is on."""
        traced = self._reports.traced(values, streams)
        if traced is not None and self._state.shell.trace is not None:
            self.write(*traced, self._state.shell.trace[1])
