"""Where GitLab lets a comment are (gitlab.md section 5), pinned."""

import itertools
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import gitlab
import pytest

from tests.gitlab_double import positions
from tests.gitlab_double.git import FileDiff, Repository
from tests.gitlab_double.model import Version

TRUTH = Path(__file__).parents[3] / "shared" / "truth"

NO_LINE_CODE = '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}'


def refusal(remote, position):
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        remote.discussions.create({"body": "x", "position": position})
    assert caught.value.response_code == 400
    return caught.value.error_message


# The diff: 5 changed (-5 +5), 11 added, old 15 removed (new numbers shift by one between 11 and 15).
@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ({"new_line": 5}, "added"),
        ({"old_line": 5}, "removed"),
        ({"old_line": 15}, "removed"),
        ({"new_line": 11}, "added"),
        ({"old_line": 4, "new_line": 4}, "context"),
        ({"old_line": 12, "new_line": 13}, "context after an added line"),
        ({"old_line": 20, "new_line": 20}, "far from every hunk: unfolded"),
    ],
)
def test_accepts_the_lines_of_the_diff(remote, at, lines, kind):
    made = remote.discussions.create({"body": kind, "position": at(**lines)})
    note = made.attributes["notes"][0]
    assert note["type"] == "DiffNote"
    assert note["resolvable"] is True
    assert {key: note["position"][key] for key in lines} == lines


@pytest.mark.parametrize(
    "lines",
    [
        {"old_line": 5, "new_line": 5},  # both lines on a changed line
        {"new_line": 4},  # one line on a context line
        {"old_line": 4},
        {"old_line": 12, "new_line": 12},  # forgot that an earlier hunk shifted the lines
        {"old_line": 21, "new_line": 21},  # after the end
        {"new_line": 99},
    ],
)
def test_refuses_a_line_that_is_not_in_the_diff(remote, at, lines):
    assert refusal(remote, at(**lines)) == NO_LINE_CODE


def test_refuses_a_file_that_is_not_in_the_diff(remote, at):
    assert refusal(remote, at("untouched.txt", old_line=1, new_line=1)) == NO_LINE_CODE


def test_refuses_an_unknown_commit(remote, at):
    assert refusal(remote, at(new_line=5) | {"head_sha": "f" * 40}) == NO_LINE_CODE


def test_refuses_a_position_without_lines_or_path(remote, at):
    assert "is incomplete" in refusal(remote, at())
    assert "is incomplete" in refusal(remote, at(new_line=5) | {"old_path": None})


@pytest.mark.parametrize("key", ["base_sha", "start_sha", "head_sha", "position_type"])
def test_refuses_a_position_without_its_commits(remote, at, key):
    position = at(new_line=5)
    del position[key]
    assert refusal(remote, position) == f"position[{key}] is missing"


def test_a_pure_rename_carries_no_line_comment_but_a_file_comment(double, project, api):
    merge_request = double.open_merge_request(
        project, {"untouched.txt": None, "moved.txt": "same\n"}, source_branch="r"
    )
    remote = api.projects.get(project.id).mergerequests.get(merge_request.iid)
    (file,) = api.http_list(f"/projects/{project.id}/merge_requests/{merge_request.iid}/diffs", get_all=True)
    assert (file["renamed_file"], file["diff"]) == (True, "")
    position = {
        **merge_request.version.refs,
        "position_type": "text",
        "old_path": "untouched.txt",
        "new_path": "moved.txt",
    }
    assert refusal(remote, position | {"old_line": 1, "new_line": 1}) == NO_LINE_CODE
    made = remote.discussions.create({"body": "x", "position": position | {"position_type": "file"}})
    assert made.attributes["notes"][0]["position"]["new_line"] is None


def test_a_file_over_the_patch_limit_carries_no_comment(double, remote, at):
    double.world.limits.diff_patch_bytes = 10
    assert refusal(remote, at(new_line=5)) == NO_LINE_CODE


