"""`jq` and `yq`: parts of their input, arguments and variables of the environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.program import Program
from bot.leaks.programs.filtering import inputs
from bot.leaks.values import EMPTY, Flow, Form, Value, changed, flows_of, merged

if TYPE_CHECKING:
    from bot.leaks.program import Call

_SHAPE_ONLY: Final = re.compile(r"\.?\s*\|?\s*(length|keys|type)|.*\|\s*length\s*\)?\s*\}?\s*", re.DOTALL)
"""programs that print the size or the keys of their input"""


def _jq(call: Call) -> None:
    _, operands = call.split()
    is_explicit = call.has_option(r"-\w*[ef]|--(expression|file|regexp|from-file)(=.*)?")
    program = operands.pop(0) if operands and not is_explicit else EMPTY
    code = program.text or ""
    flows = [*program.flows, *_arguments(call, code), *_environment(call, code)]
    if not call.has_option(r"-\w*n\w*|--null-input") and not _SHAPE_ONLY.fullmatch(code):
        flows += changed(flows_of(inputs(call, operands)), Form.PART)
    call.write(Value(None, merged(flows)))


def _arguments(call: Call, code: str) -> list[Flow]:
    """The secrets of `--arg NAME VALUE` that the program uses."""
    flows: list[Flow] = []
    for index, text in enumerate(call.texts[:-2]):
        if text in {"--arg", "--argjson"}:
            used = re.search(r"\$" + re.escape(call.texts[index + 1]) + r"\b|\$ARGS", code)
            if used or not code:
                flows += call.arguments[index + 2].flows
    return flows


def _environment(call: Call, code: str) -> list[Flow]:
    """The secrets of the environment that the program uses."""
    if re.search(r"(?<![\w.])env(?!\.)\b|\$ENV(?!\.)", code):
        return list(call.state.environment())
    names = re.findall(r"(?:\$ENV|\benv)\.(\w+)", code)
    return [flow for name in names for flow in call.state.lookup(name).secrets]


PROGRAMS = (Program(names=("jq", "yq"), run=_jq),)
