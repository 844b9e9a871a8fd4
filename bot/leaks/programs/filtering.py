"""Parts of filters: programs that read their operands or standard input and write what they make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leaks.fields import lines_of
from bot.leaks.values import Value, changed, flows_of, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.model import LeakedForm
    from bot.leaks.program import Invocation


def inputs(call: Invocation, operands: list[Value]) -> list[Value]:
    """What a filter reads: its operands, or standard input where there are none."""
    return call.contents(operands) if operands else [call.stdin]


def text_of(call: Invocation, operands: list[Value]) -> Value:
    """All that a filter reads, one input after another."""
    given = inputs(call, operands)
    return joined(given) if given else Value("")


def passing(
    form: LeakedForm, takes_value: str = "", *, reads_operands: bool = True
) -> Callable[[Invocation], None]:
    """A filter that makes `form` of everything that it reads. `takes_value`: its short options with a value."""

    def run(call: Invocation) -> None:
        _, operands = call.split(takes_value)
        given = inputs(call, operands if reads_operands else [])
        call.write(Value(None, changed(flows_of(given), form)))

    return run


def keeping(form: LeakedForm, takes_value: str = "") -> Callable[[Invocation], None]:
    """A filter that keeps the text around secrets, but makes `form` of their lines."""

    def run(call: Invocation) -> None:
        _, operands = call.split(takes_value)
        value = lines_of(text_of(call, operands), form)
        call.write(Value(None, value.flows, value.parts))

    return run
