"""The functions of a block (`$[[ inputs.x | truncate(0,8) ]]`), and how its value comes into a text.

After gitlabhq `lib/gitlab/ci/config/interpolation/block.rb`, `functions/*.rb` and `template.rb`, GitLab 19.2 (read
2026-11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Node, Scalar, Sequence
from bot.lazy import regex
from bot.pipeline.include_targets import expanded
from bot.pipeline.specs import NotAccepted

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_FUNCTIONS: Final = 3
_BLANKS: Final = " \t\n\v\f\r\0"
_TRUNCATE: Final = regex(r"truncate\(\s*(\d+)\s*,\s*(\d+)\s*\)?", re.ASCII)
_SPLIT: Final = regex(r"split\('([^']*)'\)")
_TEXT_FUNCTIONS: Final = frozenset({"expand_vars", "posix_escape", "posix_quote"})
_REPLACEMENT: Final = regex(r"\\([0-9&`'\\])")


def parts_of(body: str) -> list[str]:
    """What a block names, and its functions; nothing behind the last `|` is no function."""
    parts = body.split("|")
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return [part.strip(_BLANKS) for part in parts]


def is_of_matrix(body: str) -> bool:
    """Whether a block names a variable of a matrix: GitLab leaves it as it is until the cells are made."""
    return parts_of(body)[0].partition(".")[0] == "matrix"


def called(functions: list[str], value: Node | None, variables: dict[str, str]) -> Node | None:
    """What the functions, one after the other, make of `value`; None where it is not known.

    Raises:
        NotAccepted: GitLab knows no such function, or it cannot be used with this value.
    """
    if len(functions) > _MOST_FUNCTIONS:
        raise NotAccepted("too many functions in interpolation block")
    unknown = next((each for each in functions if not _is_function(each)), None)
    if unknown is not None:
        words = "check that the function name, arguments, and types are correct"
        raise NotAccepted(f"no function matching `{unknown.partition('(')[0]}`: {words}")
    for function in functions:
        value = _applied(function, value, variables)
    return value


def _is_function(text: str) -> bool:
    return (
        text in _TEXT_FUNCTIONS or _TRUNCATE.fullmatch(text) is not None or _SPLIT.fullmatch(text) is not None
    )


def _applied(function: str, value: Node | None, variables: dict[str, str]) -> Node | None:
    if value is None:
        return None
    name = function.partition("(")[0]
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        words = f"invalid input type: {name} can only be used with string inputs"
        raise NotAccepted(f"error in `{name}` function: {words}")
    text = value.text
    cut, split = _TRUNCATE.fullmatch(function), _SPLIT.fullmatch(function)
    if split:
        return _split(value, split[1])
    if cut:
        text = text[int(cut[1]) : int(cut[1]) + int(cut[2])]
    elif function == "expand_vars":
        text = expanded(text, variables)
    else:
        text = re.sub(r"([^A-Za-z0-9_\-.,:+/@\n])", r"\\\1", text).replace("\n", "'\n'") or "''"
    return Scalar(text, text, value.span)


def _split(value: Scalar, separator: str) -> Sequence:
    if not separator:
        raise NotAccepted("error in `split` function: invalid argument: separator cannot be empty")
    # A single blank stands for any blanks in Ruby.
    parts = re.split(r"[ \t\n\v\f\r]+", value.text) if separator == " " else value.text.split(separator)
    texts = [part.strip(_BLANKS) for part in parts]
    return Sequence(tuple(Scalar(text, text, value.span) for text in texts if text), value.span)


def replaced(text: str, blocks: Iterable[tuple[str, str]]) -> str:
    r"""`text` with each block replaced by its value, as Ruby's `gsub` does it, one block after the other.

    It reads backslashes of the value: two become one, `\0` is the block again, and `\'`, which `posix_escape`
    writes for a quote, is all that is behind the block.
    """
    for block, value in blocks:
        pieces = text.split(block)
        pieces[1:] = [
            _meant(value, block, block.join(pieces[:at]), block.join(pieces[at:])) + piece
            for at, piece in enumerate(pieces)
            if at
        ]
        text = "".join(pieces)
    return text


def _meant(value: str, block: str, before: str, behind: str) -> str:
    signs = {"0": block, "&": block, "`": before, "'": behind, "\\": "\\"}
    return _REPLACEMENT.sub(lambda match: signs.get(match[1], ""), value)
