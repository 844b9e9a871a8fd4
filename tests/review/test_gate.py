"""The commit status beside a review: what it says, that it is never lost, and that it never says more than is known."""

from dataclasses import replace

import pytest

from bot.analysis.gate import Gate
from bot.analysis.policy import ReviewPolicy
from bot.errors import ForgeBusy, ForgeForbidden, HeadMoved
from bot.findings import Severity
from bot.gitlab.client import Client
from bot.gitlab.statuses import GitLabStatuses
from bot.jobs.port import COMMAND, REVIEW, Key
from bot.jobs.sqlite import SqliteJobs
from bot.review import run as run_module
from bot.review.gating import Gating
from bot.work import run_job
from tests.review.reviewing import CLEAN, FIXED, LEAKY, Bot, forge_of

ROOT_FILE = ".gitlab-ci.yml"


@pytest.fixture
def jobs(tmp_path):
    opened = SqliteJobs(tmp_path / "queue.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def gated(double, bot, jobs):
    """Runs a job of a merge request under a gate; returns the states that its head had, and the newest's words."""

    def run(merge_request, gate=Gate.BLOCK, *, terms=None, key=None, fail_on=Severity.MEDIUM):
        forge = forge_of(double)
        client = Client(double.url, double.BOT_TOKEN, timeout_seconds=5, pauses_seconds=(0.0,))
        gating = Gating(GitLabStatuses(client), forge, gate, fail_on)
        double.log.clear()
        key = key or Key(REVIEW, merge_request.project.id, merge_request.iid)
        run_job(forge, jobs, terms or bot.terms, key, gating=gating)
        return seen(merge_request)

    return run


def seen(merge_request):
    head = merge_request.version.head
    return [each for each in merge_request.source_project.statuses if each.sha == head]


def newest(merge_request):
    found = seen(merge_request)[-1]
    return found.state, found.description


def test_a_leak_fails_and_its_fix_passes(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    (status,) = gated(merge_request)
    assert status.history == ["pending", "failed"]
    assert status.description == "1 open finding (1 medium)"
    summary = next(note for note in merge_request.notes if "sealcheck:summary" in note.body)
    assert status.target_url.endswith(f"/merge_requests/{merge_request.iid}#note_{summary.id}")
    double.push(project, merge_request.source_branch, {ROOT_FILE: FIXED})
    (status,) = gated(merge_request)
    assert status.history == ["pending", "success"]
    assert status.description == "No open finding"


def test_a_second_look_writes_nothing(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    gated(merge_request)
    (status,) = gated(merge_request)
    assert status.history == ["pending", "failed"]
    assert double.log.writes == []


def merged_result(merge_request, number=70):
    """A pipeline of what the merge would give: a commit whose parents are the target and the head."""
    repository = merge_request.project.repository
    head = merge_request.version.head
    target = merge_request.project.branches[merge_request.target_branch]
    sha = repository.commit((target, head), {}, "merged", "gitlab")
    ref = f"refs/merge-requests/{merge_request.iid}/merge"
    merge_request.pipelines.append({"id": number, "iid": number, "sha": sha, "ref": ref})
    return sha


def test_a_pipeline_of_the_merged_result_gets_the_status_too(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    sha = merged_result(merge_request)
    (status,) = gated(merge_request)
    assert status.history == ["pending", "failed"]
    (merged,) = [each for each in project.statuses if each.sha == sha]
    assert merged.history == ["pending", "failed"]
    assert merged.ref == f"refs/merge-requests/{merge_request.iid}/merge"
    gated(merge_request)
    assert double.log.writes == []


def test_a_pipeline_that_begins_after_the_review_gets_it_with_the_next_one(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    gated(merge_request)
    sha = merged_result(merge_request)
    gated(merge_request)
    (merged,) = [each for each in project.statuses if each.sha == sha]
    assert merged.state == "failed"


def test_a_pipeline_of_an_older_head_gets_nothing(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    sha = merged_result(merge_request)
    double.push(project, merge_request.source_branch, {ROOT_FILE: FIXED})
    gated(merge_request)
    assert not [each for each in project.statuses if each.sha == sha]


def test_off_asks_and_writes_nothing(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    assert gated(merge_request, Gate.OFF) == []
    assert not any("status" in each.line for each in double.log.requests)


def test_advice_never_fails(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    gated(merge_request, Gate.ADVISE)
    assert newest(merge_request) == ("success", "1 open finding (1 medium) (advice only)")


def test_only_the_severity_asked_for_fails(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    gated(merge_request, fail_on=Severity.CRITICAL)
    assert newest(merge_request) == ("success", "1 open finding (1 medium)")


@pytest.mark.parametrize(("gate", "state"), [(Gate.BLOCK, "failed"), (Gate.ADVISE, "skipped")])
def test_what_could_not_be_checked_is_no_success(double, project, gated, gate, state):
    merge_request = double.open_merge_request(project, {ROOT_FILE: "job: [\n"})
    gated(merge_request, gate)
    assert newest(merge_request) == (state, "1 could not be checked")


@pytest.mark.parametrize(("gate", "state"), [(Gate.BLOCK, "failed"), (Gate.ADVISE, "skipped")])
def test_a_failed_review_is_no_success(double, project, gated, monkeypatch, gate, state):
    def broken(*_):
        raise ForgeForbidden("GitLab does not take it")

    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "judge_snapshot", broken)
        with pytest.raises(ForgeForbidden):
            gated(merge_request, gate)
    assert newest(merge_request) == (
        state,
        "Could not be checked: ForgeForbidden: GitLab does not take it",
    )
    gated(merge_request)
    assert newest(merge_request)[0] == "failed"


def test_a_change_of_no_interest_passes(double, project, gated):
    merge_request = double.open_merge_request(project, {"main.py": "print(1)\n"})
    gated(merge_request)
    assert newest(merge_request) == ("success", "No file that Sealcheck checks is changed")


def test_the_projects_policy_decides(double, project, gated):
    double.commit(project, "main", {".sealcheck.yml": "status: off\n"})
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    assert gated(merge_request) == []
    double.commit(project, "main", {".sealcheck.yml": "status: block\n"})
    gated(merge_request, Gate.OFF)
    assert newest(merge_request)[0] == "failed"


def test_a_project_cannot_loosen_what_the_organisation_wants(double, bot, project, gated):
    double.commit(project, "main", {".sealcheck.yml": "status: off\n"})
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    terms = replace(bot.terms, organisation=ReviewPolicy(gate=Gate.BLOCK))
    gated(merge_request, Gate.OFF, terms=terms)
    assert newest(merge_request)[0] == "failed"


def test_the_merge_requests_own_policy_does_not_count(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY, ".sealcheck.yml": "status: off\n"})
    gated(merge_request)
    assert newest(merge_request)[0] == "failed"


def test_an_ignore_passes_and_a_resolved_thread_does_not(double, project, gated, jobs):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    gated(merge_request)
    (thread,) = double.threads(merge_request)
    double.resolve(double.dev, thread)
    gated(merge_request)
    assert newest(merge_request)[0] == "failed"
    chief = double.user("chief", role=40, projects=(project,))
    note = double.comment(chief, merge_request, "/sealcheck ignore test data", thread)
    ids = project.id, merge_request.iid
    gated(merge_request, key=Key(COMMAND, *ids, note.id))
    assert jobs.depth().waiting == 1, "a review follows, which brings the status up to date"
    gated(merge_request)
    assert newest(merge_request) == ("success", "No open finding")


def test_a_lost_answer_brings_the_job_back(double, project, gated):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    double.faults.answer(502, on="POST */statuses/*", times=2)
    with pytest.raises(ForgeBusy, match="commit status"):
        gated(merge_request)
    comments = len(merge_request.notes)
    gated(merge_request)
    assert newest(merge_request)[0] == "failed"
    assert len(merge_request.notes) == comments


@pytest.mark.parametrize("role", [20, 0])
def test_a_refusal_is_named_and_costs_no_review(double, project, gated, caplog, role):
    fork = double.project("dev/payments", fork_of=project)
    double.set_role(double.bot, fork, role)
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY}, source_project=fork)
    assert gated(merge_request) == []
    assert len(double.threads(merge_request)) == 1
    assert "the bot needs the role Developer" in caplog.text


def test_the_old_head_is_not_left_pending(double, project, gated, monkeypatch):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    old = merge_request.version.head
    judge = run_module.judge_snapshot

    def pushed(*given):
        double.push(project, merge_request.source_branch, {ROOT_FILE: CLEAN})
        return judge(*given)

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "judge_snapshot", pushed)
        with pytest.raises(HeadMoved):
            gated(merge_request)
    assert [each.state for each in project.statuses if each.sha == old] == ["canceled"]
    gated(merge_request)
    assert newest(merge_request)[0] == "success"


def test_external_status_checks_are_answered(double, project, gated):
    project.status_checks = ["Compliance", "Sealcheck"]
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    gated(merge_request)
    assert merge_request.check_answers == {(2, merge_request.version.head): "failed"}
    double.push(project, merge_request.source_branch, {ROOT_FILE: FIXED})
    gated(merge_request)
    assert merge_request.check_answers[2, merge_request.version.head] == "passed"


def test_without_a_gate_a_review_costs_what_it_did(double, project):
    merge_request = double.open_merge_request(project, {ROOT_FILE: LEAKY})
    bot = Bot(double)
    bot.review(merge_request)
    assert not any("statuses" in each.line for each in double.log.requests)
