"""Every rule against its sample folder, tests/rules/<id>/: what must be flagged, what must not, what a fix makes of it.

`flagged*` and `accepted*` are files or folders. A YAML file is mounted as `.gitlab-ci.yml` where it reads as CI, a
folder is a whole repository, a folder with `base/` and `head/` a change. `# expect: rule-id` marks a line that must be
flagged; a file without comments says so in `<stem>.expect`, lines `LINE rule-id` or `PATH LINE rule-id`. All else that
a user sees of a finding is in `<name>.snapshot` (`make snapshots` writes them anew; read the difference).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bot.analysis.causes import Causes
from bot.analysis.engine import introduced, run_rules
from bot.analysis.verify import Prover
from bot.documents.kinds import FileKind, kind_of
from bot.findings import Severity
from bot.fixes import apply_fix
from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Project, Tree
from tests.snapshots import SUFFIX, compare, snapshot, snapshot_path

SAMPLES = Path(__file__).parent / "rules"
PROJECT = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")
RULES = {rule.id: rule for rule in ALL_RULES}
LONGEST_REMEDY = 250
"""characters: what a comment says to do is read in ten seconds together with the rest of it"""


def cases():
    for rule_id in sorted(RULES):
        folder = SAMPLES / rule_id
        for path in sorted(folder.glob("*")) if folder.is_dir() else []:
            if path.name.startswith(("flagged", "accepted")) and not re.search(
                r"\.(fixed\.|expect$|snapshot$)", path.name
            ):
                yield pytest.param(rule_id, path, id=f"{rule_id}/{path.name}")


def read(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".expect" and ".fixed." not in path.name
    }


def mount(path: Path) -> tuple[dict[str, str], dict[str, str] | None]:
    """The files of the head, and of the base where the sample is a change."""
    if path.is_dir():
        if (path / "head").is_dir():
            return read(path / "head"), read(path / "base")
        return read(path), None
    text = path.read_bytes().decode()
    name = path.name
    if path.suffix in {".yml", ".yaml"} and kind_of(".gitlab-ci.yml", text) is FileKind.GITLAB_CI:
        name = ".gitlab-ci.yml" if kind_of(name, text) in {FileKind.GITLAB_CI, FileKind.YAML, None} else name
    return {name: text}, None


def repository(files: dict[str, str], base: dict[str, str] | None = None) -> Repository:
    other = Repository(Tree(base, project=PROJECT, listing=frozenset(base))) if base is not None else None
    return Repository(Tree(files, project=PROJECT, listing=frozenset(files)), other)


def expected(path: Path, files: dict[str, str], rule_id: str) -> set[tuple[str, int]]:
    found = {
        (name, number)
        for name, text in files.items()
        for number, line in enumerate(text.split("\n"), 1)
        for marked in re.findall(r"(?:#|//|<!--) expect: ([\w, -]+)", line)
        if rule_id in re.split(r"[,\s]+", marked)
    }
    listing = path.with_suffix(".expect")
    if listing.exists():
        for line in listing.read_text().splitlines():
            *named, number, rule = line.split()
            if rule == rule_id:
                found.add((named[0] if named else next(iter(files)), int(number)))
    return found


@pytest.mark.parametrize(("rule_id", "path"), list(cases()))
def test_sample(rule_id, path, update_snapshots):
    files, base = mount(path)
    before = repository(files, base)
    result = run_rules(before)
    assert result.failures == (), result.failures
    findings = result.findings
    if base is not None:
        findings = introduced(result, run_rules(before.base))
    mine = [finding for finding in findings if finding.rule == rule_id]
    if path.name.startswith("accepted"):
        assert mine == [], [(finding.span[:3], finding.message) for finding in mine]
        return
    causes = Causes(before)
    reported = [causes.at_cause(finding) for finding in mine]
    prover = Prover(before)
    with_fixes = [prover.proven(finding) for finding in mine]
    recorded = snapshot(zip(reported, with_fixes, strict=True), files)
    compare(snapshot_path(path), recorded, update=update_snapshots)
    wanted = expected(path, files, rule_id)
    assert wanted, f"{path}: no line is marked `expect: {rule_id}`"
    assert {finding.span[:2] for finding in reported} == wanted, recorded
    rule = RULES[rule_id]
    for finding in mine:
        assert finding.message.endswith((".", "?", "!")), finding.message
        is_documentation = finding.span.path.endswith(".md")
        assert is_documentation or finding.severity in {rule.severity, *rule.others}, finding.severity
    fixed = path.with_name(f"{path.stem}.fixed{path.suffix}")
    if fixed.exists():
        assert all_fixed(files, with_fixes) == fixed.read_bytes().decode()


def all_fixed(files: dict[str, str], findings) -> str:
    """The sample's first file with every fix applied, from the last line up, each of equal ones once."""
    made = dict(files)
    fixes = [each.fix for each in sorted(findings, key=lambda each: each.span, reverse=True) if each.fix]
    for number, fix in enumerate(fixes):
        if fix not in fixes[:number]:
            made |= apply_fix(made, fix)
    return made[next(iter(files))]


def test_every_snapshot_has_its_sample(update_snapshots):
    kept = {snapshot_path(case.values[1]) for case in cases()}
    orphans = set(SAMPLES.glob(f"*/*{SUFFIX}")) - kept
    for orphan in orphans if update_snapshots else ():
        orphan.unlink()
    assert update_snapshots or not orphans


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_every_rule_has_samples_of_both_kinds(rule_id):
    folder = SAMPLES / rule_id
    names = [path.name for path in folder.glob("*")]
    built = [
        test for room in ("rules_built", "running") for test in (SAMPLES.parent / room).glob("test_*.py")
    ]
    assert any(name.startswith("accepted") for name in names), f"{folder}: no accepted sample"
    assert any(name.startswith("flagged") for name in names) or any(
        rule_id in test.read_text() for test in built
    ), f"{folder}: no flagged sample"


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_the_severities_of_a_rule_are_those_that_its_code_gives(rule_id):
    rule = RULES[rule_id]
    code = Path(sys.modules[rule.check.__module__].__file__).read_text()
    checks = code.partition("\nRULE = Rule(")[0]
    given = {Severity[name] for name in re.findall(r"\bSeverity\.([A-Z]+)\b", checks)}
    assert given <= {rule.severity, *rule.others}


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_fix_begins_with_what_to_do(rule_id):
    remedy = RULES[rule_id].page.remedy
    assert re.match(r"[A-Z][a-z]+ ", remedy), "an imperative"
    assert remedy.endswith("."), remedy
    assert len(remedy) <= LONGEST_REMEDY, len(remedy)
    assert "``" not in remedy


def test_ids_are_one_word_everywhere():
    for rule in ALL_RULES:
        assert rule.check.__module__ == f"bot.rules.{rule.id.replace('-', '_')}"
        assert 0 < len(rule.page.title) < 60, "it heads a comment"
    assert len(RULES) == len(ALL_RULES)
    assert {path.name for path in SAMPLES.iterdir() if path.is_dir()} <= set(RULES)
