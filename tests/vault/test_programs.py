"""Roles and policies that programs make, and those that Terragrunt gives a module: read as those of a file."""

from __future__ import annotations

import json

import pytest

from bot.analysis.engine import run_rules
from bot.analysis.policy import ReviewPolicy
from bot.documents.documents import Documents
from bot.repository import Repository
from bot.review.fetch import relevant
from bot.review.ports import Changes
from bot.snapshot import ChangedFile, FileChange, Tree
from bot.vault.programs import programs_of
from bot.vault.reading import Unresolved

ROLE = {
    "role_type": "jwt",
    "user_claim": "project_id",
    "bound_audiences": ["https://vault.example.com"],
    "bound_claims": {"project_id": "12", "ref": "main"},
    "token_policies": ["shop-prod"],
    "token_explicit_max_ttl": 300,
}
TYPESCRIPT = """import * as vault from "@pulumi/vault";

// one role
const role = new vault.jwt.AuthBackendRole("shop", {
    backend: "ci", roleName: 'shop', roleType: `jwt`,
    userClaim: "project_id",
    boundAudiences: ["https://vault.example.com"],
    boundClaims: { project_id: "12", "ref": "main", /* and no more */ },
    tokenPolicies: ["shop-prod"],
    tokenExplicitMaxTtl: 300,
}, { provider });
"""
PYTHON = """import pulumi_vault

pulumi_vault.jwt.AuthBackendRole(
    "shop",
    backend="ci",  # where CI logs in
    role_name="shop",
    role_type="jwt",
    user_claim="project_id",
    bound_audiences=["https://vault.example.com"],
    bound_claims={"project_id": "12", "ref": "main"},
    token_policies=["shop-prod"],
    token_explicit_max_ttl=300,
)
"""
GO = """import "github.com/pulumi/pulumi-vault/sdk/v7/go/vault/jwt"

func roles(ctx *pulumi.Context) error {
	_, err := jwt.NewAuthBackendRole(ctx, "shop", &jwt.AuthBackendRoleArgs{
		Backend: pulumi.String("ci"), RoleName: pulumi.String("shop"), RoleType: pulumi.String("jwt"),
		UserClaim:           pulumi.String("project_id"),
		BoundAudiences:      pulumi.StringArray{pulumi.String("https://vault.example.com")},
		BoundClaims:         pulumi.StringMap{"project_id": pulumi.String("12"), "ref": pulumi.String("main")},
		TokenPolicies:       pulumi.ToStringArray([]string{"shop-prod"}),
		TokenExplicitMaxTtl: pulumi.Int(300),
	})
	return err
}
"""
HVAC = f"""import hvac

hvac.Client().auth.jwt.create_role(
    name="shop", path="ci", {", ".join(f"{name}={value!r}" for name, value in ROLE.items() if name != "role_type")}
)
"""
REQUEST = f"""import hvac

client = hvac.Client()
client.write_data("auth/ci/role/shop", data={ROLE!r})
"""
GO_CLIENT = """import "github.com/hashicorp/vault/api"

func roles(client *api.Client) error {
	_, err := client.Logical().Write("auth/ci/role/shop", map[string]interface{}{
		"role_type": "jwt", "user_claim": "project_id", "bound_audiences": []string{"https://vault.example.com"},
		"bound_claims": map[string]string{"project_id": "12", "ref": "main"},
		"token_policies": []string{"shop-prod"}, "token_explicit_max_ttl": 300,
	})
	return err
}
"""
CDKTF = TYPESCRIPT.replace("@pulumi/vault", "./.gen/providers/vault").replace(
    "vault.jwt.AuthBackendRole(", "vault.JwtAuthBackendRole(this, "
)
TERRAGRUNT = """terraform {
  source = "git::https://gitlab.example.com/infra/modules.git//roles?ref=v1"
}
inputs = {
  backend = "ci"
  roles = {
    shop = {
      role_type              = "jwt"
      user_claim             = "project_id"
      bound_audiences        = ["https://vault.example.com"]
      bound_claims           = { project_id = "12", ref = "main" }
      token_policies         = ["shop-prod"]
      token_explicit_max_ttl = 300
    }
  }
}
"""
FORMS = {
    "index.ts": TYPESCRIPT,
    "infra/vault.ts": CDKTF,
    "__main__.py": PYTHON,
    "main.go": GO,
    "scripts/roles.py": HVAC,
    "deploy/roles.py": REQUEST,
    "tools/roles.go": GO_CLIENT,
    "live/terragrunt.hcl": TERRAGRUNT,
}
POLICY = 'path "secret/*" {\n  capabilities = ["read"]\n}\n'
POLICIES = {
    "index.ts": f'import * as vault from "@pulumi/vault";\nnew vault.Policy("ci", {{ policy: `{POLICY}` }});\n',
    "__main__.py": f'import pulumi_vault as vault\nvault.Policy("ci", policy="""{POLICY}""")\n',
    "scripts/p.py": f'import hvac\nhvac.Client().sys.create_or_update_policy(name="ci", policy={POLICY!r})\n',
    "main.go": f'import "github.com/pulumi/pulumi-vault/sdk/v7/go/vault"\nvar p, _ = vault.NewPolicy(ctx, "p", &vault.PolicyArgs{{Name: pulumi.String("ci"), Policy: pulumi.String(`{POLICY}`)}})\n',
    "terragrunt.hcl": f"inputs = {{\n  policies = {{\n    ci = <<EOT\n{POLICY}EOT\n  }}\n}}\n",
}


