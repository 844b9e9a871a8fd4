"""Jobs of the queue against the stand-in: a process that dies in between, and deliveries that come twice."""

import pytest

from bot.gitlab.forge import GitLabForge
from bot.jobs.port import REVIEW, Key
from bot.jobs.sqlite import SqliteJobs
from bot.work import run_job
from tests.review.reviewing import LEAKY, forge_of
from tests.review.test_review import open_threads, threads_of


class Killed(BaseException):
    """The process dies."""


@pytest.fixture
def jobs(tmp_path):
    opened = SqliteJobs(tmp_path / "queue.sqlite3")
    yield opened
    opened.close()


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
        assert len(double.log.requests) == 1