def test_an_added_line_moves_along_with_a_push(double, project, merge_request, remote, at):
    made = remote.discussions.create({"body": "x", "position": at(new_line=11)})
    text = project.repository.blob(merge_request.version.head, "a.txt").decode()
    double.push(project, "feature", {"a.txt": "new first line\n" + text})
    note = remote.discussions.get(made.id).attributes["notes"][0]
    assert (note["position"]["old_line"], note["position"]["new_line"]) == (None, 12)
    assert note["position"]["head_sha"] == merge_request.version.head
    assert merge_request.discussions[0].first.original_position["new_line"] == 11


def test_a_changed_line_outdates_its_thread_and_keeps_it_open(double, project, merge_request, remote, at):
    made = remote.discussions.create({"body": "x", "position": at(new_line=11)})
    before = merge_request.version.head
    double.push(project, "feature", {"a.txt": "line 1\n"})
    notes = remote.discussions.get(made.id).attributes["notes"]
    assert notes[0]["position"]["head_sha"] == before
    assert notes[0]["resolved"] is False
    assert (notes[1]["system"], notes[1]["body"]) == (True, "changed this line in version 2 of the diff")


def test_a_project_can_have_outdated_threads_resolved(double, project, merge_request, remote, at):
    project.resolve_outdated_diff_discussions = True
    made = remote.discussions.create({"body": "x", "position": at(new_line=11)})
    double.push(project, "feature", {"a.txt": "line 1\n"})
    assert remote.discussions.get(made.id).attributes["notes"][0]["resolved"] is True
    assert merge_request.discussions[0].first.resolved_by_push is True


def test_a_rebase_moves_threads_and_changes_all_three_commits(double, project, merge_request, remote, at):
    made = remote.discussions.create({"body": "x", "position": at(new_line=11)})
    start = project.repository.blob(project.branches["main"], "a.txt").decode()
    double.commit(project, "main", {"a.txt": "zero\n" + start})
    double.rebase(merge_request)
    position = remote.discussions.get(made.id).attributes["notes"][0]["position"]
    assert position["new_line"] == 12
    assert {key: position[key] for key in ("base_sha", "start_sha", "head_sha")} == merge_request.version.refs


def test_a_comment_on_an_older_version_is_moved_at_once(double, project, merge_request, remote, at):
    position = at(new_line=11)
    text = project.repository.blob(merge_request.version.head, "a.txt").decode()
    double.push(project, "feature", {"a.txt": "new first line\n" + text})
    made = remote.discussions.create({"body": "x", "position": position})
    assert made.attributes["notes"][0]["position"]["new_line"] == 12


# Rows of our own: a diff of git, a place, and the line that GitLab's parser shows there (None: refused).
SKIPPED = "@@ -1,4 +1,5 @@\n select 1;\n--- a note\n+++ b plus\n x\n+new\n y\n"
PLACES = [
    (SKIPPED, (1, 1), " select 1;"),
    (SKIPPED, (2, 2), " x"),
    (SKIPPED, (None, 3), "+new"),
    (SKIPPED, (3, 4), " y"),
    (SKIPPED, (3, 3), None),
    (SKIPPED, (None, 4), None),
    ("@@ -1 +1,3 @@\n a\n+x\n+++ b\n", (None, 3), "+++ b"),
]


class _Blobs:
    """The one thing that a position asks of a repository here."""

    def __init__(self, old: str) -> None:
        self._old = old.encode()

    def blob(self, _ref: str, _path: str) -> bytes:
        return self._old


def shown(diff: str, place: tuple[int | None, int | None], old: str = "", status: str = "M") -> str | None:
    position = {"base_sha": "", "old_line": place[0], "new_line": place[1]}
    line = positions.line_of(position, FileDiff("a", "a", "1", "1", status, diff), _Blobs(old))
    return line and line.kind + line.text


@pytest.mark.parametrize(("diff", "place", "line"), PLACES)
def test_counts_as_gitlabs_parser_does(diff, place, line):
    assert shown(diff, place) == line


