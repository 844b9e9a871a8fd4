"""Secrets that a command shows beside its output: arguments, URLs, verbose traffic, and what its program says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.model import Sink
from bot.leaks.program import Exposure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Call, Program

_URL: Final = re.compile(r"(?:.*[\s=+])?(?:git\+)?https?://[^/@\s]*", re.DOTALL)


def may_expose(call: Call, program: Program | None) -> bool:
    """Whether the command can show anything beside its output.

    Without a secret in its words and in its input, only a program can that reads files or variables: what sends
    requests and what builds images.
    """
    if program is not None and program.exposes is not None:
        return True
    return bool(call.stdin.flows) or any(value.flows for value in call.arguments)


def exposures(call: Call, program: Program | None) -> Iterator[Exposure]:
    """Where the command exposes a secret beside its output."""
    is_build = program is not None and program.builds is not None and program.builds(call)
    if not is_build and any(value.secrets for value in call.arguments):
        if program is not None:
            yield from _arguments(call, program)
        yield from _urls(call)
        if program is not None:
            yield from _verbose(call, program)
    if program is not None and program.exposes is not None:
        yield from program.exposes(call)


def _arguments(call: Call, program: Program) -> Iterator[Exposure]:
    rest = " ".join(value.start for value in call.arguments)
    option = next((each for each in program.arguments if not each.when or re.match(each.when, rest)), None)
    if option is None:
        return
    for before, value in call.pairs():
        if value.secrets and (
            re.fullmatch(option.apart, before) or (value.start and re.fullmatch(option.joined, value.start))
        ):
            yield Exposure(Sink.ARGUMENT, value.secrets[0], option.safe)


def _urls(call: Call) -> Iterator[Exposure]:
    for value in call.arguments:
        if value.secrets and value.text is None and _URL.fullmatch(value.prefix) and "?" not in value.prefix:
            yield Exposure(Sink.URL, value.secrets[0], value.prefix.rsplit("://", 1)[-1].rstrip(":"))


def _verbose(call: Call, program: Program) -> Iterator[Exposure]:
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
