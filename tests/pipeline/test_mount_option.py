"""What `vault kv` reads where an option names the mount."""

from __future__ import annotations

import pytest

from bot.pipeline.vault_calls import Asks, vault_calls
from bot.repository import Repository
from bot.snapshot import Tree


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("vault kv get -mount=secret app/prod", "secret/app/prod"),
        ("vault kv get -mount secret -field=x app/prod", "secret/app/prod"),
        ('vault kv get -mount="team/kv" /app/prod', "team/kv/app/prod"),
        ("bao kv get -field=x secret/app/prod", "secret/app/prod"),
        ("vault kv get -mount", ""),
    ],
)
def test_the_mount_is_part_of_the_path(command, path):
    files = {".gitlab-ci.yml": f"job:\n  script:\n    - {command}\n"}
    [call] = vault_calls(Repository(Tree(files)).jobs[0])
    assert (call.asks, call.path) == (Asks.READ, path)
