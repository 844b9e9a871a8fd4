"""Spans and edits in the editor's own terms: its units, its positions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument

from bot.documents.lines import split_lines
from bot.documents.location import Span
from bot.editor.diagnostics import edits_of, range_of
from bot.fixes import Edit, Fix, apply_edits


class Known:
    """As much of `Checked` as edits need."""

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self, path: str) -> str:
        return self._text


def test_columns_are_counted_as_the_editor_counts():
    lines = ["- echo \U0001f511é $KEY\r\n"]
    for encoding, start in (("utf-8", 14), ("utf-16", 11), ("utf-32", 10)):
        codec = PositionCodec(types.PositionEncodingKind(encoding))
        found = range_of(Span("x", 1, 11, 1, 15), lines, codec)
        assert (found.start.character, found.end.character) == (start, start + 4)


def test_whole_lines_are_shown_without_their_indentation_and_end():
    codec = PositionCodec()
    lines = ["  a: b\n", "  c: d\n"]
    assert range_of(Span.of_lines("x", 2), lines, codec) == types.Range(
        types.Position(1, 2), types.Position(1, 6)
    )
    several = range_of(Span("x", 1, 3, 2, 5), lines, codec)
    assert several == types.Range(types.Position(0, 2), types.Position(0, 6))
    gone = range_of(Span("x", 9, 3, 9, 5), lines, codec)
    assert gone == types.Range(types.Position(8, 0), types.Position(8, 0))


@st.composite
def edited(draw):
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    lines = draw(st.lists(st.sampled_from(["", "a", "  b: c", "\U0001f511"]), min_size=1, max_size=5))
    text = ends.join(lines) + (ends if draw(st.booleans()) else "")
    count = len(split_lines(text))
    start = draw(st.integers(1, count + 1))
    end = draw(st.integers(start - 1, max(start - 1, count)))
    new = draw(st.sampled_from(["", "new" + ends, "x" + ends + "y" + ends, "bare"]))
    return text, Edit("x", start, min(end, count), new)


@given(edited())
def test_the_editor_makes_of_an_edit_what_we_make_of_it(case):
    text, edit = case
    [change] = edits_of(
        Fix("t", (edit,)), Known(text), PositionCodec(), lambda path: f"file:///{path}", lambda _: 3
    )
    assert (change.text_document.uri, change.text_document.version) == ("file:///x", 3)
    [made] = change.edits
    document = TextDocument("file:///x", text)
    document.apply_change(types.TextDocumentContentChangePartial(made.range, made.new_text))
    assert document.source == apply_edits(text, [edit])
