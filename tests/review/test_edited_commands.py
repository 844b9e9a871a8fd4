"""A command that an edit brings is never obeyed, as the editor may be somebody else, and never lost in silence."""

import pytest

from bot.jobs.port import COMMAND, EDITED
from tests.review.receiving import SECRET, serving
from tests.review.reviewing import LEAKY


@pytest.fixture
def service(double, bot, project, tmp_path):
    with serving(bot, tmp_path) as running:
        double.hook(running.url, project, token=SECRET)
        yield running


@pytest.fixture
def merge_request(double, project, service):
    found = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    service.work_off()
    return found


def answers(double, merge_request):
    return [
        note.body
        for note in merge_request.notes
        if note.author is double.bot and "not by an edit" in note.body
    ]


def test_one_corrected_by_an_edit_is_answered_with_what_to_do(double, service, merge_request):
    mia = double.user("mia", role=40, projects=(merge_request.project,))
    note = double.comment(mia, merge_request, "/sealcheck rechek")
    service.work_off()
    double.edit(mia, note, "/sealcheck recheck")
    service.work_off()
    (answer,) = answers(double, merge_request)
    assert "Write it in a new comment:\n\n- `/sealcheck recheck`" in answer
    double.edit(mia, note, "/sealcheck  recheck")
    service.work_off()
    assert len(answers(double, merge_request)) == 1


def test_words_that_become_a_command_are_answered_too(double, service, merge_request):
    note = double.comment(double.dev, merge_request, "sealcheck recheck")
    service.work_off()
    double.edit(double.dev, note, "/sealcheck help")
    service.work_off()
    assert len(answers(double, merge_request)) == 1


def test_nobody_speaks_as_another_by_an_edit(double, service, merge_request):
    """A Maintainer edits an Owner's comment: the thread stays open."""
    owner = double.user("olga", role=50, projects=(merge_request.project,))
    mia = double.user("mia", role=40, projects=(merge_request.project,))
    (thread,) = double.threads(merge_request, by=double.bot)
    note = double.comment(owner, merge_request, "Is it a test key?", thread)
    service.work_off()
    double.edit(mia, note, "/sealcheck ignore a test key")
    service.work_off()
    assert not thread.resolved
    assert len(answers(double, merge_request)) == 1


def test_an_ignore_that_counts_goes_on_counting_when_its_comment_is_edited(
    double, bot, service, merge_request
):
    mia = double.user("mia", role=40, projects=(merge_request.project,))
    (thread,) = double.threads(merge_request, by=double.bot)
    note = double.comment(mia, merge_request, "/sealcheck ignore a test key", thread)
    service.work_off()
    assert thread.resolved
    double.edit(mia, note, "/sealcheck ignore a production key")
    service.work_off()
    bot.review(merge_request)
    assert thread.resolved
    assert len(answers(double, merge_request)) == 1


def test_an_edit_that_leaves_the_command_as_it_was_is_no_news(double, service, merge_request):
    note = double.comment(double.dev, merge_request, "/sealcheck help")
    service.work_off()
    double.edit(double.dev, note, "Hello\n\n/sealcheck help\n\nThanks")
    service.work_off()
    assert answers(double, merge_request) == []
    assert [key.kind for key in service.ran if key.note_id] == [COMMAND, EDITED]


def test_a_stranger_makes_the_bot_write_nothing(double, service, merge_request):
    gus = double.user("gus", role=10, projects=(merge_request.project,))
    note = double.comment(gus, merge_request, "hello")
    service.work_off()
    double.edit(gus, note, "/sealcheck help")
    service.work_off()
    assert answers(double, merge_request) == []