def found(files):
    result = run_rules(Repository(Tree(files)))
    return [(each.rule, str(each.severity), each.message) for each in result.findings], result


@pytest.mark.parametrize("path", FORMS)
def test_a_role_is_judged_as_the_same_role_in_json(path):
    (rule, severity, message), *more = found({"vault/auth/ci/role/shop.json": json.dumps(ROLE)})[0]
    made, result = found({path: FORMS[path]})
    assert (made, result.unread) == ([(rule, severity, message)], ()), (made, more)
    assert {each.fix for each in result.findings} == {None}
    (role,) = Repository(Tree({path: FORMS[path]})).vault.roles
    assert role.subject == "role:ci/shop"


@pytest.mark.parametrize("path", POLICIES)
def test_a_policy_is_judged_where_it_is_written(path):
    made, result = found({path: POLICIES[path]})
    assert [rule for rule, _, _ in made] == ["policy-whole-mount"]
    (finding,) = result.findings
    assert 'path "secret/*"' in POLICIES[path].splitlines()[finding.span.start_line - 1]
    (policy,) = Repository(Tree({path: POLICIES[path]})).vault.policies
    assert policy.name == "ci"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("index.ts", 'import "@pulumi/vault";\nnew vault.jwt.AuthBackendRole("shop", args);\n'),
        ("__main__.py", 'import pulumi_vault\n\npulumi_vault.Policy("ci", policy=text)\n'),
        ("ci/r.py", "import hvac\nc.auth.jwt.create_role(**role)\n"),
    ],
)
def test_what_is_not_written_in_the_call_is_named(path, line):
    (unread,) = found({path: line})[1].unread
    assert "is not checked: its fields are not written in the call" in unread.reason


@pytest.mark.parametrize(
    "text",
    [
        'import "@pulumi/vault";\nnew aws.iam.Policy("p", args);\n',  # another provider's
        'import hvac\nrequests.post("https://api.example.com/v1/orders", json={"user_claim": "sub", "bound_claims": {}})\n',
        'new vault.jwt.AuthBackendRole("shop", args);\n',  # of another library: nothing says that it is Vault's
    ],
)
def test_calls_that_are_not_vaults(text):
    assert found({"ci/a.ts": text})[0] == []
    assert found({"ci/a.ts": text})[1].unread == ()


def test_what_a_program_computes_is_not_known():
    text = (
        PYTHON.replace('"12"', 'f"{project.id}"')
        .replace('"main"', '"ma" + name')
        .replace('["shop-prod"]', "policies")
    )
    (call,) = programs_of(Documents({"__main__.py": text})).calls
    assert call.fields.get("token_policies").value is None
    (role,) = Repository(Tree({"__main__.py": text})).vault.roles
    assert {name: type(value) for name, value in role.value("bound_claims").items()} == {
        "project_id": Unresolved,
        "ref": Unresolved,
    }


def test_python_divides_and_typescript_comments():
    divided = PYTHON.replace("=300", "=600 // 2")
    assert [rule for rule, _, _ in found({"__main__.py": divided})[0]] == ["vault-role-ref-unprotected"]
    commented = TYPESCRIPT.replace("tokenPolicies", "// bound too: )\n    tokenPolicies")
    assert [rule for rule, _, _ in found({"index.ts": commented})[0]] == ["vault-role-ref-unprotected"]


@pytest.mark.parametrize(
    ("diff", "is_relevant"),
    [
        ('@@ -7 +7 @@\n-    boundClaims: { ref: "main" },\n+    boundClaims: {},\n', True),
        ("@@ -1 +1 @@\n-let a = 1;\n+let a = 2;\n", False),
    ],
)
def test_a_merge_request_that_changes_only_a_role_of_a_program_is_reviewed(diff, is_relevant):
    file = ChangedFile("index.ts", "index.ts", FileChange.MODIFIED, diff)
    assert relevant(Changes((file,)), ReviewPolicy()) == ((file,) if is_relevant else ())


@pytest.mark.parametrize("body", ['capabilities = "read"', 'policy = "write"', "min_wrapping_ttl = 1"])
def test_a_policy_in_yaml_is_known_by_its_path(body):
    text = f'policies:\n  - name: ci\n    rules: |\n      path "secret/*" {{\n        {body}\n      }}\n'
    assert [policy.name for policy in Repository(Tree({"values.yaml": text})).vault.policies] == ["ci"]


def test_a_script_in_yaml_that_writes_a_policy_is_no_policy():
    script = "".join(
        f"        {line}\n" for line in f"vault policy write ci - <<EOT\n{POLICY}EOT".splitlines()
    )
    files = {"values.yaml": f"server:\n  postStart:\n    - sh\n    - -c\n    - |\n{script}"}
    made, result = found(files)
    assert [rule for rule, _, _ in made] == ["policy-whole-mount"]
    assert result.unread == ()
