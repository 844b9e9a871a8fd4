"""What the readers make of texts in every spelling: calls of Vault, writes of roles, policies, pipelines, leaks."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.documents.documents import Documents
from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.leaks.analysis import leaks_of
from bot.leaks.wording import way_of
from bot.snapshot import Tree
from bot.vault.api_calls import calls_of
from bot.vault.claims.terms import RoleTerms, WriteRefusal, written
from bot.vault.drift.server_drift import drift_of
from bot.vault.policies.policy_text import read_policy_text
from bot.vault.read import read_vault
from bot.vault.servers import Server
from bot.vault.values import UnknownValue
from tests.combinations.roles import GOOD
from tests.leaks.jobs import job
from tests.oracle.bash_runs import PLAIN, read_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.vault.api_calls import VaultCall
    from bot.vault.model import VaultModel

BASH_CASES = Path(__file__).parents[1] / "oracle" / "bash_cases.txt"


def _shown(node: Node | None) -> object:
    if isinstance(node, Mapping):
        return {key: _shown(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [_shown(item) for item in node]
    if isinstance(node, UnknownValue):
        return f"?{node.text}"
    return node.value if isinstance(node, Scalar) else None


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def commands() -> str:
    """Shell commands as calls of Vault's API: method, address, place, fields and their places."""
    scripts = (
        "vault write a/b k=v", "vault write a/b k='v w' l=", 'vault write a/b "k=$V"', "vault write a/b k=${V}x", "vault write -f a/b", "vault write a/b",
        "vault write -namespace=n a/b k=v", "vault write --namespace n a/b k=v", "vault write a/b -field=x k=v", "vault -version", "vault write",
        "vault write a/b @f.json", "vault write a/b k=@f.json", "vault write a/b -", "vault write a/b k=-", "vault write a/b k=@gone.json",
        'vault write a/b - <<E\n{"k": "v"}\nE', "vault write a/b k=- <<E\nv\nE", "vault write a/b - <<'E'\nnot json\nE", "cat f.json | vault write a/b -",
        "echo '{\"k\": 1}' | vault write a/b -", "vault write a/b - < f.json", "vault write a/b k=- <<< v", "vault write a/b @$F", "vault write $A/b k=v",
        "vault write /a/b/ k=v", "vault delete a/b", "vault delete", "vault delete -namespace=n a/b", "vault policy write p f.hcl", "vault policy write p -",
        "vault policy write p", 'vault policy write -x p - <<E\npath "a" {}\nE', "vault policy delete p", "vault policy delete", "vault policy list",
        "vault policy write p - < f.hcl", "vault policy write p $F", "bao policy write $P f.hcl", "stronghold write a/b k=v", "vault audit enable file file_path=x",
        "vault audit enable -path=p file file_path=x", "vault audit enable", "vault audit disable p", "vault audit disable", "vault audit list", "vault audit enable -local socket",
        "vault secrets enable kv", "vault secrets enable -path=p -version=2 kv", "vault secrets enable -version 1 kv", "vault secrets enable", "vault secrets disable kv",
        "vault auth enable jwt", "vault auth enable -path=p jwt", "vault auth disable jwt", "vault kv put s/a k=v", "vault kv put -mount=s a k=v", "vault read a/b",
        "curl -X POST -d '{\"k\": \"v\"}' $VAULT_ADDR/v1/a/b", "curl --data '{\"k\": \"v\"}' https://v/v1/a/b", "curl --data-ascii @f.json https://v/v1/a/b", "curl -d@f.json https://v/v1/a/b",
        "curl --data-binary @f.json -X PUT https://v/v1/a/b", "curl --json '{\"k\": 1}' https://v/v1/a/b", "curl -X DELETE https://v/v1/a/b", "curl --request=DELETE https://v/v1/a/b",
        "curl https://v/v1/a/b", "curl -X POST https://v/v1/a/b", "curl -X LIST https://v/v1/a", "curl https://v/a/b -d x", "curl -T f.json https://v/v1/a/b", "curl -d k=v https://v/v1/a/b?x=1",
        "wget --post-data='{\"k\": 1}' https://v/v1/a/b", "wget --post-file=f.json https://v/v1/a/b", "wget --method=DELETE https://v/v1/a/b", "wget --method=PUT --body-file=f.json https://v/v1/a/b",
        "wget --body-data='{\"k\": 1}' --method POST https://v/v1/a", "wget https://v/v1/a/b", "http POST https://v/v1/a/b k=v", "curl -d '{\"k\": \"'$V'\"}' https://v/v1/a/b", 'curl -d "$BODY" https://v/v1/a/b',
        "docker exec v vault write a/b k=v", "sudo -u x vault write a/b k=v", "VAULT_ADDR=x vault write a/b k=v", "env A=1 vault write a/b k=v", "f() { vault write a/b k=v; }", "for i in a b; do vault write x/$i k=v; done",
        "vault write a/b k=v &", "x=$(vault write a/b k=v)", "(vault write a/b k=v)", "vault write a/b k=v > out.txt", "if vault write a/b k=v; then :; fi", "vault write a/b \\\n  k=v \\\n  l=w", "echo vault write a/b k=v",
        "vault write a/b k=v l=w k=x", "vault write auth/jwt/role/r bound_claims='{\"ref\": \"main\"}' policies=a,b", 'vault write a/b k="$(cat f.json)"', "xargs vault delete", "vault write a/b 'k=a\nb'",
    )  # fmt: skip
    files = {"f.json": '{"k": "from the file"}\n', "f.hcl": 'path "a" {\n  capabilities = ["read"]\n}\n'}
    return _text(
        line
        for script in scripts
        for line in (
            f"### {script}",
            *_calls(calls_of(Documents({**files, "s.sh": f"#!/bin/sh\n{script}\n"}))),
        )
    )


