"""The text of one policy, HCL or JSON, as rules with places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.hcl import parse_hcl
from bot.documents.hcl_nodes import Body, Expression, HclBlock, HclFile, HclTemplate, ListValue, ObjectValue
from bot.documents.json import parse_json
from bot.documents.location import Place, Span, Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.lazy import dataclass, regex
from bot.vault.policies.policy import PathRule, PolicyForm
from bot.vault.policies.policy_refusals import refusals_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

_TOP_KEYS = frozenset({"name", "path"})
_LOOKS_LIKE_HCL = regex(r'^[ \t]*path[ \t]+"[^"\n]*"\s*\{', re.MULTILINE)
_LOOKS_LIKE_JSON = regex(r'\A\s*\{\s*"(?:path|name)"\s*:')
# What a program fills in before Vault sees the policy; Vault's own templates speak of identity alone.
_PLACEHOLDER = regex(r"\$\{|\{\{(?!\s*identity\.)|%\{|<%|\{%|\$\(|(?<![\w-])\$[A-Za-z_]")
_TEMPLATE = regex(r"\{\{\s*identity\.[^{}]*(?:\$\{[^{}]*\}[^{}]*)*\}\}")


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The rules of a policy's text."""

    form: PolicyForm
    rules: tuple[PathRule, ...]
    unread: tuple[Unreadable, ...] = ()
    complete: bool = True


def looks_like_policy(text: str) -> bool:
    """Whether a text reads as a policy."""
    return bool(_LOOKS_LIKE_HCL.search(text) or _LOOKS_LIKE_JSON.match(text))


