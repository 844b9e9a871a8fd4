"""The sweep against the stand-in: whatever a webhook missed is found, and a to-do asks for a review."""

import datetime as dt

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
