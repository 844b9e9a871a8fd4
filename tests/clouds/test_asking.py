"""`sealcheck explain` and `simulate` on clouds' trusts."""

import io

import pytest

from bot.report.picture import picture
from bot.scanning.asking import SimulateCall, explain_place, simulate_file
from bot.vault.trustmap import flowchart
from tests.clouds.test_logins import ARN, ROLE

PIPELINE = f"""\
upload:
  id_tokens:
    TOKEN: {{aud: AUDIENCE}}
  script:
    - aws sts assume-role-with-web-identity --role-arn {ARN} --web-identity-token $TOKEN
test:
  script: [make test]
"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "iam.tf").write_text(ROLE)
    (tmp_path / ".gitlab-ci.yml").write_text(PIPELINE.replace("AUDIENCE", "sts.amazonaws.com"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explained(place, graph=None):
    out = io.StringIO()
    explain_place(place, out, graph)
    return out.getvalue()


def simulated(**asked):
    out = io.StringIO()
    given = {"job": ".gitlab-ci.yml:upload", "project": "acme/shop", "project_id": 42, **asked}
    return simulate_file(SimulateCall("iam.tf", **given), out), out.getvalue()


def test_a_job_is_explained_with_the_role_that_it_asks_for(checkout):
    reported = explained(".gitlab-ci.yml:1")
    assert f"asks aws for {ARN} (by aws sts assume-role-with-web-identity, with TOKEN)" in reported
    assert "role deploy at iam.tf:1: accepts project 42, any ref" in reported
    (checkout / "iam.tf").unlink()
    assert "its trust is not in this repository" in explained(".gitlab-ci.yml:1")


def test_a_refused_audience_is_explained_at_the_job(checkout):
    (checkout / ".gitlab-ci.yml").write_text(PIPELINE.replace("AUDIENCE", "other"))
    assert "it accepts sts.amazonaws.com alone, so the token is refused" in explained(".gitlab-ci.yml:1")


def test_a_role_is_explained_with_its_jobs(checkout):
    reported = explained("iam.tf:3")
    assert "it accepts: project 42, any ref" in reported
    assert "jobs that ask for it: upload" in reported


@pytest.mark.parametrize("graph", [picture, flowchart])
def test_the_map_of_a_job_shows_its_cloud(checkout, graph):
    for place in (".gitlab-ci.yml:1", "iam.tf:3"):
        reported = explained(place, graph)
        assert "job upload" in reported
        assert "role deploy" in reported


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({}, 0, "aws role deploy: logs in"),
        ({"project": "acme/other"}, 1, "FAIL sub"),
        ({"project_id": 43}, 1, "FAIL project_id"),
        ({"project_id": None}, 1, "cannot be decided"),
    ],
)
def test_a_job_is_tried_on_a_role(checkout, asked, status, words):
    found, reported = simulated(**asked)
    assert found == status
    assert words in reported
