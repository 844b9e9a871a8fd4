"""Terraform's modules as far as the repository contains them: which resources there are, with which values.

A module is a folder's `.tf`, `.tofu` and `.tf.json` files, once for each call of it inside this repository. Its
variables are what the call passes, else what a file of values says that Terraform loads by itself, else their
defaults; what depends on state, input or a provider is `UnknownValue`.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict, deque
from dataclasses import field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.hcl_nodes import Body, Expression, HclBlock, HclFile, Reference
from bot.documents.kinds import FileKind
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.lazy import dataclass
from bot.vault.terraform.terraform_functions import pairs_of
from bot.vault.terraform.terraform_json import body_of_json
from bot.vault.terraform.terraform_values import Evaluator
from bot.vault.values import UnknownValue, mapping_of, plain_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.documents.location import Span, Unreadable

_MAX_INSTANCES = 100
_MOST_MODULES: Final = 200
"""calls of modules that are followed in one tree"""
_DEEPEST_CALL: Final = 8
# In the order in which they override each other (developer.hashicorp.com/terraform/language/values/variables, 2026-11).
_VALUE_FILES: Final = ("terraform.tfvars", "*.auto.tfvars")


@dataclass(slots=True, eq=False)
class TerraformResource:
    """One instance of a resource or data source. `key`: its `for_each` key or `count` index, else None.

    `fields` contains the attributes evaluated, and nested blocks as a `Sequence` of `Mapping` under their type.
    """

    type: str
    name: str
    key: str | int | None
    fields: Mapping
    block: HclBlock
    module: Module
    form: FileKind = FileKind.TERRAFORM

    @property
    def span(self) -> Span:
        """The whole block."""
        return self.block.span

    @property
    def namespace(self) -> str:
        """The namespace of the resource below that of its provider; "" for none, or one that is not known."""
        own = self.text("namespace") or ""
        parts = [each for each in (self.module.namespace_of(self.block), own.strip("/")) if each]
        return "" if any("$" in each for each in parts) else "/".join(parts)

    @property
    def address(self) -> str:
        """`type.name["key"]`, unique in its module."""
        key = "" if self.key is None else f'["{self.key}"]' if isinstance(self.key, str) else f"[{self.key}]"
        return f"{self.type}.{self.name}{key}"

    def get(self, *route: str) -> Node | None:
        """The value at `route`; None where it is not written."""
        return self.fields.get(*route)

    def text(self, name: str) -> str | None:
        """The text of a scalar attribute, also of a partly unknown one; None where it is not written."""
        node = self.fields.get(name)
        if isinstance(node, UnknownValue):
            return node.text
        return node.text if isinstance(node, Scalar) and node.value is not None else None

    def blocks(self, name: str) -> list[Mapping]:
        """The nested blocks of this type, in order."""
        node = self.fields.get(name)
        items = node.items if isinstance(node, Sequence) else (node,)
        return [item for item in items if isinstance(item, Mapping)]


class ModuleCall(NamedTuple):
    """One call of a module: by which module, in which block, with which `each` or `count`."""

    caller: Module
    block: HclBlock
    names: dict[str, Node]
    depth: int


@dataclass(slots=True, eq=False)
class Module:
    """One folder's files, indexed, as one call of the module has them; `call` None: nothing here calls it."""

    folder: str
    terraform: Terraform
    variables: dict[str, HclBlock] = field(default_factory=dict)
    locals: dict[str, Expression] = field(default_factory=dict)
    resources: dict[tuple[str, str], HclBlock] = field(default_factory=dict)
    data: dict[tuple[str, str], HclBlock] = field(default_factory=dict)
    calls: list[HclBlock] = field(default_factory=list)
    moved: list[HclBlock] = field(default_factory=list)
    providers: list[HclBlock] = field(default_factory=list)
    """those of Vault"""
    json_blocks: set[int] = field(default_factory=set)
    call: ModuleCall | None = None
    is_one_of_many: bool = False
    """whether other calls make the same resources with other values"""
    evaluator: Evaluator = field(init=False)

    def __post_init__(self) -> None:
        self.evaluator = Evaluator(self)

    def namespace_of(self, block: HclBlock) -> str:
        """The namespace of the provider that a resource names, else of the one without an alias."""
        named = block.body.get("provider")
        alias = str(named.steps[0]) if isinstance(named, Reference) and named.steps else ""
        for provider in self.providers:
            written = provider.body.get("alias")
            if (written.text if isinstance(written, Scalar) else "") == alias:
                found = provider.body.get("namespace")
                value = self.value(found) if found is not None else None
                return value.text.strip("/") if isinstance(value, Scalar) else ""
        return ""

    def text_of_file(self, path: str) -> str | None:
        """The text of a file of the tree, by its path from the repository's root."""
        return self.terraform.documents.text(path)

    def value(self, expression: Expression, names: dict[str, Node] | None = None) -> Node:
        """What the expression comes to in this module."""
        return self.evaluator.value(expression, names)

    def file_names(self) -> tuple[str, ...]:
        """The paths of the tree's files that may matter, sorted."""
        return self.terraform.documents.names

    def argument(self, name: str) -> tuple[Node | None, bool]:
        """What is given for the variable, by the call or a file of values, and whether that is settled.

        Settled with None: nobody gives it, so its default counts.
        """
        if self.call is not None:
            passed = self.call.block.body.get(name)
            given = None if passed is None else self.call.caller.value(passed, self.call.names)
            return given, True
        if self.folder in self.terraform.callers:
            return None, False  # its calls go in a circle, or are too many
        return self.terraform.given(self.folder, name), True

    def inputs(self) -> str:
        """The values of its variables; calls with the same ones make the same resources."""
        given = {name: self.argument(name)[0] for name in self.variables}
        return repr([(name, None if node is None else plain_of(node)) for name, node in given.items()])

    def is_called(self) -> bool:
        """Whether a module of this repository calls it."""
        return self.folder in self.terraform.callers

    def add(self, body: Body, *, from_json: bool = False) -> None:
        """Indexes one file's body."""
        for block in body.blocks:
            address = block.label(0), block.label(1)
            if from_json:
                self.json_blocks.add(id(block))
            if block.type == "resource":
                self.resources[address] = block
            elif block.type == "data":
                self.data[address] = block
            elif block.type == "variable":
                self.variables[block.label(0)] = block
            elif block.type == "locals":
                self.locals.update({name: a.expression for name, a in block.body.attributes.items()})
            elif block.type == "module":
                self.calls.append(block)
            elif block.type == "moved":
                self.moved.append(block)
            elif block.type == "provider" and block.label(0) == "vault":
                self.providers.append(block)

    def instances(self, block: HclBlock) -> Iterator[tuple[str | int | None, dict[str, Node]]]:
        """The keys of the block's instances, each with what `each` and `count` stand for in it."""
        for_each, count = block.body.get("for_each"), block.body.get("count")
        if for_each is not None:
            collection = self.evaluator.value(for_each)
            pairs = pairs_of(collection)
            if pairs is None:
                nobody = unknown("${each.key}", for_each.span)
                pairs = [(nobody, unknown("${each.value}", for_each.span))]
            for key, value in pairs[:_MAX_INSTANCES]:
                each = mapping_of(
                    [(_word("key", key.span), key), (_word("value", key.span), value)], for_each.span
                )
                yield (key.text, {"each": each})
        elif count is not None:
            number = self.evaluator.value(count)
            if isinstance(number, Scalar) and isinstance(number.value, int):
                for index in range(min(number.value, _MAX_INSTANCES)):
                    yield (index, {"count": _counted(Scalar(index, str(index), count.span), count.span)})
            else:
                yield (None, {"count": _counted(unknown("${count.index}", count.span), count.span)})
        else:
            yield (None, {})

    def fields(self, body: Body, names: dict[str, Node], span: Span) -> Mapping:
        """The body's attributes evaluated, and its nested blocks (also `dynamic` ones)."""
        entries: dict[str, Entry] = {}
        for attribute in body.attributes.values():
            key = Scalar(attribute.name, attribute.name, attribute.name_span)
            entries[attribute.name] = Entry(key, self.evaluator.value(attribute.expression, names))
        nested: dict[str, list[Node]] = defaultdict(list)
        keys: dict[str, Scalar] = {}
        for block in body.blocks:
            for kind, inner, inner_names in self._expanded(block, names):
                nested[kind].append(self.fields(inner, inner_names, block.span))
                keys.setdefault(kind, _word(kind, block.header))
        for kind, items in nested.items():
            if kind not in entries:
                entries[kind] = Entry(keys[kind], Sequence(tuple(items), items[0].span))
        return Mapping(entries, span)

    def _expanded(
        self, block: HclBlock, names: dict[str, Node]
    ) -> Iterator[tuple[str, Body, dict[str, Node]]]:
        if block.type != "dynamic":
            yield block.type, block.body, names
            return
        kind = block.label(0)
        content = next(block.body.of_type("content"), None)
        for_each = block.body.get("for_each")
        if content is None or for_each is None:
            return
        iterator = block.body.get("iterator")
        name = getattr(iterator, "root", kind)
        pairs = pairs_of(self.evaluator.value(for_each, names))
        if pairs is None:
            pairs = [(unknown(f"${{{name}.key}}", block.span), unknown(f"${{{name}.value}}", block.span))]
        for key, value in pairs[:_MAX_INSTANCES]:
            each = mapping_of([(_word("key", key.span), key), (_word("value", key.span), value)], block.span)
            yield kind, content.body, {**names, name: each}

    def all_of(self, *types: str) -> Iterator[TerraformResource]:
        """The instances of the module's resources of these types."""
        yield from self._all_of(self.resources, types)

    def data_of(self, *types: str) -> Iterator[TerraformResource]:
        """The instances of the module's data sources of these types."""
        yield from self._all_of(self.data, types)

    def _all_of(
        self, blocks: dict[tuple[str, str], HclBlock], types: tuple[str, ...]
    ) -> Iterator[TerraformResource]:
        for (kind, name), block in blocks.items():
            if kind in types:
                form = FileKind.TERRAFORM_JSON if id(block) in self.json_blocks else FileKind.TERRAFORM
                for key, names in self.instances(block):
                    fields = self.fields(block.body, names, block.span)
                    yield TerraformResource(kind, name, key, fields, block, self, form)


