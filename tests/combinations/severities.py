"""What decides how grave a finding is: the kind of secret, who gets a policy, what a role reaches, what went before."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.combinations.jobs import JOB
from tests.combinations.roles import GOOD
from tests.combinations.tables import Case
from tests.combinations.texts import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRETS = {
    "a value from Vault": "$APP_KEY", "a file from Vault": "$(cat $APP_FILE)", "a variable of that name": "$API_TOKEN",
    "the job's own token": "$CI_JOB_TOKEN", "a fetched value": "$FETCHED", "an ID token": "$VAULT_ID_TOKEN",
}  # fmt: skip
_COMMANDS = (
    "echo {}", "cat $SSH_KEY", 'while read -r line; do echo "$line"; done < $APP_FILE', "head -n -1 $SSH_KEY", "export X={}; printenv", "X={}; curl -d v=$X http://api.example.com", "cat $APP_FILE", "head -n 1 $APP_FILE", "echo {} | cut -d. -f2", "echo {} | base64", "set -x; ./app --token {}", "X={}; env", "D=$(env | grep -i -e key -e token); echo $D", "git clone https://ci:{}@git.example.com/a.git",
    "docker build --build-arg TOKEN={} .", "curl -H 'Token: '{} http://api.example.com", "curl -v -u ci:{} https://api.example.com", "curl -d k={} https://elsewhere.example.org/x",
)  # fmt: skip


def of_secrets() -> Iterator[Case]:
    """Each kind of secret in each kind of command, always and where a condition of the script holds."""
    entry = JOB["secrets"]["APP_KEY"]
    for (kind, written), command, is_sure in product(_SECRETS.items(), _COMMANDS, (True, False)):
        line = command.format(written)
        body = line if is_sure else f'if [ -n "$DEBUG" ]; then {line}; fi'
        fetch = ["FETCHED=$(vault kv get -field=key secret/app)"] if "FETCHED" in line else []
        secrets = (
            {"APP_KEY": {**entry, "file": False}, "APP_FILE": entry, "SSH_KEY": entry}
            if "_KEY" in line or "APP_" in line or "env" in line
            else {}
        )
        tokens = {"id_tokens": JOB["id_tokens"]} if "ID_TOKEN" in line or secrets else {}
        job = {"secrets": secrets, **tokens, "script": [*fetch, body]}
        kept = {key: value for key, value in job.items() if value}
        yield Case(
            f"{kind}: {command}{'' if is_sure else ', perhaps'}", {".gitlab-ci.yml": yaml({"deploy": kept})}
        )


def _role(name: str = "r", **changes: Any) -> str:
    role = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return f"vault write auth/jwt/role/{name} - <<'E'\n{json.dumps(role, indent=1)}\nE\n"


def _policy(path: str, *capabilities: str) -> str:
    return f'path "{path}" {{\n  capabilities = {json.dumps(capabilities)}\n}}\n'


def of_vault() -> Iterator[Case]:
    """Policies that a role gives to jobs or that none gives; roles by what they reach, and whom they serve."""
    paths = (
        ("sys/raw/*", "read", "sudo"),
        ("secret/data/app*", "read"),
        ("secret/data/app", "sudo", "read"),
        ("sys/leases/lookup/*", "list", "sudo"),
    )
    for given, (path, *capabilities) in product((None, ["app"], ["app", "prod-x"], ["other"]), paths):
        role = {"roles.sh": _role(token_policies=given)} if given else {}
        yield Case(f"{path} given by {given}", {"policies/app.hcl": _policy(path, *capabilities), **role})
    own = "secret/data/{{identity.entity.aliases.jwt.metadata.path}}/*"
    for field, value in (
        ("token_ttl", "1000h"),
        ("token_ttl", "10m"),
        ("token_policies", '[""]'),
        ("token_policies", '["app"]'),
    ):
        mapped = _role(claim_mappings={"project_path": "path"}, user_claim="user_id", **{field: value})
        yield Case(
            f"{field} {value}, a shared identity",
            {"roles.sh": mapped, "policies/app.hcl": _policy(own, "read")},
        )
    reaches = {
        "its own entity": _policy("secret/data/{{identity.entity.id}}/*", "read"),
        "its own project": _policy(own, "read"),
        "a secret": _policy("secret/data/app/db", "read"),
        "all": _policy("sys/policies/acl/*", "update"),
        "nothing": None,
    }
    claims: tuple[dict[str, Any], ...] = (
        {}, {"ref_protected": "true"}, {"namespace_path": "group"}, {"namespace_id": "7"}, {"project_path": "group/*"}, {"project_path": "group/app*"},
        {"project_path": "group*"}, {"job_project_id": "42"}, {"job_project_id": "42", "pipeline_source": "push"}, {"user_login": "kim"},
        {"job_project_id": "42", "pipeline_source": ["push", "merge_request_event"]}, {"ref_protected": "true", "ref": "*", "project_id": "42"},
    )  # fmt: skip
    for (reach, policy), bound, name in product(reaches.items(), claims, ("r", "prod-deploy")):
        kind = "glob" if "*" in json.dumps(bound) else "string"
        fields = {
            "bound_claims": bound,
            "bound_claims_type": kind,
            "claim_mappings": {"project_path": "path"},
        }
        written = _role(name, token_policies=["app"] if policy else None, **fields)
        yield Case(
            f"{name} {json.dumps(bound)} reaches {reach}",
            {"roles.sh": written, **({"policies/app.hcl": policy} if policy else {})},
        )
    people = {
        "role_type": "oidc",
        "user_claim": "email",
        "allowed_redirect_uris": ["https://v/ui"],
        "token_policies": ["app"],
        "bound_claims": None,
    }
    for claim, beside in product(("user_login", "user_email", "job_id", "project_id"), (True, False)):
        yield Case(
            f"user_claim {claim}, people {beside}",
            {"roles.sh": _role(user_claim=claim) + (_role("ui", **people) if beside else "")},
        )
    for value in ('[""]', '["app"]', "[]", "app"):
        words = f"role_type=jwt user_claim=sub bound_audiences=v token_policies='{value}'"
        yield Case(f"policies {value} as a word", {"roles.sh": f"vault write auth/jwt/role/r {words}\n"})
    for leeway in (60, 300, 301, 3599, 3600, "2h"):
        yield Case(f"leeway {leeway}", {"roles.sh": _role(clock_skew_leeway=leeway)})
    for name, default in product(("r", "prod"), ("r", "prod")):
        config = f"vault write auth/jwt/config oidc_discovery_url=https://gitlab.com bound_issuer=https://gitlab.com default_role={default}\n"
        yield Case(f"default role {default} of {name}", {"roles.sh": config + _role(name)})
    job = {**JOB, "secrets": {"PGPASSWORD": {**JOB["secrets"]["APP_KEY"], "file": False}}}
    for engine in (
        "database/roles/app db_name=app max_ttl=1h",
        "database/static-roles/app username=x rotation_period=1h",
        "aws/roles/app credential_type=iam_user",
    ):
        files = {".gitlab-ci.yml": yaml({"deploy": job}), "engines.sh": f"vault write {engine}\n"}
        yield Case(f"a stored password beside {engine}", files)


def of_changes() -> Iterator[Case]:
    """A job's environment and rules, before and after."""
    environments = (None, "staging", "production", "review/x")
    rules = (JOB["rules"], None)
    for before, after, then, now in product(environments, environments, rules, rules):
        if (before, then) != (after, now):
            base, head = (
                {key: value for key, value in {**JOB, "environment": name, "rules": when}.items() if value}
                for name, when in ((before, then), (after, now))
            )
            named = [
                f"{name or 'no environment'}{'' if when else ', any ref'}"
                for name, when in ((before, then), (after, now))
            ]
            yield Case(
                " -> ".join(named),
                {".gitlab-ci.yml": yaml({"deploy": head})},
                {".gitlab-ci.yml": yaml({"deploy": base})},
            )


