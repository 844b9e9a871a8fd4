"""What shows that a file has to do with a cloud's trust: a quick look, before the readers of the formats are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.kinds import FileKind
from bot.lazy import regex

if TYPE_CHECKING:
    from bot.documents.documents import Documents

DOCUMENT: Final = regex(
    r"AssumeRoleWithWebIdentity|oidc-provider/|openid_connect_provider|workload_identity_pool|orkloadIdentityPool"
    r"|federated_identity_credential|federatedIdentityCredential|FederatedIdentityCredential"
    r"|principalSet://iam|principal://iam|issuerUri|assume_role_policy|project_(?:path|id):"
    r"|(?:oidc|issuer|provider_ur[il])\w*\s*=.*gitlab"
    r"""|["']?(?:issuer|subject)["']?\s*:\s*["']?[^"'\s]*(?:gitlab|project_path:|project_id:)"""
)
"""In a file of Terraform, YAML or JSON."""
COMMAND: Final = regex(
    r"workload-identity-pools|add-iam-policy-binding|federated-credential|federatedIdentityCredentials"
    r"|assume-role-policy|AssumeRoleWithWebIdentity"
)
"""In a script."""
SCRIPTS: Final = (FileKind.SHELL, FileKind.GITLAB_CI, FileKind.MARKDOWN)
TERRAFORM: Final = (FileKind.TERRAFORM, FileKind.TERRAFORM_JSON)
YAML: Final = (FileKind.CLOUD_YAML, FileKind.VAULT_YAML, FileKind.YAML)
JSON: Final = (FileKind.CLOUD_JSON, FileKind.VAULT_JSON, FileKind.JSON)


def may_tell_clouds(documents: Documents) -> bool:
    """Whether `read_clouds` can find anything in these files; where this is False it finds nothing."""
    if documents.paths(FileKind.BICEP, FileKind.POWERSHELL):
        return True
    scripts, written = documents.paths(*SCRIPTS), documents.paths(*TERRAFORM, *YAML, *JSON)
    return any(COMMAND.search(documents.text(path) or "") for path in scripts) or any(
        DOCUMENT.search(documents.text(path) or "") for path in written
    )
