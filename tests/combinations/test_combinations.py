"""Each table against its record, `<table>.snapshot`: `make snapshots` writes it anew; read the difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.combinations import (
    decisions,
    jobs,
    pipelines,
    policies,
    programs,
    readings,
    roles,
    servers,
    severities,
    vault_parts,
)
from tests.combinations.tables import table
from tests.snapshots import compare

TABLES = {
    "audits": servers.audits,
    "changes": vault_parts.changes,
    "engines": vault_parts.engines,
    "job-artifacts": jobs.artifacts,
    "job-foreign": jobs.foreign,
    "job-programs": jobs.programs,
    "job-refs": jobs.refs,
    "job-scripts": jobs.scripts,
    "job-secrets": jobs.secrets,
    "job-tokens": jobs.tokens,
    "mounts": vault_parts.mounts,
    "policy-pairs": policies.pairs,
    "policy-paths": policies.paths,
    "policy-reads": policies.reads,
    "policy-used": policies.used,
    "role-fields": roles.fields,
    "role-forms": roles.forms,
    "role-projects": roles.projects,
    "role-refs": roles.refs,
    "role-values": roles.values,
    "server-entries": servers.entries,
    "severity-changes": severities.of_changes,
    "severity-clouds": severities.of_clouds,
    "severity-runs": severities.of_runs,
    "severity-secrets": severities.of_secrets,
    "severity-vault": severities.of_vault,
}
"""What the rules report."""
READINGS = {
    "decide-causes": decisions.causes,
    "decide-gates": decisions.gates,
    "decide-ignores": decisions.ignores,
    "decide-places": decisions.places,
    "decide-policies": decisions.policies,
    "read-commands": readings.commands,
    "read-conditions": pipelines.conditions,
    "read-drift": readings.drift,
    "read-files": pipelines.files,
    "read-keywords": pipelines.keywords,
    "read-keyword-parts": pipelines.keyword_parts,
    "read-leaks": readings.leaks,
    "read-programs": programs.programs,
    "read-builds": programs.builds,
    "read-repairs": programs.repairs,
    "read-scripts": programs.scripts,
    "read-policies": readings.policy_texts,
    "read-role-writes": readings.role_writes,
}
"""What the readers below them make of a text, and what is decided above them."""


@pytest.mark.parametrize("name", sorted(TABLES))
def test_table(name, update_snapshots):
    compare(Path(__file__).with_name(f"{name}.snapshot"), table(TABLES[name]()), update=update_snapshots)


@pytest.mark.parametrize("name", sorted(READINGS))
def test_reading(name, update_snapshots):
    compare(Path(__file__).with_name(f"{name}.snapshot"), READINGS[name](), update=update_snapshots)
