"""One budget for all replicas: its pauses, and the comments of a minute."""

from __future__ import annotations

import threading
import time

import pytest

from bot.errors import ForgeBusy, ForgeLimited
from bot.jobs import budget
from bot.jobs.budget import LONGEST_SECONDS, PAUSED_UNTIL, within_budget
from bot.jobs.isolation import run
from bot.jobs.lease import Lease
from bot.jobs.port import REVIEW, Done, Jobs, Key, Later, Outcome, one_more
from tests.jobs.conftest import Runner, until

ONE, TWO = Key(REVIEW, 1, 1), Key(REVIEW, 2, 1)
HOLD = Lease().hold(ONE)


def answering(outcome: Outcome, ran: list[Key]):
    def execute(key: Key) -> Outcome:
        ran.append(key)
        return outcome

    return execute


def test_a_limit_for_one_is_a_pause_for_all(jobs: Jobs) -> None:
    clock, ran = [1000.0], list[Key]()
    limited = within_budget(answering(Later(30.0, everywhere=True), ran), jobs, lambda: clock[0])
    other = within_budget(answering(Done(), ran), jobs, lambda: clock[0])
    assert limited(ONE) == Later(30.0, everywhere=True)
    clock[0] += 10
    assert other(TWO) == Later(20.0)
    assert ran == [ONE]
    clock[0] += 21
    assert other(TWO) == Done()
    assert ran == [ONE, TWO]


def test_one_busy_merge_request_is_no_pause_for_the_others(jobs: Jobs) -> None:
    ran: list[Key] = []
    assert within_budget(answering(Later(30.0), ran), jobs)(ONE) == Later(30.0)
    assert within_budget(answering(Done(), ran), jobs)(TWO) == Done()


def test_a_wrong_clock_stops_nobody(jobs: Jobs) -> None:
    jobs.remember(PAUSED_UNTIL, str(time.time() + 10 * LONGEST_SECONDS))
    assert within_budget(answering(Done(), []), jobs)(ONE) == Done()


def test_nothing_is_lost_by_a_pause(jobs: Jobs) -> None:
    first = [Later(1.0, everywhere=True)]

    def execute(_key: Key) -> Outcome:
        return first.pop() if first else Done()

    for each in range(5):
        jobs.push(Key(REVIEW, each + 1, 1))
    with Runner(jobs, answer=within_budget(execute, jobs)):
        until(lambda: jobs.depth().waiting == 0)


def test_what_is_a_limit_and_what_is_only_busy() -> None:
    def raising(problem: Exception):
        def handler(_key: Key) -> None:
            raise problem

        return lambda _hold: handler

    assert run(raising(ForgeLimited("429", 7.0)), ONE, HOLD) == Later(7.0, everywhere=True)
    assert run(raising(ForgeBusy("502", 7.0)), ONE, HOLD) == Later(7.0)


def test_so_many_comments_a_minute_and_no_more_over_all_replicas(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "NOTES_SECONDS", 100_000.0)
    waits = list[float]()

    def replica() -> None:
        for _ in range(4):
            try:
                budget.spend_note(jobs, 3)
            except ForgeBusy as busy:
                waits.append(busy.retry_after_seconds)

    threads = [threading.Thread(target=replica) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(waits) == 16 - 3
    windows = [int((wait + time.time()) // 100_000.0) for wait in sorted(waits)]
    # Those who wait are spread over the windows to come, three to each: none comes back in vain.
    assert [windows.count(each) for each in sorted(set(windows))] == [3, 3, 3, 3, 1]


def test_a_new_minute_has_comments_of_its_own() -> None:
    assert one_more("", 59.0, 2, 60.0) == ("0:1", 0.0)
    assert one_more("0:1", 59.0, 2, 60.0) == ("0:2", 0.0)
    assert one_more("0:2", 59.0, 2, 60.0) == ("0:3", 1.0)
    assert one_more("0:7", 59.0, 2, 60.0) == ("0:8", 121.0)
    assert one_more("0:8", 61.0, 2, 60.0) == ("1:1", 0.0)
