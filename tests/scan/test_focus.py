"""One file of a large repository: only what has to do with it is read, and what is said is the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.analysis.focus import Focus
from bot.documents.kinds import FileKind, kind_of
from bot.repository import Repository
from bot.scanning.selection import targets
from bot.snapshot import Tree
from tests.scan.conftest import CLEAN, LEAK, git

SAMPLES = Path(__file__).parent.parent / "rules"
NAMES = (
    ".gitlab-ci.yml", "a.gitlab-ci.yml", "ci/b.yml", "ci/c.yml", "ci/deep/d.yml", "ci/e.gitlab-ci.yml", "f/ci.yml",
)  # fmt: skip
INCLUDES = (
    "include: {}\n",
    "include: [{}]\n",
    "include:\n  - local: /{}\n",
    "include:\n\n# more\n- local: {}\n",
    "include: '/ci/*.yml'\n",
    "include: ci/**.yml\n",
    "'include': {}\n",
    "include: [\n{}\n]\n",
    "variables: {{WHERE: {}}}\ninclude: $WHERE\n",
    "include:\n  - local: $CI_COMMIT_REF_NAME/{}\n",
    "start:\n  trigger:\n    include: {}\n",
    "start: {{trigger: {{include: {}}}}}\n",
    ".x: &x {}\ninclude: *x\n",
    "include: [{{local: {}, rules: [{{if: $CI_COMMIT_TAG}}]}}]\n",
    "include: {{project: group/other, file: {}}}\n",
    'include: "ci\\x2fb.yml"\n',
    "include:\n  - '$CI_X'\n",
    "? include\n: {}\n",
    "# {}\n",
)
OTHERS = {
    "deploy.sh": '#!/bin/sh\necho "$SIGNING_KEY"\n',
    "vault/app.json": '{"role_type": "jwt", "user_claim": "sub", "bound_audiences": "https://vault.example.com"}\n',
    ".sealcheck.yml": "ignore: [{rule: secret-in-log, paths: ['ci/**'], reason: known}]\nseverity: {debug-trace: low}\n",
    "vault.sh": 'vault write auth/jwt/role/x user_claim=sub\nvault policy write p - <<E\npath "*" {\n}\nE\n',
}


def pipelines() -> list[str]:
    texts = [LEAK, CLEAN, "test:\n  script: [make]\n", "broken: [\n", ""]
    for path in sorted(SAMPLES.glob("*/*.yml")):
        text = path.read_text(encoding="utf-8")
        if kind_of(".gitlab-ci.yml", text) is FileKind.GITLAB_CI and "script" in text:
            texts.append(text)
    return texts


def laid_out(terminal, chance: random.Random) -> list[str]:
    """A repository of pipelines that include each other; the names of its CI files."""
    texts = pipelines()
    names = chance.sample(NAMES, chance.randint(3, len(NAMES)))
    for name in names:
        text = chance.choice(texts)
        if chance.random() < 0.6 and "include:" not in text:
            text = chance.choice(INCLUDES).format(chance.choice(names)) + text
        if chance.random() < 0.3:
            text = text.replace("    - ", "    - echo hi # sealcheck: ignore[secret-in-log] known\n    - ", 1)
        terminal.put(name, text)
    for name, text in OTHERS.items():
        if chance.random() < 0.5:
            terminal.put(name, text)
    return names


@pytest.mark.parametrize("seed", range(20))
def test_what_is_said_of_one_file_is_the_same(terminal, monkeypatch, seed):
    chance = random.Random(seed)
    if seed % 4:  # outside of git only the files that are named are listed
        git(terminal.folder, "init", "-q")
    names = laid_out(terminal, chance)
    some = [(name,) for name in names] + [tuple(chance.sample(names, 2))]
    fast = [terminal.json(*paths) for paths in some]
    monkeypatch.setattr(Focus, "on", lambda *_: None)
    assert fast == [terminal.json(*paths) for paths in some]


@pytest.fixture
def loaded(monkeypatch):
    """The roots of the pipelines that were loaded."""
    roots = []
    real = Repository._load
    monkeypatch.setattr(Repository, "_load", lambda self, root: roots.append(root) or real(self, root))
    return roots


def test_only_what_includes_the_file_is_loaded(checkout, loaded):
    for number in range(50):
        checkout.put(f"{number}/.gitlab-ci.yml", CLEAN)
    checkout.put("ci/leak.yml", LEAK)
    checkout.put("ci/between.yml", "include: ci/leak.yml\n")
    checkout.put(".gitlab-ci.yml", "include: ci/between.yml\n")
    status, said = checkout.scan("ci/leak.yml", form="concise")
    assert status == 1
    assert "secret-in-log" in said
    assert set(loaded) <= {".gitlab-ci.yml", "ci/between.yml", "ci/leak.yml"}


@pytest.mark.parametrize(
    "name", ["deploy.sh", "vault/app.json", "vault.sh", ".sealcheck.yml", "vault.gitlab-ci.yml", "ci"]
)
def test_roles_scripts_and_policies_are_a_matter_of_the_whole(checkout, name):
    for each, text in OTHERS.items():
        checkout.put(each, text)
    checkout.put("vault.gitlab-ci.yml", "setup:\n  script: [vault write auth/jwt/role/x user_claim=sub]\n")
    checkout.put("ci/a.yml", LEAK)
    [target], _ = targets([name])
    assert Focus.on(Repository(Tree(target.files)), target.selected) is None


B = "ci/b.yml"
JOB = "a: {script: [x]}\n"


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        (f"include: {B}\n", True), (f"include:\n  - local: /{B}\n", True), (f"include:\n- {B}\n", True), ("include: 'ci/*.yml'\n", True), ("include: $WHERE\n", True), ('include: "ci\\x2fb.yml"\n', True), (f".x: &x {B}\ninclude: *x\n", True),
        (f"? include\n: {B}\n", True), ("? include\n: 'ci/*.yml'\n", True), (f"a: {{trigger: {{include: {B}}}}}\n", True), ("a: {trigger: {include: $X}}\n", True), ("include: [\n'ci/*.yml'\n]\n", True), ("include:\n\n# more\n- 'ci/*'\n", True), ("'include': ci/**\n", True),
        ("include: ci/c.yml\n", False), (JOB, False), ("a: {script: ['include $X']}\n", False), (f"include: ci/c.yml\n{JOB}b: {{script: ['$X *']}}\n", False), ("include:\n- ci/c.yml\na:\n  script: ['$X']\n", False), ("include:\n  - local: ci/c.yml\nvariables: {A: $B}\n", False),
        ("variables: {A: $B}\ninclude: [ci/c.yml]\n", False), ("a:\n  trigger:\n    include: ci/c.yml\n  variables: {A: $B}\n", False), ("a:\n  trigger:\n    include:\n      - local: $X\n", True), ("'include': ci/c.yml\nb: {script: ['*']}\n", False),
    ],
)  # fmt: skip
def test_a_file_is_loaded_where_it_may_include_the_one_in_focus(loaded, text, is_read):
    files = {B: JOB, "other.gitlab-ci.yml": text, "third.gitlab-ci.yml": "include: ci/d.yml\n"}
    focus = Focus.on(Repository(Tree(files, listing=frozenset(files))), [B])
    assert focus is not None
    assert all(B in each.files for each in focus.pipelines)
    assert ("other.gitlab-ci.yml" in loaded) is is_read
    assert "third.gitlab-ci.yml" not in loaded


def test_a_file_is_loaded_that_includes_it_through_others(loaded):
    files = {
        B: JOB,
        "ci/c.yml": f"include: {B}\n",
        "d.gitlab-ci.yml": "include: ci/c.yml\n",
        "e.gitlab-ci.yml": "include: ci/f.yml\n",
    }
    focus = Focus.on(Repository(Tree(files, listing=frozenset(files))), [B])
    assert [each.root for each in focus.pipelines] == ["d.gitlab-ci.yml"]
    assert focus.subjects("Documents") == (B,)
    assert "e.gitlab-ci.yml" not in loaded


@pytest.mark.parametrize(
    ("path", "text", "has_focus"),
    [
        (B, JOB, True), ("values.yaml", "a: b\n", True), ("a.sh", "#!/bin/sh\n", False), ("README.md", "# A\n", False), (B, "a: {script: ['vault kv get x']}\n", True), (B, "a: {script: ['vault write auth/jwt/role/r a=b']}\n", False), ("policy.yml", 'Statement: [{Principal: {Federated: "x"}, Action: "sts:AssumeRoleWithWebIdentity"}]\n', False),
    ],
)  # fmt: skip
def test_only_files_without_roles_policies_and_trusts_have_a_focus(path, text, has_focus):
    files = {path: text}
    assert (Focus.on(Repository(Tree(files, listing=frozenset(files))), [path]) is not None) is has_focus


def test_one_file_with_a_role_among_many_is_enough():
    clean = [f"ci/{number}.yml" for number in range(8)]
    files = dict.fromkeys(clean, JOB) | {"role.sh": "vault write auth/jwt/role/r user_claim=sub\n"}
    side = Repository(Tree(files, listing=frozenset(files)))
    assert Focus.on(side, clean) is not None
    assert Focus.on(side, files) is None
