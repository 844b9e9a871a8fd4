"""Suggestions as gitlab.md section 7 has them."""

import gitlab
import pytest

from tests.gitlab_double.suggestions import blocks


def test_reads_blocks_as_gitlab_does():
    text = "x\n````suggestion:-1+2\n```yaml\na\n```\n````\n```suggestion\nb\n```\n```yaml\n```suggestion\n```\n~~~suggestion:-0+0\n~~~"
    assert list(blocks(text)) == [(1, 2, "```yaml\na\n```\n"), (0, 0, "b\n"), (0, 0, "")]


def test_a_range_ends_at_a_hundred_lines():
    assert list(blocks("```suggestion:-150+101\nx\n```")) == [(100, 100, "x\n")]


def suggest(remote, position, text, span="-0+0"):
    made = remote.discussions.create({"body": f"s\n```suggestion:{span}\n{text}```", "position": position})
    return made.attributes["notes"][0].get("suggestions", [])


def apply(api, suggestion):
    return api.http_put(f"/suggestions/{suggestion['id']}/apply")


def test_applying_commits_resolves_and_reports_the_old_head(double, project, merge_request, remote, api, at):
    double.hook("http://127.0.0.1:9/", project, events=("merge_requests_events",))
    before = merge_request.version.head
    (found,) = suggest(remote, at(new_line=11), "better\nbest\n", "-1+1")
    assert (found["from_line"], found["to_line"], found["from_content"]) == (
        10,
        12,
        "line 10\nadded\nline 11\n",
    )
    assert apply(api, found)["applied"] is True
    text = project.repository.blob(merge_request.version.head, "a.txt").decode()
    assert text.split("\n")[8:12] == ["line 9", "better", "best", "line 12"]
    assert double.threads(merge_request)[0].resolved
    pushes = [each.payload["object_attributes"] for each in double.deliveries]
    assert [each.get("oldrev") for each in pushes] == [None, before]
    assert merge_request.version.head == pushes[-1]["last_commit"]["id"]


def test_an_empty_block_deletes_the_line(project, merge_request, remote, api, at):
    (found,) = suggest(remote, at(new_line=11), "")
    apply(api, found)
    assert "added" not in project.repository.blob(merge_request.version.head, "a.txt").decode()


def test_keeps_crlf_and_a_missing_last_newline(double, project, api):
    merge_request = double.open_merge_request(project, {"w.txt": "a\r\nb\r\nc"}, source_branch="w")
    remote = api.projects.get(project.id).mergerequests.get(merge_request.iid)
    place = {**merge_request.version.refs, "position_type": "text", "old_path": "w.txt", "new_path": "w.txt"}
    apply(api, suggest(remote, place | {"new_line": 2}, "B\n")[0])
    place |= merge_request.version.refs
    apply(api, suggest(remote, place | {"new_line": 3}, "C\n")[0])
    assert project.repository.blob(merge_request.version.head, "w.txt") == b"a\r\nB\r\nC"


def test_no_suggestion_on_a_removed_line_or_a_file_comment(remote, at):
    assert suggest(remote, at(old_line=15), "x\n") == []
    assert suggest(remote, at() | {"position_type": "file"}, "x\n") == []


def inapplicable(api, found):
    with pytest.raises(gitlab.GitlabHttpError) as caught:
        apply(api, found)
    assert caught.value.response_code == 400
    return caught.value.error_message


def test_refuses_what_cannot_be_applied(double, project, merge_request, remote, api, at):
    (same,) = suggest(remote, at(new_line=11), "added\n")
    assert inapplicable(api, same) == "This suggestion already matches its content."
    (found,) = suggest(remote, at(new_line=5), "other\n")
    double.set_state(merge_request, "closed")
    assert "is closed" in inapplicable(api, found)
    double.set_state(merge_request, "opened")
    double.push(project, "feature", {"a.txt": "line 1\n"})
    assert "changed in a more recent version" in inapplicable(api, found)
    double.delete_branch(project, "feature")
    assert "source branch was deleted" in inapplicable(api, found)


def test_refuses_an_outdated_thread_though_its_lines_are_the_same(
    double, project, merge_request, remote, api, at
):
    (found,) = suggest(remote, at(old_line=4, new_line=4), "other\n")
    start = project.repository.blob(merge_request.version.base, "a.txt")
    double.push(project, "feature", {"a.txt": start, "b.txt": "so that something is left\n"})
    assert "changed in a more recent version" in inapplicable(api, found)


def test_refuses_a_notebook(double, project, api):
    merge_request = double.open_merge_request(project, {"n.ipynb": "a\n"}, source_branch="n")
    remote = api.projects.get(project.id).mergerequests.get(merge_request.iid)
    place = {
        **merge_request.version.refs,
        "position_type": "text",
        "old_path": "n.ipynb",
        "new_path": "n.ipynb",
    }
    assert "readability" in inapplicable(api, suggest(remote, place | {"new_line": 1}, "b\n")[0])


def test_a_suggestion_moves_along_with_its_line(double, project, merge_request, remote, api, at):
    (found,) = suggest(remote, at(new_line=11), "better\n")
    text = project.repository.blob(merge_request.version.head, "a.txt").decode()
    double.push(project, "feature", {"a.txt": "first\n" + text})
    apply(api, found)
    assert "first\nline 1\n" in project.repository.blob(merge_request.version.head, "a.txt").decode()
    assert (
        "line 10\nbetter\nline 11\n" in project.repository.blob(merge_request.version.head, "a.txt").decode()
    )


def test_a_batch_is_one_commit_and_refuses_overlaps(double, project, merge_request, remote, api, at):
    (one,) = suggest(remote, at(new_line=5), "FIVE\n")
    (two,) = suggest(remote, at(new_line=11), "ELEVEN\n")
    (three,) = suggest(remote, at(new_line=11), "x\n", "-7+0")
    with pytest.raises(gitlab.GitlabHttpError, match="overlap"):
        api.http_put("/suggestions/batch_apply", post_data={"ids": [one["id"], three["id"]]})
    api.http_put("/suggestions/batch_apply", post_data={"ids": [one["id"], two["id"]]})
    text = project.repository.blob(merge_request.version.head, "a.txt").decode()
    assert "FIVE\n" in text
    assert "ELEVEN\n" in text
    assert len(merge_request.versions) == 2


def test_a_stranger_may_not_apply(double, project, remote, api, at):
    (found,) = suggest(remote, at(new_line=5), "x\n")
    double.set_role(double.bot, project, 20)
    with pytest.raises(gitlab.GitlabHttpError) as caught:
        apply(api, found)
    assert caught.value.response_code == 403


def test_editing_a_note_reads_its_suggestions_anew(merge_request, remote, at):
    made = remote.discussions.create({"body": "```suggestion\nx\n```", "position": at(new_line=5)})
    note = made.notes.get(made.attributes["notes"][0]["id"])
    note.body = "no more"
    note.save()
    assert merge_request.discussions[0].first.suggestions == []
