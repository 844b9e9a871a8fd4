"""Jobs, those that start another pipeline, and what `default:` gives them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.pipeline.conditions import is_pattern_text
from bot.pipeline.validation.durations import LONGEST_JOB_SECONDS
from bot.pipeline.validation.environments import check_environment, check_pages
from bot.pipeline.validation.failures import check_allow_failure, check_retry
from bot.pipeline.validation.faults import (
    ValidationScope,
    boolean,
    exclusive_keys,
    first_or_inner,
    hash_config,
    length,
    one_of,
    present,
    text,
    texts,
    texts_or_text,
    unknown_keys,
    unknown_values,
    unless,
)
from bot.pipeline.validation.files import check_artifacts, check_caches
from bot.pipeline.validation.headers import check_job_inputs
from bot.pipeline.validation.images import check_image, check_services
from bot.pipeline.validation.needs import (
    BRIDGE,
    CROSS,
    JOB,
    check_needs,
    check_parallel,
    kind_of_need,
    name_of_need,
)
from bot.pipeline.validation.policies import check_policy
from bot.pipeline.validation.releases import check_release
from bot.pipeline.validation.rules import (
    JOB_RULE_KEYS,
    JOB_WHENS,
    check_duration,
    check_rules,
    check_start_in,
)
from bot.pipeline.validation.scripts import MOST_LEVELS, check_hooks, check_lines
from bot.pipeline.validation.secrets import check_id_tokens, check_secrets
from bot.pipeline.validation.triggers import check_trigger
from bot.pipeline.validation.values import (
    flat,
    is_array,
    is_blank,
    is_boolean,
    is_hash,
    is_list_of_texts,
    is_nested,
    is_number,
    is_string,
    is_text,
    keys_of,
    symbolized,
    value_at,
)
from bot.pipeline.validation.variables import check_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.documents.nodes import Entry, Node
    from bot.pipeline.validation.faults import FileFault

    Check = Callable[[ValidationScope, Node], Iterator[FileFault]]

_EVERY_JOB: Final = frozenset(
    "extends stage only except rules variables inherit allow_failure when needs resource_group environment"  # noqa: SIM905 - a list
    " interruptible".split()
)
_JOB: Final = _EVERY_JOB | frozenset(
    "tags script image services start_in artifacts cache dependencies before_script after_script hooks coverage"  # noqa: SIM905 - a list
    " retry parallel timeout release id_tokens publish pages manual_confirmation run inputs"
    " secrets identity dast_configuration".split()
)
"""`inputs` since GitLab 18.10 (docs.gitlab.com/ci/jobs/job_inputs, 2026-11); the last three are the paid editions'"""
_BRIDGE: Final = _EVERY_JOB | {"trigger", "parallel"}
_DEFAULT: Final = frozenset(
    "before_script after_script hooks cache image services interruptible timeout retry tags artifacts id_tokens"  # noqa: SIM905 - a list
    " secrets identity".split()
)
_NEVER_WITH_RULES: Final = frozenset({"only", "except", "start_in"})
_WHENS: Final = tuple(when for when in JOB_WHENS if when != "never")
_BRIDGE_WHENS: Final = _WHENS[:-1]
_MOST_NAME_CHARS: Final = 255
_MOST_TAGS: Final = 50


def is_script_job(node: Node) -> bool:
    """Whether GitLab takes an entry for a job that runs something."""
    return is_hash(node) and ("script" in node or "run" in node)


def is_bridge(node: Node) -> bool:
    """Whether GitLab takes an entry for a job that starts another pipeline."""
    return is_hash(node) and not is_script_job(node) and ("trigger" in node or "needs" in node)


def check_job(scope: ValidationScope, entry: Entry) -> Iterator[FileFault]:
    """One visible job or trigger job."""
    node = entry.value
    if is_script_job(node):
        own = () if _is_plain(entry) else _job(scope, entry)
        yield from first_or_inner(own, partial(_parts, scope, node, _JOB_PARTS))
    else:
        yield from first_or_inner(_bridge(scope, entry), partial(_parts, scope, node, _BRIDGE_PARTS))


