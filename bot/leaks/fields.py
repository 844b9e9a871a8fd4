"""The fields of lines: what `cut`, `awk` and `read` take out of a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.model import LeakedForm, Origin
from bot.leaks.templates import UNKNOWN_CHARACTER, template_of
from bot.leaks.values import Flow, Value, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

BLANKS: Final = ""
"""the separator of `awk` and `read`: blanks, those at both ends left out"""


def fields_of(line: str, separator: str) -> list[str]:
    """The fields of a line."""
    if separator == BLANKS:
        return line.split()
    return line.split(separator)


def chosen(value: Value, separator: str, ranges: Sequence[tuple[int, int]], joiner: str) -> Value:
    """The text of the fields in `ranges` (from 1; an end of 0 means up to the last) of each line.

    A line without the separator is one field. Only a field that is open to its end is sure to be the whole of a
    secret in it: the separator may be in the secret.
    """
    template = template_of(value)
    is_open = all(not last for _, last in ranges) and separator != BLANKS

    def line_of(line: str) -> str:
        fields = fields_of(line, separator)
        if len(fields) < 2 and separator != BLANKS:  # noqa: PLR2004 - the separator is not there
            return line
        taken = [field for first, last in ranges for field in fields[first - 1 : last or None]]
        # a secret may have further fields in it
        return joiner.join(taken or re.findall(UNKNOWN_CHARACTER, line))

    made = template.each_line(line_of, LeakedForm.WHOLE if is_open else LeakedForm.FIELD)
    return without_signature(made, separator)


def without_signature(value: Value, separator: str) -> Value:
    """The value after it was cut at `separator`: of an ID token it has a part at most."""
    parts = tuple(
        piece if isinstance(piece, str) else parts_of_tokens(piece, separator) for piece in value.parts
    )
    return Value(value.text, parts_of_tokens(value.flows, separator), parts)


def parts_of_tokens(flows: tuple[Flow, ...], separators: str) -> tuple[Flow, ...]:
    """The flows after a text was cut at `separators`: a field between dots of an ID token is a part of it."""
    if "." not in separators:
        return flows
    return tuple(
        flow.became(LeakedForm.PART) if flow.source.origin is Origin.ID_TOKEN else flow for flow in flows
    )


def names_of_dump(flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """What an environment dump shows beside names when each line is cut at its `=`.

    Of a value of several lines those behind its first have no `=`, and are shown as they are.
    """
    declared = (flow for flow in flows if flow.source.origin is Origin.SECRETS)
    return tuple(
        Flow(flow.source, LeakedForm.FORMER_LINES, steps=flow.steps)
        for flow in declared
        if flow.form.rank <= LeakedForm.LINES.rank
    )


def read_into(value: Value, count: int, separators: str) -> list[Value]:
    """The values of the `count` variables that `read` fills from the first line of a text; the last gets the rest."""
    template = template_of(value)
    line = template.text.partition("\n")[0].strip(" \t")
    pieces = re.split(f"[{re.escape(separators)}]+", line, maxsplit=count - 1)
    values = [
        template.value(piece, LeakedForm.FIELD if index < count - 1 else LeakedForm.LINE)
        for index, piece in enumerate(pieces)
    ]
    # a secret may have further fields in it: an environment dump is read as NAME=VALUE
    rest = template.value("".join(re.findall(UNKNOWN_CHARACTER, line)), LeakedForm.FIELD)
    return [without_signature(each, separators) for each in values + [rest] * (count - len(values))]


def words_of(value: Value, separators: str = " \t\n") -> list[Value]:
    """The words of a text that is not known as a whole: it is split where blanks are known, not within a secret."""
    template = template_of(value)
    if template.is_address or not any(flow.is_value for flow in value.flows):
        return [value]
    words = re.split(f"[{re.escape(separators)}]+", template.text.strip(separators))
    return [template.value(word) for word in words] if len(words) > 1 else [value]


def lines_of(value: Value, form: LeakedForm) -> Value:
    """The text with `form` made of the secrets in it, its structure kept."""
    if value.text is not None:
        return value
    parts = tuple(piece if isinstance(piece, str) else changed(piece, form) for piece in value.parts)
    return Value(None, changed(value.flows, form), parts)
