"""One side of a repository, read for everything that it says to Vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.vault.audit import read_audits
from bot.vault.engines.engine_formats import engines_of
from bot.vault.entries import read_entries
from bot.vault.kv_mounts import kv_mounts_of
from bot.vault.model import VaultModel
from bot.vault.policies.policy_formats import policies_of
from bot.vault.roles.role_files import read_roles
from bot.vault.servers import judged_servers

if TYPE_CHECKING:
    from bot.documents.documents import Documents
    from bot.reads import Reads
    from bot.snapshot import Tree


def read_vault(tree: Tree, documents: Documents, reads: Reads | None = None) -> VaultModel:
    """Roles, mounts, policies, engine roles and audit devices of every format, and what could not be read."""
    servers = judged_servers(tree.project.vault_server, tree.project.vault_version)
    written = read_roles(tree, documents)
    policies = policies_of(documents)
    engines = engines_of(documents)
    audits = read_audits(tree, documents)
    entries = read_entries(tree, documents)
    groups = {name: tuple(parts) for name, parts in entries.groups.items()}
    groups["roles"] += written.roles
    groups["mounts"] += written.mounts
    groups["cel_roles"] += written.cel_roles
    groups["policies"] += policies.found
    groups["engines"] += engines.found
    groups["audits"] += audits.found
    groups["kv_mounts"] = kv_mounts_of(documents)
    unread = (*written.unread, *policies.unread, *engines.unread, *audits.unread, *entries.unread)
    for part in (*groups["roles"], *groups["policies"]):
        part.servers = servers
    if tree.project.today is not None:
        for policy in groups["policies"]:
            policy.expire(tree.project.today)
    return VaultModel(unread, reads, **groups)
