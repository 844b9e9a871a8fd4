"""Whether a repository tells Vault anything: a quick look, before the readers of the formats are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.kinds import Kind
from bot.vault.scripts import KINDS, may_command

if TYPE_CHECKING:
    from bot.documents.documents import Documents

_FORMATS: Final = (
    Kind.VAULT_ENTRY,
    Kind.VAULT_YAML,
    Kind.VAULT_JSON,
    Kind.TERRAFORM,
    Kind.TERRAFORM_JSON,
    Kind.HCL,
    Kind.MARKDOWN,
    Kind.POWERSHELL,
)
"""Kinds of files that are Vault's business by what they are."""


def may_tell_vault(documents: Documents) -> bool:
    """Whether `read_vault` can find anything in these files; where this is False it finds nothing."""
    if documents.paths(*_FORMATS):
        return True
    return any(may_command(documents.text(path) or "") for path in documents.paths(*KINDS))
