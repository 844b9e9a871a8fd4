"""What single commands do: calls of functions and scripts, and everything that the shell itself carries out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.lines import split_lines
from bot.documents.location import Place
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Expansion
from bot.findings import Confidence
from bot.leaks.exposures import exposures, path_in_variable, paths_as_values
from bot.leaks.filters import Call, Filters
from bot.leaks.machine import MAX_CALLS, Unit
from bot.leaks.model import Holds, Origin, Sink, Source
from bot.leaks.paths import repository_path
from bot.leaks.tables import PRINTERS, TERRAFORM_PRINTERS, WRAPPERS
from bot.leaks.values import EMPTY, Flow, Form, Streams, Value, changed, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.shell_nodes import Assignment, Command, Redirect

_SHELLS: Final = frozenset({"bash", "sh", "dash", "ash", "ksh", "zsh"})
_TRACE_SHEBANG: Final = re.compile(r"#!\s*\S*(?:sh|env\s+(?:-S\s+)?\S*sh)\s+-\w*x")
_SHELL_SHEBANG: Final = re.compile(r"#!\s*\S*/(?:env\s+(?:-\S+\s+)*)?(?:ba|da|a|k|z)?sh\b")
_CURL_SECRETS: Final = re.compile(r"/v1/auth/[^\s]*login|/v1/(?:secret|kv)[^\s]*/data/|/v1/[^\s]*/creds/")


class Commands(Filters):
    """Simple commands."""

    def redirect(self, redirect: Redirect, streams: Streams) -> None:
        """Carry out one redirection."""
        raise NotImplementedError

    def command(self, command: Command, streams: Streams) -> bool | None:
        """Run a simple command; whether it succeeds, None where that is not known."""
        if not command.words:
            return self._assignments_only(command, streams)
        for assignment in (*command.assignments, *command.declared):
            self._path_assigned(assignment, command, streams)
        values = self.words(command.words, streams)
        before = self.shell
        inner = streams.copy()
        own: list[Value] = []
        if command.assignments:
            saved, unexported = dict(before.variables), before.unexported
            own = [self.set_variable(assignment, streams) for assignment in command.assignments]
            before.unexported -= {assignment.name for assignment in command.assignments}
        declared = [(d, self.set_variable(d, streams)) for d in command.declared]
        self.trace([*own, *values, *(value for d, value in declared if d.elements is None)], streams.err)
        for redirect in command.redirects:
            self.redirect(redirect, inner)
        if not values:
            return None
        if command.assignments and any(
            a.name == "SHELLOPTS" and "xtrace" in (v.text or "")
            for a, v in zip(command.assignments, own, strict=False)
        ):
            before.trace = before.trace or (self.unit, command)
        status = self.invoke(command, values, inner, streams)
        if command.assignments and before is self.shell:
            for assignment in command.assignments:
                if assignment.name in saved:
                    self.shell.variables[assignment.name] = saved[assignment.name]
                else:
                    self.shell.variables.pop(assignment.name, None)
            self.shell.unexported = unexported
        return status

    def _path_assigned(self, assignment: Assignment, command: Command, streams: Streams) -> None:
        parts = assignment.value.parts if assignment.value is not None else ()
        if len(parts) == 1 and isinstance(parts[0], Expansion):
            flow = path_in_variable(assignment.name, self.word(assignment.value, streams))
            if flow is not None:
                self.report(Sink.PATH_AS_VALUE, flow, command)

    def _assignments_only(self, command: Command, streams: Streams) -> bool | None:
        values = [self.set_variable(assignment, streams) for assignment in command.assignments]
        # bash traces an array's assignment as it is written (5.2, 2026-11)
        shown = [v for v, a in zip(values, command.assignments, strict=True) if a.elements is None]
        self.trace(shown, streams.err)
        inner = streams.copy()
        for redirect in command.redirects:
            self.redirect(redirect, inner)
        reads = [r for r in command.redirects if r.operator == "<"]
        if reads and not command.assignments and streams.out.kind == "capture":
            self.write(streams.out, inner.stdin, command)
        return None if any(v.text is None for v in values) else True

    def invoke(self, command: Command, values: list[Value], streams: Streams, outer: Streams) -> bool | None:
        """Run the command whose words expand to `values`."""
        given = (
            [v for v in values[:8] if v.flows and re.match(r"[A-Za-z_]\w*=", v.start)]
            if values[0].text == "env"
            else []
        )
        values, name = self._unwrapped(values)
        if given and name not in {"", "env"}:
            return self._with_environment(command, given, values, streams, outer)
        if not name:
            if values and values[0].secrets:
                self.expose(command, values, streams)
                tried = tuple(
                    f for f in values[0].secrets if f.source.origin in {Origin.SECRETS, Origin.ID_TOKEN}
                )
                self.write(streams.err, Value(None, tried), command)
            return None
        arguments = values[1:]
        if name in self.shell.functions:
            return self._call_function(name, arguments, streams)
        builtin = self._BUILTINS.get(name)
        if builtin is not None:
            return builtin(self, Call(command, arguments, streams, outer))
        script = self._script(values)
        if script is not None:
            for flow in paths_as_values(values):
                self.report(Sink.PATH_AS_VALUE, flow, command)
            return self._run_script(script, arguments, streams, command)
        if name in _SHELLS:
            return self._shell_program(command, arguments, streams)
        self.expose(command, values, streams)
        self._operands_as_files(command, name, values)
        if self._prints_secret(command, values, streams):
            return None
        return self.filter(name, command, arguments, streams)

    def _with_environment(
        self, command: Command, given: list[Value], values: list[Value], streams: Streams, outer: Streams
    ) -> bool | None:
        """`env NAME=value command`: the command runs with the variable."""
        shell, self.shell = self.shell, self.shell.copy()
        for value in given:
            name = value.start.partition("=")[0]
            self.assign(name, Value(None, value.flows))
            self.shell.unexported -= {name}
        status = self.invoke(command, values, streams, outer)
        self.shell = shell
        return status

    def expose(self, command: Command, values: list[Value], streams: Streams) -> None:
        """Report where the command shows its arguments or its traffic."""
        for sink, flow, detail in exposures(values, self.lookup, streams):
            self.report(sink, flow, command, detail)
        for flow in paths_as_values(values):
            self.report(Sink.PATH_AS_VALUE, flow, command)
        if any(value.text == "--password-stdin" for value in values):
            for flow in streams.stdin.paths:
                self.report(Sink.PATH_AS_VALUE, flow, command)

    def _operands_as_files(self, command: Command, name: str, values: list[Value]) -> None:
        """`-i "$KEY"` and the like take a file: a secret's value there is no path."""
        if name in {"ssh", "scp", "sftp", "kubectl", "ssh-add"}:
            for before, value in zip(values, values[1:], strict=False):
                if (
                    before.text == "-i"
                    or value.start.startswith("--from-file=")
                    or (name == "ssh-add" and value.secrets)
                ):
                    self.used_as_file(value)

    def _unwrapped(self, values: list[Value]) -> tuple[list[Value], str]:
        """The command behind `sudo`, `env A=b`, `timeout 5`, and its name."""
        while values:
            text = values[0].text
            if text is None:
                return values, ""
            name = text.rsplit("/", 1)[-1]
            if name not in WRAPPERS or (name in {"env", "exec", "command"} and len(values) == 1):
                return values, name
            rest = list(values[1:])
            takes_value = WRAPPERS[name]
            while rest:
                option = rest[0].text
                if option is None and name != "env":
                    break
                if name == "env" and option is not None and option.startswith("-i"):
                    return values, "env"
                if (name == "env" and "=" in (option or "") and not (option or "").startswith("-")) or (name == "env" and option is None and rest[0].flows):
                    rest.pop(0)
                elif option is not None and option.startswith("-") and option != "-":
                    rest.pop(0)
                    if len(option) == 2 and option[1] in takes_value and rest:  # noqa: PLR2004 - a dash and a letter
                        rest.pop(0)
                elif name == "timeout" and re.fullmatch(r"[\d.]+[smhd]?", option or ""):
                    rest.pop(0)
                    break
                else:
                    break
            if name == "command" and values[1].text in {"-v", "-V"}:
                return values, "command"
            if not rest:
                return values, name
            values = rest
        return values, ""

    # -- functions and scripts ---------------------------------------------------------------------

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
        return path if body is not None and _SHELL_SHEBANG.match(body) else None

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
        script = parse_shell(body)
        self.unit, self.frames, self.calls = unit, [], self.calls + 1
        first = next(script.commands(), None)
        if first is not None and (traced or _TRACE_SHEBANG.match(body)):
            self.shell.trace = (outer_unit, command) if traced else (unit, first)
        status = self.run_block(script.body, streams)
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
        if text is not None:
            status = self.run_text(text, streams)
        else:
            status = self._opaque(command, rest[0], streams)
        self.finish(streams)
        self.shell = outer
        return status

    def _opaque(self, command: Command, code: Value, streams: Streams) -> None:
        """Code that holds a secret's value: only what is plain to see, an `echo` of it, is followed."""
        word = next((w for w in command.words if not isinstance(w.literal, str)), None)
        source = self.unit.text[word.start : word.end] if word is not None else ""
        if re.match(r"[\"']?\s*(?:echo|printf|cat\s*<<)\b(?![^;|]*[|>])", source):
            self.write(streams.out, Value(None, code.flows), command)

    def _prints_secret(self, command: Command, values: list[Value], streams: Streams) -> bool:
        texts = [
            (value.text or "").rsplit("/", 1)[-1] if i == 0 else value.text or ""
            for i, value in enumerate(values)
        ]
        for table, sink in ((PRINTERS, Sink.TOOL), (TERRAFORM_PRINTERS, Sink.TERRAFORM)):
            for printer in table:
                if printer.matches(texts):
                    name = " ".join(
                        [texts[0], *(t for t in texts[1:] if not t.startswith("-"))][
                            : max(2, len(printer.words))
                        ]
                    )
                    self._fetched(command, name, sink, streams, printer.what)
                    return True
        if texts[0] == "curl" and any(_CURL_SECRETS.search(text) for text in texts):
            if not any(re.fullmatch(r"-\w*o|--output(=.*)?|-o.+", text) for text in texts[1:]):
                self._fetched(command, "curl", Sink.TOOL, streams, "what Vault answers")
            return True
        return False

    def _fetched(self, command: Command, name: str, sink: Sink, streams: Streams, what: str) -> None:
        span = self.unit.span(*self.frames[-1]) if self.frames else None
        source = Source(
            name, Origin.FETCHED, Holds.VALUE, masked=False, confidence=Confidence.HIGH, span=span
        )
        self.what[name] = what
        self.write(streams.out, Value(None, (Flow(source, via=sink),)), command)

    # -- builtins ----------------------------------------------------------------------------------

    def _echo(self, call: Call) -> bool:
        rest = list(call.arguments)
        while rest and rest[0].text is not None and re.fullmatch(r"-[neE]+", rest[0].text):
            rest.pop(0)
        value = joined(rest, " ") if rest else EMPTY
        self.write(
            call.streams.out,
            Value(None if value.text is None else value.text + "\n", value.flows, value.prefix),
            call.command,
        )
        return True

    def _printf(self, call: Call) -> bool:
        rest = list(call.arguments)
        target = None
        if len(rest) > 1 and rest[0].text == "-v":
            target, rest = rest[1].text, rest[2:]
        if rest and rest[0].text == "--":
            rest.pop(0)
        value = _formatted(rest)
        if target:
            self.assign(target, value, self.unit.span(call.command.start, call.command.end))
        else:
            self.write(call.streams.out, value, call.command)
        return True

    def _cd(self, call: Call) -> None:
        if call.arguments and call.arguments[-1].text and call.arguments[-1].text != "-":
            self.shell.cwd = self.resolve(call.arguments[-1].text)
        elif not call.arguments:
            self.shell.cwd = "/root"
        self.shell.variables["PWD"] = Value(self.shell.cwd)

    def _exit(self, call: Call) -> None:
        self.shell.stopped = "return" if call.command.name == "return" else "exit"

    def _exec(self, call: Call) -> bool | None:
        call.outer.stdin = call.streams.stdin
        call.outer.outputs.clear()
        call.outer.outputs.update(call.streams.outputs)
        return True

    def _set(self, call: Call) -> bool:
        if not call.arguments:
            self.write(call.streams.out, Value(None, self.environment(everything=True)), call.command)
            return True
        texts = [value.text or "" for value in call.arguments]
        if any(re.fullmatch(r"-\w*a\w*", text) for text in texts) or texts[:2] == ["-o", "allexport"]:
            self.shell.exports_all = True
        for index, text in enumerate(texts):
            if text == "--" or not text.startswith(("-", "+")):
                if text == "--" or text:
                    self.shell.positional = tuple(call.arguments[index + (text == "--") :])
                break
            if text in {"-o", "+o"}:
                if index + 1 < len(texts) and texts[index + 1] == "xtrace":
                    self._tracing(call.command, on=text == "-o", streams=call.outer)
                if index + 1 < len(texts):
                    texts[index + 1] = "+"
            elif "x" in text:
                self._tracing(call.command, on=text.startswith("-"), streams=call.outer)
            elif re.fullmatch(r"-\w*o", text) and index + 1 < len(texts):
                if texts[index + 1] == "xtrace":
                    self._tracing(call.command, on=True, streams=call.outer)
                texts[index + 1] = "+"
        return True

    def _tracing(self, command: Command, *, on: bool, streams: Streams) -> None:
        self.shell.trace = (self.unit, command) if on else None
        if on:
            self.trace([], streams.err)

    def _declare(self, call: Call) -> bool:
        texts = [value.text or "" for value in call.arguments]
        names = [text for text in texts if re.fullmatch(r"[A-Za-z_]\w*", text)]
        options = "".join(text[1:] for text in texts if text.startswith("-"))
        if "f" in options or "F" in options:
            return True
        operands = [text for text in texts if not text.startswith("-")]
        if len(operands) > len(names):
            return True
        if "p" in options or (not names and not call.command.declared):
            if names:
                flows = tuple(f for name in names for f in self.lookup(name).secrets)
                self.write(call.streams.out, Value(None, flows), call.command)
            elif call.command.words[0].literal != "local":
                exported = call.command.words[0].literal == "export" or "x" in options
                self.write(
                    call.streams.out, Value(None, self.environment(everything=not exported)), call.command
                )
            return True
        declared = {assignment.name for assignment in call.command.declared} | set(names)
        if call.command.words[0].literal == "export" or "x" in options:
            self.shell.unexported -= declared if "n" not in options else frozenset()
        return True

    def _unset(self, call: Call) -> bool:
        for value in call.arguments:
            if value.text and not value.text.startswith("-"):
                self.shell.variables.pop(value.text, None)
                self.shell.arrays.pop(value.text, None)
                self.shell.functions.pop(value.text, None)
                self.shell.unset |= {value.text}
        return True

    def _read(self, call: Call) -> None:
        names: list[str] = []
        array = skip = False
        for value in call.arguments:
            text = value.text or ""
            if skip:
                skip = False
            elif text.startswith("-"):
                array = array or "a" in text[1:]
                skip = text[-1] in "dnNptiu" and len(text) > 1
            else:
                names.append(text)
        span = self.unit.span(call.command.start, call.command.end)
        value = call.streams.stdin
        text = value.text.strip("\n") if value.text is not None and value.text.count("\n") <= 1 else None
        several = len(names) > 1
        known = _fields(value.start, call.command, self) if several else []
        part = Value(None, changed(value.flows, Form.PART)) if several else Value(text, value.flows)
        for index, name in enumerate(names or ["REPLY"]):
            self.assign(name, Value(known[index]) if index < len(known) else part, span)
            if array:
                self.shell.arrays[name] = {"?": self.shell.variables.pop(name)}

    def _mapfile(self, call: Call) -> bool:
        name = (
            call.arguments[-1].text
            if call.arguments and not (call.arguments[-1].text or "-").startswith("-")
            else "MAPFILE"
        )
        span = self.unit.span(call.command.start, call.command.end)
        flows = tuple(self.stepped(flow, span, name or "MAPFILE") for flow in call.streams.stdin.flows)
        self.shell.arrays[name or "MAPFILE"] = {"?": Value(None, flows)}
        return True

    def _shift(self, call: Call) -> bool:
        count = (
            int(call.arguments[0].text) if call.arguments and (call.arguments[0].text or "").isdigit() else 1
        )
        self.shell.positional = self.shell.positional[count:]
        return True

    def _eval(self, call: Call) -> bool | None:
        value = joined(call.arguments, " ") if call.arguments else EMPTY
        if value.text is not None:
            return self.run_text(value.text, call.streams)
        if value.secrets:
            self._opaque(call.command, value, call.streams)
        elif re.search(
            r"\\\$\{?\$|\\\$\\?\{\$", self.unit.text[call.command.start : call.command.end]
        ) and re.search(
            r"\beval\s+[\"']?(?:echo|printf)", self.unit.text[call.command.start : call.command.end]
        ):
            self.write(call.streams.out, Value(None, self.environment()), call.command)
        return None

    def _trap(self, call: Call) -> bool:
        texts = [value.text for value in call.arguments if value.text not in {"--"}]
        if len(texts) < 2 or texts[0] is None:  # noqa: PLR2004 - the action and a signal
            return True
        for signal in texts[1:]:
            if signal in {"EXIT", "0"}:
                self.shell.traps["EXIT"] = "" if texts[0] == "-" else texts[0]
            elif texts[0] != "-":
                outer_shell, self.shell = self.shell, self.shell.copy()
                self.run_text(texts[0], call.streams)
                self.shell = outer_shell
        return True

    def _source(self, call: Call) -> bool | None:
        if not call.arguments:
            return None
        operand = call.arguments[0]
        self.used_as_file(operand)
        path = repository_path(self.resolve(operand.text)) if operand.text else None
        if path and self.scripts(path) is not None:
            return self._run_script(path, call.arguments[1:], call.streams, call.command, sourced=True)
        if operand.text is not None and self.resolve(operand.text) in self.texts:
            return self.run_text(self.texts[self.resolve(operand.text)], call.streams)
        flows = self.read(operand).secrets
        if flows:
            self.shell.variables["?sourced"] = Value(None, flows)
        return None

    def _nothing(self, call: Call) -> bool | None:
        return {"true": True, ":": True, "false": False}.get(call.command.name)

    def _test_command(self, call: Call) -> bool | None:
        return self.tested([value for value in call.arguments if value.text != "]"])

    def tested(self, values: list[Value]) -> bool | None:
        """What a test says, where that is known: secrets of the job are never empty."""
        if values and values[0].text == "!":
            status = self.tested(values[1:])
            return None if status is None else not status
        if len(values) == 1:
            return _filled(values[0])
        if len(values) == 2 and values[0].text in {"-n", "-z"}:  # noqa: PLR2004 - an operator and its word
            filled = _filled(values[1])
            return filled if filled is None or values[0].text == "-n" else not filled
        if len(values) == 3 and values[1].text in {"=", "==", "!="}:  # noqa: PLR2004 - two words and an operator
            left, right = values[0].text, values[2].text
            if left is not None and right is not None and not set(right) & set("*?[") and not values[0].flows:
                return (left == right) is (values[1].text != "!=")
        return None

    _BUILTINS: Final[dict[str, Callable[[Commands, Call], bool | None]]] = {
        "echo": _echo, "printf": _printf, "print": _echo, "cd": _cd, "pushd": _cd, "exit": _exit, "return": _exit,
        "exec": _exec, "set": _set, "export": _declare, "declare": _declare, "typeset": _declare, "local": _declare,
        "readonly": _declare, "unset": _unset, "read": _read, "mapfile": _mapfile, "readarray": _mapfile, "shift": _shift,
        "eval": _eval, "trap": _trap, "source": _source, ".": _source, "true": _nothing, ":": _nothing,
        "false": _nothing, "test": _test_command, "[": _test_command,
    }  # fmt: skip


