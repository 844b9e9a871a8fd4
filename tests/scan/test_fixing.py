"""`--fix`, `--diff` and the baseline: files that other people own are changed only as said."""

from __future__ import annotations

import json
import os

import pytest

from bot.errors import SealcheckError
from bot.fixes import Edit, Fix
from bot.scanning import fixing
from bot.scanning.baseline import apply_baseline
from bot.scanning.files import WorkingFiles
from bot.scanning.selection import Target
from tests.scan.conftest import CLEAN, LEAK, git


def test_fix_converges_and_keeps_the_rest(terminal):
    text = LEAK.replace("\n", "\r\n").rstrip("\r\n")
    path = terminal.put(".gitlab-ci.yml", text)
    path.chmod(0o640)
    status, said = terminal.scan(fix=True)
    assert (status, said) == (
        0,
        ".gitlab-ci.yml:17: fixed[secret-in-log] Print the name, not the value\n\nno findings in 1 file; 1 fixed.\n",
    )
    assert path.read_bytes().decode() == text.replace('echo "$SIGNING_KEY"', 'echo "SIGNING_KEY is set"')
    assert path.stat().st_mode & 0o777 == 0o640
    before = path.read_bytes()
    assert terminal.scan(fix=True) == (0, "no findings in 1 file.\n")
    assert path.read_bytes() == before
    assert [each.name for each in terminal.folder.iterdir()] == [".gitlab-ci.yml"]


def test_several_fixes_in_one_file(terminal):
    path = terminal.put(
        ".gitlab-ci.yml", LEAK.replace("./deploy.sh", 'echo "key $SIGNING_KEY"\n    - set -x\n    - env')
    )
    terminal.scan(fix=True, unsafe_fixes=True)
    assert terminal.rules() == []
    assert "$SIGNING_KEY" not in path.read_text()


def test_diff_changes_nothing(terminal):
    path = terminal.put(".gitlab-ci.yml", LEAK)
    status, said = terminal.scan(diff=True)
    assert status == 1
    assert said.startswith("--- a/.gitlab-ci.yml\n+++ b/.gitlab-ci.yml\n")
    assert '-    - echo "$SIGNING_KEY"\n+    - echo "SIGNING_KEY is set"\n' in said
    assert path.read_text() == LEAK
    path.write_text(CLEAN)
    assert terminal.scan(diff=True) == (0, "")


def test_the_diff_can_be_applied(checkout):
    checkout.put(".gitlab-ci.yml", LEAK.rstrip("\n"))
    (checkout.folder.parent / "x.diff").write_text(checkout.scan(diff=True)[1])
    git(checkout.folder, "apply", "../x.diff")
    assert checkout.rules() == []


def test_ignored_findings_are_not_fixed(terminal):
    text = LEAK.replace('KEY"\n', 'KEY"  # sealcheck: ignore[secret-in-log] a demo\n')
    path = terminal.put(".gitlab-ci.yml", text)
    terminal.scan(fix=True)
    assert path.read_text() == text


def test_only_what_is_selected_is_fixed(terminal):
    terminal.put("one/.gitlab-ci.yml", LEAK)
    other = terminal.put("two/.gitlab-ci.yml", LEAK)
    terminal.scan("one/.gitlab-ci.yml", fix=True)
    assert other.read_text() == LEAK
    assert terminal.rules() == ["secret-in-log"]


def test_fix_of_standard_input_goes_to_standard_output(terminal):
    status, said = terminal.scan("-", stdin=LEAK.encode(), fix=True)
    assert (status, said) == (0, LEAK.replace("$SIGNING_KEY", "SIGNING_KEY is set"))


def test_only_candidates_that_are_asked_for_are_tried(terminal):
    target = Target(terminal.folder, WorkingFiles(terminal.folder, []), in_git=False, selected=["ours"])
    ours, theirs = (Edit("ours/x.yml", 1, 1, ""),), (Edit("theirs/x.yml", 1, 1, ""),)
    last = Fix("last", ours)
    chain = Fix("unsafe", ours, cost="Something.", otherwise=Fix("elsewhere", theirs, otherwise=last))

    def titles(*, unsafe: bool) -> list[str]:
        found, fix = [], fixing._allowed(chain, target, unsafe=unsafe)
        while fix is not None:
            found.append(fix.title)
            fix = fix.otherwise
        return found

    assert titles(unsafe=False) == ["last"]
    assert titles(unsafe=True) == ["unsafe", "last"]


