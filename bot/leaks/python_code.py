"""Python programs: what they print of the secrets that they read, and what they write into files.

Only what is sure is followed: names, texts put together, and functions of which it is known what they make of a text.
A secret that goes through anything else is not followed any further.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from bot.leaks.model import LeakedForm
from bot.leaks.python_values import Expressions, name_of
from bot.leaks.values import UNKNOWN, Value, changed, flows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.leaks.program import Invocation

_MAX_DEPTH: Final = 4
_MAX_STATEMENTS: Final = 5_000
_MAX_CHARACTERS: Final = 200_000
# docs.python.org/3/library/logging: below WARNING nothing is shown unless the program asks for it (2026-11).
_LOUD: Final = frozenset({"warning", "warn", "error", "critical", "exception", "fatal"})
_QUIET: Final = frozenset({"info", "debug", "log"})
_LOGGERS: Final = frozenset({"logging", "logger", "log", "_logger", "LOG", "LOGGER"})
_RUNS_SHELL: Final = frozenset({"system", "popen", "getoutput"})
_RUNS_WITH_SHELL: Final = frozenset({"run", "call", "check_call", "Popen", "check_output"})


def run_python(
    call: Invocation, code: str, arguments: list[Value], at: Callable[[ast.AST], None] | None = None
) -> bool:
    """Follow the program `code`; False where it is not read as Python 3. `at` gets each statement before it is run."""
    if len(code) > _MAX_CHARACTERS:
        return False
    shows_all = "basicConfig" in code or "setLevel" in code
    try:
        tree = ast.parse(code)
        _Follower(call, arguments, at or (lambda _: None), shows_all=shows_all).block(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class _Follower:
    """Goes through the statements of a program in their order; of branches it goes through all."""

    def __init__(
        self, call: Invocation, arguments: list[Value], at: Callable[[ast.AST], None], *, shows_all: bool
    ) -> None:
        self._call = call
        self._at = at
        self._shows_all = shows_all
        self._expressions = Expressions(call, arguments, self._own)
        self._functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self._written: dict[str, str] = {}
        """the names of files that are open for writing, and their paths"""
        self._returned: list[Value] = []
        self._depth = 0
        self._left = _MAX_STATEMENTS
        self._is_guarded = False
        self._current: ast.AST | None = None

    def block(self, statements: Iterable[ast.stmt]) -> None:
        """Go through a list of statements."""
        for statement in statements:
            self._left -= 1
            if self._left < 0:
                return
            self._current = statement
            self._at(statement)
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._functions[node.name] = node
            case ast.ClassDef():
                self.block(each for each in node.body if isinstance(each, ast.FunctionDef))
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, value)
            case ast.AugAssign(target=ast.Name() as target, value=value):
                self._expressions.bind(target, self._expressions.either([target, value]))
            case ast.Expr(value=value):
                self._expression(value)
            case _:
                self._ending(node)

    def _ending(self, node: ast.stmt) -> None:
        """What ends a function or the program, and statements with others in them."""
        match node:
            case ast.Return(value=value):
                self._returned.append(self._expressions.value(value))
            case ast.Raise(exc=ast.Call() as error) if not self._is_guarded or name_of(error) == "SystemExit":
                self._show(error.args, LeakedForm.WHOLE)
            case ast.Assert(msg=message) if message is not None:
                self._show([message], LeakedForm.WHOLE)
            case _:
                self._compound(node)

    def _compound(self, node: ast.stmt) -> None:
        match node:
            case ast.If(body=body, orelse=other) | ast.While(body=body, orelse=other):
                self.block((*body, *other))
            case ast.For(target=target, iter=over, body=body, orelse=other):
                self._expressions.loop(target, over)
                self.block((*body, *other))
            case ast.With(items=items, body=body):
                for item in items:
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, item.context_expr)
                self.block(body)
            case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=last):
                outer, self._is_guarded = self._is_guarded, True
                self.block(body)
                self._is_guarded = outer
                self.block([each for handler in handlers for each in handler.body])
                self.block((*other, *last))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        path = self._path_written(value)
        if path and isinstance(target, ast.Name):
            self._written[target.id] = path
        else:
            self._expression(value)
            self._expressions.bind(target, self._expressions.value(value))

    def _path_written(self, node: ast.expr) -> str:
        """The path of a file that `open(path, "w")` opens."""
        if not isinstance(node, ast.Call) or name_of(node) != "open":
            return ""
        modes = [*node.args[1:], *(each.value for each in node.keywords if each.arg == "mode")]
        is_written = any(isinstance(m, ast.Constant) and set(str(m.value)) & set("wax") for m in modes)
        return self._expressions.value(node.args[0]).text or "" if is_written and node.args else ""

    # -- calls -------------------------------------------------------------------------------------

    def _expression(self, node: ast.expr) -> None:
        """Carry out the calls in an expression, inner ones first."""
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.comprehension):
                self._expressions.loop(inner.target, inner.iter)
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                self._expression(inner)
        if isinstance(node, ast.Call):
            self._carry_out(node)

    def _carry_out(self, node: ast.Call) -> None:
        name, of = name_of(node), _object_of(node)
        if name == "print":
            self._print(node)
        elif name in {"pprint", "pp"}:
            self._show(node.args, LeakedForm.QUOTED)
        elif name in {"write", "writelines", "write_text", "dump"}:
            self._write(node, of)
        elif self._is_shown(name, of):
            self._show(node.args, LeakedForm.WHOLE)
        elif name in _RUNS_SHELL or (name in _RUNS_WITH_SHELL and _has_shell(node)):
            if node.args:
                self._call.context.runner.run_opaque(self._call, self._expressions.value(node.args[0]))
        elif name in self._functions and not of:
            self._own(node)

    def _is_shown(self, name: str, of: str) -> bool:
        """Whether it is a call of `sys.exit` or of a logger that prints."""
        if name == "exit":
            return of in {"sys", ""}
        return of in _LOGGERS and (name in _LOUD or (self._shows_all and name in _QUIET))

    def _print(self, node: ast.Call) -> None:
        target = next((each.value for each in node.keywords if each.arg == "file"), None)
        if target is None or (isinstance(target, ast.Attribute) and target.attr in {"stdout", "stderr"}):
            self._show(node.args, LeakedForm.WHOLE)
        elif isinstance(target, ast.Name) and target.id in self._written:
            self._call.write_file(self._written[target.id], self._expressions.either(node.args))

    def _write(self, node: ast.Call, of: str) -> None:
        if of in {"stdout", "stderr"}:
            self._show(node.args, LeakedForm.WHOLE)
            return
        path = self._written.get(of) or next(
            (self._written[a.id] for a in node.args if isinstance(a, ast.Name) and a.id in self._written), ""
        )
        if not path and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            inner = node.func.value
            is_path = name_of(inner) == "Path" and inner.args
            path = (
                (self._expressions.value(inner.args[0]).text or "") if is_path else self._path_written(inner)
            )
        if path:
            form = LeakedForm.QUOTED if name_of(node) == "dump" else LeakedForm.WHOLE
            value = self._expressions.either(node.args)
            self._call.write_file(path, Value(None, changed(value.flows, form)))

    def _show(self, nodes: list[ast.expr], form: LeakedForm) -> None:
        flows = flows_of(map(self._expressions.value, nodes))
        if flows:
            self._call.write(Value(None, changed(flows, form)))

    def _own(self, node: ast.Call) -> Value | None:
        """Carry out a function of the program; what it returns, None where it is none."""
        function = self._functions.get(name_of(node))
        if function is None:
            return None
        if self._depth >= _MAX_DEPTH or self._left < 0:
            return UNKNOWN
        caller = self._current
        names = self._expressions.names
        outer, returned = dict(names), self._returned
        parameters = [each.arg for each in function.args.args if each.arg not in {"self", "cls"}]
        given = dict(zip(parameters, map(self._expressions.value, node.args), strict=False))
        given |= {each.arg: self._expressions.value(each.value) for each in node.keywords if each.arg}
        names |= dict.fromkeys(parameters, UNKNOWN) | given
        self._returned, self._depth = [], self._depth + 1
        self.block(function.body)
        result = Value(None, flows_of(self._returned))
        self._returned, self._depth = returned, self._depth - 1
        names.clear()
        names |= outer
        if caller is not None:
            self._current = caller
            self._at(caller)
        return result


def _object_of(node: ast.Call) -> str:
    """The last name before the dot: `stdout` of `sys.stdout.write`, "" for a plain function."""
    if not isinstance(node.func, ast.Attribute):
        return ""
    of = node.func.value
    return of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "?")


def _has_shell(node: ast.Call) -> bool:
    return any(
        each.arg == "shell" and isinstance(each.value, ast.Constant) and each.value.value
        for each in node.keywords
    )
