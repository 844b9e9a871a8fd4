"""The pages about terminal, JSON, editor, pre-commit and component: each example is run, each table compared."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from bot.__main__ import main
from tests.docs.test_examples import ROOT, blocks
from tests.scan.conftest import CLEAN, LEAK, git

ROLE = '{"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["a"], "bound_claims": {"ref": "main"}}'


def first_column(page: str) -> list[str]:
    """The code in the first column of the page's tables."""
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / page).read_text(), re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_the_terminals_answer_is_the_one_on_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (pipeline,) = blocks("docs/terminal.md", "yaml")
    (answer,) = blocks("docs/terminal.md", "text")
    (tmp_path / ".gitlab-ci.yml").write_text(pipeline)
    said = CliRunner().invoke(main, ["scan"])
    assert said.exit_code == 1
    assert said.output == answer


def test_the_calls_on_the_terminals_page_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    (pipeline,) = blocks("docs/terminal.md", "yaml")
    (tmp_path / ".gitlab-ci.yml").write_text(pipeline)
    (tmp_path / "vault/roles").mkdir(parents=True)
    (tmp_path / "vault/roles/app.json").write_text(ROLE)
    (tmp_path / "claims.json").write_text('{"aud": "a", "sub": "s", "ref": "main"}')
    for message in ("one", "two"):
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", message)
    calls = [name for name in first_column("docs/terminal.md") if name.startswith("sealcheck ")]
    calls += [
        line
        for block in blocks("docs/terminal.md", "sh")
        for line in block.splitlines()
        if line.startswith("seal")
    ]
    assert len(calls) > 12
    for call in calls:
        words = call.replace("origin/main", "main").replace("PATH", ".").split()[1:]
        said = CliRunner().invoke(main, words, input=pipeline)
        assert said.exit_code in {0, 1}, (call, said.output)


def role(claims: dict[str, str], *policies: str) -> str:
    bound = {"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"]}
    return json.dumps({**bound, "bound_claims": claims, "token_policies": policies})


