"""The survey's rows keep the same promise on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.console.surveys import open_surveys
from bot.snapshot import Project
from bot.survey.ports import Listed
from tests.console.conftest import NOW


@pytest.fixture
def store(database_url):
    sqlite = database_url.startswith("sqlite:///")
    path = Path(database_url.removeprefix("sqlite:///")) if sqlite else None
    return open_surveys(database_url, path, lambda text: text.replace("s3cret", "[Filtered]"))


def listed(number, path="shop/api", activity="2026-11-01T00:00:00.000Z"):
    return Listed(Project(id=number, path=path), activity)


def record(**more):
    return {"version": "1", "project": {"path": "shop/api"}, "findings": [], **more}


def test_a_run_is_resumed_until_it_ends_and_scopes_do_not_meet(store):
    first = store.resume("", NOW)
    assert store.resume("", NOW) == first
    assert store.resume("shop", NOW) != first
    store.finish(first, NOW)
    assert store.resume("", NOW) > first


def test_what_is_kept_is_known(store):
    run = store.resume("", NOW)
    store.keep(run, listed(1), "c" * 40, record(), NOW)
    assert store.done(run) == {1}
    known = store.known(1)
    assert (known.sha, known.version, known.reason, known.attempts) == ("c" * 40, "1", "", 0)
    assert list(store.records()) == [record()]
    assert store.known(2) is None


def test_each_beginning_is_counted_until_it_ends(store):
    run = store.resume("", NOW)
    store.begin(run, listed(1))
    store.begin(run, listed(1))
    assert store.known(1).attempts == 2
    assert store.failures() == [("shop/api", "not read yet")]
    assert store.done(run) == frozenset()
    store.keep(run, listed(1), "c", record(), NOW)
    assert store.known(1).attempts == 0
    assert store.failures() == []


def test_a_failure_keeps_the_record_and_no_secret(store):
    run = store.resume("", NOW)
    store.keep(run, listed(1), "c", record(findings=["s3cret"]), NOW)
    store.fail(run, listed(1), "GitLab says s3cret", NOW)
    assert store.failures() == [("shop/api", "GitLab says [Filtered]")]
    assert list(store.records()) == [record(findings=["[Filtered]"])]
    store.confirm(run, listed(1, "shop/renamed"), NOW)
    assert store.known(1).attempts == 0


def test_the_end_of_a_run_forgets_what_its_scope_no_longer_lists(store):
    run = store.resume("", NOW)
    for number, path in enumerate(("shop/api", "shop/web", "other/site"), 1):
        store.keep(run, listed(number, path), "c", record(), NOW)
    store.finish(run, NOW)
    again = store.resume("shop", NOW)
    store.confirm(again, listed(1), NOW)
    assert store.finish(again, NOW) == 1
    assert store.known(2) is None
    assert store.known(3) is not None
    assert store.last() == NOW