def check_default(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`default:`."""
    yield from first_or_inner(default_keys(scope, node), partial(_parts, scope, node, _DEFAULT_PARTS))


def default_keys(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """What `default:` itself is, and the keys that it has."""
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, _DEFAULT)


def _is_plain(entry: Entry) -> bool:
    """Whether a job has no key that can be wrong beside others, so that only their values are left to check."""
    node, name = entry.value, entry.key
    return (
        is_hash(node)
        and node.entries.keys() <= _PLAIN
        and not is_blank(node.get("script"))
        and symbolized(name)
        and 0 < len(name.text.strip()) <= len(name.text) <= _MOST_NAME_CHARS
    )


def _every_job(scope: ValidationScope, entry: Entry) -> Iterator[FileFault]:
    name = entry.key
    if not name.text.strip() or name.value is None:
        yield scope.fault(name, "name can't be blank")
    yield from unless(symbolized(name), scope, name, "name should be a symbol")
    yield from length(scope, name, "name", _MOST_NAME_CHARS)
    yield from _own(scope, entry.value, _OF_EVERY_JOB)


def _own(scope: ValidationScope, node: Node, checks: tuple[tuple[str, Check], ...]) -> Iterator[FileFault]:
    """What the keys that are there make of the whole job."""
    there = node.entries if is_hash(node) else {}
    for key, check in checks:
        if key in there:
            yield from check(scope, node)


def _beside_trigger(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    for other in ("script", "run"):
        yield from exclusive_keys(scope, node, frozenset({other, "trigger"}))


def _beside_rules(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if value_at(node, "rules") is not None:
        odd = [
            key
            for name, key in keys_of(node)
            if name in _NEVER_WITH_RULES and value_at(node, name) is not None
        ]
        if odd:
            shown_keys = ", ".join(key.text for key in odd)
            yield scope.fault(odd[0], f"config key may not be used with `rules`: {shown_keys}")


def _extends(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from texts_or_text(scope, value_at(node, "extends"), "extends")


def _list_of_rules(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    rules = value_at(node, "rules")
    if rules is not None:
        is_right = is_nested(rules, MOST_LEVELS, is_hash)
        words = "rules should be an array containing hashes and arrays of hashes"
        yield from unless(is_right, scope, rules, words)


def _resource_group(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from text(scope, value_at(node, "resource_group"), "resource group")


def _job(scope: ValidationScope, entry: Entry) -> Iterator[FileFault]:
    node = entry.value
    yield from _every_job(scope, entry)
    yield from unknown_keys(scope, node, _JOB)
    if is_hash(node) and "run" not in node:
        yield from present(scope, entry.key, node.get("script"), "script")
    yield from _own(scope, node, _OF_SCRIPT_JOBS)
    publish = value_at(node, "publish")
    if publish is not None and not is_blank(publish) and not _is_pages(entry):
        yield scope.fault(publish, "publish can only be used within a `pages` job")


def _beside_run(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    for other in ("script", "before_script", "after_script"):
        yield from exclusive_keys(scope, node, frozenset({other, "run"}))
    steps = value_at(node, "run")
    if is_hash(steps) or is_string(steps) or is_boolean(steps) or is_number(steps):
        yield scope.fault(steps, "run value at root is not an array")


def _when(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from one_of(scope, value_at(node, "when"), "when", _WHENS)


def _list_of_dependencies(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from texts(scope, value_at(node, "dependencies"), "dependencies")


def _allow_failure(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    allowed = value_at(node, "allow_failure")
    if allowed is not None:
        is_right = is_hash(allowed) or is_boolean(allowed)
        yield from unless(is_right, scope, allowed, "allow failure should be a hash or a boolean value")


def _manual_confirmation(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from text(scope, value_at(node, "manual_confirmation"), "manual confirmation")


def _delay(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if _is_delayed(node) and (value_at(node, "start_in") is not None or scope.is_whole):
        # Here GitLab does not ask first whether it is there.
        blank = "start in can't be blank"
        yield from (fault for fault in check_start_in(scope, node) if not fault.words.endswith(blank))


def _undelayed(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    start = value_at(node, "start_in")
    may_be_there = _is_delayed(node) and is_hash(node) and "rules" not in node
    if start is not None and not is_blank(start) and not may_be_there:
        yield scope.fault(start, "start in must be blank")


def _is_delayed(node: Node) -> bool:
    when = value_at(node, "when")
    return is_string(when) and when.text == "delayed"


def _is_pages(entry: Entry) -> bool:
    pages = entry.value.get("pages") if is_hash(entry.value) else None
    return not is_blank(pages) or (
        entry.key.text == "pages" and not (is_boolean(pages) and pages.value is False)
    )


def _dependencies(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """Jobs whose artifacts are wanted must be needed, where anything is."""
    wanted, needs = value_at(node, "dependencies"), value_at(node, "needs")
    if (
        wanted is None
        or not is_list_of_texts(wanted)
        or is_blank(wanted)
        or needs is None
        or not scope.is_whole
    ):
        return
    kinds = [(kind_of_need(need), need) for need in flat(needs)]
    names = {name_of_need(need) for kind, need in kinds if kind == JOB}
    if any(kind is None for kind, _ in kinds) or not kinds:
        return
    if not names and any(kind == CROSS for kind, _ in kinds):
        yield scope.fault(needs, "needs corresponding to dependencies must be from the same pipeline")
        return
    missing = [item.text for item in flat(wanted) if is_text(item) and item.text not in names]
    if missing and names:
        yield scope.fault(wanted, f"dependencies the {', '.join(missing)} should be part of needs")


def _bridge(scope: ValidationScope, entry: Entry) -> Iterator[FileFault]:
    node = entry.value
    yield from _every_job(scope, entry)
    yield from unknown_keys(scope, node, _BRIDGE)
    yield from one_of(scope, value_at(node, "when"), "when", _BRIDGE_WHENS)
    yield from boolean(scope, value_at(node, "allow_failure"), "allow failure")
    needs = value_at(node, "needs")
    bridges = [need for need in flat(needs) if kind_of_need(need) == BRIDGE] if needs is not None else []
    if value_at(node, "trigger") is None and not bridges and scope.is_whole:
        yield scope.fault(entry.key, "config should contain either a trigger or a needs:pipeline")
    if len(bridges) > 1:
        yield scope.fault(bridges[1], "config should contain at most one bridge need")


def _parts(scope: ValidationScope, node: Node, checks: Mapping[str, Check]) -> Iterator[FileFault]:
    there = node.entries if is_hash(node) else {}
    for key, check in checks.items():
        value = value_at(node, key) if key in there else None
        if value is not None:
            yield from check(scope.within(key), value)


def _text_config(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from text(scope, node, "config")


def _boolean_config(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from boolean(scope, node, "config")


def _timeout(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from check_duration(scope, node, node, "config", LONGEST_JOB_SECONDS)


def _tags(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from texts(scope, node, "config")
    if is_array(node):
        words = f"config must be less than the limit of {_MOST_TAGS} tags"
        yield from unless(len(node) < _MOST_TAGS, scope, node, words)


def _coverage(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    is_right = is_string(node) and is_pattern_text(node.text) is True
    yield from unless(is_right, scope, node, "config must be a regular expression with re2 syntax")


def _inherit(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, ("default", "variables"))
    for key in ("default", "variables"):
        choice = value_at(node, key)
        if choice is None or is_boolean(choice):
            continue
        inner = scope.within(key)
        if not is_array(choice):
            yield inner.fault(choice, "should be a bool or array of strings")
            continue
        yield from texts(inner, choice, "config")
        if key == "default":
            yield from unknown_values(inner, choice, _DEFAULT)


def _job_variables(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from check_variables(scope, node, ("value", "expand"))


def _job_rules(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from check_rules(scope, node, JOB_WHENS, JOB_RULE_KEYS)


def _needs_of(*kinds: str) -> Check:
    def check(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
        yield from check_needs(scope, node, kinds)

    return check


_OF_EVERY_JOB: Final[tuple[tuple[str, Check], ...]] = (
    ("trigger", _beside_trigger),
    ("rules", _beside_rules),
    ("extends", _extends),
    ("rules", _list_of_rules),
    ("resource_group", _resource_group),
)
_OF_SCRIPT_JOBS: Final[tuple[tuple[str, Check], ...]] = (
    ("run", _beside_run),
    ("when", _when),
    ("dependencies", _list_of_dependencies),
    ("allow_failure", _allow_failure),
    ("manual_confirmation", _manual_confirmation),
    ("when", _delay),
    ("start_in", _undelayed),
    ("dependencies", _dependencies),
)
"""what GitLab looks at first, in its order"""
_PLAIN: Final = _JOB - {key for key, _ in (*_OF_EVERY_JOB, *_OF_SCRIPT_JOBS)} - {"publish"}
_EVERY_PART: Final[dict[str, Check]] = {
    "stage": _text_config,
    "only": check_policy,
    "except": check_policy,
    "rules": _job_rules,
    "variables": _job_variables,
    "inherit": _inherit,
    "environment": check_environment,
    "interruptible": _boolean_config,
}
_DEFAULT_PARTS: Final[dict[str, Check]] = {
    "before_script": check_lines,
    "after_script": check_lines,
    "hooks": check_hooks,
    "cache": check_caches,
    "image": check_image,
    "services": check_services,
    "interruptible": _boolean_config,
    "timeout": _timeout,
    "retry": check_retry,
    "tags": _tags,
    "artifacts": check_artifacts,
    "id_tokens": check_id_tokens,
}
_JOB_PARTS: Final[dict[str, Check]] = {
    **_EVERY_PART,
    "before_script": check_lines,
    "script": check_lines,
    "after_script": check_lines,
    "hooks": check_hooks,
    "cache": check_caches,
    "image": check_image,
    "services": check_services,
    "timeout": _timeout,
    "retry": check_retry,
    "tags": _tags,
    "artifacts": check_artifacts,
    "needs": _needs_of(JOB, CROSS),
    "coverage": _coverage,
    "release": check_release,
    "parallel": partial(check_parallel, by_number=True),
    "allow_failure": check_allow_failure,
    "id_tokens": check_id_tokens,
    "publish": _text_config,
    "pages": check_pages,
    "inputs": check_job_inputs,
    "secrets": check_secrets,
}
_BRIDGE_PARTS: Final[dict[str, Check]] = {
    **_EVERY_PART,
    "trigger": check_trigger,
    "needs": _needs_of(JOB, BRIDGE),
    "parallel": partial(check_parallel, by_number=False),
}
"""what each keyword may hold, in the order in which GitLab looks"""
