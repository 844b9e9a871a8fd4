"""A new entry looks like those beside it."""

from __future__ import annotations

import pytest

from bot.fixes import apply_edits
from bot.repository import Repository
from bot.snapshot import Tree

TERRAFORM = (
    'resource "vault_jwt_auth_backend_role" "r" {\n  role_name = "r"\n  bound_claims = {\n%s\n  }\n}\n'
)
YAML = "vault_jwt_roles:\n  - name: r\n    role_type: jwt\n    bound_claims:\n%s\n"
JSON = '{\n  "role_type": "jwt",\n  "bound_claims": %s\n}\n'


def amended(path, text, changes=None):
    [role] = Repository(Tree({path: text})).vault.roles
    edits = role.amend(changes or {("bound_claims", "ref_protected"): "true"})
    return apply_edits(text, edits)


@pytest.mark.parametrize(
    ("claims", "line"),
    [
        ('    project_id = "42"\n    ref = "main"', '    ref_protected = "true"\n'),
        ('    "project_id": "42",\n    "ref": "main",', '    "ref_protected": "true",\n'),
        ('    "project_id": "42",\n    "ref": "main"', '    "ref": "main",\n    "ref_protected": "true"\n'),
        ('    "project_id" = "42"\n    "ref" = "main"', '    "ref_protected" = "true"\n'),
        ('    project_id = "42",\n    ref = "main",', '    ref_protected = "true",\n'),
        ('    project_id    = "42"\n    ref           = "main"', '    ref_protected = "true"\n'),
        ('    project_id       = "42"\n    ref              = "main"', '    ref_protected    = "true"\n'),
        ('    project_id="42"\n    ref="main"', '    ref_protected="true"\n'),
    ],
)
def test_terraform(claims, line):
    assert line in amended("r.tf", TERRAFORM % claims)


@pytest.mark.parametrize(
    ("claims", "line"),
    [
        ('      project_id: "42"\n      ref: main', '      ref_protected: "true"\n'),
        ("      project_id: '42'\n      ref: 'main'", "      ref_protected: 'true'\n"),
        ("      'project_id': '42'\n      'ref': 'main'", "      'ref_protected': 'true'\n"),
        ('      "project_id": "42"\n      "ref": "main"', '      "ref_protected": "true"\n'),
        ('      project_id: "42"\n      ref:        main', '      ref_protected: "true"\n'),
    ],
)
def test_yaml(claims, line):
    made = amended("roles.yaml", YAML % claims)
    assert line.replace(": ", ":").replace(" ", "") in made.replace(" ", "")
    assert made.count("ref_protected") == 1


def test_json():
    assert '{"project_id":"42","ref":"main","ref_protected":"true"}' in amended(
        "r.json", JSON % '{"project_id":"42","ref":"main"}'
    )
    assert '{"project_id": "42", "ref": "main", "ref_protected": "true"}' in amended(
        "r.json", JSON % '{"project_id": "42", "ref": "main"}'
    )


def test_words():
    script = (
        "#!/bin/sh\nvault write auth/jwt/role/r role_type=jwt bound_audiences=a user_claim=sub token_ttl=1h\n"
    )
    assert " token_ttl=1h token_explicit_max_ttl=5m\n" in amended(
        "s.sh", script, {("token_explicit_max_ttl",): "5m"}
    )
    quoted = script.replace("=1h", '="1h"')
    assert ' token_explicit_max_ttl="5m"\n' in amended("s.sh", quoted, {("token_explicit_max_ttl",): "5m"})


def test_a_replaced_value_keeps_its_quotes():
    made = amended("roles.yaml", YAML % "      project_id: '42'", {("bound_claims", "project_id"): "43"})
    assert "project_id: '43'" in made


def test_a_key_wider_than_the_column_keeps_a_blank():
    made = amended(
        "r.tf",
        'resource "vault_jwt_auth_backend_role" "r" {\n  role_name  = "r"\n  user_claim = "sub"\n  role_type  = "jwt"\n}\n',
        {("token_explicit_max_ttl",): "5m"},
    )
    assert '  token_explicit_max_ttl = "5m"\n' in made


def test_acronyms_of_an_operator():
    made = amended(
        "role.yaml",
        "apiVersion: redhatcop.redhat.io/v1alpha1\nkind: JWTOIDCAuthEngineRole\nmetadata: {name: r}\nspec:\n  name: r\n"
        '  roleType: jwt\n  userClaim: sub\n  boundClaims: {project_id: "4"}\n  tokenMaxTTL: 1h\n',
        {("token_explicit_max_ttl",): "5m"},
    )
    assert "  tokenExplicitMaxTTL: " in made
