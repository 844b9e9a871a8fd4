"""A survey goes on where it was, reads what has changed, and names what it could not read."""

import datetime as dt
import json

import pytest

from bot.errors import ForgeBusy, ForgeRefused
from bot.survey import run as run_module
from bot.surveying import at_most


class Killed(BaseException):
    """The process dies."""


def findings(company):
    return {
        (path, each["rule"])
        for path, record in company.organisation.records.items()
        for each in record["findings"]
    }


def test_standing_findings_are_found(company):
    counted = company.survey()
    assert (counted.read, counted.failed) == (4, 0)
    assert ("acme/shop", "secret-in-log") in findings(company)
    assert ("acme/vault", "vault-role-without-project") in findings(company)
    assert not any(path == "other/site" for path, _ in findings(company))


def test_no_text_of_a_file_is_kept(company):
    company.survey()
    kept = json.dumps(list(company.store.records()))
    assert "./deploy" not in kept
    assert "cat $DB_PASSWORD" not in kept


def test_a_second_run_asks_for_the_list_alone(company, double):
    company.survey()
    counted = company.survey()
    assert (counted.unchanged, counted.read) == (4, 0)
    assert company.requests == 2  # who am I, and the list


def test_what_was_pushed_is_read_again(company, double):
    company.survey()
    shop = double.world.find_project("acme/shop")
    double.push(shop, "main", {".gitlab-ci.yml": "build:\n  script: [make]\n"})
    shop.last_activity_at = dt.datetime.fromisoformat("2027-01-15T10:00:00Z")
    counted = company.survey()
    assert (counted.unchanged, counted.read) == (3, 1)
    assert ("acme/shop", "secret-in-log") not in findings(company)


def test_activity_without_a_push_costs_one_request(company, double):
    company.survey()
    double.world.find_project("acme/shop").last_activity_at = dt.datetime.fromisoformat(
        "2026-11-02T00:00:00Z"
    )
    counted = company.survey()
    assert (counted.unchanged, counted.read) == (4, 0)
    assert company.requests == 3


def test_a_push_right_after_an_activity_is_not_missed(company, double):
    """GitLab notes an activity once an hour at most: the time alone does not tell."""
    shop = double.world.find_project("acme/shop")
    shop.last_activity_at = dt.datetime.fromisoformat("2027-01-15T07:54:00Z")  # six minutes before the survey
    company.survey()
    double.commit(shop, "main", {".gitlab-ci.yml": "build:\n  script: [make]\n"})
    company.now += 86400
    assert company.survey().read == 1


def test_another_version_reads_everything_again(company):
    company.survey(version="1")
    assert company.survey(version="2").read == 4
    assert company.survey(version="2", everything=True).read == 4


def test_a_killed_run_goes_on_where_it_was(company, monkeypatch):
    read = run_module.digest
    done = []

    def dies(*given):
        if len(done) == 2:
            raise Killed
        done.append(given[1].project.path)
        return read(*given)

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "digest", dies)
        with pytest.raises(Killed):
            company.survey()
    assert len(list(company.store.records())) == 2
    counted = company.survey()
    assert (counted.resumed, counted.read) == (2, 2)
    assert len(list(company.store.records())) == 4


def test_a_project_that_kills_the_program_is_passed_over_and_named(company, monkeypatch):
    read = run_module.digest

    def dies(standing, listed, today):
        if listed.project.path == "acme/api":
            raise Killed
        return read(standing, listed, today)

    monkeypatch.setattr(run_module, "digest", dies)
    for _ in range(run_module.MAX_ATTEMPTS):
        with pytest.raises(Killed):
            company.survey()
    counted = company.survey()
    assert (counted.failed, counted.resumed + counted.read) == (1, 3)
    ((path, reason),) = company.store.failures()
    assert path == "acme/api"
    assert "died" in reason


def test_a_failure_keeps_what_was_known(company, double):
    company.survey()
    double.faults.answer(404, on="GET */repository/tree", times=1)
    shop = double.world.find_project("acme/shop")
    double.push(shop, "main", {"x.yml": "a: b\n"})
    shop.last_activity_at = dt.datetime.fromisoformat("2027-01-15T10:00:00Z")
    counted = company.survey()
    assert counted.failed == 1
    assert [path for path, _ in company.store.failures()] == ["acme/shop"]
    assert ("acme/shop", "secret-in-log") in findings(company)
    assert company.survey().read == 1
    assert company.store.failures() == []


def test_a_limit_is_waited_for(company, double):
    double.faults.answer(429, on="GET */repository/tree", times=2, headers={"Retry-After": "7"})
    assert company.survey().failed == 0


def test_a_gitlab_that_goes_away_ends_the_run_and_nothing_is_lost(company, double):
    double.faults.answer(502, on="GET */repository/tree", times=None)
    with pytest.raises(ForgeBusy):
        company.survey()
    double.faults.clear()
    counted = company.survey()
    assert (counted.read, counted.resumed) == (1, 3)
    assert len(company.store.failures()) == 3
    assert company.survey().read == 3
    assert company.store.failures() == []


def test_three_broken_projects_between_others_do_not_end_the_run(company, double):
    """GitLab is not away where it cannot give three projects, each behind one that has not changed."""
    double.project("zoo/cage", {"README.md": "# Cage\n"})
    double.project("zoo/gate", {"README.md": "# Gate\n"})
    company.survey()
    for path in ("acme/shop", "other/site", "zoo/cage"):
        broken = double.world.find_project(path)
        double.push(broken, "main", {"x.yml": "a: b\n"})
        broken.last_activity_at = dt.datetime.fromisoformat("2027-01-15T10:00:00Z")
    double.faults.answer(502, on="GET */repository/tree", times=None)
    counted = company.survey()
    assert (counted.failed, counted.unchanged) == (3, 3)
    assert {path for path, _ in company.store.failures()} == {"acme/shop", "other/site", "zoo/cage"}


def test_a_refused_token_ends_the_run_and_nothing_is_lost(company, double):
    double.faults.answer(401, on="GET */repository/tree", times=1)
    with pytest.raises(ForgeRefused):
        company.survey()
    assert company.survey().read == 4


def test_a_group_alone(company):
    counted = company.survey("other")
    assert (counted.read, list(company.organisation.records)) == (1, ["other/site"])
    company.survey("acme")
    assert len(company.organisation.records) == 4


def test_a_project_that_is_gone_is_forgotten(company, double):
    company.survey()
    site = double.world.find_project("other/site")
    double.set_role(double.bot, site, 0)
    assert company.survey().forgotten == 1
    assert "other/site" not in company.organisation.records


def test_a_limit_of_files_is_named(company):
    company.survey(most_files=2)
    unread = [reason for record in company.store.records() for _, _, reason in record["unread"]]
    assert any("were not read: raise --max-files" in reason for reason in unread)


def test_a_project_without_a_commit(company, double):
    double.project("acme/new", {}).branches.clear()
    assert company.survey().empty == 1


def test_a_project_that_takes_too_long_fails_alone(company, monkeypatch):
    """The clock of the limit is the program's own: here it is over at once."""
    read = run_module.digest

    def slow(standing, listed, today):
        if listed.project.path == "acme/api":
            while True:
                pass
        return read(standing, listed, today)

    monkeypatch.setattr(run_module, "digest", slow)
    counted = company.survey(limited=lambda: at_most(1))
    assert (counted.failed, counted.read) == (1, 3)
    ((path, reason),) = company.store.failures()
    assert (path, "took longer than 1 s" in reason) == ("acme/api", True)