def _fields(start: str, command: Command, machine: Commands) -> list[str]:
    """The fields that `read` finds in the known start of its input; the last one may go on and is left out."""
    own = [a.value.literal for a in command.assignments if a.name == "IFS" and a.value is not None]
    separators = own[0] if own and own[0] else machine.shell.variables.get("IFS", EMPTY).text or " \t\n"
    return re.split(f"[{re.escape(separators)}]+", start)[:-1]


def _filled(value: Value) -> bool | None:
    """Whether a text is not empty, where that is known."""
    if value.text is not None:
        return value.text != ""
    sure = {Origin.SECRETS, Origin.ID_TOKEN}
    return (
        True
        if any(f.source.origin in sure and not f.steps and f.form is Form.EXACT for f in value.secrets)
        else None
    )


def _formatted(values: list[Value]) -> Value:
    """What printf makes of its arguments."""
    if not values:
        return EMPTY
    pattern, arguments = values[0], values[1:]
    if pattern.text is None:
        return joined(values)
    directives = re.findall(r"%[-+ #0]*(\*|\d+)?(\.\d+)?(?:l|h)*([a-zA-Z(])", pattern.text.replace("%%", ""))
    if not directives:
        return Value(pattern.text)
    flows: list[Flow] = []
    for index, argument in enumerate(arguments):
        _, precision, letter = directives[index % len(directives)]
        form = Form.CHANGED if letter in "qxXdc" else Form.PART if precision else Form.EXACT
        if precision in {".0", "."}:
            continue
        flows += changed(argument.flows, form)
    if set(letter for *_, letter in directives) == {"s"} and not any(w or p for w, p, _ in directives):
        text: str | None = ""
        rest = [a.text for a in arguments]
        if None not in rest and len(rest) == len(directives):
            pieces = re.split(r"%s", pattern.text)
            text = "".join(
                p + (rest[i] or "" if i < len(rest) else "") for i, p in enumerate(pieces)
            ).replace("\\n", "\n")
        else:
            text = None
        return Value(text, tuple(flows))
    return Value(None, tuple(flows))


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
