"""Filters whose output can be turned back: encodings, compression, other cases and orders."""

from __future__ import annotations

from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.programs.filtering import passing

PROGRAMS = (
    Program(names=("base64",), run=passing(LeakedForm.CHANGED, "w")),
    Program(names=("xxd",), run=passing(LeakedForm.CHANGED, "lcsg")),
    Program(names=("od",), run=passing(LeakedForm.CHANGED, "AtNjw")),
    Program(names=("fold",), run=passing(LeakedForm.CHANGED, "w")),
    Program(names=("iconv",), run=passing(LeakedForm.CHANGED, "ft")),
    Program(
        names=(
            "base32", "basenc", "hexdump", "hd", "rev", "gzip", "gunzip", "bzip2", "xz", "zstd", "uuencode", "recode",
            "rot13", "caesar", "urlencode", "ascii85", "qrencode",
        ),
        run=passing(LeakedForm.CHANGED),
    ),
    Program(names=("toilet", "factor", "bc", "dc"), run=passing(LeakedForm.CHANGED, reads_operands=False)),
)  # fmt: skip
