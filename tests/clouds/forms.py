"""Writers of one and the same trust in every form that a repository can keep it in: path -> text."""

from __future__ import annotations

import io
import json
from typing import Any

import ruamel.yaml

Files = dict[str, str]
MAPPING = {
    "google.subject": "assertion.sub",
    "attribute.ref": "assertion.ref",
    "attribute.project_id": "assertion.project_id",
    "attribute.project_path": "assertion.project_path",
}
_POOL = "iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/ci/"


def policy(conditions: dict[str, Any], host: str = "gitlab.com") -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{host}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def as_yaml(value: Any) -> str:
    text = io.StringIO()
    writer = ruamel.yaml.YAML(typ="safe")
    writer.default_flow_style = False
    writer.dump(value, text)
    return text.getvalue()


def _hcl(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {_hcl(item)}' for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_hcl, value)) + "]"
    return json.dumps(value)


def _role(assigned: str) -> str:
    return f'resource "aws_iam_role" "deploy" {{\n  name = "deploy"\n  assume_role_policy = {assigned}\n}}\n'


def _document(conditions: dict[str, Any], host: str = "gitlab.com") -> str:
    blocks = "".join(
        "    condition {\n"
        f'      test     = "{operator}"\n      variable = "{key}"\n'
        f"      values   = {json.dumps(wanted if isinstance(wanted, list) else [wanted])}\n    }}\n"
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )
    return (
        'data "aws_iam_policy_document" "trust" {\n  statement {\n    actions = ["sts:AssumeRoleWithWebIdentity"]\n'
        f'    principals {{\n      type        = "Federated"\n'
        f'      identifiers = ["arn:aws:iam::111122223333:oidc-provider/{host}"]\n    }}\n{blocks}  }}\n}}\n'
        + _role("data.aws_iam_policy_document.trust.json")
    )


def aws(conditions: dict[str, Any]) -> dict[str, Files]:
    """The forms of an IAM role's trust policy."""
    whole = policy(conditions)
    text = json.dumps(whole, indent=2)
    template = {
        "Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": whole}}}
    }
    pulumi = {"deploy": {"type": "aws:iam:Role", "properties": {"assumeRolePolicy": {"fn::toJSON": whole}}}}
    by_local = _document(conditions).replace('"gitlab.com:', '"${local.host}:')
    in_file = {"trust.json": text, "main.tf": _role('file("${path.module}/trust.json")')}
    in_template = {
        "trust.json.tpl": text.replace("gitlab.com", "${host}"),
        "main.tf": _role('templatefile("${path.module}/trust.json.tpl", { host = "gitlab.com" })'),
    }
    in_module = {
        "main.tf": f'module "role" {{\n  source = "./role"\n  policy = jsonencode({_hcl(whole)})\n}}\n',
        "role/main.tf": 'variable "policy" {}\n' + _role("var.policy"),
    }
    resource = {"aws_iam_role": {"deploy": {"name": "deploy", "assume_role_policy": json.dumps(whole)}}}
    create = "aws iam create-role --role-name deploy --assume-role-policy-document"
    return {
        "json": {"trust-policy.json": text},
        "jsonencode": {"main.tf": _role(f"jsonencode({_hcl(whole)})")},
        "heredoc": {"main.tf": _role(f"<<EOF\n{text}\nEOF")},
        "document": {"main.tf": _document(conditions)},
        "host in a local": {"main.tf": 'locals {\n  host = "gitlab.com"\n}\n' + by_local},
        "file": in_file,
        "templatefile": in_template,
        "module": in_module,
        "tf.json": {"main.tf.json": json.dumps({"resource": resource})},
        "cloudformation": {"template.yaml": as_yaml(template)},
        "cdk": {"cdk.out/app.template.json": json.dumps(template)},
        "pulumi": {"Pulumi.yaml": as_yaml({"name": "x", "runtime": "yaml", "resources": pulumi})},
        "aws": {"setup.sh": f"{create} '{json.dumps(whole)}'\n"},
        "aws with a here-document": {
            "setup.sh": f"cat > trust.json <<'EOF'\n{text}\nEOF\n{create} file://trust.json\n"
        },
        "powershell": {"setup.ps1": f"$trust = @'\n{text}\n'@\n{create} $trust\n"},
        "cmdlet": {"setup.ps1": f"New-IAMRole -RoleName deploy -AssumeRolePolicyDocument @'\n{text}\n'@\n"},
    }


