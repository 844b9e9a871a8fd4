"""The programs that the analysis knows, one file for each program or family. CONTRIBUTING says how to add one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.leaks.programs import (
    archives,
    awk,
    clouds,
    comparing,
    compression,
    copying_filters,
    curl,
    cut,
    databases,
    digests,
    docker,
    drawings,
    encoders,
    encryption,
    environment,
    file_tools,
    git,
    grep,
    interpreters,
    jq,
    kubernetes,
    openssl,
    packages,
    password_managers,
    path_tools,
    secret_runners,
    sed,
    speakers,
    ssh,
    task_runners,
    tee,
    terraform,
    tr,
    transfers,
    vault,
    xargs,
)

if TYPE_CHECKING:
    from bot.leaks.model import Leak
    from bot.leaks.program import Program

REGISTRY: Final[tuple[Program, ...]] = (
    *archives.PROGRAMS,
    *awk.PROGRAMS,
    *clouds.PROGRAMS,
    *comparing.PROGRAMS,
    *compression.PROGRAMS,
    *copying_filters.PROGRAMS,
    *curl.PROGRAMS,
    *cut.PROGRAMS,
    *databases.PROGRAMS,
    *digests.PROGRAMS,
    *docker.PROGRAMS,
    *drawings.PROGRAMS,
    *encoders.PROGRAMS,
    *encryption.PROGRAMS,
    *environment.PROGRAMS,
    *file_tools.PROGRAMS,
    *git.PROGRAMS,
    *grep.PROGRAMS,
    *interpreters.PROGRAMS,
    *jq.PROGRAMS,
    *kubernetes.PROGRAMS,
    *openssl.PROGRAMS,
    *packages.PROGRAMS,
    *password_managers.PROGRAMS,
    *path_tools.PROGRAMS,
    *secret_runners.PROGRAMS,
    *sed.PROGRAMS,
    *speakers.PROGRAMS,
    *ssh.PROGRAMS,
    *task_runners.PROGRAMS,
    *tee.PROGRAMS,
    *terraform.PROGRAMS,
    *tr.PROGRAMS,
    *transfers.PROGRAMS,
    *vault.PROGRAMS,
    *xargs.PROGRAMS,
)
_BY_NAME: Final = {name: program for program in REGISTRY for name in program.names}
_BY_END: Final = {name[1:]: program for name, program in _BY_NAME.items() if name.startswith("*")}
_BY_START: Final = {name[:-1]: program for name, program in _BY_NAME.items() if name.endswith("*")}


@lru_cache(maxsize=1024)
def program_named(name: str) -> Program | None:
    """The program of that name, None where it is not known."""
    known = _BY_NAME.get(name)
    if known is not None:
        return known
    by_end = (program for end, program in _BY_END.items() if name.endswith(end))
    by_start = (program for start, program in _BY_START.items() if name.startswith(start))
    return next(by_end, None) or next(by_start, None)


def safe_form(leak: Leak) -> str | None:
    """The leaking command line in a safe form, None where its program knows none."""
    fetched_by = leak.source.name.split(" ")[0] if leak.source is not None else ""
    first = re.match(r"(?:sudo\s+)?(?:\S*/)?([\w.-]+)", leak.code)
    names = (leak.command, fetched_by, first[1] if first else "")
    program = next((_BY_NAME[name] for name in names if name in _BY_NAME), None)
    repairs = program.repairs if program is not None else ()
    return next((code for code in (repair(leak) for repair in repairs) if code is not None), None)
