"""Filters whose output can be turned back: encodings, other cases and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.programs.filtering import deliver, inputs, passing, value_of
from bot.leaks.values import Value, changed, flows_of

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


def _xxd(call: Invocation) -> None:
    """`xxd [IN [OUT]]` (xxd(1), 2026-11)."""
    operands = call.split("lcsgoRn")[1]
    value = Value(None, changed(flows_of(inputs(call, operands[:1])), LeakedForm.CHANGED))
    deliver(call, operands[1] if operands[1:] else None, value)


def _iconv(call: Invocation) -> None:
    """`iconv [-o OUT] [IN...]` (iconv(1), 2026-11)."""
    operands = call.split("fto")[1]
    value = Value(None, changed(flows_of(inputs(call, operands)), LeakedForm.CHANGED))
    deliver(call, value_of(call, "-o", "--output"), value)


PROGRAMS = (
    Program(names=("base64",), run=passing(LeakedForm.CHANGED, "w")),
    Program(names=("xxd",), run=_xxd),
    Program(names=("od",), run=passing(LeakedForm.CHANGED, "AtNjw")),
    Program(names=("fold",), run=passing(LeakedForm.CHANGED, "w")),
    Program(names=("iconv",), run=_iconv),
    Program(
        names=(
            "base32", "basenc", "hexdump", "hd", "rev", "uuencode", "recode", "ascii85",
        ),
        run=passing(LeakedForm.CHANGED),
    ),
    Program(names=("rot13", "caesar", "factor", "bc", "dc"), run=passing(LeakedForm.CHANGED, reads_operands=False)),
)  # fmt: skip
