"""The pages of the survey: each person sees, and gets answers of, what GitLab lets them read."""

import html
import re

import pytest

from bot.console.surveys import Surveys, open_surveys
from bot.snapshot import Project
from bot.survey.ports import Listed
from tests.console.conftest import NOW
from tests.console.test_signin import (  # noqa: F401 - fixtures
    at,
    browser,
    clock,
    double,
    flask,
    projects,
    records,
    signed_in,
)

TERMS = {
    "role_type": "jwt", "user_claim": "project_path", "user_claim_json_pointer": False, "groups_claim": "",
    "bound_audiences": ["https://vault.example.com"], "bound_subject": "", "bound_claims_type": "string",
    "claim_mappings": {},
}  # fmt: skip


def role(name, bound, policies):
    kept = {
        "name": name,
        "mount": "jwt",
        "path": f"{name}.json",
        "line": 1,
        "issuer": "",
        "policies": policies,
    }
    kept |= {"complete": True, "owners": ["@security"], "why": "", "jobs": []}
    return kept | {"terms": TERMS | {"bound_claims": bound}}


def policy(name, path):
    return {
        "name": name,
        "path": f"{name}.hcl",
        "line": 1,
        "complete": True,
        "by_file": False,
        "owners": [],
        "rules": [[path, ["read"]]],
    }


def keep(store: Surveys, run, project, **more):
    own = {
        "id": project.id,
        "path": project.path,
        "namespace_id": 1,
        "default_branch": "main",
        "protected": ["main"],
    }
    own |= {"host": "gitlab.example.com", "url": ""}
    record = {"version": "1", "project": own, "findings": [], "unread": [], "roles": [], "policies": []}
    record |= {"kv2": [], "trusts": [], "jobs": []}
    listed = Listed(Project(id=project.id, path=project.path), "")
    store.keep(run, listed, "c" * 40, record | more, NOW - 3600)


@pytest.fixture
def survey(tmp_path, projects, records):  # noqa: F811 - a fixture
    """Dana reads shop/api; the roles of eve/own are none of her business."""
    api, _, eve = projects
    store = open_surveys("", tmp_path / "records.sqlite3")
    run = store.resume("", NOW)
    finding = {
        "rule": "secret-in-log",
        "severity": "high",
        "path": ".gitlab-ci.yml",
        "line": 3,
        "subject": "job:x",
    }
    finding |= {"message": "The job prints `<b>KEY</b>`.", "fingerprint": "f", "ignored": None, "fix": False}
    keep(
        store, run, api,
        findings=[finding, finding | {"ignored": "known"}],
        roles=[role("own", {"project_id": str(api.id)}, ["ops"])],
        policies=[policy("ops", "ops/data/prod/*")],
        unread=[["x.yml", 2, "not YAML"]],
    )  # fmt: skip
    keep(store, run, eve, roles=[role("hers", {}, ["mine"])], policies=[policy("mine", "ops/data/*")])
    return store


def text(answer):
    assert answer.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text.replace("<wbr>", ""))).split())


def test_the_table_has_ones_own_projects_alone(double, browser, survey):  # noqa: F811
    reported = text(signed_in(double, browser, "/console/survey"))
    assert re.search(r"shop/api 0 1 0 0 0 surveyed", reported)
    assert "eve/own" not in reported


def test_who_can_read_a_path_is_answered_from_what_one_may_see(double, browser, survey):  # noqa: F811
    reported = text(signed_in(double, browser, "/console/survey?path=ops/prod/db"))
    assert "shop/api any branch, any tag whoever can push any branch or tag auth/jwt/role/own" in reported
    assert "hers" not in reported
    assert "every project of the instance" not in reported


def test_a_project_shows_what_stands_and_what_it_reaches(double, browser, survey, projects):  # noqa: F811
    answer = signed_in(double, browser, f"/console/survey/{projects[0].id}")
    reported = text(answer)
    assert "ops/data/prod/* read" in reported
    assert "owners: @security" in reported
    assert "x.yml:2 : not YAML" in reported
    assert "<b>KEY</b>" not in answer.text
    assert "The job prints `<b>KEY</b>`." in reported


def test_somebody_elses_project_is_not_found(double, browser, survey, projects):  # noqa: F811
    assert signed_in(double, browser, f"/console/survey/{projects[2].id}").status_code == 404
    assert at(browser, "/console/survey/999").status_code == 404


def test_a_failure_is_shown(double, browser, survey, projects):  # noqa: F811
    survey.fail(1, Listed(Project(id=projects[0].id, path="shop/api"), ""), "GitLab answered 403", NOW)
    assert "GitLab answered 403" in text(signed_in(double, browser, "/console/survey"))
    reported = text(at(browser, f"/console/survey/{projects[0].id}"))
    assert "Not surveyed: GitLab answered 403" in reported
    assert "ops/data/prod/*" in reported, "what was known before is kept"


def test_before_a_survey_the_page_says_so(double, browser, records):  # noqa: F811
    assert "No project that you may see is surveyed yet" in text(
        signed_in(double, browser, "/console/survey")
    )
