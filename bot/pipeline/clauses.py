"""The conditions of a job or a pipeline as plain values: `rules`, `only`, `except`, and what they say of a pipeline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.documents.nodes import Mapping, Node, Scalar, is_null, text_of
from bot.lazy import dataclass, regex
from bot.pipeline.conditions import holds, is_for_ref, names_in
from bot.pipeline.file_globs import any_changed, any_exists, expanded
from bot.pipeline.jobs import flat, variables_of
from bot.pipeline.runs import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.pipeline.conditions import Lookup
    from bot.pipeline.runs import PipelineRun

_SOURCES: Final = (
    *("push", "web", "api", "schedule", "trigger", "pipeline", "external", "chat", "merge_request"),
    *("external_pull_request", "webide", "parent_pipeline"),
)
KEYWORDS: Final = frozenset({"branches", "tags", *_SOURCES, *map(plural, _SOURCES)})
"""Words of only/except that are no branches: kinds of refs, and sources in the singular and the plural."""
_NEVER: Final = "never"
_NAMED: Final = regex(r"\$\{?(\w+)")
_BRANCH_NAME: Final = regex(r"[\w.-]+(?:/[\w.-]+)*")


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of `rules`: what it asks for, and what it makes of the job."""

    condition: str | None
    changes: tuple[str, ...] | None = None
    exists: tuple[str, ...] | None = None
    asks_elsewhere: bool = False
    """`compare_to`, or the files of another project: nobody here knows them"""
    when: str | None = None
    start_in: str | None = None
    allow_failure: bool | None = None
    variables: tuple[tuple[str, str], ...] = ()


Rules: TypeAlias = tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """What is known of a repository's files.

    `paths`: all of them, sorted. `changed`: those that changed, None where GitLab has no such list, which then counts
    as changed.
    """

    paths: tuple[str, ...] | None = None
    changed: tuple[str, ...] | None = None
    knows_changes: bool = False


