"""Programs that print paths: `pwd`, `basename`, `dirname`, `realpath`, `mktemp`."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from bot.leaks.program import Program
from bot.leaks.values import Value

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


def _path(call: Invocation) -> bool:
    operands = call.split()[1]
    text = operands[0].text if operands else None
    result: str | None = None
    if call.name == "pwd":
        result = call.state.shell.cwd
    elif text is not None:
        result = _derived(call, text)
        if call.name == "basename" and len(operands) > 1:
            result = result.removesuffix(operands[1].text or "")
    call.write(Value(result, operands[0].flows if operands else ()))
    return True


def _derived(call: Invocation, text: str) -> str:
    if call.name == "basename":
        return posixpath.basename(text)
    return (posixpath.dirname(text) or ".") if call.name == "dirname" else call.state.resolve(text)


def _mktemp(call: Invocation) -> bool:
    call.write(Value(f"/tmp/tmp.{call.command.start}.{call.state.number()}"))  # noqa: S108 - of the job
    return True


PROGRAMS = (
    Program(names=("pwd", "dirname", "basename", "realpath", "readlink"), run=_path),
    Program(names=("mktemp",), run=_mktemp),
)
