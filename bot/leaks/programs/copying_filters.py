"""Filters that pass lines on: `cat` and `less` as they are, `head` some, `sort` in another order, `nl` with numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.fields import lines_of
from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.programs.filtering import keeping, text_of
from bot.leaks.values import Value, changed

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


def _cat(call: Invocation) -> None:
    options, operands = call.split()
    value = text_of(call, operands)
    if not options:
        call.write(value)
        return
    # cat(1), coreutils 9 (2026-11): numbers, ends of lines and squeezed blank lines are put in
    decorates = any(
        re.fullmatch(r"-\w*[nbAeEs]\w*|--(number|show-|squeeze).*", o.text or "") for o in options
    )
    kept = lines_of(value, LeakedForm.LINES) if decorates else value
    call.write(Value(None, kept.flows, kept.parts))


def _head(call: Invocation) -> None:
    options, operands = call.split("nc")
    value = text_of(call, operands)
    if any((option.text or "").startswith(("-c", "--bytes")) for option in options):
        call.write(Value(None, changed(value.flows, LeakedForm.PART)))
        return
    if call.name == "tail" and re.search(r"(^|\s)-n ?\+[01](\s|$)", call.line):
        call.write(value)
        return
    first_only = (
        call.name == "head" and re.search(r"(^|\s)(-n ?|--lines[= ]|-)1(\s|$)", call.line) is not None
    )
    kept = lines_of(value, LeakedForm.LINES if first_only else LeakedForm.SOME_LINES)
    call.write(kept if call.name == "head" and not options and value.text is not None else _unknown(kept))


def _unknown(value: Value) -> Value:
    return Value(None, value.flows, value.parts)


PROGRAMS = (
    Program(names=("cat",), run=_cat),
    Program(names=("head", "tail"), run=_head),
    Program(
        names=(
            "less",
            "more",
            "pv",
            "bat",
            "buffer",
            "mbuffer",
            "zcat",
            "bzcat",
            "xzcat",
            "lzcat",
            "zstdcat",
            "lz4cat",
            "expand",
            "unexpand",
            "lolcat",
            "strings",
        ),
        run=keeping(LeakedForm.WHOLE, "n"),
    ),
    Program(names=("sort",), run=keeping(LeakedForm.LINES, "kto")),
    Program(names=("uniq",), run=keeping(LeakedForm.LINES, "fsw")),
    Program(names=("nl",), run=keeping(LeakedForm.LINES, "bw")),
    Program(names=("paste",), run=keeping(LeakedForm.LINES, "d")),
    Program(names=("column",), run=keeping(LeakedForm.LINES, "so")),
    Program(
        names=("tac", "shuf", "fmt", "pr", "dos2unix", "unix2dos", "join", "look", "ts", "comm"),
        run=keeping(LeakedForm.LINES),
    ),
)
