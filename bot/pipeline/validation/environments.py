"""Where a job deploys to: `environment` and `pages`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.pipeline.validation.faults import (
    ValidationScope,
    first_or_inner,
    length,
    present,
    text,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.rules import check_duration
from bot.pipeline.validation.values import (
    is_blank,
    is_boolean,
    is_hash,
    is_string,
    is_template,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_ENVIRONMENT: Final = ("name", "url", "action", "on_stop", "auto_stop_in", "kubernetes", "deployment_tier")
_NAME: Final = regex(r"[a-zA-Z0-9_${}. -](?:[a-zA-Z0-9_/${}. -]*[a-zA-Z0-9_${}. -])?")
_NAME_WORDS: Final = (
    "name can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, "
    "but it cannot start or end with '/'"
)
_ACTIONS: Final = ("start", "stop", "prepare", "verify", "access")
_MOST_URL_CHARS: Final = 255
_TIERS: Final = ("production", "staging", "testing", "development", "other")
_KUBERNETES: Final = ("namespace", "agent", "flux_resource_path", "managed_resources", "dashboard")
"""`managed_resources` and `dashboard` since GitLab 18.5 (gitlabhq `entry/kubernetes.rb`, read 2026-11)"""
_PAGES: Final = ("path_prefix", "expire_in", "publish")


def check_environment(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`environment` of a job."""
    yield from first_or_inner(_environment(scope, node), partial(_kubernetes_of, scope, node))


def _environment(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from unless(is_hash(node) or is_string(node), scope, node, "config should be a hash or a string")
    name = node if is_string(node) else value_at(node, "name")
    yield from present(scope, node, name, "name")
    if name is not None and not is_template(name):
        is_right = is_string(name) and _NAME.fullmatch(name.text) is not None
        yield from unless(is_right, scope, name, _NAME_WORDS)
    if is_hash(node):
        yield from _keywords(scope, node)


def _keywords(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from unknown_keys(scope, node, _ENVIRONMENT)
    url = value_at(node, "url")
    yield from text(scope, url, "url")
    yield from length(scope, url, "url", _MOST_URL_CHARS)
    action = value_at(node, "action")
    # GitLab takes `false` for no action.
    if action is not None and not (is_boolean(action) and action.value is False):
        yield from _word(
            scope, action, "action", _ACTIONS, "should be start, stop, prepare, verify, or access"
        )
    tier = value_at(node, "deployment_tier")
    if tier is not None:
        yield from _word(scope, tier, "deployment tier", _TIERS, f"must be one of {', '.join(_TIERS)}")
    yield from text(scope, value_at(node, "on_stop"), "on stop")
    kubernetes = value_at(node, "kubernetes")
    if kubernetes is not None:
        yield from unless(is_hash(kubernetes), scope, kubernetes, "kubernetes should be a hash")
    yield from text(scope, value_at(node, "auto_stop_in"), "auto stop in")


def _word(
    scope: ValidationScope, node: Node, name: str, allowed: tuple[str, ...], words: str
) -> Iterator[FileFault]:
    yield from text(scope, node, name)
    is_known = is_string(node) and (node.text in allowed or is_template(node))
    yield from unless(is_known, scope, node, f"{name} {words}")


def _kubernetes_of(scope: ValidationScope, environment: Node) -> Iterator[FileFault]:
    node = value_at(environment, "kubernetes")
    if node is None:
        return
    inner = scope.within("kubernetes")
    yield from present(inner, node, node, "config")
    yield from unknown_keys(inner, node, _KUBERNETES)
    has_flux = not is_blank(value_at(node, "flux_resource_path"))
    for key in ("namespace", "agent"):
        yield from text(inner, value_at(node, key), key)
        if has_flux:
            yield from present(inner, node, value_at(node, key), key)
    yield from text(inner, value_at(node, "flux_resource_path"), "flux resource path")


def check_pages(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`pages` of a job."""
    is_right = is_hash(node) or is_boolean(node)
    yield from unless(is_right, scope, node, "config should be a hash or a boolean value")
    yield from unknown_keys(scope, node, _PAGES)
    yield from text(scope, value_at(node, "path_prefix"), "path prefix")
    expiry = value_at(node, "expire_in")
    if expiry is not None and not (
        is_string(expiry) and ("$" in expiry.text or expiry.text.lower() == "never")
    ):
        yield from check_duration(scope, expiry, node, "expire in")
    yield from text(scope, value_at(node, "publish"), "publish")
