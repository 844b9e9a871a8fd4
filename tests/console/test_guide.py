"""The pages of the rules that the service shows to everybody."""

from __future__ import annotations

import re

import pytest

from app import create_app
from bot.rules import ALL_RULES
from bot.settings import load

GIVEN = {"GITLAB_TOKEN": "t", "WEBHOOK_SECRET": "w", "PUBLIC_URL": "https://sealcheck.example.com/tools"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guide")
    settings = load({**GIVEN, "DATABASE_URL": f"sqlite:///{folder}/queue.sqlite3"}, folder, webhook=True)
    with create_app(settings).test_client() as client:
        yield client


def test_every_rule_is_listed_and_its_page_is_there(browser):
    listed = re.findall(r'href="(/tools/rules/[a-z-]+)"', browser.get("/tools/rules/").text)
    assert listed == [f"/tools/rules/{rule.id}" for rule in ALL_RULES]
    for rule, path in zip(ALL_RULES, listed, strict=True):
        page = browser.get(path)
        assert page.status_code == 200, path
        for heading in ("What it finds", "Why it matters", "Fix", "Limits"):
            assert f">{heading}</h2>" in page.text
        assert f"<code>{rule.id}</code>" in page.text


def test_a_page_lets_a_browser_do_nothing_but_show_it(browser):
    page = browser.get("/tools/rules/secret-in-log")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    sheet = re.search(r'href="([^"]*console\.css[^"]*)"', page.text)[1]
    assert browser.get(sheet).status_code == 200
    assert browser.get("/tools/rules/no-such-rule").status_code == 404


def test_comments_link_to_the_page_that_is_served_or_to_another_place(tmp_path):
    assert load({**GIVEN}, tmp_path).rule_url == "https://sealcheck.example.com/tools/rules/{rule}"
    elsewhere = "https://docs.example.com/sealcheck/rules/{rule}.html"
    assert load({**GIVEN, "SEALCHECK_RULE_URL": elsewhere}, tmp_path).rule_url == elsewhere
    alone = {name: value for name, value in GIVEN.items() if name != "PUBLIC_URL"}
    assert load(alone, tmp_path).rule_url == ""
