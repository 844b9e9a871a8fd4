"""What people and GitLab do while a review runs, and states of a project in which it cannot end as usual."""

import pytest

from bot.errors import ForgeMissing, HeadMoved
from bot.review import publish, run
from tests.gitlab_double import notes
from tests.review.reviewing import FIXED, LEAKY
from tests.review.test_review import open_threads, summaries, threads_of


@pytest.fixture
def merge_request(double, project):
    return double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})


@pytest.fixture
def during(monkeypatch):
    """Let something happen once, between what the next review reads and what it writes."""

    def happens(what):
        left = [what]
        real = run.take_snapshot

        def taken(*arguments):
            snapshot = real(*arguments)
            if left:
                left.pop()()
            return snapshot

        monkeypatch.setattr(run, "take_snapshot", taken)

    return happens


def test_a_new_target_ends_the_review_and_the_next_one_counts(double, bot, project, merge_request, during):
    double.push(project, "release", {".gitlab-ci.yml": LEAKY})
    double.force_push(project, "feature", {"src/x.txt": "x\n"}, onto="release")
    during(lambda: double.retarget(merge_request, "release"))
    with pytest.raises(HeadMoved):
        bot.review(merge_request)
    assert bot.writes == 0
    bot.review(merge_request)
    assert threads_of(double, merge_request) == []


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_one_that_is_closed_meanwhile_gets_no_word_until_it_is_open_again(
    double, bot, merge_request, during, state
):
    during(lambda: double.set_state(merge_request, state))
    bot.review(merge_request)
    assert bot.writes == 0
    double.set_state(merge_request, "opened")
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_nothing_is_tried_in_an_archived_project(double, bot, project, merge_request):
    project.archived = True
    assert bot.review(merge_request).head_sha is None
    assert bot.writes == 0
    project.archived = False
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_a_project_that_moves_to_another_group_keeps_its_review(double, bot, project, merge_request, during):
    def move():
        project.path = "elsewhere/accounts"

    during(move)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_source_branch_that_is_gone_is_read_by_its_commit(double, bot, project, merge_request):
    double.delete_branch(project, "feature")
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_a_bot_that_is_removed_meanwhile(double, bot, project, merge_request, during, visibility):
    project.visibility = visibility
    during(lambda: project.members.pop(double.bot.id))
    if visibility == "private":
        with pytest.raises(ForgeMissing):
            bot.review(merge_request)
        assert bot.writes == 0
    else:  # anybody may comment there
        bot.review(merge_request)
        assert len(open_threads(double, merge_request)) == 1


def test_a_thread_that_is_deleted_while_it_is_resolved_stops_nothing(double, bot, project, merge_request):
    """Two threads of one finding; the second one vanishes as the bot resolves it, which GitLab answers with 500."""
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    second = double.comment(double.bot, merge_request, thread.first.body).discussion
    for note in second.notes:
        note.type = "DiscussionNote"

    def vanish(_number, method, path):
        if method == "PUT" and second.id in path:
            notes.delete(double.world, second.notes[0])
        return True

    double.faults.before_request = vanish
    double.push(
        project,
        "feature",
        {".gitlab-ci.yml": LEAKY.replace("    - ./deploy.sh\n", "    - set -x\n    - ./deploy.sh\n")},
    )
    bot.review(merge_request)
    assert second not in merge_request.discussions
    assert len(open_threads(double, merge_request)) == 2
    bot.review(merge_request)
    assert bot.writes == 0


@pytest.fixture
def limit(monkeypatch, double, merge_request):
    """Let the merge request have room for so many more comments; GitLab's limit is 5,000."""

    def at(free):
        limit = len(merge_request.notes) + free
        monkeypatch.setattr(notes, "COMMENTS_PER_MERGE_REQUEST", limit)
        monkeypatch.setattr(publish, "MOST_NOTES", limit)

    double.comment(double.dev, merge_request, "First!")
    return at


def test_nothing_is_tried_that_gitlab_does_not_take(double, bot, merge_request, limit):
    limit(0)
    double.mails.clear()
    bot.review(merge_request)
    assert bot.writes == 0
    assert double.mails == []


def test_what_is_fixed_is_resolved_in_silence_and_the_summary_kept(
    double, bot, project, merge_request, limit
):
    bot.review(merge_request)
    double.push(project, "feature", {".gitlab-ci.yml": FIXED})
    limit(0)
    double.mails.clear()
    bot.review(merge_request)
    assert open_threads(double, merge_request) == []
    assert "Nothing to report any more" in summaries(double, merge_request)[0]
    assert [mail.kind for mail in double.mails] == ["resolved_all_discussions"]
    bot.review(merge_request)
    assert bot.writes == 0


def test_one_comment_less_is_enough(double, bot, merge_request, limit):
    limit(2)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == len(summaries(double, merge_request)) == 1


def test_the_limit_is_the_stand_ins_and_gitlabs():
    assert publish.MOST_NOTES == notes.COMMENTS_PER_MERGE_REQUEST == 5000


def test_another_user_of_the_bot_says_everything_anew(double, bot, merge_request):
    """Anybody can copy a marker, so those of other users count for nothing, the former bot's among them."""
    bot.review(merge_request)
    former = double.user("former-bot")
    for each in merge_request.notes:
        each.author = former
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1
    assert len(summaries(double, merge_request)) == 2
