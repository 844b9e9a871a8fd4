"""Authentication, roles, pages, faults, and the strictness of the stand-in itself."""

import time
from concurrent.futures import ThreadPoolExecutor

import gitlab
import pytest
import requests

from tests.gitlab_double import GitLabDouble


@pytest.fixture
def strict():
    """Like `double`, for tests that provoke a refusal on purpose."""
    with GitLabDouble() as found:
        yield found


def get(double, path, token=GitLabDouble.BOT_TOKEN, **named):
    return requests.get(
        f"{double.url}/api/v4{path}", headers={"PRIVATE-TOKEN": token} if token else {}, timeout=5, **named
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/no/such/route", 404),
        ("/user?colour=red", 400),
        ("/projects?page=two", 400),
        ("/suggestions/1/apply", 405),
    ],
)
def test_refuses_and_remembers_what_it_does_not_know(strict, path, status):
    assert get(strict, path).status_code == status
    assert bool(strict.refused) is (path != "/projects?page=two")


def test_the_token_decides(strict):
    assert get(strict, "/user", token="").status_code == 401
    assert get(strict, "/user", token="wrong").status_code == 401
    assert get(strict, "/user").json()["username"] == "sealcheck"
    assert requests.get(
        f"{strict.url}/api/v4/user", headers={"Authorization": f"Bearer {strict.BOT_TOKEN}"}, timeout=5
    ).ok
    strict.revoke()
    answer = get(strict, "/user")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_a_token_that_may_only_read_cannot_write(double, remote):
    double.world.tokens[double.BOT_TOKEN].scopes = ("read_api",)
    assert remote.notes.list(get_all=True) == []
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        remote.notes.create({"body": "x"})
    assert caught.value.response_code == 403


def test_a_private_project_does_not_exist_for_a_stranger(double, project, api):
    double.set_role(double.bot, project, 0)
    for reference in (project.id, project.path):
        with pytest.raises(gitlab.GitlabGetError) as caught:
            api.projects.get(reference)
        assert caught.value.response_code == 404


def test_projects_by_number_and_by_path(project, api):
    assert api.projects.get(project.path).id == api.projects.get(project.id).id == project.id


@pytest.mark.parametrize(("role", "resolves"), [(20, False), (30, True)])
def test_resolving_needs_a_developer(double, project, merge_request, remote, at, role, resolves):
    thread = remote.discussions.create({"body": "x", "position": at(new_line=5)})
    double.set_role(double.bot, project, role)
    thread.resolved = True
    if resolves:
        thread.save()
    else:
        with pytest.raises(gitlab.GitlabUpdateError) as caught:
            thread.save()
        assert caught.value.response_code == 403
    assert merge_request.discussions[0].resolved is resolves


def test_the_author_of_the_merge_request_resolves_without_a_role(double, project, merge_request, remote, at):
    remote.discussions.create({"body": "x", "position": at(new_line=5)})
    project.members[double.dev.id] = 10
    double.resolve(double.dev, merge_request.discussions[0])
    assert merge_request.discussions[0].resolved


def test_the_last_resolved_thread_is_reported_once(double, merge_request, remote, at):
    threads = [remote.discussions.create({"body": "x", "position": at(new_line=line)}) for line in (5, 11)]
    for thread in threads:
        thread.resolved = True
        thread.save()
    assert [mail.kind for mail in double.mails] == ["new_note", "new_note", "resolved_all_discussions"]
    assert merge_request.discussions[-1].first.body == "resolved all threads"


def test_an_answer_to_a_resolved_thread_leaves_it_resolved(double, merge_request, remote, at):
    thread = remote.discussions.create({"body": "x", "position": at(new_line=5)})
    thread.resolved = True
    thread.save()
    double.comment(double.dev, merge_request, "And yet?", merge_request.discussions[0])
    (found, *_) = remote.discussions.list(get_all=True)
    assert [note["resolved_by"]["username"] for note in found.attributes["notes"]] == ["sealcheck", "dev"]


def test_a_plain_note_is_not_resolvable_and_a_reply_makes_it_a_thread(double, merge_request, remote):
    remote.notes.create({"body": "plain"})
    (found,) = remote.discussions.list(get_all=True)
    assert (found.attributes["individual_note"], found.attributes["notes"][0]["resolvable"]) == (True, False)
    assert "resolved" not in found.attributes["notes"][0]
    found.notes.create({"body": "reply"})
    (found,) = remote.discussions.list(get_all=True)
    assert (found.attributes["individual_note"], found.attributes["notes"][0]["resolvable"]) == (False, True)


