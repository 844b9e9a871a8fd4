"""`sealcheck audit` against a real Vault: the printed policy suffices, and every claim set logs in as the report says."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time, time
from typing import Any

import pytest

pytest.importorskip("hvac", reason="the extra `audit` is not installed")

from tests.oracle.vault_server import VaultServer
from tests.running.conftest import APP_POLICY, Audit, Audited
from tests.running.recorder import Recorder

pytestmark = pytest.mark.oracle

ROLE = {
    "role_type": "jwt",
    "user_claim": "project_id",
    "bound_audiences": "https://vault.example.com",
    "bound_claims": {"project_id": "7", "ref": "main", "ref_type": "branch", "ref_protected": "true"},
    "token_policies": "app",
    "token_ttl": "5m",
    "token_explicit_max_ttl": "5m",
}
ODD = "team/it's odd $x"
SECRET = "planted-in-kv"


def written(server: VaultServer, path: str, body: dict[str, Any]) -> None:
    answer = server.write(path.replace(" ", "%20"), body)
    assert answer.status in {200, 204}, (path, answer)


@pytest.fixture(scope="module")
def filled(vault: VaultServer, tmp_path_factory: pytest.TempPathFactory) -> VaultServer:
    """Something of every kind that is read, and secrets beside it."""
    vault.enable_jwt("jwt", bound_issuer="https://gitlab.example.com")
    vault.enable_jwt(ODD.replace(" ", "%20"), bound_issuer="https://gitlab.example.com")
    written(vault, "auth/jwt/role/good", ROLE)
    written(vault, "auth/jwt/role/open", {**ROLE, "bound_claims": {"ref": "main"}})
    written(vault, f"auth/{ODD}/role/open", {**ROLE, "bound_claims": {"ref": ["main", "wip"]}})
    written(vault, "sys/policies/acl/app", {"policy": APP_POLICY})
    written(vault, "sys/policies/acl/team/nested name", {"policy": APP_POLICY})
    written(vault, "sys/auth/approle", {"type": "approle"})
    written(vault, "auth/approle/role/deploy", {"token_policies": "app"})
    written(vault, "auth/token/roles/ci", {"disallowed_policies": "admin"})
    written(vault, "sys/mounts/db/team", {"type": "database", "config": {"max_lease_ttl": "1h"}})
    written(vault, "db/team/roles/shop", {"db_name": "shop", "creation_statements": "CREATE USER x"})
    log = tmp_path_factory.mktemp("audit") / "audit.log"
    written(vault, "sys/audit/file", {"type": "file", "options": {"file_path": str(log)}})
    raw = {"file_path": str(log) + "2", "log_raw": "true"}
    written(vault, "sys/audit/raw", {"type": "file", "options": raw})
    written(vault, "secret/app", {"password": SECRET})
    written(vault, "cubbyhole/mine", {"password": SECRET})
    return vault


def issued() -> dict[str, Any]:
    """The claims of every token of GitLab's."""
    now = int(time())
    return {"iss": "https://gitlab.example.com", "iat": now, "exp": now + 300, "project_id": "31337"}


def limited(server: VaultServer, policy: str) -> str:
    """A token with this policy, and without Vault's own `default`."""
    written(server, "sys/policies/acl/for-the-audit", {"policy": policy})
    made = server.write(
        "auth/token/create", {"policies": ["for-the-audit"], "no_default_policy": True, "ttl": "10m"}
    )
    return str(made.body["auth"]["client_token"])


def address(server: VaultServer) -> str:
    return f"http://{server._connection.host}:{server._connection.port}"


@pytest.fixture
def audit_real(audit: Audit, filled: VaultServer):
    """`audit_real(*arguments)` with the least policy, and the requests that it made."""
    printed = audit(address(filled), "--policy", VAULT_TOKEN=filled.token)
    assert printed.status == 0
    token = limited(filled, printed.out)

    def call(*arguments: str) -> tuple[Audited, Recorder]:
        with Recorder(address(filled)) as recorder:
            return audit(recorder.url, *arguments, VAULT_TOKEN=token), recorder

    return call


def test_the_printed_policy_suffices(audit_real):
    found, _ = audit_real("--format", "json")
    assert found.report["errors"] == []
    assert found.status == 1
    assert found.rules >= {
        ("vault-role-without-project", "auth/jwt/role/open"),
        ("vault-role-without-project", f"auth/{ODD}/role/open"),
        ("approle-endless-secret", "auth/approle/role/deploy"),
        ("token-role-any-policy", "auth/token/roles/ci"),
        ("audit-weakened", "sys/audit"),
    }
    paths = {path for _, path in found.rules}
    assert "auth/jwt/role/good" not in paths
    assert "sys/policies/acl/for-the-audit" not in paths
    assert {file["path"] for file in found.report["files"]} >= {
        "db/team/roles/shop",
        "sys/policies/acl/team/nested name",
        "sys/policies/acl/default",
    }


def test_no_path_of_the_printed_policy_is_too_much(audit: Audit, filled: VaultServer):
    """Without any of them the audit names something that it could not read; what only OpenBao has stays out."""
    printed = audit(address(filled), "--policy", VAULT_TOKEN=filled.token).out
    blocks = printed.split("\n\n")[1:]
    paths = dict.fromkeys(block.split('"')[1].rstrip("/") for block in blocks)
    for path in paths:
        if path == "sys/namespaces" or path.endswith(("cel/role", "cel/role/+", "static-roles/+")):
            continue  # none of these is there
        left = [block for block in blocks if block.split('"')[1].rstrip("/") != path]
        assert audit(address(filled), VAULT_TOKEN=limited(filled, "\n\n".join(left))).status == 2, path