def google(condition: str, member: str) -> dict[str, Files]:
    """The forms of a pool's provider with a binding. `member`: what comes after the pool."""
    kind = "principal" if member.startswith("subject/") else "principalSet"
    who = f"{kind}://{_POOL}{member}"
    written = f"  attribute_condition = {json.dumps(condition)}\n" if condition else ""
    mapping = "".join(f'    "{name}" = "{expression}"\n' for name, expression in MAPPING.items())
    provider = (
        'resource "google_iam_workload_identity_pool_provider" "gitlab" {\n  workload_identity_pool_id = POOL\n'
        f'  workload_identity_pool_provider_id = "gitlab"\n  attribute_mapping = {{\n{mapping}  }}\n{written}'
        '  oidc {\n    issuer_uri = "https://gitlab.com/"\n  }\n}\n'
    )
    bound = (
        '  service_account_id = "projects/a/serviceAccounts/d@a"\n  role = "roles/iam.workloadIdentityUser"\n'
    )
    by_name = who.replace(
        "projects/123/locations/global/workloadIdentityPools/ci",
        "${google_iam_workload_identity_pool.p.name}",
    )
    pool = 'resource "google_iam_workload_identity_pool" "p" {\n  workload_identity_pool_id = "ci"\n}\n'
    flag = f' --attribute-condition="{condition}"' if condition else ""
    pairs = ",".join(f"{name}={expression}" for name, expression in MAPPING.items())
    camel = {"attributeMapping": MAPPING, "oidc": {"issuerUri": "https://gitlab.com"}} | (
        {"attributeCondition": condition} if condition else {}
    )
    cnrm = {"apiVersion": "iam.cnrm.cloud.google.com/v1beta1"}
    connector = cnrm | {
        "kind": "IAMWorkloadIdentityPoolProvider",
        "metadata": {"name": "gitlab"},
        "spec": {"location": "global", "workloadIdentityPoolRef": {"name": "ci"}, **camel},
    }
    target = {"resourceRef": {"kind": "IAMServiceAccount", "name": "deploy"}}
    one = {"member": who, "role": "roles/iam.workloadIdentityUser", **target}
    several = {
        "bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [{"member": who}]}],
        **target,
    }
    objects = {
        kind: as_yaml(connector)
        + "---\n"
        + as_yaml(cnrm | {"kind": kind, "metadata": {"name": "d"}, "spec": spec})
        for kind, spec in (("IAMPolicyMember", one), ("IAMPartialPolicy", several))
    }
    resources = {
        "p": {
            "type": "gcp:iam:WorkloadIdentityPoolProvider",
            "properties": {
                "workloadIdentityPoolId": "ci",
                "workloadIdentityPoolProviderId": "gitlab",
                **camel,
            },
        },
        "b": {
            "type": "gcp:serviceaccount:IAMMember",
            "properties": {"serviceAccountId": "projects/a/serviceAccounts/d@a", "role": "r", "member": who},
        },
    }
    return {
        "terraform": {
            "main.tf": provider.replace("POOL", '"ci"')
            + f'resource "google_service_account_iam_member" "d" {{\n{bound}  member = "{who}"\n}}\n'
        },
        "binding": {
            "main.tf": pool
            + provider.replace("POOL", "google_iam_workload_identity_pool.p.workload_identity_pool_id")
            + f'resource "google_service_account_iam_binding" "d" {{\n{bound}  members = ["{by_name}"]\n}}\n'
        },
        "gcloud": {
            "setup.sh": "gcloud iam workload-identity-pools providers create-oidc gitlab --location=global"
            f" --workload-identity-pool=ci --issuer-uri=https://gitlab.com --attribute-mapping='{pairs}'{flag}\n"
            "gcloud iam service-accounts add-iam-policy-binding d@a.iam.gserviceaccount.com"
            f" --role=roles/iam.workloadIdentityUser --member='{who}'\n"
        },
        **{kind: {"config.yaml": text} for kind, text in objects.items()},
        "pulumi": {"Pulumi.yaml": as_yaml({"name": "x", "runtime": "yaml", "resources": resources})},
    }