def test_pages_name_the_next_one(double, project, merge_request, remote):
    for number in range(5):
        remote.notes.create({"body": str(number)})
    answer = get(double, f"/projects/{project.id}/merge_requests/1/discussions?per_page=2&page=2")
    assert [each["notes"][0]["body"] for each in answer.json()] == ["2", "3"]
    assert {answer.headers[f"X-{key}"] for key in ("Page", "Next-Page", "Prev-Page")} == {"2", "3", "1"}
    assert 'page=3&per_page=2>; rel="next"' in answer.headers["Link"].replace(
        "per_page=2&page=3", "page=3&per_page=2"
    )
    assert len(remote.discussions.list(iterator=True, per_page=2)) == 5
    assert (
        get(double, f"/projects/{project.id}/merge_requests/1/discussions?per_page=2&page=3").headers[
            "X-Next-Page"
        ]
        == ""
    )


def test_an_unprepared_merge_request_has_no_diff_yet(double, project, api):
    merge_request = double.open_merge_request(project, {"b.txt": "x\n"}, prepared=False)
    remote = api.projects.get(project.id).mergerequests.get(merge_request.iid)
    assert (remote.diff_refs, remote.changes_count, remote.detailed_merge_status) == (None, None, "preparing")
    double.prepare(merge_request)
    assert (
        api.projects.get(project.id).mergerequests.get(1).diff_refs["head_sha"] == merge_request.version.head
    )


def test_diffs_over_the_limits_come_empty_and_say_so(double, project, api):
    files = {"big.txt": "x" * 300_000 + "\n", "medium.txt": "y\n" * 15_000, "small.txt": "z\n"}
    merge_request = double.open_merge_request(project, files)
    path = f"/projects/{project.id}/merge_requests/{merge_request.iid}"
    shown = {each["new_path"]: each for each in api.http_list(f"{path}/diffs", get_all=True)}
    assert (shown["big.txt"]["too_large"], shown["big.txt"]["diff"]) == (True, "")
    assert (shown["medium.txt"]["collapsed"], shown["medium.txt"]["diff"]) == (True, "")
    raw = api.http_get(f"{path}/changes", query_data={"access_raw_diffs": True})
    assert [len(each["diff"]) > 0 for each in raw["changes"]] == [True, True, True]
    double.world.limits.diff_files = 2
    shown = api.http_get(path)
    assert shown["changes_count"] == "2+"


def test_files_of_a_commit(double, project, api):
    merge_request = double.open_merge_request(project, {"b/ü c.bin": b"\x00\xff"})
    remote = api.projects.get(project.id)
    assert remote.files.raw("b/ü c.bin", ref=merge_request.version.head) == b"\x00\xff"
    assert remote.files.raw("b/ü c.bin", ref="refs/merge-requests/1/head") == b"\x00\xff"
    assert remote.files.get("a.txt", ref="main").decode().startswith(b"line 1\n")
    for path, ref in (("b/ü c.bin", "main"), ("a.txt", "no-such-ref")):
        with pytest.raises(gitlab.GitlabGetError) as caught:
            remote.files.raw(path, ref=ref)
        assert caught.value.response_code == 404
    assert {each["path"] for each in remote.repository_tree(ref="feature", recursive=True, get_all=True)} == {
        "a.txt", "b", "b/ü c.bin", "untouched.txt",
    }  # fmt: skip


def test_a_fork_is_read_through_the_target_project(double, project, api):
    fork = double.project("eve/payments", fork_of=project, bot_role=0)
    merge_request = double.open_merge_request(project, {"b.txt": "x\n"}, source_project=fork)
    remote = api.projects.get(project.id)
    assert remote.files.raw("b.txt", ref=merge_request.version.head) == b"x\n"
    assert remote.mergerequests.get(1).source_project_id == fork.id
    with pytest.raises(gitlab.GitlabGetError):
        api.projects.get(fork.id)


def test_all_open_merge_requests_since(double, project, merge_request, api):
    since = merge_request.updated_at.isoformat()
    assert [
        each.iid
        for each in api.mergerequests.list(scope="all", state="opened", updated_after=since, get_all=True)
    ] == [1]
    assert api.mergerequests.list(state="opened", get_all=True) == []
    double.set_state(merge_request, "merged")
    assert api.mergerequests.list(scope="all", state="opened", get_all=True) == []


