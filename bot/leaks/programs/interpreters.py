"""Interpreters of other languages: short programs on the command line or on standard input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.fields import parts_of_tokens
from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.values import Flow, Value, changed, merged

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_CODE_OPTIONS: Final = frozenset(
    {"-c", "-e", "-r", "-pe", "-ne", "-p", "-E", "eval", "-Command", "-m", "-le", "-lne", "-lpe"}
)
_PRINTING: Final = regex(
    r"\b(?:print(?:ln)?|console\.\w+|puts|echo|pp?|say|write|var_(?:dump|export)|print_r|printf|dump|json\.tool)\b|\bp "
)
_WHOLE_ENVIRONMENT: Final = regex(
    r"os\.environ(?!\s*[\[.]\s*(?:get\b|pop|setdefault|[\"'\[]))(?!\.get)(?!\[)|process\.env(?![\w.\[])|(?<![$%\w])ENV(?![\w\[.{])|\bENV\.(?:to_h|inspect|each|map|sort)"
    r"|%ENV|\$_ENV(?!\[)|getenv\(\)|phpinfo"
)
_ONE_VARIABLE: Final = regex(
    r"(?:environ(?:\.get)?|getenv|ENV(?:\.fetch)?|process\.env|\$_ENV|\$ENV)\s*[\[({.]\s*[\"']?(\w+)|process\.env\.(\w+)"
)
_IN_A_PRINT: Final = regex(
    r"(?:\b(?:print|println|puts|console\.\w+|echo|say|write|pp?)\b\s*\(?|print\(f?)[^;\n]*$"
)
"""the secret is an argument of a call that prints"""
_STDIN: Final = regex(r"stdin|STDIN|gets|json\.tool|fileinput|<>|/dev/fd/0|\bARGF\b")
_MEASURES: Final = regex(
    r"\blen\(|\.length\b|\.size\b|\blength\b|strlen\(|sha256|hashlib|md5|sha1|hexdigest|createHash|bool\("
    r"|\bin os\.environ"
)
# What the functions of python, node, ruby, perl and php make of a text (their manuals, 2026-11).
_CHANGES: Final = regex(
    r"b(?:ase)?64|\bbtoa\(|encode64|\bhex(?:lify)?\b|\.hex\(|bin2hex|unpack|urllib|\bquote(?:_plus)?\(|urlencode|encodeURI|CGI\.escape"
    r"|url_encode|encode_www_form|uri_escape|\[::-1\]|\.?\breverse|strrev|\.upper\(|\.lower\(|\.(?:up|down|swap)case|toUpperCase|toLowerCase"
    r"|strto(?:upper|lower)|\b(?:uc|lc)\b|rot13|\.swapcase\(|\.split\([\"']{2}\)|\.chars|\blist\(|\bord\(|charCodeAt|zlib|gzip|str_rot13"
)
_CUTS: Final = regex(
    r"\]\s*\[\s*-?\d*\s*[:.,]|\)\s*\[\s*-?\d*\s*:|\bsubstr(?:ing)?\b|\.slice\b|\.split\(|\[-?\d+(?:\.\.|,)|explode\("
)
_QUOTES: Final = regex(
    r"\brepr\(|!r\}|json\.dumps|JSON\.stringify|json_encode|to_json|\.inspect\b|(?:^|[;\s])pp? |var_export|%r"
    r"|Dumper|escapeshellarg|shlex\.quote|shellescape"
)


# `urlparse(os.environ["URL"]).hostname` and its like print what is around the credentials.
_TAKES_HOST: Final = regex(
    r"(?:urlparse|urlsplit|new URL|URI(?:\.parse|\()|parse_url)\b.*"
    r"(?:\.(?:hostname|host|port|path|pathname|scheme|protocol)\b|_URL_(?:HOST|PORT|PATH|SCHEME))",
    re.DOTALL,
)
_READS_FILES: Final = regex(
    r"\bopen\(|read_text\(|readFile|File\.(?:read|open|foreach)|IO\.read|file_get_contents|\bfile\(|readfile\(|<\$?\w*>"
)
_SPLITS_TOKEN: Final = regex(r"\.r?split\(\s*[\"']\.[\"']|explode\(\s*[\"']\.[\"']|split\(?\s*/\\\./")


def _interpreter(call: Invocation) -> None:
    if call.name == "php" and "-i" in call.texts:
        call.write(Value(None, call.state.environment()))
        return
    for index, text in enumerate(call.texts[:-1]):
        if text in _CODE_OPTIONS:
            _code(call, call.arguments[index + 1], call.arguments[index + 2 :])
            return
    if not call.arguments or call.texts[0] == "-":
        _code(call, call.stdin, [])


def _code(call: Invocation, code: Value, arguments: list[Value]) -> None:
    """Run the program `code`."""
    text = code.text
    if text is None:
        if _IN_A_PRINT.search(code.start):
            call.write(Value(None, changed(code.flows, made_of(code.literal))))
        return
    prints_by_option = call.has_option(r"-l?p[e]?|-l?ne")
    is_silent = not _PRINTING.search(text) and not prints_by_option
    if is_silent or _MEASURES.search(text) or _TAKES_HOST.search(text):
        return
    flows: list[Flow] = []
    if _WHOLE_ENVIRONMENT.search(text):
        flows += call.state.environment()
    values = [call.state.lookup(found[1] or found[2]) for found in _ONE_VARIABLE.finditer(text)]
    if re.search(r"argv|ARGV|\$argv", text):
        values += arguments
    flows += [flow for value in values for flow in value.secrets]
    if _READS_FILES.search(text):
        flows += [flow for value in values for flow in call.state.read(value).flows]
    if prints_by_option or _STDIN.search(text):
        flows += call.stdin.flows
    printed = merged(flows)
    if _SPLITS_TOKEN.search(text):
        printed = parts_of_tokens(printed, ".")
    call.write(Value(None, changed(printed, made_of(text))))


def made_of(code: str) -> LeakedForm:
    """What a program of one line makes of the secrets that it prints."""
    if _CHANGES.search(code):
        return LeakedForm.CHANGED
    if _CUTS.search(code):
        return LeakedForm.PART
    if re.search(r"json\.loads?\(|JSON\.parse|json_decode", code):
        return LeakedForm.PART
    if re.search(r"readline\(|readlines\(\)\[|split(?:lines)?\([^)]*\)\s*\[|\.lines\.first|\.first\b", code):
        return LeakedForm.SOME_LINES
    return LeakedForm.QUOTED if _QUOTES.search(code) else LeakedForm.WHOLE


PROGRAMS = (
    Program(
        names=("python", "python2", "python3", "node", "nodejs", "ruby", "perl", "php", "deno", "pwsh"),
        run=_interpreter,
    ),
)