def test_nothing_is_written_and_no_secret_is_read(audit_real):
    found, recorder = audit_real()
    assert recorder.requests
    assert {method for method, _ in recorder.requests} == {"GET"}
    assert not [path for _, path in recorder.requests if path.startswith(("/v1/secret", "/v1/cubbyhole"))]
    assert SECRET not in found.out + found.err
    assert not [answer for answer in recorder.answers if SECRET.encode() in answer]


def test_nothing_of_the_server_changes(audit_real, filled: VaultServer):
    def state() -> list[str]:
        paths = ("sys/auth", "sys/mounts", "sys/audit", "auth/jwt/role/open", "sys/policies/acl?list=true")
        return [json.dumps(filled.request("GET", path).body.get("data"), sort_keys=True) for path in paths]

    before = state()
    audit_real()
    assert state() == before


def test_the_witness_logs_in(audit_real, filled: VaultServer):
    found, _ = audit_real("--format", "json")
    proofs = [each for each in found.report["findings"] if each["witness"]]
    assert proofs
    for each in proofs:
        mount, _, role = each["path"].removeprefix("auth/").partition("/role/")
        claims = {**issued(), **each["witness"]["accepts"]}
        answer = filled.login(mount.replace(" ", "%20"), role, claims)
        assert answer.status == 200, (each["path"], answer.errors)


def test_the_command_of_a_fix_fixes(audit_real, filled: VaultServer):
    written(filled, "auth/jwt/role/long", {**ROLE, "token_explicit_max_ttl": 0, "token_ttl": 0})
    found, _ = audit_real("--format", "json")
    (finding,) = [each for each in found.report["findings"] if each["path"] == "auth/jwt/role/long"]
    command = finding["fix"]["command"]
    body = json.loads(command.split("'")[1])
    written(filled, command.rsplit(" ", 2)[1], body)
    again, _ = audit_real("--format", "json")
    assert not [each for each in again.report["findings"] if each["path"] == "auth/jwt/role/long"]
    stored = filled.request("GET", "auth/jwt/role/long").body["data"]
    assert stored["bound_claims"] == ROLE["bound_claims"]
    filled.delete("auth/jwt/role/long")


def test_a_claim_set_of_drift_logs_in_at_one_side_alone(audit_real, filled: VaultServer, tmp_path: Path):
    """The running role is looser than the code's: the code's is written beside it, and both are asked."""
    code = {**ROLE, "bound_claims": {**ROLE["bound_claims"], "ref": "main"}}
    tmp_path.joinpath("open.json").write_text(json.dumps(code))
    found, _ = audit_real("--against", str(tmp_path), "--format", "json")
    (finding,) = [
        each
        for each in found.report["findings"]
        if each["rule"] == "vault-drift" and each["path"] == "auth/jwt/role/open"
    ]
    written(filled, "auth/jwt/role/as-in-code", code)
    claims = {**issued(), **finding["witness"]["accepts"]}
    assert filled.login("jwt", "open", claims).status == 200
    assert filled.login("jwt", "as-in-code", claims).status != 200
    filled.delete("auth/jwt/role/as-in-code")


def test_applied_code_is_no_drift(audit_real, filled: VaultServer, tmp_path: Path):
    tmp_path.joinpath("up.sh").write_text(
        f"vault write auth/jwt/role/good - <<'EOF'\n{json.dumps(ROLE)}\nEOF\n"
        f"vault policy write app - <<'EOF'\n{APP_POLICY}EOF\n"
    )
    found, _ = audit_real("--against", str(tmp_path), "--format", "json")
    standings = {each["subject"]: each["standing"] for each in found.report["drift"]}
    assert (standings["role:jwt/good"], standings["policy:app"]) == ("equal", "equal")


def test_a_login_with_an_id_token(audit: Audit, filled: VaultServer):
    printed = audit(address(filled), "--policy", VAULT_TOKEN=filled.token).out
    written(filled, "sys/policies/acl/sealcheck-audit", {"policy": printed})
    written(filled, "auth/jwt/role/audit", {**ROLE, "token_policies": "sealcheck-audit"})
    claims = {**issued(), "aud": "https://vault.example.com", **ROLE["bound_claims"]}
    jwt = filled.sign(claims)
    found = audit(
        address(filled), "--jwt-role", "audit", "--format", "json", VAULT_TOKEN=None, VAULT_ID_TOKEN=jwt
    )
    assert found.report["errors"] == []
    refused = audit(address(filled), "--jwt-role", "nobody", VAULT_TOKEN=None, VAULT_ID_TOKEN=jwt)
    assert (refused.status, refused.out) == (2, "")
    assert jwt not in refused.err
    for path in ("auth/jwt/role/audit", "sys/policies/acl/sealcheck-audit"):
        filled.delete(path)


@pytest.fixture(scope="module")
def large():
    from tests.oracle.vault_server import BINARY, MISSING

    if not BINARY.exists():
        pytest.skip(MISSING)
    with VaultServer() as server:
        server.enable_jwt("jwt", bound_issuer="https://gitlab.example.com")
        for number in range(300):
            claims = {**ROLE["bound_claims"], "project_id": str(number)}
            written(
                server,
                f"auth/jwt/role/r{number}",
                {**ROLE, "bound_claims": claims, "token_policies": f"p{number}"},
            )
            written(
                server, f"sys/policies/acl/p{number}", {"policy": APP_POLICY.replace("app", f"app{number}")}
            )
        yield server


def test_three_hundred_roles_and_policies(audit: Audit, large: VaultServer):
    started = process_time()  # of this process alone: the machine may be busy with others
    found = audit(address(large), "--format", "json", VAULT_TOKEN=large.token)
    assert process_time() - started < 10
    assert len(found.report["files"]) > 600
