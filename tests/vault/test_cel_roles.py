"""CEL roles: which results of a program log in, and which programs cannot be judged."""

from __future__ import annotations

import json

import pytest

from bot.repository import Repository
from bot.snapshot import Tree

AUTH = "pb.Auth{policies: ['app'], display_name: claims.project_path}"
CLAIMS = {"project_id": "42", "project_path": "shop/app", "groups_direct": ["a", "b"]}


def role(expression, **variables):
    program = {
        "expression": expression,
        "variables": [{"name": name, "expression": text} for name, text in variables.items()],
    }
    body = {"bound_audiences": "a, b", "cel_program": program}
    [found] = Repository(Tree({"auth/jwt/cel/role/app.json": json.dumps(body)})).vault.cel_roles
    return found


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [
        (f"claims.project_id == '42' ? {AUTH} : false", True),
        (f"claims.project_id == '43' ? {AUTH} : 'another project'", False),
        ("claims.project_id == '42'", False),
        ("true", False),
        (f"claims.missing == 'x' ? {AUTH} : false", False),
        (f"claims.groups_direct.exists(g, g == 'b') ? {AUTH} : false", True),
        (f"now > 3 ? {AUTH} : false", None),
        (f"claims.project_id.unheard_of() ? {AUTH} : false", None),
        ("claims.project_id ==", None),
        ("pb.Other{}", False),
    ],
)
def test_only_an_auth_logs_in(expression, accepted):
    assert role(expression).accepts(CLAIMS) is accepted


def test_variables_rest_on_those_before_them():
    found = role(f"both ? {AUTH} : false", mine="claims.project_id == '42'", both="mine && 1 < 2")
    assert found.accepts(CLAIMS)
    assert dict(found.compared()) == {"project_id": "42"}
    assert found.audiences == ("a", "b")
    assert (found.mount, found.name) == ("jwt", "app")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("r.sh", f"bao write auth/jwt/cel/role/app cel_program='{json.dumps({'expression': 'false'})}'\n"),
        (
            "r.sh",
            "curl -d '"
            + json.dumps({"cel_program": {"expression": "false"}})
            + "' $BAO_ADDR/v1/auth/jwt/cel/role/app\n",
        ),
        (
            "r.tf",
            (
                'resource "vault_generic_endpoint" "r" {\n  path = "auth/jwt/cel/role/app"\n'
                '  data_json = jsonencode({ cel_program = { expression = "false" } })\n}\n'
            ),
        ),
        (
            "r.hcl",
            (
                'initialize "auth" {\n  request "role" {\n    operation = "update"\n    path = "auth/jwt/cel/role/app"\n'
                '    data = { cel_program = { expression = "false" } }\n  }\n}\n'
            ),
        ),
    ],
)
def test_every_form(path, text):
    [found] = Repository(Tree({path: text})).vault.cel_roles
    assert (found.mount, found.name, found.accepts({})) == ("jwt", "app", False)
