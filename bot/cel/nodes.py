"""Expressions of the Common Expression Language as nodes, with offsets in the text that was parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class CelLiteral:
    """A constant: str, int, float, bool, bytes or None. `start` and `end` are offsets (0-based, end excluded)."""

    value: object
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.field`."""

    operand: Expression
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Index:
    """`operand[index]`."""

    operand: Expression
    index: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CelCall:
    """`name(arguments)`, or `target.name(arguments)`."""

    name: str
    target: Expression | None
    arguments: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CelOperation:
    """`left OP right`, `OP operand`, and with the operator `?` a condition with its two results."""

    operator: str
    operands: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MapOf:
    """`{a: 1}`."""

    items: tuple[tuple[Expression, Expression], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MessageOf:
    """`pb.Auth{policies: ["app"]}`: a message of the type, with its fields."""

    type: str
    fields: tuple[tuple[str, Expression], ...]
    start: int
    end: int


Expression: TypeAlias = (
    CelLiteral | Name | Select | Index | CelCall | CelOperation | ListOf | MapOf | MessageOf
)


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly in `node`."""
    match node:
        case Select():
            found: tuple[Expression, ...] = (node.operand,)
        case Index():
            found = node.operand, node.index
        case CelCall():
            found = node.arguments if node.target is None else (node.target, *node.arguments)
        case CelOperation():
            found = node.operands
        case ListOf():
            found = node.items
        case MapOf():
            found = tuple(part for item in node.items for part in item)
        case MessageOf():
            found = tuple(value for _, value in node.fields)
        case _:
            found = ()
    return found


def inside(node: Expression) -> Iterator[Expression]:
    """Yield `node` and everything in it."""
    yield node
    for child in children(node):
        yield from inside(child)