def _calls(calls: Iterable[VaultCall]) -> Iterator[str]:
    for call in calls:
        files = f"{call.named_file} {call.missing_file}"
        yield f"{call.method} {call.address} {call.path.span[1:]} {call.span[1:]} {call.whole[1:]} {files}".rstrip()
        yield from (
            f"    {name.text} {name.span[1:]} = {_shown(value)!r} {value.span[:3]}"
            for name, value in call.words
        )
        if call.body is not None:
            yield f"    body {type(call.body).__name__} {_content(call.body)}"


def _content(body: Any) -> str:
    return (
        f"{_shown(body)!r} {body.span[:3]}" if isinstance(body, Scalar | Mapping | Sequence) else repr(body)
    )


_RAW = ("x", "", "1", 1, -1, 0, 1.5, True, False, None, "true", "T", "1h", "90d", "-1s", "1h30m", ".5h", "x=y", "a,b", " a , b ", [], ["a"], ["a", 1], [["a"]], {}, {"a": "b"}, {"a": 1}, [{"a": "b"}], ["a=b"], {"a": ["b"]})  # fmt: skip


def role_writes() -> str:
    """Each field of a role with values of every kind: what each server stores, or why it refuses the write."""
    lines = []
    base = {"role_type": "jwt", "user_claim": "sub", "bound_subject": "x"}
    for name in [
        *RoleTerms.__dataclass_fields__,
        "policies",
        "ttl",
        "max_ttl",
        "period",
        "num_uses",
        "bound_cidrs",
        "color",
    ]:
        for raw in _RAW:
            answers = [
                _stored(written({**base, name: raw}, server=server), name)
                for server in (Server.VAULT, Server.OPENBAO)
            ]
            lines.append(f"{name}={raw!r}: {' | '.join(dict.fromkeys(answers))}")
    pairs: tuple[dict[str, Any], ...] = (
        {"token_ttl": "2h", "token_max_ttl": "1h"}, {"token_ttl": "1h", "token_max_ttl": "1h"}, {"ttl": "2h", "max_ttl": "1h"}, {"ttl": "2h", "token_max_ttl": "1h"},
        {"ttl": "x", "token_ttl": "1h"}, {"ttl": "2h", "token_ttl": "1h"}, {"token_period": "768h"}, {"token_period": "769h"}, {"token_type": "batch", "token_period": "1h"},
        {"token_type": "batch", "token_num_uses": 1}, {"token_type": "batch", "period": "1h"}, {"bound_claims_type": "glob", "bound_claims": {"a": 1}},
        {"bound_claims_type": "glob", "bound_claims": {"a": ["b", 1]}}, {"bound_claims_type": "glob", "bound_claims": {"a": ["b*"]}}, {"bound_claims_type": "glob", "bound_claims": {"a": None}},
        {"bound_claims_type": "glob", "bound_claims": {"a": {}}}, {"bound_claims_type": "string", "bound_claims": {"a": 1}}, {"claim_mappings": {"a": "role"}},
        {"claim_mappings": {"a": "b", "c": "b"}}, {"claim_mappings": "a=b"}, {"claim_mappings": ["a=b", "=c"]}, {"claim_mappings": ["a"]}, {"role_type": "oidc"},
        {"role_type": "oidc", "allowed_redirect_uris": "x"}, {"bound_subject": ""}, {"bound_subject": "", "bound_audiences": "x"}, {"bound_subject": "", "token_bound_cidrs": "10.0.0.0/8"},
        {"bound_subject": "", "bound_claims": {"a": "b"}}, {"token_strictly_bind_ip": True, "token_bound_cidrs": "10.0.0.1"}, {"callback_mode": "device"}, {"oauth2_metadata": ["id_token", "x"]},
        {"oauth2_metadata": "access_token,refresh_token"}, {"token_bound_cidrs": ["10.0.0.1", "::1/128"]}, {"token_bound_cidrs": "10.0.0.0/33"}, {"user_claim": ""},
    )  # fmt: skip
    before = written({**base, "token_ttl": "30m", "bound_claims_type": "glob", "policies": "old"})
    assert not isinstance(before, WriteRefusal)
    for fields in pairs:
        answers = [
            _stored(written({**base, **fields}, server=server)) for server in (Server.VAULT, Server.OPENBAO)
        ]
        lines += [
            f"{fields}: {' | '.join(dict.fromkeys(answers))}",
            f"    over an old one: {_stored(written(fields, before))}",
        ]
    return _text(lines)


