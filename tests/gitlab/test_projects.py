"""The budget of a survey's requests, without waiting."""

from bot.gitlab.projects import RequestPace


class Clock:
    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def test_no_minute_has_more_requests_than_the_budget():
    clock = Clock()
    pace = RequestPace(30, clock, clock.sleep)
    sent = []
    for number in range(100):
        pace.spend()
        sent.append(clock.now)
        clock.now += 0.5 if number % 2 else 0.0
    for first in sent:
        assert sum(first <= each < first + 60 for each in sent) <= 30
    assert clock.slept


def test_a_slow_sender_never_waits():
    clock = Clock()
    pace = RequestPace(30, clock, clock.sleep)
    for _ in range(100):
        pace.spend()
        clock.now += 2.1
    assert clock.slept == []


def test_without_a_budget_nothing_waits():
    clock = Clock()
    pace = RequestPace(0, clock, clock.sleep)
    for _ in range(1000):
        pace.spend()
    assert clock.slept == []
