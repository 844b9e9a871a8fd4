"""`sealcheck scan` on trees, checkouts, changes and standard input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import SealcheckError
from tests.scan.conftest import CLEAN, LEAK, ROOT, git


def test_finding_is_shown_where_it_is(terminal):
    terminal.put(".gitlab-ci.yml", LEAK)
    status, text = terminal.scan()
    assert status == 1
    assert ".gitlab-ci.yml:17:7: medium[secret-in-log]" in text
    assert '17 |     - echo "$SIGNING_KEY"\n   |       ^^^^^^^^^^^^^^^^^^^\n' in text
    assert "`sealcheck rules secret-in-log`" in text
    assert "\x1b" not in text


def test_clean_tree_and_empty_folder_exit_0(terminal):
    status, text = terminal.scan()
    assert (status, text) == (0, "Nothing to check: no GitLab pipeline, Vault role or policy here.\n")
    terminal.put(".gitlab-ci.yml", "test:\n  script: [make test]\n")
    status, text = terminal.scan()
    assert (status, text) == (0, "no findings in 1 file.\n")


def test_threshold(terminal):
    terminal.put(".gitlab-ci.yml", LEAK)
    assert terminal.scan(fail_on="medium")[0] == 1
    assert terminal.scan(fail_on="high")[0] == 0
    assert terminal.scan(fail_on="never")[0] == 0


def test_json_is_the_documented_shape(terminal):
    terminal.put(".gitlab-ci.yml", LEAK)
    report = terminal.json()
    assert report["schema"] == 1
    assert report["tool"]["name"] == "sealcheck"
    assert report["files"] == [{"path": ".gitlab-ci.yml", "kind": "gitlab-ci"}]
    assert report["errors"] == []
    [finding] = [each for each in report["findings"] if each["rule"] == "secret-in-log"]
    assert re.fullmatch("[0-9a-f]{32}", finding["fingerprint"])
    assert {key: finding[key] for key in ("path", "line", "end_line", "column", "subject", "effect", "ignored")} == {
        "path": ".gitlab-ci.yml", "line": 17, "end_line": 17, "column": 7,
        "subject": "job:deploy", "effect": "exposes", "ignored": None,
    }  # fmt: skip
    assert finding["fix"]["edits"] == [
        {
            "path": ".gitlab-ci.yml",
            "start_line": 17,
            "end_line": 17,
            "text": '    - echo "SIGNING_KEY is set"\n',
        }
    ]


def test_fingerprints_are_the_same_from_anywhere(checkout, monkeypatch):
    checkout.put("sub/x.sh", "true\n")
    checkout.put(".gitlab-ci.yml", LEAK)
    from_root = checkout.json()
    monkeypatch.chdir(checkout.folder / "sub")
    from_below = checkout.json("..")
    by_file = checkout.json("../.gitlab-ci.yml")
    assert from_root["findings"]
    assert from_below["findings"] == from_root["findings"] == by_file["findings"]
    assert "../.gitlab-ci.yml:17:7: " in checkout.scan("..")[1]
    assert checkout.json(".")["findings"] == []


def test_gitignored_files_are_not_read(checkout):
    checkout.put(".gitignore", "build/\n")
    checkout.put("build/.gitlab-ci.yml", LEAK)
    checkout.put("new/.gitlab-ci.yml", LEAK)
    assert {each["path"] for each in checkout.json()["findings"]} == {"new/.gitlab-ci.yml"}


def test_base_reports_only_what_the_change_brings(checkout):
    checkout.put("other/.gitlab-ci.yml", LEAK)
    git(checkout.folder, "add", "-A")
    git(checkout.folder, "commit", "-qm", "an old leak")
    assert checkout.rules(base="HEAD") == []
    checkout.put("other/.gitlab-ci.yml", "# moved down\n" + LEAK)
    assert checkout.rules(base="HEAD") == []
    checkout.put(".gitlab-ci.yml", LEAK)
    assert checkout.rules(base="HEAD") == ["secret-in-log"]
    assert checkout.scan(base="HEAD")[0] == 1
    assert checkout.rules(base="HEAD~1") == ["secret-in-log", "secret-in-log"]


def test_a_renamed_file_brings_nothing_new(checkout):
    checkout.put("ci/a.gitlab-ci.yml", LEAK)
    git(checkout.folder, "add", "-A")
    git(checkout.folder, "commit", "-qm", "leak")
    git(checkout.folder, "mv", "ci/a.gitlab-ci.yml", "ci/b.gitlab-ci.yml")
    assert checkout.rules() == ["secret-in-log"]
    assert checkout.rules(base="HEAD") == []


def test_base_is_where_the_branch_left(checkout):
    """As in a merge request: what main has fixed meanwhile is not this branch's doing."""
    checkout.put("x/.gitlab-ci.yml", LEAK)
    git(checkout.folder, "add", "-A")
    git(checkout.folder, "commit", "-qm", "leak")
    git(checkout.folder, "checkout", "-qb", "feature")
    git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "nothing")
    git(checkout.folder, "checkout", "-q", "main")
    git(checkout.folder, "rm", "-q", "x/.gitlab-ci.yml")
    git(checkout.folder, "commit", "-qm", "fixed on main")
    git(checkout.folder, "checkout", "-q", "feature")
    assert checkout.rules() == ["secret-in-log"]
    assert checkout.rules(base="main") == []