def _stored(terms: RoleTerms | WriteRefusal, name: str = "") -> str:
    if isinstance(terms, WriteRefusal):
        return f"refused: {terms.reason}"
    names = [name] if hasattr(terms, name) else list(RoleTerms.__dataclass_fields__)
    plain = RoleTerms()
    return ", ".join(
        f"{each}={getattr(terms, each)!r}"
        for each in names
        if name == each or getattr(terms, each) != getattr(plain, each)
    )


def policy_texts() -> str:
    """Policies as texts, whole and broken: their rules, and what each server refuses."""
    texts = (
        "", "{}", "[]", "{", '{"path": {}}', '{"path": []}', '{"path": "x"}', '{"path": {"a": {"capabilities": ["read"]}}}', '{"path": [{"a": {"capabilities": ["read"]}}, {"b": {}}]}',
        '{"path": {"a": "x"}}', '{"path": {"a": {"capabilities": "read"}}}', '{"path": {"a": {"policy": "write"}}}', '{"name": "x", "path": {"a": {"capabilities": [1, null]}}}',
        '"x"', "1", "\ufeff{}", 'path "a" {}', 'path "a" { capabilities = ["read"] }', 'path "a" { capabilities = "read" }', 'path "a" { capabilities = [] }', 'path "a" { policy = "deny" }',
        'path = { "a" = { capabilities = ["read"] } }', 'path "a" {', 'path "a" { capabilities = ["read" }', "path {}", 'path "a" "b" {}', 'name = "x"\npath "a" {}', 'color = "x"', 'block "x" {}',
        'path "a" { capabilities = ["read"]\n capabilities = ["list"] }', 'path "${x}/a" { capabilities = ["read"] }', 'path "{{identity.entity.id}}/a" { capabilities = ["${c}"] }', 'path "{{x}}" {}',
        'path "a" { capabilities = ["deny", "x"] }', 'path "a" { capabilities = ["x", "deny"] }', 'path "a" { capabilities = ["scan"] }', 'path "a" { capabilities = ["subscribe"] }', 'path "+*" {}', 'path "a+*" {}',
        'path "/a" { capabilities = ["read"] }', 'path "a" { allowed_parameters = { "A" = ["b"], "*" = [] } }', 'path "a" { allowed_parameters = ["x"] }', 'path "a" { allowed_parameters = [{ a = [] }] }',
        'path "a" { allowed_parameters = [] }', 'path "a" { allowed_parameters = "x" }', 'path "a" { denied_parameters = { a = [1, "b"] } }', 'path "a" { denied_parameters { a = ["b"] } }', 'path "a" { required_parameters = ["a", "${b}"] }',
        'path "a" { required_parameters = "a" }', 'path "a" { min_wrapping_ttl = "1h" }', 'path "a" { min_wrapping_ttl = 60 }', 'path "a" { max_wrapping_ttl = "x" }', 'path "a" { max_wrapping_ttl = ["1h"] }', 'path "a" { min_wrapping_ttl = "${t}" }',
        'path "a" { max_wrapping_ttl = {} }', 'path "a" { min_wrapping_ttl = "1h"\n max_wrapping_ttl = "y" }', 'path "a" { expiration = "2026-01-01T00:00:00Z" }', 'path "a" { expiration = "2026-01-01" }', 'path "a" { expiration = "0" }', 'path "a" { expiration = "" }',
        'path "a" { expiration = "${e}" }', 'path "a" { pagination_limit = 1 }', 'path "a" { control_group = {} }', 'path "a" { control_group = "x" }', 'path "a" { mfa_methods = ["x"] }', 'path "a" { mfa_methods = "x" }', 'path "a" { comment = "x" }',
        'path "a" { capabilities = ["list"]\n list_scan_response_keys_filter_path = "{{ .path }}{{ .key }}" }', 'path "a" { capabilities = ["read"]\n list_scan_response_keys_filter_path = "{{ .key }}" }', 'path "a" { capabilities = ["list"]\n list_scan_response_keys_filter_path = "x" }',
        'path "a" { policy = "x" }', 'path "a" { policy = "${p}" }', 'path "a" { policy = "read"\n capabilities = ["x"] }', 'path "a" { subscribe_event_types = ["x"] }', 'path "a" { color = "x" }', "# only a comment\n", 'path "a" { capabilities = ["read"] } # x\npath "b" {}',
        '<% x %>\npath "a" {}', '%{ if x }\npath "a" {}\n%{ endif }', "not a policy at all", 'path "a" { capabilities = concat(["read"], ["list"]) }', 'path "a" { capabilities = var.c }',
    )  # fmt: skip
    lines = []
    for text in texts:
        read = read_policy_text("p", text)
        lines += [f"### {text!r}", f"{read.form} complete={read.complete}"]
        lines += [f"    unread {each.line}: {each.reason}" for each in read.unread]
        for rule in read.rules:
            shown = {
                "known": rule.known,
                "capabilities_known": rule.capabilities_known,
                "legacy": rule.legacy and rule.legacy.text,
            }
            lines.append(
                f"    {rule.path!r} {sorted(rule.capabilities)} {[each.text for each in rule.written]} {rule.span[1:]} {shown}"
            )
            lines += [
                f"        {name}: {dict(getattr(rule, name))}"
                for name in ("allowed_parameters", "denied_parameters")
                if getattr(rule, name)
            ]
            lines += [f"        required: {rule.required_parameters}"] * bool(rule.required_parameters)
            lines += [f"        {server}: {reason}" for server, reason in rule.refusals.reasons.items()]
            lines += [f"        expires {rule.refusals.expires}, {rule.refusals.shape!r}"] * bool(
                rule.refusals.expires or rule.refusals.shape
            )
    return _text(lines)


