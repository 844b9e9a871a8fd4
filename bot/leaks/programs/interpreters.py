"""Interpreters of other languages: short programs on the command line or on standard input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.program import Program
from bot.leaks.values import Flow, Form, Value, changed, flows_of, merged

if TYPE_CHECKING:
    from bot.leaks.program import Call

_CODE_OPTIONS: Final = frozenset({"-c", "-e", "-r", "-pe", "-ne", "-p", "-E", "eval", "-Command", "-m"})
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
"""the secret is an argument of a call that prints"""
_STDIN: Final = re.compile(r"stdin|STDIN|gets|json\.tool|fileinput|<>|/dev/fd/0")
_MEASURES: Final = re.compile(r"\blen\(|\.length\b|\.size\b|sha256|hashlib|md5|bool\(|\bin os\.environ")
_DIGESTS: Final = re.compile(r"sha256|hashlib|len\(")


def _interpreter(call: Call) -> None:
    if call.name == "php" and "-i" in call.texts:
        call.write(Value(None, call.state.environment()))
        return
    for index, text in enumerate(call.texts[:-1]):
        if text in _CODE_OPTIONS:
            _code(call, call.arguments[index + 1], call.arguments[index + 2 :])
            return
    if not call.arguments or call.texts[0] == "-":
        _code(call, call.stdin, [])


def _code(call: Call, code: Value, arguments: list[Value]) -> None:
    """Run the program `code`."""
    text = code.text
    if text is None:
        if _IN_A_PRINT.search(code.start):
            call.write(Value(None, code.flows))
        return
    if not _PRINTING.search(text) and call.command.name != "perl":
        return
    flows: list[Flow] = []
    if not _MEASURES.search(text):
        if _WHOLE_ENVIRONMENT.search(text):
            flows += call.state.environment()
        for found in _ONE_VARIABLE.finditer(text):
            flows += call.state.lookup(found[1] or found[2]).secrets
    if not _DIGESTS.search(text):
        if _STDIN.search(text):
            flows += changed(call.stdin.flows, Form.CHANGED)
        if re.search(r"argv|ARGV", text):
            flows += flows_of(arguments)
    call.write(Value(None, merged(flows)))


PROGRAMS = (
    Program(
        names=("python", "python2", "python3", "node", "nodejs", "ruby", "perl", "php", "deno", "pwsh"),
        run=_interpreter,
    ),
)
