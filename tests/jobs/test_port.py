"""The arithmetic that both queues share, and what an operator reads of a database that is away."""

import pytest

from bot.facts.postgres_errors import why_unavailable
from bot.jobs.port import COMMAND, HOOK, REVIEW, SWEEP, Key, Later, Pauses, most_of_one_project


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 10.0), (2, 20.0), (3, 40.0), (8, 1280.0), (9, 2560.0), (10, 3600.0), (60, 3600.0)],
)
def test_pauses_double_up_to_an_hour(attempts, seconds):
    assert Pauses().after(attempts) == seconds


def test_eight_failures_park():
    assert (Pauses().max_attempts, Pauses().refused_seconds) == (8, 120.0)


@pytest.mark.parametrize(("slots", "most"), [(1, 2), (2, 2), (3, 2), (4, 3), (8, 7)])
def test_a_slot_is_left_for_the_others(slots, most):
    assert most_of_one_project(slots) == most


@pytest.mark.parametrize(
    ("key", "text", "lane"),
    [
        (Key(REVIEW, 14, 1), "review/14/1/0", "14!1"),
        (Key(COMMAND, 14, 1, 99), "command/14/1/99", "14!1"),
        (Key(HOOK, 14), "hook/14/0/0", "14!0"),
        (Key(SWEEP), "sweep/0/0/0", "sweep"),
    ],
)
def test_a_key_is_its_text_and_its_lane(key, text, lane):
    assert (str(key), key.lane) == (text, lane)
    assert Key.parse(text) == key


@pytest.mark.parametrize("text", ["review/14/1", "review/14/1/0/0", "review/x/1/0", ""])
def test_any_other_text_is_no_key(text):
    with pytest.raises(ValueError, match=r"unpack|invalid literal"):
        Key.parse(text)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ('connection to server at "x" failed: Connection refused', "the connection is refused"),
        ("could not translate host name", "the host name is not known"),
        ("[Errno -2] Name or service not known", "the host name is not known"),
        ('FATAL:  password authentication failed for user "a"', "it refuses the user or the password"),
        ("fe_sendauth: no password supplied", "it wants a password"),
        ('no pg_hba.conf entry for host "1.2.3.4"', "it does not accept this user, host or encryption"),
        ('FATAL:  database "x" does not exist', "the database or the user does not exist"),
        ("connection timeout expired", "no answer in time"),
        ("Operation timed out", "no answer in time"),
        ("FATAL:  the database system is starting up", "it is starting up"),
        ("the database system is shutting down", "it is shutting down"),
        ("FATAL:  sorry, too many clients already", "it has no connection left"),
        ("SSL error: certificate verify failed", "its certificate is not trusted"),
        ("permission denied for schema public", "the user may not create or change the tables"),
        ("cannot execute INSERT in a read-only transaction", "it is read-only: is this the standby?"),
        ("something with hunter2 in it", "OSError"),
    ],
)
def test_why_a_database_is_away_says_no_secret(said, cause):
    reported = why_unavailable("postgresql://bot:hunter2@db.example.com/reviews", OSError(said))
    assert reported.startswith(f"PostgreSQL at db.example.com:5432: {cause}")
    assert "hunter2" not in reported


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://db.example.com:6432/x", " at db.example.com:6432"),
        ("postgresql:///x?host=/run", ""),
        ("postgresql://[db/x", ""),
        ("postgresql://db:port/x", ""),
    ],
)
def test_the_place_is_named_where_the_address_has_one(url, place):
    assert why_unavailable(url, OSError("timeout")) == f"PostgreSQL{place}: no answer in time"


def test_a_job_that_comes_back_later_pauses_nobody_else():
    assert Later(5.0) == Later(5.0, everywhere=False)


def test_what_a_key_does_not_name_is_zero():
    assert str(Key(SWEEP)) == "sweep/0/0/0"
    assert str(Key(REVIEW, 42, 7)) == "review/42/7/0"


def test_the_reason_for_a_pause_is_for_the_log_alone():
    assert Later(5.0, reason="slow down") == Later(5.0)
