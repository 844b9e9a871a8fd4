"""`id_tokens` and `secrets` of a job.

`secrets` after the entries of GitLab's paid edition (`ee/lib/gitlab/ci/config/entry/secret.rb` and its providers,
read 2026-11). What a provider's mapping lacks (no `field`, no `engine`) is left to the rule about secrets, which says
how to write it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import is_null
from bot.pipeline.validation.faults import (
    ValidationScope,
    boolean,
    first_or_inner,
    hash_config,
    missing_keys,
    one_key_of,
    present,
    text,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.values import (
    is_hash,
    is_integer,
    is_list_of_texts,
    is_string,
    is_text,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

    Check = Callable[[ValidationScope, Node], Iterator[FileFault]]

_PROVIDERS: Final = (
    "vault", "azure_key_vault", "gcp_secret_manager", "akeyless", "gitlab_secrets_manager", "aws_secrets_manager",
)  # fmt: skip
_SECRET: Final = frozenset({*_PROVIDERS, "file", "token"})
_ENGINE: Final = ("name", "path")
_AWS: Final = (
    "secret_id", "region", "version_id", "version_stage", "role_arn", "role_session_name", "field",
)  # fmt: skip


def check_id_tokens(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`id_tokens` of a job."""
    yield from hash_config(scope, node)
    for entry in node if is_hash(node) else ():
        inner = scope.within(entry.key.text)
        yield from missing_keys(inner, entry.value, ("aud",))
        yield from unknown_keys(inner, entry.value, ("aud",))
        audience = entry.value.get("aud") if is_hash(entry.value) else None
        if audience is not None:
            is_right = is_text(audience) or is_list_of_texts(audience)
            words = "aud should be an array of strings or a string"
            yield from unless(is_right, inner, audience, words)


def check_secrets(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`secrets` of a job."""
    yield from hash_config(scope, node)
    for entry in node if is_hash(node) else ():
        inner = scope.within(entry.key.text)
        yield from first_or_inner(_secret(inner, entry.value), partial(_parts, inner, entry.value))


def _secret(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if not is_null(node):
        yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, _SECRET)
    yield from one_key_of(scope, node, _PROVIDERS)
    yield from text(scope, value_at(node, "token"), "token")


def _parts(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    for provider, check in _CHECKS.items():
        value = value_at(node, provider)
        if value is not None:
            yield from check(scope.within(provider), value)
    yield from boolean(scope.within("file"), value_at(node, "file"), "config")


def _vault(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if not is_hash(node):
        yield from _short(scope, node)
        return
    yield from unknown_keys(scope, node, ("engine", "path", "field"))
    yield from _texts_at(scope, node, ("path", "field"))
    engine = value_at(node, "engine")
    if engine is not None:
        yield from unless(is_hash(engine), scope, engine, "engine should be a hash")
        inner = scope.within("engine")
        yield from unknown_keys(inner, engine, _ENGINE)
        yield from _texts_at(inner, engine, _ENGINE)


def _aws(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if not is_hash(node):
        yield from _short(scope, node)
        if is_string(node):
            is_right = node.text.count("#") <= 1
            yield from unless(is_right, scope, node, "config must contain at most one '#'")
        return
    yield from unknown_keys(scope, node, _AWS)
    yield from _texts_at(scope, node, _AWS)


def _named(scope: ValidationScope, node: Node, keys: tuple[str, ...]) -> Iterator[FileFault]:
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, keys)
    yield from _texts_at(scope, node, ("name",))


def _azure(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from _named(scope, node, ("name", "version"))
    yield from text(scope, value_at(node, "version"), "version")


def _gcp(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from _named(scope, node, ("name", "version"))
    version = value_at(node, "version")
    if version is not None:
        is_right = is_text(version) or is_integer(version)
        yield from unless(is_right, scope, version, "version must be an alphanumeric string")


def _gitlab(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from _named(scope, node, ("name", "source"))
    yield from text(scope, value_at(node, "source"), "source")


def _short(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if is_string(node):
        yield from present(scope, node, node, "config")
    else:
        yield scope.fault(node, "should be a hash or a string")


def _texts_at(scope: ValidationScope, owner: Node, keys: tuple[str, ...]) -> Iterator[FileFault]:
    for key in keys:
        yield from text(scope, value_at(owner, key), key.replace("_", " "))


_CHECKS: Final[dict[str, Check]] = {
    "vault": _vault,
    "aws_secrets_manager": _aws,
    "azure_key_vault": _azure,
    "gcp_secret_manager": _gcp,
    "gitlab_secrets_manager": _gitlab,
}
"""in the order in which GitLab looks; of `akeyless` the runner knows nothing any more"""
