"""Documents: what a file is, read once, and nothing read that nobody needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents import kinds
from bot.documents.documents import Documents
from bot.documents.kinds import FileKind, kind_of, may_matter
from bot.documents.location import Unreadable
from bot.snapshot import Tree

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "ci"


class Lazy(Mapping):
    """Files that count how often each is fetched."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.fetched: list[str] = []

    def __getitem__(self, path: str) -> str:
        text = self.files[path]
        self.fetched.append(path)
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def test_only_names_that_may_matter_are_fetched():
    files = Lazy(
        {
            "src/main.py": "",
            "package-lock.json": "{}",
            "a.yml": "job:\n  script: x\n  stage: y\n",
            "LICENSE": "",
        }
    )
    documents = Documents(files)
    assert list(documents) == ["a.yml"]
    assert files.fetched == []
    assert documents.paths(FileKind.GITLAB_CI) == ["a.yml"]
    assert documents.paths(FileKind.GITLAB_CI) == ["a.yml"]
    assert files.fetched == ["a.yml"]


def test_a_file_is_parsed_once():
    documents = Documents({"a.yml": "a: 1\n", "a.json": "{}"})
    assert documents.yaml("a.yml") is documents.yaml("a.yml")
    assert documents.json("a.json") is documents.json("a.json")


def test_what_should_have_been_read_and_was_not_is_reported():
    tree = Tree(
        files={
            ".gitlab-ci.yml": "a: b: c\n", "role.json": '{"bound_claims": {}, "ttl": 6h}', "chart/values.yml": "{{ helm }}: [",
            "other.json": "{", "good.gitlab-ci.yml": "a: 1\n",
        },
        unread={"big.yml": "larger than 1 MiB", "logo.png": "binary"},
    )  # fmt: skip
    reported = Documents(tree.files).unread(tree)
    assert [(u.path, u.line) for u in reported] == [(".gitlab-ci.yml", 1), ("big.yml", 0), ("role.json", 1)]
    assert "larger than 1 MiB" in reported[1].reason


def test_a_file_that_is_not_there_is_a_clear_value():
    documents = Documents({})
    for outcome in (documents.yaml("x.yml"), documents.json("x.json"), documents.hcl("x.hcl")):
        assert isinstance(outcome, Unreadable)
    assert documents.text("x.yml") is None
    assert documents.kind("x.yml") is None


def test_a_date_is_refused_in_a_pipeline_and_read_in_our_own_file():
    documents = Documents(
        {".gitlab-ci.yml": "a: 2027-01-01\n", ".sealcheck.yml": "ignore: [{expires: 2027-01-01}]\n"}
    )
    assert isinstance(documents.yaml(".gitlab-ci.yml"), Unreadable)
    assert isinstance(documents.yaml(".sealcheck.yml"), tuple)


