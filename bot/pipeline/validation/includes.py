"""`include`, as far as GitLab checks how it is written."""

from __future__ import annotations

from base64 import b64decode
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import is_null
from bot.pipeline.validation.faults import ValidationScope, first_or_inner, unknown_keys, unless
from bot.pipeline.validation.rules import check_include_rules
from bot.pipeline.validation.values import flat, is_array, is_blank, is_hash, is_string, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_KEYS: Final = frozenset(
    "local file remote template component artifact inputs job project ref rules integrity cache".split()  # noqa: SIM905 - a list
)
"""`cache` since GitLab 18.9 (docs.gitlab.com/ci/yaml/#includecache, 2026-11)"""

_KEYS_IN_HEADER: Final = frozenset(("local", "file", "remote", "project", "ref", "integrity", "cache"))
_DIGEST: Final = "sha256-"


def first_fault_of_include_rules(node: Node) -> FileFault | None:
    """The first fault of an include's `rules`, which GitLab checks before it reads the file."""
    return next(check_include_rules(ValidationScope("rules"), node), None)


def check_includes(scope: ValidationScope, node: Node, most: int | None = None) -> Iterator[FileFault]:
    """`include` of a pipeline, or of a trigger, which may have a few only."""
    yield from first_or_inner(_includes(scope, node, most), partial(_each, scope.within("include"), node))


def check_shared_inputs(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`include` of a header: files that declare inputs (GitLab 18.6)."""
    yield from first_or_inner(
        _includes(scope, node, None), partial(_each_of_header, scope.within("include"), node)
    )


def _each_of_header(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    for item in flat(node):
        if not is_null(item):
            yield from _include(scope, item, _KEYS_IN_HEADER)


def _includes(scope: ValidationScope, node: Node, most: int | None) -> Iterator[FileFault]:
    yield from unless(is_array(node) or is_string(node), scope, node, "config should be an array or a string")
    if most is not None and is_array(node):
        yield from unless(len(node) <= most, scope, node, f"config is too long (maximum is {most})")


def _each(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    for item in flat(node):
        if not is_null(item):
            yield from first_or_inner(_include(scope, item), partial(_rules_of, scope, item))


def _include(scope: ValidationScope, item: Node, keys: frozenset[str] = _KEYS) -> Iterator[FileFault]:
    yield from unless(is_hash(item) or is_string(item), scope, item, "config should be a hash or a string")
    yield from unknown_keys(scope, item, keys)
    if value_at(item, "artifact") is not None and is_blank(value_at(item, "job")):
        yield scope.fault(item, "config must specify the job where to fetch the artifact from")
    if value_at(item, "project") is not None and is_blank(value_at(item, "file")):
        yield scope.fault(item, "config must specify the file where to fetch the config from")
    integrity = value_at(item, "integrity")
    if integrity is not None:
        yield from _integrity(scope, item, integrity)
    rules = value_at(item, "rules")
    if rules is not None:
        is_right = is_array(rules) and all(map(is_hash, rules.items))
        yield from unless(is_right, scope, rules, "rules should be an array of hashes")


def _integrity(scope: ValidationScope, item: Node, node: Node) -> Iterator[FileFault]:
    if is_blank(value_at(item, "remote")):
        yield scope.fault(node, "config integrity can only be specified for remote includes")
    if not is_string(node) or not node.text.startswith(_DIGEST):
        yield scope.fault(node, f"config integrity hash must start with '{_DIGEST}'")
        return
    try:
        b64decode(node.text.removeprefix(_DIGEST), validate=True)
    except ValueError:
        yield scope.fault(node, "config integrity hash must be base64 encoded")


def _rules_of(scope: ValidationScope, item: Node) -> Iterator[FileFault]:
    rules = value_at(item, "rules")
    if rules is not None:
        yield from check_include_rules(scope.within("rules"), rules)
