"""Who may see what: signed in through GitLab's own OAuth, played by the stand-in over real HTTP."""

from __future__ import annotations

import csv
import html
import re
import sqlite3
import urllib.parse
from contextlib import closing

import pytest
import requests
from flask import Flask

from app import create_app
from bot.console import pages
from bot.console.records import open_records
from bot.console.signin import SEAT_SECONDS, SignIn
from bot.console.status import BotStatus
from bot.settings import load
from tests.console.conftest import ARROWS, NOW, found, record
from tests.console.demo import Quiet
from tests.gitlab_double import GitLabDouble

PUBLIC = "https://sealcheck.example.com"
COOKIE = "__Host-sealcheck"
PAGES = ("/console/", "/console/findings", "/console/rules/", "/console/rules/secret-in-log")


class Clock:
    def __init__(self):
        self.now = float(NOW)

    def __call__(self):
        return self.now


@pytest.fixture
def double():
    with GitLabDouble() as running:
        yield running
        assert running.refused == []


@pytest.fixture
def projects(double):
    """One that dana may read, one where she is a guest, one of somebody else."""
    made = [double.project(path=path) for path in ("shop/api", "shop/guests", "eve/own")]
    dana = double.user("dana", role=30, projects=(made[0],))
    double.set_role(dana, made[1], 10)
    return made


@pytest.fixture
def records(tmp_path, projects):
    opened = open_records("", tmp_path / "records.sqlite3")
    for project, rule in zip(projects, ("secret-in-log", "debug-trace", "shell-trace"), strict=True):
        finding = found("f" * 32, rule, path=f"ci/{project.path.replace('/', '-')}.yml")
        opened.done(project.id, 1, record(finding, project=project.path, trust=ARROWS), 1, NOW - 60)
    return opened


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def flask(double, records, clock):
    application = double.oauth.register(f"{PUBLIC}/console/callback", "read_api")
    made = Flask("sealcheck", static_folder=None)
    sign_in = SignIn(double.url, application.client_id, application.secret, PUBLIC, records, 5.0, clock)
    sign_in.configure(made, "a session secret of the tests" * 2)
    made.register_blueprint(
        pages.blueprint(pages.Console(sign_in, BotStatus(Quiet(NOW), "refusal", "expiry", "swept", 900)))
    )
    return made


@pytest.fixture
def browser(flask):
    return flask.test_client()


def at(browser, path, **more):
    return browser.get(path, base_url=PUBLIC, **more)


def over_gitlab(answer):
    """Where GitLab sends the browser."""
    assert answer.status_code == 302
    sent_on = requests.get(answer.location, allow_redirects=False, timeout=5)
    assert sent_on.status_code == 302
    return sent_on.headers["Location"]


def signed_in(double, browser, path="/console/", who="dana"):
    """The page, after going over GitLab and back."""
    double.oauth.browser = double.world.user(who)
    back = at(browser, over_gitlab(at(browser, path)).removeprefix(PUBLIC))
    assert back.status_code == 302, back.text
    return at(browser, back.location)


def test_nobody_sees_anything_without_signing_in(browser, projects):
    for path in (
        *PAGES,
        f"/console/projects/{projects[0].id}",
        "/console/projects/999",
        "/console/rules/none",
    ):
        answer = at(browser, path)
        assert answer.status_code == 302
        assert "/oauth/authorize?" in answer.location
        assert "shop" not in answer.text


def test_state_pkce_and_the_least_scope_are_asked_for(browser):
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(at(browser, "/console/").location).query))
    assert asked["scope"] == "read_api"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 20
    assert asked["redirect_uri"] == f"{PUBLIC}/console/callback"


def test_one_comes_back_to_the_page_that_was_wanted(double, browser):
    answer = signed_in(double, browser, "/console/findings?severity=high&state=open")
    assert answer.status_code == 200
    assert answer.request.full_path == "/console/findings?severity=high&state=open"


def test_one_sees_what_gitlab_shows_and_nothing_else(double, browser, projects):
    mine, guests, eves = projects
    assert "shop/<wbr>api" in signed_in(double, browser).text
    assert at(browser, f"/console/projects/{mine.id}").status_code == 200
    for other in (guests, eves):
        answer = at(browser, f"/console/projects/{other.id}")
        assert answer.status_code == 404
        assert answer.text == at(browser, "/console/projects/99999").text, "nor does it tell that it exists"
    for path in (
        *PAGES,
        "/console/rules/shell-trace",
        f"/console/findings?project={eves.id}&rule=shell-trace",
    ):
        text = at(browser, path).text
        assert not re.search(r"eve/own|eve-own|shop/guests|shop-guests", text.replace("<wbr>", "")), path


def test_an_administrator_sees_all(double, browser):
    text = signed_in(double, browser, who="root").text
    assert all(each in text for each in ("shop/<wbr>api", "shop/<wbr>guests", "eve/<wbr>own"))


