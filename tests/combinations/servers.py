"""What a running Vault holds, entry by entry; and the audit devices that files set up, in every form."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from bot.snapshot import EntryPart, ServerEntry
from tests.combinations.roles import GOOD
from tests.combinations.tables import Case
from tests.combinations.texts import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DEVICE_OPTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    *(("file", {"log_raw": value}) for value in ("true", "TRUE", "t", "1", "false", "tRUE", "on", "${RAW}")),
    *(("file", {"hmac_accessor": value}) for value in ("false", "False", "0", "F", "true", "")),
    *(("file", {"file_path": value}) for value in ("/dev/null", "Discard", "stdout", "/var/log/null")),
    *(("file", {"path": value}) for value in ("/dev/null", "audit")), ("file", {"path": "/dev/null", "file_path": "/x"}),
    *(("http", {"uri": value}) for value in (
        "http://logs.example.com", "https://logs.example.com", "http://localhost:9", "http://127.0.0.1:9", "http://[::1]:9", "http://127x.example.com", "${URI}",
    )),
    ("http", {"address": "http://logs.example.com"}), ("http", {"address": "10.0.0.1:9"}), ("http", {"address": "https://a", "uri": "http://b"}),
    ("socket", {"address": "http://logs.example.com"}), ("syslog", {"facility": "AUTH"}),
    *(("file", {"mode": value}) for value in ("0600", "0640", "0644", "644", "0604", "0777", "0000", "44", "${MODE}")),
    ("file", {"log_raw": "true", "hmac_accessor": "false", "file_path": "discard", "mode": "0666"}), ("", {"log_raw": "true"}),
)  # fmt: skip


def _hcl_lines(fields: Mapping[str, str], indent: str) -> str:
    return "".join(f"{indent}{name} = {json.dumps(value)}\n" for name, value in fields.items())


def _audit_forms(kind: str, options: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    words = " ".join(f"{name}={value!r}" for name, value in options.items())
    yield "a command", {"s.sh": f"vault audit enable -path=log {kind} {words}\n"}
    inner = f"  options = {{\n{_hcl_lines(options, '    ')}  }}\n"
    yield "Terraform", {"a.tf": f'resource "vault_audit" "a" {{\n  type = "{kind}"\n{inner}}}\n'}
    yield "a server's file", {"server.hcl": f'audit "{kind}" "log" {{\n{inner}}}\n'}
    device = {"type": kind, "path": "log", "options": options}
    yield "bank-vaults", {"vault.yaml": yaml({"externalConfig": {"audit": [device]}})}
    yield "a request", {"s.sh": f"curl -X PUT $VAULT_ADDR/v1/sys/audit/log -d '{json.dumps(device)}'\n"}


def audits() -> Iterator[Case]:
    """Each option of an audit device in each form; what takes devices away, beside those that remain."""
    for kind, options in _DEVICE_OPTIONS:
        for form, files in _audit_forms(kind, options):
            yield Case(f"{kind} {json.dumps(options)}: {form}", files)
    for name, keys in product(("request", "response"), (["password"], ["id", "client_token"], ["id"], [])):
        tune = f"tune {{\n    audit_non_hmac_{name}_keys = {json.dumps(keys)}\n  }}"
        text = f'resource "vault_jwt_auth_backend" "j" {{\n  path = "jwt"\n  {tune}\n}}\n'
        yield Case(f"{name} keys {keys}", {"m.tf": text})
        yield Case(f"{name} keys {keys}, new", {"m.tf": text}, {"m.tf": "# none\n"})
        yield Case(f"{name} keys {keys}, taken away", {"m.tf": "# none\n"}, {"m.tf": text})
    for value in ("true", '"TRUE"', "false", "1", '"${X}"'):
        allowed = f"unsafe_allow_api_audit_creation = {value}\n"
        yield Case(f"creation by the API {value}", {"server.hcl": allowed})
        yield Case(
            f"creation by the API {value}, before", {"server.hcl": "# none\n"}, {"server.hcl": allowed}
        )
    enabled = {name: f"vault audit enable -path={name} file file_path=/{name}" for name in "abc"}
    for before, after in product(("a", "ab", "abc"), ("", "a", "b", "ab", "c")):
        commands = {"setup.sh": "\n".join(["set -e", *(enabled[name] for name in after)])}
        former = {"setup.sh": "\n".join(["set -e", *(enabled[name] for name in before)])}
        yield Case(f"devices {before} -> {after or 'none'}", commands, former)
        yield Case(
            f"devices {before} -> {after or 'none'}, the file too", {"x.sh": commands["setup.sh"]}, former
        )
        turned = {"setup.sh": f"{commands['setup.sh']}\nvault audit disable a"}
        yield Case(f"devices {before} -> {after or 'none'}, a turned off", turned, former)


_TWO = {name: {"type": "file", "options": {"file_path": f"/{name}"}} for name in ("a/", "b/")}


def _audit_list(*options: dict[str, str]) -> dict[str, Any]:
    return {
        f"{name}/": {"type": "file", "options": {"file_path": f"/{name}", **each}}
        for name, each in zip("abc", options, strict=False)
    }


def _entry(name: str, path: str, entry: ServerEntry, body: Any, **more: tuple[ServerEntry, Any]) -> Case:
    held = {path: (entry, body), **{other.replace("__", "/"): each for other, each in more.items()}}
    texts = {
        at: each if isinstance(each, str) else json.dumps(each, indent=1) for at, (_, each) in held.items()
    }
    return Case(name, texts, entries={at: each for at, (each, _) in held.items()})


def entries() -> Iterator[Case]:
    """Entries of a running server of each kind."""
    few = {"filter": "mount_type == kv"}
    lists: dict[str, Any] = {
        "none": {}, "two": _TWO, "one": _audit_list({}), "one that filters": _audit_list(few), "both filter": _audit_list(few, few), "one of two filters": _audit_list(few, {}),
        "a fallback": _audit_list(few, {**few, "fallback": "true"}), "a fallback, 1": _audit_list(few, {**few, "fallback": "1"}), "no fallback": _audit_list(few, {**few, "fallback": "false"}),
        "raw": _audit_list({}, {"log_raw": "true"}), "a text": {"a/": "x", "b/": {"type": "file"}}, "no type": {"a/": {}, "b/": {"options": {"log_raw": "true"}}},
    }  # fmt: skip
    for name, body in lists.items():
        yield _entry(f"audit {name}", "sys/audit", ServerEntry(EntryPart.AUDIT), body)
    for keys in (["password"], ["id"], []):
        entry = ServerEntry(EntryPart.TUNING, "kv", type="kv")
        yield _entry(f"tuning {keys}", "sys/mounts/kv", entry, {"audit_non_hmac_response_keys": keys})
    yield from _server_roles()
    times = (0, 3600, 90000)
    for default, most, mount in product(times, repeat=3):
        entry = ServerEntry(EntryPart.ENGINE, "database", "app", "database", max_lease_seconds=mount)
        body = {"db_name": "app", "creation_statements": ["GRANT x"], "default_ttl": default, "max_ttl": most}
        yield _entry(f"lease {default} {most}, mount {mount}", "database/roles/app", entry, body)
    for period in (None, 86400):
        entry = ServerEntry(EntryPart.ENGINE, "database", "app", "database")
        body = {"username": "x"} | ({"rotation_period": period} if period else {})
        yield _entry(f"static, rotated {period}", "database/static-roles/app", entry, body)
    for text in (
        'path "secret/data/*" {\n  capabilities = ["read"]\n}\n',
        'path "*" {\n  capabilities = ["sudo"]\n}',
        'path "a" {',
        "",
    ):
        entry = ServerEntry(EntryPart.POLICY, name="app")
        yield _entry(f"policy {text!r}", "sys/policies/acl/app", entry, text)


def _server_roles() -> Iterator[Case]:
    """Roles of JWT mounts with what their mount says, AppRoles, and roles of the tokens' own mount."""
    configs: dict[str, dict[str, Any]] = {
        "GitLab": {"oidc_discovery_url": "https://gitlab.com", "bound_issuer": "https://gitlab.com", "default_role": ""},
        "GitHub": {"oidc_discovery_url": "https://token.actions.githubusercontent.com", "default_role": "", "new_field": 1},
        "people": {"oidc_discovery_url": "https://login.example.com", "oidc_client_id": "x", "default_role": "app"},
    }  # fmt: skip
    roles: dict[str, dict[str, Any]] = {
        "good": GOOD, "any ref": {**GOOD, "bound_claims": {"project_id": "42"}}, "a tier": {**GOOD, "bound_claims": {"tier": "x"}, "user_claim": "sub"},
        "no limits": {**GOOD, "token_ttl": 0, "token_max_ttl": 0}, "a newer field": {**GOOD, "token_color": "red"},
    }  # fmt: skip
    for (where, config), (name, role), most in product(configs.items(), roles.items(), (0, 900, 90000)):
        entry = ServerEntry(EntryPart.ROLE, "ci", "app", "jwt", most // 2, most)
        mount = (ServerEntry(EntryPart.MOUNT, "ci", type="jwt"), config)
        yield _entry(f"role {name}, {where}, {most}", "auth/ci/role/app", entry, role, auth__ci__config=mount)
    policies = {
        "read": 'path "kv/data/x" { capabilities = ["read"] }',
        "admin": 'path "sys/policies/acl/*" { capabilities = ["update"] }',
        "nothing": "# none",
    }
    limits: tuple[dict[str, Any], ...] = (
        {}, {"secret_id_ttl": 600}, {"secret_id_num_uses": 1}, {"secret_id_bound_cidrs": ["10.0.0.0/8"]}, {"token_bound_cidrs": ["10.0.0.0/8"]},
        {"bind_secret_id": False}, {"secret_id_bound_cidrs": []}, {"secret_id_bound_cidrs": None}, {"secret_id_ttl": True},
    )  # fmt: skip
    for limit, names in product(limits, (["app"], ["app", "gone"], [])):
        body = {
            "bind_secret_id": True,
            "secret_id_ttl": 0,
            "secret_id_num_uses": 0,
            "token_policies": names,
            **limit,
        }
        for power, text in policies.items() if not limit else (("read", policies["read"]),):
            entry = ServerEntry(EntryPart.LOGIN, "approle", "app", "approle")
            policy = (ServerEntry(EntryPart.POLICY, name="app"), text)
            said = f"AppRole {json.dumps(limit)} {names} {power}"
            yield _entry(said, "auth/approle/role/app", entry, body, sys__policies__acl__app=policy)
    fields = ("allowed_policies", "allowed_policies_glob", "disallowed_policies", "disallowed_policies_glob")
    for chosen in product(
        (None, ["x"], ["a-*", "*"]), (None, ["a-*"], ["a-*", "*"]), (None, ["x"]), (None, ["x"])
    ):
        body = {name: value for name, value in zip(fields, chosen, strict=True) if value}
        entry = ServerEntry(EntryPart.LOGIN, "token", "app", "token")
        yield _entry(f"token role {json.dumps(body)}", "auth/token/roles/app", entry, body)