def of_runs() -> Iterator[Case]:
    """A job that never runs, or on some refs, and the role that it logs in with."""
    whens: tuple[Any, ...] = (
        [{"when": "never"}],
        [{"if": "$CI_COMMIT_TAG"}],
        JOB["rules"],
        [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}],
    )
    claims: tuple[dict[str, Any], ...] = (
        {"ref": "main"}, {"ref": "${REF}"}, {"ref": "v*"}, {"ref_type": "tag"}, {"ref_type": "${TYPE}"}, {"ref": "main", "ref_protected": "true"},
        {"ref": "main", "pipeline_source": "schedule"}, {"ref_type": "branch", "pipeline_source": "merge_request_event"}, {"sub": "${SUBJECT}"},
    )  # fmt: skip
    for when, bound in product(whens, claims):
        role = _role("app", bound_claims={"project_id": "42", **bound}, bound_claims_type="glob")
        files = {".gitlab-ci.yml": yaml({"deploy": {**JOB, "rules": when}}), "roles.sh": role}
        yield Case(f"{json.dumps(when)}, {json.dumps(bound)}", files)


def of_clouds() -> Iterator[Case]:
    """Subjects of which one, some or none can be met."""
    main = "project_path:group/app:ref_type:branch:ref:main"
    subjects = (
        main,
        "project_path:group/*",
        [main, "project_path:group/*"],
        ["project_path:group/*", "project_path:*"],
        f"{main}*",
        "project_path:group/app:*",
    )
    for subject, operator, guard in product(
        subjects, ("StringEquals", "StringLike"), ({}, {"gitlab.com:ref_protected": "true"})
    ):
        conditions = {operator: {"gitlab.com:sub": subject, "gitlab.com:aud": "sts.amazonaws.com"}}
        if guard:
            conditions.setdefault("StringEquals", {}).update(guard)
        statement = {
            "Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/gitlab.com"},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": conditions,
        }  # fmt: skip
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)
        yield Case(f"{operator} {subject}{' protected' if guard else ''}", {"trust-policy.json": text})
