"""What an organisation and a repository decide, and what is reported where they decide it wrongly."""

import datetime as dt

import pytest

from bot.analysis.engine import run_rules
from bot.analysis.policy import ReviewPolicy, read_policy
from bot.analysis.suppressions import judge
from bot.documents.globs import matches
from bot.findings import Severity
from bot.repository import Repository
from bot.snapshot import Project, Tree

TODAY = dt.date(2026, 11, 23)
LEAKY = """\
deploy:
  id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.com}}
  secrets:
    API_KEY: {vault: app/staging/api/key@secret, file: false, token: $VAULT_ID_TOKEN}
  script:
    - echo "$API_KEY"
"""


def judged(text: str = LEAKY, policy: ReviewPolicy | None = None, path: str = ".gitlab-ci.yml"):
    files = {path: text}
    result = run_rules(Repository(Tree(files, project=Project(ci_config_path=path))))
    return judge(result.findings, files, policy or ReviewPolicy(), TODAY)


def ignoring(**more: str) -> ReviewPolicy:
    lines = "".join(f"    {key}: {value}\n" for key, value in more.items())
    return read_policy(
        ".sealcheck.yml", f'ignore:\n  - rule: secret-in-log\n    reason: "moving, SEC-1"\n{lines}'
    )


def test_an_ignore_with_a_reason_counts_and_says_where_it_stands():
    (finding,) = judged(policy=ignoring()).findings
    assert finding.ignored == "moving, SEC-1 (.sealcheck.yml:2)"


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"expires": "2026-11-23"}, True),
        ({"expires": "2026-11-22"}, False),
        ({"expires": "soon"}, False),
        ({"paths": "['ci/**']"}, False),
        ({"paths": "['*.yml']"}, True),
    ],
)
def test_days_and_paths_limit_an_ignore(more, counts):
    (finding,) = judged(policy=ignoring(**more)).findings
    assert (finding.ignored is not None) is counts


def test_what_is_wrong_is_reported_with_the_nearest_word_and_silences_nothing():
    policy = read_policy(
        ".sealcheck.yml",
        "ignroe: []\n"
        "ignore:\n  - rule: secret-in-lgo\n    reason: x\n  - rule: secret-in-log\n"
        "severity: {secret-in-log: lwo}\nlimits: {max_ttl: often}\n",
    )
    problems = [(problem.line, problem.reason) for problem in policy.problems]
    assert policy.ignores == ()
    assert any("did you mean `ignore`?" in reason for _, reason in problems)
    assert any(line == 3 and "did you mean `secret-in-log`?" in reason for line, reason in problems)
    assert any(line == 5 and "no `reason:`" in reason for line, reason in problems)
    assert any("did you mean `low`?" in reason for _, reason in problems)
    assert any("max_ttl" in reason for _, reason in problems)


def test_the_organisation_has_the_last_word():
    organisation = read_policy(
        "org.yml", "locked: [secret-in-log]\nlimits: {max_ttl: 10m}\n", organisation=True
    )
    both = ignoring().under(organisation)
    (finding,) = judged(policy=both).findings
    assert finding.ignored is None
    assert any("locked" in problem.reason for problem in both.problems)
    assert read_policy(".sealcheck.yml", "limits: {max_ttl: 1h}\n").under(organisation).max_ttl_seconds == 600


def test_a_rule_that_can_never_be_ignored_is_not_said_to_be_locked():
    own = read_policy(".sealcheck.yml", "ignore:\n  - {rule: secret-to-foreign-host, reason: we trust it}\n")
    (problem,) = own.under(ReviewPolicy()).problems
    assert problem.reason == "`secret-to-foreign-host` cannot be ignored; the ignore does not count"


def test_a_severity_may_be_changed():
    policy = read_policy(".sealcheck.yml", "severity: {secret-in-log: info}\n")
    (finding,) = judged(policy=policy).findings
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize(
    ("comment", "counts", "problem"),
    [
        ("# sealcheck: ignore[secret-in-log] shown on purpose", True, None),
        ("# sealcheck: ignore[secret-in-log]", False, "needs a reason"),
        ("# sealcheck: ignore[secret-in-lgo] x", False, "did you mean `secret-in-log`?"),
        ("# sealcheck: ignore[shell-trace] another rule", False, "matches no finding"),
    ],
)
def test_a_comment_beside_the_code(comment, counts, problem):
    result = judged(LEAKY.replace('    - echo "$API_KEY"\n', f'    {comment}\n    - echo "$API_KEY"\n'))
    (finding,) = result.findings
    assert (finding.ignored is not None) is counts
    assert [problem in problems.reason for problems in result.problems] == ([True] if problem else [])


