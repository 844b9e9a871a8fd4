"""Programs that draw a text: `figlet`, `cowsay`, `qrencode`. The operands are the text itself, not files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.programs.filtering import deliver, value_of
from bot.leaks.values import Value, changed, flows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.program import Invocation


def _drawing(takes_value: str) -> Callable[[Invocation], None]:
    """Draws its operands, or standard input where there are none. `takes_value`: its short options with a value."""

    def run(call: Invocation) -> None:
        operands = call.split(takes_value)[1] or [call.stdin]
        call.write(Value(None, changed(flows_of(operands), LeakedForm.CHANGED)))

    return run


def _qrencode(call: Invocation) -> None:
    """`qrencode [-r IN] [-o OUT] [TEXT]` (qrencode(1), 2026-11)."""
    named = value_of(call, "-r", "--read-from")
    given = call.contents([named]) if named is not None else call.split("oslvmdt")[1] or [call.stdin]
    drawn = Value(None, changed(flows_of(given), LeakedForm.CHANGED))
    deliver(call, value_of(call, "-o", "--output"), drawn)


PROGRAMS = (
    Program(names=("figlet",), run=_drawing("dfmwC")),
    Program(names=("toilet",), run=_drawing("dfwF")),
    # it breaks lines at 40 characters (cowsay(1), 2026-11)
    Program(names=("cowsay", "cowthink"), run=_drawing("efTW")),
    Program(names=("banner", "urlencode"), run=_drawing("w")),
    Program(names=("qrencode",), run=_qrencode),
)
