"""Filters that pass whole lines on: `cat`, `sort`, `head`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leaks.program import Program
from bot.leaks.programs.filtering import copying, inputs, passing
from bot.leaks.values import Form, Value, changed, flows_of

if TYPE_CHECKING:
    from bot.leaks.program import Call


def _head(call: Call) -> None:
    options, operands = call.split("nc")
    given = inputs(call, operands)
    by_bytes = any((option.text or "").startswith(("-c", "--bytes")) for option in options)
    text = given[0].text if call.name == "head" and len(given) == 1 and not options else None
    call.write(Value(text, changed(flows_of(given), Form.PART if by_bytes else Form.EXACT)))


PROGRAMS = (
    Program(names=("cat",), run=copying()),
    Program(names=("sort",), run=copying("kto")),
    Program(names=("head", "tail"), run=_head),
    Program(names=("uniq",), run=passing(Form.EXACT, "fsw")),
    Program(names=("nl",), run=passing(Form.EXACT, "bw")),
    Program(names=("paste",), run=passing(Form.EXACT, "d")),
    Program(names=("column",), run=passing(Form.EXACT, "ts")),
    Program(
        names=(
            "tac", "fmt", "expand", "unexpand", "pr", "less", "more", "pv", "dos2unix", "unix2dos", "bat", "join",
            "look", "zcat", "ts", "lolcat", "buffer", "mbuffer",
        ),
        run=passing(Form.EXACT),
    ),
)  # fmt: skip
