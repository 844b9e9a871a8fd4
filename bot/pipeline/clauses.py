"""The conditions of a job or a pipeline as plain values: `rules`, `only`, `except`, and what they say of a pipeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.documents.nodes import Mapping, Node, Scalar, text_of
from bot.pipeline.conditions import holds, matches, names_in
from bot.pipeline.jobs import flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.pipeline.conditions import Lookup
    from bot.pipeline.runs import Run

KEYWORDS: Final = frozenset(
    "branches tags pushes web api schedules triggers pipelines external chat merge_requests"  # noqa: SIM905 - a list
    " external_pull_requests".split()
)
"""Words of only/except that are no branches (docs.gitlab.com/ci/yaml/deprecated_keywords, 2026-11)."""
_NAMED: Final = re.compile(r"\$\{?(\w+)")
_BRANCH_NAME: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of `rules`: its `if`, whether it also asks for files, and whether it says never."""

    condition: str | None
    asks_for_files: bool = False
    is_never: bool = False


Rules: TypeAlias = tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """An `only` or `except`: the refs and variables that it names, None where it has no such key."""

    refs: tuple[str, ...] | None = None
    variables: tuple[str, ...] | None = None
    asks_for_more: bool = False
    """`changes`, `kubernetes`: nobody here knows them"""


def rules_of(node: Node | None) -> Rules | None:
    """The rules of a `rules:`, nested lists flattened; None where there is none, or a YAML null."""
    if node is None or _is_null(node):
        return None
    return tuple(
        Clause(
            text_of(rule.get("if")),
            "changes" in rule or "exists" in rule,
            text_of(rule.get("when")) == "never",
        )
        for rule in flat(node)
        if isinstance(rule, Mapping)
    )


def policy_of(node: Node | None) -> Policy | None:
    """The policy of an `only:` or `except:`; None where there is none, or a YAML null."""
    if node is None or _is_null(node):
        return None
    if not isinstance(node, Mapping):
        return Policy(refs=_texts(node))
    return Policy(
        _texts(node.get("refs")) if "refs" in node else None,
        _texts(node.get("variables")) if "variables" in node else None,
        bool(node.entries.keys() - {"refs", "variables"}),
    )


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(item.text for item in flat(node) if isinstance(item, Scalar)) if node is not None else ()


def first_match(rules: Rules, lookup: Lookup) -> bool | None:
    """What the first rule that matches says; None where it depends on what cannot be known."""
    may: set[bool] = set()
    for rule in rules:
        is_true = True if rule.condition is None else holds(rule.condition, lookup)
        if is_true and rule.asks_for_files:
            is_true = None
        if is_true is not False:
            may.add(not rule.is_never)
        if is_true:
            break
    else:
        may |= {False}
    return may.pop() if len(may) == 1 else None


def only_and_except(only: Policy | None, excepted: Policy | None, run: Run, lookup: Lookup) -> bool | None:
    """`only` wants every one of its keys and has refs by default, `except` any one and has none."""
    wanted = list(_answers(only, run, lookup)) if only is not None else []
    if only is None or only.refs is None:
        wanted.append(not run.words.isdisjoint(("branches", "tags")))
    if False in wanted:
        return False
    unwanted = any_of(_answers(excepted, run, lookup)) if excepted is not None else False
    if unwanted:
        return False
    return None if None in wanted or unwanted is None else True


def _answers(policy: Policy, run: Run, lookup: Lookup) -> Iterator[bool | None]:
    """What each key of the policy says of the pipeline."""
    if policy.refs is not None:
        yield any_of(_ref_matches(text, run) for text in policy.refs)
    if policy.variables is not None:
        yield any_of(holds(text, lookup) for text in policy.variables)
    if policy.asks_for_more:
        yield None


def _ref_matches(text: str, run: Run) -> bool | None:
    """Whether `branches`, `main`, `/pattern/` or `main@group/project` is this pipeline.

    After gitlabhq `lib/gitlab/ci/build/policy/refs.rb`, read 2026-11: names and patterns are for branches and tags,
    not for merge request pipelines.
    """
    name, at, project = text.partition("@")
    if at and project != run.variables.get("CI_PROJECT_PATH"):
        return False if "CI_PROJECT_PATH" in run.variables else None
    if name in run.words:
        return True
    if run.words.isdisjoint(("branches", "tags")):
        return False
    ref = run.variables["CI_COMMIT_REF_NAME"]
    if not isinstance(ref, str):
        return None
    return matches(name, ref) if name.startswith("/") else name == ref


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """The three-valued or."""
    unknown = False
    for answer in answers:
        if answer:
            return True
        unknown |= answer is None
    return None if unknown else False


def texts_in(rules: Iterable[Rules | None], policies: Iterable[Policy | None]) -> frozenset[str]:
    """The text of every condition."""
    found = {clause.condition for each in rules for clause in each or () if clause.condition is not None}
    for policy in policies:
        if policy is not None:
            found |= {*(policy.refs or ()), *(policy.variables or ())}
    return frozenset(found)


def variables_in(texts: Iterable[str]) -> frozenset[str]:
    """The names of the variables that the conditions ask for."""
    return frozenset(name for text in texts for name in _NAMED.findall(text))


def branches_in(rules: Iterable[Rules | None], policies: Iterable[Policy | None]) -> frozenset[str]:
    """The branch names, perhaps, that the conditions hold."""
    names: set[str] = set()
    for each in rules:
        for clause in each or ():
            names |= names_in(clause.condition or "")
    for policy in policies:
        if policy is not None:
            names |= {ref.partition("@")[0] for ref in policy.refs or ()}
    return frozenset(name for name in names - KEYWORDS if _BRANCH_NAME.fullmatch(name))