def test_commit_is_read_instead_of_the_tree(checkout):
    checkout.put(".gitlab-ci.yml", LEAK)
    git(checkout.folder, "commit", "-qam", "leak")
    checkout.put(".gitlab-ci.yml", CLEAN)
    assert checkout.rules() == []
    assert checkout.rules(commit="HEAD") == ["secret-in-log"]
    assert checkout.rules(commit="HEAD~1") == []
    assert checkout.rules(commit="HEAD", base="HEAD~1") == ["secret-in-log"]


@pytest.mark.parametrize("base", ["nonsense", "--help", "HEAD:x", ""])
def test_bad_base_is_reported(checkout, base):
    status, text = checkout.scan(base=base) if base else checkout.scan(base=" ")
    assert status == 2
    assert "names no commit here" in text


def test_base_outside_of_git(terminal):
    terminal.put(".gitlab-ci.yml", LEAK)
    status, text = terminal.scan(base="HEAD")
    assert status == 2
    assert "need a git checkout" in text


def test_standard_input(terminal):
    status, text = terminal.scan("-", stdin=LEAK.encode())
    assert status == 1
    assert ".gitlab-ci.yml:17:7: medium[secret-in-log]" in text
    policy = b'path "*" {\n  capabilities = ["create", "read", "update", "delete", "list", "sudo"]\n}\n'
    assert "policy-root-equivalent" in terminal.rules("-", stdin=policy)
    assert "secret-in-log" in terminal.rules("-", stdin=LEAK.encode(), stdin_filename="ci/deploy.yml")
    with pytest.raises(SealcheckError, match="not UTF-8"):
        terminal.scan("-", stdin=b"\xff\xfe")
    with pytest.raises(SealcheckError, match="comes alone"):
        terminal.scan("-", ".", stdin=b"")


def test_standard_input_stands_in_for_the_file_of_the_checkout(checkout):
    """An editor sends what is not saved yet; includes are still read from the tree."""
    checkout.put("ci/job.yml", LEAK)
    text = b"include: [{local: ci/job.yml}]\n"
    assert checkout.rules("-", stdin=text, stdin_filename=".gitlab-ci.yml") == []
    text += b"deploy:\n  before_script:\n    - printenv SIGNING_KEY\n"
    found = checkout.json("-", stdin=text, stdin_filename=".gitlab-ci.yml")["findings"]
    assert {each["path"] for each in found} == {".gitlab-ci.yml"}


def test_ignores_of_the_tree_count_and_are_counted(terminal):
    terminal.put(
        ".gitlab-ci.yml", LEAK.replace('KEY"\n', 'KEY"  # sealcheck: ignore[secret-in-log] a demo\n')
    )
    status, text = terminal.scan()
    assert (status, text) == (0, "no findings in 1 file; 1 ignored.\n")
    terminal.put(".gitlab-ci.yml", LEAK)
    config = "ignore:\n  - rule: secret-in-log\n    reason: a demo\n    expires: {}\n"
    terminal.put(".sealcheck.yml", config.format("2999-01-01"))
    assert terminal.scan()[0] == 0
    assert terminal.json()["findings"][0]["ignored"].startswith("a demo")
    terminal.put(".sealcheck.yml", config.format("2020-01-01"))
    assert terminal.scan()[0] == 1


