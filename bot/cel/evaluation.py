"""The Common Expression Language as Google and OpenBao evaluate it.

Semantics: github.com/google/cel-spec, doc/langdef.md, 2026-11: values of different types are unequal and no error; an
error on one side of `||` or `&&` counts only where the other side does not decide; a missing key is an error. Functions
beyond the standard ones (`extract`, `split`, `lowerAscii`) are Google's own or of a library that the service may not
have: an expression with one is `NotKnown`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.cel.nodes import CelCall, CelLiteral, CelOperation, Index, ListOf, MapOf, MessageOf, Name, Select
from bot.lazy import dataclass
from bot.pipeline.re2 import found as re2_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.cel.nodes import Expression


class CelError(Exception):
    """The expression has no value for this input: the service refuses the token."""


class NotKnown(Exception):
    """The expression uses something whose meaning here is not known."""


@dataclass(frozen=True, slots=True)
class CelMessage:
    """A message that an expression makes: its type as written, and its fields."""

    type: str
    fields: Mapping[str, Any]


def evaluate(node: Expression, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression.

    Raises:
        CelError: it has none.
        NotKnown: it cannot be evaluated here.
    """
    return _EVALUATORS[type(node)](node, names)


def _literal(node: CelLiteral, _names: Mapping[str, Any]) -> Any:
    return node.value


def _name(node: Name, names: Mapping[str, Any]) -> Any:
    if node.name not in names:
        raise CelError(f"no such variable: {node.name}")
    return names[node.name]


def _select(node: Select, names: Mapping[str, Any]) -> Any:
    value = evaluate(node.operand, names)
    if not isinstance(value, dict):
        raise CelError("not a map")
    if node.field not in value:
        raise CelError(f"no such key: {node.field}")
    return value[node.field]


def _index(node: Index, names: Mapping[str, Any]) -> Any:
    value, key = evaluate(node.operand, names), evaluate(node.index, names)
    if isinstance(value, dict):
        for known, item in value.items():
            if equal(known, key):
                return item
        raise CelError("no such key")
    if isinstance(value, list) and _is_number(key) and float(key).is_integer() and 0 <= key < len(value):
        return value[int(key)]
    raise CelError("no such index")


def _list(node: ListOf, names: Mapping[str, Any]) -> Any:
    return [evaluate(item, names) for item in node.items]


def _map(node: MapOf, names: Mapping[str, Any]) -> Any:
    return {evaluate(key, names): evaluate(value, names) for key, value in node.items}


def _message(node: MessageOf, names: Mapping[str, Any]) -> CelMessage:
    return CelMessage(node.type, {name: evaluate(value, names) for name, value in node.fields})


def _operation(node: CelOperation, names: Mapping[str, Any]) -> Any:
    operator = node.operator
    if operator in {"||", "&&"}:
        return _logical(operator == "||", node.operands, names)
    if operator == "?":
        chosen = evaluate(node.operands[0], names)
        if not isinstance(chosen, bool):
            raise CelError("a condition is no boolean")
        return evaluate(node.operands[1 if chosen else 2], names)
    values = [evaluate(operand, names) for operand in node.operands]
    if operator == "!":
        if not isinstance(values[0], bool):
            raise CelError("no such overload")
        return not values[0]
    if len(values) == 1:
        if not _is_number(values[0]):
            raise CelError("no such overload")
        return -values[0]
    return _BINARY[operator](*values)


def _logical(stops_at: bool, operands: tuple[Expression, ...], names: Mapping[str, Any]) -> bool:  # noqa: FBT001 - a value
    """Return `||` (`stops_at` true) or `&&`; an error counts only where the other operand does not decide."""
    problem: CelError | None = None
    for operand in operands:
        try:
            value = evaluate(operand, names)
        except CelError as error:
            problem = error
            continue
        if value is stops_at:
            return bool(value)
        if not isinstance(value, bool):
            problem = CelError("no such overload")
    if problem is not None:
        raise problem
    return not stops_at  # every operand was the other value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal; those of different types are not."""
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return type(left) is type(right) and bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def function(left: Any, right: Any) -> bool:
        same = type(left) is type(right) and isinstance(left, str | bool | bytes)
        if not same and not (_is_number(left) and _is_number(right)):
            raise CelError("no such overload")
        return compare(left, right)

    return function


def _arithmetic(compute: Callable[[Any, Any], Any], *, joins: bool = False) -> Callable[[Any, Any], Any]:
    def function(left: Any, right: Any) -> Any:
        same = type(left) is type(right)
        if same and joins and isinstance(left, str | bytes | list):
            return compute(left, right)
        if not same or not _is_number(left):
            raise CelError("no such overload")
        try:
            return compute(left, right)
        except ZeroDivisionError as error:
            raise CelError("division by zero") from error

    return function


