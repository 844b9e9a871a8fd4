"""`include:rules`: whether a file is part of any pipeline at all.

GitLab asks them before the YAML is merged, so the file's own `variables` do not count, only those of the project,
the group, the instance and anyone who starts the pipeline (docs.gitlab.com/ci/yaml/includes, 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.globs import matches
from bot.documents.nodes import Mapping, Node, Scalar, text_of
from bot.lazy import regex
from bot.pipeline.conditions import UNKNOWN, Value, holds
from bot.pipeline.jobs import flat
from bot.pipeline.model import Truth

if TYPE_CHECKING:
    from bot.snapshot import Tree

_GLOB_SIGNS: Final = regex(r"[*?\[{$\\]")
_UNREAD_SIGNS: Final = regex(r"[\[{$\\]")
_MAX_COMPARED: Final = 10_000
"""GitLab takes a glob for matched after so many comparisons (docs.gitlab.com/ci/yaml/#rulesexists, 2026-11)."""


def is_included(rules: Node, variables: dict[str, str], tree: Tree) -> Truth:
    """Whether the first rule that matches takes the file in; no match leaves it out.

    `variables` are those that are the same in every pipeline of the project.
    """

    def lookup(name: str) -> Value:
        return variables.get(name, UNKNOWN)

    may: set[bool] = set()
    for rule in flat(rules):
        if not isinstance(rule, Mapping):
            continue
        condition = text_of(rule.get("if"))
        is_true = True if condition is None else holds(condition, lookup)
        if is_true is not False and "exists" in rule:
            exists = _exists(rule.get("exists"), tree)
            is_true = False if exists is False else (is_true if exists else None)
        if is_true and "changes" in rule:
            is_true = None
        if is_true is not False:
            may.add(text_of(rule.get("when")) != "never")
        if is_true:
            break
    else:
        may |= {False}
    if len(may) > 1:
        return Truth.UNKNOWN
    return Truth.YES if may.pop() else Truth.NO


def _exists(node: Node | None, tree: Tree) -> bool | None:
    """Whether one of the files is there; of another project, or with a variable in its name, nobody knows."""
    if isinstance(node, Mapping):
        if "project" in node:
            return None
        node = node.get("paths")
    answers = {_has(item.text, tree) for item in flat(node) if isinstance(item, Scalar)} if node else set()
    return True if True in answers else (None if None in answers else False)


def _has(pattern: str, tree: Tree) -> bool | None:
    path = pattern.lstrip("/")
    if not _GLOB_SIGNS.search(path):
        return tree.has(path)
    if _UNREAD_SIGNS.search(path) or tree.listing is None:
        return None
    if any(matches(path, each) for each in tree.listing):
        return True
    return False if len(tree.listing) < _MAX_COMPARED else None