def test_inline_ignores_can_be_forbidden():
    text = LEAKY.replace('"$API_KEY"\n', '"$API_KEY"  # sealcheck: ignore[secret-in-log] mine\n')
    assert judged(text).findings[0].ignored == "mine"
    strict = read_policy("org.yml", "allow_inline_ignores: false\n", organisation=True)
    assert judged(text, strict).findings[0].ignored is None


@pytest.mark.parametrize(
    ("pattern", "path", "covers"),
    [
        ("legacy/**", "legacy/a/b.yml", True),
        ("legacy/*", "legacy/a/b.yml", False),
        ("**/x.yml", "x.yml", True),
        ("**/x.yml", "a/b/x.yml", True),
        ("a?.yml", "ab.yml", True),
        ("a.yml", "axyml", False),
    ],
)
def test_globs(pattern, path, covers):
    assert matches(pattern, path) is covers


def test_the_policys_limit_on_lifetimes_counts():
    role = (
        '{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"], '
        '"bound_claims": {"project_id": "42", "ref": "main", "ref_protected": "true", "ref_type": "branch"}, '
        '"token_explicit_max_ttl": "30m", "token_policies": ["app"]}\n'
    )

    def rules(limit):
        tree = Tree({"vault/role.json": role}, project=Project(max_ttl_seconds=limit))
        return {finding.rule for finding in run_rules(Repository(tree)).findings}

    assert "long-token-ttl" not in rules(None)
    assert "long-token-ttl" in rules(900)


def test_files_that_their_content_does_not_give_away_can_be_named():
    text = "build-it: {image: alpine}\n"
    policy = read_policy(".sealcheck.yml", "files: {ci: ['build/**/*.yml']}\n")
    named = Project(ci_files=policy.ci_files)
    assert [p.root for p in Repository(Tree({"build/x.yml": text}, project=named)).pipelines] == [
        "build/x.yml"
    ]
    assert Repository(Tree({"build/x.yml": text})).pipelines == ()


def test_the_server_that_roles_are_written_for():
    policy = read_policy(".sealcheck.yml", 'vault: {server: openbao, version: "2.6"}\n')
    assert (policy.vault_server, policy.vault_version, policy.problems) == ("openbao", "2.6", ())
    assert policy.shaping(Project()).vault_server == "openbao"
    organisation = read_policy("policy.yml", "vault: {server: vault, version: v1.21.4}\n", organisation=True)
    assert ReviewPolicy().under(organisation).vault_version == "1.21.4"
    assert policy.under(organisation).vault_server == "openbao"
    for text, problems in (
        ("vault: {server: bao}\n", "`vault.server:` takes vault or openbao"),
        ("vault: {version: '1.2'}\n", "`vault.server:` takes"),
        ("vault: {server: vault, version: newest}\n", "`vault.version:` takes a version"),
        ("vault: {server: vault, release: 1}\n", "release"),
        ("vault: openbao\n", "vault"),
    ):
        assert problems in read_policy(".sealcheck.yml", text).problems[0].reason


def test_the_status_is_one_of_three_words():
    assert read_policy(".sealcheck.yml", "status: off\n").gate == "off"
    assert read_policy(".sealcheck.yml", "status: block\n").gate == "block"
    wrong = read_policy(".sealcheck.yml", "status: blok\n")
    assert wrong.gate is None
    assert "did you mean `block`?" in wrong.problems[0].reason


@pytest.mark.parametrize("paths", ["[]", ""])
def test_an_ignore_of_no_path_is_not_one_of_every_path(paths):
    policy = read_policy(".sealcheck.yml", f"ignore: [{{rule: secret-in-log, reason: r, paths: {paths}}}]")
    assert policy.ignores == ()
    assert [each.reason for each in policy.problems] == ["`paths:` names no file; the ignore does not count"]
