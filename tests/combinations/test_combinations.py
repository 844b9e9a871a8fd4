"""Each table against its record, `<table>.snapshot`: `make snapshots` writes it anew; read the difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.combinations import policies, roles
from tests.combinations.tables import table
from tests.snapshots import compare

TABLES = {
    "policy-pairs": policies.pairs,
    "policy-paths": policies.paths,
    "policy-used": policies.used,
    "role-fields": roles.fields,
    "role-projects": roles.projects,
    "role-refs": roles.refs,
    "role-values": roles.values,
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_table(name, update_snapshots):
    compare(Path(__file__).with_name(f"{name}.snapshot"), table(TABLES[name]()), update=update_snapshots)