@pytest.mark.skipif(not TRUTH.exists(), reason="no table of GitLab's own answers here")
def test_agrees_with_each_row_of_gitlabs_places():
    kinds = {"modified": "M", "added": "A", "deleted": "D", "renamed": "R"}
    wrong = []
    for row in map(json.loads, (TRUTH / "diff_positions.jsonl").read_text().splitlines()):
        place = row["position"]["old_line"], row["position"]["new_line"]
        found = shown(row["diff"], place, row["old"] or "", kinds[row["change"]])
        wanted = row["line"].rstrip("\r") if row["accepted"] else None
        if (found and found.rstrip("\r")) != wanted:
            wrong.append(row["id"])
    assert wrong == []


TEN = "".join(f"{n}\n" for n in range(10))
MOVES = [
    # what, base, first head, second head, place before, place after (None: outdated)
    ("another file", {"f": TEN}, {"f": TEN + "x\n"}, {"f": TEN + "x\n", "g": "y\n"}, (None, 11), (None, 11)),
    ("lines above", {"f": TEN}, {"f": TEN + "x\n"}, {"f": "a\nb\n" + TEN + "x\n"}, (None, 11), (None, 13)),
    ("the line itself", {"f": TEN}, {"f": TEN + "x\n"}, {"f": TEN + "z\n"}, (None, 11), None),
    ("a rename", {"f": TEN}, {"f": TEN + "x\n"}, {"g": TEN + "x\n"}, (None, 11), None),
]


def _version(number: int, base: str, head: str, repository: Repository) -> Version:
    return Version(number, base, base, head, datetime.now(UTC), repository.diff(base, head))


def moved(repository: Repository, row: dict) -> tuple[dict | None, bool]:
    """Where the row's place is at its second head, and whether it is outdated."""
    states = [row["old"], row["mid"], row.get("new_old"), row["new"]]

    def commit(files: dict, parents: tuple[str, ...], before: dict) -> str:
        gone = dict.fromkeys(before.keys() - files.keys())
        return repository.commit(parents, {**gone, **files}, "m", "d")

    base = commit(states[0], (), {})
    head = commit(states[1], (base,), states[0])
    new_base = commit(states[2], (base,), states[0]) if states[2] is not None else base
    new_head = commit(states[3], (new_base,), states[2] if states[2] is not None else states[0])
    position = {
        "base_sha": base,
        "start_sha": base,
        "head_sha": head,
        "position_type": "text",
        "line_range": None,
    }
    versions = _version(1, base, head, repository), _version(2, new_base, new_head, repository)
    return positions.trace(position | row["position"], *versions, repository)


def place_of(position: dict) -> dict:
    return {key: position[key] for key in ("old_path", "new_path", "old_line", "new_line")}


@pytest.mark.parametrize(
    ("what", "old", "mid", "new", "before", "after"), MOVES, ids=lambda each: str(each)[:12]
)
def test_traces_as_gitlab_does(tmp_path, what, old, mid, new, before, after):
    row = {"old": old, "mid": mid, "new": new}
    row["position"] = {"old_path": "f", "new_path": "f", "old_line": before[0], "new_line": before[1]}
    found, outdated = moved(Repository(tmp_path / "r.git"), row)
    assert outdated == (after is None), what
    if after is not None:
        assert (found["old_line"], found["new_line"]) == after


@pytest.mark.skipif(not TRUTH.exists(), reason="no table of GitLab's own answers here")
def test_agrees_with_rows_of_gitlabs_moves(tmp_path):
    """Every fourth row in the ordinary run, all of them with SEALCHECK_ORACLE=full."""
    step = 1 if os.environ.get("SEALCHECK_ORACLE") == "full" else 4
    lines = (TRUTH / "position_moves.jsonl").read_text().splitlines()
    repository, wrong = Repository(tmp_path / "r.git"), []
    for row in map(json.loads, itertools.islice(lines, 0, None, step)):
        found, outdated = moved(repository, row)
        same = outdated if row["outdated"] else not outdated and place_of(found) == row["after"]
        wrong += [] if same else [row["id"]]
    assert wrong == []
