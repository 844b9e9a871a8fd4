"""The pages in a real Chromium: nothing from elsewhere, light, usable by keyboard, and without barriers (axe-core)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.console.view import PAGE
from tests.console.chromium import Chromium
from tests.console.demo import cookie, serving

NOW = 20_780 * 86400 + 31_000
AXE = Path(__file__).parents[2] / ".cache/axe/node_modules/axe-core/axe.min.js"
PAGES = (
    "/console/",
    "/console/findings",
    "/console/findings?state=ignored",
    "/console/findings?state=overdue&group=payments&author=dana&q=role&sort=newest",
    "/console/unwatched",
    "/console/projects/42",
    "/console/audits",
    "/console/rules/",
    "/console/rules/secret-value-as-file",
    "/console/projects/999999",
    "/console/signed-out",
)
MOST_BYTES = 100_000
PHONE, DESK = (360, 740), (1280, 900)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("console"), NOW) as (url, flask):
        yield url, flask


@pytest.fixture(scope="module")
def browser(site):
    with Chromium() as running:
        running.cookie(site[0], "sealcheck", cookie(site[1]))
        yield running


@pytest.mark.parametrize("path", PAGES)
def test_nothing_comes_from_elsewhere_and_little_from_here(browser, site, path):
    browser.look(*DESK)
    browser.call("Network.clearBrowserCache")
    browser.open(site[0] + path)
    assert browser.requests
    assert {each for each in browser.requests if not each.startswith(site[0])} == set()
    assert 1000 < browser.bytes < MOST_BYTES
    problems = [each for each in browser.console if "404" not in each or "999999" not in path]
    assert problems == [], "the browser has refused something"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(browser, site, path):
    browser.look(*PHONE)
    browser.open(site[0] + path)
    assert browser.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


@pytest.mark.parametrize(
    ("path", "dark"), [(path, False) for path in PAGES] + [(path, True) for path in (PAGES[0], PAGES[3])]
)
def test_axe_finds_no_barrier(browser, site, path, dark):
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: sh tests/oracle/install-axe.sh")
    browser.look(*DESK, dark=dark)
    browser.open(site[0] + path)
    browser.evaluate(AXE.read_text())
    reported = json.loads(browser.evaluate("axe.run().then(found => JSON.stringify(found))"))
    assert [
        (each["id"], [node["html"] for node in each["nodes"]][:3]) for each in reported["violations"]
    ] == []
    assert len(reported["passes"]) > 10, "it has looked"


def test_the_first_tab_leads_past_the_header(browser, site):
    browser.look(*DESK)
    browser.open(f"{site[0]}/console/")
    browser.press("Tab")
    focused = "document.activeElement"
    assert browser.evaluate(f"{focused}.textContent") == "Skip to the content"
    assert browser.evaluate(f"{focused}.getBoundingClientRect().top >= 0 || getComputedStyle({focused}).top")
    browser.press("Enter")
    assert browser.evaluate(f"{focused}.id") == "content"
    browser.press("Tab")
    assert browser.evaluate(f"{focused}.closest('main') !== null")


def test_each_thing_that_takes_the_focus_shows_it(browser, site):
    browser.look(*DESK)
    browser.open(f"{site[0]}/console/findings")
    for _ in range(12):
        browser.press("Tab")
        style = browser.evaluate(
            "(s => s.outlineStyle + ' ' + s.outlineWidth)(getComputedStyle(document.activeElement))"
        )
        assert style not in {"none 0px", "none 3px"}, browser.evaluate("document.activeElement.outerHTML")


def test_a_filter_and_the_pages_work_without_a_script(browser, site):
    browser.look(*DESK)
    browser.open(f"{site[0]}/console/findings?state=fixed")
    rows = "document.querySelectorAll('tbody tr').length"
    assert browser.evaluate(rows) == PAGE
    browser.open(browser.evaluate("document.querySelector('[rel=next]').href"))
    assert "page=2" in browser.evaluate("location.search")
    assert browser.evaluate("document.querySelector('.pages [aria-current]').textContent") == "2"
    assert browser.evaluate("document.querySelector('.filter select').value") == "fixed"
    assert browser.evaluate("document.scripts.length") == 0


def test_paper_shows_the_findings_and_not_the_controls(browser, site):
    browser.look(*DESK, media="print")
    browser.open(f"{site[0]}/console/findings")
    shown = "(q => getComputedStyle(document.querySelector(q)).display)"
    assert browser.evaluate(f"{shown}('.filter')") == "none"
    assert browser.evaluate(f"{shown}('tbody')") != "none"
