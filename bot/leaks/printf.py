"""What `printf` makes of its arguments."""

from __future__ import annotations

import re
from typing import Final

from bot.leaks.values import EMPTY, Flow, Form, Value, changed, joined

_DIRECTIVE: Final = re.compile(r"%[-+ #0]*(\*|\d+)?(\.\d+)?(?:l|h)*([a-zA-Z(])")
_CHANGING: Final = "qxXdc"


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
    flows: list[Flow] = []
    for index, argument in enumerate(arguments):
        _, precision, letter = directives[index % len(directives)]
        if precision not in {".0", "."}:
            form = Form.CHANGED if letter in _CHANGING else Form.PART if precision else Form.EXACT
            flows += changed(argument.flows, form)
    plain = all(letter == "s" and not width and not precision for width, precision, letter in directives)
    return Value(_filled_in(pattern.text, arguments, len(directives)) if plain else None, tuple(flows))


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
