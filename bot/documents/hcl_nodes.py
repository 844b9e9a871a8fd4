"""The nodes of HCL, as `bot.documents.hcl` reads them: they say what is written, nothing is evaluated.

Literals are the same `Scalar` as in YAML and JSON.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from bot.documents.nodes import Scalar
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span, Unreadable


@dataclass(slots=True, eq=False)
class HclTemplate:
    """A string with `${...}` in it: literal parts (`Scalar`) and expressions. `raw` is as written."""

    parts: tuple[Expression, ...]
    raw: Scalar
    span: Span


@dataclass(slots=True, eq=False)
class ListValue:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(slots=True, eq=False)
class ObjectValue:
    """`{ a = 1, "b" : 2, (c) = 3 }`; a bare word as key is a literal, as in Terraform."""

    items: tuple[tuple[Expression, Expression], ...]
    span: Span


@dataclass(slots=True, eq=False)
class FunctionCall:
    """`name(arguments)`; `expands`: the last argument is followed by `...`."""

    name: str
    arguments: tuple[Expression, ...]
    span: Span
    expands: bool = False


@dataclass(slots=True, eq=False)
class Reference:
    """`var.name`, `local.x["key"]`, `vault_policy.a[*].name`: a root name and the steps from it.

    A step is a name, an index (int, or str for `["key"]`), the splat `"*"`, or a computed index's expression.
    """

    root: str
    steps: tuple[Step, ...]
    span: Span


@dataclass(slots=True, eq=False)
class StepsFrom:
    """Steps from something that is not a name: `f(x).y`, `[1, 2][0]`."""

    value: Expression
    steps: tuple[Step, ...]
    span: Span


@dataclass(slots=True, eq=False)
class HclOperation:
    """`60 * 60`, `-1`, `!x` and, with the operator `?`, `condition ? yes : no`."""

    operator: str
    operands: tuple[Expression, ...]
    span: Span


@dataclass(slots=True, eq=False)
class ForExpression:
    """`[for k, v in collection : value if condition]`, or with `key` the form `{for ... : key => value}`."""

    names: tuple[str, ...]
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    groups: bool
    span: Span


@dataclass(slots=True, eq=False)
class Directive:
    """What a template contains that is not read: `%{ if x }`, or `${...}` in the language of another program."""

    text: str
    span: Span


Expression: TypeAlias = (
    Scalar
    | HclTemplate
    | ListValue
    | ObjectValue
    | FunctionCall
    | Reference
    | StepsFrom
    | HclOperation
    | ForExpression
    | Directive
)
Step: TypeAlias = str | int | Expression


@dataclass(slots=True, eq=False)
class Attribute:
    """`name = expression`."""

    name: str
    expression: Expression
    span: Span
    name_span: Span


@dataclass(slots=True, eq=False)
class Body:
    """What is between braces, or in the whole file.

    `attributes`: the last of a repeated name; `repeated`: the earlier ones. `broken`: part of it could not be
    read, so what is missing here may only be unreadable.
    """

    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: list[HclBlock] = field(default_factory=list)
    repeated: list[Attribute] = field(default_factory=list)
    broken: bool = False

    def get(self, name: str) -> Expression | None:
        """The expression of the attribute `name`, or None."""
        attribute = self.attributes.get(name)
        return attribute.expression if attribute else None

    def of_type(self, *types: str) -> Iterator[HclBlock]:
        """The blocks directly in here whose type is one of `types`, in order."""
        return (block for block in self.blocks if block.type in types)


@dataclass(slots=True, eq=False)
class HclBlock:
    """`type "label" ... { body }`. `span` runs from the type to the closing brace, `header` to the `{`."""

    type: str
    labels: tuple[Scalar, ...]
    body: Body
    span: Span
    header: Span

    def label(self, index: int) -> str:
        """The text of the label at `index` (0-based), "" where there is none."""
        return self.labels[index].text if index < len(self.labels) else ""


@dataclass(slots=True, eq=False)
class HclFile:
    """A read file. `unread` gives the parts that could not be read; everything else is here."""

    path: str
    body: Body
    unread: tuple[Unreadable, ...] = ()

    @property
    def blocks(self) -> list[HclBlock]:
        """The blocks at the top of the file, in order."""
        return self.body.blocks

    @property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes at the top of the file."""
        return self.body.attributes
