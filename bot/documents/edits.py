"""Line-surgical edits of YAML and JSON: they change what they are asked to, and not one character more.

Indentation, comments, quotes, CRLF and a missing last newline stay as they are. Every edit of a YAML or JSON
file is read back: where anything but the wanted value changed, there is no edit. So each function answers an
`Edit`, or None where it cannot be done safely. The nodes must have been read from exactly this `text`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

from bot.documents.location import Span
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, Style
from bot.documents.quoting import Value, json_text, requoted, yaml_lines, yaml_text
from bot.documents.splice import File, nodes_of
from bot.fixes import Edit, EditConflict, apply_edits

Change: TypeAlias = Callable[[Node], bool]

_NOWHERE: Final = Span("", 0, 0, 0, 0)


def set_scalar(text: str, scalar: Scalar, value: str | float | bool | None) -> Edit | None:  # noqa: FBT001 - a value
    """Write `value` instead of the whole scalar, in the scalar's own style where that can contain it.

    An anchor or a tag before it stays. A key is a scalar too: this renames it.
    """
    file = File(scalar.span.path, text)
    start, end = file.indices(scalar.span)
    if scalar.style in {Style.LITERAL, Style.FOLDED}:
        written = file.block(start, end, value) if isinstance(value, str) else None
    elif file.holds(scalar.span):
        written = yaml_text(value, scalar.style, in_flow=True)
    else:
        written = json_text(value)
    if written is None:
        return None
    if start == end and start > 0 and text[start - 1] not in " \t\n":
        written = " " + written

    def change(node: Node) -> bool:
        if not isinstance(node, Scalar) or node.span != scalar.span:
            return False
        node.value = value
        return True

    return _proven(file, file.splice(start, end, written), change)


def replace_within(text: str, scalar: Scalar, start: int, end: int, new: str) -> Edit | None:
    """Write `new` instead of the characters `start` to `end` (0-based, end excluded) of the scalar's text.

    Where nothing is left of whole lines of a block, the lines go too.
    """
    file = File(scalar.span.path, text)
    written = requoted(new, scalar.style, as_json=not file.holds(scalar.span))
    if written is None or not 0 <= start <= end <= len(scalar.text):
        return None
    first, last = file.index(scalar.place(start)), file.index(scalar.place(end))
    if scalar.style in {Style.LITERAL, Style.FOLDED}:
        written = written.replace("\n", file.newline + " " * file.indent_at(file.index(scalar.place(0))))
        if not new:
            first, last = file.whole_lines(first, last)
    wanted = scalar.text[:start] + new + scalar.text[end:]

    def change(node: Node) -> bool:
        if not isinstance(node, Scalar) or node.span != scalar.span:
            return False
        node.value = wanted
        return True

    return _proven(file, file.splice(first, last, written), change, any_blanks=True)


def insert_key(text: str, mapping: Mapping, key: str, value: Value, after: str | None = None) -> Edit | None:
    """Add `key: value` to the mapping: behind the key `after`, or at its end."""
    file = File(mapping.span.path, text)
    own = _own_entries(mapping)
    before = own[-1] if own else None
    if after is not None:
        before = mapping.entries.get(after)
        if before not in own:
            return None
    if key in mapping.entries:
        return None
    if _is_flow(file, mapping.span):
        edit = _insert_in_flow(
            file, mapping.span, before.span if before else None, _pair(file, own, key, value)
        )
    else:
        line = _last_line(before) if after is not None and before is not None else mapping.span.end_line
        edit = file.insert_lines_after(line, yaml_lines(key, value, file.indent_of(mapping.span)))

    def change(node: Node) -> bool:
        if not isinstance(node, Mapping) or node.span != mapping.span:
            return False
        node.entries[key] = _entry(key, value)
        return True

    return _proven(file, edit, change, any_order=True)


def insert_after_entry(text: str, entry: Entry, key: str, value: Value) -> Edit | None:
    """Add `key: value` behind `entry`, in the same block mapping."""
    file = File(entry.key.span.path, text)
    lines = yaml_lines(key, value, file.indent_of(entry.key.span))

    def change(node: Node) -> bool:
        if not isinstance(node, Mapping) or not any(other.key.span == entry.key.span for other in node):
            return False
        node.entries.setdefault(key, _entry(key, value))
        return True

    return _proven(file, file.insert_lines_after(_last_line(entry), lines), change, any_order=True)


def remove_entry(text: str, mapping: Mapping, key: str) -> Edit | None:
    """Take the entry `key` out of the mapping; the last one leaves `{}`."""
    entry = mapping.entries.get(key)
    own = _own_entries(mapping)
    if entry is None or entry not in own:
        return None
    file = File(mapping.span.path, text)
    at = own.index(entry)
    first = file.indices(entry.key.span)[0]
    if _is_flow(file, mapping.span):
        edit = _remove_in_flow(file, mapping.span, [each.span for each in own], at)
    elif len(mapping.entries) == 1:
        edit = file.replace_block(*file.indices(mapping.span), "{}")
    elif file.starts_its_line(first):
        edit = file.remove_lines(entry.key.span.start_line, _last_line(entry))
    elif at + 1 < len(own):
        # The first key of a list's item is behind the dash: the next key takes its place.
        following = file.indices(own[at + 1].key.span)[0]
        no_comment = file.only_space(file.indices(entry.span)[1], following)
        edit = file.splice(first, following, "") if no_comment else None
    else:
        edit = None

    def change(node: Node) -> bool:
        if not isinstance(node, Mapping):
            return False
        names = [name for name, other in node.entries.items() if other.key.span == entry.key.span]
        for name in names:
            del node.entries[name]
        return bool(names)

    return _proven(file, edit, change)


def _proven(
    file: File, edit: Edit | None, change: Change, *, any_order: bool = False, any_blanks: bool = False
) -> Edit | None:
    """`edit`, where reading the edited file gives what `change` makes of the file as it was.

    `change` says whether it found the node. Where the node lies in a file of another kind (JSON in a script),
    nothing can be compared here; the proof of the fix does it later. `any_order`: of keys; `any_blanks`: in
    strings, which folding moves.
    """
    if edit is None:
        return None
    try:
        after = File(file.path, apply_edits(file.text, [edit])).read()
    except EditConflict:
        return None
    before = file.read()
    if before is None:
        return edit
    if after is None:
        return None
    changed = [change(node) for document in before for node in nodes_of(document)]
    if not any(changed):
        return edit
    read, wanted = (
        [_comparable(document, any_order=any_order, any_blanks=any_blanks) for document in side]
        for side in (after, before)
    )
    return edit if [d for d in read if d is not None] == [d for d in wanted if d is not None] else None


def _comparable(node: Node, *, any_order: bool, any_blanks: bool) -> object:
    """The node's values in a form in which `1`, `true` and `"1"` differ; None for an empty document."""
    inner = partial(_comparable, any_order=any_order, any_blanks=any_blanks)
    if isinstance(node, Mapping):
        pairs = [(inner(entry.key), inner(entry.value)) for entry in node]
        return ("mapping", node.tag, sorted(pairs, key=repr) if any_order else pairs)
    if isinstance(node, Sequence):
        return ("sequence", node.tag, [inner(item) for item in node])
    if isinstance(node.value, str) and any_blanks:
        return ("scalar", node.tag, " ".join(node.value.split()))
    return ("scalar", node.tag, repr(node.value)) if node.value is not None else None


