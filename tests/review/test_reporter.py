"""A bot that is Reporter, in both readings of GitLab's rule of who may resolve a thread: few mails, no loop."""

import pytest

from bot.comments.summary import LOW_ROLE
from tests.review.reviewing import CLEAN, LEAKY
from tests.review.test_review import open_threads, summaries, threads_of

SEVEN = {f"ci/part-{n}.gitlab-ci.yml": LEAKY.replace("deploy", f"deploy{n}") for n in range(7)}


@pytest.fixture(params=[False, True], ids=["as documented", "as its source says"])
def authors_resolve(request, double, bot, project):
    double.set_role(double.bot, project, 20)
    double.world.authors_resolve = request.param
    return request.param


@pytest.fixture
def merge_request(double, bot, project, authors_resolve):
    found = double.open_merge_request(project, SEVEN)
    bot.review(found)
    return found


def test_a_review_is_two_mails_and_the_summary_says_what_the_role_cannot_do(double, bot, merge_request):
    assert len(open_threads(double, merge_request)) == 7
    assert len(double.mails) == 2
    assert LOW_ROLE in summaries(double, merge_request)[0]
    bot.review(merge_request)
    assert bot.writes == 0


def test_seven_fixed_at_once_are_one_mail(double, bot, project, merge_request, authors_resolve):
    double.mails.clear()
    double.push(project, merge_request.source_branch, dict.fromkeys(SEVEN, CLEAN))
    bot.review(merge_request)
    assert all("Fixed in" in each.notes[-1].body for each in threads_of(double, merge_request))
    assert len(open_threads(double, merge_request)) == (0 if authors_resolve else 7)
    reviews = [mail for mail in double.mails if mail.kind != "resolved_all_discussions"]
    assert [mail.kind for mail in reviews] == ["new_review"]
    bot.review(merge_request)
    assert bot.writes == 0


def test_they_come_back_and_go_again(double, bot, project, merge_request, authors_resolve):
    for text, word in ((CLEAN, "Fixed"), (None, "Back again"), (CLEAN, "Fixed")):
        double.mails.clear()
        files = dict.fromkeys(SEVEN, text) if text else SEVEN
        double.push(project, merge_request.source_branch, files)
        bot.review(merge_request)
        assert all(each.notes[-1].body.startswith(word) for each in threads_of(double, merge_request))
        assert len(double.mails) <= 2
        bot.review(merge_request)
        assert bot.writes == 0


def test_a_renamed_file_ends_without_a_loop(double, bot, project, merge_request):
    path = "ci/part-0.gitlab-ci.yml"
    double.mails.clear()
    double.push(project, merge_request.source_branch, {path: None, "ci/new.gitlab-ci.yml": SEVEN[path]})
    bot.review(merge_request)
    assert len(double.mails) == 1
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_developer_reads_no_such_line(double, bot, project):
    found = double.open_merge_request(project, SEVEN)
    bot.review(found)
    assert LOW_ROLE not in summaries(double, found)[0]


def test_refusing_costs_one_request_not_one_for_each(double, bot, project, merge_request, authors_resolve):
    double.push(project, merge_request.source_branch, dict.fromkeys(SEVEN, CLEAN))
    bot.review(merge_request)
    assert double.log.count("POST /projects/:project/merge_requests/:iid/draft_notes") == (
        7 if authors_resolve else 8
    )