class Terraform:
    """Every module of a tree. Values are evaluated when they are asked for."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.modules: dict[str, Module] = {}
        """one for each folder, as nothing calls it"""
        self.unread: list[Unreadable] = []
        for path in documents.paths(FileKind.TERRAFORM, FileKind.TERRAFORM_JSON):
            self._read(path)
        self.callers = self._find_callers()
        self._instances = tuple(self._called()) if self.callers else tuple(self.modules.values())

    def resources(self, *types: str) -> Iterator[TerraformResource]:
        """The instances of the resources of these types, in the order of the files."""
        for module in self._instances:
            yield from module.all_of(*types)

    def data(self, *types: str) -> Iterator[TerraformResource]:
        """The instances of the data sources of these types, in the order of the files."""
        for module in self._instances:
            yield from module.data_of(*types)

    def given(self, folder: str, name: str) -> Node | None:
        """Return what a file of values in the folder sets for the variable; the last file wins."""
        paths = [path for path in self.documents.names if posixpath.dirname(path) == folder]
        found = None
        for pattern in _VALUE_FILES:
            for path in paths:
                read = self.documents.hcl(path) if fnmatchcase(posixpath.basename(path), pattern) else None
                value = read.body.get(name) if isinstance(read, HclFile) else None
                found = found if value is None else self.modules[folder].value(value)
        return found

    def _called(self) -> Iterator[Module]:
        """Every module, once for each call of it; what is called in a circle, once as if nothing called it."""
        waiting = deque(module for folder, module in self.modules.items() if folder not in self.callers)
        made: dict[str, list[Module]] = defaultdict(list)
        while waiting:
            module = waiting.popleft()
            made[module.folder].append(module)
            depth = module.call.depth + 1 if module.call else 1
            for block, folder in self._calls(module) if depth <= _DEEPEST_CALL else ():
                for _, names in module.instances(block):
                    if sum(map(len, made.values())) + len(waiting) < _MOST_MODULES:
                        called = ModuleCall(module, block, names, depth)
                        waiting.append(replace(self.modules[folder], call=called))
        for folder, module in self.modules.items():
            instances = {instance.inputs(): instance for instance in made[folder] or [module]}.values()
            for instance in instances:
                instance.is_one_of_many = len(instances) > 1
                yield instance

    def _calls(self, module: Module) -> Iterator[tuple[HclBlock, str]]:
        """The calls of modules of this tree, each with the folder that it calls."""
        for block in module.calls:
            source = block.body.get("source")
            if isinstance(source, Scalar) and source.text.startswith((".", "/")):
                folder = posixpath.normpath(posixpath.join(module.folder, source.text))
                folder = "" if folder == "." else folder
                if folder in self.modules:
                    yield block, folder

    def _read(self, path: str) -> None:
        folder = posixpath.dirname(path)
        module = self.modules.get(folder) or self.modules.setdefault(folder, Module(folder, self))
        if self.documents.kind(path) is FileKind.TERRAFORM_JSON:
            node = self.documents.json(path)
            if isinstance(node, Mapping):
                module.add(body_of_json(path, node), from_json=True)
            return
        read = self.documents.hcl(path)
        if isinstance(read, HclFile):
            module.add(read.body)
            self.unread += read.unread

    def _find_callers(self) -> frozenset[str]:
        """The folders that a module of this tree calls."""
        return frozenset(folder for module in self.modules.values() for _, folder in self._calls(module))


def _word(text: str, span: Span) -> Scalar:
    return Scalar(text, text, span)


def _counted(index: Scalar, span: Span) -> Mapping:
    return mapping_of([(_word("index", span), index)], span)
