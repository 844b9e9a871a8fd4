"""Roles that commands write: from a payload file, from words, from both."""

from __future__ import annotations

import json

import pytest

from bot.repository import Repository
from bot.snapshot import Tree

BODY = {
    "role_type": "jwt",
    "user_claim": "project_id",
    "bound_audiences": ["https://vault.example.com"],
    "bound_claims": {"project_id": "42"},
}


def roles(script, **files):
    tree = Tree(
        {"setup.sh": f"#!/bin/sh\n{script}\n", **{f"{name}.json": text for name, text in files.items()}}
    )
    vault = Repository(tree).vault
    return list(vault.roles), [each.reason for each in vault.unread]


def test_the_words_add_to_the_file():
    [role], unread = roles(
        "vault write auth/ci/role/shop @shop.json token_policies=ops ttl=5m",
        shop=json.dumps(BODY | {"token_policies": ["shop"]}),
    )
    assert not unread
    assert (role.mount, role.name, role.span.path) == ("ci", "shop", "shop.json")
    assert role.value("token_policies") == ["shop", "ops"]
    assert role.value("ttl") == "5m"
    assert role.place("ttl").path == "setup.sh"
    assert role.amend({("token_policies",): ["x"]}) is None
    assert role.amend({("bound_claims", "project_id"): "43"}) is not None


def test_a_file_without_marks_is_a_role_all_the_same():
    [role], _ = roles("vault write auth/jwt/role/shop @shop.json", shop='{"policies": "shop", "ttl": "1h"}')
    assert role.value("policies") == "shop"


def test_a_missing_file_is_reported():
    found, unread = roles("vault write auth/jwt/role/shop @gone.json token_policies=x")
    assert not found
    assert unread == ["the role shop is written from gone.json, which is not in the repository: not checked"]


def test_a_pipe_from_another_program_is_reported():
    found, unread = roles("jq -n . | vault write auth/jwt/role/shop -")
    assert not found
    assert "piped" in unread[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.sh", "#!/bin/sh\nbao write auth/jwt/cel/role/shop cel_program=@p.json bound_audiences=x\n"),
        ("setup.sh", "#!/bin/sh\ncurl -d '{\"cel_program\": {}}' $BAO_ADDR/v1/auth/jwt/cel/role/shop\n"),
        ("vault/roles/shop.json", '{"bound_audiences": ["x"], "cel_program": {"expression": "true"}}'),
        (
            "bao.tf",
            (
                'resource "vault_generic_endpoint" "r" {\n  path = "auth/jwt/cel/role/shop"\n'
                '  data_json = jsonencode({ cel_program = { expression = "true" } })\n}\n'
            ),
        ),
        (
            "bao.hcl",
            (
                'initialize "a" {\n  request "r" {\n    operation = "update"\n    path = "auth/jwt/cel/role/shop"\n'
                '    data = { bound_audiences = ["x"] }\n  }\n}\n'
            ),
        ),
    ],
)
def test_cel_roles_are_named_as_not_checked(name, text):
    vault = Repository(Tree({name: text})).vault
    assert not vault.roles
    [note] = vault.unread
    assert "the CEL role shop" in note.reason
    assert "not checked" in note.reason


def test_self_initialisation():
    text = """initialize "first" {
  request "role" {
    operation = "update"
    path = "auth/jwt/role/shop"
    data = {
      role_type = "jwt"
      user_claim = "project_id"
      bound_claims = { project_id = "42" }
    }
  }
  request "audit" {
    operation = "update"
    path = "sys/audit/file"
    data = { type = "file", options = { file_path = "stdout", log_raw = "true" } }
  }
}
"""
    vault = Repository(Tree({"bao.hcl": text})).vault
    [role], [device] = vault.roles, vault.audits
    assert (role.mount, role.name, role.value("bound_claims")) == ("jwt", "shop", {"project_id": "42"})
    assert role.place("bound_claims").start_line == 8
    assert (device.path, device.type, device.option("log_raw")) == ("file", "file", "true")


def test_roles_of_other_methods_are_left_alone():
    found, _ = roles(
        "vault write auth/k8s-prod/role/app bound_service_account_names=a audience=b policies=app"
    )
    assert not found
    found, _ = roles("vault write auth/approle/role/app policies=app")
    assert not found
    found, _ = roles("vault write auth/kubernetes/role/app role_type=jwt bound_audiences=a user_claim=sub")
    assert [role.name for role in found] == ["app"]


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("vault write auth/jwt/role/r{} bound_claims=x", "vault"),
        ("gcloud iam workload-identity-pools create-cred-config pool-{}", "clouds"),
    ],
)
def test_more_commands_than_a_document_shows_as_examples_are_reported_unread(command, part):
    def read(count):
        text = "# `vault policy list`\n" + "".join(
            f"```sh\n{command.format(number)}\n```\n" for number in range(count)
        )
        return getattr(Repository(Tree({"README.md": text})), part)

    assert not read(200).unread
    crowded = read(1_500)
    assert [each.path for each in crowded.unread] == ["README.md"]
    assert "more than 50,000 characters of commands; split the document" in crowded.unread[0].reason
    if part == "vault":
        assert len(read(200).roles) == 200
        assert not crowded.roles
