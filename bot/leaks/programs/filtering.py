"""Parts of filters: programs that read their operands or standard input and write what they make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leaks.values import Form, Value, changed, flows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.program import Call


def inputs(call: Call, operands: list[Value]) -> list[Value]:
    """What a filter reads: its operands, or standard input where there are none."""
    return call.contents(operands) if operands else [call.stdin]


def passing(form: Form, takes_value: str = "", *, reads_operands: bool = True) -> Callable[[Call], None]:
    """A filter that makes `form` of everything that it reads. `takes_value`: its short options with a value."""

    def run(call: Call) -> None:
        _, operands = call.split(takes_value)
        given = inputs(call, operands if reads_operands else [])
        call.write(Value(None, changed(flows_of(given), form)))

    return run


def copying(takes_value: str = "") -> Callable[[Call], None]:
    """A filter that passes its input on as it is; without options, the text is known where the input is."""

    def run(call: Call) -> None:
        options, operands = call.split(takes_value)
        given = inputs(call, operands)
        text = given[0].text if len(given) == 1 and not options else None
        call.write(Value(text, flows_of(given)))

    return run
