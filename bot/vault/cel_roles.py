"""OpenBao's CEL roles: a program decides who logs in (openbao.org/docs/concepts/cel, 2026-11).

Only a `pb.Auth` logs in: false, true and a text refuse (openbao builtin/credential/jwt/path_cel_login.go, 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.cel.evaluation import CelError, CelMessage, NotKnown, evaluate
from bot.cel.nodes import CelCall, CelLiteral, CelOperation, Name, Select, inside
from bot.cel.parser import NotCel, parse_cel
from bot.documents.json import parse_json
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping as MappingNode
from bot.documents.nodes import Scalar, Sequence, text_of
from bot.lazy import dataclass
from bot.vault.values import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.cel.nodes import Expression
    from bot.documents.location import Span
    from bot.documents.nodes import Node

CLAIMS: Final = "claims"
"""what the token says, in a program"""
_QUANTIFIERS: Final = frozenset({"all", "exists", "exists_one", "filter", "map"})


@dataclass(slots=True, eq=False)
class CelRole:
    """A CEL role. `variables` and `expression` are its program, None where it is no CEL or not known."""

    mount: str
    name: str
    span: Span
    program: Span
    audiences: tuple[str, ...] = ()
    variables: tuple[tuple[str, Expression], ...] = ()
    expression: Expression | None = None

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return f"cel-role:{self.mount}/{self.name}"

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every expression of the program."""
        return (*(value for _, value in self.variables), *([self.expression] if self.expression else ()))

    def accepts(self, claims: Mapping[str, Any]) -> bool | None:
        """Return whether a token with these claims logs in; None where the program cannot be evaluated here."""
        if self.expression is None or not self._is_closed():
            return None
        names: dict[str, Any] = {CLAIMS: claims}
        try:
            for name, value in self.variables:
                names[name] = evaluate(value, names)
            made = evaluate(self.expression, names)
        except CelError:
            return False
        except NotKnown:
            return None
        return isinstance(made, CelMessage) and made.type.rpartition(".")[2] == "Auth"

    def _is_closed(self) -> bool:
        """Whether the program uses nothing but the claims, its own variables and those of its loops."""
        nodes = [node for each in self.expressions for node in inside(each)]
        bound = {
            node.arguments[0].name
            for node in nodes
            if isinstance(node, CelCall)
            and node.name in _QUANTIFIERS
            and node.arguments
            and isinstance(node.arguments[0], Name)
        }
        known = bound | {CLAIMS} | {name for name, _ in self.variables}
        return all(node.name in known for node in nodes if isinstance(node, Name))

    def compared(self) -> Iterator[tuple[str, str]]:
        """Yield the claims that the program compares with a text, each with a text that meets the comparison."""
        for node in (each for expression in self.expressions for each in inside(expression)):
            if isinstance(node, CelOperation) and node.operator == "==":
                for one, other in (node.operands, node.operands[::-1]):
                    if _claim(one) and isinstance(other, CelLiteral) and isinstance(other.value, str):
                        yield _claim(one), other.value
            elif isinstance(node, CelCall) and node.name == "startsWith" and node.target and node.arguments:
                start = node.arguments[0]
                if _claim(node.target) and isinstance(start, CelLiteral) and isinstance(start.value, str):
                    yield _claim(node.target), f"{start.value}x"

    @property
    def claims(self) -> frozenset[str]:
        """The claims that the program names."""
        nodes = (node for each in self.expressions for node in inside(each))
        return frozenset(filter(None, map(_claim, nodes)))


def _claim(node: Expression) -> str:
    """The claim that `claims.name` is; "" where it is something else."""
    is_claim = isinstance(node, Select) and isinstance(node.operand, Name) and node.operand.name == CLAIMS
    return node.field if isinstance(node, Select) and is_claim else ""


def cel_role_of(mount: str, name: str, body: MappingNode, span: Span) -> CelRole:
    """Return the role that the fields make."""
    program = body.get("cel_program")
    place = program.span if program is not None else span
    if isinstance(program, Scalar) and not isinstance(program, UnknownValue):
        read = parse_json(program.span.path, program.text, program.place)
        program = read if isinstance(read, MappingNode) else None
    role = CelRole(mount, name, span, place, _audiences(body.get("bound_audiences")))
    if not isinstance(program, MappingNode):
        return role
    written = program.get("expression")
    role.expression = _parsed(written)
    role.program = written.span if isinstance(written, Scalar) and written.span.path == span.path else place
    listed = program.get("variables")
    variables = []
    for item in listed.items if isinstance(listed, Sequence) else ():
        value = _parsed(item.get("expression")) if isinstance(item, MappingNode) else None
        label = text_of(item.get("name")) if isinstance(item, MappingNode) else None
        if value is None or label is None:
            role.expression = None
            return role
        variables.append((label, value))
    role.variables = tuple(variables)
    return role


def unjudged_part(role: CelRole) -> Unreadable:
    """Return what of a CEL role is not checked: what it gives, or all of it."""
    reason = (
        f"the policies and the lifetime that the CEL role {role.name} gives are not checked: its program makes them"
        if role.accepts({}) is not None
        else f"the CEL role {role.name} is not checked: its program decides who logs in, with which policies"
    )
    return Unreadable(role.span.path, role.span.start_line, reason)


def _parsed(node: Node | None) -> Expression | None:
    if not isinstance(node, Scalar) or isinstance(node, UnknownValue) or node.value is None:
        return None
    try:
        return parse_cel(node.text)
    except NotCel:
        return None


def _audiences(node: Node | None) -> tuple[str, ...]:
    items = node.items if isinstance(node, Sequence) else (node,)
    texts = [text for item in items if (text := text_of(item))]
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())
