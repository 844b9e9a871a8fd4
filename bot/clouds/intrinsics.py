"""CloudFormation's intrinsic functions and ARM's like, as far as a template alone decides them.

docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html, 2026-11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.values import UnknownValue, scalars
from bot.documents.nodes import Entry, Mapping, Scalar, Sequence
from bot.lazy import regex

if TYPE_CHECKING:
    from bot.documents.nodes import Node

_MAX_DEPTH = 30
_SUBSTITUTED = regex(r"\$\{(?P<literal>!)?(?P<name>[^}]+)\}")
_PSEUDO = "AWS::"


class CloudFormationTemplate:
    """One CloudFormation template: parameters with a default, and what its functions come to."""

    def __init__(self, root: Mapping) -> None:
        self._parameters = _mapping(root.get("Parameters"))
        self._resources = _mapping(root.get("Resources"))
        self._mappings = _mapping(root.get("Mappings"))

    def resolved(self, node: Node, depth: int = 0) -> Node:
        """Return the value with every function that the template decides replaced by its result."""
        if depth > _MAX_DEPTH:
            return node
        if isinstance(node, Mapping):
            function = _function(node)
            if function is not None:
                return self._called(*function, node, depth + 1)
            entries = {
                name: Entry(entry.key, self.resolved(entry.value, depth + 1), entry.via)
                for name, entry in node.entries.items()
            }
            return Mapping(entries, node.span, node.tag)
        if node.tag is not None and node.tag.startswith("!"):
            return self._called(node.tag[1:], node, node, depth + 1)
        if isinstance(node, Sequence):
            return Sequence(tuple(self.resolved(item, depth + 1) for item in node), node.span)
        return node

    def _called(self, name: str, argument: Node, node: Node, depth: int) -> Node:
        if name == "Sub":
            return self._sub(argument, node, depth)
        if name == "Ref" and isinstance(argument, Scalar):
            return self._named(argument.text, node, depth)
        if name == "GetAtt":
            return self._attribute(argument, node, depth)
        if name == "Join":
            return self._join(argument, node, depth)
        if name == "FindInMap":
            return self._found_in_map(argument, node, depth)
        return _unknown(f"${{{name}}}", node)

    def _sub(self, argument: Node, node: Node, depth: int) -> Node:
        own: dict[str, Node] = {}
        text = argument
        if isinstance(argument, Sequence) and argument.items:
            text = argument.items[0]
            extra = argument.items[1] if len(argument.items) > 1 else None
            if isinstance(extra, Mapping):
                own = {entry.key.text: self.resolved(entry.value, depth) for entry in extra}
        if not isinstance(text, Scalar):
            return _unknown("${Sub}", node)
        known = True

        def replacement(found: re.Match[str]) -> str:
            nonlocal known
            if found["literal"]:
                return "${" + found["name"] + "}"
            name = found["name"].strip()
            value = own.get(name) or self._dotted(name, node, depth)
            if isinstance(value, Scalar) and not isinstance(value, UnknownValue):
                return value.text
            known = known and name.startswith(_PSEUDO)
            return "${" + name + "}"

        result = _SUBSTITUTED.sub(replacement, text.text)
        if known:
            return Scalar(result, result, text.span, text.style, None, text.locate)
        return UnknownValue(None, result, text.span, text.style, None, text.locate)

    def _dotted(self, name: str, node: Node, depth: int) -> Node:
        if "." in name:
            resource, _, attribute = name.partition(".")
            return self._attribute_of(resource, attribute, node)
        return self._named(name, node, depth)

    def _named(self, name: str, node: Node, depth: int) -> Node:
        parameter = _mapping(self._parameters.get(name))
        default = parameter.get("Default")
        if isinstance(default, Scalar):
            return Scalar(default.value, default.text, node.span)
        resource = self._resources.get(name)
        if isinstance(resource, Mapping) and depth < _MAX_DEPTH:
            return self._attribute_of(name, "Arn", node)
        return _unknown(f"${{{name}}}", node)

    def _attribute(self, argument: Node, node: Node, depth: int) -> Node:
        if isinstance(argument, Sequence):
            words = [each.text for each in scalars(argument)]
        else:
            words = argument.text.split(".", 1) if isinstance(argument, Scalar) else []
        if len(words) != 2 or depth > _MAX_DEPTH:  # noqa: PLR2004 - resource and attribute
            return _unknown("${GetAtt}", node)
        return self._attribute_of(words[0], words[1], node)

    def _attribute_of(self, name: str, attribute: str, node: Node) -> Node:
        """Return the ARN of an identity provider of the template; its account is left as a pseudo parameter."""
        resource = _mapping(self._resources.get(name))
        kind = resource.get("Type")
        url = self.resolved(_mapping(resource.get("Properties")).get("Url") or _unknown("", node))
        is_provider = isinstance(kind, Scalar) and kind.text == "AWS::IAM::OIDCProvider"
        if (
            is_provider
            and attribute == "Arn"
            and isinstance(url, Scalar)
            and not isinstance(url, UnknownValue)
        ):
            host = re.sub(r"^https?://", "", url.text).rstrip("/")
            arn = f"arn:aws:iam::${{AWS::AccountId}}:oidc-provider/{host}"
            return Scalar(arn, arn, node.span)
        return _unknown(f"${{{name}.{attribute}}}", node)

    def _join(self, argument: Node, node: Node, depth: int) -> Node:
        if not isinstance(argument, Sequence) or len(argument.items) != 2:  # noqa: PLR2004 - delimiter and list
            return _unknown("${Join}", node)
        delimiter, items = (self.resolved(item, depth) for item in argument.items)
        if not isinstance(delimiter, Scalar) or not isinstance(items, Sequence):
            return _unknown("${Join}", node)
        parts = scalars(items)
        text = delimiter.text.join(part.text for part in parts)
        if any(isinstance(part, UnknownValue) and not part.text.startswith("${" + _PSEUDO) for part in parts):
            return UnknownValue(None, text, node.span)
        return Scalar(text, text, node.span)

    def _found_in_map(self, argument: Node, node: Node, depth: int) -> Node:
        keys = [self.resolved(item, depth) for item in argument] if isinstance(argument, Sequence) else []
        if not all(isinstance(key, Scalar) and not isinstance(key, UnknownValue) for key in keys):
            return _unknown("${FindInMap}", node)
        found = self._mappings.get(*(key.text for key in keys if isinstance(key, Scalar)))
        return found if isinstance(found, Scalar) else _unknown("${FindInMap}", node)


def _function(node: Mapping) -> tuple[str, Node] | None:
    if len(node.entries) != 1:
        return None
    name, entry = next(iter(node.entries.items()))
    if name == "Ref":
        return "Ref", entry.value
    return (name.removeprefix("Fn::"), entry.value) if name.startswith("Fn::") else None


def _mapping(node: Node | None) -> Mapping:
    return node if isinstance(node, Mapping) else _EMPTY


def _unknown(text: str, node: Node) -> UnknownValue:
    return UnknownValue(None, text, node.span)


def _empty() -> Mapping:
    from bot.documents.location import Span  # noqa: PLC0415 - one value

    return Mapping({}, Span("", 0, 0, 0, 0))


_EMPTY = _empty()
