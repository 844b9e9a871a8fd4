"""`spec:inputs`: what a file wants to be given, and what GitLab makes of what it is given.

After gitlabhq `lib/ci/inputs/*.rb` and `lib/gitlab/ci/config/header/input.rb`, read 2026-11.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, plain, text_of
from bot.documents.psych import UNFILLED, key_text
from bot.lazy import dataclass, regex
from bot.pipeline.re2 import found, is_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.location import Span

_STRING: Final = "string"
_SYMBOL: Final = regex(r"[^\W\d]\w*[?!=]?")
_SPECIAL: Final = regex(r"[\"\\\n\t\r\a\b\f\v\x1b]|#(?=[{$@])")
_CONTROL: Final = regex(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_ESCAPES: Final = {
    "\n": "\\n", "\t": "\\t", "\r": "\\r", "\a": "\\a",
    "\b": "\\b", "\f": "\\f", "\v": "\\v", "\x1b": "\\e",
}  # fmt: skip
_ARTICLES: Final = {"array": "an array", "boolean": "a boolean", "number": "a number", _STRING: "a string"}


class NotAccepted(Exception):
    """GitLab refuses a value; the message says why in words like its own, without the value."""


@dataclass(frozen=True, slots=True)
class Input:
    """One declared input. `rules`: its default and options depend on other inputs (`spec:inputs:rules`)."""

    name: str
    key: Scalar
    type: str = _STRING
    default: Node | None = None
    options: Sequence | None = None
    regex: str | None = None
    is_required: bool = True
    rules: Sequence | None = None


def declared_inputs(header: Mapping) -> dict[str, Input]:
    """The inputs of a header, by name."""
    return inputs_of(header.get("spec", "inputs"))


def inputs_of(inputs: Node | None) -> dict[str, Input]:
    """The inputs of an `inputs:`, by name."""
    if not isinstance(inputs, Mapping):
        return {}
    return {name: _input(name, entry) for name, entry in inputs.entries.items()}


def _input(name: str, entry: Entry) -> Input:
    spec = entry.value
    if not isinstance(spec, Mapping):
        return Input(name, entry.key)
    options, rules = spec.get("options"), spec.get("rules")
    return Input(
        name,
        entry.key,
        _type_of(spec),
        spec.get("default"),
        options if isinstance(options, Sequence) else None,
        text_of(spec.get("regex")),
        is_required="default" not in spec and not _has_default(rules),
        rules=rules if isinstance(rules, Sequence) else None,
    )


def _type_of(spec: Mapping) -> str:
    """The type that is written; a null is none that GitLab knows."""
    return text_of(spec.get("type")) or "" if "type" in spec else _STRING


def _has_default(rules: Node | None) -> bool:
    """Whether a rule of the input gives it a default, met or not."""
    return isinstance(rules, Sequence) and any(
        isinstance(rule, Mapping) and "default" in rule for rule in rules
    )


def check_type(declared: Input) -> None:
    """Check that GitLab knows the type of an input.

    Raises:
        NotAccepted: it does not.
    """
    if declared.type not in _ARTICLES:
        known = ", ".join(sorted(_ARTICLES))
        raise NotAccepted(f"unknown input specification for `{declared.name}` (valid types: {known})")


def accepted(declared: Input, value: Node, which: str, options: Sequence | None) -> Node:
    """`value` as the input's type makes it. `which` value it is: "default" or "provided"; `options`: those that count.

    A block in it that is not filled in makes it unknown, and never refused.

    Raises:
        NotAccepted: GitLab refuses it.
    """
    check_type(declared)
    coerced = coerced_to(declared.type, value)
    if _is_open(coerced):
        return coerced
    if declared.type != _STRING and not _is_of(declared.type, coerced):
        raise NotAccepted(f"`{declared.name}` input: {which} value is not {_ARTICLES[declared.type]}")
    _check_options(declared, coerced, options)
    _check_regex(declared, coerced, which)
    return coerced


def coerced_to(kind: str, value: Node) -> Node:
    """`value` as GitLab keeps it for an input of this type: a text, or what a text of JSON says."""
    return _as_text(value) if kind == _STRING else _from_json(value)


def _check_options(declared: Input, value: Node, options: Sequence | None) -> None:
    if options is None:
        return
    if declared.type == "boolean":
        if declared.rules is not None:
            return
        raise NotAccepted(f"`{declared.name}` input: Options can only be used with string and number inputs")
    # Of a list, 1 is not 1.0 to Ruby; of a number it is.
    shown: Callable[[Node], object] = inspected if declared.type == "array" else _typed
    known = [shown(_as_text(option) if declared.type == _STRING else option) for option in options]
    wanted = value.items if declared.type == "array" and isinstance(value, Sequence) else (value,)
    if any(shown(item) not in known for item in wanted):
        raise NotAccepted(
            f"`{declared.name}` input: a value cannot be used because it is not in the list of allowed options"
        )


def _check_regex(declared: Input, value: Node, which: str) -> None:
    if declared.regex is None:
        return
    if declared.type != _STRING:
        raise NotAccepted(f"`{declared.name}` input: RegEx validation can only be used with string inputs")
    if not is_pattern(declared.regex, ""):
        raise NotAccepted(f"`{declared.name}` input: invalid regular expression")
    if isinstance(value, Scalar) and found(declared.regex, "", value.text) is False:
        raise NotAccepted(f"`{declared.name}` input: {which} value does not match required RegEx pattern")


def _typed(node: Node) -> object:
    """Python's `True == 1`, Ruby's is not."""
    value = plain(node)
    return (isinstance(value, bool), value)


def _is_of(kind: str, node: Node) -> bool:
    if kind == "array":
        return isinstance(node, Sequence)
    value = node.value if isinstance(node, Scalar) else None
    if kind == "boolean":
        return isinstance(value, bool)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_open(node: Node) -> bool:
    """Whether a block that is not filled in is in the value."""
    if isinstance(node, Sequence):
        return any(map(_is_open, node.items))
    return isinstance(node, Scalar) and node.tag == UNFILLED


def _as_text(node: Node) -> Node:
    """A string input's value: `to_s` of whatever it is given."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node
    text = written(node)
    if isinstance(node, Scalar) and text == node.text:
        return Scalar(text, text, node.span, node.style, None, node.locate)
    return Scalar(text, text, node.span)


