"""What filters make of a secret: they pass it on, cut it, change it, or say nothing of it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.leaks.expand import Expander, flows_of
from bot.leaks.model import Origin, Sink
from bot.leaks.tables import FIRST_OPERAND_IS_PROGRAM, PASSING, READS_OPERANDS, VALUE_OPTIONS
from bot.leaks.values import EMPTY, Flow, Form, Stream, Streams, Value, changed, joined, merged

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
_SED_CHOOSES: Final = re.compile(r"s?(.)\^(\w+)")
"""with -n: only lines that begin so are printed"""
_WHOLE_SED: Final = re.compile(r"s(.)\^?\.[*+]\$?\1([^\\&]*)\1")


@dataclass(slots=True, eq=False)
class Call:
    """A command that runs: its expanded arguments, its descriptors, and those of the shell around it."""

    command: Command
    arguments: list[Value]
    streams: Streams
    outer: Streams


class Filters(Expander):
    """What goes in on one side and comes out, whole or changed, on the other."""

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

    def _passed(self, name: str, arguments: list[Value], streams: Streams) -> Value | None:  # noqa: C901, PLR0912, PLR0915 - one branch for each case
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
        if name in {"jq", "yq"}:
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
            chosen = _SED_CHOOSES.match(script)
            if chosen and any(re.fullmatch(r"-\w*n\w*|--quiet|--silent", t) for t in texts):
                flows = _grepped(flows, f"^{chosen[2]}", [])
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
        known = (
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
                *(f for option, v in itertools.pairwise(arguments) if option.text == "-v" for f in v.flows),
            )
        return Value(known, merged((*changed(flows, form), *changed(extra, Form.EXACT))))

    def _tee(self, operands: list[Value], streams: Streams) -> None:
        for operand in operands:
            if operand.text in {"/dev/stderr", "/dev/stdout", "/dev/tty"}:
                self.write(streams.err, streams.stdin, None)
            elif operand.text is not None:
                self.write(Stream("file", self.resolve(operand.text)), streams.stdin, None)

    def _jq(
        self,
        program: Value,
        options: list[Value],  # noqa: ARG002 - the signature is shared
        operands: list[Value],
        arguments: list[Value],
        streams: Streams,
    ) -> Value:
        texts = [value.text or "" for value in arguments]
        code = program.text or ""
        flows: list[Flow] = list(program.flows)
        for index, text in enumerate(texts):
            if text not in {"--arg", "--argjson"} or index + 2 >= len(arguments):
                continue
            if re.search(r"\$" + re.escape(texts[index + 1]) + r"\b|\$ARGS", code) or not code:
                flows += arguments[index + 2].flows
        if re.search(r"(?<![\w.])env(?!\.)\b|\$ENV(?!\.)", code):
            flows += self.environment()
        else:
            for name in re.findall(r"(?:\$ENV|\benv)\.(\w+)", code):
                flows += self.lookup(name).secrets
        if not any(re.fullmatch(r"-\w*n\w*|--null-input", text) for text in texts) and not re.fullmatch(
            r"\.?\s*\|?\s*(length|keys|type)|.*\|\s*length\s*\)?\s*\}?\s*", code, re.DOTALL
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
