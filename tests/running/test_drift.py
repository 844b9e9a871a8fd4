"""The running server against the code: by meaning, with a claim set where one side accepts more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("hvac", reason="the extra `audit` is not installed")

from tests.running.conftest import APP_POLICY, GOOD_ROLE, Audit
from tests.running.double import VaultDouble

WRITTEN = {key: value for key, value in GOOD_ROLE.items() if value and key != "token_type"}


def terraform(role: dict[str, Any]) -> str:
    listed = {"bound_audiences", "token_policies"}
    lines = [
        f"  {name} = {json.dumps(value if name in listed or isinstance(value, int) else str(value))}"
        for name, value in role.items()
        if name != "bound_claims"
    ]
    claims = "\n".join(f"    {name} = {json.dumps(value)}" for name, value in role["bound_claims"].items())
    body = "\n".join([*lines, "  bound_claims = {", claims, "  }"])
    return f'resource "vault_jwt_auth_backend_role" "prod" {{\n  backend = "jwt"\n  role_name = "prod-db"\n{body}\n}}\n'


def code_in(folder: Path, role: str | None = None, policy: str | None = APP_POLICY, **more: str) -> Path:
    folder.mkdir(exist_ok=True)
    if policy is not None:
        folder.joinpath("app.hcl").write_text(policy)
    if role is not None:
        folder.joinpath("roles.tf").write_text(role)
    for name, text in more.items():
        folder.joinpath(name.replace("__", ".")).write_text(text)
    return folder


def drift(audit: Audit, double: VaultDouble, code: Path) -> dict[str, dict[str, Any]]:
    """The report's drift by subject, without the mount and the devices, of which the code says nothing."""
    report = audit(double, "--against", str(code), "--format", "json").report
    return {each["subject"]: each for each in report["drift"] if each["kind"] in {"role", "policy"}}


def found(audit: Audit, double: VaultDouble, code: Path, subject: str) -> dict[str, Any]:
    report = audit(double, "--against", str(code), "--format", "json").report
    return next(
        each for each in report["findings"] if each["rule"] == "vault-drift" and each["subject"] == subject
    )


FORMS = {
    "terraform": {"role": terraform(WRITTEN)},
    "a payload file": {"prod-db__json": json.dumps(WRITTEN)},
    "a command": {
        "up__sh": f"vault write auth/jwt/role/prod-db - <<'EOF'\n{json.dumps(WRITTEN)}\nEOF\n",
    },
    "other words for the same": {
        "up__sh": "vault write auth/jwt/role/prod-db - <<'EOF'\n"
        + json.dumps(
            {
                "role_type": "jwt",
                "user_claim": "project_id",
                "bound_audiences": "https://vault.example.com",
                "bound_claims": {name: [value] for name, value in GOOD_ROLE["bound_claims"].items()},
                "policies": "app",
                "ttl": "5m",
                "token_explicit_max_ttl": "5m",
            }
        )
        + "\nEOF\n",
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_in_any_form_is_equal(audit: Audit, double: VaultDouble, tmp_path: Path, form: str):
    compared = drift(audit, double, code_in(tmp_path / "code", **FORMS[form]))
    assert {subject: each["standing"] for subject, each in compared.items()} == {
        "role:jwt/prod-db": "equal",
        "policy:app": "equal",
    }


LOOSER = {
    "no ref": ({"bound_claims": {"project_id": "7"}}, "Vault does not bind `ref`", True),
    "another ref too": (
        {"bound_claims": {**GOOD_ROLE["bound_claims"], "ref": ["main", "wip"]}},
        "Vault accepts more values of `ref`",
        True,
    ),
    "no audience": (
        {"bound_audiences": ["https://vault.example.com", "x"]},
        "Vault accepts the audience `x` too",
        True,
    ),
    "another policy": ({"token_policies": ["app", "admin"]}, "Vault gives the policy admin too", False),
    "longer": ({"token_explicit_max_ttl": 86400}, "Vault gives tokens that may live longer", False),
}


@pytest.mark.parametrize("case", LOOSER)
def test_a_server_that_accepts_more(audit: Audit, double: VaultDouble, tmp_path: Path, case: str):
    change, words, proven = LOOSER[case]
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, **change}
    finding = found(audit, double, code_in(tmp_path / "code", terraform(WRITTEN)), "role:jwt/prod-db")
    assert words in finding["message"]
    assert finding["severity"] == ("high" if proven else "medium")
    assert finding["path"] == "auth/jwt/role/prod-db"
    assert (finding["witness"] is not None) is proven
    if proven:
        story = "logs in with the role of the running Vault and not with that of the code."
        assert finding["witness"]["story"].endswith(story)


def test_a_server_that_accepts_less(audit: Audit, double: VaultDouble, tmp_path: Path):
    wider = {**WRITTEN, "bound_claims": {**GOOD_ROLE["bound_claims"], "ref": "wip"}}
    finding = found(audit, double, code_in(tmp_path / "code", terraform(wider)), "role:jwt/prod-db")
    assert "the code accepts more values of `ref`" in finding["message"]
    # The server accepts `main`, which the code does not: both are looser than the other.
    assert finding["severity"] == "high"
    narrower = {**WRITTEN, "bound_claims": {"project_id": "7", "ref": "main"}}
    finding = found(audit, double, code_in(tmp_path / "code", terraform(narrower)), "role:jwt/prod-db")
    assert (finding["severity"], finding["effect"]) == ("low", "breaks")
    assert "the code does not bind `ref_type`" in finding["message"]


def test_a_field_that_lets_in_neither_more_nor_less(audit: Audit, double: VaultDouble, tmp_path: Path):
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "user_claim": "sub"}
    finding = found(audit, double, code_in(tmp_path / "code", terraform(WRITTEN)), "role:jwt/prod-db")
    assert "user_claim is `sub` in Vault and `project_id` in the code" in finding["message"]
    assert finding["severity"] == "low"