def test_the_persons_token_is_revoked_at_once_and_kept_nowhere(double, browser, tmp_path):
    answer = signed_in(double, browser)
    (token,) = double.oauth.given
    assert token.revoked
    assert token.scopes == ("read_api",)
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir()) + str(answer.headers).encode()
    assert token.value.encode() not in kept
    assert token.value not in browser.get_cookie(COOKIE, "sealcheck.example.com").value


def test_the_cookie_is_for_this_host_over_tls_and_not_for_scripts(browser):
    given = at(browser, "/console/").headers["Set-Cookie"]
    assert given.startswith(f"{COOKIE}=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in given
    assert "Domain" not in given


def test_the_database_does_not_hold_the_cookies_seat(double, browser, flask, tmp_path):
    signed_in(double, browser)
    with browser.session_transaction(base_url=PUBLIC) as session:
        seat = session["seat"]
    assert all(seat.encode() not in each.read_bytes() for each in tmp_path.iterdir())


def test_a_forged_or_foreign_state_signs_nobody_in(double, browser, flask):
    double.oauth.browser = double.world.user("dana")
    back = over_gitlab(at(browser, "/console/")).removeprefix(PUBLIC)
    forged = at(browser, re.sub(r"state=[^&]+", "state=forged", back))
    assert forged.status_code == 400
    assert at(flask.test_client(), back).status_code == 400, "another browser: an attacker's sign-in"
    assert at(browser, "/console/callback").status_code == 400
    assert at(browser, back).status_code == 302
    assert at(browser, back).status_code == 400, "a state is good once"
    assert "forged" not in forged.text


def test_a_code_without_its_verifier_is_worth_nothing(double, browser, flask):
    """A stolen code in a browser of its own: GitLab's check of PKCE refuses it."""
    double.oauth.browser = double.world.user("dana")
    stolen = urllib.parse.parse_qs(urllib.parse.urlsplit(over_gitlab(at(browser, "/console/"))).query)[
        "code"
    ][0]
    thief = flask.test_client()
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(at(thief, "/console/").location).query)["state"][0]
    assert at(thief, f"/console/callback?code={stolen}&state={state}").status_code == 502
    assert at(thief, "/console/").status_code == 302


def test_signed_out_is_out_also_with_the_old_cookie(double, browser):
    signed_in(double, browser)
    old = browser.get_cookie(COOKIE, "sealcheck.example.com").value
    answer = browser.post("/console/sign-out", base_url=PUBLIC)
    assert (answer.status_code, answer.location) == (303, "/console/signed-out")
    assert at(browser, answer.location).status_code == 200
    browser.set_cookie(COOKIE, old, domain="sealcheck.example.com", secure=True)
    assert at(browser, "/console/").status_code == 302
    assert browser.get("/console/sign-out", base_url=PUBLIC).status_code == 404


def test_rights_are_asked_again_after_a_while(double, browser, clock, projects):
    signed_in(double, browser)
    double.set_role(double.world.user("dana"), projects[0], 0)
    assert at(browser, "/console/").status_code == 200
    clock.now += SEAT_SECONDS
    assert "shop/<wbr>api" not in signed_in(double, browser).text


def test_no_means_no(double, browser):
    double.oauth.browser, double.oauth.denies = double.world.user("dana"), True
    assert at(browser, over_gitlab(at(browser, "/console/")).removeprefix(PUBLIC)).status_code == 403
    assert at(browser, "/console/").status_code == 302


def test_a_gitlab_that_is_down_signs_nobody_in(double, browser):
    double.oauth.browser = double.world.user("dana")
    back = over_gitlab(at(browser, "/console/")).removeprefix(PUBLIC)
    double.close()
    answer = at(browser, back)
    assert answer.status_code == 502
    assert at(browser, "/console/").status_code == 302
    double.refused.clear()


def test_many_projects_are_asked_about_a_hundred_at_a_time(double, browser, records, tmp_path):
    with closing(
        sqlite3.connect(tmp_path / "records.sqlite3")
    ) as held_open:  # else each close writes all back
        held_open.execute("SELECT count(*) FROM sealcheck_reviews")
        for number in range(5000, 5240):
            records.done(number, 1, record(project=f"gone/{number}"), 1, NOW)
    double.log.clear()
    assert "shop/<wbr>api" in signed_in(double, browser).text
    assert sum(each.path == "/api/graphql" for each in double.log) == 3 + 1


def test_ones_own_projects_that_were_never_reviewed_are_listed(double, browser, projects):
    dana = double.world.user("dana")
    for number in range(103):
        double.set_role(dana, double.project(path=f"new/one-{number}"), 30)
    double.set_role(dana, double.project(path="new/guest"), 10)
    archived = double.project(path="new/old")
    archived.archived = True
    double.set_role(dana, archived, 30)
    assert '103</a> <span class="dim">of 104</span>' in signed_in(double, browser).text
    page = at(browser, "/console/unwatched").text.replace("<wbr>", "")
    assert re.findall(r">(new/[a-z]+)[-<]", page) == ["new/one"] * 103
    assert "shop/api" not in page


