"""What other programs make of a secret: filters pass it on, digests end it, `cp` and `tar` carry it about."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.leaks.expand import Expander, flows_of
from bot.leaks.model import Origin, Sink
from bot.leaks.tables import DIGESTING, FIRST_OPERAND_IS_PROGRAM, PASSING, READS_OPERANDS, VALUE_OPTIONS
from bot.leaks.values import EMPTY, UNKNOWN, Flow, Form, Stream, Streams, Value, changed, joined, merged

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Command

_INTERPRETERS: Final = frozenset(
    {"python", "python2", "python3", "node", "nodejs", "ruby", "perl", "php", "deno", "pwsh"}
)
_PRINTING: Final = re.compile(
    r"\b(?:print|println|console\.\w+|puts|echo|pp?|say|write|var_dump|print_r|printf|dump|json\.tool)\b|\bp "
)
_WHOLE_ENVIRONMENT: Final = re.compile(
    r"os\.environ(?!\s*[\[.]\s*(?:get\b|pop|setdefault|[\"'\[]))(?!\.get)(?!\[)|process\.env(?![\w.\[])|(?<![$%\w])ENV(?![\w\[.{])|\bENV\.(?:to_h|inspect|each|map|sort)"
    r"|%ENV|\$_ENV(?!\[)|getenv\(\)|phpinfo"
)
_ONE_VARIABLE: Final = re.compile(
    r"(?:environ(?:\.get)?|getenv|ENV(?:\.fetch)?|process\.env|\$_ENV|\$ENV)\s*[\[({.]\s*[\"']?(\w+)|process\.env\.(\w+)"
)
_IN_A_PRINT: Final = re.compile(
    r"(?:\b(?:print|println|puts|console\.\w+|echo|say|write|pp?)\b\s*\(?|print\(f?)[^;\n]*$"
)
"""the secret stands in a call that prints"""
_STDIN: Final = re.compile(r"stdin|STDIN|gets|json\.tool|fileinput|<>|/dev/fd/0")
_SED_HIDES: Final = re.compile(r"s(.)(?:\^?\.\*\$?|\.|\[\^[^]]*\]\*?|\^\.\*|\.\+|\[\^ ?\])\1[^\\&]*?\1g?")
_WHOLE_SED: Final = re.compile(r"s(.)\^?\.[*+]\$?\1([^\\&]*)\1")


@dataclass(slots=True, eq=False)
class Call:
    """A command that runs: its expanded arguments, its descriptors, and those of the shell around it."""

    command: Command
    arguments: list[Value]
    streams: Streams
    outer: Streams


class Filters(Expander):
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

    def used_as_file(self, operand: Value) -> None:
        """A program opens `operand` as a file: a secret's value there is no path, and stands in the error message."""
        for flow in operand.secrets:
            if (
                flow.source.origin in {Origin.SECRETS, Origin.ID_TOKEN}
                and flow.form is Form.EXACT
                and not flow.via
            ):
                self.report(Sink.VALUE_AS_PATH, flow, None)

    def contents(self, operands: list[Value]) -> list[Value]:
        """What the named files hold; a folder stands for every file in it."""
        found: list[Value] = []
        for operand in operands:
            text = operand.text
            if text is not None:
                path = self.resolve(text)
                if re.search(r"/proc/(?:self|\d+|\*|\$\$)/environ$", path):
                    found.append(Value(None, self.environment()))
                    continue
                if path in self.deferred:
                    continue
            self.used_as_file(operand)
            found.append(self.read(operand))
        return found

    def folder(self, path: str) -> tuple[Flow, ...]:
        """Every secret in a file under the folder `path`."""
        prefix = path.rstrip("/") + "/"
        return merged(flow for name, flows in self.files.items() if name.startswith(prefix) for flow in flows)

    def _passed(self, name: str, arguments: list[Value], streams: Streams) -> Value | None:
        """What the filter writes to its standard output, None where that tells nothing."""
        options, operands = split_arguments(name, arguments)
        form = PASSING[name]
        texts = [value.text or "" for value in options]
        if name in {"grep", "egrep", "fgrep", "rg"} and any(
            re.fullmatch(r"-\w*[qcLl]\w*|--(quiet|silent|count|files-\w+)", t) for t in texts
        ):
            return None
        program: Value = EMPTY
        explicit = any(re.fullmatch(r"-\w*[ef]|--(expression|file|regexp|from-file)(=.*)?", t) for t in texts)
        if name in FIRST_OPERAND_IS_PROGRAM and operands and not explicit:
            program = operands.pop(0)
            if name == "tr" and operands:
                program = joined([program, operands.pop(0)], " ")
        if name == "jq" or name == "yq":
            return self._jq(program, options, operands, arguments, streams)
        if name in {"awk", "gawk", "mawk"} and "ENVIRON" in (program.text or ""):
            one = re.search(r"ENVIRON\[\"(\w+)\"\]", program.text or "")
            flows = self.lookup(one[1]).secrets if one else self.environment()
            return Value(None, flows)
        given = self.contents(operands) if operands and name in READS_OPERANDS else [streams.stdin]
        given = (
            [
                streams.stdin if operand.text == "-" else value
                for operand, value in zip(operands, given, strict=False)
            ]
            if operands and name in READS_OPERANDS
            else given
        )
        if any(re.fullmatch(r"-\w*[rR]\w*|--recursive", t) for t in texts) and name in {"grep", "rg"}:
            given = [Value(None, self.folder(self.resolve(o.text or "."))) for o in operands] or [
                Value(None, self.folder(self.shell.cwd))
            ]
        flows = flows_of(given)
        if name in {"grep", "egrep", "fgrep", "rg"}:
            flows = _grepped(flows, program.text if not explicit else None, texts)
            form = (
                Form.EXACT
                if not any(re.fullmatch(r"-\w*[oP]\w*|--only-matching", t) for t in texts)
                else Form.PART
            )
        if name in {"head", "tail"}:
            form = Form.PART if any(re.match(r"-\w*c|--bytes", t) for t in texts) else Form.EXACT
        if name == "sed":
            if any(re.match(r"-\w*i|--in-place", t) for t in texts):
                if program.text and _SED_HIDES.fullmatch(program.text):
                    for operand in operands:
                        self.files[self.resolve(operand.text or "?")] = ()
                return None
            script = (
                program.text
                or next(
                    (v.text for v, t in zip(arguments[1:], arguments, strict=False) if t.text == "-e"), ""
                )
                or ""
            )
            if _SED_HIDES.fullmatch(script):
                flows = ()
            form = Form.EXACT if re.fullmatch(r"s(.)\^\1[^\\&]*\1|\d*[dp]|/\^#/d|", script) else Form.CHANGED
        if name == "tr":
            text = program.text or ""
            if re.fullmatch(r"(?:\\[rnt0]|\s)*", text) and any(t.startswith("-d") for t in texts):
                form = Form.EXACT
            elif re.fullmatch(r"-?c?.*[ ](.)", text) and re.search(
                r"\[:(print|alnum|graph):\]|a-zA-Z0-9|\\000-\\377", text
            ):
                flows = ()
        if name == "cut" and len(given) == 1 and _cut_before(arguments, given[0].start):
            flows = ()
        if name == "cut" and flows and all(f.via is Sink.DUMP for f in flows) and _cuts_names(arguments):
            flows = ()
        if name == "awk" and re.fullmatch(
            r"(?:END ?)?\{ ?print (?:NR|NF|length(?:\(\$\w+\))?) ?;? ?\}", program.text or ""
        ):
            flows = ()
        if (
            name in {"awk", "gawk", "mawk"}
            and flows
            and all(f.via is Sink.DUMP for f in flows)
            and "-F=" in "".join(t.text or "" for t in arguments)
            and re.fullmatch(r"\{ ?print \$1 ?\}", program.text or "")
        ):
            flows = ()
        if name == "openssl":
            return self._openssl(arguments, streams)
        text = (
            given[0].text
            if name in {"cat", "tee", "sort", "head"} and len(given) == 1 and not options
            else None
        )
        if name == "tee":
            self._tee(operands, streams)
        if name == "xxd" and any(t in {"-r", "-p"} for t in texts):
            form = Form.CHANGED
        extra = program.flows if name in {"sed", "awk", "perl"} else ()
        if name in {"awk", "gawk", "mawk"} and "print" in (program.text or ""):
            extra = (
                *extra,
                *(
                    f
                    for option, v in zip(arguments, arguments[1:], strict=False)
                    if option.text == "-v"
                    for f in v.flows
                ),
            )
        return Value(text, merged((*changed(flows, form), *changed(extra, Form.EXACT))))

    def _tee(self, operands: list[Value], streams: Streams) -> None:
        for operand in operands:
            if operand.text in {"/dev/stderr", "/dev/stdout", "/dev/tty"}:
                self.write(streams.err, streams.stdin, None)
            elif operand.text is not None:
                self.write(Stream("file", self.resolve(operand.text)), streams.stdin, None)

    def _jq(
        self,
        program: Value,
        options: list[Value],
        operands: list[Value],
        arguments: list[Value],
        streams: Streams,
    ) -> Value:
        texts = [value.text or "" for value in arguments]
        code = program.text or ""
        flows: list[Flow] = list(program.flows)
        for index, text in enumerate(texts):
            if text in {"--arg", "--argjson"} and index + 2 < len(arguments):
                if re.search(r"\$" + re.escape(texts[index + 1]) + r"\b|\$ARGS", code) or not code:
                    flows += arguments[index + 2].flows
        if re.search(r"(?<![\w.])env(?!\.)\b|\$ENV(?!\.)", code):
            flows += self.environment()
        else:
            for name in re.findall(r"(?:\$ENV|\benv)\.(\w+)", code):
                flows += self.lookup(name).secrets
        if not any(re.fullmatch(r"-\w*n\w*|--null-input", text) for text in texts) and not re.fullmatch(
            r"\.?\s*\|?\s*(length|keys|type)", code
        ):
            given = self.contents(operands) if operands else [streams.stdin]
            flows += changed(flows_of(given), Form.PART)
        return Value(None, merged(flows))

    def _openssl(self, arguments: list[Value], streams: Streams) -> Value | None:
        texts = [value.text or "" for value in arguments]
        if not texts or texts[0] not in {"enc", "base64"} or "-out" in texts:
            return None
        if texts[0] == "enc" and not {"-base64", "-a", "-d"} & set(texts):
            return None
        if (
            texts[0] == "enc"
            and any(t.startswith(("-aes", "-des", "-camellia", "-chacha")) for t in texts)
            and "-d" not in texts
        ):
            return None
        given = streams.stdin
        if "-in" in texts[:-1]:
            given = self.read(arguments[texts.index("-in") + 1])
        return Value(None, changed(given.flows, Form.CHANGED))

    def _interpreter(self, call: Call) -> None:
        texts = [value.text for value in call.arguments]
        if call.command.name == "php" and "-i" in texts:
            self.write(call.streams.out, Value(None, self.environment()), call.command)
            return
        for index, text in enumerate(texts):
            if text in {
                "-c",
                "-e",
                "-r",
                "-pe",
                "-ne",
                "-p",
                "-E",
                "eval",
                "-Command",
                "-m",
            } and index + 1 < len(call.arguments):
                self._code(call.command, call.arguments[index + 1], call.arguments[index + 2 :], call.streams)
                return
        if not call.arguments or texts[0] == "-":
            self._code(call.command, call.streams.stdin, [], call.streams)

    def _code(self, command: Command, code: Value, arguments: list[Value], streams: Streams) -> None:
        text = code.text
        if text is None:
            if _IN_A_PRINT.search(code.start):
                self.write(streams.out, Value(None, changed(code.flows, Form.EXACT)), command)
            return
        if not _PRINTING.search(text) and command.name != "perl":
            return
        flows: list[Flow] = []
        if _WHOLE_ENVIRONMENT.search(text):
            flows += self.environment()
        for found in _ONE_VARIABLE.finditer(text):
            flows += changed(
                self.lookup(found[1] or found[2]).secrets, Form.PART if "len(" in text else Form.EXACT
            )
        if re.search(r"\blen\(|\.length\b|\.size\b|sha256|hashlib|md5|bool\(|\bin os\.environ", text):
            flows = []
        if _STDIN.search(text) and not re.search(r"sha256|hashlib|len\(", text):
            flows += changed(streams.stdin.flows, Form.CHANGED)
        if re.search(r"argv|ARGV", text) and not re.search(r"sha256|hashlib|len\(", text):
            flows += flows_of(arguments)
        self.write(streams.out, Value(None, merged(flows)), command)

    # -- handlers by name --------------------------------------------------------------------------

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

    def _copy(self, call: Call) -> None:
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
            names = [n for n in (allowed or [])]
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
    "env": Filters._env, "printenv": Filters._printenv, "xargs": Filters._xargs, "parallel": Filters._xargs,  # noqa: SLF001
    "cp": Filters._copy, "mv": Filters._copy, "rm": Filters._remove, "shred": Filters._remove, "unlink": Filters._remove,  # noqa: SLF001
    "tar": Filters._archive, "zip": Filters._archive, "dd": Filters._dd, "install": Filters._install,  # noqa: SLF001
    "mktemp": Filters._mktemp, "pwd": Filters._path_text, "dirname": Filters._path_text,  # noqa: SLF001
    "basename": Filters._path_text, "realpath": Filters._path_text, "readlink": Filters._path_text,  # noqa: SLF001
    "envsubst": Filters._envsubst, "find": Filters._find, "ps": Filters._ps, "diff": Filters._diff, "sdiff": Filters._diff,  # noqa: SLF001
    "ssh": Filters._ssh, "sponge": Filters._sponge, "ln": Filters._link, "yes": Filters._yes,  # noqa: SLF001
    "figlet": Filters._yes, "cowsay": Filters._yes, "banner": Filters._yes,  # noqa: SLF001
}  # fmt: skip