def drift() -> str:
    """Each of some roles, policies, mounts and engines on a server against each in the code."""
    roles: dict[str, dict[str, Any]] = {
        "good": GOOD, "any ref": {**GOOD, "bound_claims": {"project_id": "42"}}, "other": {**GOOD, "bound_claims": {**GOOD["bound_claims"], "ref": "dev"}},
        "list": {**GOOD, "bound_claims": {**GOOD["bound_claims"], "ref": ["main"]}}, "longer": {**GOOD, "token_max_ttl": "1h"}, "policies": {**GOOD, "token_policies": ["app", "b"]},
        "no audience": {**GOOD, "bound_audiences": ["x"]}, "glob": {**GOOD, "bound_claims_type": "glob"}, "variable": {**GOOD, "bound_claims": {"project_id": "${P}"}}, "refused": {**GOOD, "token_ttl": "1000h"},
        "user": {**GOOD, "user_claim": "sub"}, "seconds": {**GOOD, "token_ttl": 600, "token_max_ttl": "600"},
    }  # fmt: skip
    rules = {
        "read": 'path "secret/data/app" { capabilities = ["read"] }', "write": 'path "secret/data/app" { capabilities = ["read", "update"] }', "prefix": 'path "secret/data/*" { capabilities = ["read"] }',
        "segment": 'path "secret/+/app" { capabilities = ["read"] }', "deny": 'path "secret/data/app" { capabilities = ["deny"] }', "limits": 'path "secret/data/app" { capabilities = ["read"]\n allowed_parameters = { "a" = [] } }',
        "variable": 'path "${m}/data/app" { capabilities = ["read"] }', "open": 'path "secret/data/app" { capabilities = ["${c}"] }', "two": 'path "secret/data/app" { capabilities = ["read"] }\npath "secret/data/b" { capabilities = ["list"] }', "broken": 'path "a" {',
        "order": 'path "secret/data/b" { capabilities = ["list"] }\npath "secret/data/app" { capabilities = ["read"] }',
    }  # fmt: skip
    lines = []
    files: list[tuple[str, dict[str, str], dict[str, str]]] = []
    for (one, stored), (two, coded) in product(roles.items(), repeat=2):
        files.append((f"role {one} / {two}", _role_file("r", stored), _role_file("r", coded)))
    for (one, first), (two, second) in product(rules.items(), repeat=2):
        files.append((f"policy {one} / {two}", {"policies/app.hcl": first}, {"policies/app.hcl": second}))
    names = ("r", "R", "${N}", "r-${N}", "other")
    files += [(f"role named {name}", _role_file("r", GOOD), _role_file(name, GOOD)) for name in names]
    files += [
        (f"policy named {name}", {"policies/app.hcl": rules["read"]}, {f"policies/{name}.hcl": rules["read"]})
        for name in ("App", "app-policy", "policy_app", "b")
    ]
    parts = (
        "vault audit enable file file_path=/x", "vault audit enable file file_path=/y", "vault audit enable -path=b file file_path=/x", "vault write auth/jwt/config oidc_discovery_url=https://gitlab.com",
        "vault write auth/jwt/config oidc_discovery_url=https://gitlab.com bound_issuer=https://gitlab.com", "vault write auth/jwt/config jwks_url=https://gitlab.com/-/jwks", "vault write database/roles/app db_name=a max_ttl=1h",
        "vault write database/roles/app db_name=a max_ttl=3600", "vault write database/roles/app db_name=b max_ttl=1h", "vault write pki/roles/app allow_any_name=true", "echo vault write",
    )  # fmt: skip
    files += [
        (f"{one} / {two}", {"s.sh": f"{one}\n"}, {"s.sh": f"{two}\n"})
        for one, two in product(parts, repeat=2)
    ]
    for name, server, code in files:
        whole = list(_drifts(server, code))
        in_part = list(
            _drifts(
                server, code, ("auth/jwt/role/r", "sys/policies/acl/b", "sys/auth", "sys/mounts", "sys/audit")
            )
        )
        lines += [f"### {name}", *whole]
        lines += ["where some paths cannot be read:", *in_part] if in_part != whole else []
    return _text(lines)