def test_findings_come_as_a_table_for_other_programs(double, browser, records, projects):
    bad = "=HYPERLINK(1)"
    records.done(
        projects[0].id, 2, record(found("e" * 32, path=bad, rank=0), project="shop/api", author="kim"), 1, NOW
    )
    signed_in(double, browser)
    answer = at(browser, "/console/findings.csv?sort=severity")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    head, first, second = csv.reader(answer.text.splitlines())
    assert dict(zip(head, first, strict=True)) == {
        "severity": "critical", "rule": "secret-in-log", "project": "shop/api", "merge_request": "2", "author": "kim",
        "path": f"'{bad}", "line": "7", "subject": "job:deploy", "first_seen": "2024-10-04T12:00:00Z", "gone": "",
        "how": "", "ignored_by": "", "ignored_why": "", "ignored_until": "",
    }  # fmt: skip
    assert second[head.index("path")] == "ci/shop-api.yml"
    assert "eve/own" not in answer.text
    of_rule = re.search(
        r'href="([^"]*findings\.csv[^"]*)"', at(browser, "/console/rules/secret-in-log?q=HYPER").text
    )
    assert at(browser, html.unescape(of_rule[1])).text.count("\n") == 2
    assert at(browser, "/console/findings.csv?severity=low").text.count("\n") == 1
    browser.post("/console/sign-out", base_url=PUBLIC)
    assert at(browser, "/console/findings.csv").status_code == 302


def test_links_stay_in_the_group(double, browser, projects):
    page = signed_in(double, browser, "/console/?group=shop").text
    inner = [each for each in re.findall(r'href="(/console/[^"]*)"', page) if "/static/" not in each]
    assert [each for each in inner if "group=shop" not in each] == []
    assert "of the group shop alone" in page
    assert "Nothing is open" in at(browser, "/console/?group=eve").text


@pytest.mark.parametrize(
    "path", [*PAGES, "/console/none", "/console/signed-out", "/console/static/console.css"]
)
def test_every_answer_is_sealed(double, browser, path):
    signed_in(double, browser)
    answer = at(browser, path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy, "there is none, and nothing may be one"
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == (
        "no-store" if "static" not in path else "public, max-age=31536000, immutable"
    )
    assert "<script" not in answer.text
    assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:", answer.text)


def test_a_review_that_never_ended_is_not_reported_as_running(double, browser, records, projects):
    records.began(projects[0].id, 7, NOW - 90)
    assert "for 1 min" in signed_in(double, browser).text
    records.began(projects[0].id, 7, NOW - 7200)
    assert "began 2 h ago and never ended" in at(browser, "/console/").text


def test_what_a_stranger_writes_is_text(double, browser, records, projects):
    bad = '"><script>alert(1)</script>'
    finding = found("e" * 32, path=f"ci/{bad}.yml", ignored=(bad, bad, "2024-10-09"))
    unread = ((bad, 3, bad),)
    records.done(projects[0].id, 2, record(finding, project="shop/api", unread=unread), 1, NOW)
    records.done(projects[0].id, 3, record(found("d" * 32, path=bad), project="shop/api"), 1, NOW)
    records.began(projects[0].id, 4, NOW)
    records.failed(projects[0].id, 4, bad, NOW)
    signed_in(double, browser)
    for path in (
        "/console/",
        f"/console/projects/{projects[0].id}?state={bad}",
        "/console/findings?state=ignored",
        f"/console/findings?rule={bad}&severity={bad}&page={bad}",
    ):
        text = at(browser, path).text
        assert "<script" not in text, path
        assert "onerror" not in text
    assert "&lt;script&gt;" in at(browser, "/console/").text


@pytest.mark.parametrize("on", [True, False])
def test_it_is_there_only_where_it_is_configured(tmp_path, on):
    own = {
        "SEALCHECK_CONSOLE_CLIENT_ID": "an-id",
        "SEALCHECK_CONSOLE_CLIENT_SECRET": "a-secret",
        "SEALCHECK_CONSOLE_SESSION_SECRET": "s" * 32,
        "PUBLIC_URL": PUBLIC,
    }
    given = {
        "GITLAB_TOKEN": "t",
        "WEBHOOK_SECRET": "w",
        "DATABASE_URL": f"sqlite:///{tmp_path}/queue.sqlite3",
    }
    with create_app(load({**given, **(own if on else {})}, tmp_path, webhook=True)).test_client() as browser:
        answer = at(browser, "/console/")
        assert answer.status_code == (302 if on else 404)
        assert ("https://gitlab.com/oauth/authorize?" in answer.headers.get("Location", "")) is on
        assert browser.get("/healthz").headers.get("Content-Security-Policy") is None
