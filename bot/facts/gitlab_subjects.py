"""The `sub` claim of GitLab's ID tokens: which texts GitLab can write, and how to write one.

A project chooses the components (facts in `bot.facts.cloud_trust`); each becomes `name:value`, joined by `:`. No value
contains a `:`, so a subject splits into pairs without doubt.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from bot.facts.cloud_trust import DEFAULT_SUBJECT, DEPLOYMENT_TIERS, SUBJECT_COMPONENTS, SUBJECT_LEADERS
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATH = regex(r"[A-Za-z0-9_][\w.-]*(?<![.])(?:/[A-Za-z0-9_][\w.-]*(?<![.]))+", re.ASCII)
_ID = regex(r"[1-9]\d*")
# git-check-ref-format(1), 2026-11: no blank, control character, `~^:?*[\`, `..`, `@{`, `//`, and neither a slash nor a
# dot at an end.
_REF = regex(
    r"(?!.*(?:\.\.|@\{|//|/\.|\.lock(?:/|$)))[^\s~^:?*\[\\\x00-\x1f\x7f/.-][^\s~^:?*\[\\\x00-\x1f\x7f]*(?<![/.])"
)
_LIKE_A_REF_PATH = regex(r"refs/(?:heads|tags|remotes)/")
_BOOLEANS = ("true", "false")


def is_path(text: str) -> bool:
    """Return whether `text` can be a project's full path: a group and a project at least."""
    return _PATH.fullmatch(text) is not None


def is_ref(text: str) -> bool:
    """Return whether git accepts `text` as the name of a branch or tag."""
    return _REF.fullmatch(text) is not None


def is_branch_or_tag(text: str) -> bool:
    """Return whether a branch or tag can be named so: GitLab refuses names that look like a ref's path."""
    return is_ref(text) and _LIKE_A_REF_PATH.match(text) is None


def is_id(text: str) -> bool:
    """Return whether `text` can be the number of a project, group or user."""
    return _ID.fullmatch(text) is not None


def parse_subject(text: str) -> dict[str, str] | None:
    """Return the components of a subject by name, in order; None where GitLab cannot write `text`."""
    words = text.split(":")
    if len(words) % 2:
        return None
    found = dict(zip(words[::2], words[1::2], strict=True))
    if len(found) * 2 != len(words) or words[0] not in SUBJECT_LEADERS:
        return None
    return found if all(_is_valid(name, value) for name, value in found.items()) else None


def is_start_of_subject(start: str) -> bool:
    """Return whether a subject can begin with `start`, as far as its first component shows."""
    name, colon, _ = start.partition(":")
    return name in SUBJECT_LEADERS if colon else any(each.startswith(name) for each in SUBJECT_LEADERS)


def _is_valid(name: str, value: str) -> bool:
    if name not in SUBJECT_COMPONENTS:
        return False
    if name.endswith("project_path"):
        return is_path(value)
    if name.endswith("project_id"):
        return is_id(value)
    if name == "ref":
        return is_branch_or_tag(value)
    return value in _VALUES[name]


_VALUES = {
    "ref_type": ("branch", "tag"),
    "ref_protected": _BOOLEANS,
    "environment_protected": _BOOLEANS,
    "deployment_tier": DEPLOYMENT_TIERS,
}


def write_subject(components: tuple[str, ...], claims: Mapping[str, object]) -> str:
    """Return the subject that GitLab writes for `claims`: a component without a value is left out."""
    return ":".join(f"{name}:{claims[name]}" for name in components if claims.get(name))


def subject_matching(glob: str) -> str | None:
    """Return a subject that the glob (`*`: any characters) matches; None where none was found, though one may exist."""
    pattern = re.compile(".*".join(map(re.escape, glob.split("*"))), re.DOTALL)
    names = named_components(glob)
    orders = dict.fromkeys((DEFAULT_SUBJECT, names, (SUBJECT_LEADERS[0], *names)))
    for components in orders:
        for values in product(*(_candidates(name, glob) for name in components)):
            text = ":".join(f"{name}:{value}" for name, value in zip(components, values, strict=True))
            if pattern.fullmatch(text) and parse_subject(text):
                return text
    return None


def _candidates(name: str, glob: str) -> tuple[str, ...]:
    """Values of a component that fit what the glob says of it."""
    written = re.search(rf"(?:^|[:*]){name}:(?P<value>[^:*]*)(?P<star>\*?)", glob)
    start = written["value"] if written else ""
    if name in _VALUES:
        return tuple(value for value in _VALUES[name] if value.startswith(start)) or _VALUES[name]
    if start and written and not written["star"]:
        return (start,)
    if name.endswith("_id"):
        return (f"{start}1",)
    ends = ("other/app", "other", "app", "") if name.endswith("_path") else ("other", "")
    return tuple(start + end for end in ends if start + end)


def named_components(text: str) -> tuple[str, ...]:
    """Return the component names that a pattern for subjects contains, in order."""
    return tuple(dict.fromkeys(word for word in re.split(r"[:*?]", text) if word in SUBJECT_COMPONENTS))
