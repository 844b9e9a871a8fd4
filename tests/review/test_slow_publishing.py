"""A GitLab that takes its time for each comment, longer than the bot waits for an answer: nothing comes twice."""

import pytest

from bot.errors import ForgeBusy
from bot.gitlab.doubt import LONGEST_SECONDS
from tests.review.reviewing import LEAKY
from tests.review.test_review import open_threads

SEVEN = {f"ci/part-{n}.gitlab-ci.yml": LEAKY.replace("deploy", f"deploy{n}") for n in range(7)}
TIMEOUT_SECONDS = 0.25


def reported(double, merge_request):
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
    assert reported(double, slow) == (7, 1, 2)
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
    assert reported(double, slow) == (7, 1, 2)


def test_a_publish_that_gitlab_gave_up_is_completed(double, bot, slow):
    """The answer is lost, two threads stand, all drafts stay: after a while without progress the rest follows."""
    double.faults.hang("POST */bulk_publish", seconds=2 * TIMEOUT_SECONDS, after=True)
    double.break_bulk_publish(after=2)
    bot.insist(slow)
    assert reported(double, slow)[:2] == (7, 1)


def test_a_comment_that_never_came_is_written_after_all(double, bot, slow):
    double.faults.reset("POST */notes")
    bot.insist(slow)
    assert reported(double, slow) == (7, 1, 2)
    assert bot.seconds > LONGEST_SECONDS


@pytest.fixture
def late(double, bot, project, monkeypatch):
    """Let the first comments take so many seconds each, by the bot's clock; one finding."""
    bot.timeout_seconds = 0.1
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})

    def take(*seconds):
        left = list(seconds)

        def write_slowly():
            until = bot.seconds + (left.pop(0) if left else 0)
            while bot.seconds < until:
                double.world.pass_time(0.005)

        monkeypatch.setattr(double.world, "write_slowly", write_slowly)
        bot.insist(merge_request, meanwhile=lambda: double.world.pass_time(0.02))
        return merge_request

    return take


def test_a_note_may_take_as_long_as_gitlab_lets_it(double, bot, late):
    seconds = LONGEST_SECONDS - 15
    merge_request = late(seconds, seconds)
    assert reported(double, merge_request) == (1, 1, 2)
    assert bot.seconds >= 2 * seconds


def test_what_outlives_gitlabs_own_limits_is_put_right_by_the_next_review(double, bot, late):
    merge_request = late(LONGEST_SECONDS + 500, 0, LONGEST_SECONDS + 500, 0)
    assert reported(double, merge_request) == (1, 1, 2)
    bot.seconds += 1000
    for _ in range(500):
        double.world.pass_time(0.01)
        if len(double.mails) == 4:
            break
    assert reported(double, merge_request) == (2, 2, 4)
    bot.insist(merge_request)
    assert len(open_threads(double, merge_request)) == 1
    assert reported(double, merge_request) == (2, 1, 4)
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_second_summary_that_somebody_has_answered_stays(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    (text,) = (note.body for note in merge_request.notes if "sealcheck:summary" in note.body)
    second = double.comment(double.bot, merge_request, text)
    double.comment(double.dev, merge_request, "Which job?", second.discussion)
    bot.review(merge_request)
    assert reported(double, merge_request)[1] == 2
    assert bot.writes == 0
