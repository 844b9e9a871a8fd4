"""The README and the pages under docs/ say what is true: commands, targets, settings and links exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.comments.slash import Verb
from bot.rules import ALL_RULES
from bot.settings import table
from docs.generate import wanted

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("helm/*/*.md")]
    if path.is_file()
]
LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
FENCED = re.compile(r"^(?P<ticks>`{3,}).*?^(?P=ticks)", re.DOTALL | re.MULTILINE)


def prose(path: Path) -> str:
    """The page without its fenced blocks, in which nothing is a link."""
    return FENCED.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The names of the page's headings, as GitLab and MkDocs make them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_names() -> set[str]:
    return set(main.list_commands(None))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path):
    for found in LINK.finditer(prose(path)):
        target = found["target"]
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{path.name}: {target}"
        if anchor:
            assert anchor in anchors(there), f"{path.name}: {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_exists(path: Path):
    named = re.findall(
        r"(?:^|`|bin/)sealcheck ([a-z][a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(named) <= command_names()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_option_exists(path: Path):
    text = path.read_text(encoding="utf-8")
    for name, rest in re.findall(r"(?:^|`|bin/)sealcheck ([a-z][a-z-]*)([^`\n]*)", text, re.MULTILINE):
        known = {option for each in main.get_command(None, name).params for option in each.opts}
        assert set(re.findall(r"(?<!\S)--[a-z][a-z-]+", rest)) <= known | {"--help"}, (
            f"{path.name}: {name}{rest}"
        )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_target_of_make_exists(path: Path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= targets


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_variable_is_a_setting(path: Path):
    settings = {variable for variable, _, _ in table()} | {
        *(
            "SEALCHECK_CACHE_DIR",
            "SEALCHECK_GOLDEN",
            "SEALCHECK_ORACLE",
            "SEALCHECK_SLOT",
            "SEALCHECK_WITHOUT_ORACLES",
        )
    }
    assert set(re.findall(r"\bSEALCHECK_[A-Z_]+\b", path.read_text(encoding="utf-8"))) <= settings


def test_every_slash_command_stands_in_the_readme_and_no_other():
    named = set(re.findall(r"`/sealcheck ([a-z]+)", README.read_text(encoding="utf-8")))
    assert named == set(Verb)


def test_the_readme_names_the_number_of_rules():
    assert f"{len(ALL_RULES)} rules" in README.read_text(encoding="utf-8")


def test_every_rule_has_its_page_and_every_page_its_rule():
    generated = {path.stem for path in wanted() if path.parent.name == "rules" and path.stem != "index"}
    assert generated == {rule.id for rule in ALL_RULES}