def test_only_in_vault_says_how_to_adopt_and_remove(audit: Audit, double: VaultDouble, tmp_path: Path):
    finding = found(audit, double, code_in(tmp_path / "code"), "role:jwt/prod-db")
    assert "exists only in the running Vault" in finding["message"]
    assert "`vault delete auth/jwt/role/prod-db`" in finding["message"]
    assert (finding["severity"], finding["effect"]) == ("medium", "weakens")


def test_only_in_code_stands_in_the_code(audit: Audit, double: VaultDouble, tmp_path: Path):
    other = terraform(WRITTEN).replace("prod-db", "staging")
    finding = found(audit, double, code_in(tmp_path / "code", other), "role:jwt/staging")
    assert (finding["path"], finding["line"], finding["severity"]) == ("roles.tf", 1, "low")


def test_a_value_that_the_code_fills_in_is_not_compared(audit: Audit, double: VaultDouble, tmp_path: Path):
    unknown = terraform(WRITTEN).replace('"7"', "var.project_id")
    code = code_in(tmp_path / "code", unknown)
    assert drift(audit, double, code)["role:jwt/prod-db"]["standing"] == "not-compared"
    assert "role:jwt/prod-db was not compared: the code fills in bound_claims from elsewhere" in (
        audit(double, "--against", str(code)).out
    )


def test_a_payload_file_s_mount_is_where_its_role_is(audit: Audit, double: VaultDouble, tmp_path: Path):
    double.data["sys/auth"] = {"gitlab/": {"type": "jwt", "config": {}}}
    double.data["auth/gitlab/role"] = ["prod-db"]
    double.data["auth/gitlab/role/prod-db"] = GOOD_ROLE
    double.data["auth/gitlab/config"] = double.data["auth/jwt/config"]
    code = code_in(tmp_path / "code", **{"prod-db__json": json.dumps(WRITTEN)})
    assert drift(audit, double, code)["role:gitlab/prod-db"]["standing"] == "equal"


POLICIES = {
    "more words": (
        'path "secret/data/app/*" {\n  capabilities = ["read", "update"]\n}\n',
        "Vault grants update at",
        "high",
    ),
    "fewer words": (
        'path "secret/data/app/*" {\n  capabilities = ["deny"]\n}\n',
        "only the code grants read at",
        "low",
    ),
    "another path": (
        APP_POLICY + 'path "secret/data/ops/prod" {\n  capabilities = ["read"]\n}\n',
        "Vault grants read at `secret/data/ops/prod` too",
        "high",
    ),
    "a hole in it": (
        APP_POLICY + 'path "secret/data/app/private" {\n  capabilities = ["deny"]\n}\n',
        "only the code grants read at `secret/data/app/private`",
        "low",
    ),
    "parameters": (
        'path "secret/data/app/*" {\n  capabilities = ["read"]\n  required_parameters = ["x"]\n}\n',
        "the parameters allowed at `secret/data/app/*` are not the same",
        "low",
    ),
}


@pytest.mark.parametrize("case", POLICIES)
def test_a_policy_that_grants_something_else(audit: Audit, double: VaultDouble, tmp_path: Path, case: str):
    text, words, severity = POLICIES[case]
    double.data["sys/policies/acl/app"] = {"policy": text}
    finding = found(audit, double, code_in(tmp_path / "code", terraform(WRITTEN)), "policy:app")
    assert words in finding["message"]
    assert finding["severity"] == severity


