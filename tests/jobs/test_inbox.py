"""The receiver's side of the queue: which job an event becomes, and what readiness and the metrics read."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from bot.jobs import inbox
from bot.jobs.inbox import ASK_SECONDS, QueueInbox, key_of
from bot.jobs.port import (
    BOT_ID,
    COMMAND,
    EDITED,
    EXPIRY,
    HOOK,
    REFUSAL,
    REVIEW,
    SWEPT,
    Depth,
    Key,
    QueueUnavailable,
)
from bot.webhook.event import CommandWanted, ProjectCreated, ReviewWanted


class Facts:
    """A queue with a depth and facts. `away`: its database does not answer."""

    def __init__(self, **facts: str) -> None:
        self.facts, self.asked, self.away = facts, 0, False

    def recall(self, name: str) -> str | None:
        self.asked += 1
        if self.away:
            raise QueueUnavailable("away")
        return self.facts.get(name)

    def depth(self) -> Depth:
        return Depth(3, 2, 41.5)

    def check(self) -> None:
        if self.away:
            raise QueueUnavailable("away")


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (ReviewWanted(42, 7, "push"), Key(REVIEW, 42, 7)),
        (CommandWanted(42, 7, 99, "d", 5, "/sealcheck help"), Key(COMMAND, 42, 7, 99)),
        (CommandWanted(42, 7, 99, "d", 5, "/sealcheck help", edited=True), Key(EDITED, 42, 7, 99)),
        (ProjectCreated(42), Key(HOOK, 42)),
    ],
)
def test_each_event_becomes_the_job_that_answers_it(event, key):
    assert key_of(event) == key


def test_the_metrics_show_the_queue_and_what_is_known_of_sweep_and_token():
    shown = {name: value for name, (_, value) in QueueInbox(Facts()).gauges().items()}
    assert shown == {
        "sealcheck_queue_waiting": 3, "sealcheck_queue_parked": 2, "sealcheck_queue_oldest_seconds": 41.5,
        "sealcheck_gitlab_refused": 0.0, "sealcheck_queue_up": 1.0,
    }  # fmt: skip
    facts = {REFUSAL: "401", SWEPT: "2026-11-02T03:04:05+00:00", EXPIRY: "2027-01-01"}
    known = {name: value for name, (_, value) in QueueInbox(Facts(**facts)).gauges().items()}
    assert known["sealcheck_gitlab_refused"] == 1.0
    assert (
        known["sealcheck_swept_timestamp_seconds"]
        == dt.datetime(2026, 11, 2, 3, 4, 5, tzinfo=dt.UTC).timestamp()
    )
    assert (
        known["sealcheck_token_expires_timestamp_seconds"]
        == dt.datetime(2027, 1, 1, tzinfo=dt.UTC).timestamp()
    )


def test_a_date_begins_in_utc_wherever_the_service_runs(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        shown = QueueInbox(Facts(**{EXPIRY: "2027-01-01"})).gauges()
    finally:
        monkeypatch.undo()
        time.tzset()
    expires = dt.datetime(2027, 1, 1, tzinfo=dt.UTC).timestamp()
    assert shown["sealcheck_token_expires_timestamp_seconds"][1] == expires


def test_readiness_names_a_refused_token_and_a_broken_policy():
    assert QueueInbox(Facts()).unready() is None
    assert QueueInbox(Facts(**{REFUSAL: "401"})).unready() == "GitLab refuses the bot's token: 401"
    broken = QueueInbox(Facts(), policy_problem=lambda: "policy.yml:3: no such rule")
    assert broken.unready().endswith("policy.yml:3: no such rule")
    full = Facts()
    full.check = lambda: (_ for _ in ()).throw(QueueUnavailable("the disk is full"))
    with pytest.raises(QueueUnavailable, match="full"):
        QueueInbox(full).unready()


def test_an_event_is_queued_under_its_delivery():
    facts = Facts()
    facts.push = lambda key, delivery: (key, delivery) == (Key(REVIEW, 42, 7), "d-1")
    assert QueueInbox(facts).accept(ReviewWanted(42, 7, "push"), "d-1") is True
    assert QueueInbox(facts).accept(ReviewWanted(42, 7, "push"), "d-2") is False, "what the queue says"


def test_the_bots_id_is_read_once_known_and_else_once_a_minute(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(inbox.time, "monotonic", lambda: clock[0])
    facts = Facts()
    reader = QueueInbox(facts)
    facts.away = True
    assert reader.bot_id() is None, "a queue that is away is no reason to fail"
    facts.away = False
    assert (reader.bot_id(), facts.asked) == (None, 1)
    clock[0] += ASK_SECONDS + 1
    assert (reader.bot_id(), facts.asked) == (None, 2)
    facts.facts[BOT_ID] = "17"
    clock[0] += ASK_SECONDS + 1
    assert (reader.bot_id(), facts.asked) == (17, 3)
    clock[0] += 10 * ASK_SECONDS
    assert (reader.bot_id(), facts.asked) == (17, 3)
