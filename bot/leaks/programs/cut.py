"""`cut` and other filters that pass on a part of each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.fields import chosen, names_of_dump
from bot.leaks.model import LeakedForm, Sink
from bot.leaks.program import Program
from bot.leaks.programs.filtering import passing, text_of
from bot.leaks.values import Value, changed

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


def _cut(call: Invocation) -> None:
    value = text_of(call, call.split("dfcb")[1])
    line = " ".join(text or "?" for text in call.texts)
    ranges = _ranges(line)
    separator = re.search(r"(?:-d ?|--delimiter[= ])(.)", line)
    if value.flows and all(flow.via is Sink.DUMP for flow in value.flows):
        names_only = separator is not None and separator[1] == "=" and ranges == [(1, 1)]
        call.write(
            Value(None, names_of_dump(value.flows) if names_only else changed(value.flows, LeakedForm.PART))
        )
    elif ranges is None:
        call.write(Value(None, changed(value.flows, LeakedForm.PART)))
    else:
        delimiter = separator[1] if separator else "\t"
        call.write(chosen(value, delimiter, ranges, delimiter))


def _ranges(line: str) -> list[tuple[int, int]] | None:
    """The fields that `-f` chooses, None where bytes or characters are chosen."""
    found = re.search(r"(?:-f ?|--fields[= ])([\d,-]+)", line)
    if found is None:
        return None
    ranges = []
    for part in found[1].split(","):
        first, dash, last = part.partition("-")
        if not (first or last):
            return None
        start = int(first or 1)
        ranges.append((start, int(last or 0) if dash else start))
    return ranges


PROGRAMS = (
    Program(names=("cut",), run=_cut),
    Program(names=("split",), run=passing(LeakedForm.PART, "bl")),
    Program(names=("csplit", "xmllint", "xmlstarlet", "hxselect"), run=passing(LeakedForm.PART)),
)