def azure_classic(subject: str) -> dict[str, Files]:
    """The forms of a federated credential with a subject."""
    body = {
        "name": "gitlab",
        "issuer": "https://gitlab.com",
        "subject": subject,
        "audiences": ["api://AzureADTokenExchange"],
    }
    typed = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    terraform = (
        '  audiences = ["api://AzureADTokenExchange"]\n  issuer = "https://gitlab.com"\n'
        f'  subject = "{subject}"\n}}\n'
    )
    command = (
        "az identity federated-credential create --name gitlab --identity-name ci --resource-group rg"
        f" --issuer https://gitlab.com --subject '{subject}' --audiences api://AzureADTokenExchange\n"
    )
    return {
        "azuread": {
            "main.tf": f'resource "azuread_application_federated_identity_credential" "ci" {{\n  application_id = "a"\n{terraform}'
        },
        "azurerm": {
            "main.tf": 'resource "azurerm_federated_identity_credential" "ci" {\n  parent_id = "a"\n'
            + terraform.replace("audiences", "audience")
        },
        "bicep": {
            "main.bicep": f"resource fic '{typed}@2023-01-31' = {{\n  name: 'gitlab'\n  parent: id\n  properties: {{\n"
            f"    issuer: 'https://gitlab.com'\n    subject: '{subject}'\n    audiences: [ 'api://AzureADTokenExchange' ]\n  }}\n}}\n"
        },
        "arm": {
            "azuredeploy.json": json.dumps(
                {
                    "resources": [
                        {"type": typed, "apiVersion": "2023-01-31", "name": "id/gitlab", "properties": body}
                    ]
                }
            )
        },
        "az identity": {"setup.sh": command},
        "az ad app": {
            "setup.sh": f"az ad app federated-credential create --id $APP --parameters '{json.dumps(body)}'\n"
        },
        "az in powershell": {"setup.ps1": command},
        "cmdlet": {
            "setup.ps1": "$issuer = 'https://gitlab.com'\nNew-AzADAppFederatedCredential -ApplicationObjectId $id"
            f" -Audience 'api://AzureADTokenExchange' -Issuer $issuer -Name gitlab -Subject '{subject}'\n"
        },
    }


def azure_flexible(expression: str) -> dict[str, Files]:
    """The forms of a federated credential with an expression."""
    value = {"value": expression, "languageVersion": 1}
    body = {
        "name": "gitlab",
        "issuer": "https://gitlab.com",
        "audiences": ["x"],
        "claimsMatchingExpression": value,
    }
    escaped = expression.replace("'", "\\'")
    return {
        "azuread": {
            "main.tf": 'resource "azuread_application_flexible_federated_identity_credential" "ci" {\n'
            '  application_id = "a"\n  audience = "x"\n  issuer = "https://gitlab.com"\n'
            f'  claims_matching_expression = "{expression}"\n}}\n'
        },
        "az rest": {
            "setup.sh": "az rest --method post --url https://graph.microsoft.com/beta/applications/$ID/federatedIdentityCredentials"
            " --body @- <<'EOF'\n" + json.dumps(body) + "\nEOF\n"
        },
        "bicep": {
            "main.bicep": "resource fic 'Microsoft.Graph/applications/federatedIdentityCredentials@beta' = {\n"
            "  name: 'gitlab'\n  issuer: 'https://gitlab.com'\n  audiences: [ 'x' ]\n  claimsMatchingExpression: {\n"
            f"    value: '{escaped}'\n    languageVersion: 1\n  }}\n}}\n"
        },
    }
