"""What an include names: its kind and its file, patterns of files, addresses of components."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.nodes import Mapping, Node, Scalar, is_null
from bot.lazy import regex
from bot.pipeline.specs import written

if TYPE_CHECKING:
    from collections.abc import Callable

FILE_KINDS: Final = ("local", "remote", "artifact")
"""kinds whose name must end as a YAML file's does"""
_KINDS: Final = ("local", "project", "remote", "template", "artifact", "component")
_NAMED_KINDS: Final = "`, `".join(_KINDS)
_NAME: Final = "[a-zA-Z_][a-zA-Z0-9_]*"
_NAMED: Final = regex(rf"\$({_NAME})|\$\{{({_NAME})\}}|%({_NAME})%")
"""Also as Windows writes them (gitlabhq `lib/expand_variables.rb`, read 2026-11)."""
_URL: Final = regex(r"(?:https?|ssh|git)://", re.IGNORECASE)
_YAML_NAME: Final = regex(r"[^/]+\.ya?ml$", re.IGNORECASE | re.MULTILINE)
_COMPONENT: Final = regex(r"(?P<host>[^/]+)/(?P<project>.+)/(?P<name>[^/@]+)@(?P<ref>.+)$")


class IncludeTarget(NamedTuple):
    """The kind of an include, and the text of that key with its variables filled in."""

    kind: str
    text: str


class BadTarget(NamedTuple):
    """An include of which GitLab knows no kind, and what it says."""

    words: str


class Component(NamedTuple):
    """The address of a component without its host."""

    project: str
    name: str
    ref: str


def target_of(item: Node, expand: Callable[[str], str]) -> IncludeTarget | BadTarget:
    """What an include names."""
    if isinstance(item, Scalar):
        text = expand(item.text)
        kinds = {"remote" if _URL.match(text) else "local": text} if text.strip() else {}
    else:
        named = ((kind, item.get(kind)) for kind in _KINDS) if isinstance(item, Mapping) else ()
        kinds = {kind: expand(written(node)) for kind, node in named if not is_null(node) and node}
        kinds = {kind: text for kind, text in kinds.items() if text.strip()}
        if "project" in kinds and isinstance(item, Mapping) and is_null(item.get("file")):
            del kinds["project"]
    if len(kinds) == 1:
        return IncludeTarget(*kinds.popitem())
    return BadTarget(
        f"Each include must use only one of: `{_NAMED_KINDS}`"
        if kinds
        else f"the include does not have a valid subkey for include. Valid subkeys are: `{_NAMED_KINDS}`"
    )


def expanded(text: str, variables: dict[str, str]) -> str:
    """The text with the variables that are known."""
    return _NAMED.sub(lambda match: variables.get(match[match.lastindex or 0], match[0]), text)


def has_variable(text: str) -> bool:
    """Whether a variable is named that nobody filled in."""
    return _NAMED.search(text) is not None


def has_yaml_name(path: str) -> bool:
    """Whether GitLab takes a file of this name for YAML."""
    return _YAML_NAME.search(path) is not None


def component_of(address: str) -> Component | None:
    """The component at this address, None where it is none."""
    match = _COMPONENT.match(address)
    return Component(match["project"], match["name"], match["ref"]) if match is not None else None


def glob_of(pattern: str) -> re.Pattern[str]:
    """GitLab's include globs: `*` stays in a folder, `**` crosses them, and a slash behind it is a slash.

    So `a/**/*.yml` is not for `a/b.yml` (gitlabhq `app/models/repository.rb` of GitLab 18.3, read 2026-11; a later
    release may take it in, docs.gitlab.com/ci/yaml/includes does not say so).
    """
    parts = re.split(r"(\*\*|\*)", pattern)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part) or re.escape(part) for part in parts))
