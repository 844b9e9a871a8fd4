"""Builds of images that a file of the repository describes: compose files, and those of `docker buildx bake`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.hcl import parse_hcl
from bot.documents.hcl_nodes import HclFile, HclTemplate, ObjectValue, Reference
from bot.documents.nodes import Mapping, Scalar, Sequence, text_of
from bot.documents.yaml import Dialect, parse_yaml
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.hcl_nodes import Body, Expression
    from bot.documents.location import Span
    from bot.documents.nodes import Node

# docs.docker.com/compose/how-tos/multiple-compose-files, docs.docker.com/build/bake/reference, 2026-11
COMPOSE_FILES: Final = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
                        "compose.override.yaml", "docker-compose.override.yml")  # fmt: skip
BAKE_FILES: Final = (*COMPOSE_FILES[:4], "docker-bake.json", "docker-bake.hcl", "docker-bake.override.hcl")
_NAMED: Final = regex(r"(?<!\$)\$(?:\{(\w+)[^}]*\}|(\w+))")


@dataclass(frozen=True, slots=True)
class BuildArgument:
    """A build argument, the variables that its value is made of, and where it is written."""

    name: str
    variables: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Build:
    """One image: the folder that it is built from, its Dockerfile in there, its arguments."""

    context: str
    dockerfile: str
    arguments: tuple[BuildArgument, ...]


def builds_in(path: str, text: str) -> Iterator[Build]:
    """The builds that a file describes, by its ending; none where it cannot be read."""
    if path.endswith(".hcl"):
        yield from _of_bake(path, text)
        return
    documents = parse_yaml(path, text, Dialect.GENERAL)
    root = documents[0] if isinstance(documents, tuple) and documents else None
    if isinstance(root, Mapping):
        for service in _values(root.get("services")):
            build = service.get("build") if isinstance(service, Mapping) else None
            if build is not None:
                yield _build(build)
        for target in _values(root.get("target")):
            if isinstance(target, Mapping):
                yield _build(target)


def _values(node: Node | None) -> list[Node]:
    return [entry.value for entry in node] if isinstance(node, Mapping) else []


def _build(node: Node) -> Build:
    if not isinstance(node, Mapping):
        return Build(text_of(node) or ".", "Dockerfile", ())
    arguments = tuple(_arguments(node.get("args")))
    return Build(
        text_of(node.get("context")) or ".", text_of(node.get("dockerfile")) or "Dockerfile", arguments
    )


def _arguments(node: Node | None) -> Iterator[BuildArgument]:
    """The arguments of a mapping (`NAME: value`) or a list (`NAME=value`); without a value it is the variable's."""
    if isinstance(node, Mapping):
        for entry in node:
            text = text_of(entry.value)
            names = (entry.key.text,) if text is None else _names(text)
            yield BuildArgument(entry.key.text, names, entry.span)
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Scalar):
                name, equals, text = item.text.partition("=")
                yield BuildArgument(name, _names(text) if equals else (name,), item.span)


def _names(text: str) -> tuple[str, ...]:
    return tuple(one or other for one, other in _NAMED.findall(text))


def _of_bake(path: str, text: str) -> Iterator[Build]:
    read = parse_hcl(path, text)
    if not isinstance(read, HclFile):
        return
    for target in read.body.of_type("target"):
        body = target.body
        arguments = body.get("args")
        items = arguments.items if isinstance(arguments, ObjectValue) else ()
        found = [BuildArgument(_text(key), tuple(_references(value)), key.span) for key, value in items]
        yield Build(
            _attribute(body, "context", "."), _attribute(body, "dockerfile", "Dockerfile"), tuple(found)
        )


def _attribute(body: Body, name: str, default: str) -> str:
    value = body.get(name)
    return value.text if isinstance(value, Scalar) else default


def _text(expression: Expression) -> str:
    return expression.text if isinstance(expression, Scalar) else ""


def _references(expression: Expression) -> Iterator[str]:
    """The variables that a value is made of."""
    if isinstance(expression, Reference):
        yield expression.root
    elif isinstance(expression, HclTemplate):
        for part in expression.parts:
            yield from _references(part)
    elif not isinstance(expression, Scalar):
        for part in (*getattr(expression, "arguments", ()), *getattr(expression, "operands", ())):
            yield from _references(part)
