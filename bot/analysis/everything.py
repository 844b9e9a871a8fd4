"""Importing this loads all that is loaded on demand elsewhere: rules, and the readers of every format.

For the server that jobs are forked from: what it has loaded no job loads again, and a program that is upgraded while it
runs mixes no two versions.
"""

from __future__ import annotations

from typing import Final

from bot.analysis import causes, focus, verify
from bot.clouds import read as clouds
from bot.documents import hcl_reader, json, powershell, shell, yaml
from bot.leaks import analysis as leaks
from bot.rules import ALL_RULES
from bot.vault import read as vault
from bot.vault import reread
from bot.vault.claims import role_jobs

RULES: Final = tuple(ALL_RULES)
READERS: Final = (
    causes,
    clouds,
    focus,
    hcl_reader,
    json,
    leaks,
    powershell,
    reread,
    role_jobs,
    shell,
    vault,
    verify,
    yaml,
)
