"""What the console says of the bot itself."""

from __future__ import annotations

import pytest

from bot.console.status import BotStatus
from bot.jobs.port import Depth, QueueUnavailable
from tests.console.conftest import NOW

EMPTY = Depth(0, 0, 0.0)
SWEPT = "2024-10-04T11:55:00+00:00"


class Queue:
    def __init__(self, depth, **facts):
        self._depth, self._facts = depth, {"swept": SWEPT, **facts}

    def depth(self):
        if isinstance(self._depth, Exception):
            raise self._depth
        return self._depth

    def recall(self, name):
        return self._facts.get(name)


def lines(depth, **facts):
    reported = BotStatus(Queue(depth, **facts), "refusal", "expiry", "swept", 900).lines(NOW)
    return {line.name: (line.ok, line.text) for line in reported}


def test_all_is_well():
    reported = lines(EMPTY, expiry="2024-12-04")
    assert all(ok for ok, _ in reported.values())
    assert reported["Token"][1] == "GitLab takes it; it ends in 61 days"
    assert reported["Sweep"][1].startswith("5 min ago")


@pytest.mark.parametrize(
    ("name", "depth", "facts", "words"),
    [
        ("Token", EMPTY, {"refusal": "401"}, "refuses it: 401"),
        ("Token", EMPTY, {"expiry": "2024-10-05"}, "ends in 1 day: rotate it"),
        ("Queue", Depth(9, 0, 1200.0), {}, "the oldest for 20 min: does a worker run?"),
        ("Parked", Depth(0, 2, 0.0), {}, "2 failed too often"),
        ("Sweep", EMPTY, {"swept": None}, "does a worker run?"),
        ("Sweep", EMPTY, {"swept": "2024-10-04T09:00:00+00:00"}, "180 min ago"),
        ("Queue", QueueUnavailable("away"), {}, "its database does not answer"),
    ],
)
def test_what_is_not_well_is_reported_and_nothing_else(name, depth, facts, words):
    reported = lines(depth, **facts)
    assert [each for each, (ok, _) in reported.items() if not ok] == [name]
    assert words in reported[name][1]
