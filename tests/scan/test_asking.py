"""`sealcheck explain`, `simulate` and `rules`."""

from __future__ import annotations

import io
import json
import time

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.rules import ALL_RULES
from bot.scanning.asking import SimulateCall, WrongQuestion, explain_place, simulate_file
from tests.scan.conftest import LEAK

ROLE = {
    "role_type": "jwt",
    "user_claim": "project_id",
    "bound_audiences": ["https://vault.example.com"],
    "bound_claims": {"project_id": "42", "ref": "main", "ref_protected": "true"},
    "token_policies": ["app"],
}


@pytest.fixture
def role(terminal):
    terminal.put(".gitlab-ci.yml", LEAK)
    terminal.put("vault/roles/app.json", json.dumps(ROLE, indent=2))
    return terminal


def simulated(**question) -> tuple[int, str]:
    out = io.StringIO()
    return simulate_file(SimulateCall("vault/roles/app.json", **question), out), out.getvalue()


def explained(place: str) -> str:
    out = io.StringIO()
    explain_place(place, out)
    return out.getvalue()


def test_token_logs_in(role):
    claims = {"aud": "https://vault.example.com", "project_id": "42", "ref": "main", "ref_protected": "true"}
    role.put("claims.json", json.dumps(claims))
    status, said = simulated(claims="claims.json")
    assert status == 0
    assert said.startswith("role:jwt/app: logs in\n")
    for name, value, verdict in (
        ("ref", "x", 'claim "ref" does not match'),
        ("ref_protected", True, 'claim "ref_protected" does not match'),
        ("aud", "y", "aud claim does not match any bound audience"),
        ("project_id", None, 'claim "project_id" not found'),
    ):
        role.put("claims.json", json.dumps({**claims, name: value}))
        status, said = simulated(claims="claims.json")
        assert status == 1
        assert verdict in said


def test_the_times_of_a_token(role):
    now = time.time()
    claims = {"aud": "https://vault.example.com", "project_id": "42", "ref": "main", "ref_protected": "true"}
    for times, verdict in (
        ({"exp": now + 600, "iat": now, "nbf": now - 5}, "logs in"),
        ({"exp": now - 3600}, "refused: token is expired"),
        ({"exp": now + 7200, "nbf": now + 3600}, "refused: token not yet valid"),
        ({"exp": now + 7200, "nbf": now, "iat": now + 3600}, "refused: token issued in the future"),
        ({"exp": "soon"}, "refused: the claim exp has the wrong type"),
    ):
        role.put("claims.json", json.dumps(claims | times))
        assert verdict in simulated(claims="claims.json")[1]


def test_values_are_shown_as_json_has_them(role):
    bound = {"ref_protected": True, "/groups_direct/0": "a", "/runner_id": 7}
    role.put("vault/roles/other.json", json.dumps(ROLE | {"bound_claims": bound}))
    role.put("claims.json", json.dumps({"ref_protected": "true", "groups_direct": ["a"], "runner_id": 8}))
    out = io.StringIO()
    simulate_file(SimulateCall("vault/roles/other.json", claims="claims.json"), out)
    said = out.getvalue()
    assert 'the role binds true, the token has "true"' in said
    assert "/runner_id: the role binds 7, the token has 8" in said
    assert not any(word in said for word in ("True", "None", "Number(", "'")), said


def test_job_logs_in(role):
    status, said = simulated(job=".gitlab-ci.yml:deploy", project_id=42)
    assert status == 0, said
    status, said = simulated(job=".gitlab-ci.yml:deploy", project_id=42, ref="feature")
    assert status == 1
    assert 'FAIL ref: the role binds "main", the token has "feature"' in said
    assert "FAIL ref_protected" in said
    status, said = simulated(job=".gitlab-ci.yml:deploy")
    assert status == 1
    assert "cannot be decided" in said
    assert "project_id is not known here" in said


def test_wrong_questions(role):
    for question, reported in (
        ({}, "give either"),
        ({"claims": "nope.json"}, "nope.json"),
        ({"claims": ".gitlab-ci.yml"}, "not JSON"),
        ({"job": ".gitlab-ci.yml:nope"}, "there are: deploy"),
        ({"name": "nope", "claims": "x"}, "no JWT role called 'nope'"),
    ):
        with pytest.raises(WrongQuestion, match=reported):
            simulated(**question)
    for place in ("x", "x:y", "nope.yml:3"):
        with pytest.raises(WrongQuestion):
            explained(place)


