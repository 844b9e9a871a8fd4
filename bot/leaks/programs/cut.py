"""`cut` and other filters that pass on a part of each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.model import Sink
from bot.leaks.program import Program
from bot.leaks.programs.filtering import inputs, passing
from bot.leaks.values import Form, Value, changed, flows_of

if TYPE_CHECKING:
    from bot.leaks.program import Call


def _cut(call: Call) -> None:
    given = inputs(call, call.split("dfcb")[1])
    flows = flows_of(given)
    if len(given) == 1 and _cuts_before(call, given[0].start):
        flows = ()
    if flows and all(flow.via is Sink.DUMP for flow in flows) and _cuts_names(call):
        flows = ()
    call.write(Value(None, changed(flows, Form.PART)))


def _cuts_before(call: Call, start: str) -> bool:
    """Whether `cut` takes a field that lies in the known start of its input."""
    line = " ".join(value.text or "?" for value in call.arguments)
    field, delimiter = re.search(r"-f ?(\d+)(?![\d,-])", line), re.search(r"-d ?(.)", line)
    return field is not None and delimiter is not None and start.count(delimiter[1]) >= int(field[1])


def _cuts_names(call: Call) -> bool:
    """Whether `cut` takes the names of an environment dump."""
    line = " ".join(call.texts)
    return re.search(r"-d ?=", line) is not None and re.search(r"-f ?1(?!\d|-|,)", line) is not None


PROGRAMS = (
    Program(names=("cut",), run=_cut),
    Program(names=("strings",), run=passing(Form.PART, "n")),
    Program(names=("split",), run=passing(Form.PART, "bl")),
    Program(names=("comm", "csplit", "xmllint", "xmlstarlet", "hxselect"), run=passing(Form.PART)),
)