def read_policy_text(path: str, text: str, place: Callable[[int], Place] | None = None) -> PolicyText:
    """The rules of `text`; what is broken is reported and the rest still read."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        node = parse_json(path, text, place)
        if isinstance(node, Mapping):
            return policy_of_json(node)
        unread = (node,) if isinstance(node, Unreadable) else ()
        return PolicyText(PolicyForm.JSON, (), unread, complete=False)
    read = parse_hcl(path, text, place)
    if isinstance(read, Unreadable):
        return PolicyText(PolicyForm.HCL, (), (read,), complete=False)
    return policy_of_hcl(read)


def policy_of_hcl(file: HclFile) -> PolicyText:
    """The rules of a policy in HCL."""
    rules = [_rule_of_block(block) for block in file.body.of_type("path") if block.labels]
    unread = list(file.unread)
    written = file.body.get("path")
    if isinstance(written, ObjectValue):
        rules += _rules_of_object(written)
    unread += _unknown_keys(file)
    rules.sort(key=lambda rule: (rule.span.start_line, rule.span.start_column))
    return PolicyText(PolicyForm.HCL, tuple(rules), tuple(unread), complete=not (unread or file.body.broken))


def _rule_of_block(block: HclBlock) -> PathRule:
    items = dict(_items_of_body(block.body))
    repeated = [attribute.name for attribute in block.body.repeated]
    return rule_of(block.labels[0], block.span, items, broken=block.body.broken, repeated=repeated)


def _unknown_keys(file: HclFile) -> Iterator[Unreadable]:
    names = [(block.type, block.span) for block in file.body.blocks]
    names += [(name, attribute.span) for name, attribute in file.body.attributes.items()]
    for name, span in names:
        if name not in _TOP_KEYS:
            reason = f"Vault refuses a policy with the key `{name}` at its top; only `path` may be there"
            yield Unreadable(file.path, span.start_line, reason)


def _items_of_body(body: Body) -> Iterator[tuple[str, Expression]]:
    for name, attribute in body.attributes.items():
        yield name, attribute.expression
    for block in body.blocks:
        items = tuple(
            (Scalar(a.name, a.name, a.name_span), a.expression) for a in block.body.attributes.values()
        )
        yield block.type, ObjectValue(items, block.span)


def _rules_of_object(written: ObjectValue) -> Iterator[PathRule]:
    for key, value in written.items:
        if isinstance(key, Scalar) and isinstance(value, ObjectValue):
            items = {name.text: inner for name, inner in value.items if isinstance(name, Scalar)}
            yield rule_of(key, _joined(key.span, value.span), items, broken=False)


def policy_of_json(root: Mapping) -> PolicyText:
    """The rules of a policy in JSON: `{"path": {"secret/*": {"capabilities": [...]}}}`."""
    rules: list[PathRule] = []
    paths = root.get("path")
    groups = paths.items if isinstance(paths, Sequence) else (paths,)
    for group in groups:
        if isinstance(group, Mapping):
            rules += [_rule_of_entry(entry) for entry in group if isinstance(entry.value, Mapping)]
    return PolicyText(PolicyForm.JSON, tuple(rules))


def _rule_of_entry(entry: Entry) -> PathRule:
    value = entry.value
    items: dict[str, Expression] = {}
    if isinstance(value, Mapping):
        items = {inner.key.text: expression_of(inner.value) for inner in value}
    return rule_of(entry.key, entry.span, items, broken=False)


def expression_of(node: Node) -> Expression:
    """A node of JSON or YAML as the expression that HCL would hold."""
    if isinstance(node, Mapping):
        return ObjectValue(tuple((entry.key, expression_of(entry.value)) for entry in node), node.span)
    if isinstance(node, Sequence):
        return ListValue(tuple(expression_of(item) for item in node), node.span)
    return node


def rule_of(
    path: Scalar,
    span: Span,
    items: dict[str, Expression],
    *,
    broken: bool,
    repeated: Collection[str] = (),
) -> PathRule:
    """Return the rule at `path`; `broken`: some keys could not be read; `repeated`: keys written twice."""
    listed = items.get("capabilities")
    written, listed_known = scalars_of(listed)
    legacy = items.get("policy")
    text = path.text.removeprefix("/")
    return PathRule(
        path=text,
        span=span,
        path_scalar=path,
        written=written,
        legacy=legacy if isinstance(legacy, Scalar) else None,
        known=is_settled(path),
        capabilities_known=listed_known
        and not isinstance(legacy, HclTemplate)
        and not (broken and not listed),
        allowed_parameters=_parameters(items.get("allowed_parameters")),
        denied_parameters=_parameters(items.get("denied_parameters")),
        required_parameters=tuple(s.text for s in scalars_of(items.get("required_parameters"))[0]),
        refusals=refusals_of(text, items, repeated),
    )


def is_settled(path: Scalar) -> bool:
    """Whether the text is what Vault gets: nothing in it is filled in by a program before.

    `${auth/kubernetes/@accessor}` inside one of Vault's templates is vault-config-operator's way to name an
    accessor: it changes no meaning here.
    """
    return _PLACEHOLDER.search(_TEMPLATE.sub("", path.text)) is None


def templates_in(path: str) -> list[str]:
    """Vault's own templates in a path: `{{identity.entity.id}}`."""
    return _TEMPLATE.findall(path)


def scalars_of(expression: Expression | None) -> tuple[tuple[Scalar, ...], bool]:
    """The known scalars of a list (or a single value, as HCL 1 takes it), and whether that is all of them."""
    if expression is None:
        return (), True
    items = expression.items if isinstance(expression, ListValue) else (expression,)
    found = tuple(item for item in items if isinstance(item, Scalar) and item.value is not None)
    settled = all(is_settled(item) for item in found)
    return tuple(item for item in found if is_settled(item)), settled and len(found) == len(items)


def _parameters(expression: Expression | None) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    groups = expression.items if isinstance(expression, ListValue) else (expression,)
    for group in groups:
        for key, value in group.items if isinstance(group, ObjectValue) else ():
            if isinstance(key, Scalar):
                found[key.text.lower()] = tuple(scalar.text for scalar in scalars_of(value)[0])
    return found


def _joined(start: Span, end: Span) -> Span:
    return Span(start.path, start.start_line, start.start_column, end.end_line, end.end_column)
