"""Programs that carry a secret about: `cp` and `tar` to other files, `env` and `printenv` to the output."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from bot.leaks.expand import flows_of
from bot.leaks.model import Sink
from bot.leaks.tables import DIGESTING, PASSING
from bot.leaks.terraform import run_terraform
from bot.leaks.values import EMPTY, Flow, Form, Stream, Streams, Value, changed, merged

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Command
from bot.leaks.filters import _INTERPRETERS, Call, Filters, split_arguments

_OPEN_MODE: Final = re.compile(r"0?\d?\d\d[4-7]|(?:\w*[ao]\w*)?[+=]\w*r\w*")
"""modes that let others read: 644, o+r, a=r, +r"""


class Programs(Filters):
    """Programs that are no part of the shell."""

    def filter(self, name: str, command: Command, arguments: list[Value], streams: Streams) -> bool | None:
        """Run the program `name`."""
        handler = _HANDLERS.get(name)
        if handler is not None:
            return handler(self, Call(command, arguments, streams, streams))
        if name in _INTERPRETERS:
            self._interpreter(Call(command, arguments, streams, streams))
            return None
        if name in DIGESTING:
            if name not in {"test", "[", "true", "false", ":"}:
                self.contents(split_arguments(name, arguments)[1])
            return None
        if name in PASSING:
            value = self._passed(name, arguments, streams)
            if value is not None:
                self.write(streams.out, value, command)
            return None
        for value in arguments:
            if value.text is not None and value.text.startswith("/dev/fd/"):
                continue
            if value.paths and value.text is None:
                continue
        return None

    def _env(self, call: Call) -> None:
        texts = [value.text or "" for value in call.arguments]
        if any(text in {"-i", "--ignore-environment", "-"} for text in texts):
            own = [f for value in call.arguments for f in value.flows]
            rest = [t for t in texts if not t.startswith("-") and "=" not in t]
            if not rest:
                self.write(call.streams.out, Value(None, tuple(own)), call.command)
            return
        if any(not text.startswith("-") and "=" not in text for text in texts if text):
            return
        self.write(
            call.streams.out,
            Value(None, merged((*self.environment(), *flows_of(call.arguments)))),
            call.command,
        )

    def _printenv(self, call: Call) -> None:
        names = [value for value in call.arguments if not (value.text or "").startswith("-")]
        if not names:
            self.write(call.streams.out, Value(None, self.environment()), call.command)
        for name in names:
            flows = self.environment() if name.text is None else self.lookup(name.text).secrets
            self.write(call.streams.out, Value(None, flows), call.command)

    def _xargs(self, call: Call) -> bool | None:
        rest = list(call.arguments)
        while rest and (rest[0].text or "").startswith("-"):
            text = rest.pop(0).text or ""
            if text in {"-I", "-n", "-P", "-L", "-d", "-s", "-E", "-a"} and rest:
                rest.pop(0)
        stdin = Value(
            call.streams.stdin.text.strip() if call.streams.stdin.text else call.streams.stdin.text,
            call.streams.stdin.flows,
        )
        if not rest:
            self.write(call.streams.out, Value(None, stdin.flows), call.command)
            return None
        replaced = [
            stdin if v.text == "{}" else Value(None, stdin.flows) if "{}" in (v.text or "") else v
            for v in rest
        ]
        values = replaced if replaced != rest else [*rest, stdin]
        return self.invoke(call.command, values, Streams(EMPTY, call.streams.outputs), call.streams)

    def invoke(self, command: Command, values: list[Value], streams: Streams, outer: Streams) -> bool | None:
        """Run the command whose words expand to `values`."""
        raise NotImplementedError

    def _copy(self, call: Call) -> None:  # noqa: C901 - one branch for each case
        _, operands = split_arguments(call.command.name, call.arguments)
        if len(operands) < 2:  # noqa: PLR2004 - from and to
            return
        *sources, target = operands
        if target.text is None:
            return
        into = self.resolve(target.text)
        for source in sources:
            self.used_as_file(source)
            flows = self.read(source).flows
            text = source.text
            if text is not None:
                flows = merged((*flows, *self.folder(self.resolve(text))))
            if not flows:
                if text is not None and into in self.files and not target.text.endswith("/"):
                    self.files[into] = ()
                continue
            name = posixpath.basename(text or (source.paths[0].source.name if source.paths else "copy"))
            to_folder = (
                target.text.endswith(("/", "/.", "."))
                or len(sources) > 1
                or any(f.startswith(into + "/") for f in self.files)
            )
            self.files[into] = merged((*self.files.get(into, ()), *flows))
            if to_folder:
                del self.files[into]
                self.files[posixpath.join(into, name)] = flows
            if call.command.name == "mv" and text is not None:
                moved = self.resolve(text)
                for known in [k for k in self.files if k == moved or k.startswith(moved + "/")]:
                    if not known.startswith(into):
                        self._forget(known)

    def _forget(self, path: str) -> None:
        self.files.pop(path, None)
        self.texts.pop(path, None)

    def _remove(self, call: Call) -> bool:
        for operand in split_arguments("rm", call.arguments)[1]:
            if operand.text is None:
                continue
            path = self.resolve(operand.text)
            from fnmatch import fnmatchcase  # noqa: PLC0415

            for known in list(self.files):
                if known == path or known.startswith(path + "/") or fnmatchcase(known, path):
                    self._forget(known)
        return True

    def _archive(self, call: Call) -> None:
        texts = [value.text or "" for value in call.arguments]
        if call.command.name == "tar" and not (texts and re.match(r"-{0,2}\w*[cru]", texts[0])):
            return
        operands = [value for value in call.arguments if not (value.text or "").startswith("-")]
        if call.command.name == "tar" and operands and not texts[0].startswith("-"):
            operands = operands[1:]
        if not operands or operands[0].text is None:
            return
        flows: list[Flow] = []
        for operand in operands[1:]:
            flows += self.read(operand).flows
            if operand.text is not None:
                flows += self.folder(self.resolve(operand.text))
        self.files[self.resolve(operands[0].text)] = changed(flows, Form.CHANGED)

    def _dd(self, call: Call) -> None:
        value, target = call.streams.stdin, None
        for argument in call.arguments:
            text = argument.text or ""
            if text.startswith("if="):
                value = self.read(Value(text[3:]))
            elif text.startswith("of="):
                target = text[3:]
        if target is None:
            self.write(call.streams.out, value, call.command)
        else:
            self.write(Stream("file", self.resolve(target)), value, call.command)

    def _install(self, call: Call) -> None:
        kept: list[Value] = []
        skip = False
        for argument in call.arguments:
            text = argument.text or ""
            if skip or text.startswith("-"):
                skip = not skip and text in {"-m", "-o", "-g"}
                continue
            kept.append(argument)
        self._copy(Call(call.command, kept, call.streams, call.outer))

    def _chmod(self, call: Call) -> bool:
        """`chmod 644 KEY` opens a file with a secret to every user of the machine."""
        operands = [value for value in call.arguments if not re.match(r"-[A-Za-z]", value.text or "")]
        mode = operands[0].text or "" if operands else ""
        if _OPEN_MODE.fullmatch(mode):
            for operand in operands[1:]:
                for flow in self.read(operand).secrets:
                    self.report(Sink.OPEN_FILE, flow, call.command, mode)
        return True

    def _mktemp(self, call: Call) -> bool:
        self.counter += 1
        self.write(call.streams.out, Value(f"/tmp/tmp.{call.command.start}.{self.counter}"), call.command)  # noqa: S108 - of the job
        return True

    def _path_text(self, call: Call) -> bool:
        operands = split_arguments(call.command.name, call.arguments)[1]
        text = operands[0].text if operands else None
        result: str | None = None
        if call.command.name == "pwd":
            result = self.shell.cwd
        elif text is not None:
            result = {"basename": posixpath.basename, "dirname": lambda t: posixpath.dirname(t) or "."}.get(
                call.command.name, self.resolve
            )(text)
            if call.command.name == "basename" and len(operands) > 1:
                result = result.removesuffix(operands[1].text or "")
        flows = operands[0].flows if operands else ()
        self.write(call.streams.out, Value(result, flows), call.command)
        return True

    def _envsubst(self, call: Call) -> None:
        allowed = (
            re.findall(r"\$\{?(\w+)", " ".join(value.text or "" for value in call.arguments))
            if call.arguments
            else None
        )
        text = call.streams.stdin.text
        flows = list(call.streams.stdin.flows)
        if text is None:
            names = list(allowed or [])
        else:
            names = [n for n in re.findall(r"\$\{?(\w+)\}?", text) if allowed is None or n in allowed]
        for name in names:
            flows += [Flow(f.source, f.form, steps=f.steps) for f in self.lookup(name).secrets]
        self.write(call.streams.out, Value(None, merged(flows)), call.command)

    def _find(self, call: Call) -> None:
        texts = [value.text or "" for value in call.arguments]
        if (
            "-exec" in texts
            and texts.index("-exec") + 1 < len(texts)
            and texts[texts.index("-exec") + 1] in PASSING
        ):
            flows = self.folder(self.resolve(texts[0] if not texts[0].startswith("-") else "."))
            self.write(call.streams.out, Value(None, flows), call.command)

    def _ps(self, call: Call) -> None:
        options = "".join(value.text or "" for value in call.arguments[:1])
        if re.fullmatch(r"-?[auwx]*e[auwx]*", options) and not options.startswith("-"):
            self.write(call.streams.out, Value(None, self.environment()), call.command)

    def _diff(self, call: Call) -> None:
        options, operands = split_arguments("diff", call.arguments)
        if not any(re.fullmatch(r"-\w*q\w*|--brief", o.text or "") for o in options):
            given = [
                call.streams.stdin if o.text == "-" else v
                for o, v in zip(operands, self.contents(operands), strict=True)
            ]
            self.write(call.streams.out, Value(None, flows_of(given)), call.command)

    def _ssh(self, call: Call) -> None:
        for word, value in zip(call.command.words[1:], call.arguments, strict=False):
            if re.match(r"\s*(?:echo|printf)\b(?![^;|&]*[|>])", word.prefix) and value.secrets:
                self.write(call.streams.out, Value(None, value.flows), call.command)

    def _sponge(self, call: Call) -> None:
        for operand in call.arguments:
            if operand.text:
                self.write(Stream("file", self.resolve(operand.text)), call.streams.stdin, call.command)

    def _link(self, call: Call) -> None:
        self._copy(call)

    def _yes(self, call: Call) -> None:
        self.write(call.streams.out, Value(None, flows_of(call.arguments)), call.command)


_HANDLERS: Final = {
    "env": Programs._env, "printenv": Programs._printenv, "xargs": Programs._xargs, "parallel": Programs._xargs,  # noqa: SLF001
    "cp": Programs._copy, "mv": Programs._copy, "rm": Programs._remove, "shred": Programs._remove,  # noqa: SLF001
    "unlink": Programs._remove,  # noqa: SLF001
    "tar": Programs._archive, "zip": Programs._archive, "dd": Programs._dd, "install": Programs._install,  # noqa: SLF001
    "chmod": Programs._chmod,  # noqa: SLF001
    "mktemp": Programs._mktemp, "pwd": Programs._path_text, "dirname": Programs._path_text,  # noqa: SLF001
    "basename": Programs._path_text, "realpath": Programs._path_text, "readlink": Programs._path_text,  # noqa: SLF001
    "envsubst": Programs._envsubst, "find": Programs._find, "ps": Programs._ps, "diff": Programs._diff,  # noqa: SLF001
    "sdiff": Programs._diff,  # noqa: SLF001
    "ssh": Programs._ssh, "sponge": Programs._sponge, "ln": Programs._link, "yes": Programs._yes,  # noqa: SLF001
    "terraform": run_terraform, "tofu": run_terraform, "terragrunt": run_terraform,
    "figlet": Programs._yes, "cowsay": Programs._yes, "banner": Programs._yes,  # noqa: SLF001
}  # fmt: skip
