"""Whether a repository tells Vault anything: a quick look, before the readers of the formats are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.kinds import Kind

if TYPE_CHECKING:
    from bot.documents.documents import Documents

_FORMATS: Final = (
    Kind.VAULT_YAML,
    Kind.VAULT_JSON,
    Kind.TERRAFORM,
    Kind.TERRAFORM_JSON,
    Kind.HCL,
    Kind.MARKDOWN,
    Kind.POWERSHELL,
)
"""Kinds of files that are Vault's business by what they are."""
_SCRIPTS: Final = (Kind.SHELL, Kind.GITLAB_CI)
_WORDS: Final = ("vault", "VAULT", "bao", "stronghold", "/v1/", "auth/")
"""One of them stands in each command that talks to Vault: its program, its address or its path."""


def may_tell_vault(documents: Documents) -> bool:
    """Whether `read_vault` can find anything in these files; where this is False it finds nothing."""
    if documents.paths(*_FORMATS):
        return True
    texts = (documents.text(path) or "" for path in documents.paths(*_SCRIPTS))
    return any(word in text for text in texts for word in _WORDS)
