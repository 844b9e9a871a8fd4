"""`rules` of a job, of the pipeline and of an include, and what a rule may hold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import is_null
from bot.pipeline.conditions import is_valid
from bot.pipeline.validation.durations import WEEK, is_duration, seconds_of
from bot.pipeline.validation.faults import (
    ValidationScope,
    boolean,
    first_or_inner,
    hash_config,
    missing_keys,
    present,
    text,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.needs import check_needs
from bot.pipeline.validation.values import (
    flat,
    is_array,
    is_blank,
    is_hash,
    is_list_of_texts,
    is_string,
    is_template,
    shown,
    value_at,
)
from bot.pipeline.validation.variables import check_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

JOB_WHENS: Final = ("on_success", "on_failure", "always", "never", "manual", "delayed")
JOB_RULE_KEYS: Final = frozenset(
    "if changes exists when start_in allow_failure variables needs interruptible".split()  # noqa: SIM905 - a list
)
WORKFLOW_WHENS: Final = ("always", "never")
WORKFLOW_RULE_KEYS: Final = (JOB_RULE_KEYS - {"interruptible"}) | {"auto_cancel"}
_INCLUDE_KEYS: Final = frozenset({"if", "exists", "when", "changes"})
_MOST_PATHS: Final = 50
_TOO_MANY: Final = f"has too many entries (maximum {_MOST_PATHS})"
_ON_NEW_COMMIT: Final = ("conservative", "interruptible", "none")
_ON_JOB_FAILURE: Final = ("none", "all")


def check_rules(
    scope: ValidationScope, node: Node, whens: tuple[str, ...], keys: frozenset[str]
) -> Iterator[FileFault]:
    """`rules` of a job or a pipeline, of which each may contain `keys`, and one of `whens`."""
    yield from first_or_inner(_list_of_rules(scope, node), partial(_rules, scope, node, whens, keys))


def _list_of_rules(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from present(scope, node, node, "config")
    yield from unless(is_array(node), scope, node, "config should be a array")


def _rules(
    scope: ValidationScope, node: Node, whens: tuple[str, ...], keys: frozenset[str]
) -> Iterator[FileFault]:
    for rule in flat(node):
        if not is_null(rule):
            inner = scope.within("rule")
            own = _rule(inner, rule, whens, keys)
            yield from first_or_inner(own, partial(_parts_of_rule, inner, rule))


def _rule(
    scope: ValidationScope, rule: Node, whens: tuple[str, ...], keys: frozenset[str]
) -> Iterator[FileFault]:
    yield from hash_config(scope, rule)
    yield from present(scope, rule, rule, "config")
    yield from unless(is_hash(rule), scope, rule, "config should be a hash")
    is_delayed = value_at(rule, "when")
    if is_string(is_delayed) and is_delayed.text == "delayed":
        yield from check_start_in(scope, rule)
    elif is_hash(rule) and "start_in" in rule:
        yield scope.fault(rule.entries["start_in"].key, "config contains disallowed keys: start_in")
    yield from _condition(scope, rule)
    for key in ("allow_failure", "interruptible"):
        yield from boolean(scope, value_at(rule, key), key.replace("_", " "))
    yield from _when(scope, rule, whens)
    yield from unknown_keys(scope, rule, keys)


def check_start_in(scope: ValidationScope, owner: Node) -> Iterator[FileFault]:
    """`start_in` of what is delayed."""
    node = value_at(owner, "start_in")
    yield from present(scope, owner, node, "start in")
    yield from check_duration(scope, node, owner, "start in", WEEK)


def check_duration(
    scope: ValidationScope, node: Node | None, owner: Node, name: str, most_seconds: int | None = None
) -> Iterator[FileFault]:
    """A duration, which may have a limit."""
    if not is_duration(node) and (node is not None or scope.is_whole):
        yield scope.fault(owner if node is None else node, f"{name} should be a duration")
    elif most_seconds is not None and is_string(node):
        is_short = (seconds_of(node.text) or 0) < most_seconds
        yield from unless(is_short, scope, node, f"{name} should not exceed the limit")


def _condition(scope: ValidationScope, rule: Node) -> Iterator[FileFault]:
    node = value_at(rule, "if")
    if node is not None and not is_template(node):
        is_expression = is_string(node) and is_valid(node.text)
        yield from unless(is_expression, scope, node, "if invalid expression syntax")


def _when(scope: ValidationScope, rule: Node, allowed: tuple[str, ...]) -> Iterator[FileFault]:
    node = value_at(rule, "when")
    if node is not None:
        yield from unless(shown(node) in allowed, scope, node, f"when unknown value: {shown(node)}")


def _parts_of_rule(scope: ValidationScope, rule: Node) -> Iterator[FileFault]:
    for key, check in (("changes", _changes), ("exists", _exists)):
        node = value_at(rule, key)
        if node is not None:
            yield from check(scope.within(key), node)
    variables = value_at(rule, "variables")
    if variables is not None:
        yield from check_variables(scope.within("variables"), variables)
    needs = value_at(rule, "needs")
    if needs is not None:
        yield from check_needs(scope.within("needs"), needs)
    auto_cancel = value_at(rule, "auto_cancel")
    if auto_cancel is not None:
        yield from check_auto_cancel(scope.within("auto_cancel"), auto_cancel)


def _changes(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if is_array(node):
        yield from _paths(scope, node, "config")
    elif is_hash(node):
        yield from unknown_keys(scope, node, ("paths", "compare_to"))
        yield from missing_keys(scope, node, ("paths",))
        paths = node.get("paths")
        if paths is not None:
            yield from _paths(scope, paths, "paths")
        yield from text(scope, value_at(node, "compare_to"), "compare to")
    else:
        yield scope.fault(node, "should be an array or a hash")


def _paths(scope: ValidationScope, node: Node, name: str) -> Iterator[FileFault]:
    yield from unless(is_list_of_texts(node), scope, node, f"{name} should be an array of strings")
    if is_array(node):
        yield from unless(len(node) <= _MOST_PATHS, scope, node, f"{name} {_TOO_MANY}")


def _exists(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if is_array(node):
        yield from _paths(scope, node, "config")
    elif is_hash(node) and not is_blank(node):
        yield from unknown_keys(scope, node, ("paths", "project", "ref"))
        yield from missing_keys(scope, node, ("paths",))
        if value_at(node, "ref") is not None:
            yield from missing_keys(scope, node, ("project",))
        paths = value_at(node, "paths")
        if paths is not None:
            yield from _paths(scope, paths, "paths")
        for key in ("project", "ref"):
            yield from text(scope, value_at(node, key), key)
    elif not is_string(node) and not is_blank(node):
        yield scope.fault(node, "should be a string, an array of strings, or a hash")


def check_auto_cancel(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`auto_cancel` of a pipeline or of one of its rules."""
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, ("on_new_commit", "on_job_failure"))
    for key, allowed in (("on_new_commit", _ON_NEW_COMMIT), ("on_job_failure", _ON_JOB_FAILURE)):
        value = value_at(node, key)
        if value is not None:
            is_known = is_string(value) and value.text in allowed
            words = f"{key.replace('_', ' ')} must be one of: {', '.join(allowed)}"
            yield from text(scope, value, key.replace("_", " "))
            yield from unless(is_known, scope, value, words)


