"""Every format over every sample: valid by its schema, all findings in it, no secret's value."""

from __future__ import annotations

import json
import random
import re
import string
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from bot.analysis.engine import run_rules
from bot.documents.location import Span, Unreadable
from bot.findings import Confidence, Effect, Finding, Related, Severity, Witness
from bot.fixes import Edit, Fix
from bot.report.codequality import render_codequality
from bot.report.gitlab_sast import render_gitlab_sast
from bot.report.json import render_json
from bot.report.junit import render_junit
from bot.report.masking import Mask
from bot.report.outcome import ReadFile, ScanOutcome, under
from bot.report.sarif import render_sarif
from bot.report.text import Look, render_concise, render_text
from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Tree

SCHEMAS = Path(__file__).parent.parent / "schemas"
SAMPLES = Path(__file__).parent.parent / "rules"
RENDERERS = {
    "text": render_text,
    "concise": render_concise,
    "json": render_json,
    "sarif": render_sarif,
    "codequality": render_codequality,
    "gitlab-sast": render_gitlab_sast,
    "junit": render_junit,
}


def outcome_of(files: dict[str, str]) -> ScanOutcome:
    repository = Repository(Tree(files, listing=frozenset(files)))
    result = run_rules(repository)
    assert result.failures == ()
    return ScanOutcome(
        findings=result.findings,
        files=tuple(ReadFile(path, str(repository.documents.kind(path))) for path in repository.documents),
        errors=(Unreadable("broken.yml", 3, "not YAML"), Unreadable("gone.yml", 0, "not checked")),
        notes=(Unreadable("a b.yml", 1, "include not followed"),),
        text=files.get,
        version="1.2.3",
        started="2026-11-23T08:00:00",
        ended="2026-11-23T08:00:01",
    )


@pytest.fixture(scope="module")
def samples() -> ScanOutcome:
    files = {
        str(path.relative_to(SAMPLES)): path.read_bytes().decode()
        for path in sorted(SAMPLES.rglob("flagged*"))
        if path.is_file() and path.suffix != ".expect" and ".fixed." not in path.name
    }
    outcome = outcome_of(files)
    assert len({finding.rule for finding in outcome.findings}) > 40
    first, *rest = outcome.findings
    return replace(outcome, findings=(replace(first, ignored="a reason"), *rest))


