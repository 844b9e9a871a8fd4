"""`files:` of a policy names what is reviewed, whatever a file is called: in a review as in a scan."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.analysis.policy import read_policy
from tests.review.reviewing import LEAKY, with_terms

POLICY = 'files: {ci: ["vendor/ci/*.yml", "pipelines/*.j2", "odd/*"], vault: ["roles/*.conf", "access/*"]}\n'
ROLE = (
    '{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],\n'
    ' "bound_claims": {"project_id": "42", "ref": "main", "ref_type": "branch"},\n'
    ' "token_explicit_max_ttl": "10m", "token_policies": ["app"]}\n'
)
GRANT = 'path "sys/*" {\n  capabilities = ["sudo", "update"]\n}\n'
NAMED = {
    "vendor/ci/deploy.yml": LEAKY,  # elsewhere a name of what others wrote
    "pipelines/deploy.j2": LEAKY,
    "odd/pipeline.txt": LEAKY,
    "roles/deploy.conf": ROLE,
    "access/app.txt": GRANT,
}


@pytest.mark.parametrize("path", NAMED)
def test_a_file_that_the_policy_names_is_reviewed(double, bot, project, path):
    double.push(project, "main", {".sealcheck.yml": POLICY})
    merge_request = double.open_merge_request(project, {path: NAMED[path]})
    bot.review(merge_request, spoken=False)
    assert {each.first.position["new_path"] for each in double.threads(merge_request, by=double.bot)} == {
        path
    }


@pytest.mark.parametrize("in_git", [True, False])
@pytest.mark.parametrize("path", NAMED)
def test_and_scanned(tmp_path, path, in_git):
    if in_git:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".sealcheck.yml").write_text(POLICY)
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(NAMED[path])
    ran = CliRunner().invoke(main, ["scan", str(tmp_path), "--format", "json"])
    assert {each["path"] for each in json.loads(ran.stdout)["findings"]} == {path}


def test_the_organisations_file_names_some_too(double, bot, project):
    bot = with_terms(bot, organisation=read_policy("org.yml", POLICY, organisation=True))
    merge_request = double.open_merge_request(project, {"odd/pipeline.txt": LEAKY})
    bot.review(merge_request, spoken=False)
    assert len(double.threads(merge_request, by=double.bot)) == 1


def test_the_policy_of_a_protected_target_names_some_too(double, bot, project):
    double.push(project, "stable", {".sealcheck.yml": POLICY})
    project.protected.append("stable")
    merge_request = double.open_merge_request(project, {"odd/pipeline.txt": LEAKY}, target_branch="stable")
    bot.review(merge_request, spoken=False)
    assert len(double.threads(merge_request, by=double.bot)) == 1


def test_without_a_policy_such_a_file_is_left_alone(double, bot, project):
    merge_request = double.open_merge_request(project, {"odd/pipeline.txt": LEAKY})
    bot.review(merge_request, spoken=False)
    assert double.threads(merge_request, by=double.bot) == []