def check_include_rules(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`rules` of an include, which may hold less."""
    yield from first_or_inner(_list_of_rules(scope, node), partial(_include_rules, scope, node))


def _include_rules(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    # Where GitLab checks them alone, before it reads the file, it names no more than the rule.
    inner = scope.within("rule") if ":" in scope.where else ValidationScope("rule")
    for rule in flat(node):
        if not is_null(rule):
            yield from first_or_inner(
                _include_rule(inner, rule), partial(_parts_of_include_rule, inner, rule)
            )


def _include_rule(scope: ValidationScope, rule: Node) -> Iterator[FileFault]:
    yield from hash_config(scope, rule)
    yield from present(scope, rule, rule, "config")
    yield from unless(is_hash(rule), scope, rule, "config should be a hash")
    yield from unknown_keys(scope, rule, _INCLUDE_KEYS)
    yield from _condition(scope, rule)
    yield from _when(scope, rule, WORKFLOW_WHENS)


def _parts_of_include_rule(scope: ValidationScope, rule: Node) -> Iterator[FileFault]:
    changes = value_at(rule, "changes")
    if changes is not None:
        yield from _changes(scope.within("changes"), changes)
    exists = value_at(rule, "exists")
    if exists is not None:
        yield from _exists(scope.within("exists"), exists)
