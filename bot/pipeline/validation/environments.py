"""`environment`, `release`, `pages` and the rest of what a job says of its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.pipeline.validation.faults import (
    ValidationScope,
    hash_config,
    present,
    text,
    texts_or_text,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.rules import check_duration
from bot.pipeline.validation.values import (
    is_array,
    is_blank,
    is_boolean,
    is_hash,
    is_integer,
    is_string,
    is_template,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_ENVIRONMENT: Final = ("name", "url", "action", "on_stop", "auto_stop_in", "kubernetes", "deployment_tier")
_NAME: Final = regex(r"[a-zA-Z0-9_${}. -](?:[a-zA-Z0-9_/\\${}. -]*[a-zA-Z0-9_${}. -])?")
_NAME_WORDS: Final = (
    "name can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, "
    "but it cannot start or end with '/'"
)
_ACTIONS: Final = ("start", "stop", "prepare", "verify", "access")
_MOST_URL_CHARS: Final = 255
_RELEASE: Final = (
    "tag_name", "tag_message", "name", "description", "ref", "released_at", "milestones", "assets",
)  # fmt: skip
_PAGES: Final = ("path_prefix", "expire_in", "publish")


def check_environment(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`environment` of a job."""
    yield from unless(is_hash(node) or is_string(node), scope, node, "config should be a hash or a string")
    name = node if is_string(node) else value_at(node, "name")
    yield from present(scope, node, name, "name")
    if name is not None and not is_template(name):
        is_right = is_string(name) and _NAME.fullmatch(name.text) is not None
        yield from unless(is_right, scope, name, _NAME_WORDS)
    if is_hash(node):
        yield from unknown_keys(scope, node, _ENVIRONMENT)
        url = value_at(node, "url")
        yield from text(scope, url, "url")
        if is_string(url):
            words = f"url is too long (maximum is {_MOST_URL_CHARS} characters)"
            yield from unless(len(url.text) <= _MOST_URL_CHARS, scope, url, words)
        action = value_at(node, "action")
        if action is not None:
            yield from text(scope, action, "action")
            is_known = is_string(action) and (action.text in _ACTIONS or is_template(action))
            yield from unless(
                is_known, scope, action, "action should be start, stop, prepare, verify, or access"
            )
        for key in ("deployment_tier", "on_stop"):
            yield from text(scope, value_at(node, key), key.replace("_", " "))
        kubernetes = value_at(node, "kubernetes")
        if kubernetes is not None:
            yield from unless(is_hash(kubernetes), scope, kubernetes, "kubernetes should be a hash")
        yield from text(scope, value_at(node, "auto_stop_in"), "auto stop in")


def check_release(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`release` of a job."""
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, _RELEASE)
    for key in ("tag_name", "description"):
        value = value_at(node, key)
        if value is None and scope.is_whole:
            yield scope.fault(node, f"{key.replace('_', ' ')} should be a string")
        yield from text(scope, value, key.replace("_", " "))
        yield from present(scope, node, value, key.replace("_", " "))
        if key == "tag_name" and not is_blank(value_at(node, "tag_message")):
            yield from text(scope, value_at(node, "tag_message"), "tag message")
    milestones = value_at(node, "milestones")
    if not is_blank(milestones):
        yield from texts_or_text(scope, milestones, "milestones")


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


def check_allow_failure(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`allow_failure` of a job."""
    is_right = is_hash(node) or is_boolean(node)
    yield from unless(is_right, scope, node, "config should be a hash or a boolean value")
    yield from unknown_keys(scope, node, ("exit_codes",))
    yield from _codes(scope, value_at(node, "exit_codes"))


def check_retry(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`retry`; GitLab names no job here."""
    own = ValidationScope("retry", is_whole=scope.is_whole)
    if is_integer(node):
        yield from _attempts(own, node, "config")
    elif is_hash(node):
        yield from unknown_keys(own, node, ("max", "when", "exit_codes"))
        most = value_at(node, "max")
        if most is not None:
            if is_integer(most):
                yield from _attempts(own, most, "max")
            elif not (is_string(most) and most.text.isdigit()):
                yield own.fault(most, "max is not a number")
        yield from texts_or_text(own, value_at(node, "when"), "when")
        yield from _codes(own, value_at(node, "exit_codes"))
    else:
        yield own.fault(node, "config has to be either an integer or a hash")


def _attempts(scope: ValidationScope, node: Node, name: str) -> Iterator[FileFault]:
    value = getattr(node, "value", 0)
    yield from unless(value >= 0, scope, node, f"{name} must be greater than or equal to 0")
    yield from unless(value <= 2, scope, node, f"{name} must be less than or equal to 2")  # noqa: PLR2004 - GitLab's limit


def _codes(scope: ValidationScope, node: Node | None) -> Iterator[FileFault]:
    if node is not None:
        is_right = is_integer(node) or (is_array(node) and all(map(is_integer, node.items)))
        yield from unless(is_right, scope, node, "exit codes should be an array of integers or an integer")
