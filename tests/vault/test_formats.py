"""One role in every format reads as the same role; each keeps its own typing rules."""

from __future__ import annotations

import pytest

BODY = """{
  "role_type": "jwt",
  "user_claim": "project_id",
  "bound_audiences": ["https://vault.example.com"],
  "bound_claims": {"project_id": "42", "ref": "main"},
  "token_policies": ["app-read"]
}
"""
TERRAFORM = """
locals { project = 42 }
variable "mount" { default = "jwt" }
resource "vault_jwt_auth_backend_role" "app" {
  backend = var.mount
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = { project_id = local.project, ref = "main" }
  token_policies = ["app-read"]
}
"""
TERRAFORM_JSON = """{"resource": {"vault_jwt_auth_backend_role": {"app": {"backend": "jwt", "role_name": "app", "role_type": "jwt",
 "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
 "bound_claims": {"project_id": "42", "ref": "main"}, "token_policies": ["app-read"]}}}}"""
ENDPOINT = """
resource "vault_generic_endpoint" "app" {
  path = "auth/jwt/role/app"
  data_json = jsonencode({ role_type = "jwt", user_claim = "project_id", bound_audiences = ["https://vault.example.com"],
    bound_claims = { project_id = "42", ref = "main" }, token_policies = ["app-read"] })
}
"""
OPERATOR = """
apiVersion: redhatcop.redhat.io/v1alpha1
kind: JWTOIDCAuthEngineRole
metadata: {name: app}
spec:
  path: jwt
  roleType: jwt
  userClaim: project_id
  boundAudiences: ["https://vault.example.com"]
  boundClaims: {project_id: "42", ref: main}
  tokenPolicies: [app-read]
"""
CROSSPLANE = """
apiVersion: jwt.vault.upbound.io/v1alpha1
kind: AuthBackendRole
metadata: {name: role-app}
spec:
  forProvider:
    backend: jwt
    roleName: app
    roleType: jwt
    userClaim: project_id
    boundAudiences: ["https://vault.example.com"]
    boundClaims: {project_id: "42", ref: main}
    tokenPolicies: [app-read]
"""
BANK_VAULTS = """
auth:
  - type: jwt
    roles:
      - name: app
        role_type: jwt
        user_claim: project_id
        bound_audiences: https://vault.example.com
        bound_claims: {project_id: "42", ref: main}
        token_policies: app-read
"""
ANSIBLE = """
- hosts: localhost
  tasks:
    - name: the role
      community.hashi_vault.vault_write:
        path: auth/jwt/role/app
        data:
          role_type: jwt
          user_claim: project_id
          bound_audiences: ["https://vault.example.com"]
          bound_claims: {project_id: "42", ref: main}
          token_policies: [app-read]
"""
CI = """
configure:
  script:
    - |
      vault write auth/jwt/role/app - <<EOF
      {"role_type": "jwt", "user_claim": "project_id", "bound_audiences": "https://vault.example.com",
       "bound_claims": {"project_id": "42", "ref": "main"}, "token_policies": "app-read"}
      EOF
"""
MARKDOWN = f"# Set-up\n\n1. Run\n\n   ```console\n   $ vault write auth/jwt/role/app - <<EOF\n{''.join('   ' + line + chr(10) for line in BODY.splitlines())}   EOF\n   ```\n"

CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: bootstrap}
data:
  bootstrap.sh: |
    vault write auth/jwt/role/app - <<EOF
    {"role_type": "jwt", "user_claim": "project_id", "bound_audiences": "https://vault.example.com",
     "bound_claims": {"project_id": "42", "ref": "main"}, "token_policies": "app-read"}
    EOF
"""
CHART = """
vaultRoles:
  app.json: |
    {"role_type": "jwt", "user_claim": "project_id", "bound_audiences": "https://vault.example.com",
     "bound_claims": {"project_id": "42", "ref": "main"}, "token_policies": "app-read"}
