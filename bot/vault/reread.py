"""Vault's side again, after some files have changed: only these are read where that surely gives the same."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from bot.documents.kinds import FileKind
from bot.vault.model import VaultModel
from bot.vault.read import read_vault
from bot.vault.roles.issuers import issuer_of
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.documents.documents import Documents
    from bot.reads import Reads
    from bot.snapshot import Tree

_PAYLOADS: Final = frozenset(
    {FileKind.VAULT_ENTRY, FileKind.VAULT_JSON, FileKind.CLOUD_JSON, FileKind.HCL, FileKind.JSON}
)
"""A file of these kinds names no other file; what it holds can only depend on files that name it."""
_MODULES: Final = frozenset({FileKind.TERRAFORM, FileKind.TERRAFORM_JSON})
"""Files that are read together: what one says may depend on all others."""
_SCRIPTS: Final = frozenset({FileKind.SHELL, FileKind.POWERSHELL, FileKind.GITLAB_CI, FileKind.MARKDOWN})
"""Files that no command takes for a payload."""
_IDENTITY: Final = (
    "mount",
    "name",
    "kind",
    "part",
    "form",
    "named_by_file",
    "mount_max_seconds",
    "path",
    "type",
)


def reread_vault(
    before: VaultModel, was: Documents, now: Documents, tree: Tree, changed: Iterable[str], reads: Reads
) -> VaultModel:
    """What `read_vault` returns for `now`, given that it returned `before` for `was`; `changed` files differ.

    Parts of files that did not change are the same objects.
    """
    groups = dict(before.groups)
    fresh: list[Any] = []
    for path in changed:
        is_payload = was.kind(path) in _PAYLOADS
        if is_read_with_others(path, was, now) or (path in before.by_path and not is_payload):
            return read_vault(tree, now, reads)
        new = read_vault(tree, now.only(path))
        if _is_empty(new) and path not in before.by_path and _is_empty(read_vault(tree, was.only(path))):
            continue
        replaced = _replaced(before, new, path) if is_payload else None
        if replaced is None:
            return read_vault(tree, now, reads)
        for old, part in replaced.items():
            name, number = before.positions[old]
            groups[name] = (*groups[name][:number], part, *groups[name][number + 1 :])
        fresh += replaced.values()
    model = VaultModel(before.unread, reads, **groups)
    for part in fresh:
        if isinstance(part, JwtRole):
            part.issuer = issuer_of(part, model.mount(part.mount), tree.project.host)
    return model


def is_read_with_others(path: str, was: Documents, now: Documents) -> bool:
    """Whether the file's meaning may be a matter of other files: of a module, or of one that names it."""
    kind = was.kind(path)
    return kind in _MODULES or now.kind(path) is not kind or _is_named(path, was)


def _is_empty(model: VaultModel) -> bool:
    return not model.unread and not any(model.groups.values())


def _replaced(before: VaultModel, new: VaultModel, path: str) -> dict[int, Any] | None:
    """The id of each part of the file, and what is in its place; None where they are not the same parts."""
    old = before.by_path.get(path, ())
    parts = [part for group in new.groups.values() for part in group]
    if new.unread or any(each.path == path for each in before.unread) or len(old) != len(parts):
        return None
    if any(_identity(a) != _identity(b) or b.span.path != path for a, b in zip(old, parts, strict=True)):
        return None
    return {id(a): b for a, b in zip(old, parts, strict=True)}


def _identity(part: object) -> tuple[object, ...]:
    return type(part), *(getattr(part, name, None) for name in _IDENTITY)


def _is_named(path: str, documents: Documents) -> bool:
    """Whether another file may take its content for something: a command's payload, Terraform's `file()`.

    `fileset()` names no file, and so may take any.
    """
    name = posixpath.basename(path)
    if any("fileset(" in (documents.text(module) or "") for module in documents.paths(*sorted(_MODULES))):
        return True
    namers = _MODULES if documents.kind(path) in _SCRIPTS else frozenset(FileKind) - _PAYLOADS
    return any(name in (documents.text(namer) or "") for namer in documents.paths(*sorted(namers)))
