"""Every literal that has a name.

A variable of a pipeline, a key of YAML or JSON, an attribute of HCL, an assignment of a shell script.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import Body, HclFile, ListValue, ObjectValue
from bot.documents.kinds import FileKind
from bot.documents.location import Span, Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.documents.psych import REFERENCE
from bot.documents.shell import parse_shell
from bot.documents.source import SourceText
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.documents import Documents
    from bot.documents.hcl_nodes import Expression
    from bot.documents.location import Place
    from bot.documents.shell_nodes import Assignment

_YAML = (FileKind.GITLAB_CI, FileKind.VAULT_YAML)
_JSON = (FileKind.VAULT_JSON, FileKind.TERRAFORM_JSON)
_HCL = (FileKind.TERRAFORM, FileKind.HCL)
# What may be a name, before anything is parsed: a word before a colon or an equals sign, or a label of HCL.
_NAMES = regex(r"""\b(\w++)(?:["']?[ \t]*+[:=]|"[ \t]*+\{)""")
_ASSIGNMENT = regex(r"(\w+)=[^\s$]")
_SCRIPTS = frozenset({"script", "before_script", "after_script", "pre_get_sources_script"})


@dataclass(frozen=True, slots=True)
class NamedLiteral:
    """A text under its name. `route` is the way to it, keys joined by dots ("variables.DB_PASSWORD")."""

    name: str
    value: str
    route: str
    span: Span


def named_literals(
    documents: Documents, wanted: Callable[[str], bool], hint: str = ""
) -> Iterator[NamedLiteral]:
    """The literals whose names are `wanted`: of pipelines, Vault files, HCL and shell scripts.

    `hint` is in every such name, in lower case.
    """
    for path in documents.paths(*_YAML, *_JSON, *_HCL, FileKind.SHELL):
        text = documents.text(path) or ""
        if hint in text.casefold() and any(map(wanted, _names_in(text))):
            yield from (
                literal for literal in _of_file(documents, path, text, wanted) if wanted(literal.name)
            )


@lru_cache(maxsize=128)
def _names_in(text: str) -> frozenset[str]:
    """What may be a name in a file; several rules ask."""
    return frozenset(_NAMES.findall(text))


def _of_file(
    documents: Documents, path: str, text: str, wanted: Callable[[str], bool]
) -> Iterator[NamedLiteral]:
    kind = documents.kind(path)
    if kind in _YAML:
        for node in documents.roots(path):
            yield from _of_node(node, (), wanted, in_ci=kind is FileKind.GITLAB_CI)
    elif kind in _JSON:
        value = documents.json(path)
        if not isinstance(value, Unreadable):
            yield from _of_node(value, (), wanted, in_ci=False)
    elif kind in _HCL:
        file = documents.hcl(path)
        if isinstance(file, HclFile):
            yield from _of_body(file.body, ())
    else:
        yield from _of_script(path, text, SourceText(path, text).place, "", wanted)


def _of_node(
    node: Node, route: tuple[str, ...], wanted: Callable[[str], bool], *, in_ci: bool
) -> Iterator[NamedLiteral]:
    if isinstance(node, Mapping):
        for name, entry in node.entries.items():
            if not entry.via:
                yield from _of_node(entry.value, (*route, name), wanted, in_ci=in_ci)
    elif isinstance(node, Sequence):
        for item in node if not node.via else ():
            yield from _of_node(item, route, wanted, in_ci=in_ci)
    elif in_ci and _SCRIPTS.intersection(route):
        yield from _of_script(node.span.path, node.text, node.place, ".".join(route), wanted)
    elif isinstance(node.value, str) and node.tag != REFERENCE and route:
        is_long_form = route[-1] == "value" and len(route) > 1
        yield NamedLiteral(route[-2] if is_long_form else route[-1], node.value, ".".join(route), node.span)


def _of_body(body: Body, route: tuple[str, ...]) -> Iterator[NamedLiteral]:
    for name, attribute in body.attributes.items():
        yield from _of_expression(attribute.expression, (*route, name))
    for block in body.blocks:
        yield from _of_body(block.body, (*route, block.type, *(label.text for label in block.labels)))


def _of_expression(expression: Expression, route: tuple[str, ...]) -> Iterator[NamedLiteral]:
    if isinstance(expression, Scalar):
        if isinstance(expression.value, str):
            is_default = route[-1] == "default" and len(route) > 1
            yield NamedLiteral(
                route[-2] if is_default else route[-1], expression.value, ".".join(route), expression.span
            )
    elif isinstance(expression, ListValue):
        for item in expression.items:
            yield from _of_expression(item, route)
    elif isinstance(expression, ObjectValue):
        for key, value in expression.items:
            if isinstance(key, Scalar):
                yield from _of_expression(value, (*route, key.text))


def _of_script(
    path: str, text: str, place: Callable[[int], Place], route: str, wanted: Callable[[str], bool]
) -> Iterator[NamedLiteral]:
    if not any(wanted(match[1]) for match in _ASSIGNMENT.finditer(text)):
        return  # reading a script as the shell does is dear
    for command in parse_shell(text).commands():
        for assignment in (*command.assignments, *command.declared):
            value = assignment.value.literal if assignment.value is not None else None
            if value:
                where = f"{route}.{assignment.name}".lstrip(".")
                yield NamedLiteral(assignment.name, value, where, _span(path, assignment, place))


def _span(path: str, assignment: Assignment, place: Callable[[int], Place]) -> Span:
    first, last = place(assignment.start), place(assignment.end - 1)
    return Span(path, first.line, first.column, last.line, last.column + 1)