def _own_entries(mapping: Mapping) -> list[Entry]:
    """The entries that are written in the mapping itself (not merged into it), in the order of the file."""
    own = [entry for entry in mapping if _within(entry.key.span, mapping.span)]
    return sorted(own, key=lambda entry: entry.key.span)


def _within(inner: Span, outer: Span) -> bool:
    return (
        inner.path == outer.path
        and (outer.start_line, outer.start_column) <= (inner.start_line, inner.start_column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )


def _last_line(entry: Entry) -> int:
    """The last line of an entry; an alias is on the line of its key."""
    return entry.span.end_line


def _is_flow(file: File, span: Span) -> bool:
    start, end = file.indices(span)
    return file.text[start : start + 1] + file.text[end - 1 : end] in {"{}", "[]"}


def _pair(file: File, own: list[Entry], key: str, value: Value) -> str:
    """`key: value` inside braces: as JSON where the other keys are in double quotes."""
    as_json = all(entry.key.style is Style.DOUBLE for entry in own) if own else not file.is_yaml
    if as_json:
        return f"{json_text(key)}: {json_text(value)}"
    return f"{yaml_text(key, in_flow=True)}: {yaml_text(value, in_flow=True)}"


def _insert_in_flow(file: File, span: Span, before: Span | None, written: str) -> Edit:
    """`written` behind `before` in the brackets at `span`: on its own line where the others have one."""
    start, end = file.indices(span)
    if before is None:
        return file.splice(start + 1, end - 1, written)
    first, last = file.indices(before)
    if file.starts_its_line(first):
        return file.splice(
            last, last, f",{file.newline}{file.text[first - file.indent_at(first) : first]}{written}"
        )
    return file.splice(last, last, f", {written}")


def _remove_in_flow(file: File, span: Span, parts: list[Span], at: int) -> Edit | None:
    """The part at index `at` of the collection in brackets at `span`, with one comma."""
    start, end = file.indices(span)
    spans = [file.indices(part) for part in parts]
    first, last = spans[at]
    if len(spans) == 1:
        return file.splice(start + 1, end - 1, "")
    if at + 1 < len(spans):
        between = file.text[last : spans[at + 1][0]]
        return file.splice(first, spans[at + 1][0], "") if _is_comma(between) else None
    between = file.text[spans[at - 1][1] : first]
    return file.splice(spans[at - 1][1], last, "") if _is_comma(between) else None


def _is_comma(text: str) -> bool:
    """Whether a comma and no comment is between two parts."""
    return text.strip() == ","


def _node(value: Value) -> Node:
    """`value` as a node that is nowhere, for comparison."""
    if isinstance(value, dict):
        return Mapping({key: _entry(key, item) for key, item in value.items()}, _NOWHERE)
    if isinstance(value, list):
        return Sequence(tuple(_node(item) for item in value), _NOWHERE)
    return Scalar(value, str(value), _NOWHERE)


def _entry(key: str, value: Value) -> Entry:
    return Entry(Scalar(key, key, _NOWHERE), _node(value))
