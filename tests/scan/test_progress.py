"""The bar: for people at a terminal who have waited a moment, and gone without a trace."""

from __future__ import annotations

import io

import pytest

from bot.scanning import progress
from bot.scanning.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_it_shows_after_a_moment_and_not_too_often(clock):
    stream = io.StringIO()
    bar = Progress(stream, shown=True)
    bar.draw(1, 4)
    assert stream.getvalue() == ""
    clock[0] += 1
    bar.draw(2, 4)
    bar.draw(3, 4)
    assert stream.getvalue() == f"\r\x1b[K[{'#' * 15}{'.' * 15}] 50 %"
    bar.clear()
    assert stream.getvalue().endswith("\r\x1b[K")
    length = len(stream.getvalue())
    bar.clear()
    assert len(stream.getvalue()) == length, "what is not drawn is not cleared"


def test_without_a_terminal_nothing_is_drawn(clock):
    stream = io.StringIO()
    bar = Progress(stream, shown=False)
    clock[0] += 5
    bar.draw(1, 0)
    bar.clear()
    assert stream.getvalue() == ""


def test_the_program_draws_on_no_pipe(terminal):
    from tests.scan.conftest import LEAK

    terminal.put(".gitlab-ci.yml", LEAK)
    assert terminal.program("scan").stderr == b""
