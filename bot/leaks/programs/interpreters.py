"""Interpreters of other languages: short programs on the command line or on standard input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.fields import parts_of_tokens
from bot.leaks.foreign_code import run_foreign_script
from bot.leaks.foreign_forms import MEASURES, READS_FILES, made_of
from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.python_code import run_python
from bot.leaks.python_scripts import run_python_script
from bot.leaks.values import Flow, Value, changed, flows_of, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation

_PYTHON: Final = frozenset({"python", "python3"})
_FILTERS: Final = frozenset({"perl", "ruby"})
_CODE_OPTIONS: Final = frozenset(
    {"-c", "-e", "-r", "-pe", "-ne", "-p", "-E", "eval", "-Command", "-m", "-le", "-lne", "-lpe", "-pie"}
)
_PRINTING: Final = regex(
    r"\b(?:print(?:ln|_r|f)?|console\.\w+|puts|echo|pp?|say|write|var_(?:dump|export)|dump|warn|abort|die)\b|\bp "
)
_WHOLE_ENVIRONMENT: Final = regex(
    r"os\.environ(?!\s*[\[.]\s*(?:get\b|pop|setdefault|[\"'\[]))(?!\.get)(?!\[)|process\.env(?![\w.\[])|(?<![$%\w])ENV(?![\w\[.{])|\bENV\.(?:to_h|inspect|each|map|sort)"
    r"|%ENV|\$_ENV(?!\[)|getenv\(\)|phpinfo"
)
_ONE_VARIABLE: Final = regex(
    r"(?:(?:environ|Deno\.env)(?:\.get)?|getenv|ENV(?:\.fetch)?|process\.env|\$_ENV|\$ENV)\s*[\[({.]\s*[\"']?(\w+)|process\.env\.(\w+)"
)
_STATEMENT: Final = regex(r"[^;\n]+")
_ASSIGNED: Final = regex(
    r"\s*(?:(?:const|let|var|my|our)\b)?[\s\[{(]*[$@%]?(?P<name>[A-Za-z_]\w*)[^=]{0,80}=(?![=~])"
)
_IN_A_PRINT: Final = regex(
    r"(?:\b(?:print|println|puts|console\.\w+|echo|say|write|pp?)\b\s*\(?|print\(f?)[^;\n]*$"
)
"""the secret is an argument of a call that prints"""
_STDIN: Final = regex(r"stdin|STDIN|gets|json\.tool|fileinput|<>|/dev/fd/0|\bARGF\b")


# `urlparse(os.environ["URL"]).hostname` and its like print what is around the credentials.
_TAKES_HOST: Final = regex(
    r"(?:urlparse|urlsplit|new URL|URI(?:\.parse|\()|parse_url)\b.*"
    r"(?:\.(?:hostname|host|port|path|pathname|scheme|protocol)\b|_URL_(?:HOST|PORT|PATH|SCHEME))",
    re.DOTALL,
)
_SPLITS_TOKEN: Final = regex(r"\.r?split\(\s*[\"']\.[\"']|explode\(\s*[\"']\.[\"']|split\(?\s*/\\\./")


def _interpreter(call: Invocation) -> None:
    if call.name == "php" and "-i" in call.texts:
        call.write(Value(None, call.state.environment()))
        return
    for index, text in enumerate(call.texts):
        if text in _CODE_OPTIONS and index + 1 < len(call.texts):
            _code(call, call.arguments[index + 1], call.arguments[index + 2 :])
            return
        if text == "-":
            _code(call, call.stdin, call.arguments[index + 1 :])
            return
        if not text.startswith("-"):
            run_script = run_python_script if call.name in _PYTHON else run_foreign_script
            run_script(call, text, call.arguments[index + 1 :])
            return
    if not call.arguments:
        _code(call, call.stdin, [])


def _own_program(call: Invocation) -> None:
    """`scripts/deploy.py`: a program of the repository by its path."""
    words = (word.literal or "" for word in call.command.words)
    path = next((text for text in words if text.endswith(f"/{call.name}")), "")
    if path:
        run_script = run_python_script if path.endswith(".py") else run_foreign_script
        run_script(call, path, call.arguments)


def _code(call: Invocation, code: Value, arguments: list[Value]) -> None:
    """Run the program `code`."""
    text = code.text
    if text is not None and call.name in _PYTHON and _python(call, text, arguments):
        return
    if call.has_option(r"-\w*i\S*") and call.name in _FILTERS:
        _in_place(call, code, arguments)
        return
    if text is None:
        if _IN_A_PRINT.search(code.start):
            call.write(Value(None, changed(code.flows, made_of(code.literal))))
        return
    prints_by_option = call.has_option(r"-l?p[e]?|-l?ne")
    is_silent = not _PRINTING.search(text) and not prints_by_option
    if is_silent or MEASURES.search(text) or _TAKES_HOST.search(text):
        return
    printed = merged(_printed(call, text, arguments, by_option=prints_by_option))
    if _SPLITS_TOKEN.search(text):
        printed = parts_of_tokens(printed, ".")
    call.write(Value(None, changed(printed, made_of(text))))


def _printed(call: Invocation, text: str, arguments: list[Value], *, by_option: bool) -> list[Flow]:
    """The secrets that the program reads and prints; `by_option`: it prints each line (`-p`, `-n`)."""
    flows: list[Flow] = []
    if _WHOLE_ENVIRONMENT.search(text):
        flows += call.state.environment()
    variables = _ONE_VARIABLE.finditer(text) if by_option else _printed_variables(text)
    values = [call.state.lookup(found[1] or found[2]) for found in variables]
    if re.search(r"argv|ARGV|\$argv", text):
        values += arguments
    flows += [flow for value in values for flow in value.secrets]
    if READS_FILES.search(text):
        flows += [flow for value in values for flow in call.state.read(value).flows]
    if by_option or _STDIN.search(text):
        flows += call.stdin.flows
    if by_option and call.name in _FILTERS:
        flows += flows_of(call.contents(arguments))
    return flows


def _in_place(call: Invocation, code: Value, files: list[Value]) -> None:
    """`perl -pi -e 's/@@/$ENV{X}/' FILE` writes the secrets of its program into the files."""
    names = _ONE_VARIABLE.findall(code.literal)
    flows = [flow for one, other in names for flow in call.state.lookup(one or other).secrets]
    for file in files:
        if file.text is not None:
            call.write_file(file.text, Value(None, merged((*code.flows, *flows))))


def _printed_variables(text: str) -> Iterator[re.Match[str]]:
    """The variables of the environment that are in a statement that prints, or in a name that such a one has."""
    statements = _STATEMENT.findall(text)
    printing = [each for each in statements if _PRINTING.search(each)]
    for statement in statements:
        name = _ASSIGNED.match(statement)
        is_printed = statement in printing or (
            name is not None and any(re.search(rf"\b{name['name']}\b", each) for each in printing)
        )
        if is_printed:
            yield from _ONE_VARIABLE.finditer(statement)


def _python(call: Invocation, text: str, arguments: list[Value]) -> bool:
    """Whether the program was followed as Python; `json.tool` is the module of that name."""
    if text != "json.tool":
        return run_python(call, text, arguments)
    read = flows_of(call.contents(arguments[:1])) if arguments else call.stdin.flows
    call.write(Value(None, changed(read, LeakedForm.QUOTED)))
    return True


PROGRAMS = (
    Program(names=("*.py", "*.js", "*.mjs", "*.cjs", "*.rb", "*.pl", "*.php"), run=_own_program),
    Program(
        names=("python", "python2", "python3", "node", "nodejs", "ruby", "perl", "php", "deno", "pwsh"),
        run=_interpreter,
    ),
)
