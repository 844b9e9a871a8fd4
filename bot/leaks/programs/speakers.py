"""Programs that print their operands, or run a command whose output they show: `date`, `expr`, `logger`, `script`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.values import Value, changed, flows_of

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


def _date(call: Invocation) -> None:
    """`date +FORMAT` prints the format."""
    for value in call.arguments:
        if value.start.startswith("+"):
            call.write(Value(None, value.flows))


def _expr(call: Invocation) -> None:
    """`expr TEXT : PATTERN`, `expr substr TEXT FROM LENGTH` (expr(1), 2026-11)."""
    if call.texts[:1] not in (["length"], ["index"]):
        form = LeakedForm.FIELD if call.line.endswith(r"\(.*\)") else LeakedForm.PART
        call.write(Value(None, changed(flows_of(call.arguments), form)))


def _logger(call: Invocation) -> None:
    """`logger -s` writes its message to standard error too."""
    if call.has_option(r"-\w*s\w*|--stderr"):
        call.write(Value(None, flows_of((*call.arguments, call.stdin))), call.streams.err)


def _script(call: Invocation) -> bool | None:
    """`script -c COMMAND FILE` shows what the command prints, and keeps it in the file."""
    for before, value in call.pairs():
        if re.fullmatch(r"-\w*c|--command", before):
            return call.context.runner.run_opaque(call, value)
    return None


PROGRAMS = (
    Program(names=("date",), run=_date),
    Program(names=("expr",), run=_expr),
    Program(names=("logger",), run=_logger),
    Program(names=("script",), run=_script),
)
