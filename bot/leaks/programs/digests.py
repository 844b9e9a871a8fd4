"""Programs whose output gives away nothing, or next to nothing, of what they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leaks.program import Program

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


def _digest(call: Invocation) -> None:
    call.contents(call.split()[1])


PROGRAMS = (
    Program(
        names=(
            "sha256sum", "sha1sum", "sha512sum", "sha384sum", "sha224sum", "md5sum", "b2sum", "cksum", "sum", "crc32",
            "wc", "cmp", "stat", "file", "ls", "du", "shasum", "xxhsum",
        ),
        run=_digest,
    ),
)  # fmt: skip
