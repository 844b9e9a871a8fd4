"""`grep` and its relatives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.fields import names_of_dump
from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.programs.filtering import text_of
from bot.leaks.templates import UNKNOWN_CHARACTER, basic_as_regex, is_opaque, template_of
from bot.leaks.values import EMPTY, Flow, Value, changed, flows_of, merged

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_NAMES: Final = frozenset({"^[^=]*", "^[^=]+", r"^[^=]\+", r"^\w*", r"^\w+", r"^\w\+"})
"""what `-o` takes out of an environment dump: the names of its variables"""


def _grep(call: Invocation) -> None:
    options, operands = call.split("efmABC")
    texts = [value.text or "" for value in options]
    if _any(texts, r"-\w*[qcLl]\w*|--(quiet|silent|count|files-\w+)"):
        return
    pattern: str | None = None
    if not _any(texts, r"-\w*[ef]|--(expression|file|regexp|from-file)(=.*)?"):
        pattern = (operands.pop(0) if operands else EMPTY).text
    value = _text(call, texts, operands)
    if any(flow.env_name for flow in value.flows):
        value = Value(None, selected(value.flows, pattern, texts))
    elif pattern is not None:
        value = _matching(call, value, pattern, texts)
    if (_any(texts, r"-\w*[oP]\w*|--only-matching") and not _any(texts, r"-\w*P\w*")) or _any(
        texts, r"-\w*o\w*"
    ):
        call.write(_only_matching(call, value, pattern, texts))
        return
    dumped = any(flow.env_name for flow in value.flows)
    call.write(value if dumped else Value(None, changed(value.flows, LeakedForm.LINES), value.parts))


def _text(call: Invocation, options: list[str], operands: list[Value]) -> Value:
    if call.name in {"grep", "rg"} and _any(options, r"-\w*[rR]\w*|--recursive"):
        state = call.state
        folders = [state.resolve(operand.text or ".") for operand in operands] or [state.shell.cwd]
        in_folders = (flow for folder in folders for flow in state.files.folder(folder))
        return Value(None, merged((*flows_of(call.contents(operands)), *in_folders)))
    return text_of(call, operands)


def _only_matching(call: Invocation, value: Value, pattern: str | None, options: list[str]) -> Value:
    """What `-o` prints: of a secret that is an address the part that matches, of others some part."""
    if pattern in _NAMES and any(flow.env_name for flow in value.flows):
        return Value(None, names_of_dump(value.flows))
    template = template_of(value)
    regex = _compiled(_notation(call, pattern, options), options) if pattern is not None else None
    if not template.is_address or regex is None:
        return Value(None, changed(value.flows, LeakedForm.PART))
    return template.value("\n".join(found[0] for found in regex.finditer(template.text)))


def _notation(call: Invocation, pattern: str, options: list[str]) -> str:
    """The pattern in Python's notation."""
    if call.name == "fgrep" or _any(options, r"-\w*F\w*|--fixed-strings"):
        return re.escape(pattern)
    is_extended = call.name in {"egrep", "rg"} or _any(options, r"-\w*[EP]\w*|--(extended|perl)-regexp")
    return basic_as_regex(pattern, extended=is_extended)


def _matching(call: Invocation, value: Value, pattern: str, options: list[str]) -> Value:
    """The lines that are left, as far as the text around the secrets decides it."""
    template = template_of(value)
    regex = _compiled(_notation(call, pattern, options), options)
    if regex is None or is_opaque(template) or value.text is not None:
        return value
    inverted = _any(options, r"-\w*v\w*|--invert-match")

    def keep(line: str) -> str | None:
        has_secret = re.search(UNKNOWN_CHARACTER, line) is not None
        if regex.search(line):
            return None if inverted else line
        # what is not in the line as it is known may be in the secret
        return line if inverted or has_secret else None

    return template.each_line(keep)


def selected(flows: tuple[Flow, ...], pattern: str | None, options: list[str]) -> tuple[Flow, ...]:
    """The secrets that grep leaves of an environment dump: its lines are known by the names of their variables."""
    if pattern is None or not any(flow.env_name for flow in flows):
        return flows
    inverted = _any(options, r"-\w*v\w*|--invert-match")
    wanted = _compiled(pattern.replace(r"\|", "|"), options)
    if wanted is None:
        return flows
    # `export -p` and `declare -x` print `declare -x NAME="value"`
    return tuple(
        f
        for f in flows
        if not f.env_name
        or any(wanted.search(f"{start}{f.env_name}=") for start in ("", "declare -x ")) is not inverted
    )


def _compiled(pattern: str, options: list[str]) -> re.Pattern[str] | None:
    flags = re.IGNORECASE if _any(options, r"-\w*i\w*|--ignore-case") else 0
    try:
        return re.compile(pattern, flags)
    except re.error:
        return None


def _any(texts: list[str], pattern: str) -> bool:
    return any(re.fullmatch(pattern, text) for text in texts)


PROGRAMS = (Program(names=("grep", "egrep", "fgrep", "rg"), run=_grep),)
