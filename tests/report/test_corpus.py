"""Every report over real files: valid, and no planted credential in any; the fixes change what they name, and converge.

With SEALCHECK_ORACLE=full over the corpus beside the project; without, over the project's own samples.
"""

from __future__ import annotations

import datetime as dt
import difflib
import io
import json
import os
import random
import re
import string
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bot.documents.lines import split_lines
from bot.fixes import Edit
from bot.repository import Repository
from bot.scanning.call import ScanOptions, run_call
from bot.scanning.rendering import FORMATS
from bot.scanning.run import scan
from bot.scanning.selection import targets
from bot.scanning.wish import Wish
from bot.snapshot import Tree
from tests.report.test_formats import fake, validate

ROOT = Path(__file__).parent.parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
SAMPLES = ROOT / "tests" / "rules"
FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
SCHEMAS = {
    "sarif": "sarif-2.1.0.json",
    "codequality": "codequality.json",
    "gitlab-sast": "gitlab-sast-15-subset.json",
}


def real_files() -> dict[str, str]:
    """Real pipelines, each a repository's own; or a few samples of ours."""
    if FULL and CORPUS.is_dir():
        paths = sorted((CORPUS / "ci").iterdir())
        return {
            f"{number:04}/.gitlab-ci.yml": path.read_bytes().decode() for number, path in enumerate(paths)
        }
    paths = [path for path in sorted(SAMPLES.glob("*/flagged*.yml")) if ".fixed." not in path.name]
    return {f"{number:04}/.gitlab-ci.yml": path.read_bytes().decode() for number, path in enumerate(paths)}


def fixable_samples() -> dict[str, str]:
    """A few samples of ours that have a fix."""
    paths = sorted(SAMPLES.glob("*/flagged.fixed.yml"))[::5]
    return {
        f"{number}/.gitlab-ci.yml": path.with_name("flagged.yml").read_bytes().decode()
        for number, path in enumerate(paths)
    }


