"""A fault, where it is, and the checks that many keywords share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lazy import dataclass
from bot.pipeline.validation.values import (
    is_blank,
    is_boolean,
    is_hash,
    is_list_of_texts,
    is_string,
    is_text,
    keys_of,
    length_of,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from bot.documents.nodes import Node, Sequence


@dataclass(frozen=True, slots=True)
class FileFault:
    """What GitLab says of `node`."""

    node: Node
    words: str
    remedy: str = ""


class ValidationScope:
    """Where a keyword is, as GitLab writes it ("jobs:deploy:rules").

    `is_whole`: everything was read, so what is not there is missing. The names are put together only for a fault.
    """

    __slots__ = ("_key", "_outer", "is_whole")

    def __init__(self, key: str = "", outer: ValidationScope | None = None, *, is_whole: bool = True) -> None:
        self._key = key
        self._outer = outer
        self.is_whole: bool = outer.is_whole if outer is not None else is_whole

    @property
    def where(self) -> str:
        """The names of the keywords that lead here."""
        outer = self._outer.where if self._outer is not None else ""
        return f"{outer}:{self._key}" if outer else self._key

    def within(self, key: str) -> ValidationScope:
        """The scope of the keyword `key` in this one."""
        return ValidationScope(key, self)

    def fault(self, node: Node, words: str) -> FileFault:
        """What GitLab says of this keyword."""
        return FileFault(node, f"{self.where} {words}".lower())


def unless(is_right: bool, scope: ValidationScope, node: Node, words: str) -> Iterator[FileFault]:  # noqa: FBT001 - reads as a sentence
    """The fault, where `is_right` is false."""
    if not is_right:
        yield scope.fault(node, words)


def first_or_inner(own: Iterable[FileFault], inner: Callable[[], Iterator[FileFault]]) -> Iterator[FileFault]:
    """The faults of a keyword itself; those of what it contains only where it has none."""
    is_right = True
    for fault in own:
        is_right = False
        yield fault
    if is_right:
        yield from inner()


def unknown_keys(scope: ValidationScope, node: Node, allowed: Iterable[str]) -> Iterator[FileFault]:
    """The keys that the keyword cannot hold; the fault is at the first."""
    known = allowed if isinstance(allowed, frozenset) else frozenset(allowed)
    if not is_hash(node) or node.entries.keys() <= known:
        return
    unknown = [key for name, key in keys_of(node) if name not in known]
    if unknown:
        shown = ", ".join(key.text for key in unknown)
        yield scope.fault(unknown[0], f"config contains unknown keys: {shown}")


def unknown_values(
    scope: ValidationScope, node: Sequence, allowed: Container[str], name: str = "config"
) -> Iterator[FileFault]:
    """The items of a list that are none of those that are allowed; the fault is at the first."""
    unknown = [item for item in node.items if not is_text(item) or item.text not in allowed]
    if unknown:
        words = f"{name} contains unknown values: {', '.join(map(shown, unknown))}"
        yield scope.fault(unknown[0], words)


def missing_keys(scope: ValidationScope, node: Node, wanted: Iterable[str]) -> Iterator[FileFault]:
    """The keys that the keyword must hold and does not."""
    there = {name for name, _ in keys_of(node)}
    missing = [key for key in wanted if key not in there]
    if missing and scope.is_whole:
        yield scope.fault(node, f"config missing required keys: {', '.join(missing)}")


def exclusive_keys(scope: ValidationScope, node: Node, keys: frozenset[str]) -> Iterator[FileFault]:
    """The keys that cannot be used together."""
    if not is_hash(node) or keys.isdisjoint(node.entries):
        return
    both = [key for name, key in keys_of(node) if name in keys]
    if len(both) > 1:
        shown = ", ".join(key.text for key in both)
        yield scope.fault(both[-1], f"config these keys cannot be used together: {shown}")


def one_key_of(scope: ValidationScope, node: Node, keys: tuple[str, ...]) -> Iterator[FileFault]:
    """A keyword that must hold one of the keys, and no second."""
    found = sum(key in keys for key, _ in keys_of(node))
    if found > 1 or (found == 0 and scope.is_whole):
        yield scope.fault(node, f"config must use exactly one of these keys: {', '.join(keys)}")


def length(
    scope: ValidationScope, node: Node | None, name: str, most: int, too_long: str | None = None
) -> Iterator[FileFault]:
    """A keyword that is not longer than `most`: items of a list or mapping, else characters; null is none."""
    if node is not None and length_of(node) > most:
        words = too_long or f"is too long (maximum is {most} characters)"
        yield scope.fault(node, f"{name} {words}")


def present(scope: ValidationScope, owner: Node, node: Node | None, name: str) -> Iterator[FileFault]:
    """A keyword that must hold something."""
    if is_blank(node) and (scope.is_whole or node is not None):
        yield scope.fault(owner if node is None else node, f"{name} can't be blank")


def text(scope: ValidationScope, node: Node | None, name: str) -> Iterator[FileFault]:
    """A keyword that is a text; null is none."""
    if node is not None and not is_string(node):
        yield scope.fault(node, f"{name} should be a string")


def one_of(
    scope: ValidationScope, node: Node | None, name: str, allowed: tuple[str, ...]
) -> Iterator[FileFault]:
    """A keyword that is one of a few words; null is none."""
    if node is not None:
        yield from text(scope, node, name)
        is_known = is_string(node) and node.text in allowed
        yield from unless(is_known, scope, node, f"{name} should be one of: {', '.join(allowed)}")


def boolean(scope: ValidationScope, node: Node | None, name: str) -> Iterator[FileFault]:
    """A keyword that is true or false; null is none."""
    if node is not None:
        yield from unless(is_boolean(node), scope, node, f"{name} should be a boolean value")


def texts(scope: ValidationScope, node: Node | None, name: str) -> Iterator[FileFault]:
    """A keyword that is a list of texts; null is none."""
    if node is not None:
        yield from unless(is_list_of_texts(node), scope, node, f"{name} should be an array of strings")


def texts_or_text(scope: ValidationScope, node: Node | None, name: str) -> Iterator[FileFault]:
    """A keyword that is a text or a list of texts; null is none."""
    if node is not None:
        is_right = is_text(node) or is_list_of_texts(node)
        yield from unless(is_right, scope, node, f"{name} should be an array of strings or a string")


def hash_config(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """A keyword that is a mapping."""
    yield from unless(is_hash(node), scope, node, "config should be a hash")
