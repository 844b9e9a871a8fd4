"""Make a change in the modules of this process, which has imported them already: for a fork that runs tests and ends."""

from __future__ import annotations

import ast
import functools
import gc
import sys
import types
from collections import defaultdict
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mutants.points import Point


class NotApplicable(Exception):
    """The change cannot be made in a living process: in a class body, or a closure would lose a variable."""


class Living(NamedTuple):
    """What a change must reach in this process: the functions by their file, and what functions remember."""

    functions: dict[str, list[types.FunctionType]]
    caches: list[Any]


def living() -> Living:
    """Look through all objects once, before the forks: it takes a second."""
    functions: dict[str, list[types.FunctionType]] = defaultdict(list)
    caches = []
    for each in gc.get_objects():
        if isinstance(each, types.FunctionType):
            functions[each.__code__.co_filename].append(each)
        elif isinstance(each, functools._lru_cache_wrapper):
            caches.append(each)
    return Living(functions, caches)


def apply(point: Point, tree: ast.Module, root: Path, alive: Living) -> None:
    """Make the change; results that were computed with the old code are forgotten.

    Raises:
        NotApplicable: it can only be made before the import.
    """
    name = point.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    module = sys.modules[name]
    if point.in_function:
        functions = alive.functions.get(str(module.__file__), [])
        _swap_code(compile(tree, str(root / point.path), "exec"), functions)
    else:
        _execute_again(tree, point, module)
    for each in alive.caches:
        each.cache_clear()


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield each
            yield from _codes(each)


def _swap_code(changed: types.CodeType, functions: list[types.FunctionType]) -> None:
    new = {(code.co_qualname, code.co_firstlineno): code for code in _codes(changed)}
    swapped = 0
    for each in functions:
        code = new.get((each.__code__.co_qualname, each.__code__.co_firstlineno))
        if code is not None and code != each.__code__:
            try:
                each.__code__ = code
            except ValueError as problem:
                raise NotApplicable from problem
            swapped += 1
    if not swapped:
        raise NotApplicable


def _execute_again(tree: ast.Module, point: Point, module: types.ModuleType) -> None:
    """The changed statement of the module, and all later ones that use what it defines."""
    stale: set[str] = set()
    for node in tree.body:
        is_changed = node.lineno <= point.line <= (node.end_lineno or 0)
        if not is_changed and not (
            stale & {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        ):
            continue
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            if is_changed:
                raise NotApplicable
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
        before = {name: getattr(module, name) for name in names}
        exec(compile(ast.Module([node], []), str(module.__file__), "exec"), module.__dict__)
        for name in names:
            _replace(before[name], getattr(module, name), module, name)
        stale |= names


def _replace(old: Any, new: Any, module: types.ModuleType, name: str) -> None:
    """Let everybody who has the old value see the new one."""
    if is_dataclass(old) and type(old) is type(new):
        for each in fields(old):
            object.__setattr__(old, each.name, getattr(new, each.name))
        setattr(module, name, old)
    elif isinstance(old, dict | set) and type(old) is type(new):
        old.clear()
        old.update(new)
        setattr(module, name, old)
    else:
        for other in list(sys.modules.values()):
            if getattr(other, "__dict__", {}).get(name) is old:
                setattr(other, name, new)