def split_arguments(name: str, arguments: list[Value]) -> tuple[list[Value], list[Value]]:
    """Options and operands; the value of a short option that takes one is no operand."""
    takes_value = VALUE_OPTIONS.get(name, "")
    options: list[Value] = []
    operands: list[Value] = []
    skip = ended = False
    for value in arguments:
        text = value.text
        if skip:
            skip = False
        elif ended or text is None or not text.startswith("-") or text == "-":
            operands.append(value)
        elif text == "--":
            ended = True
        else:
            options.append(value)
            skip = len(text) == 2 and text[1] in takes_value  # noqa: PLR2004 - a dash and a letter
    return options, operands


def _grepped(flows: tuple[Flow, ...], pattern: str | None, options: list[str]) -> tuple[Flow, ...]:
    """What is left of an environment dump after grep: lines are told by the names of their variables."""
    if pattern is None or not any(flow.env_name for flow in flows):
        return flows
    flags = re.IGNORECASE if any(re.fullmatch(r"-\w*i\w*|--ignore-case", option) for option in options) else 0
    inverted = any(re.fullmatch(r"-\w*v\w*|--invert-match", option) for option in options)
    try:
        wanted = re.compile(pattern.replace(r"\|", "|"), flags)
    except re.error:
        return flows
    return tuple(
        f for f in flows if not f.env_name or (wanted.search(f"{f.env_name}=") is not None) is not inverted
    )


def _cut_before(arguments: list[Value], start: str) -> bool:
    """Whether `cut` takes a field that lies in the known start of its input."""
    line = " ".join(value.text or "?" for value in arguments)
    field, delimiter = re.search(r"-f ?(\d+)(?![\d,-])", line), re.search(r"-d ?(.)", line)
    return field is not None and delimiter is not None and start.count(delimiter[1]) >= int(field[1])


def _cuts_names(arguments: list[Value]) -> bool:
    text = " ".join(value.text or "" for value in arguments)
    return re.search(r"-d ?=", text) is not None and re.search(r"-f ?1(?!\d|-|,)", text) is not None


def unknown() -> Value:
    """A value of which nothing is known."""
    return UNKNOWN
