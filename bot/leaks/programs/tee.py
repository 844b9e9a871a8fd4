"""`tee` and `sponge`: standard input goes to files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.leaks.program import Program
from bot.leaks.values import Value

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_TERMINALS: Final = frozenset({"/dev/stderr", "/dev/stdout", "/dev/tty"})


def _tee(call: Invocation) -> None:
    options, operands = call.split()
    for operand in operands:
        if operand.text in _TERMINALS:
            call.write(call.stdin, call.streams.err)
        elif operand.text is not None:
            call.write_file(operand.text, call.stdin)
    call.write(Value(None if options else call.stdin.text, call.stdin.flows))


def _sponge(call: Invocation) -> None:
    for text in call.texts:
        if text:
            call.write_file(text, call.stdin)


PROGRAMS = (Program(names=("tee",), run=_tee), Program(names=("sponge",), run=_sponge))