def test_the_picture_on_the_page_is_what_the_program_draws(tmp_path, monkeypatch):
    """SEALCHECK_GOLDEN=write draws it again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vault").mkdir()
    files = {
        "roles/production.json": role(
            {"project_id": "42", "ref": "main", "ref_protected": "true"}, "app", "shared"
        ),
        "roles/review.json": role({"project_id": "42"}, "shared"),
        "roles/platform.json": role({"namespace_path": "platform/*"}, "admin"),
        "policies/app.hcl": 'path "secret/data/app/*" { capabilities = ["read"] }\n'
        'path "database/creds/app" { capabilities = ["read"] }\n',
        "policies/shared.hcl": 'path "secret/data/shared" { capabilities = ["read"] }\n',
        "policies/admin.hcl": 'path "sys/policies/acl/*" { capabilities = ["create", "update"] }\n',
        "none.yml": "a: 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    said = CliRunner().invoke(main, ["explain", "none.yml:1", "--graph"])
    assert said.exit_code == 0, said.output
    picture = ROOT / "docs/images/trust-map.svg"
    if os.environ.get("SEALCHECK_GOLDEN") == "write":
        picture.write_text(said.output)
    assert picture.read_text() == said.output


def keys_of(value: object, prefix: str = "") -> set[str]:
    """Every key in the report, the way to it joined by dots; of a list, those of its items."""
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item, prefix)}
    if not isinstance(value, dict) or prefix.endswith("accepts."):
        return set()
    return {f"{prefix}{key}" for key in value} | {
        key for name, inner in value.items() for key in keys_of(inner, f"{prefix}{name}.")
    }


def test_every_key_of_the_json_is_documented_and_no_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gitlab-ci.yml").write_text(LEAK)
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault/app.json").write_text(ROLE)
    (tmp_path / "x.gitlab-ci.yml").write_text("a: b: c\n")
    report = json.loads(CliRunner().invoke(main, ["scan", "--format", "json"]).stdout)
    assert any(each["witness"] for each in report["findings"])
    assert any(each["fix"] for each in report["findings"])
    assert any(each["way"] for each in report["findings"])
    page = (ROOT / "docs/json.md").read_text()
    keys = keys_of(report)
    named = set(re.findall(r"`([a-z_.]+)`", page))
    assert {key.rsplit(".", 1)[-1] for key in keys} <= {part for name in named for part in name.split(".")}
    documented = first_column("docs/json.md")
    known = keys | {key.removeprefix("findings.") for key in keys}
    assert [name for name in documented if name not in known] == []
    (example,) = blocks("docs/json.md", "json")
    assert set(json.loads(example)) == set(report)


def test_the_editors_settings_are_read():
    (toml,) = blocks("docs/editor.md", "toml")
    assert tomllib.loads(toml)["language-server"]["sealcheck"] == {"command": "sealcheck", "args": ["lsp"]}
    (lua,) = blocks("docs/editor.md", "lua")
    assert '{ "sealcheck", "lsp" }' in lua


def test_the_hooks_on_the_page_exist_and_catch_what_they_are_given(tmp_path, monkeypatch):
    yaml = YAML(typ="safe")
    hooks = {hook["id"]: hook for hook in yaml.load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert set(hooks) == {name for name in first_column("docs/pre-commit.md") if name.startswith("sealcheck")}
    [used] = yaml.load(blocks("docs/pre-commit.md", "yaml")[0])["repos"][0]["hooks"]
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitlab-ci.yml").write_text(LEAK)
    for hook in hooks.values():
        assert re.search(hook["files"], ".gitlab-ci.yml")
        program, *words = hook["entry"].split()
        assert program == "sealcheck"
        for arguments, status in ((used["args"], 0), (["--fail-on", "medium"], 1)):
            is_fixing = hook["id"] == "sealcheck-fix"
            (tmp_path / ".gitlab-ci.yml").write_text(LEAK)
            said = CliRunner().invoke(main, [*words, *arguments, ".gitlab-ci.yml"])
            assert said.exit_code == (0 if is_fixing else status), said.output
            assert ((tmp_path / ".gitlab-ci.yml").read_text() != LEAK) is is_fixing


def component(**inputs: str) -> dict:
    """The component's job with its inputs filled in, as GitLab fills them in."""
    text = (ROOT / "templates/sealcheck.yml").read_text()
    head, _, body = text.partition("\n---\n")
    declared = YAML(typ="safe").load(head)["spec"]["inputs"]
    for name, about in declared.items():
        value = inputs.get(name.replace("-", "_"), about.get("default"))
        written = json.dumps(value) if isinstance(value, bool) else str(value)
        body = body.replace(f"$[[ inputs.{name} ]]", written)
    assert "$[[" not in body
    return YAML(typ="safe").load(body)


def test_the_components_inputs_are_those_on_the_page():
    head = (ROOT / "templates/sealcheck.yml").read_text().partition("\n---\n")[0]
    declared = YAML(typ="safe").load(head)["spec"]["inputs"]
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\S+) \|", (ROOT / "docs/gitlab-component.md").read_text(), re.MULTILINE
    )
    shown = {
        name: "required"
        if "default" not in about
        else f"`{str(about['default']).lower() if isinstance(about['default'], bool) else about['default']}`"
        for name, about in declared.items()
    }
    assert dict(rows) == shown
    [include] = YAML(typ="safe").load(blocks("docs/gitlab-component.md", "yaml")[0])["include"]
    assert set(include["inputs"]) <= set(declared)


@pytest.mark.parametrize(
    ("in_merge_request", "fail_on", "status"), [(True, "medium", 1), (True, "high", 0), (False, "medium", 1)]
)
def test_the_components_script_runs_and_reports(tmp_path, in_merge_request, fail_on, status):
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "old").mkdir()
    (tmp_path / "old/.gitlab-ci.yml").write_text(LEAK)
    (tmp_path / ".gitlab-ci.yml").write_text(CLEAN)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    base = git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / ".gitlab-ci.yml").write_text(LEAK)
    git(tmp_path, "commit", "-qam", "leak")
    job = component(image="registry.example.com/sealcheck:1", fail_on=fail_on)["sealcheck"]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment |= {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base} if in_merge_request else {}
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(job["script"])],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    entries = json.loads((tmp_path / job["artifacts"]["reports"]["codequality"]).read_text())
    assert [each["location"]["path"] for each in entries] == [
        ".gitlab-ci.yml",
        *([] if in_merge_request else ["old/.gitlab-ci.yml"]),
    ]
