"""Whether a repository says anything to Vault: a quick look, before the readers of the formats are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.kinds import FileKind
from bot.vault.programs import speaks_to_vault
from bot.vault.scripts import KINDS, may_command

if TYPE_CHECKING:
    from bot.documents.documents import Documents

_FORMATS: Final = (
    FileKind.VAULT_ENTRY,
    FileKind.VAULT_YAML,
    FileKind.VAULT_JSON,
    FileKind.TERRAFORM,
    FileKind.TERRAFORM_JSON,
    FileKind.HCL,
    FileKind.MARKDOWN,
    FileKind.POWERSHELL,
)
"""Kinds of files that are Vault's business by what they are."""


def may_tell_vault(documents: Documents) -> bool:
    """Whether `read_vault` can find anything in these files; where this is False it finds nothing."""
    if documents.paths(*_FORMATS):
        return True
    if any(speaks_to_vault(documents.text(path) or "") for path in documents.paths(FileKind.SOURCE)):
        return True
    return any(may_command(documents.text(path) or "") for path in documents.paths(*KINDS))
