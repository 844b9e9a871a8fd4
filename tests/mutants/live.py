"""Make a change in the modules of this process, which has imported them already: for a fork that runs tests and ends."""

from __future__ import annotations

import ast
import functools
import gc
import sys
import types
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mutants.points import Point


class NotApplicable(Exception):
    """The change cannot be made in a living process: in a class body, or a closure would lose a variable."""


def apply(point: Point, tree: ast.Module, root: Path) -> None:
    """Make the change; results that were computed with the old code are forgotten.

    Raises:
        NotApplicable: it can only be made before the import.
    """
    gc.unfreeze()  # `bot.scan` freezes: then no function would be found
    name = point.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    module = sys.modules[name]
    if _in_function(tree, point):
        _swap_code(compile(tree, str(root / point.path), "exec"), module)
    else:
        _execute_again(tree, point, module)
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()


def _in_function(tree: ast.Module, point: Point) -> bool:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return any(node.body[0].lineno <= point.line <= (node.end_lineno or 0) for node in functions)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield each
            yield from _codes(each)


def _swap_code(changed: types.CodeType, module: types.ModuleType) -> None:
    new = {(code.co_qualname, code.co_firstlineno): code for code in _codes(changed)}
    swapped = 0
    for each in gc.get_objects():
        if isinstance(each, types.FunctionType) and each.__code__.co_filename == module.__file__:
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
