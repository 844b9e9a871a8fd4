"""What a rule's page calls bad is flagged by the rule, and what it calls good is not."""

import re

import pytest

from bot.analysis.engine import run_rules
from bot.documents.yaml import Dialect, parse_yaml
from bot.pipeline.jobs import GLOBAL_KEYS
from bot.pipeline.model import Job, Pipeline
from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Project, Tree

EXAMPLE = re.compile(r"^(?P<kind>Bad|Good):\n\n```yaml\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
OF_JOBS = {"script", "secrets", "id_tokens", "rules", "variables", "artifacts", "before_script", "image"}
TOKEN = "  id_tokens:\n    VAULT_ID_TOKEN:\n      aud: https://vault.example.com\n"
PROJECT = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")

BESIDE = {
    "cloud-audience-mismatch": {
        "trust/uploader.json": """{"Version": "2012-10-17", "Statement": [{
          "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
          "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/gitlab.com"},
          "Condition": {"StringEquals": {"gitlab.com:aud": "sts.amazonaws.com", "gitlab.com:project_id": "42"}}}]}"""
    },
    "vault-login-refused": {
        "vault/app.json": """{"name": "app", "role_type": "jwt", "user_claim": "project_id",
          "bound_audiences": ["https://vault.example.com"], "bound_claims": {"project_id": "42"}}"""
    },
}
"""Files that a rule compares a pipeline with."""


def examples():
    for rule in ALL_RULES:
        if rule.subject in {Job, Pipeline}:
            for found in EXAMPLE.finditer(rule.page.fix):
                yield pytest.param(rule, found["kind"], found["text"], id=f"{rule.id}-{found['kind']}")


def as_pipeline(text):
    """The text as a file: parts of a job become a job for production, which contains an ID token and has a script."""
    (root,) = parse_yaml("x", text, Dialect.GITLAB)
    keys = set(root.entries)
    own = "".join(f"  {line}\n" for line in text.splitlines())
    if keys <= OF_JOBS:
        rest = "" if "script" in keys else "  script: [make]\n"
        environment = "  environment: production\n" if "rules" in keys else ""
        return f"deploy:\n{own}{rest}{environment}" + ("" if "id_tokens" in keys else TOKEN)
    if keys <= GLOBAL_KEYS:
        token = "" if "default" in keys else TOKEN
        return f"{text}deploy:\n  script: [./deploy $VAULT_ID_TOKEN]\n{token}lint:\n  script: [make lint]\n"
    return text


@pytest.mark.parametrize(("rule", "kind", "text"), list(examples()))
def test_bad_is_flagged_and_good_is_not(rule, kind, text):
    files = {".gitlab-ci.yml": as_pipeline(text), **BESIDE.get(rule.id, {})}
    result = run_rules(Repository(Tree(files, project=PROJECT, listing=frozenset(files))), [rule])
    assert result.failures == ()
    assert bool(result.findings) == (kind == "Bad"), files[".gitlab-ci.yml"]


@pytest.mark.parametrize(
    "rule", [rule for rule in ALL_RULES if rule.subject in {Job, Pipeline}], ids=lambda rule: rule.id
)
def test_every_rule_on_pipelines_shows_both(rule):
    assert {found["kind"] for found in EXAMPLE.finditer(rule.page.fix)} == {"Bad", "Good"}
