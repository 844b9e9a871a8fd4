"""What a job's scripts ask of Vault: the calls of its command line and of its HTTP API, wherever they are nested."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.documents.shell import parse_shell
from bot.lazy import dataclass, regex
from bot.pipeline.places import folded_script, script_text, span_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.documents.location import Span
    from bot.documents.shell_nodes import Command, Word
    from bot.pipeline.model import Job, ScriptLine

PROGRAMS: Final = frozenset({"vault", "bao", "stronghold"})
"""Vault's command line and those made after it: OpenBao's, Deckhouse Stronghold's (`d8 stronghold ...`)."""
_CLIENTS: Final = frozenset({"curl", "wget", "http", "https"})
_HINTS: Final = (*PROGRAMS, "/v1/")
_API: Final = regex(r"/v1/(?P<path>[^\s?\"']+)")
_LOGIN: Final = regex(r"auth/.+/login(?:/.*)?$")
_APPROLE: Final = regex(r"auth/[^/]*approle[^/]*/login")
_SENDS: Final = regex(r"^(?:-d|--data.*|--json|-F|--form|-T|--post-data.*|--body-data.*)$")
_METHOD: Final = regex(r"(?:^|\s)(?:(?:-X|--request|--method)[=\s]?|https?\s)(?P<name>[A-Z]+)(?=\s)")
_GROUPS: Final = frozenset({"kv", "token", "auth", "secrets", "policy", "lease", "operator", "audit"})
"""Commands of Vault whose next word is the real one: `vault kv get`."""


class Asks(StrEnum):
    """What a call is for."""

    JWT_LOGIN = "jwt-login"
    APPROLE_LOGIN = "approle-login"
    TOKEN_LOGIN = "token-login"  # noqa: S105 - the name of a kind, not a value
    OTHER_LOGIN = "login"
    READ = "read"
    REVOKE = "revoke"
    """`token revoke`, and questions that read nothing (`status`, `token lookup`)"""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ScriptVaultCall:
    """One call. `words` are its words as written, quotes around each taken off; `path` what is read or written."""

    line: ScriptLine
    command: Command
    words: tuple[str, ...]
    asks: Asks
    path: str

    @property
    def span(self) -> Span:
        """The whole command, in its file."""
        return span_within(self.line.scalar, self.command.start, self.command.end)


def commands_of(job: Job, hint: re.Pattern[str]) -> Iterator[tuple[ScriptLine, Command]]:
    """Every simple command in the script entries in which `hint` is found, also those inside of `$(...)`."""
    yield from commands_in(job.scripts, hint)


def commands_in(lines: Iterable[ScriptLine], hint: re.Pattern[str]) -> Iterator[tuple[ScriptLine, Command]]:
    """Every simple command in those of the lines in which `hint` is found, a pattern without anchors."""
    lines = tuple(lines)
    if not hint.search(script_text(lines)):
        return
    for line in lines:
        if hint.search(line.text):
            for command in parse_shell(line.text).commands():
                yield line, command


def vault_calls(job: Job) -> tuple[ScriptVaultCall, ...]:
    """The calls of Vault in the order of the script."""
    return job.ask(_vault_calls)


def _vault_calls(job: Job) -> tuple[ScriptVaultCall, ...]:
    return tuple(calls_in(job.scripts))


def calls_in(lines: Iterable[ScriptLine]) -> Iterator[ScriptVaultCall]:
    """The calls of Vault in the lines, in their order."""
    lines = tuple(lines)
    if _may_call(folded_script(lines)):
        for line in lines:
            yield from _calls_in(line)


def _may_call(folded: str) -> bool:
    """Whether a text in lower case may contain a call."""
    return any(hint in folded for hint in _HINTS)


@lru_cache(maxsize=512)
def _calls_in(line: ScriptLine) -> tuple[ScriptVaultCall, ...]:
    """The calls in one script entry: several rules ask for those of the same job, one after another."""
    if not _may_call(line.text.casefold()):
        return ()
    calls: list[ScriptVaultCall] = []
    for command in parse_shell(line.text).commands():
        words = tuple(written(line, word) for word in command.words)
        program = next((at for at, word in enumerate(words[:2]) if word.rpartition("/")[2] in PROGRAMS), None)
        if program is not None and (program == 0 or command.name in {"d8", ""}):
            calls.append(_of_program(line, command, words, words[program + 1 :]))
        elif command.name in _CLIENTS:
            calls += _of_client(line, command, words)
    return tuple(calls)


def written(line: ScriptLine, word: Word) -> str:
    """The word as it is in the script, without quotes around the whole of it."""
    return line.text[word.start : word.end].strip("\"'")


def _of_program(
    line: ScriptLine, command: Command, words: tuple[str, ...], arguments: tuple[str, ...]
) -> ScriptVaultCall:
    mount, arguments = _mount_option(arguments)
    operands = [word for word in arguments if not word.startswith("-")]
    verb = operands.pop(0) if operands else ""
    if verb in _GROUPS and operands:
        verb = f"{verb} {operands.pop(0)}"
    path = operands[0] if operands else ""
    if mount and verb.startswith("kv ") and path:
        path = f"{mount}/{path.lstrip('/')}"
    if verb == "login":
        asks = _login(" ".join(arguments))
    elif verb == "write" and _LOGIN.search(path):
        asks = _login(" ".join(operands))
    elif verb in {"kv get", "read"}:
        asks = Asks.READ
    elif verb in {"token revoke", "token lookup", "status", "version", ""}:
        asks = Asks.REVOKE
    else:
        asks = Asks.OTHER
    return ScriptVaultCall(line, command, words, asks, path)


def _mount_option(arguments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The mount of `vault kv get -mount=x` ("" for none), and the other words (`vault kv -h`, 2026-11)."""
    for index, word in enumerate(arguments):
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and name == "mount":
            taken = 1 if equals else 2
            mount = value if equals else "".join(arguments[index + 1 : index + 2])
            return mount.strip("\"'/"), arguments[:index] + arguments[index + taken :]
    return "", arguments


def _login(text: str) -> Asks:
    if re.search(r"\bjwt=", text):
        return Asks.JWT_LOGIN
    if re.search(r"\bsecret_id=", text) or _APPROLE.search(text) or "-method=approle" in text:
        return Asks.APPROLE_LOGIN
    if "-method" in text or "auth/" in text:
        return Asks.OTHER_LOGIN
    return Asks.TOKEN_LOGIN


def _of_client(line: ScriptLine, command: Command, words: tuple[str, ...]) -> Iterator[ScriptVaultCall]:
    text = " ".join(words)
    api = next((match for word in words if (match := _API.search(word))), None)
    if api is None:
        return
    path = api["path"]
    if not re.search(r"vault|bao", text, re.IGNORECASE) and not _LOGIN.search(path):
        return
    method = _METHOD.search(text)
    if _LOGIN.search(path):
        asks = Asks.OTHER_LOGIN
        if _APPROLE.search(path) or "secret_id" in text:
            asks = Asks.APPROLE_LOGIN
        elif "jwt" in text:
            asks = Asks.JWT_LOGIN
    elif path.startswith(("auth/token/revoke", "auth/token/lookup", "sys/health")):
        asks = Asks.REVOKE
    elif any(_SENDS.match(word) for word in words) or (method and method["name"] not in {"GET", "LIST"}):
        asks = Asks.OTHER
    else:
        asks = Asks.READ
    yield ScriptVaultCall(line, command, words, asks, path)
