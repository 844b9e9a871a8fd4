"""A GitLab that takes its time for each comment, longer than the bot waits for an answer: nothing comes twice."""

import pytest

from bot.errors import ForgeBusy
from tests.review.reviewing import LEAKY

SEVEN = {f"ci/part-{n}.gitlab-ci.yml": LEAKY.replace("deploy", f"deploy{n}") for n in range(7)}
TIMEOUT_SECONDS = 0.25


def told(double, merge_request):
    """Threads, summaries and mails of the bot there."""
    threads = double.threads(merge_request, by=double.bot)
    summaries = [note for note in merge_request.notes if "sealcheck:summary" in note.body]
    return len(threads), len(summaries), len(double.mails)


@pytest.fixture
def slow(double, bot, project):
    """A merge request with seven findings; the bot is less patient than GitLab is quick."""
    bot.timeout_seconds = TIMEOUT_SECONDS
    return double.open_merge_request(project, SEVEN)


@pytest.mark.parametrize("note_seconds", [0.05, 0.1, 0.3])
def test_a_slow_publish_is_waited_for(double, bot, slow, note_seconds):
    double.world.note_seconds = note_seconds
    bot.insist(slow, meanwhile=lambda: double.world.pass_time(note_seconds))
    assert told(double, slow) == (7, 1, 2)
    double.world.note_seconds = 0.0
    bot.insist(slow)
    assert bot.writes == 0
    assert slow.drafts == []


def test_a_push_in_the_meantime_waits_for_the_end_of_the_publishing(double, bot, project, slow):
    double.world.note_seconds = 0.1
    with pytest.raises(ForgeBusy, match="may still be writing"):
        bot.review(slow)
    double.push(
        project, "feature", {"ci/part-0.gitlab-ci.yml": "# moved\n" + SEVEN["ci/part-0.gitlab-ci.yml"]}
    )
    with pytest.raises(ForgeBusy, match="may still be writing"):
        bot.review(slow)
    assert bot.writes == 0
    bot.insist(slow, meanwhile=lambda: double.world.pass_time(0.1))
    assert told(double, slow) == (7, 1, 2)


def test_a_publish_that_gitlab_gave_up_is_completed(double, bot, slow):
    """The answer is lost, two threads stand, all drafts stay: after a while without progress the rest follows."""
    double.faults.hang("POST */bulk_publish", seconds=2 * TIMEOUT_SECONDS, after=True)
    double.break_bulk_publish(after=2)
    bot.insist(slow)
    assert told(double, slow)[:2] == (7, 1)


def test_a_comment_that_never_came_is_written_after_all(double, bot, slow):
    double.faults.reset("POST */notes")
    bot.insist(slow)
    assert told(double, slow) == (7, 1, 2)
    assert bot.seconds >= 30
