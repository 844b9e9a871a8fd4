"""`parallel:matrix`: the variables of each of the jobs that GitLab makes of one."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, Node, Sequence
from bot.lazy import regex
from bot.pipeline.model import Variable
from bot.pipeline.specs import written

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from bot.pipeline.model import Job

MAX_CELLS: Final = 200
"""GitLab's limit on the jobs of one matrix (docs.gitlab.com/ci/yaml/#parallelmatrix, 2026-11)"""
_SCOPE: Final = "matrix"
_NAMED: Final = regex(r"\$(?:\{(\w+)\}|(\w+))")


def cells_of(node: Mapping) -> tuple[dict[str, Variable], ...]:
    """The variables of each job that the matrix makes, in GitLab's order; `()` without a matrix."""
    cells: list[dict[str, Variable]] = []
    for row in _flat(node.get("parallel", "matrix")):
        if isinstance(row, Mapping) and row.entries:
            columns = [list(_values(row, name)) for name in row.entries]
            more = islice(product(*columns), MAX_CELLS - len(cells))
            cells.extend({variable.name: variable for variable in cell} for cell in more)
    return tuple(cells)


def in_each_cell(job: Job, text: str) -> tuple[str, ...]:
    """`text` with the matrix's variables put in, once for each text that comes out; itself without a matrix."""
    if not job.cells or "$" not in text:
        return (text,)
    texts = (_NAMED.sub(lambda m, cell=cell: _put(m, cell), text) for cell in job.cells)  # type: ignore[misc]
    return tuple(dict.fromkeys(texts))


def _put(match: re.Match[str], cell: dict[str, Variable]) -> str:
    variable = cell.get(match[1] or match[2])
    return match[0] if variable is None else variable.value or ""


def _values(row: Mapping, name: str) -> Iterator[Variable]:
    entry = row.entries[name]
    for value in _flat(entry.value):
        yield Variable(name, written(value), entry, _SCOPE)


def _flat(node: Node | None) -> Iterator[Node]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _flat(item)
    elif node is not None:
        yield node


def matrix_variables(job: Job) -> Iterator[Variable]:
    """Every variable of the matrix, once for each value that is written."""
    seen: set[int] = set()
    for cell in job.cells:
        for variable in cell.values():
            if id(variable) not in seen:
                seen.add(id(variable))
                yield variable
