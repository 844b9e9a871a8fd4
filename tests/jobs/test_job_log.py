"""Each job that a worker runs is a line of the log and a number in the metrics, whatever became of it."""

from __future__ import annotations

import logging

import pytest

from bot.jobs.job_log import logged
from bot.jobs.port import REVIEW, Done, Failed, HandedBack, Key, Later, Outcome, Refused
from bot.observability.metrics import JOB_SECONDS, JOBS

KEY = Key(REVIEW, 42, 7)


@pytest.mark.parametrize(
    ("outcome", "level", "line"),
    [
        (Done(), logging.INFO, "done"),
        (Failed("no memory"), logging.WARNING, "failed: no memory"),
        (Later(7.4, False, "slow down"), logging.WARNING, "comes back in 7 s: slow down"),
        (Refused("401"), logging.WARNING, "GitLab refuses the bot's token: 401"),
        (HandedBack(), logging.INFO, "handed back"),
    ],
)
def test_what_became_of_a_job_is_logged_and_counted(caplog, outcome: Outcome, level: int, line: str) -> None:
    caplog.set_level(logging.INFO)
    name = type(outcome).__name__
    count, seconds = JOBS.labels(REVIEW, name), JOB_SECONDS.labels(REVIEW)
    before = count._value.get(), seconds._sum.get()
    assert logged(lambda _: outcome)(KEY) is outcome
    assert count._value.get() == before[0] + 1
    assert 0 <= seconds._sum.get() - before[1] < 1
    (record,) = [each for each in caplog.records if each.name == "bot.jobs.job_log"]
    assert (record.levelno, record.getMessage(), record.fields["outcome"]) == (level, line, name)
    assert 0 <= record.fields["seconds"] < 1