SAME = {
    "json": '{"path": {"secret/data/app/*": {"capabilities": ["read"]}}}',
    "the old word": 'path "secret/data/app/*" {\n  capabilities = ["read"]\n}\n# a comment\n',
    "two blocks": 'path "secret/data/app/*" { capabilities = ["read"] }\npath "/secret/data/app/x" { capabilities = ["read"] }\n',
}


@pytest.mark.parametrize("case", SAME)
def test_a_policy_in_other_words_is_equal(audit: Audit, double: VaultDouble, tmp_path: Path, case: str):
    double.data["sys/policies/acl/app"] = {"policy": SAME[case]}
    code = code_in(tmp_path / "code", terraform(WRITTEN))
    assert drift(audit, double, code)["policy:app"]["standing"] == "equal"


def test_wildcards_that_overlap_are_distinguished(audit: Audit, double: VaultDouble, tmp_path: Path):
    both = 'path "a/+/c" { capabilities = ["read"] }\npath "a/b/+" { capabilities = ["list"] }\n'
    double.data["sys/policies/acl/app"] = {"policy": both + 'path "a/b/c" { capabilities = ["update"] }\n'}
    finding = found(audit, double, code_in(tmp_path / "code", policy=both), "policy:app")
    assert "Vault grants update at `a/b/c` too" in finding["message"]


def test_the_server_s_own_policies_are_no_drift(audit: Audit, double: VaultDouble, tmp_path: Path):
    double.data["sys/policies/acl"] = ["app", "default", "root"]
    double.data["sys/policies/acl/default"] = {
        "policy": 'path "auth/token/lookup-self" { capabilities = ["read"] }'
    }
    assert "policy:default" not in drift(audit, double, code_in(tmp_path / "code"))


def test_mounts_engines_and_devices(audit: Audit, double: VaultDouble, tmp_path: Path):
    double.data["sys/mounts"] = {"database/": {"type": "database", "config": {}}}
    double.data |= {
        "database/roles": ["same", "other", "loose"],
        "database/roles/same": {
            "db_name": "shop",
            "creation_statements": ["GRANT"],
            "default_ttl": 3600,
            "max_ttl": 7200,
        },
        "database/roles/other": {
            "db_name": "shop",
            "creation_statements": ["GRANT"],
            "default_ttl": 60,
            "max_ttl": 7200,
        },
        "database/roles/loose": {
            "db_name": "shop",
            "creation_statements": ["GRANT"],
            "default_ttl": 60,
            "max_ttl": 60,
        },
    }
    roles = "".join(
        f'resource "vault_database_secret_backend_role" "{name}" {{\n  name = "{name}"\n  backend = "database"\n'
        '  db_name = "shop"\n  creation_statements = ["GRANT"]\n  default_ttl = 3600\n  max_ttl = 7200\n}\n'
        for name in ("same", "other", "planned")
    )
    mount = (
        'resource "vault_jwt_auth_backend" "jwt" {\n  path = "jwt"\n  oidc_discovery_url = "https://gitlab.example.com"\n'
        '  bound_issuer = "https://other.example.com"\n}\n'
    )
    device = 'resource "vault_audit" "file" {\n  type = "file"\n  options = { file_path = "/var/log/vault.log" }\n}\n'
    code = code_in(tmp_path / "code", terraform(WRITTEN), more__tf=roles + mount + device)
    report = audit(double, "--against", str(code), "--format", "json").report
    assert {each["subject"]: each["standing"] for each in report["drift"]} == {
        "role:jwt/prod-db": "equal",
        "policy:app": "equal",
        "mount:jwt": "different",
        "engine-role:database/same": "equal",
        "engine-role:database/other": "different",
        "engine-role:database/loose": "only-in-vault",
        "engine-role:database/planned": "only-in-code",
        "audit:file": "equal",
        "audit:socket": "only-in-vault",
    }


@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "codequality", "gitlab-sast", "junit"])
def test_drift_is_in_every_format(audit: Audit, double: VaultDouble, tmp_path: Path, form: str):
    printed = audit(double, "--against", str(code_in(tmp_path / "code")), "--format", form)
    assert printed.status == 1
    assert "vault-drift" in printed.out
    assert "auth/jwt/role/prod-db" in printed.out


def test_a_file_of_the_code_that_cannot_be_read_is_an_error(
    audit: Audit, double: VaultDouble, tmp_path: Path
):
    code = code_in(tmp_path / "code", terraform(WRITTEN), broken__json='{"bound_claims": {')
    printed = audit(double, "--against", str(code))
    assert printed.status == 2
    assert "broken.json:1: error: not JSON" in printed.out


