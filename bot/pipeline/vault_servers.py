"""Where a job finds Vault: the addresses that its variables name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.pipeline.vault_calls import commands_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.pipeline.model import Job

ADDRESSES: Final = ("VAULT_SERVER_URL", "VAULT_ADDR", "BAO_ADDR")
"""The runner reads the first (docs.gitlab.com/ci/secrets/hashicorp_vault, 2026-11), the command lines the others."""
_SET: Final = regex("|".join(ADDRESSES))
_NAMED: Final = regex(r"\$(?:\{(\w+)\}|(\w+))")
_HOST: Final = regex(r"[a-z]+://(?:[^/@]*@)?([^/:]+)", re.IGNORECASE)
_MAX_NESTING: Final = 5


def expanded(text: str, job: Job) -> str:
    """`text` with the variables that the file itself gives the job; others stay as written."""
    return filled(text, lambda name: _value(job, name))


def filled(text: str, value_of: Callable[[str], str | None]) -> str:
    """`text` with its variables replaced; those without a value stay as written."""
    for _ in range(_MAX_NESTING):
        more = _NAMED.sub(lambda found: value_of(found[1] or found[2]) or found[0], text)
        if more == text:
            break
        text = more
    return text


def vault_server(job: Job) -> str | None:
    """The address of the job's Vault where the file says it in full, in variables or in a script; else None."""
    for name in ADDRESSES:
        address = expanded(_value(job, name) or "", job)
        if address and "$" not in address:
            return address
    for _, command in commands_of(job, _SET):
        for assignment in (*command.assignments, *command.declared):
            if assignment.name in ADDRESSES and assignment.value and assignment.value.literal:
                return assignment.value.literal
    return None


def host_of(url: str) -> str:
    """The host of an address, in small letters; "" where it is none."""
    found = _HOST.match(url)
    return found[1].lower() if found else ""


def _value(job: Job, name: str) -> str | None:
    variable = job.variables.get(name)
    return variable.value if variable else None
