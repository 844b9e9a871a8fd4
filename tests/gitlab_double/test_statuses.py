"""Commit statuses and external status checks as GitLab's own code has them."""

import gitlab
import pytest


@pytest.fixture
def commit(api, project, merge_request):
    return api.projects.get(project.id).commits.get(merge_request.version.head)


def refused(commit, **body):
    with pytest.raises(gitlab.GitlabError) as reported:
        commit.statuses.create(body)
    return reported.value.response_code, str(reported.value.error_message)


def _all(commit):
    return commit.statuses.list(get_all=True, query_parameters={"all": True, "name": "x"})


def test_a_state_cannot_be_repeated(commit):
    commit.statuses.create({"state": "pending", "name": "x"})
    status, words = refused(commit, state="pending", name="x")
    assert status == 400
    assert words.startswith("Cannot transition status via :enqueue from :pending")
    commit.statuses.create({"state": "running", "name": "x"})
    assert ":run from :running" in refused(commit, state="running", name="x")[1]
    assert ":enqueue from :running" in refused(commit, state="pending", name="x")[1]
    assert ":skip from :running" in refused(commit, state="skipped", name="x")[1]


def test_a_finished_status_gets_a_successor(commit):
    for state in ("pending", "failed", "pending", "success", "failed"):
        commit.statuses.create({"state": state, "name": "x"})
    (newest,) = commit.statuses.list(name="x", get_all=True)
    assert newest.status == "failed"
    assert [each.status for each in _all(commit)] == [
        "failed",
        "success",
        "failed",
    ]


def test_who_may_not_and_what_is_not_there(double, project, commit):
    assert refused(commit, state="error", name="x")[0] == 400
    assert refused(commit, state="success", name="x" * 3, description="d" * 256)[0] == 400
    double.set_role(double.bot, project, 20)
    assert refused(commit, state="success", name="x")[0] == 403


def test_a_commit_of_a_fork_is_on_no_branch_of_the_parent(double, project, api):
    fork = double.project("dev/payments", fork_of=project)
    sha = double.commit(fork, "feature", {"a.txt": "other\n"})
    opened = double.open_merge_request(project, {"a.txt": "forked\n"}, source_project=fork)
    api_commit = api.projects.get(project.id, lazy=True).commits.get(opened.version.head, lazy=True)
    assert sha != opened.version.head
    assert refused(api_commit, state="success")[0] == 404


def test_a_protected_branch_takes_more_than_a_developer(project, commit, merge_request):
    project.protected.append(merge_request.source_branch)
    assert refused(commit, state="success", name="x")[0] == 403


def test_status_checks_want_a_licence_and_the_head(api, project, merge_request):
    remote = f"/projects/{project.id}/merge_requests/{merge_request.iid}"
    with pytest.raises(gitlab.GitlabAuthenticationError):
        api.http_list(f"{remote}/status_checks", get_all=True)
    project.status_checks = ["sealcheck"]
    (check,) = api.http_list(f"{remote}/status_checks", get_all=True)
    assert check["status"] == "pending"
    answer = {"sha": "0" * 40, "external_status_check_id": check["id"], "status": "passed"}
    with pytest.raises(gitlab.GitlabHttpError) as reported:
        api.http_post(f"{remote}/status_check_responses", post_data=answer)
    assert reported.value.response_code == 409
    api.http_post(f"{remote}/status_check_responses", post_data={**answer, "sha": merge_request.version.head})
    (check,) = api.http_list(f"{remote}/status_checks", get_all=True)
    assert check["status"] == "passed"
