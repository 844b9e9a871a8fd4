"""`release` of a job."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.pipeline.validation.faults import (
    ValidationScope,
    first_or_inner,
    hash_config,
    present,
    text,
    texts_or_text,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.values import is_array, is_blank, is_hash, is_string, is_template, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_RELEASE: Final = (
    "tag_name", "tag_message", "name", "description", "ref", "released_at", "milestones", "assets",
)  # fmt: skip
_DATE: Final = regex(r"\s*[-+]?\d\d\S*\d")
"""how every date of ISO 8601 begins"""
_NO_REF: Final = regex(
    r"\.\.|[\x00-\x20\x7f~^:?*\[\\]|@\{|//|/\.|\.lock(/|\Z)|[./]\Z|\A[-/.]|\A@?\Z|\Arefs/(heads|remotes)/|\AHEAD\Z"
)
"""What no name of a branch or tag holds (git-scm.com/docs/git-check-ref-format; gitlabhq `git_ref_validator.rb`;
2026-11)."""


def check_release(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`release` of a job."""
    yield from first_or_inner(_release(scope, node), partial(_assets_of, scope, node))


def _release(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, _RELEASE)
    yield from _needed_text(scope, node, "tag_name")
    if not is_blank(value_at(node, "tag_message")):
        yield from text(scope, value_at(node, "tag_message"), "tag message")
    yield from _needed_text(scope, node, "description")
    milestones = value_at(node, "milestones")
    if not is_blank(milestones):
        yield from texts_or_text(scope, milestones, "milestones")
    yield from _released_at(scope, value_at(node, "released_at"))
    ref = value_at(node, "ref")
    if is_string(ref) and not is_template(ref):
        yield from unless(_NO_REF.search(ref.text) is None, scope, ref, "ref must be a valid ref")


def _needed_text(scope: ValidationScope, owner: Node, key: str) -> Iterator[FileFault]:
    value, name = value_at(owner, key), key.replace("_", " ")
    if value is None and scope.is_whole:
        yield scope.fault(owner, f"{name} should be a string")
    yield from text(scope, value, name)
    yield from present(scope, owner, value, name)


def _released_at(scope: ValidationScope, node: Node | None) -> Iterator[FileFault]:
    """A date that cannot be one; Ruby reads many more forms than are worth distinguishing."""
    if is_string(node) and not is_template(node):
        is_right = _DATE.match(node.text) is not None
        yield from unless(is_right, scope, node, "released at must be a valid datetime")


def _assets_of(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    assets = value_at(node, "assets")
    if assets is not None:
        inner = scope.within("assets")
        yield from hash_config(inner, assets)
        yield from unknown_keys(inner, assets, ("links",))
        links = value_at(assets, "links")
        are_hashes = is_array(links) and all(map(is_hash, links.items))
        if not are_hashes and (links is not None or inner.is_whole):
            at = assets if links is None else links
            yield inner.fault(at, "links should be an array of hashes")
        yield from present(inner, assets, links, "links")
