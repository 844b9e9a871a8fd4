"""The sweep against the stand-in: whatever a webhook missed is found, and a to-do asks for a review."""

import datetime as dt

from bot.gitlab.client import Client
from bot.gitlab.forge import GitLabForge
from bot.review.sweep import OVERLAP, sweep
from tests.review.reviewing import LEAKY


def look(double, since=None):
    client = Client(double.url, double.BOT_TOKEN, timeout_seconds=5, pauses_seconds=())
    pushed = []
    now = dt.datetime.now(dt.UTC)
    swept = sweep(GitLabForge(client, max_file_bytes=1), since, now, lambda *key: pushed.append(key))
    assert swept.next_since == now - OVERLAP
    return pushed


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
