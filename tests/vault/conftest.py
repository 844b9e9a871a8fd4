"""A repository of files, as far as the Vault room needs it: no pipeline is read unless a test brings jobs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.documents.documents import Documents
from bot.rules import ALL_RULES
from bot.snapshot import Project, Tree
from bot.vault.read import read_vault


def read(files, base=None, audiences=(), project=None):
    tree = Tree(files, project=project or Project())
    documents = Documents(files)
    jobs = [
        SimpleNamespace(
            name="deploy",
            variables={},
            cells=(),
            scripts=(),
            id_tokens={"T": SimpleNamespace(audiences=(audience,))},
        )
        for audience in audiences
    ]
    repository = SimpleNamespace(
        tree=tree,
        documents=documents,
        base=base,
        code=None,
        jobs=jobs,
        vault=read_vault(tree, documents),
        on_trial=False,
    )
    repository.ask = lambda answer, *about: answer(repository, *about)
    return repository


def findings(repository, *ids):
    rules = [
        rule
        for rule in ALL_RULES
        if rule.id.startswith(("vault-", "long-token")) and (not ids or rule.id in ids)
    ]
    return [
        (rule, hit)
        for rule in rules
        for subject in repository.vault.subjects(rule.subject)
        for hit in rule.check(subject, repository)
    ]


@pytest.fixture
def vault():
    """`vault.read(files)` and `vault.findings(repository)`."""
    return SimpleNamespace(read=read, findings=findings)
