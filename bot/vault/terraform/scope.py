"""What the evaluator of expressions needs to know of the module around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.documents import nodes
    from bot.documents.hcl_nodes import Body, Expression, HclBlock
    from bot.documents.location import Span
    from bot.documents.nodes import Node


class ModuleScope(Protocol):
    """One module: its names, and the files that it may read."""

    @property
    def folder(self) -> str:
        """Its folder, "" for the repository's root."""
        ...

    @property
    def variables(self) -> Mapping[str, HclBlock]:
        """The blocks that declare its variables."""
        ...

    @property
    def locals(self) -> Mapping[str, Expression]:
        """Its locals, as written."""
        ...

    @property
    def resources(self) -> Mapping[tuple[str, str], HclBlock]:
        """Its resources by type and name."""
        ...

    def text_of_file(self, path: str) -> str | None:
        """Return the text of a file of the tree."""
        ...

    def file_names(self) -> Iterable[str]:
        """Return the paths of the tree's files that may matter, sorted."""
        ...

    def value(self, expression: Expression, names: dict[str, Node] | None = None) -> Node:
        """Return what the expression comes to in this module."""
        ...

    def instances(self, block: HclBlock) -> Iterator[tuple[str | int | None, dict[str, Node]]]:
        """Yield the key of each instance of a resource, and the names bound in it."""
        ...

    def fields(self, body: Body, names: dict[str, Node], span: Span) -> nodes.Mapping:
        """Return the arguments of a block, evaluated."""
        ...

    def argument(self, name: str) -> tuple[Node | None, bool]:
        """Return what is given for a variable, by the call or a file of values, and whether that is settled."""
        ...

    def is_called(self) -> bool:
        """Whether a module of this repository calls this one."""
        ...
