"""Parts of filters: programs that read their operands or standard input and write what they make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.leaks.fields import lines_of
from bot.leaks.values import UNKNOWN, Value, changed, flows_of, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.model import LeakedForm
    from bot.leaks.program import Invocation


_STANDARD_OUTPUT: Final = frozenset({"-", "/dev/stdout"})


def inputs(call: Invocation, operands: list[Value]) -> list[Value]:
    """What a filter reads: its operands, or standard input where there are none."""
    return call.contents(operands) if operands else [call.stdin]


def text_of(call: Invocation, operands: list[Value]) -> Value:
    """All that a filter reads, one input after another."""
    given = inputs(call, operands)
    return joined(given) if given else Value("")


def value_of(call: Invocation, short: str, long: str) -> Value | None:
    """The value of an option, apart (`-o FILE`) or joined (`-oFILE`, `--output=FILE`); None where it is not given."""
    for before, value in call.pairs():
        if before in {short, long}:
            return value
        for start in (f"{long}=", short):
            if value.start.startswith(start) and value.start != short:
                return UNKNOWN if value.text is None else Value(value.text.removeprefix(start))
    return None


def deliver(call: Invocation, target: Value | None, value: Value) -> None:
    """Write to the file that `target` names, to standard output where there is none or it is `-`."""
    if target is None or target.text in _STANDARD_OUTPUT:
        call.write(value)
    elif target.text is not None:
        call.write_file(target.text, value)


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
