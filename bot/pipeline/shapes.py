"""Parts that GitLab refuses for their shape: no part of a file is left out without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.pipeline.conditions import is_valid
from bot.pipeline.jobs import GLOBAL_KEYS, MAX_SCRIPT_DEPTH, flat
from bot.pipeline.model import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.pipeline.model import Job

_SCRIPTS: Final = (Section.BEFORE.value, Section.SCRIPT.value, Section.AFTER.value)
_MAPPINGS: Final = ("variables", "secrets", "id_tokens", "artifacts", "trigger")
"""Keys of a job that hold a mapping; `trigger` and null may be something else (gitlabhq `config/entry/`, 2026-11)."""
_MAPPINGS_OF_MAPPINGS: Final = ("secrets", "id_tokens")


def refused_parts(root: Mapping, jobs: Iterable[Job]) -> Iterator[Unreadable]:
    """Each part of the merged configuration that cannot be what its key wants."""
    for name, entry in root.entries.items():
        if name not in GLOBAL_KEYS and not name.startswith(".") and not isinstance(entry.value, Mapping):
            yield _told(entry.key, f"`{name}` is neither a keyword nor a job")
    for key in ("variables", "default", "workflow"):
        yield from _no_mapping(root, key, key)
    for job in jobs:
        for key in _MAPPINGS:
            yield from _no_mapping(job.node, key, f"{key}` of `{job.name}")
        for key in _MAPPINGS_OF_MAPPINGS:
            named = job.node.get(key)
            for entry in named if isinstance(named, Mapping) else ():
                if not isinstance(entry.value, Mapping):
                    yield _told(entry.key, f"`{key}.{entry.key.text}` of `{job.name}` is no mapping")
        yield from _refused_lines(job)
        yield from _refused_conditions(job.node.get("rules"))
    yield from _refused_conditions(root.get("workflow", "rules"))


def _refused_conditions(rules: Node | None) -> Iterator[Unreadable]:
    """The `if` of each rule that is no expression; one with an input in it that is not filled in is left alone."""
    for rule in flat(rules) if rules is not None else ():
        condition = rule.get("if") if isinstance(rule, Mapping) else None
        if not isinstance(condition, Scalar) or not isinstance(condition.value, str):
            continue
        if "$[[" not in condition.text and not is_valid(condition.text):
            yield _told(condition, "`rules:if`: invalid expression syntax")


def _no_mapping(parent: Mapping, key: str, shown: str) -> Iterator[Unreadable]:
    value = parent.get(key)
    is_text = isinstance(value, Scalar) and (value.value is None or key == "trigger")
    if value is not None and not isinstance(value, Mapping) and not is_text:
        yield _told(value, f"`{shown}` is no mapping")


def _refused_lines(job: Job) -> Iterator[Unreadable]:
    """The script entries that are no text.

    The usual cause is a line with `: ` in it that is not quoted as a whole: YAML reads a mapping.
    """
    for section in _SCRIPTS:
        node = job.node.get(section)
        for item in flat(node) if node is not None else ():
            if isinstance(item, Mapping):
                yield Unreadable(
                    item.span.path,
                    item.span.start_line,
                    f"an entry of `{section}` is a mapping, not text, and was not checked: GitLab refuses it; "
                    "quote the whole line, or write it as a block with `|`",
                )
        if node is not None and _depth(node) > MAX_SCRIPT_DEPTH + 1:
            yield _told(node, f"`{section}` of `{job.name}` is nested more than {MAX_SCRIPT_DEPTH} deep")
    run = job.node.get("run")
    for step in flat(run) if run is not None else ():
        if isinstance(step, Mapping) and "script" not in step and ("step" in step or "action" in step):
            yield Unreadable(
                step.span.path, step.span.start_line, "this step comes from elsewhere and was not read"
            )


def _depth(node: Node) -> int:
    return 1 + max(map(_depth, node.items), default=0) if isinstance(node, Sequence) else 0


def _told(node: Node, reason: str) -> Unreadable:
    return Unreadable(
        node.span.path,
        node.span.start_line,
        f"{reason}: GitLab refuses the file, and this part was not checked",
    )
