"""What a value is to Ruby: GitLab asks for its kinds, not for YAML's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeGuard

from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.documents.psych import REFERENCE, UNFILLED, is_symbol, key_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SCALAR_TYPES = (str, int, float, bool)


def is_hash(node: Node | None) -> TypeGuard[Mapping]:
    """Whether it is a mapping; a reference that was left as it is is none."""
    return isinstance(node, Mapping) and node.tag != REFERENCE


def is_array(node: Node | None) -> TypeGuard[Sequence]:
    """Whether it is a list; a reference that was left as it is is none."""
    return isinstance(node, Sequence) and node.tag != REFERENCE


def is_string(node: Node | None) -> TypeGuard[Scalar]:
    """Whether it is a text, and no symbol."""
    return (
        isinstance(node, Scalar)
        and isinstance(node.value, str)
        and node.tag != REFERENCE
        and not is_symbol(node.tag)
    )


def is_text(node: Node | None) -> TypeGuard[Scalar]:
    """Whether it is a text or a symbol."""
    return isinstance(node, Scalar) and isinstance(node.value, str) and node.tag != REFERENCE


def is_integer(node: Node | None) -> TypeGuard[Scalar]:
    """Whether it is a whole number."""
    return isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool)


def is_number(node: Node | None) -> TypeGuard[Scalar]:
    """Whether it is a number."""
    return (
        isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
    )


def is_boolean(node: Node | None) -> TypeGuard[Scalar]:
    """Whether it is true or false."""
    return isinstance(node, Scalar) and isinstance(node.value, bool)


def is_scalar(node: Node | None) -> TypeGuard[Scalar]:
    """Whether it is a text, a number, true or false."""
    return isinstance(node, Scalar) and isinstance(node.value, _SCALAR_TYPES) and node.tag != REFERENCE


def is_list_of_texts(node: Node | None) -> bool:
    """Whether it is a list of nothing but texts."""
    return is_array(node) and all(map(is_text, node.items))


def is_nested(node: Node | None, levels: int, is_item: Callable[[Node], bool]) -> bool:
    """Whether it is a list of such items, and of such lists, `levels` deep at most."""
    if not is_array(node):
        return False
    return levels > 0 and all(is_item(item) or is_nested(item, levels - 1, is_item) for item in node.items)


def is_blank(node: Node | None) -> bool:
    """Whether Rails calls it blank: null, false, nothing but blanks, an empty list or mapping."""
    if isinstance(node, Scalar) or node is None:
        value = node.value if node is not None else None
        return value is None or value is False or (isinstance(value, str) and not value.strip())
    return len(node) == 0


def is_template(node: Node | None) -> bool:
    """Whether a block that nobody has filled in is in it: GitLab may put anything there."""
    return isinstance(node, Scalar) and node.tag == UNFILLED


def keys_of(node: Node | None) -> Iterator[tuple[str, Scalar]]:
    """Each key of a mapping with its name, nothing for anything else."""
    if is_hash(node):
        for name, entry in node.entries.items():
            yield name, entry.key


def value_at(node: Node | None, key: str) -> Node | None:
    """The value of the key; None where there is none, or a null."""
    if type(node) is not Mapping or (node.tag is not None and node.tag == REFERENCE):
        return None
    entry = node.entries.get(key)
    if entry is None or (type(entry.value) is Scalar and entry.value.value is None):
        return None
    return entry.value


def symbolized(key: Scalar) -> bool:
    """Whether a key is a symbol to Ruby, as every text becomes one; a number, `true` or a list stays what it is."""
    return isinstance(key.value, str) and key.tag not in {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


def shown(node: Node) -> str:
    """What Ruby's `to_s` makes of a scalar; "..." for anything else."""
    if not isinstance(node, Scalar):
        return "..."
    return node.text if isinstance(node.value, str) else key_text(node.value)


def length_of(node: Node) -> int:
    """How long Rails finds it: the items of a list or mapping, else the characters of what it prints."""
    return len(shown(node)) if isinstance(node, Scalar) else len(node)


def flat(node: Node) -> Iterator[Node]:
    """The items of nested lists, in order; itself where it is no list."""
    if is_array(node):
        for item in node.items:
            yield from flat(item)
    else:
        yield node


def humanized(name: str) -> str:
    """How Rails writes the name of a job in a sentence: `build_app` is "build app"."""
    return re.sub("_id$", "", name).replace("_", " ").strip()
