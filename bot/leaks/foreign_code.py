"""Programs in JavaScript, Ruby, Perl and PHP that a script runs: what they print is reported in their own lines.

No language is parsed. A program is cut into statements, and of each it is known which names hold secrets before it.
Only what is sure is followed: an expression counts where every function in it is known, and a function that nothing
calls is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.foreign_forms import MEASURES, READS_FILES, made_of
from bot.leaks.model import LeakedForm
from bot.leaks.paths import repository_path
from bot.leaks.state import MAX_DEPTH
from bot.leaks.units import unit_of_file
from bot.leaks.values import UNKNOWN, Value, changed, flows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation
    from bot.leaks.values import Flow

_ENDINGS: Final = regex(r"\.(?:[cm]?js|rb|pl|php)$")
_MAX_CHARACTERS: Final = 100_000
_MAX_STATEMENT: Final = 4_000
"""what people write is shorter; bundles and tables are not"""
_LITERAL: Final = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"
_SLASHES: Final = regex(rf"(?P<comment>/\*.*?\*/|(?<![:\\])//[^\n]*)|{_LITERAL}", re.DOTALL)
_HASHES: Final = regex(
    rf"(?P<comment>(?<![\w$#\\])#(?!\{{)[^\n]*|^=\w.*?^=(?:end|cut)\b)|{_LITERAL}", re.DOTALL | re.MULTILINE
)
_QUOTED: Final = regex(_LITERAL, re.DOTALL)
_FILLED_IN: Final = regex(r"[$#]\{[^{}]*\}|\$\w+|\b(?:env|argument)__\w*")
_OPENING, _CLOSING = "([", ")]"

# -- what holds a secret -------------------------------------------------------------------------------

# Each becomes a name of its own before the texts in quotes are left out.
_ENV: Final = (
    r"process\.env(?:\.|(?:\?\.)?\[[\"'])(?P<js>\w+)(?:[\"']\])?"
    r"|\bENV(?:\.fetch\([ \t]*|\[)[\"'](?P<ruby>\w+)[\"'][^)\]\n]*[)\]]|\$ENV\{[\"']?(?P<perl>\w+)[\"']?\}"
    r"|\bgetenv\([\"'](?P<php>\w+)[\"']\)|\$_(?:ENV|SERVER)\[[\"'](?P<server>\w+)[\"']\]"
)
_ARGUMENT: Final = r"process\.argv\[(?P<argv>\d+)\]|\$?\bARGV\[(?P<of_ruby>\d+)\]|\$argv\[(?P<of_php>\d+)\]"
_WHOLE: Final = r"process\.env\b|\$?(?<![\w.])ENV\b(?:\{\$\w+\})?|%ENV\b|\$_ENV\b|\bgetenv\(\)"
_OUTSIDE: Final = regex(f"{_ENV}|{_ARGUMENT}|(?P<whole>{_WHOLE})")
_NAME: Final = regex(r"(?<![\w.>:])[$@%]?([A-Za-z_]\w*)(?![\w(]|:\s|\s*=>)")
_EVERYTHING: Final = "env__"
_TEXT: Final = "~ "
"""what is in quotes and no name"""
_ENCODINGS: Final = frozenset({"base64", "base64url", "hex"})
"""texts that say what a function makes of another one"""

# -- what a statement does -----------------------------------------------------------------------------

_PRINT: Final = regex(
    r"(?<![\w.$>:])(?P<by>console\.\w+|process\.std(?:out|err)\.write|\$?std(?:out|err)\.(?:puts|print|write)"
    r"|print_r|var_dump|var_export|printf|print|puts|echo|say|warn|abort|die|pp?)(?=[ \t]*\(|[ \t]+[^\s=.,)?:;<>*/+-])"
)
_ASSIGNED: Final = regex(
    r"(?:^|[\s{(;])(?:(?:const|let|var|my|our)\s+)?[$@%]?(?P<name>[A-Za-z_]\w*)\)?\s*(?:\|\||\?\?|//)?=(?![=~>])"
    r"(?P<value>.*)",
    re.DOTALL,
)
_UNPACKED: Final = regex(r"\{(?P<names>[\w\s,:]+)\}\s*=\s*env__\s*$")
_LOOP: Final = regex(
    r"\bfor\s*\((?:const|let|var)\s+(?P<js>[^()]+?)\s+of\s+(?P<over_js>.+?)\)\s*(?:\{|\w|$)"
    r"|\bfor(?:each)?\s+(?:my\s+)?(?P<perl>\$\w+)\s*\((?P<over_perl>.+)\)"
    r"|(?P<over>[^;{}=]+)\.(?:each\w*|map|foreach|forEach)\b\s*"
    r"(?:\(\s*\(?(?P<arrow>[\w\s,\[\]]+?)\)?\s*=>|(?:\{|do)\s*\|(?P<block>[^|]*)\|)"
    r"|(?P<over_ruby>\b(?:File|IO)\.foreach\([^()]*\))\s*(?:\{|do)\s*\|(?P<lines>[^|]*)\|",
    re.DOTALL,
)
_FUNCTION: Final = regex(
    r"\b(?:function\s+|def\s+(?:self\.)?|sub\s+|(?:const|let|var)\s+(?=\w+\s*=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*=>|\w+\s*=>)))"
    r"(?P<name>\w+[?!]?)(?:\s*=\s*(?:async\s*)?(?:function\s*)?)?[ \t]*\(?(?P<parameters>[\w\s,$=@]*)\)?"
)
_CALLED: Final = regex(r"(?<![\w$])([A-Za-z_]\w*[?!]?)\s*\(|(?:\.|->|::)\s*(\w+[?!]?)")
# They keep a text, or `made_of` knows what they make of it (Node.js 24, Ruby 3.4, Perl 5.40, PHP 8.4, 2026-11).
_KNOWN: Final = frozenset(
    {
        "Base64", "Buffer", "CGI", "Dumper", "File", "IO", "JSON", "Object", "String", "URI",
        "base64_encode", "bin2hex", "btoa", "capitalize", "chars", "chomp", "concat", "downcase", "each",
        "each_line", "each_pair", "encode", "encode64", "encodeURI", "encodeURIComponent", "encode_base64",
        "encode_www_form_component", "entries", "env", "escape", "escapeshellarg", "explode", "fetch",
        "file", "file_get_contents", "first", "forEach", "foreach", "format", "from", "generate", "get",
        "gsub", "inspect", "join", "json_encode", "keys", "last", "lc", "lcfirst", "lines", "ltrim", "map",
        "pretty_generate", "print_r", "read", "readFile", "readFileSync", "readlines", "replace", "reverse",
        "rtrim", "scalar", "shellescape", "slice", "sort", "split", "sprintf", "strict_encode64",
        "stringify", "strip", "strrev", "strtolower", "strtoupper", "sub", "substr", "substring",
        "swapcase", "toLowerCase", "toString", "toUpperCase", "to_a", "to_h", "to_json", "to_s", "to_str",
        "trim", "trimEnd", "trimStart", "uc", "ucfirst", "unpack", "unpack1", "upcase", "uri_escape",
        "url_encode", "urlencode", "urlsafe_encode64", "values", "var_export",
    }
)  # fmt: skip


def run_foreign_script(call: Invocation, path: str, arguments: list[Value]) -> None:
    """Follow the program at `path`, where it is a file of the repository in one of these languages."""
    state = call.state
    inside = repository_path(state.resolve(path)) if _ENDINGS.search(path) else None
    text = state.scripts(inside) if inside else None
    if text is None or inside is None or len(text) > _MAX_CHARACTERS or state.depth >= MAX_DEPTH:
        return
    with state.within(unit_of_file(inside, text, state.unit.section)):
        _Program(call, _without_comments(text, inside), arguments).run()


def _without_comments(text: str, path: str) -> str:
    """The text with blanks for comments: what is left stays where it is."""
    tokens = _HASHES if path.endswith((".rb", ".pl")) else _SLASHES

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0]) if match["comment"] else match[0]

    return tokens.sub(blank, text)


class _Program:
    """Goes through the statements of a program in their order."""

    def __init__(self, call: Invocation, text: str, arguments: list[Value]) -> None:
        self._call = call
        self._text = text
        self._arguments = arguments
        self._names: dict[str, Value] = {}
        self._given: dict[str, list[str]] = {}
        """the parameters of the program's functions"""

    def run(self) -> None:
        """Go through the program; functions first get what their calls give them."""
        unused = list(self._unused_functions())
        statements = [
            (start, end)
            for start, end in _statements(self._text)
            if end - start < _MAX_STATEMENT and not any(first <= start < last for first, last in unused)
        ]
        for start, end in statements:
            self._bind(self._bare(self._text[start:end]))
        for start, end in statements:
            self._call.state.frames[:] = [(start, end)]
            bare = self._bare(self._text[start:end])
            self._bind(bare)
            self._print(bare)

    def _unused_functions(self) -> Iterator[tuple[int, int]]:
        """The functions whose names nothing else in the program says."""
        said = Counter(re.findall(r"\w+[?!]?", self._text))
        for match in _FUNCTION.finditer(self._text):
            name = match["name"]
            self._given[name] = re.findall(r"[A-Za-z_]\w*", re.sub(r"=[^,]*", "", match["parameters"]))
            if said[name] == 1:
                yield match.start(), _end_of_body(self._text, match.start())

    def _bare(self, statement: str) -> str:
        """The statement with a name for each variable of the environment, and without the texts in quotes."""

        def named(match: re.Match[str]) -> str:
            groups = {name: text for name, text in match.groupdict().items() if text}
            kind, text = groups.popitem()
            if kind == "whole":
                return _EVERYTHING
            return (
                f"argument__{int(text) - (2 if kind == 'argv' else kind == 'of_php')}"
                if text.isdigit()
                else f"env__{text}"
            )

        def filled(match: re.Match[str]) -> str:
            quote, inside = match[0][0], match[0][1:-1]
            if quote == "'":
                return match[0] if inside in _ENCODINGS else f"'{_TEXT if inside else ''}'"
            names = " ".join(part.strip("$#{}") for part in _FILLED_IN.findall(inside))
            has_text = _FILLED_IN.sub("", inside).replace("\\n", "")
            return match[0] if inside in _ENCODINGS else f'"{_TEXT if has_text else ""}{names}"'

        return _QUOTED.sub(filled, _OUTSIDE.sub(named, statement))

    # -- values --------------------------------------------------------------------------------

    def _named(self, name: str) -> Value:
        state = self._call.state
        if name == _EVERYTHING:
            return Value(None, state.environment())
        if name.startswith("env__"):
            return state.lookup(name.removeprefix("env__"))
        if name.startswith("argument__"):
            at = int(name.removeprefix("argument__"))
            return self._arguments[at] if 0 <= at < len(self._arguments) else UNKNOWN
        return self._names.get(name, UNKNOWN)

    def _value(self, code: str) -> Value:
        """What an expression is worth; nothing where it calls a function that is not known, or measures."""
        called = {one or other for one, other in _CALLED.findall(code)}
        if not called <= _KNOWN or MEASURES.search(code):
            return UNKNOWN
        values = [self._named(name) for name in dict.fromkeys(_NAME.findall(code))]
        if READS_FILES.search(code):
            values = [self._call.state.read(value) for value in values if value.paths]
        return Value(None, changed(flows_of(values), made_of(code)))

    # -- statements ----------------------------------------------------------------------------

    def _bind(self, bare: str) -> None:
        """Give names the secrets that the statement gives them."""
        for match in _LOOP.finditer(bare):
            groups = {kind: text for kind, text in match.groupdict().items() if text}
            over = self._value(next(text for kind, text in groups.items() if kind.startswith("over")))
            names = next(text for kind, text in groups.items() if not kind.startswith("over"))
            for name in re.findall(r"[A-Za-z_]\w*", names):
                self._names[name] = Value(None, changed(over.flows, LeakedForm.LINE))
        unpacked = _UNPACKED.search(bare)
        assigned = _ASSIGNED.search(bare)
        if unpacked is not None:
            for name, _, alias in (each.partition(":") for each in unpacked["names"].split(",")):
                self._names[(alias or name).strip()] = self._named(f"env__{name.strip()}")
        elif assigned is not None and "=>" not in assigned["value"]:
            self._names[assigned["name"]] = self._value(assigned["value"])
        for match in _CALLED.finditer(bare):
            parameters = self._given.get(match[1] or "")
            if parameters and not _FUNCTION.search(bare[: match.end()]):
                given = _arguments_of(bare, match.end() - 1)[1:-1].split(",")
                self._names |= {
                    p: v for p, v in zip(parameters, map(self._value, given), strict=False) if v.flows
                }

    def _print(self, bare: str) -> None:
        for match in _PRINT.finditer(bare):
            shown = _arguments_of(bare, match.end())
            flows = self._value(shown).secrets
            if match["by"] in {"p", "pp", "print_r", "var_dump", "console.dir", "var_export"}:
                flows = changed(flows, LeakedForm.QUOTED)
            if _TEXT in shown or len(_NAME.findall(shown)) > 1:
                flows = tuple(_beside(flow) for flow in flows)
            if flows:
                self._call.write(Value(None, flows))