def test_a_mistyped_policy_is_an_error(terminal):
    terminal.put(".gitlab-ci.yml", CLEAN)
    terminal.put(".sealcheck.yml", "ignroe: []\n")
    status, text = terminal.scan()
    assert status == 2
    assert ".sealcheck.yml:1: error: unknown key `ignroe`, did you mean `ignore`?" in text


def test_organisation_policy(terminal):
    terminal.put(
        ".gitlab-ci.yml", LEAK.replace('KEY"\n', 'KEY"  # sealcheck: ignore[secret-in-log] a demo\n')
    )
    terminal.put("policy.txt", "locked: [secret-in-log]\n")
    assert terminal.scan(policy="policy.txt")[0] == 1
    terminal.put("policy.txt", "lokced: [secret-in-log]\n")
    with pytest.raises(SealcheckError, match="lokced"):
        terminal.scan(policy="policy.txt")


def test_broken_yaml_is_an_error_and_the_rest_is_scanned(terminal):
    terminal.put(".gitlab-ci.yml", "a: b: c\n")
    terminal.put("x/.gitlab-ci.yml", LEAK)
    status, text = terminal.scan()
    assert status == 2
    assert ".gitlab-ci.yml:1: error: not YAML" in text
    assert "x/.gitlab-ci.yml:17:7" in text


class TestBadFiles:
    @pytest.fixture(autouse=True)
    def leak(self, terminal):
        terminal.put("good.gitlab-ci.yml", LEAK)

    def reported(self, terminal, what, *paths):
        status, text = terminal.scan(*paths)
        assert status == 2
        assert what in text, text
        assert "good.gitlab-ci.yml:17:7" in text

    def test_missing_path(self, terminal):
        self.reported(terminal, "nope: error: there is no such file or folder", "nope", ".")

    def test_broken_link(self, terminal):
        (terminal.folder / "x.yml").symlink_to("nowhere.yml")
        self.reported(terminal, "x.yml: error: not checked: it is a link to nothing")

    def test_link_in_a_circle(self, terminal):
        (terminal.folder / "x.yml").symlink_to("x.yml")
        self.reported(terminal, "x.yml: error: not checked: ")

    def test_link_to_a_place_outside(self, terminal, tmp_path):
        (tmp_path / "outside.yml").write_text(LEAK)
        (terminal.folder / "x.yml").symlink_to(tmp_path / "outside.yml")
        self.reported(terminal, "x.yml: error: not checked: it is a link to a place outside")

    def test_link_inside_is_read_once(self, terminal):
        (terminal.folder / "x.gitlab-ci.yml").symlink_to("good.gitlab-ci.yml")
        assert terminal.rules() == ["secret-in-log"]

    @pytest.mark.parametrize("paths", [(), (".", "pipe.yml")])
    def test_fifo(self, terminal, paths):
        os.mkfifo(terminal.folder / "pipe.yml")
        self.reported(terminal, "pipe.yml: error: not checked: it is no regular file", *paths)

    def test_a_gigabyte(self, terminal):
        with (terminal.folder / "big.gitlab-ci.yml").open("wb") as file:
            file.truncate(1 << 30)
        self.reported(terminal, "big.gitlab-ci.yml: error: not checked: it is larger than 1 MiB")

    def test_large_file_of_others_is_a_note(self, terminal):
        terminal.put("data.json", b'{"a": "' + b"x" * (2 << 20) + b'"}')
        status, text = terminal.scan()
        assert status == 1
        assert "data.json: note: not checked: it is larger than 1 MiB" in text

    def test_not_utf8(self, terminal):
        terminal.put("latin.gitlab-ci.yml", "# caf\xe9\n".encode("latin-1"))
        self.reported(terminal, "latin.gitlab-ci.yml: error: not checked: it is not UTF-8")

    def test_program_without_suffix_is_nobodys_business(self, terminal):
        terminal.put("bin/tool", b"\x7fELF\0\0\xff\xff")
        assert terminal.scan()[0] == 1
        assert "tool" not in terminal.scan()[1]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_no_permission(self, terminal):
        terminal.put("x.yml", LEAK).chmod(0)
        self.reported(terminal, "x.yml: error: not checked: no permission")

    def test_name_that_is_not_utf8(self, terminal):
        Path("good.gitlab-ci.yml").rename(os.fsdecode(b"b\xe9d.gitlab-ci.yml"))
        for form in ("text", "json", "sarif", "codequality", "gitlab-sast", "junit"):
            done = terminal.program("scan", "--format", form)
            assert done.returncode == 1, done.stderr


