"""`grep` and its relatives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.program import Program
from bot.leaks.programs.filtering import inputs
from bot.leaks.values import EMPTY, Flow, Form, Value, changed, flows_of

if TYPE_CHECKING:
    from bot.leaks.program import Call


def _grep(call: Call) -> None:
    options, operands = call.split("efmABC")
    texts = [value.text or "" for value in options]
    if _any(texts, r"-\w*[qcLl]\w*|--(quiet|silent|count|files-\w+)"):
        return
    pattern: str | None = None
    if not _any(texts, r"-\w*[ef]|--(expression|file|regexp|from-file)(=.*)?"):
        pattern = (operands.pop(0) if operands else EMPTY).text
    flows = selected(_flows(call, texts, operands), pattern, texts)
    only_matching = _any(texts, r"-\w*[oP]\w*|--only-matching")
    call.write(Value(None, changed(flows, Form.PART if only_matching else Form.EXACT)))


def _flows(call: Call, options: list[str], operands: list[Value]) -> tuple[Flow, ...]:
    if call.name in {"grep", "rg"} and _any(options, r"-\w*[rR]\w*|--recursive"):
        state = call.state
        call.contents(operands)
        folders = [state.resolve(operand.text or ".") for operand in operands] or [state.shell.cwd]
        return flows_of([Value(None, state.files.folder(folder)) for folder in folders])
    return flows_of(inputs(call, operands))


def selected(flows: tuple[Flow, ...], pattern: str | None, options: list[str]) -> tuple[Flow, ...]:
    """The secrets that grep leaves of an environment dump: its lines are known by the names of their variables."""
    if pattern is None or not any(flow.env_name for flow in flows):
        return flows
    flags = re.IGNORECASE if _any(options, r"-\w*i\w*|--ignore-case") else 0
    inverted = _any(options, r"-\w*v\w*|--invert-match")
    try:
        wanted = re.compile(pattern.replace(r"\|", "|"), flags)
    except re.error:
        return flows
    return tuple(
        f for f in flows if not f.env_name or (wanted.search(f"{f.env_name}=") is not None) is not inverted
    )


def _any(texts: list[str], pattern: str) -> bool:
    return any(re.fullmatch(pattern, text) for text in texts)


PROGRAMS = (Program(names=("grep", "egrep", "fgrep", "rg"), run=_grep),)
