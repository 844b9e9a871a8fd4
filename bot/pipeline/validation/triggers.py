"""`trigger`: a pipeline of another project, or a child of this one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.pipeline.validation.faults import (
    ValidationScope,
    boolean,
    first_or_inner,
    present,
    text,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.includes import check_includes
from bot.pipeline.validation.values import is_hash, is_string, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_TRIGGER: Final = ("project", "branch", "strategy", "forward", "inputs")
_CHILD: Final = ("strategy", "include", "forward")
_FORWARD: Final = ("yaml_variables", "pipeline_variables")
_STRATEGIES: Final = ("depend", "mirror")
_MOST_CHILD_INCLUDES: Final = 3


def check_trigger(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`trigger` of a job."""
    if is_string(node):
        yield from present(scope, node, node, "config")
    elif not is_hash(node):
        yield scope.fault(node, "has to be either a string or a hash")
    elif "include" in node:
        yield from first_or_inner(_child(scope, node), partial(_parts_of_child, scope, node))
    else:
        yield from first_or_inner(_other_project(scope, node), partial(_forward_of, scope, node))


def _child(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from unknown_keys(scope, node, _CHILD)
    yield from _strategy(scope, node)


def _parts_of_child(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    include = value_at(node, "include")
    if include is not None:
        yield from check_includes(scope.within("include"), include, _MOST_CHILD_INCLUDES)
    yield from _forward_of(scope, node)


def _other_project(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from present(scope, node, node, "config")
    yield from unknown_keys(scope, node, _TRIGGER)
    inputs = value_at(node, "inputs")
    if inputs is not None:
        yield from unless(is_hash(inputs), scope, inputs, "inputs should be a hash")
    project = value_at(node, "project")
    if project is None and scope.is_whole:
        yield scope.fault(node, "project should be a string")
    yield from text(scope, project, "project")
    yield from present(scope, node, project, "project")
    yield from text(scope, value_at(node, "branch"), "branch")
    yield from _strategy(scope, node)


def _strategy(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    strategy = value_at(node, "strategy")
    if strategy is not None:
        yield from text(scope, strategy, "strategy")
        is_known = is_string(strategy) and strategy.text in _STRATEGIES
        yield from unless(is_known, scope, strategy, "strategy should be depend or mirror")


def _forward_of(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    forward = value_at(node, "forward")
    if forward is not None:
        inner = scope.within("forward")
        yield from unknown_keys(inner, forward, _FORWARD)
        for key in _FORWARD:
            yield from boolean(inner, value_at(forward, key), key.replace("_", " "))
