"""`sealcheck audit` against a stand-in: what it reads, what it reports, and how it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from urllib3 import HTTPResponse

pytest.importorskip("hvac", reason="the extra `audit` is not installed")

from bot.running import client
from bot.running.access import least_policy
from bot.vault.policies.acl import Acl
from bot.vault.policies.policy_text import read_policy_text
from tests.running.conftest import APP_POLICY, GOOD_ROLE, JWT_AUTH, TWO_DEVICES, Audit
from tests.running.double import TOKEN, VaultDouble

ENGINES = {
    "database": ("roles", "roles", {"db_name": "shop", "creation_statements": ["GRANT ALL"], "max_ttl": 0}),
    "aws": ("roles", "roles", {"credential_type": "iam_user", "policy_arns": ["arn:aws:iam::aws:policy/x"]}),
    "gcp": ("rolesets", "roleset", {"secret_type": "access_token", "bindings": {}}),
    "azure": ("roles", "roles", {"azure_roles": "[]", "max_ttl": 0}),
    "kubernetes": ("roles", "roles", {"allowed_kubernetes_namespaces": ["*"], "token_max_ttl": 0}),
    "pki": ("roles", "roles", {"allow_any_name": True, "max_ttl": 0}),
    "ssh": ("roles", "roles", {"key_type": "ca", "max_ttl": 0}),
}


def test_nothing_is_wrong(audit: Audit, double: VaultDouble):
    found = audit(double)
    assert (found.status, found.err) == (0, "")
    assert found.out == f"no findings in 4 entries of {double.url}.\n"


def test_a_role_is_judged_as_in_a_file(audit: Audit, double: VaultDouble):
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "bound_claims": {"ref": "main"}}
    found = audit(double)
    assert found.status == 1
    assert "`auth/jwt/role/prod-db` in the running Vault: critical[vault-role-without-project]" in found.out
    report = audit(double, "--format", "json").report
    finding = next(each for each in report["findings"] if each["rule"] == "vault-role-without-project")
    assert finding["path"] == "auth/jwt/role/prod-db"
    assert finding["witness"]["accepts"]["project_path"] == "someone-else/app"


def test_the_id_of_a_finding_is_that_of_the_file_but_for_its_path(
    audit: Audit, double: VaultDouble, tmp_path
):
    from click.testing import CliRunner

    from bot.__main__ import main

    loose = {**GOOD_ROLE, "bound_claims": {"ref": "main"}}
    double.data["auth/jwt/role/prod-db"] = loose
    running = audit(double, "--format", "json").report["findings"]
    tmp_path.joinpath("prod-db.json").write_text(json.dumps({k: v for k, v in loose.items() if v}))
    scanned = CliRunner().invoke(main, ["scan", str(tmp_path), "--format", "json"])
    ids = {each["fingerprint"][8:] for each in json.loads(scanned.stdout)["findings"]}
    mine = [each["fingerprint"][8:] for each in running if each["rule"] == "vault-role-without-project"]
    assert mine
    assert set(mine) <= ids


@pytest.mark.parametrize("kind", ENGINES)
def test_roles_of_engines_are_read_and_judged(audit: Audit, double: VaultDouble, kind: str):
    listed, read, role = ENGINES[kind]
    double.data["sys/mounts"] = {f"team/{kind}/": {"type": kind, "config": {"max_lease_ttl": 0}}}
    double.data[f"team/{kind}/{listed}"] = ["deploy"]
    double.data[f"team/{kind}/{read}/deploy"] = role
    report = audit(double, "--format", "json").report
    assert {"path": f"team/{kind}/{read}/deploy", "kind": "engine"} in report["files"]
    if kind in {"database", "azure", "kubernetes", "pki", "ssh"}:
        assert ("engine-long-lease", f"team/{kind}/{read}/deploy") in {
            (each["rule"], each["path"]) for each in report["findings"]
        }


def test_the_mount_s_longest_lease_counts(audit: Audit, double: VaultDouble):
    double.data["sys/mounts"] = {"database/": {"type": "database", "config": {"max_lease_ttl": 3600}}}
    double.data |= {
        "database/roles": ["app"],
        "database/roles/app": {"db_name": "x", "creation_statements": ["s"]},
    }
    assert audit(double).status == 0


AUDITS: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "none": ({}, {("audit-incomplete", "critical")}),
    "one": ({"file/": TWO_DEVICES["file/"]}, {("audit-incomplete", "low")}),
    "two": (TWO_DEVICES, set()),
    "raw": (
        {**TWO_DEVICES, "raw/": {"type": "file", "options": {"file_path": "/r", "log_raw": "true"}}},
        {("audit-weakened", "high")},
    ),
    "accessors": (
        {**TWO_DEVICES, "a/": {"type": "file", "options": {"file_path": "/r", "hmac_accessor": "false"}}},
        {("audit-weakened", "medium")},
    ),
    "nowhere": (
        {**TWO_DEVICES, "null/": {"type": "file", "options": {"file_path": "/dev/null"}}},
        {("audit-weakened", "critical")},
    ),
    "all filter": (
        {
            name: {**device, "options": {**device["options"], "filter": "mount_type == kv"}}
            for name, device in TWO_DEVICES.items()
        },
        {("audit-incomplete", "high")},
    ),
    "one filters": (
        {
            **TWO_DEVICES,
            "few/": {"type": "file", "options": {"file_path": "/r", "filter": "mount_type == kv"}},
        },
        set(),
    ),
    "a fallback": (
        {
            "few/": {"type": "file", "options": {"file_path": "/r", "filter": "mount_type == kv"}},
            "rest/": {"type": "file", "options": {"file_path": "/s", "filter": "x", "fallback": "true"}},
        },
        set(),
    ),
}


@pytest.mark.parametrize("case", AUDITS)
def test_the_audit_log(audit: Audit, double: VaultDouble, case: str):
    double.data["sys/audit"], wanted = AUDITS[case]
    report = audit(double, "--format", "json").report
    assert {(each["rule"], each["severity"]) for each in report["findings"]} == wanted


def test_the_mount_s_tuning_caps_tokens(audit: Audit, double: VaultDouble):
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "token_ttl": 0, "token_explicit_max_ttl": 0}
    assert ("long-token-ttl", "auth/jwt/role/prod-db") in audit(double, "--format", "json").rules
    double.data["sys/auth"] = {"jwt/": {"type": "jwt", "config": {"max_lease_ttl": 3600}}}
    assert audit(double).status == 0


@pytest.mark.parametrize(
    ("version", "plugin", "effect"),
    [
        ("1.21.4", "", "breaks"),
        ("1.14.0", "", "exposes"),
        ("2.0.1", "v2.0.1+builtin.vault", "breaks"),
        ("2.6.2", "v2.6.2+builtin.bao", "breaks"),
    ],
)
def test_roles_are_judged_for_the_server_that_runs(
    audit: Audit, double: VaultDouble, version, plugin, effect
):
    double.health["version"] = version
    double.data["sys/auth"] = {"jwt/": {"type": "jwt", "config": {}, "running_plugin_version": plugin}}
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "bound_audiences": []}
    found = audit(double, "--format", "json").report["findings"]
    assert [each["effect"] for each in found if each["rule"] == "vault-role-without-audience"] == [effect]


def test_a_mount_that_writes_its_values_in_clear(audit: Audit, double: VaultDouble):
    tuned = {"audit_non_hmac_response_keys": ["data"], "max_lease_ttl": 0}
    double.data["sys/mounts"] = {"secret/": {"type": "kv", "config": tuned}}
    assert audit(double, "--format", "json").rules == {("audit-weakened", "sys/mounts/secret")}


APPROLES = {
    "endless": ({"bind_secret_id": True, "token_policies": ["app"]}, "medium"),
    "of an administrator": ({"bind_secret_id": True, "token_policies": ["admin"]}, "high"),
    "with an end": ({"bind_secret_id": True, "secret_id_ttl": 3600}, None),
    "for one use": ({"bind_secret_id": True, "secret_id_num_uses": 1}, None),
    "from one net": ({"bind_secret_id": True, "secret_id_bound_cidrs": ["10.0.0.0/8"]}, None),
    "without secret": ({"bind_secret_id": False, "token_bound_cidrs": ["10.0.0.0/8"]}, None),
}


@pytest.mark.parametrize("case", APPROLES)
def test_an_approle(audit: Audit, double: VaultDouble, case: str):
    role, severity = APPROLES[case]
    double.data["sys/auth"] = {**JWT_AUTH, "approle/": {"type": "approle", "config": {}}}
    double.data |= {"auth/approle/role": ["deploy"], "auth/approle/role/deploy": role}
    double.data["sys/policies/acl"] = ["app", "admin"]
    double.data["sys/policies/acl/admin"] = {
        "policy": 'path "sys/policies/acl/*" { capabilities = ["update"] }'
    }
    found = {
        each["rule"]: each["severity"]
        for each in audit(double, "--format", "json").report["findings"]
        if each["path"].startswith("auth/approle")
    }
    assert found == ({} if severity is None else {"approle-endless-secret": severity})


TOKEN_ROLES = {
    "only refuses": ({"disallowed_policies": ["admin"]}, True),
    "only refuses globs": ({"disallowed_policies_glob": ["adm*"]}, True),
    "allows all": ({"allowed_policies_glob": ["*"]}, True),
    "allows some": ({"allowed_policies": ["app"], "disallowed_policies": ["admin"]}, False),
    "allows some by glob": ({"allowed_policies_glob": ["app-*"], "disallowed_policies": ["x"]}, False),
    "says nothing": ({"orphan": True}, False),
}


@pytest.mark.parametrize("case", TOKEN_ROLES)
def test_a_token_role(audit: Audit, double: VaultDouble, case: str):
    role, flagged = TOKEN_ROLES[case]
    double.data |= {"auth/token/roles": ["ci"], "auth/token/roles/ci": role}
    wanted = {("token-role-any-policy", "auth/token/roles/ci")} if flagged else set()
    assert audit(double, "--format", "json").rules == wanted


def test_only_configuration_is_read_and_nothing_is_written(audit: Audit, double: VaultDouble):
    double.data["sys/mounts"] = {
        f"{kind}/": {"type": kind, "config": {}} for kind in (*ENGINES, "kv", "transit")
    }
    for kind, (listed, read, role) in ENGINES.items():
        double.data |= {f"{kind}/{listed}": ["deploy"], f"{kind}/{read}/deploy": role}
    audit(double)
    assert {method for method, _ in double.requests} == {"GET"}
    paths = [path.removeprefix("/v1/") for _, path in double.requests]
    secret = ("creds", "static-creds", "key", "token", "secret", "sts", "issue", "sign", "config")
    read = [path for path in paths if path.split("/", 1)[0] in (*ENGINES, "kv", "transit")]
    assert read
    assert not [path for path in read if path.split("/")[1] in secret]


def test_what_the_mount_s_configuration_holds_of_its_provider_is_kept_back(audit: Audit, double: VaultDouble):
    marked = "a-planted-value"
    double.data["auth/jwt/config"] |= {
        "provider_config": {"provider": "gsuite", "x": marked},
        "oidc_client_secret": marked,
    }
    double.data["auth/jwt/config"] |= {"bound_issuer": ""}
    for form in ("text", "json", "sarif", "codequality", "gitlab-sast", "junit", "concise"):
        found = audit(double, "--format", form)
        assert "vault-mount-without-issuer" in found.out
        assert marked not in found.out + found.err


def test_the_printed_policy_allows_each_request_and_no_other_path(audit: Audit, double: VaultDouble):
    double.data["sys/mounts"] = {f"my/{kind}/": {"type": kind, "config": {}} for kind in (*ENGINES, "kv")}
    for kind, (listed, read, role) in ENGINES.items():
        double.data |= {f"my/{kind}/{listed}": ["deploy"], f"my/{kind}/{read}/deploy": role}
    acl = Acl(read_policy_text("p.hcl", audit(double, "--policy").out).rules)
    double.requests.clear()
    assert audit(double).status != 2
    for _, path in double.requests:
        bare, _, query = path.removeprefix("/v1/").partition("?")
        if not bare.startswith("sys/health"):
            wanted = "list" if "list=true" in query else "read"
            assert wanted in acl.decide(bare + ("/" if query else "")).capabilities, path
    for path in ("my/kv/data/x", "my/database/creds/deploy", "my/aws/creds/x", "auth/approle/role/x/role-id"):
        assert acl.decide(path).capabilities == {"deny"}


def test_the_policy_without_a_server_is_for_the_usual_mounts(audit: Audit):
    found = audit(None, "--policy", VAULT_TOKEN=None)
    assert found.status == 0
    assert 'path "auth/jwt/role/+" {' in found.out
    for spelling in ("auth/jwt/role", "auth/jwt/role/"):  # OpenBao decides a list by the second
        assert f'path "{spelling}" {{\n  capabilities = ["list"]' in found.out
    assert "VAULT_ADDR names no server" in found.out


def test_the_policy_names_the_mounts_of_each_namespace():
    text = least_policy({"": {"auth/jwt": "jwt"}, "team/": {"db": "database"}}, "")
    acl = Acl(read_policy_text("p.hcl", text).rules)
    assert acl.decide("team/db/roles/x").capabilities == {"read"}
    assert acl.decide("team/auth/jwt/role/x").capabilities == {"deny"}


# --- a server that does not answer as it should -------------------------------------------------------------------


def test_a_limit_is_waited_for(audit: Audit, double: VaultDouble, pauses: list):
    double.limited = {"sys/auth": 2, "auth/jwt/role/prod-db": 1}
    assert audit(double).status == 0
    assert len(pauses) == 3


@pytest.mark.parametrize(("asked", "seconds"), [("2", 2), ("86400", 30)])
def test_a_pause_is_the_one_that_the_server_asks_for_within_bounds(asked: str, seconds: int):
    answer = HTTPResponse(headers={"Retry-After": asked})
    assert client._Patience().get_retry_after(answer) == seconds


def test_a_limit_that_does_not_end_is_named(audit: Audit, double: VaultDouble):
    double.limited = {"auth/jwt/role/prod-db": 1000}
    found = audit(double)
    assert found.status == 2
    assert "`auth/jwt/role/prod-db`" not in found.out
    assert "auth/jwt/role/prod-db: error: not checked: the server limits the rate (429)" in found.out


@pytest.mark.parametrize(
    ("health", "words"),
    [
        ({"sealed": True}, "is sealed: unseal it"),
        ({"initialized": False}, "is not initialised"),
        ({"replication_dr_mode": "secondary"}, "audit its primary"),
    ],
)
def test_a_server_that_serves_nothing(audit: Audit, double: VaultDouble, health: dict, words: str):
    double.health |= health
    found = audit(double)
    assert (found.status, found.out) == (2, "")
    assert words in found.err
    assert len(found.err.splitlines()) == 1


def test_a_server_behind_a_proxy_that_hides_its_health(audit: Audit, double: VaultDouble):
    double.health = {}
    double.hidden = {"sys/health"}
    assert audit(double).status == 0


def test_something_that_is_no_vault(audit: Audit):
    with VaultDouble() as other:
        other.hidden = {"sys/health"}
        found = audit(other)
    assert (found.status, found.out) == (2, "")
    assert "nothing there answers as a Vault" in found.err


def test_a_server_that_is_sealed_behind_such_a_proxy(audit: Audit, double: VaultDouble):
    double.hidden, double.down = {"sys/health"}, True
    found = audit(double)
    assert (found.status, found.out) == (2, "")
    assert "sealed or in maintenance" in found.err


def test_without_the_extra_a_line_says_what_to_install(audit: Audit, double: VaultDouble, monkeypatch):
    monkeypatch.setitem(sys.modules, "hvac", None)
    monkeypatch.delitem(sys.modules, "bot.running.client")
    found = audit(double)
    assert found.status == 1
    assert "an audit needs the extra `audit`" in found.err


def test_a_standby_that_answers_is_as_good(audit: Audit, double: VaultDouble):
    double.health["standby"] = True
    assert audit(double).status == 0


def test_a_standby_names_the_active_node(audit: Audit, double: VaultDouble):
    with VaultDouble() as standby:
        standby.redirect = double.url
        assert audit(standby).status == 0
    assert ("GET", "/v1/auth/jwt/role/prod-db") in double.requests


def test_a_login_at_a_standby_goes_to_the_active_node(audit: Audit, double: VaultDouble):
    with VaultDouble() as standby:
        standby.redirect = double.url
        call = ("--jwt-role", "audit")
        assert audit(standby, *call, VAULT_TOKEN=None, VAULT_ID_TOKEN="an-id-token").status == 0
    assert ("POST", "/v1/auth/jwt/login") in double.requests


def test_nodes_that_name_each_other(audit: Audit, double: VaultDouble):
    with VaultDouble() as standby:
        standby.redirect, double.redirect = double.url, standby.url
        found = audit(standby)
    assert (found.status, found.out) == (2, "")
    assert "names no active node" in found.err


def test_a_part_that_the_token_may_not_read_is_named(audit: Audit, double: VaultDouble):
    double.denied = {"sys/audit", "auth/jwt/role/prod-db"}
    found = audit(double)
    assert found.status == 2
    assert (
        'sys/audit: error: not checked: the token may not read it (permission denied); it needs "read", "sudo"'
        in (found.out)
    )
    assert "auth/jwt/role/prod-db: error: not checked" in found.out
    assert "2 errors: not everything could be checked" in found.out


def test_many_entries_of_one_list_are_named_once(audit: Audit, double: VaultDouble):
    names = [f"r{number}" for number in range(40)]
    double.data["auth/jwt/role"] = names
    double.data |= {f"auth/jwt/role/{name}": GOOD_ROLE for name in names}
    double.denied = {f"auth/jwt/role/{name}" for name in names[:30]}
    found = audit(double, "--format", "json")
    assert found.status == 2
    (error,) = found.report["errors"]
    assert error["path"] == "auth/jwt/role"
    assert error["message"].startswith(
        "not checked: 30 of 40 entries here, like r0: the token may not read it"
    )


def test_a_token_that_the_server_refuses(audit: Audit, double: VaultDouble):
    found = audit(double, VAULT_TOKEN="another")
    assert (found.status, found.out) == (2, "")
    assert "refuses the token" in found.err


def test_what_is_gone_between_the_list_and_the_read_is_left_out(audit: Audit, double: VaultDouble):
    double.data["auth/jwt/role"] = ["prod-db", "just-deleted"]
    assert audit(double).status == 0


def test_a_cel_role_is_judged_by_its_program(audit: Audit, double: VaultDouble):
    closed = 'claims.project_id == "7" && claims.ref_protected == "true" ? pb.Auth{policies: ["app"]} : false'
    opened = 'claims.ref == "main" ? pb.Auth{policies: ["app"]} : false'
    for name, expression in (("closed", closed), ("opened", opened), ("odd", "resolve(claims)")):
        double.data.setdefault("auth/jwt/cel/role", []).append(name)
        program = {"expression": expression}
        double.data[f"auth/jwt/cel/role/{name}"] = {"bound_audiences": ["x"], "cel_program": program}
    found = audit(double, "--format", "json")
    assert found.rules == {("vault-cel-role-open", "auth/jwt/cel/role/opened")}
    notes = audit(double).out
    assert "auth/jwt/cel/role/odd:1: note: the CEL role odd is not checked" in notes
    assert "the policies and the lifetime that the CEL role closed gives are not checked" in notes


def test_a_grant_of_openbao_that_has_expired_grants_nothing(audit: Audit, double: VaultDouble):
    double.health["version"] = "2.6.2"
    for day, rules in {"2020-01-01": {"policy-grants-nothing"}, "2999-01-01": {"policy-whole-mount"}}.items():
        text = f'path "secret/*" {{\n  capabilities = ["read"]\n  expiration = "{day}T00:00:00Z"\n}}\n'
        double.data["sys/policies/acl/app"] = {"name": "app", "policy": text}
        assert {rule for rule, _ in audit(double, "--format", "json").rules} == rules, day


def test_fields_of_a_newer_server_are_no_mistake(audit: Audit, double: VaultDouble):
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "a_field_of_tomorrow": "x"}
    double.data["auth/jwt/config"] |= {"another": True}
    assert audit(double).out == f"no findings in 4 entries of {double.url}.\n"


def test_texts_with_placeholders_are_what_they_are(audit: Audit, double: VaultDouble):
    claims = {"project_id": "7", "ref": "${BRANCH}", "ref_type": "branch", "ref_protected": "true"}
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "bound_claims": claims}
    double.data["auth/jwt/role"] = ["prod-db"]
    report = audit(double, "--format", "json").report
    assert report["errors"] == report["notes"] == []


KV = {
    "version 2": ({"version": "2"}, "secret", True),
    "version 2 below a folder": ({"version": "2"}, "team/secret", True),
    "version 1": ({"version": "1"}, "secret", False),
    "no version": (None, "secret", False),
}


@pytest.mark.parametrize("case", KV)
def test_the_server_says_which_version_a_kv_mount_is(audit: Audit, double: VaultDouble, case: str):
    options, mount, is_dead = KV[case]
    double.data["sys/mounts"] = {f"{mount}/": {"type": "kv", "config": {}, "options": options}}
    # The first of the two would make files' guess version 2, whatever it is.
    policy = APP_POLICY.replace("secret/", f"{mount}/") + APP_POLICY.replace(
        "secret/data/app", f"{mount}/other"
    )
    double.data["sys/policies/acl/app"] = {"policy": policy}
    wanted = {("policy-grants-nothing", "sys/policies/acl/app")} if is_dead else set()
    assert audit(double, "--format", "json").rules == wanted


def test_a_broken_policy_is_named(audit: Audit, double: VaultDouble):
    double.data["sys/policies/acl/app"] = {"policy": 'path "x" {\n  capabilities = ['}
    assert "sys/policies/acl/app" in audit(double).out


# --- namespaces, logins, options ----------------------------------------------------------------------------------


def in_namespace(data: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {f"{prefix}{path}": answer for path, answer in data.items() if path != "sys/audit"}


def test_namespaces_are_read_only_when_asked_for(audit: Audit, double: VaultDouble):
    below = {**double.data, "auth/jwt/role/prod-db": {**GOOD_ROLE, "bound_claims": {"ref": "main"}}}
    double.data |= in_namespace(below, "team/") | in_namespace(below, "team/sub/")
    double.data |= {"sys/namespaces": ["team/"], "team/sys/namespaces": ["sub/"]}
    assert audit(double).status == 0
    found = audit(double, "--recursive", "--format", "json")
    assert {path for rule, path in found.rules if rule == "vault-role-without-project"} == {
        "team/auth/jwt/role/prod-db",
        "team/sub/auth/jwt/role/prod-db",
    }
    ids = [each["fingerprint"] for each in found.report["findings"]]
    assert len(ids) == len(set(ids))


def test_namespaces_that_may_not_be_listed_are_an_error(audit: Audit, double: VaultDouble):
    double.denied = {"sys/namespaces"}
    found = audit(double, "--recursive")
    assert found.status == 2
    assert "sys/namespaces: error: not checked" in found.out


def test_a_login_with_the_job_s_id_token(audit: Audit, double: VaultDouble):
    found = audit(double, "--jwt-role", "audit", VAULT_TOKEN=None, VAULT_ID_TOKEN="an-id-token")
    assert found.status == 0
    assert [each for each in double.requests if each[0] != "GET"] == [("POST", "/v1/auth/jwt/login")]
    assert double.tokens[-1] == TOKEN


def test_a_login_with_a_file_at_another_mount(audit: Audit, double: VaultDouble, tmp_path: Path):
    tmp_path.joinpath("jwt").write_text("an-id-token\n")
    call = ("--jwt-role", "audit", "--jwt-mount", "auth/kubernetes/", "--jwt-file", str(tmp_path / "jwt"))
    assert audit(double, *call, VAULT_TOKEN=None).status == 0
    assert ("POST", "/v1/auth/kubernetes/login") in double.requests


def test_a_login_that_is_refused_does_not_print_the_token(audit: Audit, double: VaultDouble):
    found = audit(double, "--jwt-role", "audit", VAULT_TOKEN=None, VAULT_ID_TOKEN="eyJ-not-the-one")
    assert (found.status, found.out) == (2, "")
    assert "the login as `audit` at auth/jwt fails" in found.err
    assert "eyJ-not-the-one" not in found.err


WRONG = {
    "no address": ((), {"VAULT_ADDR": None}, "VAULT_ADDR is missing"),
    "no URL": ((), {"VAULT_ADDR": "vault.example.com"}, "VAULT_ADDR takes a URL"),
    "no token": ((), {"VAULT_TOKEN": None}, "VAULT_TOKEN is missing"),
    "a token of two words": ((), {"VAULT_TOKEN": "a b"}, "VAULT_TOKEN takes"),
    "no ID token": (("--jwt-role", "x"), {}, "VAULT_ID_TOKEN"),
    "a file without role": (("--jwt-file", "x"), {}, "--jwt-role says as which"),
    "a file that is missing": (("--jwt-role", "x", "--jwt-file", "/no/such"), {}, "--jwt-file /no/such"),
    "no code": (("--against", "/no/such"), {}, "--against /no/such: there is no such file"),
    "no certificates": ((), {"VAULT_CACERT": "/no/such"}, "VAULT_CACERT: there is no file"),
    "no configuration": (("--config", "/no/such"), {}, "--config /no/such"),
    "a baseline without file": (("--write-baseline",), {}, "--write-baseline needs --baseline"),
    "nobody there": ((), {"VAULT_ADDR": "http://127.0.0.1:9"}, "the connection is refused"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call(audit: Audit, double: VaultDouble, case: str):
    arguments, environment, words = WRONG[case]
    found = audit(double, *arguments, **environment)
    assert (found.status, found.out) == (2, "")
    assert words in found.err
    assert len(found.err.splitlines()) == 1


def test_the_token_of_the_home_folder(audit: Audit, double: VaultDouble, tmp_path: Path):
    tmp_path.joinpath(".vault-token").write_text(TOKEN + "\n")
    assert audit(double, VAULT_TOKEN=None).status == 0


def test_openbao_s_own_variables(audit: Audit, double: VaultDouble):
    assert audit(None, VAULT_TOKEN=None, BAO_ADDR=double.url, BAO_TOKEN=TOKEN).status == 0


def test_the_organisation_s_policy_ignores_what_it_names(audit: Audit, double: VaultDouble, tmp_path: Path):
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "bound_claims": {"ref": "main"}}
    tmp_path.joinpath("policy.yml").write_text(
        "ignore:\n  - rule: vault-role-without-project\n    paths: ['auth/jwt/role/*']\n"
        "    reason: moves in spring\n    expires: 2999-01-01\n"
    )
    rules = {
        rule for rule, _ in audit(double, "--format", "json", "--config", str(tmp_path / "policy.yml")).rules
    }
    assert "vault-role-without-project" not in rules


def test_a_baseline_leaves_out_what_it_knows(audit: Audit, double: VaultDouble, tmp_path: Path):
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "bound_claims": {"ref": "main"}}
    call = ("--baseline", str(tmp_path / "known.json"))
    assert audit(double, *call).status == 0
    assert audit(double, *call).status == 0
    double.data["auth/jwt/role"] = ["prod-db", "new"]
    double.data["auth/jwt/role/new"] = {**GOOD_ROLE, "bound_claims": {"ref": "main"}}
    assert audit(double, *call).status == 1


def test_a_proven_fix_comes_as_a_command(audit: Audit, double: VaultDouble):
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "token_explicit_max_ttl": 0, "token_ttl": 0}
    found = audit(double, "--format", "json")
    (finding,) = found.report["findings"]
    assert finding["rule"] == "long-token-ttl"
    assert finding["fix"]["command"] == (
        """echo '{"bound_claims_type": "string", "role_type": "jwt", "token_explicit_max_ttl": "5m"}' """
        "| vault write auth/jwt/role/prod-db -"
    )
    assert finding["fix"]["command"] in audit(double).out


def test_a_comment_in_a_policy_of_the_server_ignores(audit: Audit, double: VaultDouble):
    whole = 'path "secret/*" { # sealcheck: ignore[policy-whole-mount] one team alone\n  capabilities = ["read"]\n}\n'
    double.data["sys/policies/acl/app"] = {"policy": whole}
    report = audit(double, "--format", "json").report
    assert [each["ignored"] for each in report["findings"]] == ["one team alone"]
    double.data["sys/policies/acl/app"] = {"policy": APP_POLICY}
