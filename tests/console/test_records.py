"""The records keep the same promise on both databases."""

from __future__ import annotations

import pytest

from bot.console.records import RecordsUnavailable
from bot.console.view import AGES, Filter, Week
from bot.findings import Severity
from tests.console.conftest import ARROWS, NOW, found, record, records_at

DAY = 86400
UNTIL = NOW + 600


def view_of(records, session="dana", now=NOW):
    return records.view(session, now)


def test_what_is_found_is_open_until_a_review_does_not_find_it(database_url):
    records = records_at(database_url)
    records.began(42, 1, NOW - 9 * DAY)
    records.done(42, 1, record(found("a"), found("b", rank=0)), 1500, NOW - 9 * DAY)
    records.done(42, 1, record(found("a", path="ci/deploy.yml")), 900, NOW - 2 * DAY)
    records.sit("dana", "dana", [42], UNTIL)
    with view_of(records) as view:
        total, lines = view.found(Filter())
        assert (total, [line.path for line in lines]) == (1, ["ci/deploy.yml"])
        assert lines[0].first_seen == NOW - 9 * DAY, "moved, and still as old as it is"
        assert [line.rule for line in view.found(Filter("fixed"))[1]] == ["secret-in-log"]
        assert view.ages[Severity.HIGH.rank] == [0, 0, 1, 0]
        assert sum(map(sum, view.ages)) == 1
        assert [name for _, name in AGES][2] == "this month"
        trend = view.trend(12)
        assert trend[Severity.HIGH.rank] == [0, 0] + [1] * 10
        assert trend[Severity.CRITICAL.rank] == [0, 0] + [1] * 7 + [0] * 3


def test_one_that_comes_back_keeps_its_age(database_url):
    records = records_at(database_url)
    records.done(42, 1, record(found("a")), 1, NOW - 5 * DAY)
    records.done(42, 1, record(), 1, NOW - 4 * DAY)
    records.done(42, 1, record(found("a")), 1, NOW - 3 * DAY)
    records.sit("dana", "dana", [42], UNTIL)
    with view_of(records) as view:
        assert [line.first_seen for line in view.found(Filter())[1]] == [NOW - 5 * DAY]


def test_could_not_be_checked_is_not_fixed(database_url):
    records = records_at(database_url)
    records.done(
        42, 1, record(found("a", path="broken.yml"), found("b", "debug-trace"), found("c")), 1, NOW - 5
    )
    unread = (("broken.yml", 3, "a key is missing its value"),)
    again = record(
        unread=unread, unchecked=frozenset({"broken.yml"}), failed_rules=frozenset({"debug-trace"})
    )
    records.done(42, 1, again, 1, NOW)
    records.sit("dana", "dana", [42], UNTIL)
    with view_of(records) as view:
        assert view.found(Filter())[0] == 2
        assert view.reviews("done", 5)[0].not_read == [("broken.yml", 3, "a key is missing its value")]


def test_another_ones_projects_are_nowhere(database_url):
    records = records_at(database_url)
    records.done(42, 1, record(found("a"), trust=ARROWS), 1, NOW)
    records.done(
        43,
        1,
        record(found("b", "debug-trace", ignored=("eve", "no", "2024-10-09")), project="eve/own"),
        1,
        NOW,
    )
    records.began(43, 2, NOW)
    records.sit("dana", "dana", [42], UNTIL)
    with view_of(records) as view:
        assert view.totals() == (1, 1)
        assert [view.found(Filter(state))[0] for state in ("open", "ignored", "merged", "fixed")] == [
            1,
            0,
            0,
            0,
        ]
        assert [row[0] for row in view.rules(9)] == ["secret-in-log"]
        assert view.projects(9) == [(42, "shop/api", [0, 1, 0, 0, 0])]
        assert not view.of_project(43)
        assert view.trust(43) is None
        assert not view.expiring("9999", 9)
        assert not view.reviews("running", 9)
        assert view.trust(42)[2][0][1] == [1, "role deploy", True]
        assert sum(map(sum, view.trend(3))) == 1


def test_a_session_ends(database_url):
    records = records_at(database_url)
    records.done(42, 1, record(found("a")), 1, NOW)
    records.sit("dana", "dana", [42], UNTIL)
    with records.view("dana", UNTIL) as late, records.view("nobody", NOW) as stranger:
        assert late is None
        assert stranger is None
    records.leave("dana")
    with view_of(records) as view:
        assert view is None
    records.sit("dana", "dana", [], UNTIL)
    with view_of(records) as view:
        assert view.totals() == (0, 0)


