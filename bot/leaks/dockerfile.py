"""What a Dockerfile of the repository keeps of the secrets that a build hands to it."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass, regex
from bot.leaks.uploads import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INSTRUCTION: Final = regex(r"[ \t]*([A-Za-z]+)[ \t]+((?:[^\n]*\\[ \t]*\n(?:[ \t]*#[^\n]*\n)*)*[^\n]*)")
_FROM: Final = regex(r"(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_REFERENCE: Final = regex(r"\$(?:\{(\w+)(?::?[-+][^}]*)?\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """`ENV A=b`: its keyword in upper case, what follows, and where it is in the text."""

    keyword: str
    rest: str
    start: int
    end: int


def instructions_of(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, continued lines joined (docs.docker.com/reference/dockerfile, 2026-11)."""
    found: list[Instruction] = []
    at = 0
    while at < len(text):
        match = _INSTRUCTION.match(text, at)
        if match is not None:
            rest = re.sub(r"\\[ \t]*\n(?:[ \t]*#[^\n]*\n)*", " ", match[2]).strip()
            found.append(Instruction(match[1].upper(), rest, match.start(1), match.end()))
            at = match.end()
        stop = text.find("\n", at)
        at = len(text) if stop < 0 else stop + 1
    return found


def in_the_image(instructions: list[Instruction]) -> Iterator[Instruction]:
    """The instructions of the last stage and of the stages that it builds upon: the others leave no trace in it."""
    stages: list[tuple[str, str, list[Instruction]]] = []
    for instruction in instructions:
        if instruction.keyword == "FROM":
            named = _FROM.match(instruction.rest)
            stages.append((((named and named[2]) or "").lower(), (named[1] if named else "").lower(), []))
        elif stages:
            stages[-1][2].append(instruction)
    wanted = ""
    for index, (name, base, own) in enumerate(reversed(stages)):
        if index == 0 or (name and name == wanted):
            wanted = base
            yield from own


def kept_arguments(instruction: Instruction) -> Iterator[tuple[str, str]]:
    """Of an `ENV`: each variable of the image, and the build argument that its value comes from."""
    rest = instruction.rest
    pairs = (
        re.findall(r"(\w+)=((?:\"[^\"]*\"|'[^']*'|\\.|\S)*)", rest)
        if re.match(r"\w+=", rest)
        else [(rest.partition(" ")[0], rest.partition(" ")[2])]
    )
    for name, value in pairs:
        for one, other in _REFERENCE.findall(value):
            yield name, one or other


def copied(instruction: Instruction, files: Iterable[str]) -> list[str]:
    """Of a `COPY` or `ADD`: those of the build context's files that come into the image."""
    words = [word.strip("\"',[]") for word in instruction.rest.split()]
    if any(word.startswith("--from") for word in words):
        return []
    *sources, _target = [word for word in words if not word.startswith("--")] or [""]
    found = []
    for source in sources:
        pattern = posixpath.normpath(source.lstrip("/") or ".")
        found += [path for path in files if pattern == "." or matches(pattern, path)]
    return found


def is_ignored(path: str, dockerignore: str) -> bool:
    """Whether `.dockerignore` keeps the file out of the build context: the last line that matches decides."""
    ignored = False
    for line in dockerignore.split("\n"):
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            wanted = pattern.lstrip("!").strip("/")
            if wanted == "." or matches(wanted, path):
                ignored = not pattern.startswith("!")
    return ignored
