"""The pipeline as a whole: its own keywords first, then its jobs, then how they belong together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.pipeline.validation.faults import (
    FileFault,
    ValidationScope,
    first_or_inner,
    hash_config,
    length,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.files import check_caches
from bot.pipeline.validation.graph import check_graph
from bot.pipeline.validation.images import check_image, check_services
from bot.pipeline.validation.includes import check_includes
from bot.pipeline.validation.jobs import (
    check_default,
    check_job,
    default_keys,
    is_bridge,
    is_script_job,
)
from bot.pipeline.validation.rules import (
    WORKFLOW_RULE_KEYS,
    WORKFLOW_WHENS,
    check_auto_cancel,
    check_rules,
)
from bot.pipeline.validation.scripts import MOST_LEVELS, check_lines
from bot.pipeline.validation.values import (
    humanized,
    is_blank,
    is_hash,
    is_nested,
    is_text,
    value_at,
)
from bot.pipeline.validation.variables import check_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.nodes import Entry, Mapping, Node

_RESERVED: Final = frozenset(
    "include before_script image services after_script variables stages cache".split()  # noqa: SIM905 - a list
)
"""Keywords that can never be jobs; `default` and `workflow` can (gitlabhq `entry/root.rb`, read 2026-11)."""
_MAYBE_JOBS: Final = ("default", "workflow")
_INHERITED: Final = ("before_script", "after_script", "cache", "image", "services")
_MOST_NAME_CHARS: Final = 255


def first_fault(root: Mapping, *, is_whole: bool, among: Callable[[FileFault], bool]) -> FileFault | None:
    """What GitLab says first of the merged configuration, of the faults that are `among` those that count.

    `is_whole`: everything was read, so what is not there is missing.
    """
    return next(filter(among, _faults(root, is_whole=is_whole)), None)


def has_job(root: Mapping) -> bool:
    """Whether the configuration has a visible job."""
    return any(_is_job(name, entry) for name, entry in root.entries.items())


def _faults(root: Mapping, *, is_whole: bool) -> Iterator[FileFault]:
    yield from _set_twice(root)
    is_right = True
    for fault in _entries(root, ValidationScope(is_whole=is_whole)):
        is_right = False
        yield fault
    if is_right and is_whole:
        yield from check_graph(
            root, {name: entry for name, entry in root.entries.items() if _is_job(name, entry)}
        )


def _entries(root: Mapping, scope: ValidationScope) -> Iterator[FileFault]:
    for key, check in _KEYWORDS.items():
        value = value_at(root, key)
        if value is not None and not (key in _MAYBE_JOBS and _is_visible(value)):
            yield from check(scope.within(key), value)
    inner = scope.within("jobs")
    yield from first_or_inner(_jobs(inner, root), partial(_each_job, inner, root))


def _is_visible(node: Node) -> bool:
    return is_script_job(node) or is_bridge(node)


def _is_surely(node: Node) -> bool:
    """Whether nothing that was not read can make another kind of job of it: `needs` alone may get its script there."""
    return is_script_job(node) or (is_hash(node) and "trigger" in node)


def _is_job(name: str, entry: Entry) -> bool:
    """Whether the entry is a visible job."""
    return name not in _RESERVED and not name.startswith(".") and _is_visible(entry.value)


def _set_twice(root: Mapping) -> Iterator[FileFault]:
    """Keywords that are at the top and in `default:`."""
    default = value_at(root, "default")
    is_right = (
        is_hash(default)
        and not _is_visible(default)
        and next(default_keys(ValidationScope("default"), default), None) is None
    )
    if is_right and is_hash(default):
        for key in _INHERITED:
            if value_at(root, key) is not None and value_at(default, key) is not None:
                at = root.entries[key].key
                yield FileFault(at, f"{key} is defined in top-level and `default:` entry")


def _jobs(scope: ValidationScope, root: Mapping) -> Iterator[FileFault]:
    is_any = False
    for name, entry in root.entries.items():
        if (
            name in _RESERVED
            or (name in _MAYBE_JOBS and not _is_visible(entry.value))
            or name.startswith(".")
        ):
            continue
        is_any |= _is_visible(entry.value)
        if not _is_visible(entry.value) and (scope.is_whole or not is_hash(entry.value)):
            words = f"{humanized(name)} config should implement the script:, run:, or trigger: keyword"
            yield scope.fault(entry.key, words)
    if not is_any and scope.is_whole:
        yield scope.fault(root, "config should contain at least one visible job")


def _each_job(scope: ValidationScope, root: Mapping) -> Iterator[FileFault]:
    for name, entry in root.entries.items():
        if name in _RESERVED:
            continue
        inner = scope.within(name or "job")
        if name.startswith("."):
            if is_blank(entry.value) and scope.is_whole:
                yield inner.fault(entry.key, "config can't be blank")
        elif _is_visible(entry.value) and (scope.is_whole or _is_surely(entry.value)):
            yield from check_job(inner, entry)


def _workflow(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from first_or_inner(_workflow_keys(scope, node), partial(_workflow_parts, scope, node))


def _workflow_keys(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, ("rules", "name", "auto_cancel"))
    name = value_at(node, "name")
    # No name at all is accepted since GitLab 18.5 (gitlabhq `entry/workflow.rb`, read 2026-11).
    yield from length(scope, name, "name", _MOST_NAME_CHARS)


def _workflow_parts(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    rules = value_at(node, "rules")
    if rules is not None:
        yield from check_rules(scope.within("rules"), rules, WORKFLOW_WHENS, WORKFLOW_RULE_KEYS)
    auto_cancel = value_at(node, "auto_cancel")
    if auto_cancel is not None:
        yield from check_auto_cancel(scope.within("auto_cancel"), auto_cancel)


def _stages(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    words = (
        f"config should be an array of strings or a nested array of strings up to {MOST_LEVELS} levels deep"
    )
    yield from unless(is_nested(node, MOST_LEVELS, is_text), scope, node, words)


def _variables(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from check_variables(scope, node, ("value", "description", "expand", "options"))


_KEYWORDS: Final = {
    "default": check_default,
    "before_script": check_lines,
    "after_script": check_lines,
    "cache": check_caches,
    "image": check_image,
    "services": check_services,
    "include": check_includes,
    "variables": _variables,
    "stages": _stages,
    "workflow": _workflow,
}
"""the keywords at the top, in the order in which GitLab looks"""
