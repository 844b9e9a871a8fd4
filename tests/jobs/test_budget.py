"""GitLab limits one replica: all of them pause, and go on by themselves."""

from __future__ import annotations

import time

from bot.errors import ForgeBusy, ForgeLimited
from bot.jobs.budget import LONGEST_SECONDS, PAUSED_UNTIL, within_budget
from bot.jobs.isolation import run
from bot.jobs.lease import Lease
from bot.jobs.port import REVIEW, Done, Jobs, Key, Later, Outcome
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
