"""Code that a script calls: its functions, texts, scripts of the repository, other shells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import commands_in
from bot.lazy import regex
from bot.leaks.paths import repository_path
from bot.leaks.state import MAX_DEPTH, Unit, stepped
from bot.leaks.units import unit_of_file
from bot.leaks.values import Streams, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.shell_nodes import Block, Command, Statement
    from bot.leaks.output import Output
    from bot.leaks.program import Invocation
    from bot.leaks.reports import Reports
    from bot.leaks.state import ScriptState

SHELLS: Final = frozenset({"bash", "sh", "dash", "ash", "ksh", "zsh"})
_MAX_TEXT_DEPTH: Final = 6
"""an `eval` in an `eval` in an `eval`"""
_LOCAL: Final = frozenset({"local", "declare", "typeset"})
_TRACE_SHEBANG: Final = regex(r"#!\s*\S*(?:sh|env\s+(?:-S\s+)?\S*sh)\s+-\w*x")
_SHELL_SHEBANG: Final = regex(r"#!\s*\S*/(?:env\s+(?:-\S+\s+)*)?(?:ba|da|a|k|z)?sh\b")
_BARE: Final = regex(r"/[^./]+(?:\.(?:ba)?sh)?$")
"""names that a shell script has, and a batch file or a program of another language has not"""
_QUOTED: Final = regex(r"\\.|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
"""what is escaped, or in double quotes"""


class Scripts:
    """Runs functions, texts, scripts and shells. `run` interprets a statement."""

    def __init__(
        self,
        state: ScriptState,
        reports: Reports,
        output: Output,
        run: Callable[[Statement, Streams], bool | None],
    ) -> None:
        self._state = state
        self._reports = reports
        self._output = output
        self._run = run

    def in_subshell(self, block: Block, streams: Streams) -> bool | None:
        """Run a block in a shell of its own."""
        state = self._state
        outer = state.shell
        state.shell = outer.copy()
        status = self._run(block, streams)
        trap = state.shell.traps.get("EXIT")
        if trap and trap != outer.traps.get("EXIT"):
            self.run_text(trap, streams)
        state.shell = outer
        return status

    def finish(self, streams: Streams) -> None:
        """End the shell: its EXIT trap runs."""
        shell = self._state.shell
        trap = shell.traps.pop("EXIT", "")
        shell.stopped = ""
        if trap:
            self.run_text(trap, streams)

    def run_text(self, text: str, streams: Streams) -> bool | None:
        """Run text whose places are those of the command that runs it."""
        state = self._state
        if state.depth > _MAX_TEXT_DEPTH:
            return None
        unit = state.unit
        place = state.frames[-1] if state.frames else (0, 0)
        pinned = unit.pinned or (unit.span(*place), unit.text[place[0] : place[1]])
        return self._run_in(Unit(text, unit.section, unit.locate, pinned), parse_shell(text).body, streams)

    def _run_in(self, unit: Unit, body: Statement, streams: Streams) -> bool | None:
        """Run a statement of another text."""
        with self._state.within(unit):
            return self._run(body, streams)

    def call_function(self, name: str, arguments: list[Value], streams: Streams) -> bool | None:
        """Call a function of the script."""
        state = self._state
        if state.depth >= MAX_DEPTH:
            return None
        body, unit = state.shell.functions[name]
        positional = state.shell.positional
        span = state.span()
        state.shell.positional = tuple(stepped(value, span, f"{name}()") for value in arguments)
        before = {each: state.shell.variables.get(each) for each in _local_names(body)}
        status = self._run_in(unit, body, streams)
        state.shell.positional = positional
        for each, value in before.items():
            state.shell.arrays.pop(each, None)
            if value is None:
                state.shell.variables.pop(each, None)
            else:
                state.shell.variables[each] = value
        self._returned()
        return status

    def _returned(self) -> None:
        if self._state.shell.stopped == "return":
            self._state.shell.stopped = ""

    # -- scripts of the repository -----------------------------------------------------------------

    def script_of(self, words: list[Value]) -> str | None:
        """The path in the repository of the shell script that the command runs, None where it runs none."""
        text = words[0].text or ""
        if "/" not in text:
            return None
        path = repository_path(self._state.resolve(text))
        body = self._state.scripts(path) if path else None
        if body is None:
            return None
        # a file without `#!` is carried out by the shell that finds it
        is_bare = not body.startswith("#!") and _BARE.search(text) is not None
        return path if is_bare or _SHELL_SHEBANG.match(body) else None

    def source(self, path: str, arguments: list[Value], streams: Streams) -> bool | None:
        """Run a script of the repository in this shell."""
        state = self._state
        body = state.scripts(path)
        if body is None or state.depth >= MAX_DEPTH:
            return None
        unit = unit_of_file(path, body, state.unit.section)
        positional = state.shell.positional
        if arguments:
            span = state.span()
            state.shell.positional = tuple(stepped(value, span, path) for value in arguments)
        status = self._run_file(unit, streams)
        state.shell.positional = positional
        self._returned()
        return status

    def execute(
        self, path: str, call: Invocation, arguments: list[Value], *, traced: bool = False
    ) -> bool | None:
        """Run a script of the repository in a shell of its own."""
        state = self._state
        body = state.scripts(path)
        if body is None or state.depth >= MAX_DEPTH:
            return None
        unit = unit_of_file(path, body, state.unit.section)
        outer, span = state.shell, state.span()
        state.shell = outer.child()
        state.shell.arrays, state.shell.traps = {}, {}
        state.shell.positional = tuple(stepped(value, span, path) for value in arguments)
        trace = (state.unit, call.command) if traced else None
        status = self._run_file(unit, call.streams, trace, ends=True)
        state.shell = outer
        return status

    def _run_file(
        self, unit: Unit, streams: Streams, trace: tuple[Unit, Command] | None = None, *, ends: bool = False
    ) -> bool | None:
        """Run a file, `trace`: the command that switches tracing on for it; `ends`: its shell ends with it."""
        state = self._state
        block = self._reports.parsed(unit)
        self._reports.ran[unit.locate(0)[0]] = unit.text
        first = next(commands_in(block), None)
        if first is not None and (trace or _TRACE_SHEBANG.match(unit.text)):
            state.shell.trace = trace or (unit, first)
        with state.within(unit):
            status = self._run(block, streams)
            if ends:
                self.finish(streams)
        return status

    # -- other shells ------------------------------------------------------------------------------

    def run_shell(self, call: Invocation) -> bool | None:
        """`bash -c text`, `bash file`, `bash -x file`, `... | bash`."""
        traced, reads_code, rest = _shell_options(call.arguments)
        if reads_code:
            return self._child(call, rest, traced=traced)
        if rest and rest[0].text not in {None, "-"}:
            return self._shell_file(call, rest, traced=traced)
        if not rest and (call.stdin.text or call.stdin.secrets):
            return self._child(call, [call.stdin], traced=traced)
        return None

    def _shell_file(self, call: Invocation, rest: list[Value], *, traced: bool) -> bool | None:
        path = repository_path(self._state.resolve(rest[0].text or ""))
        if path and self._state.scripts(path) is not None:
            return self.execute(path, call, rest[1:], traced=traced)
        if traced:
            self._reports.start_trace(self._state.unit, call.command)
        return None

    def _child(self, call: Invocation, rest: list[Value], *, traced: bool) -> bool | None:
        """Run the code in `rest[0]`, with the words behind it as its arguments, in a shell of its own."""
        if not rest:
            return None
        state = self._state
        outer = state.shell
        state.shell = outer.child()
        if traced:
            state.shell.trace = (state.unit, call.command)
        state.shell.positional = tuple(rest[2:])
        if len(rest) > 1:
            state.assign("0", rest[1])
        status: bool | None = None
        if rest[0].text is not None:
            status = self.run_text(rest[0].text, call.streams)
        else:
            status = self.run_opaque(call, rest[0])
        self.finish(call.streams)
        state.shell = outer
        return status

    def run_opaque(self, call: Invocation, code: Value) -> bool | None:
        """Run code with the values of secrets in it: each is taken for a variable that holds it."""
        if not any(isinstance(piece, str) and piece.strip() for piece in code.pieces):
            return None
        text = ""
        for piece in code.pieces:
            if isinstance(piece, str):
                text += piece
                continue
            name = f"_secret_{self._state.number()}"
            self._state.shell.variables[name] = Value(None, piece)
            self._state.shell.unexported |= {name}
            text += f"'\"${{{name}}}\"'" if _in_single_quotes(text) else f"${{{name}}}"
        return self.run_text(text, call.streams)


def _local_names(body: Statement) -> set[str]:
    """The variables that a function declares as its own; `declare -g` is not one of these."""
    return {
        name
        for command in commands_in(body)
        if command.name in _LOCAL and not any(word.prefix.startswith("-g") for word in command.words[1:])
        for name in (*(each.name for each in command.declared), *(word.literal for word in command.words[1:]))
        if name
    }


def _in_single_quotes(text: str) -> bool:
    """Whether a word behind `text` is within single quotes."""
    return _QUOTED.sub("", text).count("'") % 2 == 1


def _shell_options(arguments: list[Value]) -> tuple[bool, bool, list[Value]]:
    """Of the arguments of a shell: whether it traces, whether it runs the next word, and the words left."""
    traced = False
    rest = list(arguments)
    while rest:
        option = rest[0].text
        if option is None or not option.startswith(("-", "+")) or option == "-":
            break
        rest.pop(0)
        letters = "" if option.startswith("--") else option
        is_on = option.startswith("-")
        traced = traced or (is_on and "x" in letters)
        if option in {"-o", "+o"} and rest:
            traced = (rest.pop(0).text == "xtrace" and is_on) or traced
        elif "c" in letters:
            return traced, True, rest
    return traced, False, rest
