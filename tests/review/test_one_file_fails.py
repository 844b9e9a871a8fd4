"""A file that GitLab cannot give, whatever is asked again, does not hold up the rest."""

import pytest

from bot.errors import ForgeBusy
from bot.jobs.port import REVIEW, Key
from bot.jobs.sqlite import SqliteJobs
from bot.work import run_job
from tests.review.reviewing import LEAKY, forge_of
from tests.review.test_review import open_threads, summaries, threads_of

BAD, GOOD = "ci/bad.gitlab-ci.yml", "ci/good.gitlab-ci.yml"


@pytest.fixture
def failing(double, project):
    """GitLab answers 500 to every request for one file."""

    def fail(path, ref=""):
        real = double.application.answer

        def answer(method, target, headers, body):
            quoted = path.replace("/", "%2F")
            if f"/files/{quoted}/raw" in target and ref in target:
                double.faults.answer(500, "GET */raw")
            return real(method, target, headers, body)

        double.application.answer = answer
        return lambda: setattr(double.application, "answer", real)

    return fail


def test_the_others_are_reviewed_and_it_is_named(double, bot, project, failing):
    heal = failing(BAD)
    merge_request = double.open_merge_request(project, {BAD: LEAKY, GOOD: LEAKY})
    bot.review(merge_request)
    assert [each.first.position["new_path"] for each in threads_of(double, merge_request)] == [GOOD]
    assert f"`{BAD}`: GitLab cannot give it" in summaries(double, merge_request)[0].replace(
        "not checked, the file could not be read: ", ""
    )
    bot.review(merge_request)
    assert bot.writes == 0
    heal()
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 2
    assert "cannot give" not in summaries(double, merge_request)[0]


def test_its_threads_stay_as_they_are(double, bot, project, failing):
    merge_request = double.open_merge_request(project, {BAD: LEAKY})
    bot.review(merge_request)
    failing(BAD)
    double.push(project, merge_request.source_branch, {"other.txt": "x\n"})
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_what_the_target_has_is_not_blamed_on_the_merge_request(double, bot, project, failing):
    """The file of the base alone fails: nobody knows what is new in it."""
    double.push(project, "main", {BAD: LEAKY})
    merge_request = double.open_merge_request(project, {BAD: LEAKY + "# more\n", GOOD: LEAKY})
    failing(BAD, merge_request.version.base)
    bot.review(merge_request)
    assert [each.first.position["new_path"] for each in threads_of(double, merge_request)] == [GOOD]
    assert BAD in summaries(double, merge_request)[0]


def test_a_listing_that_fails_is_named(double, bot, project):
    root = "include: 'ci/*.yml'\n" + LEAKY
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": root})
    double.faults.answer(500, "GET */repository/tree", times=None)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1
    assert "`ci/*.yml`" in summaries(double, merge_request)[0]


def test_a_gitlab_that_answers_nothing_is_waited_for(double, bot, project):
    merge_request = double.open_merge_request(project, {BAD: LEAKY})
    double.faults.answer(500, "GET */raw", times=None)
    double.faults.answer(500, "GET /version", times=None)
    with pytest.raises(ForgeBusy):
        bot.review(merge_request)


def test_it_is_asked_for_again_a_few_times(double, bot, project, failing, tmp_path):
    heal = failing(BAD)
    merge_request = double.open_merge_request(project, {BAD: LEAKY, GOOD: LEAKY})
    jobs, key = SqliteJobs(tmp_path / "q.sqlite3"), Key(REVIEW, project.id, merge_request.iid)

    def waits():
        run_job(forge_of(double), jobs, bot.terms, key)
        return jobs.recall(f"incomplete:{key.lane}")

    assert [waits() for _ in range(4)] == ["1", "2", "3", "3"]
    assert jobs.depth().waiting == 1
    heal()
    assert waits() is None
    assert len(open_threads(double, merge_request)) == 2
