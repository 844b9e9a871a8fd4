"""What `bot.jobs.port` promises, on both databases."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from bot.jobs.port import COMMAND, REFUSAL, REVIEW, Done, Failed, HandedBack, Jobs, Key, Later, Refused
from tests.jobs.conftest import QUICK, Runner, open_queue, until

ONE = Key(REVIEW, 14, 1)
TWO = Key(REVIEW, 14, 2)
NOTE = Key(COMMAND, 14, 1, 1244)


def empty(jobs: Jobs) -> bool:
    return jobs.depth().waiting == 0


def test_a_key_reads_back_from_its_text() -> None:
    for key in (ONE, NOTE, Key("sweep")):
        assert Key.parse(str(key)) == key
    assert ONE.lane == NOTE.lane != TWO.lane


def test_many_events_are_one_run(jobs: Jobs) -> None:
    for _ in range(50):
        assert jobs.push(ONE)
    assert jobs.depth().waiting == 1
    with Runner(jobs) as runner:
        until(lambda: empty(jobs))
        time.sleep(0.3)
        assert runner.runs(ONE) == 1


def test_events_during_a_run_are_exactly_one_later_run(jobs: Jobs) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(_key: Key) -> Done:
        entered.set()
        leave.wait(10)
        return Done()

    jobs.push(ONE)
    with Runner(jobs, answer=slow) as runner:
        assert entered.wait(10)
        for _ in range(20):
            jobs.push(ONE)
        leave.set()
        until(lambda: runner.runs(ONE) == 2 and empty(jobs))
        time.sleep(0.3)
        assert runner.runs(ONE) == 2


def test_a_merge_request_is_worked_on_once_at_a_time_and_others_beside_it(jobs: Jobs) -> None:
    together = threading.Barrier(2)

    def both(key: Key) -> Done:
        if key in {ONE, TWO}:
            together.wait(10)  # only passes if two merge requests run at once
        time.sleep(0.05)
        return Done()

    jobs.push(ONE, TWO)
    with Runner(jobs, slots=4, answer=both) as runner:
        until(lambda: empty(jobs))
        jobs.push(NOTE, Key(COMMAND, 14, 1, 1245), ONE)  # Runner asserts that these do not overlap
        jobs.push(TWO)
        until(lambda: empty(jobs))
        assert runner.runs(NOTE) == 1


def test_each_command_is_its_own_job(jobs: Jobs) -> None:
    notes = [Key(COMMAND, 14, 1, number) for number in range(1, 6)]
    for note in notes:
        jobs.push(note)
    with Runner(jobs) as runner:
        until(lambda: empty(jobs))
        assert sorted(key for _, key in runner.began) == notes


def test_a_failure_is_tried_again_with_growing_pauses_then_parked(jobs: Jobs) -> None:
    answers: list[Failed | Done] = [Failed("boom")] * QUICK.max_attempts
    jobs.push(ONE)
    with Runner(jobs, answer=lambda _key: answers.pop() if answers else Done()) as runner:
        until(lambda: len(jobs.parked()) == 1)
        assert runner.runs(ONE) == QUICK.max_attempts
        first, second, third = (when for when, _ in runner.began)
        assert second - first >= QUICK.first_seconds * 0.9
        assert third - second >= 2 * QUICK.first_seconds * 0.9
        (parked,) = jobs.parked()
        assert (parked.key, parked.attempts, parked.reason) == (ONE, QUICK.max_attempts, "boom")
        assert jobs.depth().parked == 1


def test_a_worker_that_cannot_even_run_a_job_counts_that_as_a_failure(jobs: Jobs) -> None:
    def full(_key: Key) -> Done:
        raise OSError(28, "No space left on device")

    jobs.push(ONE)
    with Runner(jobs, answer=full):
        until(lambda: len(jobs.parked()) == 1)
    assert "No space left on device" in jobs.parked()[0].reason


def test_a_newer_event_wakes_a_parked_job(jobs: Jobs) -> None:
    broken = [True]
    jobs.push(ONE)
    with Runner(jobs, answer=lambda _key: Failed("boom") if broken else Done()) as runner:
        until(lambda: len(jobs.parked()) == 1)
        before = runner.runs(ONE)
        broken.clear()
        jobs.push(ONE)
        until(lambda: empty(jobs) and not jobs.parked())
        assert runner.runs(ONE) == before + 1


def test_an_event_during_the_last_try_is_one_more_run_and_nothing_stays_parked(jobs: Jobs) -> None:
    entered, leave = threading.Event(), threading.Event()
    tries = list(range(QUICK.max_attempts))

    def answer(_key: Key) -> Failed | Done:
        if not tries:
            return Done()
        tries.pop()
        if not tries:
            entered.set()
            leave.wait(10)
        return Failed("boom")

    jobs.push(ONE)
    with Runner(jobs, answer=answer) as runner:
        assert entered.wait(20)
        jobs.push(ONE)
        leave.set()
        until(lambda: runner.runs(ONE) == QUICK.max_attempts + 1)
        until(lambda: empty(jobs))
        assert jobs.parked() == []


def test_an_event_does_not_wait_for_the_pause_of_a_failure(database_url: str) -> None:
    from bot.jobs.port import Pauses

    jobs = open_queue(database_url, Pauses(first_seconds=600))
    answers: list[Failed | Done] = [Done(), Done(), Failed("boom")]
    jobs.push(ONE)
    with Runner(jobs, answer=lambda _key: answers.pop()) as runner:
        until(lambda: len(runner.ended) == 1)
        time.sleep(0.2)
        jobs.push(NOTE)  # of the same merge request: not held up by the review's pause
        until(lambda: runner.runs(NOTE) == 1)
        jobs.push(ONE)
        until(lambda: runner.runs(ONE) == 2)
    jobs.close()


def test_a_busy_gitlab_is_no_failure(jobs: Jobs) -> None:
    answers: list[Later | Done] = [Done()] + [Later(0.3)] * (QUICK.max_attempts + 2)
    jobs.push(ONE)
    with Runner(jobs, answer=lambda _key: answers.pop()) as runner:
        until(lambda: empty(jobs))
        assert jobs.parked() == []
        times = [when for when, _ in runner.began]
        assert len(times) == QUICK.max_attempts + 3
        assert all(later - earlier >= 0.27 for earlier, later in itertools.pairwise(times))


def test_a_refused_token_parks_nothing_and_is_reported_until_it_works(jobs: Jobs) -> None:
    refused = [True]
    jobs.push(ONE)
    with Runner(jobs, answer=lambda _key: Refused("401 Unauthorized") if refused else Done()) as runner:
        until(lambda: runner.runs(ONE) > QUICK.max_attempts)
        assert jobs.recall(REFUSAL) == "401 Unauthorized"
        assert jobs.parked() == []
        refused.clear()
        until(lambda: empty(jobs))
        assert jobs.recall(REFUSAL) is None


def test_what_is_handed_back_is_not_lost_and_not_counted(database_url: str) -> None:
    jobs = open_queue(database_url)
    jobs.push(ONE)
    for _ in range(QUICK.max_attempts + 1):
        runner = Runner(jobs, answer=lambda _key: HandedBack())
        runner.answer = lambda _key, stop=runner.stop: (stop.set(), HandedBack())[1]
        with runner:
            until(lambda each=runner: len(each.ended) == 1)
    assert jobs.parked() == []
    with Runner(jobs) as runner:
        until(lambda: runner.runs(ONE) == 1)
    jobs.close()


def test_a_delivery_counts_once_and_is_forgotten_with_age(database_url: str) -> None:
    jobs = open_queue(database_url, delivery_memory_seconds=0.5)
    assert jobs.push(ONE, delivery="d1")
    assert not jobs.push(ONE, delivery="d1")
    assert not jobs.push(TWO, delivery="d1")
    assert jobs.push(TWO, delivery="d2")
    assert jobs.depth().waiting == 2
    with Runner(jobs):
        until(lambda: empty(jobs))
        time.sleep(0.6)
        if not database_url.startswith("sqlite"):
            until(lambda: jobs.push(ONE, delivery="d1"), 12)  # forgotten by the upkeep, every 5 s
        else:
            assert jobs.push(ONE, delivery="d1")
    jobs.close()


def test_not_before_is_kept_and_an_earlier_time_wins(jobs: Jobs) -> None:
    jobs.push(ONE, delay_seconds=600)
    jobs.push(TWO, delay_seconds=600)
    with Runner(jobs) as runner:
        time.sleep(0.5)
        assert runner.began == []
        jobs.push(ONE)
        until(lambda: runner.runs(ONE) == 1)
        assert runner.runs(TWO) == 0


def test_a_quiet_project_does_not_wait_behind_a_noisy_one(jobs: Jobs) -> None:
    jobs.push(*(Key(REVIEW, 1, iid) for iid in range(1, 201)))
    jobs.push(Key(REVIEW, 2, 1))
    with Runner(jobs, slots=1, answer=lambda _key: (time.sleep(0.01), Done())[1]) as runner:
        until(lambda: runner.runs(Key(REVIEW, 2, 1)) == 1)
        assert len(runner.began) <= 4


def test_the_end_of_a_job_makes_room_for_the_next_at_once(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.jobs import postgres, sqlite

    monkeypatch.setattr(postgres, "POLL_SECONDS", 5.0)
    monkeypatch.setattr(sqlite, "POLL_SECONDS", 5.0)
    jobs.push(*(Key(COMMAND, 1, 1, number) for number in range(1, 11)))  # of one merge request
    jobs.push(*(Key(REVIEW, 2, iid) for iid in range(1, 11)))  # of one project
    with Runner(jobs, slots=4, answer=lambda _key: (time.sleep(0.05), Done())[1]):
        until(lambda: empty(jobs))


def test_one_project_leaves_a_slot_for_the_others(jobs: Jobs) -> None:
    leave = threading.Event()
    quiet = Key(REVIEW, 2, 1)
    jobs.push(*(Key(REVIEW, 1, iid) for iid in range(1, 11)))
    slow = Runner(jobs, slots=3, answer=lambda key: (key != quiet and leave.wait(10), Done())[1])
    with slow as runner:
        until(lambda: len(runner.began) == 2)
        time.sleep(0.7)  # longer than the poll
        assert len(runner.began) == 2
        jobs.push(quiet)
        until(lambda: runner.ended == [(runner.ended[0][0], quiet)] if runner.ended else False)
        leave.set()
        until(lambda: empty(jobs))


def test_what_is_periodic_runs_at_the_start_and_again(jobs: Jobs) -> None:
    jobs.every("sweep", 0.5)
    jobs.every("rarely", 600.0)
    with Runner(jobs) as runner:
        until(lambda: runner.runs(Key("sweep")) >= 3 and runner.runs(Key("rarely")) > 0)
        first, second = [when for when, key in runner.began if key == Key("sweep")][:2]
        assert second - first < 5.5
        assert runner.runs(Key("rarely")) <= 2


def test_facts_are_remembered_and_forgotten(jobs: Jobs) -> None:
    assert jobs.recall("bot_id") is None
    jobs.remember("bot_id", "7")
    jobs.remember("bot_id", "8")
    assert jobs.recall("bot_id") == "8"
    jobs.remember("bot_id", None)
    assert jobs.recall("bot_id") is None


def test_age_is_how_long_the_oldest_due_job_has_waited(jobs: Jobs) -> None:
    assert jobs.depth().oldest_seconds == 0
    jobs.push(ONE)
    jobs.push(TWO, delay_seconds=600)
    time.sleep(0.3)
    assert 0.25 <= jobs.depth().oldest_seconds < 5


def test_pushes_from_many_threads_are_all_kept(jobs: Jobs) -> None:
    keys = [Key(REVIEW, project, iid) for project in range(1, 9) for iid in range(1, 26)]

    def push_some(start: int) -> None:
        for key in keys[start::8]:
            assert jobs.push(key, delivery=str(key))

    threads = [threading.Thread(target=push_some, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs.depth().waiting == len(keys)
    with Runner(jobs, slots=4) as runner:
        until(lambda: empty(jobs))
        assert sorted(key for _, key in runner.began) == sorted(keys)


@pytest.mark.parametrize("name", ["push", "depth", "check"])
def test_a_database_that_does_not_answer_says_so(tmp_path, name: str) -> None:
    from bot.jobs.port import QueueUnavailable

    for url in (f"sqlite:///{tmp_path}/missing/queue.sqlite3", f"postgresql://nobody@/none?host={tmp_path}"):
        jobs = open_queue(url)
        with pytest.raises(QueueUnavailable):
            getattr(jobs, name)(*([ONE] if name == "push" else []))


def test_what_nobody_touches_is_forgotten_with_age(jobs: Jobs) -> None:
    jobs.remember("old", "1")
    time.sleep(0.6)
    jobs.remember("new", "1")
    assert jobs.forget(0.5) == 1
    assert jobs.recall("old") is None
    assert jobs.recall("new") == "1"
    jobs.remember("new", "2")
    assert jobs.forget(0.5) == 0


def test_parked_jobs_are_forgotten_with_age(jobs: Jobs) -> None:
    jobs.push(ONE)
    with Runner(jobs, answer=lambda _key: Failed("broken")):
        until(lambda: bool(jobs.parked()))
    assert jobs.forget(3600) == 0
    time.sleep(0.1)
    assert jobs.forget(0.05) >= 1
    assert jobs.parked() == []
