"""Jobs of the queue against the stand-in: a process that dies in between, and deliveries that come twice."""

import pytest

from bot.gitlab.forge import GitLabForge
from bot.jobs.port import REVIEW, Key
from bot.jobs.sqlite import SqliteJobs
from bot.work import run_job, sweep_once
from tests.review.receiving import SECRET, serving
from tests.review.reviewing import LEAKY, forge_of
from tests.review.test_review import open_threads, threads_of


class Killed(BaseException):
    """The process dies."""


@pytest.fixture
def jobs(tmp_path):
    opened = SqliteJobs(tmp_path / "queue.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def service(bot, tmp_path):
    with serving(bot, tmp_path) as running:
        yield running


@pytest.fixture
def overslept(double, project, service):
    """A merge request of whose opening the bot never heard; from now on every hook is there."""
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, draft=True)
    double.hook(service.url, token=SECRET)
    return merge_request


def run(bot, jobs, merge_request):
    key = Key(REVIEW, merge_request.project.id, merge_request.iid)
    run_job(forge_of(bot.double), jobs, bot.terms, key)


def test_threads_of_a_process_that_died_are_not_forgotten(double, bot, project, jobs, monkeypatch):
    """It dies between its first words and the end of the job; then a push makes the merge request irrelevant."""
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})

    def publish_and_die(forge, project_id, iid):
        publish(forge, project_id, iid)
        raise Killed

    publish = GitLabForge.publish_drafts
    with monkeypatch.context() as patch:
        patch.setattr(GitLabForge, "publish_drafts", publish_and_die)
        with pytest.raises(Killed):
            run(bot, jobs, merge_request)
    assert len(open_threads(double, merge_request)) == 1
    double.push(project, "feature", {".gitlab-ci.yml": None, "notes.txt": "nothing to review\n"})
    run(bot, jobs, merge_request)
    (thread,) = threads_of(double, merge_request)
    assert thread.resolved


def test_what_never_mattered_stays_cheap(double, bot, project, jobs):
    merge_request = double.open_merge_request(project, {"notes.txt": "nothing to review\n"})
    for _ in range(2):
        double.log.clear()
        run(bot, jobs, merge_request)
        assert len(double.log.requests) == 4


def test_a_request_for_a_review_is_one(double, overslept, service):
    double.request_review(overslept, double.user("mia"))
    service.work_off()
    assert threads_of(double, overslept) == []
    double.request_review(overslept, double.bot)
    service.work_off()
    assert len(open_threads(double, overslept)) == 1


def test_a_draft_that_becomes_ready_is_reviewed(double, overslept, service):
    double.edit_title(overslept, "Another title")
    service.work_off()
    assert threads_of(double, overslept) == []
    double.mark_ready(overslept)
    service.work_off()
    assert len(open_threads(double, overslept)) == 1


@pytest.mark.parametrize("asked", ["review", "mention"])
def test_where_no_comment_reaches_the_bot_its_to_dos_are_looked_at(double, overslept, service, asked):
    """A system hook carries no comments, and this one was lost too: the sweep finds what the bot was asked for."""
    double.deliverer.lost = True
    service.jobs.remember("swept", "2027-01-01T00:00:00+00:00")  # later than anything that happens here
    if asked == "review":
        double.request_review(overslept, double.bot)
    else:
        double.comment(double.dev, overslept, f"@{double.bot.username} recheck, please")
    sweep_once(forge_of(double), service.jobs)
    service.work_off()
    assert len(open_threads(double, overslept)) == 1
    assert [each.state for each in double.world.todos] == ["done"]
