"""Positions as GitLab wants them, proven against git's own diffs."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.diff import file_lines
from bot.documents.lines import split_lines
from bot.snapshot import Change, ChangedFile


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


def changed(diff: str | None, change: Change = Change.MODIFIED) -> ChangedFile:
    return ChangedFile("a.yml", "a.yml", change, diff)


@pytest.mark.parametrize("own", [False, True], ids=["GitLab's diff", "our own"])
@given(
    old=st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=25),
    new=st.lists(st.sampled_from(["a", "b", "c", "x", ""]), max_size=25),
    last_newline=st.booleans(),
)
@settings(max_examples=60, deadline=None)
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
    lines = file_lines(changed("@@ -0,0 +1,2 @@\n+a\n+b\n", Change.ADDED), None, "a\nb\n")
    assert [lines.position(n) and lines.position(n).old_line for n in (1, 2)] == [None, None]
    assert lines.position(3) is None


def test_a_pure_rename_takes_no_comment():
    lines = file_lines(ChangedFile("old.yml", "new.yml", Change.RENAMED, ""), "a\n", "a\n")
    assert lines.position(1) is None


def test_below_a_line_like_a_file_header_no_position_is_given_that_gitlab_refuses(tmp_path):
    old = "select 1;\n" + "\n".join("abcd") + "\n"
    removed = file_lines(
        changed(git_diff(tmp_path, "select 1;\n-- a note\nx\ny\n", "select 1;\nx\nz\n")),
        None,
        "select 1;\nx\nz\n",
    )
    assert removed.position(1) is not None
    assert removed.position(2) is None  # an unchanged line needs the old number, which is shifted
    assert removed.position(3) is not None  # an added one does not
    new = old.replace("select 1;\n", "select 1;\n++ b\nnew\n")
    added = file_lines(changed(git_diff(tmp_path, old, new)), old, new)
    assert added.added == {2, 3}
    assert [added.position(line) for line in (2, 3, 4)] == [None, None, None]
