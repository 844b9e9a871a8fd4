"""Changing a written role where it is: the same indentation, quoting and comments, whole lines out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bot.documents.lines import split_lines
from bot.documents.nodes import Entry, Mapping, Scalar, Style
from bot.documents.source import SourceText
from bot.fixes import Edit
from bot.lazy import dataclass
from bot.vault.roles.entry_style import COMMA_FORMS, style_of
from bot.vault.roles.jwt_role import RoleForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.location import Span
    from bot.vault.roles.jwt_role import Changes

# Beside which field a new one is written, the first that is there; so that fixes of different rules touch
# different lines.
_NEIGHBOURS = {
    "role_type": ("user_claim", "bound_audiences"),
    "user_claim": ("role_type", "bound_audiences"),
    "bound_audiences": ("role_type", "user_claim", "bound_claims_type"),
    "bound_claims": ("bound_claims_type", "bound_audiences", "role_type"),
    "bound_claims_type": ("bound_audiences", "user_claim", "role_type"),
    "token_explicit_max_ttl": (
        "token_max_ttl",
        "max_ttl",
        "token_ttl",
        "ttl",
        "token_period",
        "token_policies",
        "policies",
    ),
    "ref_protected": ("ref", "ref_path", "ref_type"),
    "ref_type": ("ref", "ref_protected"),
    "environment_protected": ("environment", "deployment_tier"),
    "project_id": ("project_path", "namespace_id", "namespace_path", "job_project_id"),
}


@lru_cache(maxsize=4)
def _source(path: str, text: str) -> SourceText:
    """One index of a file's lines for all of its roles."""
    return SourceText(path, text)


class _Change(NamedTuple):
    """Characters `start` to `end` (0-based) become `text`."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Amender:
    """Edits one role's body. `inside`: nothing outside this span is touched (a shared local, a template)."""

    path: str
    text: str
    body: Mapping
    form: RoleForm
    inside: Span
    name_of: Callable[[str], str] = str
    """The name in the file for a field of Vault's that is not written yet"""

    def __call__(self, changes: Changes, near: str = "") -> tuple[Edit, ...] | None:
        """Return the edits, a new entry behind `near`; None where a part is elsewhere or its form does not allow it."""
        source = _source(self.path, self.text)
        made: list[_Change] = []
        added: dict[tuple[str, ...], dict[str, object]] = {}
        for route, value in changes.items():
            parent = self._mapping(route[:-1])
            entry = parent.entries.get(self._written(route)) if parent else None
            if entry is not None and value is not None:
                change = self._replace(source, entry, value)
            elif value is None:
                return None
            elif parent is None and len(route) > 1:
                added.setdefault(route[:-1], {})[route[-1]] = value
                continue
            else:
                change = self._insert(source, parent or self.body, route, value, near)
            if change is None:
                return None
            made.append(change)
        for route, values in added.items():
            change = self._insert(source, self.body, route, values, near)
            if change is None:
                return None
            made.append(change)
        return _as_edits(source, made)

    def _written(self, route: tuple[str, ...]) -> str:
        return self.name_of(route[-1]) if len(route) == 1 else route[-1]

    def _mapping(self, route: tuple[str, ...]) -> Mapping | None:
        node = self.body.get(
            *(self.name_of(part) if index == 0 else part for index, part in enumerate(route))
        )
        return node if isinstance(node, Mapping) else None

    def _within(self, span: Span) -> bool:
        here = self.inside
        return (
            span.path == self.path
            and (here.start_line, here.start_column) <= (span.start_line, span.start_column)
            and (span.end_line, span.end_column) <= (here.end_line, here.end_column)
        )

    def _replace(self, source: SourceText, entry: Entry, value: object) -> _Change | None:
        span = entry.value.span
        if not self._within(span) or (isinstance(entry.value, Scalar) and entry.value.style in _BLOCKS):
            return None
        start, end = _bounds(source, span)
        style = style_of(self.form, source, self.body, entry)
        return _Change(start, end, style.value(value))

    def _insert(
        self, source: SourceText, parent: Mapping, route: tuple[str, ...], value: object, near: str
    ) -> _Change | None:
        anchor = self._anchor(parent, route, near)
        if anchor is None or not self._within(anchor.span):
            return None
        style = style_of(self.form, source, parent, anchor)
        start, end = _bounds(source, anchor.span)
        line_start = self.text.rfind("\n", 0, start) + 1
        indent = self.text[line_start:start]
        own_line = not indent.strip()
        newline = "\r\n" if "\r\n" in self.text else "\n"
        word = style.entry(self._written(route), value)
        if self.form is RoleForm.ARGUMENTS:
            return _Change(end, end, f" \\{newline}{indent}{word}" if own_line else f" {word}")
        if not own_line:
            comma = "," if style.separator == ":" and self.form in COMMA_FORMS else ", "
            return _Change(end, end, f"{comma}{word}") if "{" in indent else None
        if style.comma == "always":
            behind = self.text.index(",", end) + 1
            return _Change(behind, behind, f"{newline}{indent}{word},")
        if style.comma == "between" or self._flow(parent):
            return _Change(end, end, f",{newline}{indent}{word}")
        line_end = self.text.find("\n", end)
        line_end = len(self.text) if line_end < 0 else line_end
        line_end -= self.text[line_end - 1] == "\r"
        return _Change(line_end, line_end, f"{newline}{indent}{word}")

    def _flow(self, parent: Mapping) -> bool:
        span = parent.span
        if self.form is not RoleForm.YAML:
            return False
        return split_lines(self.text)[span.start_line - 1][span.start_column - 1 : span.start_column] == "{"

    def _anchor(self, parent: Mapping, route: tuple[str, ...], near: str) -> Entry | None:
        entries = list(parent)
        for name in (near, *_NEIGHBOURS.get(route[-1], ())):
            found = parent.entries.get(self.name_of(name) if len(route) == 1 else name)
            if found is not None:
                return found
        return entries[-1] if entries else None


_BLOCKS = frozenset({Style.LITERAL, Style.FOLDED})


def _bounds(source: SourceText, span: Span) -> tuple[int, int]:
    start = source.index(span.start_line, span.start_column)
    return start, source.index(span.end_line, span.end_column)


def _as_edits(source: SourceText, changes: list[_Change]) -> tuple[Edit, ...]:
    """The changes as replaced lines; changes that share a line become one edit."""
    groups: list[list[_Change]] = []
    last_line = 0
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        first, last = source.place(change.start).line, source.place(change.end).line
        if groups and first <= last_line:
            groups[-1].append(change)
        else:
            groups.append([change])
        last_line = max(last, last_line)
    return tuple(_edit(source, group) for group in groups)


def _edit(source: SourceText, group: list[_Change]) -> Edit:
    first = source.place(group[0].start).line
    last = max(source.place(change.end).line for change in group)
    start = source.index(first, 1)
    end = source.text.find("\n", max(change.end for change in group))
    end = len(source.text) if end < 0 else end + 1
    text = source.text[start:end]
    for change in reversed(group):
        text = text[: change.start - start] + change.text + text[change.end - start :]
    return Edit(source.path, first, last, text)
