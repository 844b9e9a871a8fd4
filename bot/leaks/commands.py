"""What a simple command does: assignments, redirections, what it exposes, and who carries it out."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from bot.documents.shell_nodes import Expansion
from bot.findings import Confidence
from bot.leaks.exposures import exposures, is_build, may_expose, path_in_variable, paths_as_values
from bot.leaks.filters import Call
from bot.leaks.images import tell_image
from bot.leaks.model import Holds, Origin, Sink, Source
from bot.leaks.shell_builtins import Builtins
from bot.leaks.tables import PRINTERS, TERRAFORM_PRINTERS, WRAPPERS, printers_of, prints_secrets
from bot.leaks.values import Flow, Streams, Value

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Assignment, Command, Redirect

_SHELLS: Final = frozenset({"bash", "sh", "dash", "ash", "ksh", "zsh"})
_TRACE_SHEBANG: Final = re.compile(r"#!\s*\S*(?:sh|env\s+(?:-S\s+)?\S*sh)\s+-\w*x")
_SHELL_SHEBANG: Final = re.compile(r"#!\s*\S*/(?:env\s+(?:-\S+\s+)*)?(?:ba|da|a|k|z)?sh\b")
_CURL_SECRETS: Final = re.compile(r"/v1/auth/[^\s]*login|/v1/(?:secret|kv)[^\s]*/data/|/v1/[^\s]*/creds/")


class Commands(Builtins):
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
        self.trace([*own, *values, *(value for d, value in declared if d.elements is None)], streams)
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
        self.trace(shown, streams)
        inner = streams.copy()
        for redirect in command.redirects:
            self.redirect(redirect, inner)
        reads = [r for r in command.redirects if r.operator == "<"]
        if reads and not command.assignments and streams.out.kind == "capture":
            self.write(streams.out, inner.stdin, command)
        return None if any(v.text is None for v in values) else True

    def invoke(self, command: Command, values: list[Value], streams: Streams, outer: Streams) -> bool | None:  # noqa: PLR0911 - one branch for each case
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
        builtin = self.BUILTINS.get(name)
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
        if not may_expose(values, streams):
            return
        built: dict[str, Flow] = {}
        for sink, flow, detail in exposures(values, self.lookup, self.read, self.sources, streams):
            self.report(sink, flow, command, detail)
            if sink is Sink.IMAGE:
                built[detail] = flow
        if is_build(
            " ".join(
                value.start.rsplit("/", 1)[-1] if i == 0 else value.start for i, value in enumerate(values)
            )
        ):
            tell_image(self, values, built)
        for flow in paths_as_values(values):
            self.report(Sink.PATH_AS_VALUE, flow, command)
        if any(value.text == "--password-stdin" for value in values):
            for flow in streams.stdin.paths:
                self.report(Sink.PATH_AS_VALUE, flow, command)

    def _operands_as_files(self, command: Command, name: str, values: list[Value]) -> None:  # noqa: ARG002 - the signature is shared
        """`-i "$KEY"` and the like take a file: a secret's value there is no path."""
        if name in {"ssh", "scp", "sftp", "kubectl", "ssh-add"}:
            for before, value in itertools.pairwise(values):
                if (
                    before.text == "-i"
                    or value.start.startswith("--from-file=")
                    or (name == "ssh-add" and value.secrets)
                ):
                    self.used_as_file(value)

    def _unwrapped(self, values: list[Value]) -> tuple[list[Value], str]:  # noqa: C901, PLR0912 - one branch for each case
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
                if (name == "env" and "=" in (option or "") and not (option or "").startswith("-")) or (
                    name == "env" and option is None and rest[0].flows
                ):
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

    def _prints_secret(self, command: Command, values: list[Value], streams: Streams) -> bool:
        program = (values[0].text or "").rsplit("/", 1)[-1]
        if program != "curl" and not prints_secrets(program):
            return False
        texts = [program, *(value.text or "" for value in values[1:])]
        for table, sink in ((PRINTERS, Sink.TOOL), (TERRAFORM_PRINTERS, Sink.TERRAFORM)):
            for printer in printers_of(table, texts[0]):
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
