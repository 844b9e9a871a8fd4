"""What `printf` makes of its arguments."""

from __future__ import annotations

import re
from typing import Final

from bot.lazy import regex
from bot.leaks.fields import lines_of
from bot.leaks.model import LeakedForm
from bot.leaks.values import EMPTY, Value, flows_of, joined

_DIRECTIVE: Final = regex(r"%[-+ #0]*(\*|\d+)?(\.\d+)?(?:l|h)*([a-zA-Z(])")
_CHANGING: Final = "xXdc"


def formatted(values: list[Value]) -> Value:
    """The text that `printf` prints: a format and its arguments."""
    if not values:
        return EMPTY
    pattern, arguments = values[0], values[1:]
    if pattern.text is None:
        return joined(values)
    directives = _DIRECTIVE.findall(pattern.text.replace("%%", ""))
    if not directives:
        return Value(pattern.text)
    plain = True
    made: list[Value] = []
    for index, argument in enumerate(arguments):
        width, precision, letter = directives[index % len(directives)]
        plain = plain and letter == "s" and not width and not precision
        if precision in {".0", "."}:
            continue
        form = (
            LeakedForm.QUOTED
            if letter == "q"
            else LeakedForm.CHANGED
            if letter in _CHANGING
            else LeakedForm.WHOLE
        )
        made.append(lines_of(argument, LeakedForm.PART if precision else form))
    text = _filled_in(pattern.text, arguments, len(directives)) if plain else None
    if text is not None:
        return Value(text, flows_of(made))
    if plain and len(arguments) == len(directives):
        pieces = re.split(r"%s", pattern.text.replace("\\n", "\n"))
        return joined(
            [each for pair in zip(map(Value, pieces), [*made, EMPTY], strict=False) for each in pair]
        )
    return Value(None, flows_of(made))


def _filled_in(pattern: str, arguments: list[Value], directives: int) -> str | None:
    """The text with each `%s` filled in, where every argument is known."""
    texts = [argument.text for argument in arguments]
    if len(texts) != directives:
        return None
    known = [text for text in texts if text is not None]
    if len(known) != directives:
        return None
    pieces = re.split(r"%s", pattern)
    filled = "".join(piece + (known[at] if at < len(known) else "") for at, piece in enumerate(pieces))
    return filled.replace("\\n", "\n")