def test_a_file_that_changes_meanwhile_is_left_alone(terminal, monkeypatch):
    path = terminal.put(".gitlab-ci.yml", LEAK)
    write = fixing.write_fixes

    def somebody_edits(target, fixed):
        path.write_text(LEAK + "# mine\n")
        return write(target, fixed)

    monkeypatch.setattr(fixing, "write_fixes", somebody_edits)
    status, said = terminal.scan(fix=True)
    assert status == 2
    assert "not fixed: it changed while it was read" in said
    assert path.read_text() == LEAK + "# mine\n"


def test_a_failed_write_leaves_the_old_file(terminal, monkeypatch):
    path = terminal.put(".gitlab-ci.yml", LEAK)

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    status, said = terminal.scan(fix=True)
    assert status == 2
    assert "not fixed: No space left on device" in said
    assert path.read_text() == LEAK
    assert [each.name for each in terminal.folder.iterdir()] == [".gitlab-ci.yml"]


def test_fix_writes_through_a_link_into_the_tree(terminal):
    real = terminal.put("real/.gitlab-ci.yml", LEAK)
    (terminal.folder / "link.gitlab-ci.yml").symlink_to("real/.gitlab-ci.yml")
    terminal.scan(fix=True)
    assert "is set" in real.read_text()
    assert (terminal.folder / "link.gitlab-ci.yml").is_symlink()


class TestBaseline:
    def test_old_findings_are_counted_and_new_ones_reported(self, terminal):
        terminal.put(".gitlab-ci.yml", LEAK)
        status, said = terminal.scan(baseline="base.json")
        assert status == 0
        assert "1 of the findings are in the baseline, all from today" in said
        assert "1 ignored" in said
        [entry] = json.loads((terminal.folder / "base.json").read_text())["findings"]
        assert (entry["rule"], entry["path"]) == ("secret-in-log", ".gitlab-ci.yml")
        terminal.put(".gitlab-ci.yml", "# moved\n" + LEAK)
        assert terminal.scan(baseline="base.json")[0] == 0
        terminal.put("x/.gitlab-ci.yml", LEAK)
        assert terminal.rules(baseline="base.json") == ["secret-in-log"]
        assert terminal.scan(baseline="base.json")[0] == 1
        assert terminal.scan(baseline="base.json", write_baseline=True)[0] == 0
        assert len(json.loads((terminal.folder / "base.json").read_text())["findings"]) == 2

    def test_a_fixed_finding_leaves_by_itself(self, terminal):
        path = terminal.put(".gitlab-ci.yml", LEAK)
        terminal.scan(baseline="base.json")
        path.write_text(CLEAN)
        terminal.scan("base.json", baseline="base.json")
        assert len(json.loads((terminal.folder / "base.json").read_text())["findings"]) == 1, (
            "only part was scanned"
        )
        path.write_text("a: b: c\n")
        terminal.scan(baseline="base.json")
        assert len(json.loads((terminal.folder / "base.json").read_text())["findings"]) == 1, (
            "it could not be read"
        )
        path.write_text(CLEAN)
        terminal.scan(baseline="base.json")
        assert json.loads((terminal.folder / "base.json").read_text())["findings"] == []
        path.write_text(LEAK)
        assert terminal.scan(baseline="base.json")[0] == 1

    def test_age_is_reported(self, terminal):
        terminal.put(".gitlab-ci.yml", LEAK)
        terminal.scan(baseline="base.json")
        file = terminal.folder / "base.json"
        content = json.loads(file.read_text())
        content["findings"][0]["since"] = "2020-01-01"
        file.write_text(json.dumps(content))
        assert "the oldest for" in terminal.scan(baseline="base.json")[1]
        assert (
            terminal.json(baseline="base.json")["findings"][0]["ignored"]
            == "in the baseline since 2020-01-01"
        )

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", '{"schema": 2, "findings": []}', '{"schema": 1, "findings": [1]}']
    )
    def test_a_broken_baseline_is_reported(self, terminal, content):
        terminal.put("base.json", content)
        with pytest.raises(SealcheckError, match=r"base\.json"):
            terminal.scan(baseline="base.json")

    def test_pure_part_has_no_outcome_no_change(self, tmp_path):
        import datetime as dt

        file = tmp_path / "b.json"
        assert apply_baseline([], file, dt.date(2026, 11, 1), rewrite=False, whole=True) == []
        assert json.loads(file.read_text())["findings"] == []
