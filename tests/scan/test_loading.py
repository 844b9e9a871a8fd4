"""A scan loads what its files need: the readers of Vault's and the clouds' formats, and rules, only where they matter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.analysis.marks import Marks
from bot.clouds.hints import may_tell_clouds
from bot.clouds.read import read_clouds
from bot.leaks.model import Sink
from bot.repository import Repository
from bot.rules import ALL_RULES, HOLDS_SECRETS, RULE_IDS, SPEAKS_OF, SUBJECTS, UNSILENCED
from bot.scanning.files import walk
from bot.snapshot import Tree
from bot.vault.hints import may_tell_vault
from bot.vault.read import read_vault

SAMPLES = Path(__file__).parent.parent / "rules"
ROLE = (
    '{"role_type": "jwt", "user_claim": "sub", "bound_claims": {"project_id": "1"}, "bound_audiences": "v"}\n'
)
HEAVY = {
    "bot.clouds.logins", "bot.clouds.read", "bot.leaks.images", "bot.rules.secret_in_log",
    "bot.rules.secret_on_unprotected_ref", "bot.rules.vault_role_by_user", "bot.vault.claims.bounds", "bot.vault.read",
    "bot.vault.roles.jwt_role", "bot.vault.terraform",
    "asyncio", "difflib", "email", "gitlab", "http", "importlib.metadata", "logging", "multiprocessing", "random",
    "shutil", "sqlite3", "ssl", "subprocess", "tempfile", "textwrap", "traceback", "unittest",
}  # fmt: skip
"""modules that a plain pipeline needs none of"""
MOST_MODULES = 245
"""how many of the program's own modules it may load: each is 0.2 ms of every start"""


def loaded(folder: Path) -> set[str]:
    """The modules of a process that has scanned `folder`."""
    code = (
        "import io, sys; from bot.scanning.call import ScanOptions, run_call; "
        "run_call(ScanOptions(), None, io.StringIO(), io.StringIO()); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, check=True, text=True
    )
    return set(done.stdout.split())


def test_a_plain_pipeline_loads_no_reader_of_other_formats(tmp_path):
    (tmp_path / ".gitlab-ci.yml").write_text("test:\n  script: [make test]\n")
    modules = loaded(tmp_path)
    assert modules & HEAVY == set()
    assert len([each for each in modules if each.startswith("bot")]) <= MOST_MODULES


def test_a_role_loads_its_rules(tmp_path):
    (tmp_path / "role.json").write_text(ROLE)
    modules = loaded(tmp_path)
    assert {"bot.vault.read", "bot.rules.vault_role_by_user"} <= modules
    assert modules.isdisjoint(
        {"bot.leaks.analysis", "bot.rules.secret_in_log", "bot.rules.manual_vault_login"}
    )


def test_a_leak_loads_its_rule_alone(tmp_path):
    (tmp_path / ".gitlab-ci.yml").write_text("test:\n  script: [echo $CI_JOB_TOKEN]\n")
    modules = loaded(tmp_path)
    assert "bot.rules.secret_in_log" in modules
    assert "bot.rules.environment_dump" not in modules


def test_a_review_job_finds_everything_loaded(tmp_path):
    (tmp_path / "role.json").write_text(ROLE)
    (tmp_path / ".gitlab-ci.yml").write_text("test:\n  script: [echo $CI_JOB_TOKEN]\n")
    (tmp_path / "main.tf").write_text('resource "vault_policy" "a" {\n  policy = "x"\n}\n')
    (tmp_path / "trust.json").write_text('{"Action": "sts:AssumeRoleWithWebIdentity"}\n')
    code = (
        "import sys, bot.analysis.everything; from bot.repository import Repository; from bot.snapshot import Tree; "
        "from bot.analysis.engine import run_rules; from bot.analysis.verify import Prover; from pathlib import Path; "
        "before = set(sys.modules); r = Repository(Tree({p.name: p.read_text() for p in Path().iterdir()})); "
        "found = run_rules(r).findings; Prover(r).all_proven(found); assert found; "
        "print(*(m for m in set(sys.modules) - before if m.startswith('bot.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert done.stdout.split() == []


def test_the_catalogue_is_right_about_each_rule():
    assert len(ALL_RULES) == len(RULE_IDS) == len(set(RULE_IDS))
    for rule in ALL_RULES:
        assert SUBJECTS[rule.id] == rule.subject.__name__
        assert (rule.id in UNSILENCED) is not rule.suppressible


def test_a_rule_of_an_unknown_id_is_none():
    assert ALL_RULES.get("no-such-rule") is None
    assert ALL_RULES.get(RULE_IDS[3]) is ALL_RULES[3]


def sample_trees():
    for folder in sorted(SAMPLES.iterdir()):
        for path in sorted(folder.glob("*")):
            if path.name.startswith(("flagged", "accepted")) and path.suffix != ".snapshot":
                root = path if path.is_dir() else path.parent
                files = {
                    each.relative_to(root).as_posix(): each.read_text(encoding="utf-8")
                    for each in ([path] if path.is_file() else path.rglob("*"))
                    if each.is_file()
                }
                yield pytest.param(files, id=f"{folder.name}/{path.name}")


@pytest.mark.parametrize("files", list(sample_trees()))
def test_where_the_hints_are_silent_nothing_is_found(files):
    tree = Tree(files)
    documents = Repository(tree).documents
    if not may_tell_vault(documents):
        model = read_vault(tree, documents)
        assert not model.unread
        assert not any(model.groups.values())
    if not may_tell_clouds(documents):
        assert read_clouds(tree, documents).is_empty


def test_the_marks_are_those_of_sinks_and_of_rules():
    assert set(SPEAKS_OF) <= {rule_id for rule_id, subject in SUBJECTS.items() if subject == "Job"}
    assert set(SPEAKS_OF.values()) <= {HOLDS_SECRETS, *Sink}


@pytest.mark.parametrize("files", list(sample_trees()))
def test_a_rule_says_nothing_of_a_job_without_its_mark(files):
    repository = Repository(Tree(files))
    for job in repository.jobs:
        marks = Marks(job, repository)
        for rule in map(ALL_RULES.get, SPEAKS_OF):
            if not marks.concern(rule.id):
                assert list(rule.check(job, repository)) == []


@pytest.mark.parametrize(
    ("made", "left_out"), [("pyvenv.cfg", True), ("CACHEDIR.TAG", True), ("made.cfg", False)]
)
def test_outside_of_git_folders_that_programs_make_are_left_out(tmp_path, made, left_out):
    for path in ("tool/lib/a.yml", f"tool/{made}", "own.yml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert ("tool/lib/a.yml" not in walk(tmp_path, {})) is left_out
    assert "a.yml" in walk(tmp_path / "tool" / "lib", {})
    assert made in walk(tmp_path / "tool", {}), "a folder that the call names is read"
