"""What expressions of a Python program are worth: which secrets are in them, and in which form."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from bot.leaks.model import LeakedForm
from bot.leaks.values import UNKNOWN, Value, changed, flows_of, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.program import Invocation

# What functions and methods of the standard library make of a text (docs.python.org/3/library, 2026-11).
_KEEPING: Final = frozenset(
    {
        "fsdecode", "urlparse", "urlsplit",
        "str", "strip", "lstrip", "rstrip", "encode", "decode", "format", "expandvars", "removesuffix", "removeprefix",
        "read", "read_text", "read_bytes", "readlines", "copy", "dict", "items", "values", "tuple", "sorted", "dedent",
        "join", "splitlines", "Path", "PurePath", "resolve", "expanduser", "abspath", "replace",
    }
)  # fmt: skip
_QUOTING: Final = frozenset({"dumps", "repr", "quote_plus", "pformat", "list", "set"})
_CHANGING: Final = frozenset(
    {
        "b64encode", "urlsafe_b64encode", "standard_b64encode", "b32encode", "b16encode", "encodebytes", "hex",
        "hexlify", "quote",
        "upper", "lower", "swapcase", "title", "capitalize", "compress", "reversed", "urlencode", "translate", "rot13",
    }
)  # fmt: skip
_CUTTING: Final = frozenset(
    {"split", "rsplit", "partition", "rpartition", "loads", "load", "b64decode", "safe_load"}
)
_FIRST_LINES: Final = frozenset({"readline", "next"})
_OF_KEYS: Final = frozenset({"list", "sorted", "set", "tuple", "iter", "enumerate"})
"""functions that go through a mapping by its keys"""
_PAIRING: Final = frozenset({"items", "enumerate"})
_LOOKING_UP: Final = frozenset({"getenv", "get", "pop", "setdefault", "getenvb"})


class Expressions:
    """The values of expressions, by the names that the program has given to values so far."""

    def __init__(
        self, call: Invocation, arguments: list[Value], called: Callable[[ast.Call], Value | None]
    ) -> None:
        self.names: dict[str, Value] = {}
        self._call = call
        self._arguments = arguments
        self._called = called
        self._kinds: dict[type[ast.expr], Callable[[Any], Value]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.JoinedStr: self._text,
            ast.FormattedValue: self._formatted,
            ast.BinOp: self._operation,
            ast.IfExp: self._choice,
            ast.BoolOp: self._choice,
            **dict.fromkeys((ast.List, ast.Tuple, ast.Set, ast.Dict), self._collection),
            **dict.fromkeys((ast.Starred, ast.Await, ast.NamedExpr), self._inner),
            **dict.fromkeys((ast.ListComp, ast.GeneratorExp, ast.SetComp), self._comprehension),
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.Call: self._result,
        }

    def value(self, node: ast.expr | None) -> Value:
        """The value of the expression; no secrets where what it does to them is not known."""
        if node is None:
            return UNKNOWN
        if _is_environment(node):
            return Value(None, self._call.state.environment())
        kind = self._kinds.get(type(node))
        return kind(node) if kind is not None else UNKNOWN

    def _constant(self, node: ast.Constant) -> Value:
        return Value(node.value) if isinstance(node.value, str) else UNKNOWN

    def _name(self, node: ast.Name) -> Value:
        return self.names.get(node.id, UNKNOWN)

    def _text(self, node: ast.JoinedStr) -> Value:
        return joined([self.value(part) for part in node.values])

    def _formatted(self, node: ast.FormattedValue) -> Value:
        return self._made(node.value, LeakedForm.QUOTED if node.conversion == ord("r") else LeakedForm.WHOLE)

    def _operation(self, node: ast.BinOp) -> Value:
        if isinstance(node.op, ast.Add):
            return joined([self.value(node.left), self.value(node.right)])
        return self.either([node.left, *_elements(node.right)]) if isinstance(node.op, ast.Mod) else UNKNOWN

    def _choice(self, node: ast.IfExp | ast.BoolOp) -> Value:
        return self.either([node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values)

    def _collection(self, node: ast.expr) -> Value:
        return Value(None, changed(self.either(_elements(node)).flows, LeakedForm.QUOTED))

    def _inner(self, node: ast.Starred | ast.Await | ast.NamedExpr) -> Value:
        return self.value(node.value)

    def _attribute(self, node: ast.Attribute) -> Value:
        if node.attr == "argv":
            return Value(None, flows_of(self._arguments))
        if node.attr in {"password", "netloc"}:  # of an address that was parsed
            return self._made(node.value, LeakedForm.PART)
        return self._call.stdin if node.attr == "stdin" else UNKNOWN

    def _subscript(self, node: ast.Subscript) -> Value:
        of, part = node.value, node.slice
        key = part.value if isinstance(part, ast.Constant) else None
        if isinstance(of, ast.Attribute) and of.attr == "argv" and isinstance(key, int):
            return self._arguments[key - 1] if 0 < key <= len(self._arguments) else UNKNOWN
        if _is_environment(of):
            name = self.value(part).text
            return self._call.state.lookup(name) if name else UNKNOWN
        is_reversed = isinstance(part, ast.Slice) and part.step is not None
        return self._made(of, LeakedForm.CHANGED if is_reversed else LeakedForm.PART)

    def either(self, nodes: list[ast.expr]) -> Value:
        """A value that is one of those of the expressions."""
        return Value(None, flows_of(map(self.value, nodes)))

    def _made(self, node: ast.expr, form: LeakedForm) -> Value:
        value = self.value(node)
        return value if form is LeakedForm.WHOLE else Value(None, changed(value.flows, form))

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Value:
        for generator in node.generators:
            self.loop(generator.target, generator.iter)
        return self._made(node.elt, LeakedForm.QUOTED)

    def bind(self, target: ast.expr, value: Value) -> None:
        """Give the value to the names of the target."""
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                self.names[node.id] = value

    def loop(self, target: ast.expr, over: ast.expr) -> None:
        """Give the names of a loop what it gets; the first of two is the key of an item, or a number."""
        if isinstance(target, ast.Tuple) and isinstance(over, ast.Call) and name_of(over) in _PAIRING:
            key, *rest = target.elts
            self.bind(key, UNKNOWN)
            target = ast.Tuple(rest)
        self.bind(target, self.element(over))

    def element(self, node: ast.expr) -> Value:
        """What a loop over the expression gets: of a text single characters, of a file its lines."""
        value = self.value(node)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self.either(node.elts)
        if any(flow.via for flow in value.flows):
            return value
        is_text = isinstance(node, ast.Name | ast.Subscript) and not any(f.is_path for f in value.flows)
        return Value(None, changed(value.flows, LeakedForm.CHANGED if is_text else LeakedForm.LINES))

    def _result(self, node: ast.Call) -> Value:
        """What a call returns."""
        name = name_of(node)
        own = self._called(node)
        if own is not None:
            return own
        if name in _LOOKING_UP and _is_lookup(node) and node.args:
            return self._looked_up(*node.args)
        if name in {"open", "read_text", "read_bytes"}:
            return self._contents(node)
        if name == "input":
            return self._call.stdin
        form = None if name in _OF_KEYS and any(map(_is_environment, node.args)) else _form_of(name)
        if name == "join" and any(isinstance(each, ast.Name | ast.Subscript) for each in node.args):
            form = LeakedForm.CHANGED  # `" ".join(text)` puts something between its characters
        return UNKNOWN if form is None else Value(None, changed(self.either(_given(node)).flows, form))

    def _looked_up(self, name: ast.expr, *default: ast.expr) -> Value:
        """`os.getenv(NAME, default)`."""
        text = self.value(name).text
        found = self._call.state.lookup(text) if text else UNKNOWN
        return Value(None, flows_of([found, *map(self.value, default)])) if default else found

    def _contents(self, node: ast.Call) -> Value:
        """What is in the file that `open(path)` or `path.read_text()` reads."""
        path = node.args[0] if node.args and name_of(node) == "open" else None
        if path is None and isinstance(node.func, ast.Attribute):
            path = node.func.value
        if isinstance(path, ast.Call) and path.args:  # `Path(...)`
            path = path.args[0]
        return Value(None, self._call.state.read(self.value(path)).flows)


def name_of(node: ast.Call) -> str:
    """The name of what is called, without the objects before it."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _form_of(name: str) -> LeakedForm | None:
    if name in _KEEPING:
        return LeakedForm.WHOLE
    if name in _CHANGING:
        return LeakedForm.CHANGED
    if name in _CUTTING:
        return LeakedForm.PART
    if name in _FIRST_LINES:
        return LeakedForm.SOME_LINES
    return LeakedForm.QUOTED if name in _QUOTING else None


def _given(node: ast.Call) -> list[ast.expr]:
    """The object and the arguments of a call."""
    of_object = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    return [*of_object, *node.args, *(keyword.value for keyword in node.keywords)]


def _elements(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return [each for each in (*node.keys, *node.values) if each is not None]
    return list(node.elts) if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]


def _is_environment(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb"}) or (
        isinstance(node, ast.Name) and node.id == "environ"
    )


def _is_lookup(node: ast.Call) -> bool:
    """`os.getenv("X")`, `os.environ.get("X")`."""
    if name_of(node).startswith("getenv"):
        return True
    return isinstance(node.func, ast.Attribute) and _is_environment(node.func.value)
