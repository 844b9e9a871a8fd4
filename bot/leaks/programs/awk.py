"""`awk`: it prints fields, variables of the environment, and what `-v` hands to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.model import Sink
from bot.leaks.program import Program
from bot.leaks.programs.filtering import inputs
from bot.leaks.values import EMPTY, Flow, Form, Value, changed, flows_of, merged

if TYPE_CHECKING:
    from bot.leaks.program import Call

_COUNTS: Final = re.compile(r"(?:END ?)?\{ ?print (?:NR|NF|length(?:\(\$\w+\))?) ?;? ?\}")
_FIRST_FIELD: Final = re.compile(r"\{ ?print \$1 ?\}")


def _awk(call: Call) -> None:
    _, operands = call.split("Fvf")
    is_explicit = call.has_option(r"-\w*[ef]|--(expression|file)(=.*)?")
    program = operands.pop(0) if operands and not is_explicit else EMPTY
    code = program.text or ""
    if "ENVIRON" in code:
        one = re.search(r"ENVIRON\[\"(\w+)\"\]", code)
        call.write(Value(None, call.state.lookup(one[1]).secrets if one else call.state.environment()))
        return
    flows = flows_of(inputs(call, operands))
    if (_COUNTS.fullmatch(code) and call.name == "awk") or _prints_names(call, code, flows):
        flows = ()
    given = tuple(flow for before, value in call.pairs() if before == "-v" for flow in value.flows)
    extra = (*program.flows, *(given if "print" in code else ()))
    call.write(Value(None, merged((*changed(flows, Form.PART), *extra))))


def _prints_names(call: Call, code: str, flows: tuple[Flow, ...]) -> bool:
    """Whether only the names of an environment dump are printed."""
    return (
        all(flow.via is Sink.DUMP for flow in flows)
        and "-F=" in "".join(call.texts)
        and _FIRST_FIELD.fullmatch(code) is not None
    )


PROGRAMS = (Program(names=("awk", "gawk", "mawk"), run=_awk),)
