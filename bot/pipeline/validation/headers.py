"""The header of a file, `spec:`, and the inputs that it declares."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import is_null, plain
from bot.pipeline.conditions import is_valid
from bot.pipeline.specs import NotAccepted, accepted, inputs_of
from bot.pipeline.validation.faults import (
    ValidationScope,
    exclusive_keys,
    first_or_inner,
    hash_config,
    text,
    texts,
    unknown_keys,
    unknown_values,
    unless,
)
from bot.pipeline.validation.includes import check_shared_inputs
from bot.pipeline.validation.values import (
    flat,
    is_array,
    is_blank,
    is_hash,
    is_integer,
    is_string,
    is_text,
    shown,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Entry, Mapping, Node
    from bot.pipeline.validation.faults import FileFault

_SPEC: Final = ("inputs", "include", "component", "description")
"""`include`, `component` since GitLab 18.6, `description` since 19.1 (gitlabhq `header/spec.rb`, read 2026-11)"""
_INPUT: Final = ("default", "description", "options", "regex", "type", "rules")
"""`rules` since GitLab 18.7 (docs.gitlab.com/ci/yaml/#specinputsrules, 2026-11)"""
_JOB_INPUT: Final = _INPUT[:-1]
_TYPES: Final = ("array", "boolean", "number", "string")
_MOST_OPTIONS: Final = 50
_MOST_INPUTS: Final = 50
_LONGEST_DESCRIPTION: Final = 256
_OF_COMPONENT: Final = ("name", "sha", "version", "reference")
_INPUT_RULE: Final = ("if", "options", "default")


def first_fault_of_header(header: Mapping) -> FileFault | None:
    """The first fault of a header."""
    return next(_header(ValidationScope("header"), header), None)


def _header(scope: ValidationScope, header: Mapping) -> Iterator[FileFault]:
    yield from first_or_inner(unknown_keys(scope, header, ("spec",)), partial(_spec, scope, header))


def _spec(scope: ValidationScope, header: Mapping) -> Iterator[FileFault]:
    spec = value_at(header, "spec")
    if spec is not None:
        inner = scope.within("spec")
        yield from hash_config(inner, spec)
        yield from unknown_keys(inner, spec, _SPEC)
        description = value_at(spec, "description")
        if description is not None:
            yield from text(inner, description, "config description")
            if is_string(description):
                words = f"config description is too long (maximum is {_LONGEST_DESCRIPTION} characters)"
                yield from unless(len(description.text) <= _LONGEST_DESCRIPTION, inner, description, words)
        component, include = value_at(spec, "component"), value_at(spec, "include")
        if component is not None:
            yield from _component(inner.within("component"), component)
        if include is not None:
            yield from check_shared_inputs(inner.within("include"), include)
        inputs = value_at(spec, "inputs")
        if inputs is not None:
            own = inner.within("inputs")
            yield from first_or_inner(hash_config(own, inputs), partial(_inputs, own, inputs, _INPUT))


def _component(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from texts(scope, node, "config")
    if is_array(node):
        yield from unknown_values(scope, node, _OF_COMPONENT)


def check_job_inputs(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`inputs` of a job, each of which needs a default that it accepts."""
    own = hash_config(scope, node)
    yield from first_or_inner(own, partial(_inputs, scope, node, _JOB_INPUT))
    for entry in node if is_hash(node) else ():
        if value_at(entry.value, "default") is None:
            yield scope.within(entry.key.text).fault(entry.key, "must have a default value")
    if is_hash(node):
        yield from unless(
            len(node) <= _MOST_INPUTS, scope, node, f"has too many entries (maximum {_MOST_INPUTS})"
        )
        yield from _defaults(scope, node)


def _defaults(scope: ValidationScope, node: Mapping) -> Iterator[FileFault]:
    for declared in inputs_of(node).values():
        if declared.default is not None and not is_null(declared.default):
            try:
                accepted(declared, declared.default, "default", declared.options)
            except NotAccepted as fault:
                yield scope.fault(declared.default, str(fault).replace(" input:", ":", 1))


def _inputs(scope: ValidationScope, node: Node, keys: tuple[str, ...]) -> Iterator[FileFault]:
    for entry in node if is_hash(node) else ():
        if not is_null(entry.value):
            yield from _input(scope.within(entry.key.text), entry, keys)


def _input(scope: ValidationScope, entry: Entry, keys: tuple[str, ...]) -> Iterator[FileFault]:
    node = entry.value
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, keys)
    yield from exclusive_keys(scope, node, frozenset({"rules", "options"}))
    yield from exclusive_keys(scope, node, frozenset({"rules", "default"}))
    description = value_at(node, "description")
    if description is not None:
        is_right = is_text(description) or is_integer(description)
        yield from unless(is_right, scope, description, "input description must be an alphanumeric string")
    yield from text(scope, value_at(node, "regex"), "input regex")
    kind = value_at(node, "type")
    if kind is not None:
        yield from unless(shown(kind) in _TYPES, scope, kind, f"input type unknown value: {shown(kind)}")
    options = value_at(node, "options")
    if options is not None:
        yield from unless(is_array(options), scope, options, "input options should be a array")
        if is_array(options):
            words = f"config cannot define more than {_MOST_OPTIONS} options"
            yield from unless(len(options) <= _MOST_OPTIONS, scope, options, words)
            null = next(filter(is_null, options), options)
            words = "config options array cannot contain null values"
            yield from unless(null is options, scope, null, words)
    rules = value_at(node, "rules")
    if rules is not None:
        own = scope.within("rules")
        yield from unless(is_array(rules), own, rules, "config should be a array")
        for rule in flat(rules) if is_array(rules) else ():
            yield from _rule(own.within("rule"), rule)


def _rule(scope: ValidationScope, rule: Node) -> Iterator[FileFault]:
    """A rule of an input (gitlabhq `header/input/rules/rule.rb`, GitLab 19.2, read 2026-11)."""
    yield from unless(not is_blank(rule), scope, rule, "config can't be blank")
    yield from hash_config(scope, rule)
    yield from unknown_keys(scope, rule, _INPUT_RULE)
    condition, options = value_at(rule, "if"), value_at(rule, "options")
    if condition is not None:
        is_expression = is_string(condition) and is_valid(condition.text)
        yield from unless(is_expression, scope, condition, "if invalid expression syntax")
    if options is not None:
        yield from unless(is_array(options), scope, options, "options should be a array")
    if is_hash(rule) and not ("default" in rule and not is_array(options)):
        yield from _choices(scope, rule, options)


def _choices(scope: ValidationScope, rule: Mapping, options: Node | None) -> Iterator[FileFault]:
    """The options of a rule, which need a default that is one of them."""
    if "default" not in rule or not is_array(options):
        yield scope.fault(rule, "rule must define 'options' with at least one value and a 'default'")
        return
    default = rule.get("default")
    is_known = not len(options) or plain(default) in [plain(option) for option in options]
    words = f"default '{shown(default) if default is not None else ''}' must be one of the options"
    yield from unless(is_known, scope, rule, words)
    words = f"config cannot define more than {_MOST_OPTIONS} options"
    yield from unless(len(options) <= _MOST_OPTIONS, scope, options, words)