def validate(name: str, document: object) -> None:
    schema = json.loads((SCHEMAS / name).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    problems = [f"{each.json_path}: {each.message[:200]}" for each in validator.iter_errors(document)]
    assert problems == []


def test_sarif(samples):
    log = json.loads(render_sarif(samples))
    validate("sarif-2.1.0.json", log)
    [run] = log["runs"]
    assert len(run["results"]) == len(samples.findings)
    for result, finding in zip(run["results"], samples.findings, strict=True):
        assert result["partialFingerprints"] == {"sealcheck/v1": finding.fingerprint}
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == finding.rule
        assert "## Fix" in rule["help"]["markdown"]
    assert [result for result in run["results"] if "suppressions" in result] == [run["results"][0]]
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 3
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_fix_replaces_whole_lines():
    insertion = Fix("put in", (Edit("x.yml", 3, 2, "new\n"), Edit("x.yml", 5, 6, "")))
    span = Span("x.yml", 1, 1, 1, 1 << 30)
    finding = Finding(
        "shell-trace", Severity.LOW, Confidence.LOW, Effect.EXPOSES, span, "s", "m.", "", "0" * 32, insertion
    )
    log = json.loads(render_sarif(ScanOutcome((finding,), version="1.0.0")))
    validate("sarif-2.1.0.json", log)
    [change] = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    assert [each["deletedRegion"] for each in change["replacements"]] == [
        {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 1},
        {"startLine": 5, "startColumn": 1, "endLine": 7, "endColumn": 1},
    ]


def test_codequality(samples):
    entries = json.loads(render_codequality(samples))
    validate("codequality.json", entries)
    assert len(entries) == len(samples.open) + len(samples.errors)
    prints = [entry["fingerprint"] for entry in entries]
    assert len(set(prints)) == len(prints), "GitLab shows equal fingerprints once"


def test_gitlab_sast(samples):
    report = json.loads(render_gitlab_sast(samples))
    validate("gitlab-sast-15-subset.json", report)
    assert len(report["vulnerabilities"]) == len(samples.open)
    assert len({each["id"] for each in report["vulnerabilities"]}) == len(samples.open)
    assert render_gitlab_sast(samples) == render_gitlab_sast(samples)


def test_junit(samples):
    root = ET.fromstring(render_junit(samples))
    assert len(root.findall(".//failure")) == len(samples.open) == int(root.get("failures"))
    assert len(root.findall(".//skipped")) == 1
    assert len(root.findall(".//error")) == 2
    for suite in root:
        assert int(suite.get("tests")) == len(suite)


def test_text(samples):
    text = render_text(samples)
    for finding in samples.open:
        assert (
            f"{finding.span.path}:{finding.span.start_line}:{finding.span.start_column}: {finding.severity}["
            in text
        )
    assert "1 ignored; 2 errors: not everything could be checked; 1 note." in text
    assert "\x1b" not in text
    coloured = render_text(samples, Look(colour=True))
    assert "\x1b[1;31mhigh[" in coloured
    assert "note:" not in render_text(samples, Look(quiet=True))


@pytest.mark.parametrize("name", RENDERERS)
def test_hostile_names_and_texts(name):
    span = Span("a\x1b[31m\n<&>]]> \udcff.yml", 1, 1, 1, 9)
    finding = Finding(
        "shell-trace", Severity.HIGH, Confidence.HIGH, Effect.EXPOSES, span, "job:\x00\ufffe]]>&<\"'",
        "m\x07 {0} [x](y) \U0001f600.", "a", "0" * 32, related=(Related(span, "n\x1b"),),
    )  # fmt: skip
    outcome = ScanOutcome((finding,), (ReadFile(span.path, "gitlab-ci"),), text=lambda _: "\x1b[2Jx\ty\x00z\n", version="1.0.0",
                      started="2026-11-23T08:00:00", ended="2026-11-23T08:00:00")  # fmt: skip
    text = RENDERERS[name](outcome).encode(errors="backslashreplace").decode()
    assert "\x1b" not in text
    if name == "junit":
        ET.fromstring(text)
    elif name not in {"text", "concise"}:
        json.loads(text)


def fake(
    rng: random.Random, prefix: str, length: int, alphabet: str = string.ascii_letters + string.digits
) -> str:
    return prefix + "".join(rng.choice(alphabet) for _ in range(length))


def canaries() -> dict[str, str]:
    """Fresh credentials, made here so that none is committed."""
    rng = random.Random(9)
    return {
        "gitlab": fake(rng, "glpat-", 20),
        "vault": fake(rng, "hvs.", 95),
        "old vault": fake(rng, "s.", 24),
        "aws": fake(rng, "AKIA", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        "github": fake(rng, "ghp_", 36),
        "url": fake(rng, "", 18),
        "named": fake(rng, "", 24),
        "weak": "korrekt-Pferd",
        "key": fake(rng, "", 64, string.ascii_letters + string.digits + "+/"),
    }


@pytest.mark.parametrize("name", RENDERERS)
def test_no_canary_in_any_format(name):
    planted = canaries()
    pipeline = f"""\
variables:
  DEPLOY_TOKEN: {planted["gitlab"]}
  API_KEY: "{planted["named"]}"
  DB_PASSWORD: {planted["weak"]}
deploy:
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
  secrets:
    SIGNING_KEY:
      vault: a/b@c
      file: false
  script:
    - echo "$SIGNING_KEY" "{planted["gitlab"]}"
    - |
      curl -v -H "PRIVATE-TOKEN: {planted["gitlab"]}" -H "X: $SIGNING_KEY" https://example.com
    - echo "$SIGNING_KEY" "{planted["weak"]}"
    - vault login {planted["vault"]}
    - export VAULT_TOKEN={planted["old vault"]} && echo "$VAULT_TOKEN"
    - set -x; AWS_ACCESS_KEY_ID={planted["aws"]} GH={planted["github"]} ./deploy
    - psql "postgres://admin:{planted["url"]}@db.example.com/app" -c "$SIGNING_KEY"
    - |
      echo "$SIGNING_KEY" -----BEGIN RSA {"PRIVATE"} KEY-----
      {planted["key"]}
"""
    outcome = outcome_of({".gitlab-ci.yml": pipeline})
    rules = {finding.rule for finding in outcome.findings}
    assert {"hardcoded-credential", "hardcoded-vault-token", "secret-in-log"} <= rules
    assert any(finding.fix for finding in outcome.findings if finding.rule == "secret-in-log")
    for text in (RENDERERS[name](outcome), RENDERERS[name](under(outcome, "sub/"))):
        leaked = [kind for kind, value in planted.items() if value in text]
        assert leaked == []


def test_a_value_in_which_a_test_word_stands_by_chance_is_hidden():
    """`xXx` and `tEsT` are also what a generator makes once in a while."""
    for value in ("wMSWxbD9V0TnEzXDlbxXxSuG"[::-1], "9" + "Kq7vNull2Rw8ZbXt" + "4"):
        assert value not in Mask().code(f'variables: {{API_KEY: "{value}"}}')
        assert value not in Mask().code(f"curl https://example.com/?user=me&token={value}&x=1")
    token = "gh" + "p_" + "NuIezTxXXKzxzNeso30LnMjP3VtSNlpWwKaf"[::-1]
    assert token not in Mask().code(f"echo {token}")
    for text in ("token: $VAULT_ID_TOKEN_NUMBER_2_OF_ALL", "secret: apps/prod-eu-1/signing/key"):
        assert Mask().code(text) == text


def test_the_mask_keeps_columns():
    token = canaries()["gitlab"]
    text = f"a {token} b\nc"
    assert Mask().code(text) == f"a {'*' * len(token)} b\nc"
    assert Mask().code("echo $DEPLOY_TOKEN; TOKEN=$X") == "echo $DEPLOY_TOKEN; TOKEN=$X"


def test_concise_is_one_line_for_each_finding(samples):
    lines = render_concise(samples, Look(quiet=True)).splitlines()
    titles = {rule.id: rule.page.title for rule in ALL_RULES}
    assert lines[: len(samples.open)] == [
        f"{each.span.path}:{each.span.start_line}:{each.span.start_column}: {each.severity}[{each.rule}] {titles[each.rule]}"
        for each in samples.open
    ]
    assert lines[len(samples.open) :] == [
        line for line in render_text(samples, Look(quiet=True)).splitlines() if ": error: " in line
    ]


@pytest.mark.parametrize("width", [40, 80, 100])
def test_no_line_is_wider_than_the_terminal_unless_a_word_is(samples, width):
    text = render_text(samples, Look(width=width))
    for line in text.splitlines():
        assert len(line) <= width or " " not in line.strip()[: width - 14], line
    unwrapped = render_text(samples)
    assert re.sub(r"\s+", "", re.sub(r"(?m)^ *\d* \|.*$", "", text)) == re.sub(
        r"\s+", "", re.sub(r"(?m)^ *\d* \|.*$", "", unwrapped)
    )


def test_a_sentence_is_printed_once():
    finding = Finding(
        rule="secret-in-log",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        effect=Effect.EXPOSES,
        span=Span("a.yml", 1, 1, 1, 2),
        subject="job:a",
        message="The value is printed.",
        attack="Someone reads it.",
        fingerprint="0" * 32,
        witness=Witness("claims", {}, "Someone reads it."),
    )
    text = render_text(ScanOutcome(findings=(finding,)))
    assert text.count("Someone reads it.") == 1
    assert text.count("The value is printed.") == 1


def test_counts_by_rule_and_what_was_fixed(samples):
    lines = render_text(samples).splitlines()
    counts = [(str(number), rule) for rule, number in samples.counts_by_rule()]
    assert len(counts) > 1
    assert [tuple(line.split()) for line in lines[-1 - len(counts) : -1]] == counts
    assert sum(int(number) for number, _ in counts) == len(samples.open)
    fixed = next(each for each in samples.open if each.fix)
    (line, *_) = render_text(ScanOutcome(fixed=(fixed,))).splitlines()
    assert line == f"{fixed.span.path}:{fixed.span.start_line}: fixed[{fixed.rule}] {fixed.fix.title}"


def test_nothing_to_check_says_why():
    assert "no GitLab pipeline" in render_text(ScanOutcome())
    assert render_text(ScanOutcome(base="HEAD")) == (
        "Nothing to check: no file that Sealcheck reads has changed since HEAD.\n"
    )


def test_a_sentence_of_ours_keeps_its_words_and_loses_what_it_quotes():
    ours = "`j` logs in by hand to read 1 secret: nothing of it is masked, and the password: rotated weekly."
    assert Mask()(ours) == ours
    assert "Kq7vRw8Zb" not in Mask()("the line `API_KEY=Kq7vRw8ZbXt4` shows it")
    token = "dop" + "_v1_" + "0f3a" * 16
    assert token not in Mask()(f"outside of quotes too: {token}")


def test_a_long_line_with_many_findings_is_masked_once():
    key = "api_" + "key"
    values = {f"{key}_{number}": f"{number:04}Tq8vK2mZx7Wd4R" for number in range(300)}
    filler = [f"item {number}" for number in range(20_000)]
    outcome = outcome_of({"values.json": json.dumps({**values, "items": filler})})
    assert len(outcome.findings) > 100
    before = time.process_time()
    text = render_text(outcome)
    assert time.process_time() - before < 20  # was minutes
    assert not any(value in text for value in values.values())


def test_values_that_overlap_are_hidden_whole():
    line = "say('abcdefQ1w2e3', 'Q1w2e3r4t5y6', 'abcdefQ1w2e3r4t5y6')"
    hidden = f"say('{'*' * 12}', '{'*' * 12}', '{'*' * 18}')"
    findings = [
        finding_at(Span("a.py", 1, start, 1, end), "hardcoded-credential")
        for start, end in ((5, 19), (21, 35))
    ]
    assert Mask(findings, {"a.py": line}.get).code(f"{line}\n{line}") == f"{hidden}\n{hidden}"


def finding_at(span: Span, rule: str) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        effect=Effect.EXPOSES,
        span=span,
        subject="a.py",
        message="A value.",
        attack="",
        fingerprint="0" * 32,
    )
