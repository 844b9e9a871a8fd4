"""Edits of a policy where it is, whatever document it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.lines import ending_of, split_lines
from bot.fixes import Edit

if TYPE_CHECKING:
    from bot.documents.location import Place
    from bot.documents.nodes import Scalar
    from bot.vault.policies.policy import PathRule


def replace_path(text: str, rule: PathRule, new: str) -> Edit | None:
    """`rule` with the path `new` (a leading slash stays); None where the path is not written as it is."""
    scalar = rule.path_scalar
    start = len(scalar.text) - len(rule.path)
    return _replaced(text, scalar, start, rule.path, new)


def drop_capability(text: str, rule: PathRule, name: str) -> Edit | None:
    """`rule` without the capability; None where nothing would be left, or it is not in a list of its own."""
    index = next((i for i, scalar in enumerate(rule.written) if scalar.text == name), None)
    if index is None or len(rule.written) < 2:  # noqa: PLR2004 - one must remain
        return None
    gone = rule.written[index].span
    if index + 1 < len(rule.written):
        following = rule.written[index + 1].span
        start, end = (gone.start_line, gone.start_column), (following.start_line, following.start_column)
    else:
        before = rule.written[index - 1].span
        start, end = (before.end_line, before.end_column), (gone.end_line, gone.end_column)
    lines = split_lines(text)
    if start[0] > end[0] or end[0] > len(lines) or name not in _between(lines, start, end):
        return None
    joined = lines[start[0] - 1][: start[1] - 1] + lines[end[0] - 1][end[1] - 1 :]
    return Edit(gone.path, start[0], end[0], joined)


def _replaced(text: str, scalar: Scalar, offset: int, old: str, new: str) -> Edit | None:
    place: Place = scalar.place(offset)
    lines = split_lines(text)
    if not old or place.line > len(lines):
        return None
    line, column = lines[place.line - 1], place.column - 1
    # A literal scalar has its quote before it; an escape in it, or a part filled in, is left alone.
    for start in (column, column + 1):
        if line[start : start + len(old)] == old:
            changed = line[:start] + new + line[start + len(old) :]
            return Edit(scalar.span.path, place.line, place.line, changed)
    return None


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] - 1 : end[1] - 1]
    whole = lines[start[0] - 1 : end[0]]
    return "".join([whole[0][start[1] - 1 :], *whole[1:-1], whole[-1][: end[1] - 1]])


def split_path(text: str, rule: PathRule) -> Edit | None:
    """`app*` as `app` and `app/*`: the block twice. None where it shares its lines with others."""
    name = rule.path.removesuffix("*")
    lines = split_lines(text)
    span = rule.span
    block = lines[span.start_line - 1 : span.end_line]
    first = rule.path_scalar.span.start_line - span.start_line
    if not name[-1:].isalnum():
        return None  # `zip-*`: what was meant is for a person to say
    if not 0 <= first < len(block) or f'"{rule.path_scalar.text}"' not in block[first]:
        return None
    behind = block[-1][span.end_column - 1 :].strip()
    if block[0][: span.start_column - 1].strip() or (behind and not behind.startswith(("#", "//"))):
        return None
    lead = rule.path_scalar.text.removesuffix(rule.path)
    versions = []
    for path in (name, f"{name}/*"):
        copy = list(block)
        copy[first] = block[first].replace(f'"{lead}{rule.path}"', f'"{lead}{path}"', 1)
        if not copy[-1].endswith("\n"):
            copy[-1] += ending_of(lines[0]) or "\n"
        versions.append("".join(copy))
    return Edit(span.path, span.start_line, span.end_line, "".join(versions))
