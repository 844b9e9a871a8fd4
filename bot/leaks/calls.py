"""Code that a script calls: its functions, scripts of the repository, other shells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.lines import split_lines
from bot.documents.location import Place
from bot.documents.shell_nodes import commands_in
from bot.leaks.machine import MAX_CALLS, Unit
from bot.leaks.paths import repository_path
from bot.leaks.programs import Programs
from bot.leaks.values import Streams, Value

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Command

_SHELLS: Final = frozenset({"bash", "sh", "dash", "ash", "ksh", "zsh"})
_TRACE_SHEBANG: Final = re.compile(r"#!\s*\S*(?:sh|env\s+(?:-S\s+)?\S*sh)\s+-\w*x")
_SHELL_SHEBANG: Final = re.compile(r"#!\s*\S*/(?:env\s+(?:-\S+\s+)*)?(?:ba|da|a|k|z)?sh\b")
_CURL_SECRETS: Final = re.compile(r"/v1/auth/[^\s]*login|/v1/(?:secret|kv)[^\s]*/data/|/v1/[^\s]*/creds/")

_BARE: Final = re.compile(r"/[^./]+(?:\.(?:ba)?sh)?$")
"""names that a shell script has, and a batch file or a program of another language has not"""


class Calls(Programs):
    """Functions, scripts, shells."""

    def _call_function(self, name: str, arguments: list[Value], streams: Streams) -> bool | None:
        if self.calls >= MAX_CALLS:
            return None
        body, unit = self.shell.functions[name]
        outer_unit, frames, positional = self.unit, self.frames, self.shell.positional
        span = self.unit.span(*frames[-1]) if frames else None
        if span is not None:
            arguments = [
                Value(v.text, tuple(self.stepped(f, span, f"{name}()") for f in v.flows)) for v in arguments
            ]
        self.unit, self.frames, self.calls = unit, [], self.calls + 1
        self.shell.positional = tuple(arguments)
        status = self.run(body, streams)
        self.unit, self.frames, self.calls = outer_unit, frames, self.calls - 1
        self.shell.positional = positional
        if self.shell.stopped == "return":
            self.shell.stopped = ""
        return status

    def _script(self, values: list[Value]) -> str | None:
        """The path (in the repository) of the script that the command runs, where it is one that we hold."""
        text = values[0].text or ""
        if "/" not in text:
            return None
        path = repository_path(self.resolve(text))
        body = self.scripts(path) if path else None
        # a file without `#!` is carried out by the shell that finds it
        is_bare = body is not None and not body.startswith("#!") and _BARE.search(text) is not None
        return path if body is not None and (is_bare or _SHELL_SHEBANG.match(body)) else None

    def _run_script(
        self,
        path: str,
        arguments: list[Value],
        streams: Streams,
        command: Command,
        *,
        traced: bool = False,
        sourced: bool = False,
    ) -> bool | None:
        body = self.scripts(path)
        if body is None or self.calls >= MAX_CALLS:
            return None
        unit = unit_of_file(path, body, self.unit.section)
        outer, outer_unit, frames = self.shell, self.unit, self.frames
        if not sourced:
            self.shell = outer.copy()
            self.shell.functions, self.shell.arrays, self.shell.traps = {}, {}, {}
            for name in outer.unexported:
                self.shell.variables.pop(name, None)
            self.shell.trace = None
        if arguments or not sourced:
            span = self.unit.span(*frames[-1]) if frames else None
            steps = [
                Value(v.text, tuple(self.stepped(f, span, path) for f in v.flows)) if span else v
                for v in arguments
            ]
            positional, self.shell.positional = self.shell.positional, tuple(steps)
        else:
            positional = self.shell.positional
        block = self.parsed(unit)
        self.unit, self.frames, self.calls = unit, [], self.calls + 1
        first = next(commands_in(block), None)
        if first is not None and (traced or _TRACE_SHEBANG.match(body)):
            self.shell.trace = (outer_unit, command) if traced else (unit, first)
        status = self.run_block(block, streams)
        if not sourced:
            self.finish(streams)
        self.unit, self.frames, self.calls = outer_unit, frames, self.calls - 1
        if sourced:
            self.shell.positional = positional
            if self.shell.stopped == "return":
                self.shell.stopped = ""
        else:
            self.shell = outer
        return status

    def finish(self, streams: Streams) -> None:
        """The shell ends: its EXIT trap runs."""
        trap = self.shell.traps.pop("EXIT", "")
        self.shell.stopped = ""
        if trap:
            self.run_text(trap, streams)

    def _shell_program(self, command: Command, arguments: list[Value], streams: Streams) -> bool | None:
        """`bash -c text`, `bash file`, `bash -x file`, `... | bash`."""
        traced = False
        rest = list(arguments)
        while rest:
            option = rest[0].text
            if option is None or not option.startswith(("-", "+")) or option == "-":
                break
            rest.pop(0)
            if not option.startswith("--") and "x" in option:
                traced = True
            if option in {"-o", "+o"} and rest:
                traced = traced or rest.pop(0).text == "xtrace"
            elif not option.startswith("--") and "c" in option:
                return self._child(command, rest, streams, traced=traced)
        if rest and rest[0].text not in {None, "-"}:
            path = repository_path(self.resolve(rest[0].text or ""))
            if path and self.scripts(path) is not None:
                return self._run_script(path, rest[1:], streams, command, traced=traced)
            if traced:
                self.traced.setdefault(
                    self.unit.span(command.start, command.end), (self.unit, command, [], [])
                )
            return None
        if not rest and streams.stdin.text:
            return self._child(command, [streams.stdin], streams, traced=traced)
        return None

    def _child(self, command: Command, rest: list[Value], streams: Streams, *, traced: bool) -> bool | None:
        if not rest:
            return None
        outer = self.shell
        self.shell = outer.copy()
        self.shell.functions = {}
        for name in outer.unexported:
            self.shell.variables.pop(name, None)
        self.shell.trace = (self.unit, command) if traced else None
        self.shell.positional = tuple(rest[2:])
        text = rest[0].text
        status: bool | None = None
        if text is not None:
            status = self.run_text(text, streams)
        else:
            self._opaque(command, rest[0], streams)
        self.finish(streams)
        self.shell = outer
        return status

    def _opaque(self, command: Command, code: Value, streams: Streams) -> None:
        """Code that holds a secret's value: only what is plain to see, an `echo` of it, is followed."""
        word = next((w for w in command.words if not isinstance(w.literal, str)), None)
        source = self.unit.text[word.start : word.end] if word is not None else ""
        if re.match(r"[\"']?\s*(?:echo|printf|cat\s*<<)\b(?![^;|]*[|>])", source):
            self.write(streams.out, Value(None, code.flows), command)


def unit_of_file(path: str, text: str, section: str) -> Unit:
    """A file of the repository as a text to run."""
    from bisect import bisect_right  # noqa: PLC0415

    starts = [0]
    for line in split_lines(text):
        starts.append(starts[-1] + len(line))

    def locate(offset: int) -> tuple[str, Place]:
        line = bisect_right(starts, offset)
        return path, Place(line, offset - starts[line - 1] + 1)

    return Unit(text, section, locate)
