"""What the sample folders of the rules on policies cannot show: jobs, severities, other documents, two sides."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.documents.documents import Documents
from bot.documents.location import Span
from bot.findings import Severity
from bot.fixes import apply_fix
from bot.rules import ALL_RULES
from bot.snapshot import Tree
from bot.vault.read import read_vault


def repository(files, base=None, jobs=()):
    documents = Documents(files)
    tree = Tree(files)
    side = SimpleNamespace(
        tree=tree, documents=documents, base=base, jobs=jobs, vault=read_vault(tree, documents)
    )
    side.ask = lambda answer, *about: answer(side, *about)
    return side


def hits(rule_id, files, base=None):
    rule = next(rule for rule in ALL_RULES if rule.id == rule_id)
    side = repository(files, base)
    return [
        (hit, hit.severity or rule.severity)
        for subject in side.vault.subjects(rule.subject)
        for hit in rule.check(subject, side)
    ]


ROLE = """resource "vault_jwt_auth_backend_role" "ci" {
  role_name      = "ci"
  token_policies = ["app"]
  bound_claims   = { project_id = "42" }
}
"""

GRAVE = {
    "policy-root-equivalent": ('path "*" { capabilities = ["update"] }', Severity.CRITICAL),
    "policy-sudo": ('path "sys/leases/lookup/*" { capabilities = ["list", "sudo"] }', Severity.HIGH),
    "policy-privilege-escalation": (
        'path "sys/policies/acl/*" { capabilities = ["update"] }',
        Severity.CRITICAL,
    ),
    "policy-whole-mount": ('path "secret/*" { capabilities = ["update"] }', Severity.HIGH),
    "policy-prefix-without-separator": ('path "secret/data/app*" { capabilities = ["read"] }', Severity.HIGH),
    "policy-any-dynamic-credential": ('path "database/creds/*" { capabilities = ["read"] }', Severity.HIGH),
}


@pytest.mark.parametrize("rule_id", GRAVE)
def test_a_policy_that_no_job_gets_is_milder(rule_id):
    text, severity = GRAVE[rule_id]
    [(alone, milder)] = hits(rule_id, {"app.hcl": text})
    [(attached, full)] = hits(rule_id, {"app.hcl": text, "r.tf": ROLE})
    assert full is severity
    assert milder.rank > severity.rank
    assert not alone.related
    assert attached.related[0].span.path == "r.tf"


def test_no_message_or_attack_is_empty_and_no_place_is_outside():
    for rule_id, (text, _) in GRAVE.items():
        for hit, _ in hits(rule_id, {"app.hcl": text}):
            assert hit.message.endswith(".")
            assert hit.attack.endswith(".")
            assert hit.span.start_line == 1


def test_fixes_hold_inside_yaml_and_terraform():
    rule = 'path "sys/leases/lookup/*" {\n      capabilities = ["list", "sudo"]\n    }\n'
    for files in (
        {"p.yml": f"kind: Policy\nspec:\n  policy: |\n    {rule}"},
        {"p.tf": f'resource "vault_policy" "x" {{\n  name = "x"\n  policy = <<-EOT\n    {rule}  EOT\n}}\n'},
        {"s.sh": f"vault policy write x - <<'EOF'\n    {rule}EOF\n"},
    ):
        [(hit, _)] = hits("policy-sudo", files)
        assert not hits("policy-sudo", {**files, **apply_fix(files, hit.fix)})


def test_a_mount_that_a_job_reads_as_version_2():
    files = {"app.hcl": 'path "shop/prod/*" { capabilities = ["read"] }'}
    rule = next(rule for rule in ALL_RULES if rule.id == "policy-grants-nothing")
    vault = SimpleNamespace(engine="kv-v2", mount="shop")
    job = SimpleNamespace(name="deploy", variables={}, secrets={"X": SimpleNamespace(vault=vault)})
    side = repository(files, jobs=(job,))
    [hit] = list(rule.check(side.vault.policies[0], side))
    assert "shop/data/" in hit.message
    assert "shop/data/prod/*" in apply_fix(files, hit.fix)["app.hcl"]
    assert not hits("policy-grants-nothing", files)


def test_templates_follow_the_claims_of_the_role():
    path = "secret/data/{{identity.entity.aliases.auth_jwt_1.metadata.%s}}/*"
    role = ROLE.replace(
        "bound_claims", 'claim_mappings = { project_path = "team", project_id = "ref" }\n  bound_claims'
    )
    for key, found in (("team", 1), ("ref", 0)):
        policy = f'path "{path % key}" {{ capabilities = ["read"] }}'
        assert len(hits("policy-mutable-template", {"app.hcl": policy, "r.tf": role})) == found
    name = 'path "secret/data/{{identity.entity.aliases.auth_jwt_1.name}}/*" { capabilities = ["read"] }'
    for claim, found in (("user_email", 1), ("project_id", 0)):
        role = ROLE.replace("bound_claims", f'user_claim = "{claim}"\n  bound_claims')
        assert len(hits("policy-mutable-template", {"app.hcl": name, "r.tf": role})) == found


def test_a_cloud_policy_in_a_heredoc_has_its_place():
    text = (
        "#!/bin/sh\nvault write aws/roles/ops credential_type=federation_token policy_document=- <<'END'\n"
        '{"Statement": [\n  {"Effect": "Allow", "Action": ["ec2:*", "s3:Get*"], "Resource": "*"}\n]}\nEND\n'
    )
    [(hit, severity)] = hits("engine-cloud-wildcard", {"s.sh": text})
    assert hit.span.start_line == 4
    assert severity is Severity.HIGH


def audit(*paths):
    return {
        "a.tf": "".join(
            f'resource "vault_audit" "{p}" {{\n  type = "file"\n  path = "{p}"\n}}\n' for p in paths
        )
    }


def test_removed_audit_devices():
    base = repository(audit("one", "two"))
    assert [hit.subject for hit, _ in hits("audit-weakened", audit("one"), base)] == ["audit:two"]
    assert len(hits("audit-weakened", {}, base)) == 2
    assert not hits("audit-weakened", audit("one", "three"), base)
    assert not hits("audit-weakened", audit("one", "two", "three"), base)
    assert all(hit.span == Span.of_lines("a.tf", 1) for hit, _ in hits("audit-weakened", {}, base))


def test_stored_credentials_of_a_job():
    rule = next(rule for rule in ALL_RULES if rule.id == "static-secret-in-vault")

    def job(name, engine):
        vault = SimpleNamespace(engine=engine, mount="secret", path="shop/db", secret_field="password")
        secret = SimpleNamespace(
            name=name, vault=vault, entry=SimpleNamespace(span=Span.of_lines("ci.yml", 3))
        )
        return SimpleNamespace(name="deploy", subject="job:deploy", secrets={name: secret})

    plain = repository({})
    for name in (
        "PGPASSWORD",
        "DB_PASSWORD",
        "APP_DATABASE_PASSWORD",
        "AWS_SECRET_ACCESS_KEY",
        "ARM_CLIENT_SECRET",
    ):
        assert list(rule.check(job(name, "kv-v2"), plain)), name
        assert not list(rule.check(job(name, "generic"), plain)), name
    for name in ("SIGNING_PASSPHRASE", "SLACK_TOKEN", "DB_HOST"):
        assert not list(rule.check(job(name, "kv-v2"), plain)), name
    there = repository({"e.sh": "vault write database/roles/x db_name=x creation_statements=y\n"})
    [hit] = list(rule.check(job("DB_PASSWORD", "kv-v2"), there))
    assert hit.severity is Severity.LOW


@pytest.mark.parametrize(
    ("path", "engine", "found"),
    [("app/db", "kv-v2", 0), ("app/db", "kv-v1", 1), ("other/db", "kv-v2", 1), ("$TEAM/db", "kv-v2", 0)],
)
def test_a_secret_that_no_policy_of_the_role_grants(path, engine, found):
    rule = next(rule for rule in ALL_RULES if rule.id == "policy-grants-nothing")
    vault = SimpleNamespace(engine=engine, mount="secret", path=path, secret_field="k")
    secret = SimpleNamespace(name="X", vault=vault, entry=SimpleNamespace(span=Span.of_lines("ci.yml", 3)))
    job = SimpleNamespace(
        name="deploy",
        subject="job:deploy",
        secrets={"X": secret},
        cells=(),
        variables={"VAULT_AUTH_ROLE": SimpleNamespace(value="ci")},
    )
    files = {"app.hcl": 'path "secret/data/app/*" { capabilities = ["read"] }', "r.tf": ROLE}
    side = repository(files, jobs=(job,))
    read = [hit for policy in side.vault.policies for hit in rule.check(policy, side)]
    assert len(read) == found
    unknown = repository({**files, "r.tf": ROLE.replace('["app"]', '["app", "elsewhere"]')}, jobs=(job,))
    assert not [hit for policy in unknown.vault.policies for hit in rule.check(policy, unknown)]
