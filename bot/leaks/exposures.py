"""Secrets that a command shows beside its output: arguments, URLs, verbose traffic, and what its program says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.facts.password_options import BY_PROGRAM
from bot.lazy import regex
from bot.leaks.clear_text import sent_in_clear_text
from bot.leaks.model import Sink
from bot.leaks.program import NEVER, Argument, Exposure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation, Program
    from bot.leaks.values import Value

_CREDENTIALS: Final = regex(
    r"(?:.*[^A-Za-z0-9+-])?(?:git\+)?(?P<scheme>[a-z][a-z0-9+-]*)://[^/@\s]*", re.DOTALL
)
_KEPT: Final = regex(r"https?|ftp\w*|sftp|scp|ssh|rsync|smb|(?:web)?davs?|svn(?:\+ssh)?|git(?:\+ssh)?")
"""schemes of addresses that programs keep in their settings and print: of transfers, not of databases"""
# An option of any program that says by its name that its value is a secret.
_NAMED: Final = (
    r"--?(?:[A-Za-z][\w.]*[-_.])*"
    r"(?i:token|password|passwd|passphrase|pass|pw|secret|(?:api|access|secret|auth|private|license)[-_]?key|credentials?|pat|jwt)"
)
# `npm config set //registry.example.com/:_authToken` (docs.npmjs.com, 2026-11)
_OF_NPM: Final = r".*:_(?:authToken|auth|password)"
_ANY: Final = Argument(
    rf"(?:{_NAMED}|{_OF_NPM}|-[DP][\w.-]*(?i:token|password|secret|apikey))=", rf"{_NAMED}|{_OF_NPM}", ""
)
_SHORT: Final = Argument(NEVER, r"-(?:p|P|k|t|w|a|pass|pat)|auth|login", "")
"""of a program that nobody described: where a secret is behind such an option, it is the option's value"""
_PUBLISHES: Final = regex(r"publish|upload|push|login|deploy|release|auth")
_OWN_SCRIPT: Final = regex(r"\.{1,2}/|.*\.(?:sh|bash|py|rb|js|pl|ts|php)$")
"""programs of the project itself: nothing can be said of what else they read"""


def may_expose(call: Invocation, program: Program | None) -> bool:
    """Whether the command can show anything beside its output.

    Without a secret in its words and in its input, only a program can that reads files or variables: what sends
    requests and what builds images.
    """
    if program is not None and program.exposes is not None:
        return True
    return bool(call.streams.stdin.flows) or any(value.flows for value in call.arguments)


def exposures(call: Invocation, program: Program | None) -> Iterator[Exposure]:
    """Where the command exposes a secret beside its output."""
    is_build = program is not None and program.builds is not None and program.builds(call)
    if not is_build and any(value.secrets for value in call.arguments):
        shown = list(_arguments(call, program))
        yield from shown
        yield from (each for each in _urls(call) if each.sink is Sink.URL or not shown)
        if program is not None:
            yield from _verbose(call, program)
    own = list(program.exposes(call)) if program is not None and program.exposes is not None else []
    yield from own
    if not is_build and all(each.sink is not Sink.FOREIGN_HOST for each in own):
        yield from sent_in_clear_text(call)


def _arguments(call: Invocation, program: Program | None) -> Iterator[Exposure]:
    """Secrets behind the options of the program, then behind those that are named like secrets."""
    rest = " ".join(value.start for value in call.arguments)
    own = program.arguments if program is not None else ()
    known = next((each for each in own if not each.when or re.match(each.when, rest)), None)
    is_own_script = any(_OWN_SCRIPT.match(word.literal or "") for word in call.command.words[:1])
    options = [each for each in (known, None if is_own_script else _ANY) if each is not None]
    if program is None and not is_own_script and _PUBLISHES.search(rest):
        options.append(_SHORT)
    shown = _in_options(call)
    for index, (before, value) in enumerate(call.pairs()):
        option = next((each for each in options if value.secrets and _is_behind(each, before, value)), None)
        if option is not None or index in shown:
            yield Exposure(Sink.ARGUMENT, value.secrets[0], option.safe if option is not None else "")


def _in_options(call: Invocation) -> set[int]:
    """Where among the arguments a secret is by the table of password options."""
    rows = BY_PROGRAM.get(call.name, ())
    texts = [value.literal for value in call.arguments] if rows else []
    return {index for row in rows for index, _ in row.places(texts) if call.arguments[index].secrets}


def _is_behind(option: Argument, before: str, value: Value) -> bool:
    return re.fullmatch(option.apart, before) is not None or (
        value.start != "" and re.fullmatch(option.joined, value.start) is not None
    )


def _urls(call: Invocation) -> Iterator[Exposure]:
    for value in call.arguments:
        found = _CREDENTIALS.fullmatch(value.prefix) if value.secrets and value.text is None else None
        if found is None or "?" in value.prefix:
            continue
        if _KEPT.fullmatch(found["scheme"]):
            yield Exposure(Sink.URL, value.secrets[0], value.prefix.rsplit("://", 1)[-1].rstrip(":"))
        elif ":" in value.prefix.rsplit("://", 1)[-1]:
            yield Exposure(Sink.ARGUMENT, value.secrets[0], "")


def _verbose(call: Invocation, program: Program) -> Iterator[Exposure]:
    if (
        not program.verbose
        or call.streams.err.kind != "log"
        or not any(
            value.text is not None and re.fullmatch(program.verbose, value.start) for value in call.arguments
        )
    ):
        return
    secret = next((value for value in call.arguments if value.secrets), None)
    if secret is not None:
        yield Exposure(Sink.VERBOSE, secret.secrets[0])
