"""The embedded queue step by step, under a clock of the test: what is next, and what each ending leaves behind."""

import sqlite3
import threading
from types import SimpleNamespace

import pytest

from bot.jobs import sqlite, sqlite_file
from bot.jobs.port import (
    COMMAND,
    REFUSAL,
    REVIEW,
    Depth,
    Done,
    Failed,
    HandedBack,
    Key,
    Later,
    Parked,
    Pauses,
    QueueNewer,
    QueueTaken,
    Refused,
)

ONE, TWO, OTHER = Key(REVIEW, 1, 1), Key(REVIEW, 1, 2), Key(REVIEW, 2, 1)
NOTE = Key(COMMAND, 1, 1, 9)
START = 1_000_000.0
PAUSES = Pauses(first_seconds=10, longest_seconds=60, refused_seconds=120, max_attempts=3)


@pytest.fixture
def clock(monkeypatch):
    found = SimpleNamespace(now=START)
    monkeypatch.setattr(sqlite.time, "time", lambda: found.now)
    monkeypatch.setattr(sqlite_file.time, "time", lambda: found.now)
    return found


@pytest.fixture
def jobs(tmp_path, clock):
    queue = sqlite.SqliteJobs(tmp_path / "queue.sqlite3", pauses=PAUSES, delivery_memory_seconds=100)
    yield queue
    queue.close()


@pytest.fixture
def running():
    return sqlite._Running(most=2)


def row(jobs, key):
    """Wanted, seconds until it is due, attempts and the reason of parking; None for no row."""
    found = jobs._read("SELECT wanted, due, attempts, parked FROM jobs WHERE key = ?", str(key))
    return (found[0][0], found[0][1] - START, *found[0][2:]) if found else None


def claimed(jobs, running):
    """What `_claim` gives until nothing is due, without any end."""
    found = []
    while (each := jobs._claim(running)) is not None:
        found.append(each[0])
    return found


@pytest.mark.parametrize(
    ("outcome", "attempts", "alone", "after_an_event"),
    [
        (Done(), 1, None, (2, 5.0, 0, None)),
        (Failed("boom"), 1, (1, 15.0, 1, None), (2, 5.0, 1, None)),
        (Failed("boom"), 2, (1, 25.0, 2, None), (2, 5.0, 2, None)),
        (Failed("boom"), 3, (1, 5.0, 3, "boom"), (2, 5.0, 0, None)),
        (Failed("b" * 999), 3, (1, 5.0, 3, "b" * 500), (2, 5.0, 0, None)),
        (Later(7.0), 2, (1, 12.0, 1, None), (2, 12.0, 1, None)),
        (Refused("401"), 2, (1, 125.0, 1, None), (2, 5.0, 1, None)),
        (HandedBack(), 2, (1, 5.0, 1, None), (2, 5.0, 1, None)),
    ],
)
def test_what_each_ending_leaves(jobs, clock, outcome, attempts, alone, after_an_event):
    for events, left in ((0, alone), (1, after_an_event)):
        clock.now = START
        jobs.push(ONE)
        with jobs._writing() as database:
            database.execute("UPDATE jobs SET attempts = ?", (attempts - 1,))
        key, wanted, counted = jobs._claim(sqlite._Running(most=2))
        assert (key, wanted, counted) == (ONE, 1, attempts)
        for _ in range(events):
            jobs.push(ONE)
        clock.now = START + 5
        jobs._settle(key, wanted, counted, outcome)
        assert row(jobs, ONE) == left
        with jobs._writing() as database:
            database.execute("DELETE FROM jobs")


def test_a_refusal_is_known_until_a_job_is_done(jobs, running):
    for outcome, known in ((Refused("r" * 999), "r" * 500), (Failed("x"), "r" * 500), (Done(), None)):
        jobs._settle(ONE, 1, 1, outcome)
        assert jobs.recall(REFUSAL) == known


def test_an_attempt_counts_when_it_begins_and_a_crash_costs_a_pause(jobs, running):
    jobs.push(ONE)
    for attempts, due in ((1, 0.0), (2, 10.0), (3, 20.0)):
        with jobs._writing() as database:
            database.execute("UPDATE jobs SET due = ?", (START,))
        assert jobs._claim(sqlite._Running(most=2)) == (ONE, 1, attempts)
        assert row(jobs, ONE) == (1, due, attempts, None)