def planted(files: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The files with credentials where people put them, made now, and what was put in."""
    rng = random.Random(9)
    values: list[str] = []
    letters = string.ascii_letters + string.digits

    def new(prefix: str, length: int) -> str:
        values.append(fake(rng, prefix, length, letters))
        return values[-1]

    def job(number: int) -> str:
        return (
            f"\nplanted-{number}:\n"
            "  secrets: {PLANTED: {vault: a/b@c, file: false}}\n"
            f'  variables: {{DEPLOY_TOKEN: {new("glpat-", 20)}, API_KEY: "{new("", 24)}"}}\n'
            f'  script:\n    - echo "$PLANTED" {new("ghp_", 36)}\n'
            f'    - |\n      curl -v -H "PRIVATE-TOKEN: {new("glpat-", 20)}" -H "X: $PLANTED" https://example.com\n'
            f"    - set -x; VAULT_TOKEN={new('hvs.', 40)} vault kv get a/b\n"
            f'    - psql postgres://app:{new("", 18)}@db.example.com/app -c "$PLANTED"  # sealcheck: ignore[x] {new("glpat-", 20)}\n'
        )

    return {
        path: text.rstrip() + "\n" + job(number) for number, (path, text) in enumerate(files.items())
    }, values


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(text.encode())


def scanned(**options) -> str:
    out = io.StringIO()
    run_call(ScanOptions(**options), None, out, io.StringIO())
    return out.getvalue()


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    files = real_files()
    some = files if FULL else dict(list(files.items())[::6])
    texts, values = planted(some)
    written(folder, texts)
    before = Path.cwd()
    os.chdir(folder)
    try:
        reported = {form: scanned(form=form) for form in FORMATS if FULL or form not in {"json", "sarif"}}
        for form in {"json", "sarif"} - set(reported):
            first = sorted(texts)[:6]  # their fixes are proven, which takes its time
            reported[form] = scanned(form=form, paths=tuple(first))
        reported["diff"] = scanned(diff=True, unsafe_fixes=True, paths=tuple(sorted(texts)[:6]))
    finally:
        os.chdir(before)
    return reported, values


def test_no_planted_credential_in_any_report(reports):
    reported, values = reports
    assert len(values) > 40
    for form, text in reported.items():
        assert len(text) > 1000, form
        assert [value for value in values if value in text] == [], form


@pytest.mark.parametrize("form", SCHEMAS)
def test_schema(reports, form):
    validate(SCHEMAS[form], json.loads(reports[0][form]))


def test_all_formats_say_the_same(reports):
    reported, _ = reports
    for one, other in (("gitlab-sast", "codequality"), ("sarif", "json")):
        assert prints(one, reported[one]) == prints(other, reported[other])
    assert len(ET.fromstring(reported["junit"]).findall(".//failure")) == len(
        prints("codequality", reported["codequality"])
    )


def prints(form: str, text: str) -> set[str]:
    """The fingerprints in a report."""
    report = json.loads(text)
    if form == "sarif":
        return {each["partialFingerprints"]["sealcheck/v1"] for each in report["runs"][0]["results"]}
    if form == "gitlab-sast":
        return set(re.findall(r'"sealcheck_fingerprint",\s*"value": "([0-9a-f]{32})"', text))
    if form == "codequality":
        return {each["fingerprint"] for each in report if each["check_name"] != "sealcheck-could-not-check"}
    return {each["fingerprint"] for each in report["findings"]}


@pytest.mark.parametrize("unsafe", [False, True])
def test_fixes_change_what_they_name_and_converge(tmp_path, monkeypatch, unsafe):
    files = real_files() if FULL else fixable_samples()
    changed = 0
    for name, text in files.items():
        folder = tmp_path / name.split("/")[0]
        folder.mkdir()
        monkeypatch.chdir(folder)
        file = folder / ".gitlab-ci.yml"
        file.write_bytes(text.encode())
        before = json.loads(scanned(form="json"))
        open_findings = scan(targets(["."])[0][0], Wish(dt.date(2026, 11, 1))).outcome.open
        edits = [edit for each in open_findings for fix in candidates(each.fix) for edit in fix.edits]
        scanned(fix=True, unsafe_fixes=unsafe)
        after_bytes = file.read_bytes()
        if after_bytes == text.encode():
            continue
        changed += 1
        after = json.loads(scanned(form="json"))
        assert len(after["errors"]) <= len(before["errors"]), name
        known = {(each["rule"], each["subject"]) for each in before["findings"]}
        assert {(each["rule"], each["subject"]) for each in after["findings"]} <= known, name
        assert len(after["findings"]) < len(before["findings"]), name
        tree = Tree({".gitlab-ci.yml": after_bytes.decode()})
        assert [
            each for each in Repository(tree).documents.unread(tree) if each.path == ".gitlab-ci.yml"
        ] == []
        scanned(fix=True, unsafe_fixes=unsafe)
        assert file.read_bytes() == after_bytes, f"{name}: a second run changes nothing"
        assert unnamed_changes(text, after_bytes.decode(), edits) == [], name
    assert changed > (10 if FULL else 1 + unsafe)


def candidates(fix):
    """The fix, and those to try where it does not hold."""
    while fix is not None:
        yield fix
        fix = fix.otherwise


def unnamed_changes(before: str, after: str, edits: list[Edit]) -> list[tuple[int, int]]:
    """The changed lines (first, last, from 1) that no fix had named."""
    old, new = split_lines(before), split_lines(after)
    named = {line for edit in edits for line in range(edit.start_line, edit.end_line + 1)}
    places = named | {line + 1 for line in named} | {edit.start_line for edit in edits}
    found = []
    for tag, start, end, _, _ in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        is_named = set(range(start + 1, end + 1)) <= named if end > start else start + 1 in places
        if tag != "equal" and not is_named:
            found.append((start + 1, end))
    return found