CI = "stages: [a]\njob:\n  stage: a\n  script: make\n"


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        (".gitlab-ci.yml", "", FileKind.GITLAB_CI),
        ("ci/deploy.gitlab-ci.yaml", "a: 1\n", FileKind.GITLAB_CI),
        (".gitlab-ci-prod.yml", "{", FileKind.GITLAB_CI),
        ("anything.yml", CI, FileKind.GITLAB_CI),
        (".gitlab/ci/build.yml", ".base:\n  image: x\nvariables:\n  A: b\n", FileKind.GITLAB_CI),
        ("templates/scan.yml", "spec:\n  inputs:\n    stage:\n---\njob:\n  script: x\n", FileKind.GITLAB_CI),
        ("jobs.yml", "build:\n  extends: .base\n  rules:\n    - when: always\n", FileKind.GITLAB_CI),
        ("k8s.yml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: x\n", FileKind.YAML),
        (".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    steps:\n      - run: x\n", FileKind.YAML),
        ("compose.yml", "services:\n  a:\n    image: x\nvolumes:\n  v:\n", FileKind.YAML),
        ("play.yml", "- hosts: all\n  tasks:\n    - shell: x\n", FileKind.YAML),
        (
            "bitbucket-pipelines.yml",
            "image: x\npipelines:\n  default:\n    - step:\n        script:\n          - x\n",
            FileKind.YAML,
        ),
        (".circleci/config.yml", "version: 2.1\njobs:\n  a:\n    docker:\n      - image: x\n", FileKind.YAML),
        ("Taskfile.yml", "version: '3'\ntasks:\n  a:\n    cmds: [x]\n", FileKind.YAML),
        (".gitlab/agents/prod/config.yaml", "ci_access:\n  projects: []\n", FileKind.YAML),
        ("role.yml", "name: x\nrole_type: jwt\nbound_claims: {}\n", FileKind.VAULT_YAML),
        (
            "cr.yml",
            "apiVersion: redhatcop.redhat.io/v1alpha1\nkind: JWTOIDCAuthEngineRole\n",
            FileKind.VAULT_YAML,
        ),
        (
            "play2.yml",
            "- hosts: a\n  tasks:\n    - hashivault_policy:\n        name: x\n",
            FileKind.VAULT_YAML,
        ),
        (".sealcheck.yml", "ignore: []\n", FileKind.SEALCHECK_CONFIG),
        ("role.json", '{"user_claim": "sub"}', FileKind.VAULT_JSON),
        ("policy.json", '{"path": {"secret/*": {"capabilities": ["read"]}}}', FileKind.VAULT_JSON),
        ("tsup.json", '{"a": 1}', FileKind.JSON),
        ("main.tf", "", FileKind.TERRAFORM),
        ("main.tf.json", "{}", FileKind.TERRAFORM_JSON),
        ("admin.hcl", 'path "*" {\n}\n', FileKind.HCL),
        ("terragrunt.hcl", 'resource "x" "y" {}\n', FileKind.TERRAFORM),
        ("x.sh", "", FileKind.SHELL),
        ("bin/deploy", "#!/usr/bin/env bash\n", FileKind.SHELL),
        ("bin/deploy2", "#!/usr/bin/python\n", None),
        ("x.ps1", "", FileKind.POWERSHELL),
        ("README.md", "```sh\nvault write auth/jwt/role/x - <<EOF\n```\n", FileKind.MARKDOWN),
        ("README.md", "# Hello\n", None),
        ("package-lock.json", '{"capabilities": []}', None),
        ("node_modules/x/.gitlab-ci.yml", CI, None),
        ("vendor/x/role.json", '{"bound_claims": {}}', None),
        ("src/shop/main.py", "script: x", None),
        ("scripts/deploy.py", "script: x", FileKind.SOURCE),
    ],
)
def test_a_file_is_known_by_its_content_with_its_name_as_a_hint(path, text, kind):
    assert kind_of(path, text) is kind


def test_no_name_that_may_not_matter_has_a_kind():
    assert not may_matter("yarn.lock")
    assert not may_matter("a/b/.terraform.lock.hcl")
    assert not may_matter("pnpm-lock.yaml")
    assert may_matter("bin/deploy")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public CI files is not at ../shared/corpus")
def test_nearly_every_pipeline_is_known_without_its_name():
    files = sorted(CORPUS.iterdir())
    known = sum(kind_of("some.yml", path.read_bytes().decode()) is FileKind.GITLAB_CI for path in files)
    assert known / len(files) > 0.92


@given(
    st.from_regex(
        re.compile(kinds._VAULT_WORDS.pattern, re.VERBOSE | re.IGNORECASE | re.MULTILINE | re.ASCII)
    )
)
@settings(max_examples=60, deadline=None)
def test_what_speaks_of_vault_has_one_of_the_hints(text):
    assert any(hint in text.lower() for hint in kinds._VAULT_HINTS)


@pytest.mark.parametrize(
    ("block", "is_policy"),
    [
        ('path "a/*" { policy = "write" }', True),
        ('x\n\tPATH\t"a" {', True),
        (r"path \"a\" {", True),
        ('mypath "a" {', False),
        ("path: a", False),
    ],
)
def test_a_block_of_a_policy_is_enough_to_speak_of_vault(block, is_policy):
    assert (kind_of("values.yaml", f"rules: |\n  {block}\n") is FileKind.VAULT_YAML) is is_policy