"""
FORMATS = {
    "roles/app.json": {"roles/app.json": BODY},
    "setup.sh": {"setup.sh": f"vault write auth/jwt/role/app - <<'EOF'\n{BODY}EOF\n"},
    "bao.sh": {"bao.sh": f"bao write -namespace=a auth/jwt/role/App - <<EOF\n{BODY}EOF\n"},
    "tabs.sh": {"tabs.sh": f"\tvault write auth/jwt/role/app - <<-EOF\n{''.join(chr(9) + line + chr(10) for line in BODY.splitlines())}\tEOF\n"},
    "file.sh": {"vault/file.sh": "vault write auth/jwt/role/app @payload.json\n", "vault/payload.json": BODY},
    "curl.sh": {"curl.sh": f"curl -X POST -H 'X-Vault-Token: x' -d '{BODY}' \"$VAULT_ADDR/v1/auth/jwt/role/app\"\n"},
    "main.tf": {"main.tf": TERRAFORM},
    "main.tf.json": {"main.tf.json": TERRAFORM_JSON},
    "endpoint.tf": {"endpoint.tf": ENDPOINT},
    "operator.yaml": {"operator.yaml": OPERATOR},
    "crossplane.yaml": {"crossplane.yaml": CROSSPLANE},
    "vault-config.yml": {"vault-config.yml": BANK_VAULTS},
    "play.yml": {"play.yml": ANSIBLE},
    ".gitlab-ci.yml": {".gitlab-ci.yml": CI},
    "configmap.yaml": {"configmap.yaml": CONFIG_MAP},
    "README.md": {"README.md": MARKDOWN},
    "values.yaml": {"values.yaml": CHART},
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_role(vault, name):
    from bot.vault.claims.bounds import terms_of

    model = vault.read(FORMATS[name]).vault
    assert [role.subject for role in model.roles] == ["role:jwt/app"], model.unread
    terms = terms_of(model.roles[0], as_jwt=False)
    assert terms.bound_claims == {"project_id": "42", "ref": "main"}
    assert terms.bound_audiences == ("https://vault.example.com",)
    assert terms.token_policies == ("app-read",)
    assert terms.user_claim == "project_id"


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "main.tf"])
def test_every_value_knows_its_place(vault, name):
    repository = vault.read(FORMATS[name])
    role = repository.vault.roles[0]
    for route, written in ((("bound_claims", "ref"), "main"), (("user_claim",), "project_id")):
        span = role.place(*route)
        lines = repository.documents.text(span.path).split("\n")
        assert written in "\n".join(lines[span.start_line - 1 : span.end_line]), (name, route, span)


def test_arguments_are_strings_and_lists_split(vault):
    role = vault.read(
        {"a.sh": "vault write auth/jwt/role/a role_type=jwt user_claim=sub policies=a,b ttl=1h num=$X\n"}
    ).vault.roles[0]
    assert role.value("policies") == "a,b"
    assert role.unknown_fields[0].name == "num"


def test_terraform_splits_on_commas_and_types_as_strings(vault):
    text = TERRAFORM.replace('ref = "main"', 'ref = "main, release", ref_protected = true')
    role = vault.read({"main.tf": text}).vault.roles[0]
    assert role.value("bound_claims") == {
        "project_id": "42",
        "ref": ["main", "release"],
        "ref_protected": "true",
    }


def test_yaml_keeps_types(vault):
    role = vault.read({"r.yaml": OPERATOR.replace('"42"', "42")}).vault.roles[0]
    assert role.value("bound_claims")["project_id"] == 42


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.sh": 'vault write auth/jwt/role/a - <<EOF\n{"ttl": 6h}\nEOF\n'}, "JSON"),
        ({"a.sh": "vault write auth/jwt/role/a @/tmp/role.json\n"}, "not in the repository"),
        ({"a.sh": "jq -n '{}' | vault write auth/jwt/role/a -\n"}, "piped"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_reported(vault, files, words):
    model = vault.read(files).vault
    assert not model.roles
    assert [words in unread.reason for unread in model.unread] == [True]


def test_unresolved_is_not_guessed(vault):
    role = vault.read({"main.tf": TERRAFORM.replace("local.project", "var.elsewhere")}).vault.roles[0]
    from bot.vault.reading import known

    assert not known(role.value("bound_claims")["project_id"])


def test_a_name_that_a_program_fills_in_is_not_known(vault):
    play = (
        "- tasks:\n    - community.hashi_vault.vault_write:\n        path: auth/gitlab/role/{{ item.name }}\n        data:\n"
        '          role_type: jwt\n          user_claim: sub\n          bound_claims: {project_id: "4"}\n'
    )
    [role] = vault.read({"play.yml": play}).vault.roles
    assert (role.mount, role.name) == ("gitlab", "{{ item.name }}")


def test_a_module_from_elsewhere_is_named_as_not_checked(vault):
    call = 'module "jwt" {\n  source = "%s"\n  bound_claims = { project_id = "*" }\n}\n'
    [note] = vault.read({"main.tf": call % "registry.example.com/team/jwt/vault"}).vault.unread
    assert "the role that the module jwt makes is not checked" in note.reason
    assert not vault.read({"main.tf": call % "./here"}).vault.unread
