"""`tr`: it hides a value, deletes or replaces line breaks, or changes every character."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.values import Value, changed, joined

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_EVERYTHING: Final = regex(r"\[:(print|alnum|graph):\]|a-zA-Z0-9|\\000-\\377")
_LINE_BREAKS: Final = regex(r"(?:\\[rnt0]|\s)*")
_FEW: Final = 3
"""characters that `tr -c` keeps, and that say nothing of a value"""


def _tr(call: Invocation) -> None:
    options, operands = call.split()
    sets = joined(operands[:2], " ").text or "" if operands else ""
    first = operands[0].text or "" if operands else ""
    form = LeakedForm.CHANGED
    if re.fullmatch(r"-?c?.*[ ](.)", sets) and _EVERYTHING.search(sets):
        call.write(Value(None))
        return
    complements = any(re.match(r"-\w*[cC]", option.text or "") for option in options)
    if complements and len(operands) > 1 and (len(first) < _FEW or _LINE_BREAKS.fullmatch(first)):
        call.write(Value(None))
        return
    if _LINE_BREAKS.fullmatch(first):
        form = LeakedForm.LINES
    elif any((option.text or "").startswith(("-d", "-s")) for option in options):
        form = LeakedForm.FIELD
    call.write(Value(None, changed(call.stdin.flows, form)))


PROGRAMS = (Program(names=("tr",), run=_tr),)
