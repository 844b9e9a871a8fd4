"""What an expression of Terraform comes to, as far as this repository says it; everything else is `UnknownValue`.

Language: developer.hashicorp.com/terraform/language/expressions, checked 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import (
    Directive,
    Expression,
    ForExpression,
    FunctionCall,
    HclOperation,
    HclTemplate,
    ListValue,
    ObjectValue,
    Reference,
    Step,
    StepsFrom,
)
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.vault.terraform import terraform_functions
from bot.vault.values import Joined, UnknownValue, unknown

if TYPE_CHECKING:
    from bot.documents.hcl_nodes import HclBlock
    from bot.vault.terraform.scope import ModuleScope

_MAX_DEPTH = 40
_MAX_ITEMS = 500
# Where a resource's `id` is one of its own arguments (Terraform's Vault provider, docs/resources, 2026-11).
_ID_FROM = ("path", "name")
_DEFAULT_PATHS = {"vault_jwt_auth_backend": "jwt"}


class Evaluator:
    """Evaluates the expressions of one module. Results are kept per local and variable."""

    def __init__(self, module: ModuleScope) -> None:
        self._module = module
        self._settled: dict[tuple[str, str], Node] = {}
        self._running: set[tuple[str, str]] = set()
        self._depth = 0

    def value(self, expression: Expression, names: dict[str, Node] | None = None) -> Node:
        """The value; `names` are `each`, `count` and the variables of a `for` around it."""
        if isinstance(expression, Scalar):
            return expression
        if self._depth > _MAX_DEPTH:
            return unknown("${...}", expression.span)
        self._depth += 1
        try:
            return self._value(expression, names or {})
        finally:
            self._depth -= 1

    def _value(self, expression: Expression, names: dict[str, Node]) -> Node:  # noqa: PLR0911 - one per kind
        if isinstance(expression, Reference):
            return self._reference(expression, names)
        if isinstance(expression, HclTemplate):
            return self._template(expression, names)
        if isinstance(expression, ListValue):
            return Sequence(tuple(self.value(item, names) for item in expression.items), expression.span)
        if isinstance(expression, ObjectValue):
            return self._object(expression, names)
        if isinstance(expression, FunctionCall):
            return self._call(expression, names)
        if isinstance(expression, HclOperation):
            return self._operation(expression, names)
        if isinstance(expression, ForExpression):
            return self._for(expression, names)
        if isinstance(expression, StepsFrom):
            return self._steps(self.value(expression.value, names), expression.steps, expression, names)
        return unknown(source_of(expression), expression.span)

    def _template(self, template: HclTemplate, names: dict[str, Node]) -> Node:
        if len(template.parts) == 1:
            # A template of one interpolation alone is its value, of whatever type (`"${true}"` is a boolean).
            alone = self.value(template.parts[0], names)
            if isinstance(alone, Scalar) and isinstance(alone.value, bool | int | float):
                return Scalar(alone.value, alone.text, template.span)
            if isinstance(alone, Sequence | Mapping):
                return alone
        joined = Joined()
        settled = True
        for part in template.parts:
            value = self.value(part, names)
            if isinstance(value, Scalar) and value.value is not None:
                joined.add(value.text, part.span, value if value is part else None)
            else:
                settled = False
                text = value.text if isinstance(value, UnknownValue) else source_of(part)
                joined.add(text, part.span, None)
        text = joined.text
        if settled:
            return Scalar(text, text, template.span, template.raw.style, None, joined)
        return UnknownValue(None, text, template.span, template.raw.style, None, joined)

    def _object(self, expression: ObjectValue, names: dict[str, Node]) -> Node:
        entries: dict[str, Entry] = {}
        for key_expression, value in expression.items:
            key = self.value(key_expression, names)
            if not isinstance(key, Scalar):
                key = unknown(source_of(key_expression), key_expression.span)
            entries[key.text] = Entry(key, self.value(value, names))
        return Mapping(entries, expression.span)

    def _call(self, call: FunctionCall, names: dict[str, Node]) -> Node:
        function = terraform_functions.FUNCTIONS.get(call.name)
        arguments = [self.value(argument, names) for argument in call.arguments]
        if call.expands and arguments and isinstance(arguments[-1], Sequence):
            arguments[-1:] = list(arguments[-1].items)
        if call.name in terraform_functions.FILE_FUNCTIONS:
            return terraform_functions.read_file(self._module, call, arguments)
        if call.name == terraform_functions.FILE_SET:
            return terraform_functions.file_set(self._module, call, arguments)
        if function is None or len(arguments) > _MAX_ITEMS:
            return unknown(source_of(call), call.span)
        result = function(arguments, call.span)
        return unknown(source_of(call), call.span) if result is None else result

    def _operation(self, operation: HclOperation, names: dict[str, Node]) -> Node:
        values = [self.value(operand, names) for operand in operation.operands]
        result = terraform_functions.operate(operation.operator, values, operation.span)
        return unknown(source_of(operation), operation.span) if result is None else result

    def _for(self, expression: ForExpression, names: dict[str, Node]) -> Node:
        pairs = terraform_functions.pairs_of(self.value(expression.collection, names))
        if pairs is None or expression.groups or len(pairs) > _MAX_ITEMS:
            return unknown(source_of(expression), expression.span)
        items: list[Node] = []
        entries: dict[str, Entry] = {}
        for key, value in pairs:
            bound = dict(
                zip(expression.names, (key, value) if len(expression.names) > 1 else (value,), strict=True)
            )
            inner = {**names, **bound}
            if expression.condition is not None:
                condition = self.value(expression.condition, inner)
                if not isinstance(condition, Scalar) or not isinstance(condition.value, bool):
                    return unknown(source_of(expression), expression.span)
                if not condition.value:
                    continue
            item = self.value(expression.value, inner)
            if expression.key is None:
                items.append(item)
                continue
            name = self.value(expression.key, inner)
            if not isinstance(name, Scalar):
                return unknown(source_of(expression), expression.span)
            entries[name.text] = Entry(name, item)
        if expression.key is None:
            return Sequence(tuple(items), expression.span)
        return Mapping(entries, expression.span)

    def _reference(self, reference: Reference, names: dict[str, Node]) -> Node:  # noqa: PLR0911 - one per root
        root, steps = reference.root, reference.steps
        if root in names:
            return self._steps(names[root], steps, reference, names)
        if root == "path" and steps in {("module",), ("root",)}:
            return self._folder(reference)
        if root == "data":
            return unknown(source_of(reference), reference.span)
        first = steps[0] if steps else None
        if not isinstance(first, str):
            return unknown(source_of(reference), reference.span)
        if root in {"var", "local"}:
            return self._steps(self._named(root, first, reference), steps[1:], reference, names)
        block = self._module.resources.get((root, first))
        if block is None:
            return unknown(source_of(reference), reference.span)
        return self._resource(block, steps[1:], reference, names)

    def _folder(self, reference: Reference) -> Node:
        module = self._module
        if reference.steps == ("root",) and module.is_called():
            return unknown(source_of(reference), reference.span)
        folder = module.folder or "."
        return Scalar(folder, folder, reference.span)

    def _named(self, root: str, name: str, reference: Reference) -> Node:
        """A local or a variable, evaluated once; one that needs itself is unknown."""
        key = root, name
        if key not in self._settled:
            if key in self._running:
                return unknown(source_of(reference), reference.span)
            self._running.add(key)
            found = self._local(name) if root == "local" else self._variable(name)
            self._running.discard(key)
            self._settled[key] = unknown(f"${{{root}.{name}}}", reference.span) if found is None else found
        return self._settled[key]

    def _local(self, name: str) -> Node | None:
        expression = self._module.locals.get(name)
        return None if expression is None else self.value(expression)

    def _variable(self, name: str) -> Node | None:
        passed, settled = self._module.argument(name)
        if passed is not None or not settled:
            return passed
        block = self._module.variables.get(name)
        default = block.body.get("default") if block else None
        is_null = isinstance(default, Scalar) and default.value is None
        if default is None or (is_null and not self._module.is_called()):
            return None  # who applies the module gives it
        return self.value(default)

    def _resource(
        self, block: HclBlock, steps: tuple[Step, ...], reference: Reference, names: dict[str, Node]
    ) -> Node:
        """An attribute of another resource of the module, where it is one of its arguments."""
        repeated = block.body.get("for_each") is not None or block.body.get("count") is not None
        key: object = None
        if repeated:
            if not steps:
                return self._all_instances(block, reference)
            first = steps[0] if isinstance(steps[0], str | int) else self.value(steps[0], names)
            if first == "*":
                every = (self._arguments(block, bound) for _, bound in self._module.instances(block))
                items = tuple(self._steps(one, steps[1:], reference, names) for one in every)
                return Sequence(items, reference.span)
            key = first.value if isinstance(first, Scalar) else first
            steps = steps[1:]
        elif steps and (steps[0] in {"*", 0}):
            return self._steps(self._arguments(block, {}), steps[1:], reference, names)
        for instance, bound in self._module.instances(block):
            if instance == key:
                return self._steps(self._arguments(block, bound), steps, reference, names)
        return unknown(source_of(reference), reference.span)

    def _all_instances(self, block: HclBlock, reference: Reference) -> Node:
        """A list where the resource has `count`, else a map."""
        instances = [(key, self._arguments(block, bound)) for key, bound in self._module.instances(block)]
        if block.body.get("for_each") is None:
            return Sequence(tuple(arguments for _, arguments in instances), reference.span)
        keys = [Scalar(key, str(key), reference.span) for key, _ in instances]
        entries = {
            key.text: Entry(key, arguments) for key, (_, arguments) in zip(keys, instances, strict=True)
        }
        return Mapping(entries, reference.span)

    def _arguments(self, block: HclBlock, names: dict[str, Node]) -> Mapping:
        running = ("resource", f"{block.label(0)}.{block.label(1)}.{len(names)}")
        if running in self._running:
            return Mapping({}, block.span)
        self._running.add(running)
        fields = self._module.fields(block.body, names, block.span)
        self._running.discard(running)
        entries = dict(fields.entries)
        default_path = _DEFAULT_PATHS.get(block.label(0))
        if block.label(0) == "vault_auth_backend" and "path" not in entries and "type" in entries:
            entries["path"] = entries["type"]
        elif default_path is not None and "path" not in entries:
            path = Scalar(default_path, default_path, block.header)
            entries["path"] = Entry(path, path)
        if "id" not in entries:
            own = next((entries[name] for name in _ID_FROM if name in entries), None)
            if own is not None:
                entries["id"] = own
        return Mapping(entries, fields.span)

    def _steps(self, value: Node, steps: tuple[Step, ...], whole: Expression, names: dict[str, Node]) -> Node:
        for index, step in enumerate(steps):
            if step == "*":
                items = value.items if isinstance(value, Sequence) else None
                if items is None:
                    return unknown(source_of(whole), whole.span)
                rest = steps[index + 1 :]
                return Sequence(tuple(self._steps(item, rest, whole, names) for item in items), whole.span)
            found = self._step(value, step, names)
            if found is None:
                return unknown(source_of(whole), whole.span)
            value = found
        return value

    def _step(self, value: Node, step: Step, names: dict[str, Node]) -> Node | None:
        if not isinstance(step, str | int):
            key = self.value(step, names)
            if not isinstance(key, Scalar) or not isinstance(key.value, str | int):
                return None
            step = key.value
        if isinstance(value, Mapping):
            return value.get(str(step))
        if isinstance(value, Sequence) and isinstance(step, int) and 0 <= step < len(value.items):
            return value.items[step]
        return None


def source_of(expression: Expression) -> str:
    """How an unknown part is shown: `${var.team}`."""
    if isinstance(expression, Reference):
        return "${" + expression.root + _steps_source(expression.steps) + "}"
    if isinstance(expression, HclTemplate | Scalar):
        return expression.raw.text if isinstance(expression, HclTemplate) else expression.text
    if isinstance(expression, Directive):
        return expression.text
    return "${" + (expression.name + "(...)" if isinstance(expression, FunctionCall) else "...") + "}"


def _steps_source(steps: tuple[Step, ...]) -> str:
    shown = []
    for step in steps:
        if isinstance(step, str):
            shown.append(f".{step}")
        else:
            shown.append(f"[{step}]" if isinstance(step, int) else "[...]")
    return "".join(shown)
