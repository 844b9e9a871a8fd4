"""Positions as GitLab wants them, proven against git's own diffs."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.diff import DiffLines, file_lines
from bot.documents.lines import split_lines
from bot.snapshot import ChangedFile, FileChange
from bot.threads import Position

ROOT = Path(__file__).parents[2]


def git_diff(tmp_path, old: str, new: str) -> str:
    (tmp_path / "old").write_bytes(old.encode())
    (tmp_path / "new").write_bytes(new.encode())
    run = subprocess.run(
        ["git", "diff", "--no-index", "--no-color", "old", "new"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    return run.stdout[run.stdout.index("@@") :] if "@@" in run.stdout else ""


def changed(diff: str | None, change: FileChange = FileChange.MODIFIED) -> ChangedFile:
    return ChangedFile("a.yml", "a.yml", change, diff)


@pytest.mark.parametrize("own", [False, True], ids=["GitLab's diff", "our own"])
@given(
    old=st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=25),
    new=st.lists(st.sampled_from(["a", "b", "c", "x", ""]), max_size=25),
    last_newline=st.booleans(),
)
@settings(max_examples=60)
def test_every_line_of_the_head_has_the_partner_that_git_gives_it(
    tmp_path_factory, own, old, new, last_newline
):
    old_text = "\n".join(old) + "\n" * bool(old)
    new_text = "\n".join(new) + "\n" * (bool(new) and last_newline)
    diff = git_diff(tmp_path_factory.mktemp("diff"), old_text, new_text)
    lines = file_lines(changed(None if own else diff), old_text, new_text)
    if old_text == new_text:
        assert lines.position(1) is None
        return
    old_lines, new_lines = split_lines(old_text), split_lines(new_text)
    for number in range(1, len(new_lines) + 1):
        position = lines.position(number)
        assert position is not None
        assert position.new_line == number
        if position.old_line is None:
            assert number in lines.added
        else:
            assert old_lines[position.old_line - 1] == new_lines[number - 1]
    assert lines.position(len(new_lines) + 1) is None
    unchanged = sum(lines.position(n).old_line is not None for n in range(1, len(new_lines) + 1))
    assert unchanged == len(old_lines) - len(lines.removed)


def test_an_unchanged_line_far_from_any_hunk_keeps_its_shift():
    diff = "@@ -2,3 +2,4 @@\n b\n+new\n c\n d\n"
    lines = file_lines(changed(diff), None, None)
    assert (lines.position(1).old_line, lines.position(3).old_line, lines.position(40).old_line) == (
        1,
        None,
        39,
    )


def test_a_new_file_has_only_new_numbers():
    lines = file_lines(changed("@@ -0,0 +1,2 @@\n+a\n+b\n", FileChange.ADDED), None, "a\nb\n")
    assert [lines.position(n) and lines.position(n).old_line for n in (1, 2)] == [None, None]
    assert lines.position(3) is None


def test_a_pure_rename_takes_no_comment():
    lines = file_lines(ChangedFile("old.yml", "new.yml", FileChange.RENAMED, ""), "a\n", "a\n")
    assert lines.position(1) is None


NOTE, PLUS = "-- a note\n", "++ b plus\n"


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        # A removed one: old numbers below it are one less, which an added line does not have.
        (f"select 1;\n{NOTE}x\ny\n", "select 1;\nx\nz\n", {1: (1, 1), 2: (2, 2), 3: (None, 3)}),
        # An added one has no place itself; below it all new numbers are one less.
        (
            "select 1;\na\nb\n",
            f"select 1;\n{PLUS}new\na\nb\n",
            {1: (1, 1), 2: None, 3: (None, 2), 4: (2, 3), 5: (3, 4)},
        ),
        # Behind an added line it is one like any other.
        ("a\n", f"a\nx\n{PLUS}", {1: (1, 1), 2: (None, 2), 3: (None, 3)}),
        # Between two hunks GitLab counts from the second one's numbers, behind the last one from its own.
        (
            "a\n" + NOTE + "b\n" * 20 + "c\n",
            "a\n" + "b\n" * 20 + "d\n",
            {2: (2, 2), 8: (9, 8), 21: (22, 21), 22: (None, 22)},
        ),
        ("a\n" + NOTE + "b\n" * 20, "a\n" + "b\n" * 20, {1: (1, 1), 4: (4, 4), 8: None, 20: None}),
    ],
)
def test_below_a_line_like_a_file_header_gitlab_counts_otherwise(tmp_path, old, new, wanted):
    lines = file_lines(changed(git_diff(tmp_path, old, new)), old, new)
    found = {line: lines.position(line) for line in wanted}
    assert {n: at and (at.old_line, at.new_line) for n, at in found.items()} == wanted


def test_a_file_too_large_to_show_takes_no_comment_on_a_line():
    file = ChangedFile("a.yml", "a.yml", FileChange.MODIFIED, None, too_large=True)
    lines = DiffLines([file_lines(file, "a\n", "a\nb\n")])
    assert lines.position("a.yml", 2) is None
    assert lines.whole("a.yml") == Position("a.yml", "a.yml", None, None)
    assert lines.whole("b.yml") is None


SHARED = ROOT.parent / "shared" / "truth" / "diff_positions.jsonl"
KINDS = {
    "modified": FileChange.MODIFIED,
    "added": FileChange.ADDED,
    "deleted": FileChange.DELETED,
    "renamed": FileChange.RENAMED,
}


@pytest.mark.skipif(not SHARED.exists(), reason="no table of GitLab's own answers here")
def test_each_row_of_gitlabs_answers_agrees():
    """A place that we give is accepted and shows that line; each accepted place of a line of the head is given."""
    wrong = []
    for row in map(json.loads, SHARED.read_text().splitlines()):
        file = ChangedFile(row["old_path"], row["new_path"], KINDS[row["change"]], row["diff"])
        lines = file_lines(file, row["old"], row["new"])
        place = row["position"]["old_line"], row["position"]["new_line"]
        given = [
            text.rstrip("\r\n")
            for number, text in enumerate(split_lines(row["new"] or ""), 1)
            if (at := lines.position(number)) and (at.old_line, at.new_line) == place
        ]
        if place[1] is not None and given != ([row["line"][1:].rstrip("\r")] if row["accepted"] else []):
            wrong.append(row["id"])
    assert wrong == []
