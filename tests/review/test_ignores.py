"""Ignores over time: those that match nothing any more are reported, and those that a lock has overtaken do not count."""

import pytest

from bot.analysis.policy import read_policy
from tests.review.reviewing import FIXED, LEAKY, with_terms
from tests.review.test_review import open_threads, summaries
from tests.review.test_slash_commands import ask, emojis, finding_threads

IGNORING = 'ignore:\n  - rule: secret-in-log\n    reason: "moving, SEC-1"\n'
LOCKED = read_policy("org.yml", "locked: [secret-in-log]\n", organisation=True)
BESIDE = LEAKY.replace("    - echo", "    # sealcheck: ignore[secret-in-log] a test key\n    - echo")
TRACED = "    - set -x\n    - ./deploy.sh"


@pytest.fixture
def mia(double, project):
    return double.user("mia", role=40, projects=(project,))


@pytest.fixture
def ignored(double, bot, project, mia):
    """A merge request whose finding was ignored by command."""
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    note = ask(
        bot, merge_request, mia, "/sealcheck ignore a test account", finding_threads(double, merge_request)[0]
    )
    assert emojis(note) == ["eyes", "white_check_mark"]
    return merge_request


def test_a_lock_overtakes_an_ignore_given_by_command(double, bot, ignored):
    (thread,) = finding_threads(double, ignored)
    assert thread.resolved
    locked = with_terms(bot, organisation=LOCKED)
    locked.review(ignored)
    assert not thread.resolved
    said = "`secret-in-log` is locked by the organisation: the ignore of `mia` does not count."
    assert said in thread.notes[-1].body
    assert "Ignored by command" not in summaries(double, ignored)[0]
    locked.review(ignored)
    assert locked.writes == 0
    bot.review(ignored)  # and when the lock is lifted, it counts again
    assert thread.resolved
    bot.review(ignored)
    assert bot.writes == 0


def test_a_comment_that_matches_nothing_any_more_is_reported(double, bot, project):
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": BESIDE.replace("    - ./deploy.sh", TRACED)}
    )
    bot.review(merge_request)
    assert "matches no finding" not in summaries(double, merge_request)[0]
    fixed = BESIDE.replace("    - ./deploy.sh", TRACED).replace('"$API_KEY"', '"it is set"')
    double.push(project, "feature", {".gitlab-ci.yml": fixed})
    bot.review(merge_request)
    said = "`.gitlab-ci.yml:11`: this ignore matches no finding any more (secret-in-log); remove it"
    assert said in summaries(double, merge_request)[0]


def test_a_comment_beside_what_the_target_has_is_not_called_stale(double, bot, project):
    double.push(project, "main", {".gitlab-ci.yml": BESIDE})
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": BESIDE.replace("    - ./deploy.sh", TRACED)}
    )
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1
    assert "matches no finding" not in summaries(double, merge_request)[0]


def test_an_entry_of_the_policy_that_a_fix_makes_useless_is_reported(double, bot, project):
    double.push(project, "main", {".gitlab-ci.yml": LEAKY, ".sealcheck.yml": IGNORING})
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": FIXED.replace("    - ./deploy.sh", TRACED)}
    )
    bot.review(merge_request)
    said = "`.sealcheck.yml:2`: this ignore matches no finding any more in what was read here"
    assert said in summaries(double, merge_request)[0]