def test_two_repositories_in_one_call(terminal):
    terminal.put("one/.gitlab-ci.yml", LEAK)
    terminal.put("two/.gitlab-ci.yml", LEAK)
    found = terminal.json("one", "two")["findings"]
    assert [each["path"] for each in found] == ["one/.gitlab-ci.yml", "two/.gitlab-ci.yml"]


def test_the_program_itself(terminal):
    terminal.put(".gitlab-ci.yml", LEAK)
    done = terminal.program("scan", "--output", "report.json", "--format", "json")
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert (terminal.folder / "report.json").read_text().startswith("{")
    done = terminal.program("scan", "--output", "/proc/nope/x")
    assert done.returncode == 2
    assert done.stderr.startswith(b"sealcheck: --output")
    assert terminal.program("scan", "--write-baseline").returncode == 2
    assert terminal.program("scan", "--format", "xml").returncode == 2
    assert b"secret-in-log" in terminal.program("scan", "-", stdin=LEAK.encode()).stdout


def test_same_answer_for_every_hash_seed(terminal, monkeypatch):
    terminal.put(".gitlab-ci.yml", LEAK.replace("./deploy.sh", "env; export -p"))
    answers = set()
    for seed in ("1", "2", "3", "4"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        answers.add(terminal.program("scan", "--format", "json").stdout)
    assert len(answers) == 1


def test_the_way_to_scan_needs_no_service(terminal):
    """Fast start: nothing of the web, the queue or a GitLab client is imported, nor any grammar."""
    terminal.put(".gitlab-ci.yml", LEAK)
    code = (
        "import sys\nfrom bot.__main__ import main\n"
        "try: main(['scan'])\nexcept SystemExit: pass\n"
        "print([m for m in ('flask', 'gitlab', 'requests', 'sentry_sdk', 'tree_sitter', 'sqlite3', 'socket') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=terminal.folder,
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_way_of_a_secret_is_shown_with_its_lines(terminal):
    text = LEAK.replace('echo "$SIGNING_KEY"', 'COPY="$SIGNING_KEY"\n    - echo "$COPY" | base64')
    terminal.put(".gitlab-ci.yml", text)
    reported = terminal.scan()[1]
    assert "   = `SIGNING_KEY` is declared: .gitlab-ci.yml:12\n12 |     SIGNING_KEY:\n" in reported
    assert '   = it goes on as `COPY`: .gitlab-ci.yml:17\n17 |     - COPY="$SIGNING_KEY"\n' in reported
    [finding] = terminal.json()["findings"]
    assert [(each["line"], each["note"]) for each in finding["way"]] == [
        (12, "`SIGNING_KEY` is declared"),
        (17, "it goes on as `COPY`"),
    ]
    [result] = json.loads(terminal.scan(form="sarif")[1])["runs"][0]["results"]
    [flow] = result["codeFlows"][0]["threadFlows"]
    lines = [step["location"]["physicalLocation"]["region"]["startLine"] for step in flow["locations"]]
    assert lines == [12, 17, 18]


def test_the_way_is_reported_from_below_the_root_too(checkout, monkeypatch):
    checkout.put("sub/x", "")
    checkout.put(".gitlab-ci.yml", LEAK)
    monkeypatch.chdir(checkout.folder / "sub")
    assert "is declared: ../.gitlab-ci.yml:12\n" in checkout.scan("..")[1]


def test_paths_are_shown_as_they_were_given(terminal, tmp_path, monkeypatch):
    terminal.put("ci/.gitlab-ci.yml", LEAK)
    absolute = str(terminal.folder / "ci")
    assert f"\n{absolute}/.gitlab-ci.yml:17:7: " in "\n" + terminal.scan(absolute)[1]
    assert "\nci/.gitlab-ci.yml:17:7: " in "\n" + terminal.scan("ci")[1]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert terminal.scan(absolute, form="concise")[1].startswith(f"{absolute}/.gitlab-ci.yml:17:7: medium[")
    assert terminal.scan("../tree/ci")[1].startswith("../tree/ci/.gitlab-ci.yml:17:7: ")


def test_a_base_without_changes_says_so(checkout):
    assert checkout.scan(base="HEAD") == (
        0,
        "Nothing to check: no file that Sealcheck reads has changed since HEAD.\n",
    )