def _divided(left: Any, right: Any) -> Any:
    if isinstance(left, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _remainder(left: Any, right: Any) -> Any:
    if not isinstance(left, int):
        raise CelError("no such overload")
    return left - right * _divided(left, right)


def _contained(item: Any, where: Any) -> bool:
    if not isinstance(where, list | dict):
        raise CelError("no such overload")
    return any(equal(item, each) for each in where)


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "in": _contained,
    "+": _arithmetic(lambda left, right: left + right, joins=True),
    "-": _arithmetic(lambda left, right: left - right),
    "*": _arithmetic(lambda left, right: left * right),
    "/": _arithmetic(_divided),
    "%": _arithmetic(_remainder),
}


def _call(node: CelCall, names: Mapping[str, Any]) -> Any:
    if node.target is None and node.name == "has":
        return _has(node, names)
    if (
        node.name in _MACROS
        and node.target is not None
        and node.arguments
        and isinstance(node.arguments[0], Name)
    ):
        return _MACROS[node.name](node, names)
    function = _FUNCTIONS.get(node.name)
    if function is None:
        raise NotKnown(node.name)
    given = node.arguments if node.target is None else (node.target, *node.arguments)
    values = [evaluate(argument, names) for argument in given]
    try:
        return function(*values)
    except TypeError as error:
        raise CelError("no such overload") from error


def _has(node: CelCall, names: Mapping[str, Any]) -> bool:
    if len(node.arguments) != 1 or not isinstance(node.arguments[0], Select):
        raise NotKnown("has")
    inner = node.arguments[0]
    value = evaluate(inner.operand, names)
    if not isinstance(value, dict):
        raise CelError("not a map")
    return inner.field in value


def _each(node: CelCall, names: Mapping[str, Any]) -> list[tuple[Any, Mapping[str, Any]]]:
    """Return the elements that a macro visits, each with the names that it binds."""
    assert node.target is not None  # noqa: S101 - for the type checker
    where = evaluate(node.target, names)
    bound = node.arguments[0]
    if not isinstance(where, list | dict) or not isinstance(bound, Name):
        raise CelError("no such overload")
    return [(item, {**names, bound.name: item}) for item in where]


def _quantified(node: CelCall, names: Mapping[str, Any]) -> bool:
    stops_at = node.name == "exists"
    problem: CelError | None = None
    for _, inner in _each(node, names):
        try:
            value = evaluate(node.arguments[1], inner)
        except CelError as error:
            problem = error
            continue
        if value is stops_at:
            return bool(value)
    if problem is not None:
        raise problem
    return not stops_at


def _exists_one(node: CelCall, names: Mapping[str, Any]) -> bool:
    return sum(evaluate(node.arguments[1], inner) is True for _, inner in _each(node, names)) == 1


def _filtered(node: CelCall, names: Mapping[str, Any]) -> list[Any]:
    return [item for item, inner in _each(node, names) if evaluate(node.arguments[1], inner) is True]


def _mapped(node: CelCall, names: Mapping[str, Any]) -> list[Any]:
    *tests, result = node.arguments[1:]
    return [
        evaluate(result, inner)
        for _, inner in _each(node, names)
        if all(evaluate(test, inner) is True for test in tests)
    ]


_MACROS: dict[str, Callable[[CelCall, Mapping[str, Any]], Any]] = {
    "all": _quantified,
    "exists": _quantified,
    "exists_one": _exists_one,
    "filter": _filtered,
    "map": _mapped,
}


def _texts(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def function(text: Any, part: Any) -> bool:
        if not isinstance(text, str) or not isinstance(part, str):
            raise CelError("no such overload")
        return test(text, part)

    return function


def _matches(text: str, pattern: str) -> bool:
    answer = re2_found(pattern, "", text)
    if answer is None:
        raise NotKnown("matches")
    return bool(answer)


def _size(value: Any) -> int:
    if not isinstance(value, str | bytes | list | dict):
        raise CelError("no such overload")
    return len(value)


def _to_string(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    raise NotKnown("string")


def _to_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise CelError("no such overload")
    try:
        return int(value)
    except ValueError as error:
        raise CelError("not a number") from error


def _to_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "t": True, "1": True, "True": True, "TRUE": True}
    known |= {"false": False, "f": False, "0": False, "False": False, "FALSE": False}
    if not isinstance(value, str) or value not in known:
        raise CelError("not a boolean")
    return known[value]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "startsWith": _texts(str.startswith),
    "endsWith": _texts(str.endswith),
    "contains": _texts(lambda text, part: part in text),
    "matches": _texts(_matches),
    "size": _size,
    "string": _to_string,
    "int": _to_int,
    "bool": _to_bool,
    "dyn": lambda value: value,
}

_EVALUATORS: dict[type, Callable[[Any, Mapping[str, Any]], Any]] = {
    CelLiteral: _literal,
    Name: _name,
    Select: _select,
    Index: _index,
    ListOf: _list,
    MapOf: _map,
    MessageOf: _message,
    CelOperation: _operation,
    CelCall: _call,
}
