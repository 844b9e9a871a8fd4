"""Where a module can be changed, and how: one small change each, in its syntax tree."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLS = {"any": "all", "all": "any", "min": "max", "max": "min", "sorted": "list", "reversed": "list"}
_LEVELS = {
    "Severity": ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"),
    "Confidence": ("HIGH", "MEDIUM", "LOW"),
    "Effect": ("EXPOSES", "WEAKENS", "BREAKS"),
}
_SKIPPED = (ast.Raise, ast.Assert, ast.AnnAssign, ast.Import, ast.ImportFrom)
"""Messages of defects, annotations, imports: nothing that a test of behaviour should notice."""


@dataclass(frozen=True, slots=True)
class Point:
    """One change: `number` is its place among the changes of its module, `was` and `now` are source text.

    `repeated`: how many equal ones are above it in the same scope.
    """

    path: str
    line: int
    scope: str
    kind: str
    was: str
    now: str
    number: int
    in_function: bool
    repeated: int = 0

    @property
    def name(self) -> str:
        """What identifies it while lines move: used in the list of survivors."""
        which = f" ({self.repeated + 1})" if self.repeated else ""
        return f"{self.path} {self.scope or 'module'}: {self.kind}: {self.was} -> {self.now}{which}"


class _Changes:
    """Walks a tree; each change is counted, and the one that is wanted is made."""

    def __init__(self, path: str, wanted: int | None = None) -> None:
        self.path = path
        self.wanted = wanted
        self.points: list[Point] = []
        self._scope: list[str] = []
        self._functions = 0

    def offer(self, node: ast.AST, kind: str, replacement: ast.AST, put: Callable[[ast.AST], None]) -> None:
        number = len(self.points)
        was, now = _shown(node), _shown(replacement)
        scope = ".".join(self._scope)
        self.points.append(Point(self.path, _line(node), scope, kind, was, now, number, self._functions > 0))
        if number == self.wanted:
            put(ast.copy_location(replacement, node))

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, _SKIPPED) and not (isinstance(node, ast.AnnAssign) and node.value is not None):
            return
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        is_scope = is_function or isinstance(node, ast.ClassDef)
        self._functions += is_function
        if is_scope:
            self._scope.append(node.name)
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list", "args", "bases", "keywords"} and is_scope:
                continue
            if name == "annotation":
                continue
            if isinstance(value, list):
                self._visit_list(node, name, value)
            elif isinstance(value, ast.AST):
                self._visit_child(value, lambda new, name=name: setattr(node, name, new))
        self._functions -= is_function
        if is_scope:
            self._scope.pop()

    def _visit_list(self, parent: ast.AST, name: str, values: list[object]) -> None:
        for index, each in enumerate(list(values)):
            if isinstance(each, ast.If) and "TYPE_CHECKING" in ast.unparse(each.test):
                continue
            if isinstance(each, ast.AST):

                def put(new: ast.AST, index: int = index) -> None:
                    values[index] = new

                self._visit_child(each, put)

    def _visit_child(self, node: ast.AST, put: Callable[[ast.AST], None]) -> None:
        if _is_log(node):
            return
        for kind, replacement in _replacements(node):
            self.offer(node, kind, replacement, put)
        self.visit(node)


def _replacements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The changes of one node; each is a new node, the old one stays as it is."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            yield "comparison", _with(node, ops=[_COMPARISONS[type(operator)]()])
        case ast.BoolOp(op=operator, values=[first, *rest]):
            yield "and/or", _with(node, op=ast.And() if isinstance(operator, ast.Or) else ast.Or())
            if isinstance(operator, ast.Or) and _is_empty(rest[-1]):
                return  # `value or ""`: a default for the types, seldom for the behaviour
            yield "operand dropped", first if not rest[1:] else _with(node, values=[first, *rest[1:]])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not dropped", operand
        case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC:
            yield "operator", _with(node, op=_ARITHMETIC[type(operator)]())
        case ast.Constant(value=bool(value)):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield "number", ast.Constant(value + 1)
        case ast.Call(func=ast.Name(id=name), args=[_, *_]) if name in _CALLS:
            yield (
                "call",
                _with(
                    node,
                    func=ast.Name(_CALLS[name], ast.Load()),
                    keywords=[] if name == "sorted" else node.keywords,
                ),
            )
        case ast.Attribute(value=ast.Name(id=owner), attr=level) if level in _LEVELS.get(owner, ()):
            levels = _LEVELS[owner]
            yield "level", _with(node, attr=levels[(levels.index(level) + 1) % len(levels)])
        case ast.If() | ast.IfExp():
            yield "condition dropped", _with(node, test=ast.Constant(True))
        case ast.For(body=body) if not isinstance(body[-1], ast.Return | ast.Break | ast.Raise):
            yield "loop once", _with(node, body=[*body, ast.Break()])
        case ast.comprehension(ifs=[_, *_]):
            yield "filter dropped", _with(node, ifs=node.ifs[1:])
        case ast.Return(value=ast.AST() as value) if not isinstance(value, ast.Constant):
            yield "return", _with(node, value=ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield "statement dropped", ast.Pass()
        case ast.Continue():
            yield "continue", ast.Break()


def _line(node: ast.AST) -> int:
    """The line that is executed whatever comes of it: of a condition over several lines that of its test."""
    match node:
        case ast.comprehension(ifs=[condition, *_]) | ast.If(test=condition) | ast.IfExp(test=condition):
            return condition.lineno
        case _:
            return getattr(node, "lineno", 0)


def _is_empty(node: ast.AST) -> bool:
    return ast.unparse(node) in {"''", "()", "[]", "{}", "0", "0.0", "None", "b''"}


def _shown(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:90]


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def points_of(path: Path, root: Path) -> list[Point]:
    """Every change of a module, in the order of its source."""
    changes = _Changes(str(path.relative_to(root)))
    changes.visit(ast.parse(path.read_text(encoding="utf-8")))
    seen: Counter[str] = Counter()
    points = []
    for point in changes.points:
        points.append(replace(point, repeated=seen[point.name]))
        seen[point.name] += 1
    return points


def _is_log(node: ast.AST) -> bool:
    """A line of the log: its text and fields are for people."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "logging")))):
            return True
        case _:
            return False


def mutated(point: Point, root: Path) -> ast.Module:
    """The module's tree with the change made. Lines and columns are those of the source."""
    tree = ast.parse((root / point.path).read_text(encoding="utf-8"))
    _Changes(point.path, point.number).visit(tree)
    return ast.fix_missing_locations(tree)
