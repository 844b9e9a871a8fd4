"""The parts of the analysis, put together for the scripts of one job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leaks.inert import is_skipped
from bot.leaks.interpret import Interpreter
from bot.leaks.output import Output
from bot.leaks.program import Context
from bot.leaks.redirections import Redirections
from bot.leaks.reports import Reports
from bot.leaks.scripts import Scripts
from bot.leaks.simple_commands import Commands
from bot.leaks.state import ScriptState
from bot.leaks.values import EMPTY, LOG, Streams
from bot.leaks.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.documents.shell_nodes import Statement
    from bot.leaks.program import Invocation
    from bot.leaks.sources import Sources
    from bot.leaks.state import Unit
    from bot.leaks.values import Value


class Machine:
    """Interprets the scripts of one job. It is the `Runner` of its programs."""

    def __init__(self, sources: Sources, scripts: Callable[[str], str | None]) -> None:
        self.state = ScriptState(sources, dict(sources.files), scripts)
        self.reports = Reports(self.state)
        output = Output(self.state, self.reports)
        self._scripts = Scripts(self.state, self.reports, output, self._run)
        words = Words(self.state, self._scripts.in_subshell, output.write)
        redirections = Redirections(self.state, self.reports, words)
        context = Context(self.state, self.reports, output, self)
        self._commands = Commands(context, words, redirections, self._scripts)
        self._interpreter = Interpreter(
            self.state, self.reports, output, words, redirections, self._scripts, self._commands
        )

    def run(self, units: Sequence[Unit]) -> None:
        """Interpret texts, one after another, in a new shell; both outputs are the job log."""
        self.state.begin()
        streams = Streams(EMPTY, {1: LOG, 2: LOG})
        for unit in units:
            if is_skipped(unit.text, self.state.shell, streams):
                continue
            self.state.unit = unit
            self._run(self.reports.parsed(unit), streams)
        self.state.unit = units[0]  # what a trap at the end shows is reported at the start
        self._scripts.finish(streams)

    def _run(self, statement: Statement, streams: Streams) -> bool | None:
        return self._interpreter.run(statement, streams)

    # -- for programs ------------------------------------------------------------------------------

    def run_text(self, text: str, streams: Streams) -> bool | None:
        """Run shell code; its places are those of the command that is being run."""
        return self._scripts.run_text(text, streams)

    def run_script(
        self, path: str, call: Invocation, arguments: list[Value], *, sourced: bool
    ) -> bool | None:
        """Run a script of the repository."""
        if sourced:
            return self._scripts.source(path, arguments, call.streams)
        return self._scripts.execute(path, call, arguments)

    def run_words(self, call: Invocation, words: list[Value], streams: Streams) -> bool | None:
        """Run the command whose words expand to `words`."""
        return self._commands.run_words(call.command, words, streams, call.streams)

    def run_opaque(self, call: Invocation, code: Value) -> bool | None:
        """Run code that contains the value of a secret."""
        return self._scripts.run_opaque(call, code)
