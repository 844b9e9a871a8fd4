"""Where jobs are forked from one review was rehearsed; the worker itself loads nothing of one."""

from __future__ import annotations

import subprocess
import sys

from bot import lazy
from bot.review.rehearsal import rehearse

WORKER = "import app, bot.service, bot.jobs.budget, bot.jobs.isolation, bot.jobs.job_log, bot.jobs.sqlite"
FORKED_FROM = "import bot.service, bot.work, bot.analysis.everything, bot.review.rehearsal, bot.jobs.sqlite"


def loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(done.stdout.split())


def test_the_rehearsed_review_has_much_to_say():
    assert rehearse() > 8


def test_what_was_rehearsed_is_not_made_again(monkeypatch):
    rehearse()
    made = []
    for place, name in ((lazy._Regex, "__getattr__"), (lazy, "_initialiser"), (lazy, "_of_twin")):
        real = getattr(place, name)
        monkeypatch.setattr(place, name, lambda *given, real=real: made.append(given) or real(*given))
    rehearse()
    assert made == []


def test_the_worker_loads_neither_the_web_side_nor_a_review():
    without = {
        "flask",
        "gitlab",
        "requests",
        "ruamel.yaml",
        "bot.analysis.engine",
        "bot.review.run",
        "bot.work",
    }
    assert loaded(WORKER) & without == set()


def test_what_jobs_are_forked_from_loads_no_web_side():
    modules = loaded(FORKED_FROM)
    assert "bot.review.run" in modules
    assert modules.isdisjoint({"flask", "gunicorn"})