def _drifts(server: dict[str, str], code: dict[str, str], unread: tuple[str, ...] = ()) -> Iterator[str]:
    for each in drift_of(_model(server), _model(code), unread):
        places = f"{each.server and each.server[:2]} {each.code and each.code[:2]}"
        yield f"{each.subject}: {each.standing} {places} {each.reason}".rstrip()
        for part in each.differences:
            yield f"    {part.part} {part.text} more={part.accepts_more} {part.claims or ''}".rstrip()


def _role_file(name: str, role: dict[str, Any]) -> dict[str, str]:
    return {"roles.sh": f"vault write auth/jwt/role/{name} - <<'E'\n{json.dumps(role)}\nE\n"}


def _model(files: dict[str, str]) -> VaultModel:
    return read_vault(Tree(files), Documents(files))


def leaks() -> str:
    """Where the secret of each script of the comparison with bash comes out, how, and on which way."""
    lines = []
    for case in read_cases(BASH_CASES):
        lines.append(f"### {case.artifacts}{' ' if case.artifacts else ''}{case.script!r}")
        for leak in leaks_of(job(case.script, variables={"P": PLAIN}, artifacts=case.artifacts), Tree({})):
            name = leak.source.name if leak.source else None
            lines.append(
                f"{leak.sink} {name} {leak.span[1:]} {leak.command!r} {leak.form} {leak.detail!r} {leak.section}"
                f"{' conditional' if leak.is_conditional else ''}: {way_of(leak)}"
            )
    return _text(lines)
