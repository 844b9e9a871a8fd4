"""What a job's scripts fetch with curl or wget and run unseen: through a pipe, a substitution, or a file."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Command, ProcessSubstitution, ShellPipeline, Substitution
from bot.lazy import dataclass, regex
from bot.pipeline.places import script_text, span_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.documents.shell_nodes import Word
    from bot.pipeline.model import ScriptLine

_FETCH: Final = regex(r"\b(?:curl|wget)\b")
_FETCHERS: Final = frozenset({"curl", "wget"})
_FIXED: Final = regex(r"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b|/v?\d+\.\d[\w.+-]*/")
"""A URL with a commit or a release in it is the same tomorrow."""
_SHELLS: Final = frozenset({"sh", "bash", "zsh", "dash", "ash", "ksh"})
_RUNNERS: Final = _SHELLS | {"python", "python3", "perl", "node", "ruby"}
_READERS: Final = frozenset({"source", ".", "eval"})
"""Builtins that run a file, or what is behind them, in the shell itself."""
_CARRIERS: Final = frozenset({"sudo", "env"})
# Options whose argument is the program, so that the input is something else.
_SHELL_PROGRAM: Final = regex(r"-\w*c$")
_OTHER_PROGRAM: Final = regex(r"-(?:c|m|p|\w*[eE]\S*)$|--(?:eval|print)")
# Who looks at what was fetched before it runs.
_CHECKED: Final = regex(r"\b(?:sha\d+sum|shasum|gpgv?|cosign|minisign|openssl\s+dgst)\b")


@dataclass(frozen=True, slots=True)
class Fetched:
    """Code from elsewhere: where the script runs it, who fetches it and who runs it."""

    span: Span
    fetcher: str
    runner: str


def fetched_code(lines: tuple[ScriptLine, ...]) -> Iterator[Fetched]:
    """Each place where the lines of a job run what they fetch, unless the URL is fixed or something checks the file."""
    if not may_fetch(lines):
        return
    files: dict[str, str] = {}
    for line in lines:
        if not files and not _FETCH.search(line.text):
            continue
        for node in parse_shell(line.text).runs():
            names = _piped(node) if isinstance(node, ShellPipeline) else _handed(node)
            if isinstance(node, Command) and names is None:
                names = _stored(node, files)
                if names is not None and any(_CHECKED.search(each.text) for each in lines):
                    continue
            if names is not None:
                yield Fetched(span_within(line.scalar, node.start, node.end), *names)


def may_fetch(lines: tuple[ScriptLine, ...]) -> bool:
    """Whether the lines of a job name what fetches."""
    text = script_text(lines)
    return any(fetcher in text for fetcher in _FETCHERS)


def _piped(pipe: ShellPipeline) -> tuple[str, str] | None:
    """Who fetches and who runs, of `curl ... | sh`."""
    first, last = pipe.commands[0], pipe.commands[-1]
    if not isinstance(first, Command) or not isinstance(last, Command) or not _is_fetch(first):
        return None
    words = _carried(last)
    runner = (words[0].literal or "").rpartition("/")[2] if words else ""
    return (first.name, runner) if runner in _RUNNERS and _reads_code(runner, words[1:]) else None


def _handed(command: Command) -> tuple[str, str] | None:
    """Who fetches and who runs, of `sh <(curl ...)`, `sh -c "$(curl ...)"` and `eval "$(curl ...)"`."""
    if command.name not in _RUNNERS | _READERS:
        return None
    for before, word in pairwise(command.words):
        part = word.parts[0] if len(word.parts) == 1 else None
        is_program = command.name == "eval" or before.literal == "-c"
        if isinstance(part, ProcessSubstitution) or (isinstance(part, Substitution) and is_program):
            only = part.body.statements[0] if len(part.body.statements) == 1 else None
            if isinstance(only, Command) and _is_fetch(only):
                return only.name, command.name
    return None


def _stored(command: Command, files: dict[str, str]) -> tuple[str, str] | None:
    """Who fetched and who runs, where the command runs one of `files`; what it fetches itself is noted there."""
    if _is_fetch(command):
        name = _target(command)
        if name:
            files[name.removeprefix("./")] = command.name
        return None
    words = _carried(command)
    first = words[0].literal or "" if words else ""
    if first.rpartition("/")[2] in _RUNNERS | _READERS and len(words) > 1:
        operand = next((word.literal or "" for word in words[1:] if not word.prefix.startswith("-")), "")
        fetcher = files.get(operand.removeprefix("./"))
        return (fetcher, first.rpartition("/")[2]) if fetcher else None
    fetcher = files.get(first.removeprefix("./")) if "/" in first else None
    return (fetcher, first) if fetcher else None


def _target(command: Command) -> str | None:
    """The file into which curl or wget writes, where its name is written out."""
    option = {"curl": ("-o", "--output"), "wget": ("-O", "--output-document")}[command.name]
    for before, word in pairwise(command.words):
        written = before.literal or ""
        if written in option or re.fullmatch(rf"-\w+{option[0][1]}", written):
            return word.literal
    redirect = next(
        (each for each in command.redirects if each.operator in {">", ">|"} and each.fd in {None, 1}), None
    )
    if redirect is not None and redirect.target is not None:
        return redirect.target.literal
    plain = command.name == "wget" or any(
        re.fullmatch(r"-\w*O\w*|--remote-name", word.literal or "") for word in command.words
    )
    url = next((word.literal for word in command.words if (word.literal or "").startswith("http")), None)
    return url.partition("?")[0].rpartition("/")[2] if plain and url else None


def _carried(command: Command) -> list[Word]:
    """The words behind `sudo` and `env`, with their options and assignments."""
    words = list(command.words)
    while words and words[0].literal in _CARRIERS:
        words.pop(0)
        while words and ("=" in (words[0].literal or "") or words[0].prefix.startswith("-")):
            words.pop(0)
    return words


def _is_fetch(command: Command) -> bool:
    """Whether it fetches what may be another thing tomorrow."""
    written = " ".join(word.literal or word.prefix for word in command.words)
    return command.name in _FETCHERS and not _FIXED.search(written)


def _reads_code(runner: str, arguments: list[Word]) -> bool:
    """Whether an interpreter with these arguments takes its program from its input: none of them is a program."""
    program = _SHELL_PROGRAM if runner in _SHELLS else _OTHER_PROGRAM
    for word in arguments:
        text = word.literal or "$"
        if text in {"-", "-s", "--"}:
            return True
        if not text.startswith("-") or program.match(text):
            return False
    return True
