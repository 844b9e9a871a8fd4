"""`tr`: it hides a value, deletes line breaks, or changes every character."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.program import Program
from bot.leaks.values import Form, Value, changed, joined

if TYPE_CHECKING:
    from bot.leaks.program import Call


def _tr(call: Call) -> None:
    options, operands = call.split()
    sets = joined(operands[:2], " ").text or "" if operands else ""
    flows, form = call.stdin.flows, Form.CHANGED
    deletes = any((option.text or "").startswith("-d") for option in options)
    if deletes and re.fullmatch(r"(?:\\[rnt0]|\s)*", sets):
        form = Form.EXACT
    elif re.fullmatch(r"-?c?.*[ ](.)", sets) and re.search(
        r"\[:(print|alnum|graph):\]|a-zA-Z0-9|\\000-\\377", sets
    ):
        flows = ()
    call.write(Value(None, changed(flows, form)))


PROGRAMS = (Program(names=("tr",), run=_tr),)
