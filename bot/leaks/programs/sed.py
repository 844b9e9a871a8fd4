"""`sed`: it hides a value, chooses lines, or changes them; `-i` changes files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.fields import lines_of, names_of_dump
from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.programs.filtering import text_of
from bot.leaks.programs.grep import selected
from bot.leaks.templates import basic_as_regex, is_opaque, template_of
from bot.leaks.values import Value, changed, flows_of, joined, merged

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_HIDES: Final = regex(r"s(.)(?:\^?\.\*\$?|\.|\[\^[^]]*\]\*?|\^\.\*|\.\+|\[\^ ?\])\1[^\\&]*?\1g?")
_CHOOSES: Final = regex(r"s?(.)\^(\w+)")
"""with -n: only lines that begin so are printed"""
_KEEPS_NAMES: Final = regex(r"s(.)=\.\*\$?\1[^\\&]*\1g?")
"""what it leaves of the lines of an environment dump"""
_SUBSTITUTION: Final = regex(r"s([^\w\s\\])((?:(?!\1)[^\\]|\\.)*)\1((?:(?!\1)[^\\]|\\.)*)\1([gip]*)")
_PREFIXES: Final = regex(r"s(.)\^\1[^\\&]*\1|s(.)\$\2[^\\&]*\2|=")
"""scripts that put something in front of each line, or behind it"""
_SOME_LINES: Final = regex(r"(?:\d+|\$|/[^/]*/)(?:,(?:\d+|\$|/[^/]*/))?[dpq]|/\^#/d|q")


def _sed(call: Invocation) -> None:
    options, operands = call.split("ef")
    texts = [value.text or "" for value in options]
    is_explicit = any(re.fullmatch(r"-\w*[ef]|--(expression|file)(=.*)?", text) for text in texts)
    given = _expressions(call) if is_explicit else [operands.pop(0)] if operands else []
    program = given[0] if len(given) == 1 else Value(None, flows_of(given))
    if any(re.match(r"-\w*i|--in-place", text) for text in texts):
        _in_place(call, program, operands)
        return
    script = program.text or ""
    value = text_of(call, operands)
    if any(flow.env_name for flow in value.flows):
        if _KEEPS_NAMES.fullmatch(script):
            call.write(Value(None, names_of_dump(value.flows)))
            return
        value = _of_dump(
            value, script, quiet=any(re.fullmatch(r"-\w*n\w*|--quiet|--silent", t) for t in texts)
        )
    is_extended = any(re.fullmatch(r"-\w*[Er]\w*|--regexp-extended", text) for text in texts)
    made = edited(value, script, extended=is_extended)
    if program.flows:
        made = Value(None, merged((*made.flows, *program.flows)))
    call.write(made)


def _of_dump(value: Value, script: str, *, quiet: bool) -> Value:
    """What is left of an environment dump."""
    dropped = re.fullmatch(r"/([^/]+)/d", script)
    if dropped is not None:
        return Value(None, selected(value.flows, dropped[1], ["-v"]))
    chosen = _CHOOSES.match(script)
    return Value(None, selected(value.flows, f"^{chosen[2]}", [])) if chosen and quiet else value


def edited(value: Value, script: str, *, extended: bool = False) -> Value:
    """What the script makes of a text."""
    if _HIDES.fullmatch(script):
        return Value(None)
    if script in {"", "p"}:
        return value
    if _PREFIXES.fullmatch(script):
        prefix = script.split(script[1])[2] if script.startswith("s") else "1"
        return _without_text(joined([Value(prefix), lines_of(value, LeakedForm.LINES)]))
    if _SOME_LINES.fullmatch(script):
        return _without_text(lines_of(value, LeakedForm.SOME_LINES))
    found = [_SUBSTITUTION.fullmatch(each.strip()) for each in script.split(";")]
    for substitution in found:
        if substitution is None:
            return Value(None, changed(value.flows, LeakedForm.CHANGED))
        value = _substituted(value, substitution, extended=extended)
    return value


def _without_text(value: Value) -> Value:
    """The value with its text not known: it has several lines, and only one was made."""
    return Value(None, value.flows, value.parts)


def _substituted(value: Value, substitution: re.Match[str], *, extended: bool) -> Value:
    """`s/old/new/`: on the text around secrets it is carried out; inside of a secret it may match or not."""
    old, new, flags = substitution[2], substitution[3], substitution[4]
    template = template_of(value)
    try:
        regex = re.compile(basic_as_regex(old, extended=extended), re.IGNORECASE if "i" in flags else 0)
    except re.error:
        return Value(None, changed(value.flows, LeakedForm.CHANGED))
    if is_opaque(template):
        return Value(None, changed(value.flows, _of_secret(old, new)))
    count = 0 if "g" in flags else 1
    replacement = re.sub(r"\\(\d)|(?<!\\)&", lambda found: rf"\g<{found[1] or 0}>", new)
    try:
        made = template.each_line(lambda line: regex.sub(replacement, line, count=count), LeakedForm.FIELD)
    except (re.error, IndexError):
        return Value(None, changed(value.flows, LeakedForm.CHANGED))
    return Value(None, made.flows, made.parts)


def _of_secret(old: str, new: str) -> LeakedForm:
    """What `s/old/new/` makes of a secret of which nothing is known."""
    if "\\" in new or "&" in new:
        keeps_all = "&" in new or re.search(r"\\?\(\.[*+]\\?\)", old) is not None
        return LeakedForm.FIELD if keeps_all else LeakedForm.PART
    is_literal = re.fullmatch(r"\^?[\w\s/:@=,-]*\$?|\[\^?[^]]{1,4}\]", old) is not None
    return LeakedForm.FIELD if is_literal else LeakedForm.CHANGED


def _in_place(call: Invocation, program: Value, operands: list[Value]) -> None:
    call.contents(operands)
    for operand in operands:
        if program.text and _HIDES.fullmatch(program.text):
            call.state.files.flows[call.state.resolve(operand.text or "?")] = ()
        elif program.flows and operand.text is not None:
            call.write_file(operand.text, Value(None, program.flows))


def _expressions(call: Invocation) -> list[Value]:
    """The scripts behind `-e`."""
    return [
        value
        for before, value in call.pairs()
        if re.fullmatch(r"-\w*e|--expression", before) or value.start.startswith("--expression=")
    ]


PROGRAMS = (Program(names=("sed",), run=_sed),)
