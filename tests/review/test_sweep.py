"""The sweep against the stand-in: whatever a webhook missed is found, and a to-do asks for a review."""

import datetime as dt

import pytest

from bot.gitlab.client import Client
from bot.gitlab.forge import GitLabForge
from bot.review.sweep import OVERLAP, sweep
from tests.review.reviewing import LEAKY


class Queued:
    def __init__(self):
        self.reviews, self.commands = [], []

    def review(self, *key):
        self.reviews.append(key)

    def command(self, *key):
        self.commands.append(key)


def look(double, since=None, *, commands=False):
    client = Client(double.url, double.BOT_TOKEN, timeout_seconds=5, pauses_seconds=())
    queue = Queued()
    now = dt.datetime.now(dt.UTC)
    swept = sweep(GitLabForge(client, max_file_bytes=1, bot_id=double.bot.id), since, now, queue)
    assert swept.next_since == now - OVERLAP
    assert (swept.merge_requests + swept.todos, swept.commands) == (len(queue.reviews), len(queue.commands))
    return queue.commands if commands else queue.reviews


def test_open_merge_requests_are_found_closed_and_foreign_ones_are_not(double, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    closed = double.open_merge_request(project, {"a.txt": "x\n"}, source_branch="closed")
    double.set_state(closed, "closed")
    hidden = double.project("secret/other", {"README.md": "x\n"}, bot_role=0)
    double.open_merge_request(hidden, {".gitlab-ci.yml": LEAKY})
    assert look(double) == [(project.id, merge_request.iid)]


def test_what_has_not_changed_since_is_not_looked_at_again(double, project):
    double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    assert look(double, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)) == []


def test_a_mention_with_recheck_is_a_review_and_is_done_once(double, project):
    merge_request = double.open_merge_request(project, {"a.txt": "x\n"})
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    double.comment(double.dev, merge_request, f"@{double.bot.username} recheck")
    double.comment(double.dev, merge_request, f"thanks @{double.bot.username}")
    assert look(double, later) == [(project.id, merge_request.iid)]
    assert look(double, later) == []


def test_a_command_whose_webhook_was_lost_is_found(double, project):
    merge_request = double.open_merge_request(project, {"a.txt": "x\n"})
    double.comment(double.dev, merge_request, "sealcheck, please")
    wanted = double.comment(double.dev, merge_request, "Hello\n\n/sealcheck help\n")
    double.comment(double.bot, merge_request, "/sealcheck help")
    double.comment(double.dev, merge_request, "`/sealcheck help`")
    assert look(double, commands=True) == [(project.id, merge_request.iid, wanted.id)]
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    assert look(double, later, commands=True) == []


def test_a_project_that_was_busy_before_is_found_all_the_same(double, project):
    """Its `last_activity_at` moves once an hour: a push in between, whose webhook was lost, is not seen there."""
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    project.last_activity_at = double.world.now() - dt.timedelta(minutes=40)
    since = double.world.now() - dt.timedelta(minutes=15)
    merge_request.updated_at = since - dt.timedelta(minutes=5)
    assert look(double, since) == []
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": "# more\n" + LEAKY})
    assert project.last_activity_at < since
    assert look(double, since) == [(project.id, merge_request.iid)]


def test_a_push_to_a_fork_is_found(double, project):
    fork = double.project("eve/payments", fork_of=project, bot_role=0)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_project=fork)
    since = double.world.now() - dt.timedelta(minutes=15)
    project.last_activity_at = merge_request.updated_at = since - dt.timedelta(hours=2)
    double.push(fork, merge_request.source_branch, {".gitlab-ci.yml": "# more\n" + LEAKY})
    assert project.last_activity_at < since
    assert look(double, since) == [(project.id, merge_request.iid)]


def many(double, paths):
    """Projects of one repository's objects, the bot a member of each."""
    root = double.project("root/first", {"README.md": "x\n"}, bot_role=0)
    made = [double.project(path, fork_of=root) for path in paths]
    for each in made[::50]:
        double.open_merge_request(each, {"a.txt": "x\n"})
    return [(each.id, 1) for each in made[::50]]


@pytest.mark.parametrize(
    ("groups", "most"), [(1, 10 + 1 + 20 + 1), (7, 10 + 7 + 20 + 1), (500, 10 + 1 + 20 + 1)]
)
def test_a_thousand_projects_of_which_twenty_changed_cost_few_requests(double, groups, most):
    """One for each 100 projects, one for each group, one for the comments of each changed merge request, one for to-dos."""
    wanted = many(double, [f"group-{n % groups}/sub/project-{n}" for n in range(1000)])
    double.log.clear()
    assert sorted(look(double, double.world.now() - dt.timedelta(minutes=15))) == sorted(wanted)
    assert len(double.log.requests) <= most <= 60


def test_a_group_that_the_bot_may_not_see_is_asked_project_by_project(double, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.faults.answer(404, "GET /groups/*")
    assert look(double) == [(project.id, merge_request.iid)]


def test_a_list_of_everything_that_is_too_long_is_left_for_the_groups(double, monkeypatch):
    wanted = many(double, [f"group-{n}/project" for n in range(100)])
    monkeypatch.setattr("bot.gitlab.forge.PER_PAGE", 0)
    assert sorted(look(double)) == sorted(wanted)
    assert double.log.count("GET /groups/:group/merge_requests") == 100
