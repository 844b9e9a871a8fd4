"""`sealcheck audit` against a real OpenBao: its CEL roles, its expired grants, and the policy that the audit prints."""

from __future__ import annotations

from collections.abc import Iterator
from time import time

import pytest

pytest.importorskip("hvac", reason="the extra `audit` is not installed")

from tests.oracle.openbao_server import NO_OPENBAO, OPENBAO, OpenBaoServer
from tests.running.conftest import Audit

pytestmark = pytest.mark.oracle

CLOSED = 'claims.project_id == "7" && claims.ref_protected == "true" ? pb.Auth{policies: ["app"]} : false'
OPENED = 'claims.ref_protected == "true" ? pb.Auth{policies: ["app"]} : false'


@pytest.fixture(scope="module")
def openbao() -> Iterator[OpenBaoServer]:
    if not OPENBAO.exists():
        pytest.skip(NO_OPENBAO)
    with OpenBaoServer() as server:
        server.enable_jwt("jwt", bound_issuer="https://gitlab.example.com")
        for name, expression in (("closed", CLOSED), ("opened", OPENED)):
            body = {"cel_program": {"expression": expression}, "bound_audiences": "x"}
            assert server.write(f"auth/jwt/cel/role/{name}", body).status == 200
        for name, year in (("past", 2020), ("future", 2999)):
            text = f'path "secret/*" {{\n  capabilities = ["read"]\n  expiration = "{year}-01-01T00:00:00Z"\n}}\n'
            assert server.write(f"sys/policies/acl/{name}", {"policy": text}).status == 204
        yield server


def test_what_an_audit_says_of_an_openbao_is_what_it_does(audit: Audit, openbao: OpenBaoServer):
    printed = audit(openbao.address, "--policy", VAULT_TOKEN=openbao.token).out
    assert openbao.write("sys/policies/acl/audit", {"policy": printed}).status == 204
    made = openbao.write("auth/token/create", {"policies": ["audit"], "no_default_policy": True})
    report = audit(openbao.address, "--format", "json", VAULT_TOKEN=made.body["auth"]["client_token"]).report
    assert report["errors"] == []
    found = {(each["rule"], each["path"].rpartition("/")[2]): each for each in report["findings"]}
    assert ("vault-cel-role-open", "opened") in found
    assert ("vault-cel-role-open", "closed") not in found
    assert ("policy-grants-nothing", "past") in found
    assert ("policy-whole-mount", "future") in found
    assert ("policy-whole-mount", "past") not in found

    stranger = found["vault-cel-role-open", "opened"]["witness"]["accepts"]
    now = int(time())
    token = {"iss": "https://gitlab.example.com", "sub": "s", **stranger, "iat": now, "exp": now + 600}
    answers = {}
    for name in ("opened", "closed"):
        login = {"role": name, "jwt": openbao.sign(token)}
        answers[name] = openbao.request("POST", "auth/jwt/cel/login", login, token="").status
    assert answers == {"opened": 200, "closed": 400}
    for name, given in (("past", ["deny"]), ("future", ["read"])):
        made = openbao.write("auth/token/create", {"policies": [name], "no_default_policy": True})
        asked = {"token": made.body["auth"]["client_token"], "paths": ["secret/a"]}
        assert openbao.write("sys/capabilities", asked).body["data"]["secret/a"] == given
