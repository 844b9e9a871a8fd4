"""What a release and a contributor rely on: the version, the changelog, the pipeline, the templates."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from bot import __version__
from bot.__main__ import main
from docs.versions import with_version

ROOT = Path(__file__).parents[2]
NOTES = ROOT / ".ci" / "release-notes"


def test_the_version_is_the_same_everywhere():
    for path, text in with_version(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, path


def test_a_new_version_reaches_every_place():
    for path, text in with_version(ROOT, "9.8.7").items():
        assert "9.8.7" in text, path
        assert __version__ not in text, path


def test_a_place_that_lost_its_version_is_reported(tmp_path: Path):
    for path in with_version(ROOT):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("nothing here\n")
    with pytest.raises(ValueError, match=r"no version after"):
        with_version(tmp_path)


def test_the_changelog_has_the_published_versions_newest_first():
    versions = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert versions == sorted(versions, key=lambda each: [*map(int, each.split("."))], reverse=True)
    assert "0.1.0" in versions


def notes(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    script = folder / ".ci" / "release-notes"
    return subprocess.run([sys.executable, script, version], capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (".ci", "bot"):
        (tmp_path / name).mkdir()
    (tmp_path / ".ci" / "release-notes").write_bytes(NOTES.read_bytes())
    (tmp_path / "bot" / "__init__.py").write_text('__version__ = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-11-29\n\n### Added\n- This.\n\n## [1.1.0] - 2026-01-01\n- That.\n"
    )
    return tmp_path


def test_release_notes_are_the_section_of_the_version(project: Path):
    assert notes(project, "1.2.0").stdout == "### Added\n- This.\n"


@pytest.mark.parametrize(
    ("version", "changelog", "problem"),
    [
        ("1.3.0", "## [1.3.0] - 2026-11-29\n", "bot/__init__.py is not version 1.3.0"),
        ("1.2.0", "## [1.2.0]\n- No date.\n", "CHANGELOG.md has no section '## [1.2.0] - YYYY-MM-DD'"),
    ],
)
def test_a_release_needs_its_version_and_its_section(project: Path, version, changelog, problem):
    (project / "CHANGELOG.md").write_text(changelog)
    found = notes(project, version)
    assert (found.returncode, found.stderr) == (1, f"{problem}\n")


def test_the_release_job_runs_on_protected_tags_alone_and_signs_with_its_own_token():
    release = YAML(typ="safe").load((ROOT / ".gitlab-ci.yml").read_text())["release"]
    assert [rule["if"] for rule in release["rules"]] == [
        r'$CI_COMMIT_TAG =~ /^v\d+\.\d+\.\d+$/ && $CI_COMMIT_REF_PROTECTED == "true"'
    ]
    assert release["id_tokens"] == {"SIGSTORE_ID_TOKEN": {"aud": "sigstore"}}


def test_our_own_checks_find_nothing_in_our_own_pipeline(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = CliRunner().invoke(
        main, ["scan", "--fail-on", "info", ".gitlab-ci.yml", ".ci", "templates", "Dockerfile"]
    )
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize("script", ["run", "release"])
def test_the_scripts_are_bash(script):
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / script], check=False).returncode == 0


IMPORTED_AS = {"re2": "google-re2", "gitlab": "python-gitlab", "markdown_it": "markdown-it-py"}
BROUGHT_ALONG = {
    **dict.fromkeys(("werkzeug", "jinja2", "markupsafe"), "flask"),
    "lsprotocol": "pygls",
    "psycopg_pool": "psycopg",
    "urllib3": "requests",
}


def imported(path: Path) -> set[str]:
    """The first names of the modules that a file imports, wherever it does."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    return {
        name.split(".")[0]
        for name in plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    }


def test_every_imported_library_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = (
        each for name, needs in project["optional-dependencies"].items() if name != "dev" for each in needs
    )
    declared = {re.split(r"[\[><=~]", each)[0].lower() for each in (*project["dependencies"], *extras)}
    modules = set().union(*(imported(path) for path in [ROOT / "app.py", *(ROOT / "bot").rglob("*.py")]))
    for module in modules - sys.stdlib_module_names - {"bot", "app"}:
        name = IMPORTED_AS.get(module) or BROUGHT_ALONG.get(module) or module.replace("_", "-")
        assert {name, name.replace("ruamel", "ruamel.yaml")} & declared, module


def test_no_page_names_an_index_on_which_the_name_is_not_ours():
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "bot").rglob("*.py")]:
        assert not re.search(r"(pip|pipx|uv|uvx)\b.* '?sealcheck(\[\w+\])?'?(\s|`|\"|$)", path.read_text()), (
            path
        )


def test_renovate_finds_the_tools_it_updates():
    managers = json.loads((ROOT / "renovate.json").read_text())["customManagers"]
    for manager in managers:
        (pattern,) = manager["managerFilePatterns"]
        files = (
            [
                path
                for path in ROOT.glob("**/*")
                if re.search(pattern.strip("/"), str(path.relative_to(ROOT))) and path.is_file()
            ]
            if "oracle" in pattern
            else [ROOT / ".ci" / "release"]
        )
        (wanted,) = manager["matchStrings"]
        assert any(re.search(wanted.replace("(?<", "(?P<"), path.read_text()) for path in files), manager[
            "description"
        ]


def test_templates_of_reports_are_confidential():
    for name in ("Vulnerability", "Conduct"):
        text = (ROOT / ".gitlab" / "issue_templates" / f"{name}.md").read_text()
        assert "\n/confidential\n" in text
