"""Which fixes hold. Each is tried on its own, with the files around it that it could disturb."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.engine import run_rules
from bot.analysis.verify import proven
from bot.repository import Repository
from bot.snapshot import Overlaid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.analysis.engine import Result
    from bot.findings import Finding
    from bot.pipeline.model import Pipeline


class Prover:
    """Proves fixes in one repository.

    A fix is not tried against the whole repository but against its neighbourhood: the pipelines that the edited
    files are part of, and Vault's side where one of those asks Vault for anything. What stands elsewhere cannot
    change by it, and in a repository of a thousand pipelines the difference is one of minutes.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[frozenset[str], tuple[Repository, Result]] = {}
        vault = repository.vault
        groups = (vault.roles, vault.mounts, vault.policies, vault.engines, vault.audits)
        self._vault_files = frozenset(part.span.path for group in groups for part in group)

    def proven(self, finding: Finding) -> Finding:
        """The finding with its fix where the fix holds, else without one."""
        if finding.fix is None:
            return finding
        around, result = self._around(frozenset(edit.path for edit in finding.fix.edits))
        return proven(around, result, finding)

    def all_proven(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, each with its fix only where it holds."""
        return tuple(self.proven(finding) for finding in findings)

    def _around(self, edited: frozenset[str]) -> tuple[Repository, Result]:
        near = frozenset(self._neighbours(edited))
        known = self._known.get(near)
        if known is None:
            repository = self._repository
            tree = repository.tree
            scoped = replace(tree, files=Overlaid(tree.files, {}, only=sorted(near)), unread={})
            around = Repository(scoped, repository.base, repository)
            known = self._known[near] = around, run_rules(around)
        return known

    def _neighbours(self, edited: frozenset[str]) -> set[str]:
        near = set(edited)
        edits_vault = bool(edited & self._vault_files)
        asks_vault = edits_vault
        for pipeline in self._repository.pipelines:
            is_touched = not edited.isdisjoint(pipeline.files)
            if is_touched or (edits_vault and _asks_vault(pipeline)):
                near.update(pipeline.files)
                asks_vault = asks_vault or _asks_vault(pipeline)
        return near | self._vault_files if asks_vault else near


def _asks_vault(pipeline: Pipeline) -> bool:
    return any(
        job.secrets or job.id_tokens or "VAULT_AUTH_ROLE" in job.variables
        for job in (*pipeline.jobs.values(), *pipeline.hidden_jobs.values())
    )
