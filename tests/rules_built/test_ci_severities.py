"""How bad a finding on a pipeline is, where the rule tells cases apart."""

import pytest

from bot.analysis.engine import run_rules
from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Project, Tree

TOKEN = "  id_tokens:\n    VAULT_ID_TOKEN:\n      aud: https://vault.example.com\n"
SECRET = TOKEN + "  secrets:\n    PASSWORD:\n      vault: app/db/password@secret\n      file: false\n"
WRITES = f'deploy:\n{SECRET}  script:\n    - echo "$PASSWORD" > out/key\n'


def severities(rule, text):
    """The severities of the findings of `rule` in a pipeline."""
    files = {".gitlab-ci.yml": text}
    project = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")
    repository = Repository(Tree(files, project=project, listing=frozenset(files)))
    found = run_rules(repository, [each for each in ALL_RULES if each.id == rule])
    assert found.failures == ()
    return [str(finding.severity) for finding in found.findings]


@pytest.mark.parametrize(
    ("rule", "text", "severity"),
    [
        ("secret-in-artifact", f"{WRITES}  artifacts:\n    paths: [out/]\n", "high"),
        ("secret-in-artifact", f"{WRITES}  artifacts:\n    access: all\n    paths: [out/]\n", "high"),
        (
            "secret-in-artifact",
            f"{WRITES}  artifacts:\n    access: maintainer\n    paths: [out/]\n",
            "medium",
        ),
        ("secret-in-artifact", f"{WRITES}  artifacts:\n    public: false\n    paths: [out/]\n", "medium"),
        # Whatever the artifact's access, later jobs get a dotenv report as variables.
        (
            "secret-in-artifact",
            f"{WRITES}  artifacts:\n    access: none\n    reports:\n      dotenv: out/key\n",
            "high",
        ),
        ("secret-in-artifact", f"{WRITES}  cache:\n    paths: [out/]\n", "medium"),
        ("vault-tls-off", "variables:\n  VAULT_ADDR: http://vault.example.com\na:\n  script: [b]\n", "high"),
        ("vault-tls-off", "variables:\n  VAULT_ADDR: http://vault.ns.svc:8200\na:\n  script: [b]\n", "low"),
        ("debug-trace", 'variables:\n  CI_DEBUG_TRACE: "true"\na:\n  script: [b]\n', "medium"),
        ("debug-trace", f'variables:\n  CI_DEBUG_TRACE: "true"\na:\n  script: [b]\n{TOKEN}', "high"),
        ("weak-id-token-audience", f"a:\n  script: [b]\n{TOKEN.replace('vault.example', 'gitlab')}", "low"),
        (
            "weak-id-token-audience",
            f"a:\n  script: [b]\n{TOKEN.replace('https://vault.example.com', '[]')}",
            "medium",
        ),
        (
            "unpinned-third-party",
            f"include: [{{project: group/ci, file: a.yml}}]\na:\n  script: [b]\n{TOKEN}",
            "low",
        ),
        (
            "unpinned-third-party",
            f"include: [{{project: other/ci, file: a.yml}}]\na:\n  script: [b]\n{TOKEN}",
            "medium",
        ),
        (
            "unpinned-third-party",
            f"include: ['https://example.com/a.yml']\na:\n  script: [b]\n{TOKEN}",
            "high",
        ),
    ],
)
def test_severity(rule, text, severity):
    assert severities(rule, text) == [severity]