def test_explain_a_job(role):
    role.put("base.yml", ".base:\n  variables: {STAGE: prod, API_TOKEN: abcdefgh12345678}\n")
    role.put(
        ".gitlab-ci.yml",
        "include: [{local: base.yml}]\n"
        + LEAK.replace("  stage: deploy\n", "  stage: deploy\n  extends: .base\n"),
    )
    said = explained(".gitlab-ci.yml:19")
    assert said.startswith("job:deploy, defined at .gitlab-ci.yml:4\n")
    assert "secret SIGNING_KEY: the value from secret/app/signing/key, field password, by vault" not in said
    assert "secret SIGNING_KEY: the value" in said
    assert "variable STAGE: prod (job)  [base.yml:2" in said
    assert "abcdefgh12345678" not in said
    assert "secret-in-log" in said
    assert "job:deploy" in explained("base.yml:2")


def test_explain_a_role(role):
    said = explained("vault/roles/app.json:3")
    assert "role:jwt/app" in said
    assert 'policy "app" (its text is not in this repository)' in said


def test_rules():
    runner = CliRunner()
    said = runner.invoke(main, ["rules"])
    assert said.exit_code == 0
    assert all(rule.id in said.output for rule in ALL_RULES)
    page = runner.invoke(main, ["rules", "secret-in-log"]).output
    assert page.startswith("# secret-in-log\n")
    assert all(f"## {heading}" in page for heading in ("What it finds", "Why it matters", "Fix", "Limits"))
    listed = json.loads(runner.invoke(main, ["rules", "--format", "json"]).output)["rules"]
    assert [each["id"] for each in listed] == [rule.id for rule in ALL_RULES]
    wrong = runner.invoke(main, ["rules", "secret-in-lgo"])
    assert wrong.exit_code == 2
    assert "did you mean `secret-in-log`?" in wrong.output


def test_the_picture_shows_what_has_to_do_with_the_place(role):
    role.put("vault/roles/other.json", json.dumps({**ROLE, "token_policies": ["other"]}, indent=2))
    role.put("vault/policies/app.hcl", 'path "secret/data/app" {\n  capabilities = ["read"]\n}\n')
    role.put(".gitlab-ci.yml", LEAK + "  variables: {VAULT_AUTH_ROLE: app}\nlint: {script: [make lint]}\n")

    def drawn(place: str, option: str = "--graph") -> str:
        answer = CliRunner().invoke(main, ["explain", place, option])
        assert answer.exit_code == 0, answer.output
        return answer.output

    whole = drawn(".gitlab-ci.yml:1")
    assert whole.startswith("<svg ")
    assert "Trust map of 2 roles" in whole
    for place in ("vault/roles/app.json:3", "vault/policies/app.hcl:1", ".gitlab-ci.yml:4"):
        one = drawn(place)
        assert "Trust map of role app" in one, place
        assert "secret/data/app (read)" in one
        assert "other" not in one
    assert drawn("vault/roles/app.json:1", "--mermaid").startswith("flowchart LR\n")
    (role.folder / "vault").rename(role.folder.parent / "vault")
    wrong = CliRunner().invoke(main, ["explain", ".gitlab-ci.yml:1", "--graph"])
    assert wrong.exit_code == 2
    assert "no Vault role" in wrong.output


def test_a_place_that_is_none_says_what_to_do_instead(role):
    with pytest.raises(WrongQuestion, match=r"has \d+ lines, and no line 999"):
        explained("vault/roles/app.json:999")
    with pytest.raises(WrongQuestion, match="the page of a rule: sealcheck rules secret-in-log"):
        explained("secret-in-log")


def test_a_lifetime_over_the_policys_limit_names_the_limit(role):
    role.put(
        "vault/roles/app.json",
        json.dumps({**ROLE, "token_ttl": "5m", "token_explicit_max_ttl": "5m"}, indent=2),
    )
    role.put(".sealcheck.yml", "limits: {max_ttl: 1m}\n")
    said = CliRunner().invoke(main, ["scan", "--format", "json"]).output
    messages = [each["message"] for each in json.loads(said)["findings"] if each["rule"] == "long-token-ttl"]
    assert messages == ["Tokens of the role `app` can live for 5 minutes; the policy's limit is 1 minute."]