NO_FILES: Final = ChangedFiles()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules make of a job; `when` "never": it is no part of the pipeline."""

    when: str
    start_in: str | None = None
    allow_failure: bool | None = None
    """None: the rules do not say"""
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RefClause:
    """An `only` or `except`: the refs and variables that it names, None where it has no such key."""

    refs: tuple[str, ...] | None = None
    variables: tuple[str, ...] | None = None
    asks_for_more: bool = False
    """`changes`, `kubernetes`: nobody here knows them"""


_EVERY_REF: Final = ("branches", "tags")


def rules_of(node: Node | None) -> Rules | None:
    """The rules of a `rules:`, nested lists flattened; None where there is none, or a YAML null."""
    if node is None or is_null(node):
        return None
    return tuple(_clause(rule) for rule in flat(node) if isinstance(rule, Mapping))


def _clause(rule: Mapping) -> Clause:
    changes, exists = rule.get("changes"), rule.get("exists")
    allow_failure = rule.get("allow_failure")
    is_allowed = allow_failure.value if isinstance(allow_failure, Scalar) else None
    return Clause(
        text_of(rule.get("if")),
        _paths(changes),
        _paths(exists),
        any(isinstance(each, Mapping) and not each.entries.keys() <= {"paths"} for each in (changes, exists)),
        text_of(rule.get("when")),
        text_of(rule.get("start_in")),
        is_allowed if isinstance(is_allowed, bool) else None,
        tuple((name, each.value or "") for name, each in variables_of(rule.get("variables"), "rule").items()),
    )


def _paths(node: Node | None) -> tuple[str, ...] | None:
    if isinstance(node, Mapping):
        return _texts(node.get("paths"))
    return None if node is None or is_null(node) else _texts(node)


def only_of(job: Mapping, *, in_workflow_with_rules: bool) -> RefClause | None:
    """The `only` of a job: without one, and without any `rules`, it runs for branches and tags."""
    only = policy_of(job.get("only"))
    if only is None:
        return None if "rules" in job or in_workflow_with_rules else RefClause(refs=_EVERY_REF)
    return only if only.refs is not None else replace(only, refs=_EVERY_REF)


def policy_of(node: Node | None) -> RefClause | None:
    """The policy of an `only:` or `except:`; None where there is none, or a YAML null."""
    if node is None or is_null(node):
        return None
    if not isinstance(node, Mapping):
        return RefClause(refs=_texts(node))
    return RefClause(
        _texts(node.get("refs")) if "refs" in node else None,
        _texts(node.get("variables")) if "variables" in node else None,
        bool(node.entries.keys() - {"refs", "variables"}),
    )


def _texts(node: Node | None) -> tuple[str, ...]:
    items = flat(node) if node is not None else ()
    return tuple(item.text for item in items if isinstance(item, Scalar) and not is_null(item))


def first_match(rules: Rules, lookup: Lookup, files: ChangedFiles = NO_FILES) -> bool | None:
    """What the first rule that matches says; None where it depends on what cannot be known."""
    may = {rule is not None and rule.when != _NEVER for rule in _may_decide(rules, lookup, files)}
    return may.pop() if len(may) == 1 else None


def outcome_of(rules: Rules, lookup: Lookup, files: ChangedFiles, default_when: str) -> Outcome | None:
    """What the rules make of a job whose own `when` is `default_when`; None where that cannot be known."""
    may = {
        Outcome(rule.when or default_when, rule.start_in, rule.allow_failure, rule.variables)
        if rule is not None
        else Outcome(_NEVER)
        for rule in _may_decide(rules, lookup, files)
    }
    return may.pop() if len(may) == 1 else None


def _may_decide(rules: Rules, lookup: Lookup, files: ChangedFiles) -> Iterator[Clause | None]:
    """Each rule that may be the first to match, None where it may be that none does."""
    for rule in rules:
        is_met = _is_met(rule, lookup, files)
        if is_met is not False:
            yield rule
        if is_met:
            return
    yield None


def _is_met(rule: Clause, lookup: Lookup, files: ChangedFiles) -> bool | None:
    is_true = True if rule.condition is None else holds(rule.condition, lookup)
    if is_true is False or (rule.changes is None and rule.exists is None):
        return is_true
    answers = [is_true, _has_changed(rule, lookup, files), _is_there(rule, lookup, files)]
    return False if False in answers else (None if None in answers else True)


def _has_changed(rule: Clause, lookup: Lookup, files: ChangedFiles) -> bool | None:
    if rule.changes is None:
        return True
    if rule.asks_elsewhere or not files.knows_changes:
        return None
    if files.changed is None:
        return True
    globs = _expanded(rule.changes, lookup)
    return None if globs is None else any_changed(globs, files.changed)


def _is_there(rule: Clause, lookup: Lookup, files: ChangedFiles) -> bool | None:
    if rule.exists is None:
        return True
    if not rule.exists:
        return False
    globs = _expanded(rule.exists, lookup)
    if rule.asks_elsewhere or files.paths is None or globs is None:
        return None
    return any_exists(globs, files.paths)


def _expanded(globs: tuple[str, ...], lookup: Lookup) -> list[str] | None:
    found = [expanded(glob, lookup) for glob in globs]
    return None if None in found else [glob for glob in found if glob is not None]


def only_and_except(
    only: RefClause | None, excepted: RefClause | None, run: PipelineRun, lookup: Lookup
) -> bool | None:
    """`only` wants every one of its keys, `except` any one."""
    wanted = list(_answers(only, run, lookup)) if only is not None else []
    if False in wanted:
        return False
    unwanted = any_of(_answers(excepted, run, lookup)) if excepted is not None else False
    if unwanted:
        return False
    return None if None in wanted or unwanted is None else True


def _answers(policy: RefClause, run: PipelineRun, lookup: Lookup) -> Iterator[bool | None]:
    """What each key of the policy says of the pipeline."""
    if policy.refs is not None:
        yield any_of(_ref_matches(text, run) for text in policy.refs)
    if policy.variables is not None:
        yield any_of(holds(text, lookup) for text in policy.variables)
    if policy.asks_for_more:
        yield None


def _ref_matches(text: str, run: PipelineRun) -> bool | None:
    """Whether `branches`, `main`, `/pattern/` or `main@group/project` is this pipeline.

    After gitlabhq `lib/gitlab/ci/build/policy/refs.rb`, read 2026-11: names and patterns are for branches and tags,
    not for merge request pipelines.
    """
    name, at, project = text.partition("@")
    if at and project != run.variables.get("CI_PROJECT_PATH"):
        return False if "CI_PROJECT_PATH" in run.variables else None
    if name in run.words:
        return True
    if run.words.isdisjoint(_EVERY_REF):
        return False
    ref = run.variables["CI_COMMIT_REF_NAME"]
    return is_for_ref(name, ref) if isinstance(ref, str) else None


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """The three-valued or."""
    unknown = False
    for answer in answers:
        if answer:
            return True
        unknown |= answer is None
    return None if unknown else False


def texts_in(rules: Iterable[Rules | None], policies: Iterable[RefClause | None]) -> frozenset[str]:
    """The text of every condition."""
    found = {clause.condition for each in rules for clause in each or () if clause.condition is not None}
    for policy in policies:
        if policy is not None:
            found |= {*(policy.refs or ()), *(policy.variables or ())}
    return frozenset(found)


def variables_in(texts: Iterable[str]) -> frozenset[str]:
    """The names of the variables that the conditions ask for."""
    return frozenset(name for text in texts for name in _NAMED.findall(text))


def branches_in(rules: Iterable[Rules | None], policies: Iterable[RefClause | None]) -> frozenset[str]:
    """The branch names, perhaps, that the conditions hold."""
    names: set[str] = set()
    for each in rules:
        for clause in each or ():
            names |= names_in(clause.condition or "")
    for policy in policies:
        if policy is not None:
            names |= {ref.partition("@")[0] for ref in policy.refs or ()}
    return frozenset(name for name in names - KEYWORDS if _BRANCH_NAME.fullmatch(name))
