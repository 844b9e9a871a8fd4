"""`needs` and `parallel`, which belong together: a need may name cells of a matrix."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import is_null
from bot.pipeline.validation.faults import (
    ValidationScope,
    boolean,
    first_or_inner,
    hash_config,
    missing_keys,
    present,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.values import flat, is_array, is_hash, is_number, is_string, shown, value_at
from bot.pipeline.validation.variables import check_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Mapping, Node
    from bot.pipeline.validation.faults import FileFault

MOST_JOBS: Final = 200
"""of one `parallel`, by number or by matrix (docs.gitlab.com/ci/yaml/#parallel, 2026-11)"""
_MOST_PIPELINES: Final = 5
_NO_NUMBER: Final = 'config cannot use "parallel: <number>".'
JOB, CROSS, BRIDGE = "job", "cross_dependency", "bridge"


def kind_of_need(need: Node) -> str | None:
    """Of what kind a need is; None where GitLab knows no such need."""
    if is_string(need):
        return JOB
    if not is_hash(need):
        return None
    if "job" in need:
        return CROSS if "project" in need or "pipeline" in need else None if "ref" in need else JOB
    return BRIDGE if "pipeline" in need else CROSS if "project" in need else None


def name_of_need(need: Node) -> str:
    """The name of the job that is needed."""
    job = value_at(need, "job")
    return shown(need if job is None else job)


def check_needs(scope: ValidationScope, node: Node, allowed: tuple[str, ...] = (JOB,)) -> Iterator[FileFault]:
    """`needs` of a job, a bridge or a rule, of the kinds that are allowed there."""
    yield from first_or_inner(_needs(scope, node, allowed), partial(_each, scope, node))


def _needs(scope: ValidationScope, node: Node, allowed: tuple[str, ...]) -> Iterator[FileFault]:
    yield from unless(is_hash(node) or is_array(node), scope, node, "config can only be a hash or an array")
    if is_hash(node):
        yield from unless(len(node) > 0, scope, node, "config can not be an empty hash")
    items = list(flat(node))
    if any(is_number(value_at(need, "parallel")) for need in items):
        yield scope.fault(node, _NO_NUMBER)
    kinds = [kind_of_need(need) for need in items if not is_null(need)]
    extra = dict.fromkeys(kind for kind in kinds if kind is not None and kind not in allowed)
    if extra:
        yield scope.fault(node, f"config uses invalid types: {', '.join(extra)}")
    if kinds.count(CROSS) > _MOST_PIPELINES and all("project" not in need for need in items if is_hash(need)):
        yield scope.fault(node, f"config must be less than or equal to {_MOST_PIPELINES}")


def _each(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    inner = scope.within("need")
    for need in flat(node):
        kind = kind_of_need(need)
        if not is_hash(need):
            if kind == JOB:
                yield from present(inner, need, need, "config")
            elif not is_null(need):
                yield inner.fault(need, "has an unsupported type")
        elif kind == JOB:
            yield from first_or_inner(_job(inner, need), partial(_parallel_of, inner, need))
        elif kind == CROSS:
            keys = ("project", "ref", "job") if "project" in need else ("pipeline", "job")
            yield from _other_pipeline(inner, need, keys)
        elif kind == BRIDGE:
            yield from _other_pipeline(inner, need, ("pipeline",))
        else:
            yield inner.fault(need, "has an unsupported type")


def _other_pipeline(scope: ValidationScope, need: Mapping, texts: tuple[str, ...]) -> Iterator[FileFault]:
    """What comes from another pipeline or project, with the texts that it is named by."""
    of_job = ("artifacts",) if "job" in texts else ()
    yield from unknown_keys(scope, need, (*texts, *of_job))
    for key in texts:
        yield from _needed_text(scope, need, key)
    for key in of_job:
        yield from boolean(scope, value_at(need, key), key)


def _needed_text(scope: ValidationScope, need: Node, key: str) -> Iterator[FileFault]:
    value = value_at(need, key)
    if not is_string(value) and (value is not None or scope.is_whole):
        yield scope.fault(need if value is None else value, f"{key} should be a string")
    yield from present(scope, need, value, key)


def _job(scope: ValidationScope, need: Node) -> Iterator[FileFault]:
    yield from unknown_keys(scope, need, ("job", "artifacts", "optional", "parallel"))
    yield from _needed_text(scope, need, "job")
    for key in ("artifacts", "optional"):
        yield from boolean(scope, value_at(need, key), key)


def _parallel_of(scope: ValidationScope, need: Node) -> Iterator[FileFault]:
    node = value_at(need, "parallel")
    if node is not None:
        yield from check_parallel(scope.within("parallel"), node, by_number=True)


def check_parallel(scope: ValidationScope, node: Node, *, by_number: bool) -> Iterator[FileFault]:
    """`parallel`: a number, where `by_number` allows it, or a matrix."""
    if is_number(node):
        yield from _number(scope, node)
        if not by_number:
            yield scope.fault(node, _NO_NUMBER)
    elif is_hash(node):
        yield from first_or_inner(_matrix_keys(scope, node), partial(_matrix_of, scope, node))
    else:
        yield scope.fault(node, "should be an integer or a hash")


def _number(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    value = getattr(node, "value", None)
    if isinstance(value, float):
        yield scope.fault(node, "config must be an integer")
    elif isinstance(value, int):
        yield from unless(value >= 1, scope, node, "config must be greater than or equal to 1")
        yield from unless(
            value <= MOST_JOBS, scope, node, f"config must be less than or equal to {MOST_JOBS}"
        )


def _matrix_keys(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, ("matrix",))
    yield from missing_keys(scope, node, ("matrix",))


def _matrix_of(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    matrix = value_at(node, "matrix")
    if matrix is not None:
        inner = scope.within("matrix")
        yield from first_or_inner(_rows(inner, matrix), partial(_cells, inner, matrix))


def _rows(scope: ValidationScope, matrix: Node) -> Iterator[FileFault]:
    is_right = is_array(matrix) and all(map(is_hash, matrix.items))
    yield from unless(is_right, scope, matrix, "config should be an array of hashes")
    if is_array(matrix):
        count = sum(_count(row) for row in matrix.items)
        yield from unless(
            count <= MOST_JOBS, scope, matrix, f"config generates too many jobs (maximum is {MOST_JOBS})"
        )


def _count(row: Node) -> int:
    if not is_hash(row):
        return 0
    return prod(len(entry.value) if is_array(entry.value) else 1 for entry in row) if len(row) else 0


def _cells(scope: ValidationScope, matrix: Node) -> Iterator[FileFault]:
    for row in matrix.items if is_array(matrix) else ():
        yield from check_cell(scope.within("variables"), row)
