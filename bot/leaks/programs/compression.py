"""Compressing programs: a named file becomes a file beside it, standard input goes to standard output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.lazy import regex
from bot.leaks.model import LeakedForm
from bot.leaks.program import Program
from bot.leaks.programs.filtering import deliver, value_of
from bot.leaks.values import Value, changed, flows_of

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


class _Compressor(NamedTuple):
    """What differs: the end of the new file's name, short options with a value, whether the named file stays."""

    suffix: str
    takes_value: str = ""
    keeps: bool = False


# The manuals of gzip, bzip2, xz, zstd, lz4, brotli and pigz (2026-11)
_GZIP: Final = _Compressor(".gz", "Spb")
_BZIP2: Final = _Compressor(".bz2")
_XZ: Final = _Compressor(".xz", "TFCMS")
_LZMA: Final = _Compressor(".lzma", "TFCMS")
_ZSTD: Final = _Compressor(".zst", "oDM", keeps=True)
_COMPRESSORS: Final = {
    "gzip": _GZIP, "gunzip": _GZIP, "pigz": _GZIP, "unpigz": _GZIP, "bzip2": _BZIP2, "bunzip2": _BZIP2,
    "xz": _XZ, "unxz": _XZ, "lzma": _LZMA, "unlzma": _LZMA, "zstd": _ZSTD, "unzstd": _ZSTD,
    "lz4": _Compressor(".lz4", "D", keeps=True), "unlz4": _Compressor(".lz4", "D", keeps=True),
    "brotli": _Compressor(".br", "oqwSD", keeps=True),
}  # fmt: skip
_TO_STDOUT: Final = regex(r"-\w*c\w*|--(?:to-)?stdout")
_UNPACKS: Final = regex(r"-\w*d\w*|--(?:de|un)compress")
_KEEPS: Final = regex(r"-\w*k\w*|--keep")
_LOOKS_ONLY: Final = regex(r"-\w*[tl]\w*|--test|--list")


def _compress(call: Invocation) -> None:
    kind = _COMPRESSORS[call.name]
    options, operands = call.split(kind.takes_value)

    def has(pattern: re.Pattern[str]) -> bool:
        return any(pattern.fullmatch(option.text or "") for option in options)

    if has(_LOOKS_ONLY):
        return
    target = value_of(call, r"-o", "--output") if "o" in kind.takes_value else None
    if kind.suffix == ".lz4" and not has(re.compile(r"-m|--multiple")):
        # one file and its output; without one, standard output where that is no terminal, as in a job
        target = operands[1] if len(operands) > 1 else Value("-")
        operands = operands[:1]
    if has(_TO_STDOUT) or not operands:
        target = target or Value("-")
    unpacks = has(_UNPACKS) or "un" in call.name
    for operand in operands or [Value("-")]:
        value = Value(None, changed(flows_of(call.contents([operand])), LeakedForm.CHANGED))
        if target is not None or operand.text == "-":
            deliver(call, target, value)
        elif operand.text is not None:
            call.write_file(_beside(operand.text, kind.suffix, unpacks=unpacks), value)
            if not (kind.keeps or has(_KEEPS)):
                call.state.files.forget(call.state.resolve(operand.text))


def _beside(path: str, suffix: str, *, unpacks: bool) -> str:
    """The name of the file that is written for `path`."""
    return path.removesuffix(suffix) if unpacks else path + suffix


PROGRAMS = (Program(names=tuple(_COMPRESSORS), run=_compress),)