def test_the_summary_counts(audit: Audit, double: VaultDouble, tmp_path: Path):
    printed = audit(double, "--against", str(code_in(tmp_path / "code", terraform(WRITTEN)))).out
    assert "against the code: 2 equal, 3 not-compared" in printed
    assert "not compared: the code writes no audit device" in printed


ROLE_FOR_EACH = """\
resource "vault_jwt_auth_backend_role" "each" {
  for_each    = var.roles
  backend     = "jwt"
  role_name   = NAME
  role_type   = "jwt"
  user_claim  = "project_id"
  bound_claims = { project_id = each.value }
}
"""


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("each.key", "not-compared"),
        ('"${each.key}-db"', "not-compared"),
        ('"prod-${var.x}"', "not-compared"),
        ('"${each.key}-api"', "only-in-vault"),
    ],
)
def test_a_name_that_the_code_fills_in(
    audit: Audit, double: VaultDouble, tmp_path: Path, name: str, standing: str
):
    code = code_in(tmp_path / "code", ROLE_FOR_EACH.replace("NAME", name))
    compared = drift(audit, double, code)
    assert {subject: each["standing"] for subject, each in compared.items()} == {
        "role:jwt/prod-db": standing,
        "policy:app": "equal",
    }


@pytest.mark.parametrize("name", ["var.name", '"${var.team}-policy"'])
def test_a_policy_of_such_a_name(audit: Audit, double: VaultDouble, tmp_path: Path, name: str):
    text = f'resource "vault_policy" "p" {{\n  name = {name}\n  policy = "path \\"x\\" {{}}"\n}}\n'
    code = code_in(tmp_path / "code", terraform(WRITTEN) + text, policy=None)
    standing = drift(audit, double, code)["policy:app"]["standing"]
    assert standing == ("not-compared" if name == "var.name" else "only-in-vault")


def test_one_of_several_of_the_same_name_is_enough(audit: Audit, double: VaultDouble, tmp_path: Path):
    code = code_in(tmp_path / "code", policy=None)
    for stage, path in (("dev", "secret/data/dev/*"), ("prod", "secret/data/app/*")):
        (code / stage).mkdir()
        (code / stage / "app.hcl").write_text(f'path "{path}" {{\n  capabilities = ["read"]\n}}\n')
    assert drift(audit, double, code)["policy:app"]["standing"] == "equal"


def test_a_file_s_name_may_say_what_it_is(audit: Audit, double: VaultDouble, tmp_path: Path):
    code = code_in(tmp_path / "code", policy=None, **{"app-policy__hcl": APP_POLICY})
    assert drift(audit, double, code)["policy:app"]["standing"] == "equal"


def test_what_could_not_be_read_there_is_not_only_in_the_code(
    audit: Audit, double: VaultDouble, tmp_path: Path
):
    code = code_in(tmp_path / "code", terraform(WRITTEN))
    for denied in ("auth/jwt/role", "auth/jwt/role/prod-db", "sys/auth"):
        double.denied = {denied}
        printed = audit(double, "--against", str(code), "--format", "json")
        standings = {each["subject"]: each["standing"] for each in printed.report["drift"]}
        assert standings["role:jwt/prod-db"] == "not-compared", denied
        assert printed.status == 2
        assert len(printed.report["errors"]) == 1


def test_each_namespace_is_compared_with_the_code_that_names_it(
    audit: Audit, double: VaultDouble, tmp_path: Path
):
    below = {f"team/{path}": answer for path, answer in double.data.items() if path != "sys/audit"}
    other = {f"other/{path}": answer for path, answer in double.data.items() if path != "sys/audit"}
    below["team/auth/jwt/role/prod-db"] = {**GOOD_ROLE, "bound_claims": {"project_id": "8", "ref": "main"}}
    double.data |= below | other | {"sys/namespaces": ["other/", "team/"]}
    body = json.dumps(WRITTEN)
    lines = [
        f"vault write {option}auth/jwt/role/prod-db - <<EOF\n{body}\nEOF\n"
        for option in ("", "-namespace=team ")
    ]
    lines += [f"vault policy write -namespace=team app - <<EOF\n{APP_POLICY}EOF\n"]
    code = code_in(tmp_path / "code", up__sh="".join(lines))
    report = audit(double, "--against", str(code), "--recursive", "--format", "json").report
    standing = [
        (each["subject"], each["standing"]) for each in report["drift"] if each["kind"] in {"role", "policy"}
    ]
    assert sorted(standing) == [
        ("policy:app", "equal"),
        ("policy:app", "equal"),
        ("role:jwt/prod-db", "different"),
        ("role:jwt/prod-db", "equal"),
    ]
    assert any(
        "the code writes nothing for the namespace other" in each["message"] for each in report["notes"]
    )