def _beside(flow: Flow) -> Flow:
    return flow.became(LeakedForm.LINES) if flow.form is LeakedForm.LINE else flow


def _arguments_of(code: str, at: int) -> str:
    """The arguments of a call: within its parentheses, or to the end of the statement."""
    rest = code[at:].lstrip()
    if not rest.startswith("("):
        return re.split(r"\s(?:if|unless|for|foreach)\s|\}\s*$", rest, maxsplit=1)[0]
    depth = 0
    for index, char in enumerate(rest):
        depth += (char == "(") - (char == ")")
        if not depth:
            return rest[: index + 1]
    return rest


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """The statements: they end with a semicolon or a line, outside of parentheses and texts."""
    start = depth = 0
    for match in re.finditer(rf"{_LITERAL}|[()\[\];\n]", text):
        char = match[0]
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth = max(0, depth - 1)
        elif char == ";" or (char == "\n" and not depth):
            if text[start : match.start()].strip():
                yield start + len(text[start:]) - len(text[start:].lstrip()), match.start()
            start = match.end()
    if text[start:].strip():
        yield start, len(text)


def _end_of_body(text: str, start: int) -> int:
    """Where the function that begins at `start` ends: at its brace, or at the `end` below it."""
    indent = start - (text.rfind("\n", 0, start) + 1)
    end = re.compile(rf"^[ \t]{{{indent}}}end\b", re.MULTILINE).search(text, start)
    brace = text.find("{", start)
    if end is not None and (brace < 0 or text.startswith("def", start)):
        return end.end()
    depth = 0
    for index in range(max(brace, start), len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if not depth and index >= brace:
            return index
    return len(text)
