"""Python programs of the repository that a script runs: what they print is reported in their own lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.source import SourceText
from bot.leaks.paths import repository_path
from bot.leaks.python_code import run_python
from bot.leaks.state import MAX_DEPTH
from bot.leaks.units import unit_of_file

if TYPE_CHECKING:
    import ast

    from bot.leaks.program import Invocation
    from bot.leaks.values import Value


def run_python_script(call: Invocation, path: str, arguments: list[Value]) -> None:
    """Follow the program at `path`, where it is a file of the repository."""
    state = call.state
    inside = repository_path(state.resolve(path)) if path.endswith(".py") else None
    code = state.scripts(inside) if inside else None
    if code is None or inside is None or state.depth >= MAX_DEPTH:
        return
    source, lines = SourceText(inside, code), code.split("\n")

    def offset(line: int, column: int) -> int:
        """The offset in the text; Python counts columns in bytes."""
        return source.index(line, len(lines[line - 1].encode()[:column].decode(errors="replace")) + 1)

    def at(node: ast.AST) -> None:
        first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or 1
        column, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None) or 0
        state.frames[:] = [(offset(first, column), offset(last, end))]

    with state.within(unit_of_file(inside, code, state.unit.section)):
        run_python(call, code, arguments, at)