def test_a_mention_becomes_a_todo(double, merge_request, api):
    double.comment(double.dev, merge_request, "@sealcheck recheck")
    (todo,) = api.todos.list(state="pending", type="MergeRequest", action="directly_addressed", get_all=True)
    assert (todo.body, todo.author["username"]) == ("@sealcheck recheck", "dev")
    todo.mark_as_done()
    assert api.todos.list(get_all=True) == []


def test_an_emoji_is_awarded_once(remote):
    note = remote.notes.create({"body": "x"})
    award = note.awardemojis.create({"name": "eyes"})
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        note.awardemojis.create({"name": "eyes"})
    assert caught.value.response_code == 404
    award.delete()
    assert note.awardemojis.list(get_all=True) == []


def test_429_with_and_without_retry_after(double, project):
    double.faults.too_many("GET /user", retry_after=7)
    assert get(double, "/user").headers["Retry-After"] == "7"
    double.faults.too_many("GET /user")
    assert "Retry-After" not in get(double, "/user").headers
    assert get(double, "/user").ok


@pytest.mark.parametrize("after", [False, True])
def test_500_before_or_after_the_commit(double, merge_request, remote, after):
    double.faults.answer(500, "POST */notes", after=after)
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        remote.notes.create({"body": "x"})
    assert caught.value.response_code == 500
    assert len(merge_request.notes) == int(after)


@pytest.mark.parametrize("after", [False, True])
def test_a_reset_connection(double, merge_request, remote, after):
    double.faults.reset("POST */notes", after=after)
    with pytest.raises(requests.ConnectionError):
        remote.notes.create({"body": "x"})
    assert len(merge_request.notes) == int(after)


def test_a_hang_and_a_slow_answer(double, project):
    double.faults.hang("GET /user")
    with pytest.raises(requests.Timeout):
        requests.get(f"{double.url}/api/v4/user", headers={"PRIVATE-TOKEN": double.BOT_TOKEN}, timeout=0.2)
    double.faults.slow(0.2, "GET /version")
    started = time.monotonic()
    assert get(double, "/version").ok
    assert time.monotonic() - started >= 0.2


def test_a_fault_at_the_nth_request_and_a_look_before_each(double, project):
    double.log.clear()
    seen = []
    double.faults.before_request = lambda number, method, path: seen.append((number, method, path))
    double.faults.answer(403, number=2)
    assert [get(double, "/user").status_code for _ in range(3)] == [200, 403, 200]
    assert seen == [(number, "GET", "/api/v4/user") for number in (1, 2, 3)]
    assert double.log.count("GET /user") == 3


def test_a_request_can_be_dropped_before_it_takes_effect_or_watched_after(double, merge_request, remote):
    after = []
    double.faults.after_request = lambda number, method, path: after.append(
        (method, len(merge_request.notes))
    )
    remote.notes.create({"body": "x"})
    double.faults.before_request = lambda number, method, path: False
    with pytest.raises(requests.ConnectionError):
        remote.notes.create({"body": "y"})
    assert after == [("POST", 1)]
    assert len(merge_request.notes) == 1


def test_many_at_once_lose_nothing(double, project, merge_request):
    path = f"{double.url}/api/v4/projects/{project.id}/merge_requests/1/notes"
    headers = {"PRIVATE-TOKEN": double.BOT_TOKEN}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda n: requests.post(path, json={"body": str(n)}, headers=headers, timeout=10), range(40)
            )
        )
    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["id"] for each in answers}) == len(merge_request.notes) == len(double.mails) == 40


def test_the_note_limit_answers_429_without_headers(double, remote):
    double.world.limits.notes_per_minute = 1
    remote.notes.create({"body": "x"})
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        remote.notes.create({"body": "y"}, obey_rate_limit=False)
    assert caught.value.response_code == 429


def test_rate_limit_headers_when_limited(double, project):
    double.world.limits.requests_per_minute = 2000
    assert get(double, "/user").headers["RateLimit-Limit"] == "2000"


def test_empty_and_overlong_bodies_are_refused(double, remote):
    double.world.limits.comment_characters = 10
    for body in ("  ", "x" * 11):
        with pytest.raises(gitlab.GitlabCreateError) as caught:
            remote.notes.create({"body": body})
        assert caught.value.response_code == 400


def test_only_the_author_or_a_maintainer_edits_a_note(double, project, merge_request, remote):
    note = double.comment(double.dev, merge_request, "mine")
    theirs = remote.notes.get(note.id)
    theirs.body = "changed"
    with pytest.raises(gitlab.GitlabUpdateError) as caught:
        theirs.save()
    assert caught.value.response_code == 403
    double.set_role(double.bot, project, 40)
    theirs.save()
    assert note.body == "changed"
