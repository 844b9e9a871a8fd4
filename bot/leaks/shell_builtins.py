"""What the shell itself carries out: `echo`, `read`, `set`, `export`, `trap` and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.calls import Calls
from bot.leaks.model import Origin
from bot.leaks.paths import repository_path
from bot.leaks.values import EMPTY, Flow, Form, Streams, Value, changed, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.shell_nodes import Command
    from bot.leaks.filters import Call


class Builtins(Calls):
    """Commands of the shell."""

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

    def _set(self, call: Call) -> bool:  # noqa: C901 - one branch for each case
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
            self.trace([], streams)

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
        single = value.text.strip("\n") if value.text is not None and value.text.count("\n") <= 1 else None
        several = len(names) > 1
        known = _fields(value.start, call.command, self) if several else []
        part = Value(None, changed(value.flows, Form.PART)) if several else Value(single, value.flows)
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
        text = call.arguments[0].text or "" if call.arguments else ""
        count = int(text) if text.isdigit() else 1
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
        texts = [value.text for value in call.arguments if value.text != "--"]
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

    BUILTINS: Final[dict[str, Callable[[Builtins, Call], bool | None]]] = {
        "echo": _echo, "printf": _printf, "print": _echo, "cd": _cd, "pushd": _cd, "exit": _exit, "return": _exit,
        "exec": _exec, "set": _set, "export": _declare, "declare": _declare, "typeset": _declare, "local": _declare,
        "readonly": _declare, "unset": _unset, "read": _read, "mapfile": _mapfile, "readarray": _mapfile,
            "shift": _shift,
        "eval": _eval, "trap": _trap, "source": _source, ".": _source, "true": _nothing, ":": _nothing,
        "false": _nothing, "test": _test_command, "[": _test_command,
    }  # fmt: skip  # fmt: skip


def _fields(start: str, command: Command, machine: Builtins) -> list[str]:
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
    if {letter for *_, letter in directives} == {"s"} and not any(w or p for w, p, _ in directives):
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