def test_ignores_are_reported_with_their_end(database_url):
    records = records_at(database_url)
    ignored = [("x", ("dana", "a test key", "")), ("y", (".sealcheck.yml:3", "until the move", "2024-10-20"))]
    records.done(42, 1, record(*(found(name, ignored=by) for name, by in ignored)), 1, NOW)
    records.sit("dana", "dana", [42], UNTIL)
    with view_of(records) as view:
        assert [(line.ignored_by, line.ignored_until) for line in view.expiring("2024-10-31", 9)] == [
            (".sealcheck.yml:3", "2024-10-20")
        ]
        assert not view.expiring("2024-10-19", 9)
        assert view.found(Filter())[0] == 0
        assert view.rules(9)[0][2:4] == (0, 2)


def test_running_failed_and_merged(database_url):
    records = records_at(database_url)
    records.sit("dana", "dana", [42], UNTIL)
    records.began(42, 1, NOW - 9)
    with view_of(records) as view:
        assert [(each.iid, each.began) for each in view.reviews("running", 9)] == [(1, NOW - 9)]
    records.failed(42, 1, "ForgeForbidden: 403", NOW)
    with view_of(records) as view:
        assert [each.reason for each in view.reviews("failed", 9)] == ["ForgeForbidden: 403"]
    records.began(42, 1, NOW)
    records.done(42, 1, None, 1, NOW)
    with view_of(records) as view:
        assert view.totals() == (0, 0), "nothing to review leaves nothing behind"
    records.done(42, 1, record(found("a")), 1, NOW - 3 * DAY)
    assert records.standing(NOW - DAY, 9) == [(42, 1)]
    records.looked(42, 1, NOW)
    assert not records.standing(NOW - DAY, 9)
    records.left(42, 1, "merged", NOW)
    with view_of(records) as view:
        assert view.found(Filter())[0] == 0
        assert view.found(Filter("merged"))[0] == 1
    assert not records.standing(NOW + DAY, 9)


def test_old_records_are_forgotten(database_url):
    records = records_at(database_url)
    records.done(42, 1, record(found("a"), found("b")), 1, NOW - 90 * DAY)
    records.done(42, 1, record(found("a")), 1, NOW - 80 * DAY)
    records.done(43, 1, record(), 1, NOW - 80 * DAY)
    records.sit("old", "dana", [42], NOW - 5)
    records.done(44, 1, record(author="kim"), 1, NOW - 80 * DAY)
    records.forget(NOW - 30 * DAY, NOW)
    assert records.projects() == [42], "what is open stays, however old"
    records.sit("old", "dana", [42], UNTIL)
    with view_of(records, "old") as view:
        assert view.found(Filter("fixed"))[0] == 0
        assert view.found(Filter())[0] == 1


