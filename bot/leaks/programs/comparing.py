"""Programs that print what they are given: `diff`, `yes`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.values import Value, changed, flows_of

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


def _diff(call: Invocation) -> None:
    options, operands = call.split()
    if not any(re.fullmatch(r"-\w*q\w*|--brief", option.text or "") for option in options):
        call.write(Value(None, changed(flows_of(call.contents(operands)), LeakedForm.LINES)))


def _printed(call: Invocation) -> None:
    call.write(Value(None, flows_of(call.arguments)))


PROGRAMS = (
    Program(names=("diff", "sdiff"), run=_diff),
    Program(names=("yes",), run=_printed),
)
