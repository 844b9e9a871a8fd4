"""The command that makes a proven fix in the running server."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

from bot.fixes import apply_fix
from bot.snapshot import EntryPart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.fixes import Fix
    from bot.snapshot import ServerEntry

_AGAIN: Final = ("role_type", "bound_claims_type")
"""What a second write must name, or it goes back to its default (vault-plugin-auth-jwt path_role.go, 2026-11)."""
_MERGED: Final = frozenset({EntryPart.ROLE, EntryPart.LOGIN})
"""Entries of which a write keeps what it does not name; any other is written whole."""


def command_of(fix: Fix, files: Mapping[str, str], entries: Mapping[str, ServerEntry]) -> str | None:
    """Return the command for a shell, on one line; None where the fix touches several entries, or a policy.

    A policy's new text has many lines: the JSON report has them.
    """
    if len({edit.path for edit in fix.edits}) != 1:
        return None
    path = fix.edits[0].path
    entry = entries.get(path)
    if entry is None or entry.part in {
        EntryPart.POLICY,
        EntryPart.AUDIT,
        EntryPart.TUNING,
        EntryPart.CEL_ROLE,
    }:
        return None
    before, after = json.loads(files[path]), json.loads(apply_fix(files, fix)[path])
    wanted = after
    if entry.part in _MERGED:
        wanted = {name: value for name, value in after.items() if before.get(name) != value or name in _AGAIN}
    body = json.dumps(wanted, ensure_ascii=False)
    return f"echo {shlex.quote(body)} | vault write {shlex.quote(path)} -"
