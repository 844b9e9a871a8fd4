"""Where Vault and OpenBao differ, in roles and in policies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.analysis.engine import run_rules
from bot.repository import Repository
from bot.snapshot import Project, Tree
from bot.vault.claims.addresses import admits, is_address
from bot.vault.claims.login import login
from bot.vault.claims.terms import WriteRefusal, written
from bot.vault.policies.acl import Acl
from bot.vault.policies.policy_text import read_policy_text
from bot.vault.servers import Server, judged_servers

BODY = {"role_type": "jwt", "user_claim": "sub", "bound_claims": {"project_id": "7"}}
TOKEN = {"sub": "s", "project_id": "7"}
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def outcome(claims, **fields):
    return {
        server: login(written(BODY | fields, None, server), claims, server, address="10.1.2.3").accepted
        for server in Server
    }


@pytest.mark.parametrize(
    ("kind", "version", "judged"),
    [
        ("", "", set(Server)),
        ("openbao", "2.6.2", {Server.OPENBAO}),
        ("vault", "", {Server.VAULT, Server.OLD_VAULT}),
        ("vault", "1.21.4", {Server.VAULT}),
        ("vault", "1.17", {Server.VAULT}),
        ("vault", "2.0.1", {Server.VAULT}),
        ("vault", "1.16.2", {Server.OLD_VAULT}),
        ("vault", "1.16.3", {Server.VAULT}),
        ("vault", "1.16", {Server.VAULT}),
        ("vault", "1.15.8", {Server.OLD_VAULT}),
        ("vault", "1.12", {Server.OLD_VAULT}),
    ],
)
def test_the_servers_that_the_policy_names(kind, version, judged):
    assert set(judged_servers(kind, version)) == judged


@pytest.mark.parametrize(
    ("kind", "version", "rules"),
    [
        ("", "", {"vault-role-without-audience": "breaks", "vault-role-without-project": "exposes"}),
        ("openbao", "", {"vault-role-without-audience": "breaks"}),
        ("vault", "1.21", {"vault-role-without-audience": "breaks"}),
        (
            "vault",
            "1.14",
            {"vault-role-without-audience": "exposes", "vault-role-without-project": "exposes"},
        ),
    ],
)
def test_a_role_is_judged_for_the_server_of_the_policy(kind, version, rules):
    role = '{"role_type": "jwt", "user_claim": "project_id", "token_explicit_max_ttl": "5m", "token_policies": ["x"], "bound_claims": {"ref": "main", "ref_protected": "true", "ref_type": "branch"}}'
    project = Project(vault_server=kind, vault_version=version)
    found = run_rules(Repository(Tree({"vault/role.json": role}, project=project))).findings
    assert {each.rule: str(each.effect) for each in found} == rules
    for each in found:
        is_only_on_old_ones = each.effect == "exposes" and not kind
        assert ("as soon as it binds an audience" in each.message) is is_only_on_old_ones, each.message


@pytest.mark.parametrize(
    ("audience", "accepting"),
    [("x", {"vault-old"}), ("", {"vault", "vault-old"}), (["x"], set()), ([], set(Server)), (None, set())],
)
def test_a_role_without_audience(audience, accepting):
    reported = outcome(TOKEN | {"aud": audience})
    assert {server for server, accepted in reported.items() if accepted} == accepting


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        ({"token_policies": "Root"}, False),
        ({"token_policies": "roots"}, True),
        ({"token_bound_cidrs": "10.0.0.0/8"}, True),
        ({"token_bound_cidrs": "10.1.2.4"}, False),
        ({"user_claim": "empty"}, False),
    ],
)
def test_the_core_refuses_after_the_method_has_agreed(fields, accepted):
    assert set(outcome(TOKEN | {"empty": ""}, **fields).values()) == {accepted}


@pytest.mark.parametrize(
    ("fields", "refusing"),
    [
        ({"max_age": -1}, set(Server)),
        ({"token_bound_cidrs": "nowhere"}, set(Server)),
        ({"token_period": "769h"}, set(Server)),
        ({"token_period": "768h"}, set()),
        ({"token_num_uses": -1}, set(Server)),
        ({"num_uses": -1}, set()),
        ({"token_type": "batch", "token_period": "1h"}, set(Server)),
        ({"token_type": "batch", "period": "1h"}, set()),
        ({"ttl": "bad", "token_ttl": "1h"}, set(Server)),
        ({"callback_mode": "device"}, set()),
        ({"callback_mode": "post"}, {"openbao"}),
        ({"oauth2_metadata": ["id_token", "x"]}, {"openbao"}),
        ({"poll_interval": "x"}, {"openbao"}),
        ({"token_strictly_bind_ip": True, "token_bound_cidrs": "10.0.0.0/8"}, {"openbao"}),
        ({"token_strictly_bind_ip": True}, set()),
    ],
)
def test_who_refuses_to_store_the_role(fields, refusing):
    assert {s for s in Server if isinstance(written(BODY | fields, None, s), WriteRefusal)} == refusing


def test_addresses():
    assert is_address("10.0.0.0/99"), "stored as the path of a socket"
    assert not is_address("x")
    assert not admits(("10.0.0.0/99",), "10.0.0.1")
    assert admits(("10.0.0.1:8200", "::1/128"), "10.0.0.1")


@pytest.mark.parametrize(
    ("body", "refusing"),
    [
        ('capabilities = ["read"]', set()),
        ('capabilities = "read"', {"vault", "openbao"}),
        ('capabilities = ["read"]\n required_parameters = "x"', {"vault", "openbao"}),
        ('capabilities = ["read"]\n capabilities = ["list"]', {"vault"}),
        ('capabilities = ["scan"]', {"vault"}),
        ('capabilities = ["recover"]', {"openbao"}),
        ('capabilities = ["deny", "anything"]', set()),
        ('capabilities = ["anything", "deny"]', {"vault", "openbao"}),
        ('policy = "deny"\n capabilities = ["anything"]', set()),
        ('capabilities = ["read"]\n expiration = "1h"', {"vault", "openbao"}),
        ('capabilities = ["read"]\n expiration = "2030-01-01T00:00:00Z"', {"vault"}),
        ('capabilities = ["anything"]\n expiration = "2020-01-01T00:00:00Z"', {"vault"}),
        ('capabilities = ["read"]\n control_group = {}', {"openbao"}),
        ('capabilities = ["read"]\n list_scan_response_keys_filter_path = "{{.key}}"', {"vault", "openbao"}),
        ('capabilities = ["list"]\n list_scan_response_keys_filter_path = "{{.key}}"', {"vault"}),
        ('capabilities = ["list"]\n list_scan_response_keys_filter_path = "all"', {"vault", "openbao"}),
        ('capabilities = ["read"]\n max_wrapping_ttl = "soon"', {"vault", "openbao"}),
        ('capabilities = ["read"]\n min_wrapping_ttl = "1h"\n max_wrapping_ttl = "1m"', {"vault", "openbao"}),
        ('capabilities = ["read"]\n min_wrapping_ttl = "1m"\n max_wrapping_ttl = "1h"', set()),
        ('capabilities = ["read"]\n min_wrapping_ttl = "1h"', set()),
    ],
)
def test_who_refuses_to_store_the_policy(body, refusing):
    (rule,) = read_policy_text("p.hcl", f'path "a/b" {{\n {body}\n}}').rules
    assert {
        server for server in ("vault", "openbao") if rule.refusals.reason(Server(server), NOW)
    } == refusing


def test_a_listing_is_decided_with_the_slash_first_by_openbao():
    text = 'path "kv/*" { capabilities = ["list"] }\npath "kv/a/*" { capabilities = ["deny"] }'
    rules = read_policy_text("p.hcl", text).rules
    assert Acl(rules, Server.VAULT).decide("kv/a/").capabilities == {"list"}
    assert Acl(rules, Server.OPENBAO).decide("kv/a/").capabilities == {"deny"}


@pytest.mark.parametrize(("kind", "severity"), [("", "critical"), ("vault", "critical"), ("openbao", "low")])
def test_switching_an_audit_device_off(kind, severity):
    tree = Tree({"s.sh": "#!/bin/sh\nbao audit disable file\n"}, project=Project(vault_server=kind))
    [finding] = run_rules(Repository(tree)).findings
    assert (finding.rule, finding.severity) == ("audit-weakened", severity)


@pytest.mark.parametrize(
    ("kind", "rule", "words"),
    [
        ("", "policy-privilege-escalation", "On OpenBao (Vault refuses this policy, because `expiration`"),
        ("openbao", "policy-privilege-escalation", "With create on `sys/policies/acl/x`"),
        ("vault", "policy-grants-nothing", "Vault refuses the whole policy, because `expiration`"),
    ],
)
def test_a_message_names_the_server_that_stores_the_policy(kind, rule, words):
    text = (
        'path "sys/policies/acl/x" {\n  capabilities = ["create"]\n  expiration = "2030-01-01T00:00:00Z"\n}\n'
    )
    tree = Tree({"p.hcl": text}, project=Project(vault_server=kind))
    [finding] = run_rules(Repository(tree)).findings
    assert finding.rule == rule
    assert words in finding.message


@pytest.mark.parametrize(
    ("path", "is_refused"),
    [
        ("a/{{identity.entity.id", True),
        ("a}}/{{identity.entity.id}}", True),
        ("{{identity.entity.id}}}}", True),
        ("{{identity.entity.id}}/{{identity.entity.name}}", False),
        ("a{{}}", False),
    ],
)
def test_templates_must_be_closed(path, is_refused):
    (rule,) = read_policy_text("p.hcl", f'path "{path}" {{ capabilities = ["read"] }}').rules
    assert bool(rule.refusals.reason(Server.VAULT)) is is_refused
