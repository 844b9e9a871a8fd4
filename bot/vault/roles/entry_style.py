"""How the entries of a mapping are written: quotes, separators, commas, alignment. A new one looks like them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass, regex
from bot.vault.roles.jwt_role import RoleForm

if TYPE_CHECKING:
    from bot.documents.nodes import Entry, Mapping
    from bot.documents.source import SourceText

COMMA_FORMS: Final = frozenset({RoleForm.JSON, RoleForm.HEREDOC, RoleForm.TERRAFORM_JSON, RoleForm.ENTRY})
_BARE_WORD = regex(r"[\w./:@%+,-]+")
_NEEDS_DOUBLE_QUOTES = regex(r"['\\\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class EntryStyle:
    """The style of one entry and of those beside it.

    `separator` is what is between key and value, blanks included; `column`: the width to which keys are padded before
    it, 0 where they are not. `comma`: "always" behind every entry, "between" them, or "" for none.
    """

    form: RoleForm
    key_quote: str = ""
    value_quote: str = '"'
    separator: str = ""
    column: int = 0
    comma: str = ""

    def entry(self, name: str, value: object) -> str:
        """Return the text of an entry, without a comma."""
        key = f"{self.key_quote}{name}{self.key_quote}"
        gap = (
            " " if 0 < self.column <= len(key) else ""
        )  # a key as wide as the column still ends before the sign
        return f"{key.ljust(self.column)}{gap}{self.separator}{self.value(value)}"

    def value(self, value: object) -> str:
        """Return the text of a value."""
        if self.form is RoleForm.ARGUMENTS:
            text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            return text if not self.value_quote and _BARE_WORD.fullmatch(text) else f'"{text}"'
        if self.form is RoleForm.TERRAFORM and isinstance(value, dict):
            return "{ " + ", ".join(f"{key} = {json.dumps(item)}" for key, item in value.items()) + " }"
        if isinstance(value, str) and self.value_quote == "'" and not _NEEDS_DOUBLE_QUOTES.search(value):
            return f"'{value}'"
        if self.separator == ":" and self.form in COMMA_FORMS:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return json.dumps(value, ensure_ascii=False)


def style_of(form: RoleForm, source: SourceText, parent: Mapping, anchor: Entry | None) -> EntryStyle:
    """Return the style of `anchor`, an entry of `parent`; the plainest style of the form where there is none."""
    if anchor is None or form is RoleForm.ARGUMENTS:
        quoted = anchor is None or _text(source, anchor)[2][:1] in {'"', "'", ""}
        return (
            EntryStyle(form, value_quote='"' if quoted else "", separator="=")
            if form is RoleForm.ARGUMENTS
            else _plain(form)
        )
    key, separator, value = _text(source, anchor)
    if not separator.strip() or separator.strip() not in {":", "="}:
        return _plain(form)
    padded = separator.lstrip(" ")
    width = len(key) + len(separator) - len(padded)
    is_single = form is RoleForm.YAML and value[:1] == "'"
    return EntryStyle(
        form,
        key_quote=key[:1] if key[:1] in {'"', "'"} else "",
        value_quote="'" if is_single else '"',
        separator=padded if separator != padded and _is_aligned(source, parent, width) else separator,
        column=width if separator != padded and _is_aligned(source, parent, width) else 0,
        comma=_comma(form, source, parent),
    )


def _plain(form: RoleForm) -> EntryStyle:
    if form in COMMA_FORMS:
        return EntryStyle(form, key_quote='"', separator=": ", comma="between")
    return EntryStyle(form, separator=": " if form is RoleForm.YAML else " = ")


def _text(source: SourceText, entry: Entry) -> tuple[str, str, str]:
    """Key, separator and value as written; three empty texts where they are not beside each other."""
    key, value = entry.key.span, entry.value.span
    if key.path != value.path or key.end_line != value.start_line:
        return "", "", ""
    start, end = source.index(key.start_line, key.start_column), source.index(key.end_line, key.end_column)
    at = source.index(value.start_line, value.start_column)
    stop = source.index(value.end_line, value.end_column)
    return source.text[start:end], source.text[end:at], source.text[at:stop]


def _is_aligned(source: SourceText, parent: Mapping, width: int) -> bool:
    """Whether the separators of keys of different lengths are in one column."""
    lengths = set()
    for entry in parent:
        key, separator, _ = _text(source, entry)
        if len(key) + len(separator) - len(separator.lstrip(" ")) == width:
            lengths.add(len(key))
    return len(lengths) > 1


def _comma(form: RoleForm, source: SourceText, parent: Mapping) -> str:
    if form in COMMA_FORMS:
        return "between"
    if form is not RoleForm.TERRAFORM:
        return ""
    behind = [source.text[_end(source, entry) :].lstrip(" ")[:1] == "," for entry in parent]
    if behind and all(behind):
        return "always"
    return "between" if len(behind) > 1 and all(behind[:-1]) else ""


def _end(source: SourceText, entry: Entry) -> int:
    return source.index(entry.value.span.end_line, entry.value.span.end_column)