def written(node: Node) -> str:
    """What Ruby's `to_s` makes of the value."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            return node.text
        return "" if node.value is None else key_text(node.value)
    return inspected(node)


def inspected(node: Node) -> str:
    """What Ruby 3.3 shows of the value inside a list or a mapping, whose keys are symbols to GitLab."""
    if isinstance(node, Sequence):
        return f"[{', '.join(map(inspected, node.items))}]"
    if isinstance(node, Mapping):
        pairs = (f"{_symbol(name)}=>{inspected(entry.value)}" for name, entry in node.entries.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(node.value, str):
        return _quoted(node.text)
    return "nil" if node.value is None else key_text(node.value)


def _symbol(name: str) -> str:
    return f":{name}" if _SYMBOL.fullmatch(name) else f":{_quoted(name)}"


def _quoted(text: str) -> str:
    inner = _SPECIAL.sub(lambda match: _ESCAPES.get(match[0], "\\" + match[0]), text)
    return '"' + _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04X}", inner) + '"'


def _from_json(node: Node) -> Node:
    """A string that holds JSON is read, for every type but string."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    try:
        return _node(json.loads(node.text, parse_constant=_not_json), node.span)
    except (ValueError, RecursionError):
        return node


def _not_json(name: str) -> object:
    """Python reads `NaN` and `Infinity`, Ruby does not."""
    raise ValueError(name)


def _node(value: object, span: Span) -> Node:
    if isinstance(value, list):
        return Sequence(tuple(_node(item, span) for item in value), span)
    if isinstance(value, dict):
        return Mapping(
            {
                str(name): Entry(Scalar(str(name), str(name), span), _node(item, span))
                for name, item in value.items()
            },
            span,
        )
    if value is None or isinstance(value, str | int | float):
        return Scalar(value, "" if value is None else str(value), span)
    raise ValueError
