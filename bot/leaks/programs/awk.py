"""`awk`: it prints fields, variables of the environment, and what `-v` hands to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.fields import BLANKS, chosen, names_of_dump
from bot.leaks.model import LeakedForm, Sink
from bot.leaks.program import Program
from bot.leaks.programs.filtering import text_of
from bot.leaks.values import EMPTY, Flow, Value, changed, merged

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_COUNTS: Final = regex(r"(?:END ?)?\{ ?print (?:NR|NF|length(?:\(\$\w+\))?) ?;? ?\}")
_FIRST_FIELD: Final = regex(r"\{ ?print \$1 ?(?:\"[^\"]*\" ?)?\}")
_FIELDS: Final = regex(r"\s*\{\s*print(?:\s+(\$\d+(?:\s*,\s*\$\d+)*))?\s*;?\s*\}\s*")
_CHOOSES_LINES: Final = regex(
    r"\s*(?:F?NR\s*(?:[<>]=?|[!=]=)\s*\d+|!?/[^/]+/)\s*(?:\{\s*print(?:\s+\$0)?\s*;?\s*\}\s*)?"
)
"""a pattern that chooses lines, which are printed as they are"""
_CHANGES: Final = regex(r"\b(?:substr|toupper|tolower|gsub|sub|split|sprintf|for|printf)\b")

_READS_ENVIRON: Final = regex(r"ENVIRON\[|\(\s*ENVIRON|,\s*ENVIRON")


def _awk(call: Invocation) -> None:
    _, operands = call.split("Fvf")
    is_explicit = call.has_option(r"-\w*f|--file(=.*)?")
    program = operands.pop(0) if operands and not is_explicit else EMPTY
    code = program.text or ""
    if "ENVIRON" in code:
        if not _READS_ENVIRON.search(code):
            return  # `for (name in ENVIRON) print name`
        one = re.search(r"ENVIRON\[\"(\w+)\"\]", code)
        flows = call.state.lookup(one[1]).secrets if one else call.state.environment()
        call.write(
            Value(
                None,
                changed(
                    flows,
                    LeakedForm.CHANGED
                    if _CHANGES.search(code.replace("printf", "")) and one
                    else LeakedForm.WHOLE,
                ),
            )
        )
        return
    made = _printed(call, code, text_of(call, operands))
    given = tuple(flow for before, value in call.pairs() if before == "-v" for flow in value.flows)
    extra = (*program.flows, *(given if "print" in code else ()))
    call.write(Value(None, merged((*made.flows, *extra))) if extra else made)


def _printed(call: Invocation, code: str, value: Value) -> Value:
    """What the program prints of its input."""
    if _COUNTS.fullmatch(code):
        return Value(None)
    if _prints_names(call, code, value.flows):
        return Value(None, names_of_dump(value.flows))
    if _CHOOSES_LINES.fullmatch(code):
        return Value(None, changed(value.flows, LeakedForm.SOME_LINES))
    fields = _FIELDS.fullmatch(code)
    if fields is None or value.text is not None or any(flow.env_name for flow in value.flows):
        return Value(
            None, changed(value.flows, LeakedForm.CHANGED if _CHANGES.search(code) else LeakedForm.FIELD)
        )
    numbers = [int(number) for number in re.findall(r"\d+", fields[1] or "0")]
    if 0 in numbers:
        return value
    return chosen(value, _separator(call), [(number, number) for number in numbers], " ")


def _separator(call: Invocation) -> str:
    found = re.search(r"(?:^|\s)-F ?(\S)", " ".join(call.texts))
    return found[1] if found else BLANKS


def _prints_names(call: Invocation, code: str, flows: tuple[Flow, ...]) -> bool:
    """Whether only the names of an environment dump are printed."""
    return (
        all(flow.via is Sink.DUMP for flow in flows)
        and "-F=" in "".join(call.texts)
        and _FIRST_FIELD.fullmatch(code) is not None
    )


PROGRAMS = (Program(names=("awk", "gawk", "mawk"), run=_awk),)
