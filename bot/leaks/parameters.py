"""What the operators of a parameter expansion make of a value: `${X%%:*}`, `${X/a/b}`, `${X:0:4}`, `${X@Q}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.model import LeakedForm
from bot.leaks.templates import glob_as_regex, is_opaque, template_of
from bot.leaks.values import EMPTY, UNKNOWN, Value, changed, either, merged

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Word

DEFAULTING: Final = frozenset({":-", "-", ":=", "="})
REPLACING_SET: Final = frozenset({":+", "+"})
CHECKING: Final = frozenset({":?", "?"})
_STRIPPING: Final = frozenset({"%", "%%", "#", "##"})
_LONGEST: Final = frozenset({"%%", "##"})
_HIDES_ALL: Final = frozenset(
    {"?", "*", "[^ ]", "[[:print:]]", "[[:graph:]]", "[a-zA-Z0-9]", "[A-Za-z0-9]", "[!x]"}
)
# man bash, Parameter transformation, 5.2 (2026-11)
_TRANSFORMATIONS: Final = {
    "@Q": LeakedForm.QUOTED,
    "@A": LeakedForm.QUOTED,
    "@K": LeakedForm.QUOTED,
    "@U": LeakedForm.CHANGED,
    "@L": LeakedForm.CHANGED,
    "@u": LeakedForm.CHANGED,
}


def needs_default(value: Value) -> bool:
    """Whether the word behind `:-` may be used: the value is not known to be set."""
    if value.secrets and all(flow.source.origin != "named" for flow in value.secrets):
        return False
    return not value.text


def defaulted(value: Value, fallback: Value, *, is_set: bool) -> Value:
    """`${X:-fallback}`."""
    return fallback if value.text == "" and is_set else either(value, fallback)


def transformed(operator: str, value: Value, argument: Value, word: Word | None) -> Value:
    """The value after an operator that cuts or changes it; `argument` is what `word` behind it expands to."""
    if operator == ":":
        return _sliced(value, word)
    if operator in _STRIPPING:
        return _stripped(operator, value, argument)
    if operator.startswith("/"):
        return _replaced(operator, value, argument)
    if operator.startswith("@"):
        if operator == "@a":  # the attributes of the variable
            return UNKNOWN
        form = _TRANSFORMATIONS.get(operator)
        return Value(None, changed(value.flows, form)) if form is not None else value
    return Value(None, changed(value.flows, LeakedForm.CHANGED))


def expands_argument(operator: str) -> bool:
    """Whether the word behind the operator is expanded: an offset is not."""
    return operator in _STRIPPING or operator.startswith("/")


def _sliced(value: Value, word: Word | None) -> Value:
    """`${X:0:4}`."""
    text = (word.literal or "") if word is not None else ""
    is_empty = re.fullmatch(r"\s*\d+\s*:\s*0+\s*", text) is not None
    return Value(None, () if is_empty else changed(value.flows, LeakedForm.PART))


def _stripped(operator: str, value: Value, pattern: Value) -> Value:
    """`${X%%pattern}`: the text without its shortest or longest start or end that matches."""
    if pattern.text == "*" and operator in _LONGEST:
        return EMPTY
    template = template_of(value)
    if pattern.text is None or glob_as_regex(pattern.text) is None:
        return Value(None, changed(value.flows, LeakedForm.PART))
    if is_opaque(template):
        form = (
            LeakedForm.PART
            if set(pattern.text) & set("*?") or _splits_token(value, pattern.text)
            else LeakedForm.FIELD
        )
        return Value(None, changed(value.flows, form))
    left = _strip(operator, template.text, pattern.text)
    if value.text is not None:
        return Value(left, value.flows)
    return template.value(left)


def _splits_token(value: Value, pattern: str) -> bool:
    return "." in pattern and any(flow.source.origin == "id_token" for flow in value.flows)


def _strip(operator: str, text: str, pattern: str) -> str:
    """The text without its shortest (`#`, `%`) or longest (`##`, `%%`) start or end that matches."""
    longest = operator in _LONGEST
    if operator.startswith("%"):
        rest = "(.*?)" if longest else "(.*)"
        found = re.fullmatch(rest + (glob_as_regex(pattern) or ""), text, re.DOTALL)
    else:
        found = re.fullmatch((glob_as_regex(pattern, greedy=longest) or "") + "(.*)", text, re.DOTALL)
    return found[1] if found is not None else text


def _replaced(operator: str, value: Value, text: Value) -> Value:
    """`${X/old/new}`."""
    old, _, new = (text.text or "").partition("/")
    if text.text is not None and value.text is not None and not value.secrets and not set(old) & set("*?["):
        return Value(value.text.replace(old, new, -1 if operator == "//" else 1), value.flows)
    if (operator == "//" and old in _HIDES_ALL) or old == "*":
        return Value(None, text.flows)
    template = template_of(value)
    regex = glob_as_regex(old) if text.text is not None and old else None
    if regex is None or is_opaque(template):
        form = LeakedForm.CHANGED if regex is None or set(old) & set("*?") else LeakedForm.FIELD
        return Value(None, merged((*changed(value.flows, form), *text.flows)))
    made = re.sub(regex, lambda _: new, template.text, count=0 if operator == "//" else 1, flags=re.DOTALL)
    return template.value(made, LeakedForm.FIELD)
