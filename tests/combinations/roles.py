"""Roles of Vault's JWT method: a good one, and each with a claim or a field that is written in another way."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.combinations.tables import Case
from tests.combinations.texts import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GOOD: dict[str, Any] = {
    "role_type": "jwt",
    "user_claim": "project_id",
    "bound_audiences": ["https://vault.example.com"],
    "bound_claims": {"project_id": "42", "ref": "main", "ref_type": "branch", "ref_protected": "true"},
    "token_policies": ["app"],
    "token_ttl": "10m",
    "token_max_ttl": "10m",
}
_VALUES = (
    "x", "*", "x*", "*x", "x/*", "x-*", "a.*", "^x$", "", "true", "false", "${X}", "group/app", "42", 42, True, None,
    ["x"], ["x", "*"], ["x", "y*"], [], ["${X}"], [42], {"a": "b"},
)  # fmt: skip
_NAMES = (
    "project_id", "project_path", "namespace_id", "namespace_path", "ref", "ref_type", "ref_path", "ref_protected", "sub",
    "environment", "environment_protected", "deployment_tier", "pipeline_source", "user_login", "user_id",
    "groups_direct", "ci_config_ref_uri", "runner_environment", "iss", "aud", "nobody_knows", "/groups_direct/0",
)  # fmt: skip


def _case(name: str, role: Mapping[str, Any], **more: str) -> Case:
    written = json.dumps({key: value for key, value in role.items() if value != "LEFT OUT"}, indent=1)
    return Case(
        name, {"vault/roles.sh": f"vault write auth/gitlab/role/r - <<'EOF'\n{written}\nEOF\n", **more}
    )


def _claims(claims: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    kept = {key: value for key, value in claims.items() if value != "LEFT OUT"}
    return {**GOOD, "bound_claims": kept, **fields}


def values() -> Iterator[Case]:
    """Each claim with each kind of value, compared as a text and as a glob."""
    yield _case("good", GOOD)
    for name, value in product(_NAMES, _VALUES):
        claims = {**GOOD["bound_claims"], name: value}
        yield _case(f"{name}={json.dumps(value)}", _claims(claims))
        if "*" in json.dumps(value):
            yield _case(f"{name}={json.dumps(value)} as a glob", _claims(claims, bound_claims_type="glob"))


_FIELDS: dict[str, tuple[Any, ...]] = {
    "role_type": ("LEFT OUT", "oidc", "x", ""),
    "user_claim": ("LEFT OUT", "", "sub", "user_login", "user_email", "user_id", "job_id", "jti", "namespace_id", "ref",
                   "/project_id", "groups_direct", "nobody_knows", "${X}"),
    "user_claim_json_pointer": (True, "true", "x"),
    "bound_audiences": ("LEFT OUT", [], "x", "*", ["*"], ["x", "y*"], "${X}", "https://gitlab.com", "a,b", None),
    "bound_subject": ("x", "*", "project_path:group/app:ref_type:branch:ref:main", "project_path:group/*", "${X}", ""),
    "bound_claims": ("LEFT OUT", {}, {"project_id": "42"}, {"ref": "main"}, {"user_login": "x"}, "x", {"${X}": "y"}, []),
    "bound_claims_type": ("string", "glob", "regex", ""),
    "token_policies": ("LEFT OUT", [], ["default"], ["root"], ["admin"], ["vault-admins", "x"], ["prod-app"], "a,b",
                       ["app", "app"], "${X}", ["app-{{.project_path}}"], ["prod", "dev"], ["app-prod", "app-staging"]),
    "policies": (["app"], ["other"], "${X}"),
    "ttl": ("10m", "1h", "${X}"),
    "token_ttl": ("LEFT OUT", "0", "", "1h", "61m", "4h", "24h", "48h", 3600, 100000, "90d", "x", -1, "${X}", "11m"),
    "token_max_ttl": ("LEFT OUT", "0", "1h", "24h", "90d", 9999999, "x", "5m"),
    "token_explicit_max_ttl": ("1m", "24h"),
    "token_period": ("10m", "24h", "0", "1000h"),
    "token_num_uses": (0, 1, -1, "x"),
    "token_type": ("batch", "service", "default", "x"),
    "token_bound_cidrs": (["10.0.0.0/8"], ["x"], "0.0.0.0/0", []),
    "token_no_default_policy": (True, False, "x"),
    "claim_mappings": ({"project_path": "path"}, {"user_login": "user"}, {"ref": "role"}, {"ref": "a", "sub": "a"},
                       {"user_email": "m"}, {"groups_direct": "g"}, {"project_id": "project_path"}, {"nobody": "x"}, "x"),
    "groups_claim": ("groups_direct", "nobody_knows", "ref", "user_access_level", "${X}"),
    "allowed_redirect_uris": (["https://vault.example.com/ui"], []),
    "verbose_oidc_logging": (True, "x"),
    "expiration_leeway": ("1h", -1, "x"),
    "clock_skew_leeway": ("1h", -1),
    "oidc_scopes": (["x"],),
    "max_age": (0, "1h", -1),
    "bound_audience": ("x",),
    "claims": ({"project_id": "42"},),
    "bound_claims_are_regexps": (True,),
    "explicit_max_ttl": ("1h",),
    "bound_claims.ref": ("main",),
    "tokn_policies": (["app"],),
    "token_policy": ("app",),
    "color": ("red",),
    "token_policies_template_claims": (True,),
    "token_strictly_bind_ip": (True,),
    "callback_mode": ("direct", "x"),
    "cel_program": ("x",),
}  # fmt: skip


def fields() -> Iterator[Case]:
    """Each field with good and bad values; the claims stay as they are."""
    for name, values in _FIELDS.items():
        for value in values:
            role = {**GOOD, name: value}
            yield _case(f"{name}={json.dumps(value)}", role)
    for short in ("policies", "ttl", "max_ttl", "period", "num_uses", "bound_cidrs"):
        role = {**GOOD, short: "1h" if short.endswith("ttl") else 1, f"token_{short}": "LEFT OUT"}
        yield _case(f"{short} alone", role)
    for name, wrong in product(("bound_claims", "bound_audiences", "role_type"), ("x", 1, None)):
        yield _case(
            f"{name} written {wrong!r} as another role's", {**GOOD, f"{name}_": GOOD[name], name: wrong}
        )


def refs() -> Iterator[Case]:
    """What a role says of refs and environments, in every combination."""
    for ref, kind, guarded, environment, safe in product(
        ("LEFT OUT", "main", "v*", "release/*", "*", ["main", "dev"], "v1"), ("LEFT OUT", "branch", "tag"),
        ("LEFT OUT", "true", "false"), ("LEFT OUT", "production"), ("LEFT OUT", "true"),
    ):  # fmt: skip
        claims = {
            "project_id": "42",
            "ref": ref,
            "ref_type": kind,
            "ref_protected": guarded,
            "environment": environment,
        }
        role = _claims({**claims, "environment_protected": safe}, bound_claims_type="glob")
        said = {key: value for key, value in role["bound_claims"].items() if key != "project_id"}
        yield _case(json.dumps(said), role)


def projects() -> Iterator[Case]:
    """Which projects a role accepts, and what it gives them."""
    names = {
        "project_id": "42", "project_path": "group/app", "namespace_id": "7", "namespace_path": "group", "user_login": "x",
        "sub": "project_path:group/app:ref_type:branch:ref:main", "ci_config_ref_uri": "gitlab.com/g/a//.gitlab-ci.yml@refs/heads/main",
        "job_project_id": "42", "job_project_path": "group/app", "groups_direct": "group", "environment": "prod",
        "user_email": "a@example.com", "root_namespace_id": "7", "pipeline_source": "push", "runner_id": 7,
    }  # fmt: skip
    ref = {"ref": "main", "ref_type": "branch", "ref_protected": "true"}
    for name, value in names.items():
        for more in ({}, ref):
            for policy in ("app", "prod-app", "admin"):
                yield _case(
                    f"{name} {'ref ' if more else ''}{policy}",
                    _claims({name: value, **more}, token_policies=[policy]),
                )
        for other in ("user_login", "namespace_path", "project_path"):
            yield _case(
                f"{name} and {other}", _claims({name: value, other: names[other], **ref}, user_claim=other)
            )
    subjects = (
        "project_path:group/app:ref_type:branch:ref:*", "project_path:group/app:*", "project_path:group/*", "project_path:*",
        "project_path:group/app*", "*:ref:main", "project_path:group/app:ref_type:*:ref:main",
        "project_path:group/app:ref_type:tag:ref:v*",
    )  # fmt: skip
    for subject, kind in product(subjects, ("glob", "string")):
        yield _case(f"sub {subject} {kind}", _claims({"sub": subject}, bound_claims_type=kind))
        yield _case(
            f"bound_subject {subject} {kind}", _claims({}, bound_subject=subject, bound_claims_type=kind)
        )


_VARIANTS: dict[str, dict[str, Any]] = {
    "good": {},
    "any ref": {"bound_claims": {"project_id": "42"}},
    "unprotected": {"bound_claims": {"project_id": "42", "ref": "main"}},
    "two refs": {"bound_claims": {"project_id": "42", "ref": ["main", "dev"]}},
    "a glob": {"bound_claims_type": "glob", "bound_claims": {"project_path": "group/*", "ref": "release/*"}},
    "a dead glob": {"bound_claims": {"project_path": "group/*", "ref": "main"}},
    "a number": {"bound_claims": {"project_id": 42, "ref_protected": True}},
    "an environment": {"bound_claims": {"project_id": "42", "environment": "production"}},
    "a group": {"bound_claims": {"namespace_path": "group", "ref_protected": "true"}},
    "by path": {"bound_claims": {"project_path": "group/app", "ref_protected": "true"}},
    "nobody": {"bound_claims": {}},
    "no type": {"role_type": "LEFT OUT"},
    "no user": {"user_claim": "LEFT OUT"},
    "a strange user": {"user_claim": "job_id"},
    "no audience": {"bound_audiences": "LEFT OUT"},
    "long": {"token_max_ttl": "24h"},
    "no limit": {"token_max_ttl": "LEFT OUT", "token_ttl": "LEFT OUT"},
    "a list as text": {"token_policies": '["app", "other"]'},
    "audiences as text": {"bound_audiences": '["https://vault.example.com"]'},
    "every list as text": {"bound_audiences": '["x"]', "token_policies": '["a", "b"]', "token_bound_cidrs": '["10.0.0.0/8"]'},
    "an empty list as text": {"token_policies": "[]"},
    "admin": {"token_policies": ["admin"]},
    "a typo": {"bound_audience": ["x"], "bound_audiences": "LEFT OUT"},
    "filled in": {"bound_claims": {"project_id": "${var.id}", "ref": "${var.ref}", "project_path": "${var.group}/*"}},
    "policy by claim": {"token_policies": ["app-{{.ref}}"], "token_policies_template_claims": True},
    "policy by an open claim": {
        "token_policies": ["app-{{.ref}}"], "token_policies_template_claims": True, "bound_claims_type": "glob",
        "bound_claims": {"project_id": "42", "ref": "*", "ref_protected": "true"},
    },
    "policy by a free claim": {
        "token_policies": ["x", '{{ index . "user_login" }}'], "token_policies_template_claims": True,
        "bound_claims": {"project_id": "42", "environment": "x"},
    },
    "policy by the project": {"token_policies": ["app-{{.project_id}}"], "token_policies_template_claims": True},
}  # fmt: skip


def forms() -> Iterator[Case]:
    """Some roles in every form in which people write them: what is edited, and how, depends on the form."""
    for name, change in _VARIANTS.items():
        role = {key: value for key, value in {**GOOD, **change}.items() if value != "LEFT OUT"}
        text = json.dumps(role, indent=2)
        yield Case(f"{name}: bao", {"r.sh": f"bao write auth/gitlab/role/r - <<'EOF'\n{text}\nEOF\n"})
        yield Case(f"{name}: a payload", {"auth/gitlab/role/r.json": f"{text}\n"})
        yield Case(f"{name}: arguments", {"r.sh": f"vault write auth/gitlab/role/r {_words(role)}\n"})
        yield Case(f"{name}: Terraform", {"r.tf": _terraform(role)})
        values = {
            "externalConfig": {"auth": [{"type": "jwt", "path": "gitlab", "roles": [{"name": "r", **role}]}]}
        }
        yield Case(f"{name}: bank-vaults", {"vault.yaml": yaml(values)})


def _words(role: Mapping[str, Any]) -> str:
    texts = {
        name: ",".join(value) if isinstance(value, list) and name != "bound_claims" else value
        for name, value in role.items()
    }
    return " \\\n  ".join(
        f"{name}='{json.dumps(value)}'" if isinstance(value, dict) else f'{name}="{value}"'
        for name, value in texts.items()
    )


def _terraform(role: Mapping[str, Any]) -> str:
    lines = ['resource "vault_jwt_auth_backend_role" "r" {', '  backend   = "gitlab"', '  role_name = "r"']
    for name, value in role.items():
        if isinstance(value, dict):
            lines += [
                f"  {name} = {{",
                *(f"    {key} = {json.dumps(item)}" for key, item in value.items()),
                "  }",
            ]
        else:
            lines.append(f"  {name} = {json.dumps(value)}")
    return "\n".join([*lines, "}", ""])