def test_a_job_whose_process_died_each_time_is_parked_unrun(jobs, running):
    ran = []
    jobs._run(lambda key: ran.append(key) or Done(), (ONE, 1, PAUSES.max_attempts + 1), _taken(ONE))
    assert ran == []
    jobs.push(ONE)
    jobs._run(lambda key: ran.append(key) or Done(), (ONE, 1, PAUSES.max_attempts + 1), _taken(ONE))
    assert jobs.parked() == [Parked(ONE, 0, "its process died each time it ran")]
    jobs._run(lambda key: ran.append(key) or Done(), (ONE, 1, PAUSES.max_attempts), _taken(ONE))
    assert ran == [ONE]


def _taken(key):
    return sqlite._Running(most=2, lanes={key.lane}, projects={key.project_id: 1})


def test_a_job_that_ends_frees_its_lane_whatever_happens(jobs):
    for execute in (lambda _key: Done(), lambda _key: 1 / 0):
        running = _taken(ONE)
        jobs.push(ONE)
        jobs._run(execute, (ONE, 1, 1), running)
        assert (running.lanes, running.projects) == (set(), {1: 0})
    assert row(jobs, ONE)[2] == 1


def test_one_of_a_lane_and_so_many_of_a_project_at_once(jobs, running):
    jobs.push(ONE, NOTE, TWO, Key(REVIEW, 1, 3), OTHER)
    assert claimed(jobs, running) == [ONE, OTHER, TWO]
    jobs._settle(ONE, 1, 1, Done())
    running.lanes.discard(ONE.lane)
    running.projects[1] -= 1
    assert claimed(jobs, running) == [NOTE]


def test_projects_take_turns(jobs, clock):
    running = sqlite._Running(most=2)
    jobs.push(*(Key(REVIEW, project, iid) for project in (1, 2, 3) for iid in (1, 2, 3)))
    order = []
    while (each := jobs._claim(running)) is not None:
        order.append(each[0].project_id)
        jobs._settle(*each, Done())
        running.lanes.discard(each[0].lane)
        running.projects[each[0].project_id] -= 1
    assert order == [1, 2, 3] * 3


def test_the_oldest_of_a_project_is_first(jobs, clock, running):
    for key in (TWO, ONE):
        jobs.push(key)
        clock.now += 1
    assert claimed(jobs, running) == [TWO, ONE]


def test_what_is_not_due_waits_and_what_a_wrong_clock_wrote_does_not(jobs, clock, running):
    jobs.push(ONE, delay_seconds=30)
    jobs.push(OTHER, delay_seconds=86401)
    jobs.push(Key(REVIEW, 3, 1), delay_seconds=86400)
    assert claimed(jobs, running) == [OTHER]
    clock.now += 29
    assert claimed(jobs, running) == []
    clock.now += 1
    assert claimed(jobs, running) == [ONE]


def test_a_push_takes_the_earlier_time_and_wakes_what_is_parked(jobs, clock):
    jobs.push(ONE, delay_seconds=30)
    jobs.push(ONE, delay_seconds=60)
    assert row(jobs, ONE) == (2, 30.0, 0, None)
    jobs.push(ONE, delay_seconds=10)
    assert row(jobs, ONE) == (3, 10.0, 0, None)
    with jobs._writing() as database:
        database.execute("UPDATE jobs SET parked = 'boom', attempts = 3, due = ?", (START - 50,))
    jobs.push(ONE, delay_seconds=20)
    assert row(jobs, ONE) == (4, 20.0, 0, None)
    with jobs._writing() as database:
        database.execute("UPDATE jobs SET attempts = 2")
    jobs.push(ONE)
    assert row(jobs, ONE) == (5, 0.0, 2, None)


def test_a_delivery_is_remembered_for_its_time(jobs, clock):
    assert jobs.push(ONE, delivery="d")
    assert jobs.last_delivery() == START
    clock.now += 100
    assert not jobs.push(TWO, delivery="d")
    assert row(jobs, TWO) is None
    clock.now += 0.5
    assert jobs.push(TWO, delivery="d")
    assert jobs.last_delivery() == START + 100.5


