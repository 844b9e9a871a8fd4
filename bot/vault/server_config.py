"""The configuration of an OpenBao server, as HCL or JSON: its settings and its stanzas, however they are nested.

`audit "file" "name" { ... }` is `{"audit": [{"file": {"name": {...}}}]}` in JSON (openbao.org/docs/configuration,
2026-11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.hcl import parse_hcl
from bot.documents.hcl_nodes import HclFile
from bot.documents.kinds import FileKind
from bot.documents.location import Span
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, walk
from bot.lazy import dataclass, regex
from bot.vault.hcl_literals import literal_of
from bot.vault.values import mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.documents.hcl_nodes import Body, HclBlock

# How many words name a stanza of the type.
_LABELS: Final = {"audit": 2, "initialize": 1, "request": 1}
_EMBEDDED: Final = regex(
    r"""^[ \t]*(?:audit[ \t]+"|initialize[ \t]+"|unsafe_allow_api_audit_creation)""", re.MULTILINE
)
"""in a text of YAML: values of a chart, a ConfigMap"""


@dataclass(frozen=True, slots=True)
class Stanza:
    """A stanza: the words behind its type, its fields, and the stanzas in it that have words of their own."""

    type: str
    labels: tuple[str, ...]
    fields: Mapping
    span: Span
    inner: tuple[Stanza, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One file. `settings` are its fields at the top; `is_json`: the fields are nodes of a JSON file."""

    path: str
    settings: Mapping
    stanzas: tuple[Stanza, ...]
    is_json: bool = False

    def of_type(self, kind: str) -> Iterator[Stanza]:
        """Yield the stanzas of a type, in order."""
        return (stanza for stanza in self.stanzas if stanza.type == kind)


def server_configs(documents: Documents) -> tuple[ServerConfig, ...]:
    """Return the configurations of the tree that say anything that matters here, in the order of the files."""
    return documents.worked_out(_every_config)


def _every_config(documents: Documents) -> tuple[ServerConfig, ...]:
    found = [config for config in _configs(documents) if config.stanzas or config.settings.entries]
    return tuple(sorted(found, key=lambda config: config.path))


def _configs(documents: Documents) -> Iterator[ServerConfig]:
    for path in documents.paths(FileKind.HCL):
        read = documents.hcl(path)
        if isinstance(read, HclFile):
            yield _of_hcl(path, read)
    for path in documents.paths(FileKind.VAULT_JSON):
        node = documents.json(path)
        if isinstance(node, Mapping):
            stanzas = tuple(_stanzas(node, ("audit", "initialize")))
            yield ServerConfig(path, _settings(node), stanzas, is_json=True)
    for path in documents.paths(FileKind.VAULT_YAML):
        for node in documents.roots(path):
            for scalar in walk(node):
                if (
                    isinstance(scalar, Scalar)
                    and isinstance(scalar.value, str)
                    and _EMBEDDED.search(scalar.text)
                ):
                    inner = parse_hcl(path, scalar.text, scalar.place)
                    if isinstance(inner, HclFile):
                        yield _of_hcl(path, inner)


def _settings(node: Mapping) -> Mapping:
    return Mapping(
        {name: entry for name, entry in node.entries.items() if name.startswith("unsafe_")}, node.span
    )


def _stanzas(holder: Mapping, kinds: tuple[str, ...]) -> Iterator[Stanza]:
    for kind in kinds:
        for labels, fields in _labelled(holder.get(kind), _LABELS[kind]):
            inner = tuple(_stanzas(fields, ("request",))) if kind == "initialize" else ()
            yield Stanza(kind, labels, fields, fields.span, inner)


def _labelled(node: Node | None, depth: int) -> Iterator[tuple[tuple[str, ...], Mapping]]:
    """The objects `depth` keys below, lists on the way taken apart, each with these keys."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _labelled(item, depth)
    elif isinstance(node, Mapping):
        named = [node.get(name) for name in ("type", "path")]
        if depth == _LABELS["audit"] and all(isinstance(each, Scalar) for each in named):
            yield tuple(each.text for each in named if isinstance(each, Scalar)), node
        elif not depth:
            yield (), node
        else:
            for name, entry in node.entries.items():
                for labels, fields in _labelled(entry.value, depth - 1):
                    yield (name, *labels), fields


def _of_hcl(path: str, file: HclFile) -> ServerConfig:
    stanzas = tuple(_of_block(block) for block in file.body.of_type("audit", "initialize"))
    return ServerConfig(path, _settings(_mapping(file.body, Span.of_lines(path, 1))), stanzas)


def _of_block(block: HclBlock) -> Stanza:
    inner = tuple(_of_block(each) for each in block.body.of_type("request"))
    labels = tuple(label.text for label in block.labels)
    return Stanza(block.type, labels, _mapping(block.body, block.span), block.span, inner)


def _mapping(body: Body, span: Span) -> Mapping:
    """The literal attributes, and blocks without words as objects."""
    items: list[tuple[Scalar, Node]] = [
        (Scalar(each.name, each.name, each.name_span), literal_of(each.expression))
        for each in body.attributes.values()
    ]
    items += [
        (Scalar(block.type, block.type, block.header), _mapping(block.body, block.span))
        for block in body.blocks
        if not block.labels
    ]
    return mapping_of(items, span)
