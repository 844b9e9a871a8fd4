"""`sed`: it hides a value, chooses lines, or changes them; `-i` changes files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.program import Program
from bot.leaks.programs.filtering import inputs
from bot.leaks.programs.grep import selected
from bot.leaks.values import EMPTY, Form, Value, changed, flows_of, merged

if TYPE_CHECKING:
    from bot.leaks.program import Call

_HIDES: Final = re.compile(r"s(.)(?:\^?\.\*\$?|\.|\[\^[^]]*\]\*?|\^\.\*|\.\+|\[\^ ?\])\1[^\\&]*?\1g?")
_CHOOSES: Final = re.compile(r"s?(.)\^(\w+)")
"""with -n: only lines that begin so are printed"""
_KEEPS_LINES: Final = re.compile(r"s(.)\^\1[^\\&]*\1|\d*[dp]|/\^#/d|")


def _sed(call: Call) -> None:
    options, operands = call.split("ef")
    texts = [value.text or "" for value in options]
    program = EMPTY
    is_explicit = any(re.fullmatch(r"-\w*[ef]|--(expression|file)(=.*)?", text) for text in texts)
    if operands and not is_explicit:
        program = operands.pop(0)
    if any(re.match(r"-\w*i|--in-place", text) for text in texts):
        _in_place(call, program, operands)
        return
    script = program.text or _expression(call)
    flows = flows_of(inputs(call, operands))
    chosen = _CHOOSES.match(script)
    if chosen and any(re.fullmatch(r"-\w*n\w*|--quiet|--silent", text) for text in texts):
        flows = selected(flows, f"^{chosen[2]}", [])
    if _HIDES.fullmatch(script):
        flows = ()
    form = Form.EXACT if _KEEPS_LINES.fullmatch(script) else Form.CHANGED
    call.write(Value(None, merged((*changed(flows, form), *program.flows))))


def _in_place(call: Call, program: Value, operands: list[Value]) -> None:
    call.contents(operands)
    if program.text and _HIDES.fullmatch(program.text):
        for operand in operands:
            call.state.files.flows[call.state.resolve(operand.text or "?")] = ()


def _expression(call: Call) -> str:
    return next((value.text or "" for before, value in call.pairs() if before == "-e"), "")


PROGRAMS = (Program(names=("sed",), run=_sed),)