def test_depth_counts_what_waits_and_the_age_of_the_oldest(jobs, clock):
    assert jobs.depth() == Depth(0, 0, 0.0)
    jobs.push(ONE, delay_seconds=30)
    jobs.push(TWO, OTHER)
    with jobs._writing() as database:
        database.execute("UPDATE jobs SET parked = 'x', due = 0 WHERE key = ?", (str(OTHER),))
    clock.now += 12
    assert jobs.depth() == Depth(2, 1, 12.0)
    clock.now -= 100
    assert jobs.depth() == Depth(2, 1, 0.0)


def test_forgetting_goes_by_the_last_touch(jobs, clock):
    jobs.remember("old", "1")
    jobs.push(ONE, TWO)
    with jobs._writing() as database:
        database.execute("UPDATE jobs SET parked = 'x' WHERE key = ?", (str(ONE),))
    clock.now += 50
    jobs.remember("new", "n" * 999)
    assert jobs.forget(50) == 0
    clock.now += 0.5
    assert jobs.forget(50) == 2
    assert (jobs.recall("old"), jobs.recall("new")) == (None, "n" * 500)
    assert (row(jobs, ONE), row(jobs, TWO)[3]) == (None, None)


def test_a_window_is_spent_and_the_next_one_is_new(jobs, clock):
    clock.now = 120.0
    assert [jobs.spend("notes", 2, 60.0) for _ in range(3)] == [0.0, 0.0, 60.0]
    clock.now = 180.0
    assert jobs.spend("notes", 2, 60.0) == 0.0


def test_what_one_write_of_a_batch_breaks_all_of_it_hears(jobs, monkeypatch):
    monkeypatch.setattr(sqlite, "PUSH", "INSERT INTO nowhere VALUES (?, ?, ?, ?)")
    with pytest.raises(sqlite.QueueUnavailable, match="nowhere"):
        jobs.push(ONE, delivery="d")
    monkeypatch.undo()
    assert jobs.push(ONE, delivery="d"), "the delivery's id was taken back with its job"


def test_a_queue_without_pauses_of_its_own_has_the_usual_ones(tmp_path):
    assert sqlite.SqliteJobs(tmp_path / "queue.sqlite3")._pauses == Pauses()


def test_closing_closes_the_file_and_the_next_use_opens_it_again(jobs):
    connection = jobs._database()
    jobs.close()
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
    jobs.close()
    assert jobs.push(ONE)


def test_one_worker_at_a_time(jobs, monkeypatch):
    monkeypatch.setattr(sqlite, "LOCK_PATIENCE_SECONDS", 0.0)
    for _ in range(2):
        with jobs._only_worker(), pytest.raises(QueueTaken, match="another service"), jobs._only_worker():
            pass


def test_a_file_of_a_newer_program_is_left_alone(tmp_path):
    path = tmp_path / "queue.sqlite3"
    sqlite_file.open_file(path, 1.0).close()
    for level, is_newer in ((1, False), (2, True)):
        with sqlite3.connect(path) as database:
            assert database.execute("PRAGMA user_version").fetchone() == (1,)
            database.execute(f"PRAGMA user_version = {level}")
        if is_newer:
            with pytest.raises(QueueNewer):
                sqlite_file.open_file(path, 1.0)
        else:
            sqlite_file.open_file(path, 1.0).close()


def test_a_starting_worker_waits_for_one_that_is_just_dying(jobs):
    held = jobs._only_worker()
    held.__enter__()
    threading.Timer(0.05, held.__exit__, (None, None, None)).start()
    with jobs._only_worker():
        pass


def test_one_transaction_answers_everybody_who_waits_for_it(jobs):
    waiting = [sqlite._Push([key], 0.0, None) for key in (ONE, TWO, OTHER)]
    jobs._pending.extend(waiting)
    jobs._flush()
    assert [each.queued for each in waiting] == [True, True, True]
    assert jobs.depth().waiting == 3


def test_opening_a_file_that_is_up_to_date_waits_for_no_writer(tmp_path):
    path = tmp_path / "queue.sqlite3"
    writer = sqlite_file.open_file(path, 1.0)
    writer.execute("BEGIN IMMEDIATE")
    sqlite_file.open_file(path, 0.0).close()
    writer.close()