def test_pages_hold_fifty_worst_first(database_url):
    records = records_at(database_url)
    records.done(42, 1, record(*(found(str(each), rank=each % 5) for each in range(120))), 1, NOW)
    records.sit("dana", "dana", [42], UNTIL)
    with view_of(records) as view:
        pages = [view.found(Filter(page=page))[1] for page in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [50, 50, 20, 0]
        shown = [line for page in pages for line in page]
        assert [line.rank for line in shown] == sorted(line.rank for line in shown)
        assert view.found(Filter(severity=Severity.LOW, rule="secret-in-log", project_id=42))[0] == 24
        assert view.found(Filter(rule="' OR 1=1 --"))[0] == 0


def test_a_database_that_is_away_is_reported(tmp_path):
    (tmp_path / "file").write_text("no database, and long enough to be seen as none: " + "x" * 100)
    with pytest.raises(RecordsUnavailable):
        records_at(f"sqlite:///{tmp_path}/file").began(1, 1, NOW)


def test_a_group_narrows_everything(database_url):
    records = records_at(database_url)
    for project_id, path in ((42, "shop/api"), (43, "shop/web/site"), (44, "shopping/list")):
        records.done(project_id, 1, record(found(str(project_id)), project=path, trust=ARROWS), 1, NOW)
    records.sit(
        "dana", "dana", [42, 43, 44], UNTIL, [("shop/new", False), ("shop/api", True), ("eve/x", False)]
    )
    with records.view("dana", NOW, "shop") as view:
        assert view.groups() == ["shop", "shop/web", "shopping"]
        assert [line.project for line in view.found(Filter(sort="project"))[1]] == [
            "shop/api",
            "shop/web/site",
        ]
        assert view.totals() == (2, 2)
        assert [row[1] for row in view.projects(9)] == ["shop/api", "shop/web/site"]
        assert sum(map(sum, view.ages)) == view.week().new == 2
        assert view.unwatched() == (2, ["shop/new"])
        assert view.trust(44) is None
    with records.view("dana", NOW, "shop/web") as view:
        assert view.found(Filter())[0] == 1
    with records.view("dana", NOW, "nothing") as view:
        assert view.found(Filter())[0] == 0
    with view_of(records) as view:
        assert view.found(Filter())[0] == 3
        assert view.unwatched() == (3, ["eve/x", "shop/new"])


def test_the_week_says_what_moved(database_url):
    records = records_at(database_url)
    records.done(42, 1, record(found("old"), found("fixed")), 1, NOW - 9 * DAY)
    records.done(
        42, 1, record(found("old"), found("new"), found("quiet", ignored=("dana", "no", ""))), 1, NOW - DAY
    )
    records.done(42, 2, record(found("merged")), 1, NOW - 8 * DAY)
    records.left(42, 2, "merged", NOW - 2 * DAY)
    records.sit("dana", "dana", [42], UNTIL)
    with view_of(records) as view:
        assert view.week() == Week(before=3, now=2, new=1, fixed=1, merged=1)


def test_paces_are_medians_and_overdue_counts_by_severity(database_url):
    records = records_at(database_url)
    for iid, born, rank, fixed in (
        (1, 50, 1, 46), (2, 30, 1, 28), (3, 20, 1, 10), (4, 8, 0, None), (5, 6, 0, None), (6, 400, 3, None),
    ):  # fmt: skip
        records.done(42, iid, record(found(str(iid), rank=rank)), 1, NOW - born * DAY)
        if fixed is not None:
            records.done(42, iid, record(), 1, NOW - fixed * DAY)
    records.sit("dana", "dana", [42], UNTIL)
    with view_of(records) as view:
        paces = {each.severity: each for each in view.paces()}
        assert (paces[Severity.HIGH].fixed, paces[Severity.HIGH].median_days) == (3, 4.0)
        assert (paces[Severity.CRITICAL].overdue, paces[Severity.CRITICAL].median_days) == (1, None)
        assert [each.overdue for each in paces.values()] == [1, 0, 0, 0, 0]
        assert [line.first_seen for line in view.found(Filter("overdue"))[1]] == [NOW - 8 * DAY]


def test_findings_are_searched_sorted_and_grouped_by_author(database_url):
    records = records_at(database_url)
    records.done(42, 1, record(found("a", path="ci/100%_done.yml"), author="kim"), 1, NOW - 3 * DAY)
    records.done(42, 2, record(found("b", "debug-trace", rank=0), author="dana"), 1, NOW - DAY)
    records.done(43, 3, record(found("c", "shell-trace", rank=2), project="a/first"), 1, NOW - 2 * DAY)
    records.sit("dana", "dana", [42, 43], UNTIL)
    with view_of(records) as view:
        order = lambda **wanted: [line.iid for line in view.found(Filter(**wanted))[1]]  # noqa: E731 - said once
        assert order() == [2, 1, 3]
        assert order(sort="oldest") == [1, 3, 2]
        assert order(sort="newest") == [2, 3, 1]
        assert order(sort="rule") == [2, 1, 3]
        assert order(sort="project") == [3, 2, 1]
        assert order(author="kim") == [1]
        assert order(text="FIRST") == [3]
        assert order(text="dana") == [2]
        assert order(text="100%_d yml") == [1]
        assert order(text="100__d") == [], "a wildcard of the database is a letter like any other"
        assert {line.author for line in view.found(Filter())[1]} == {"kim", "dana", ""}
        assert view.authors(9) == [("dana", 1, 0), ("kim", 1, 0)]
        assert [line.iid for line in view.every(Filter(page=7))] == [2, 1, 3]
