"""`curl`, `wget` and other programs that send requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.hosts import sent
from bot.leaks.model import Sink
from bot.leaks.program import Argument, Exposure, Program
from bot.leaks.programs.answers import write_answer
from bot.leaks.programs.repairs import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.model import Leak
    from bot.leaks.program import Invocation

_VERBOSE: Final = r"-\w*v\w*|--verbose|--trace(-ascii)?(=.*)?"
_USER: Final = regex(
    r"\s(?:-u ?|--user[ =])(?P<word>\"[^\"`\\\s]+\"|(?:[\w.@+-]|\$\{?\w+\}?)+:\$\{?\w+\}?)(?=\s|$)"
)
_IN_HEADERS: Final = frozenset({"-H", "--header", "-u", "--user", "--oauth2-bearer"})


def _exposes_curl(call: Invocation) -> Iterator[Exposure]:
    yield from _verbose_curl(call)
    yield from sent(call)


def _verbose_curl(call: Invocation) -> Iterator[Exposure]:
    """`curl -v` shows headers, credentials and the URL, not the body; `--trace` shows everything."""
    if call.streams.err.kind != "log" or not any(
        value.text is not None and re.fullmatch(_VERBOSE, value.start) for value in call.arguments
    ):
        return
    traces = any(value.start.startswith("--trace") for value in call.arguments)
    for before, value in call.pairs():
        if value.secrets and (traces or before in _IN_HEADERS or "://" in value.start):
            yield Exposure(Sink.VERBOSE, value.secrets[0])
            return


def _user_on_stdin(leak: Leak) -> str | None:
    """`curl -u "ci:$X" URL` as `printf 'user = "%s"' "ci:$X" | curl -K - URL` (curl(1), 2026-11)."""
    found = _USER.search(leak.code)
    reads_input = re.search(r"\||<|@-|\s-(?:\s|$)|\s(?:-K|--config)\b", leak.code)
    if found is None or reads_input or not leak.code.startswith("curl"):
        return None
    word = found["word"]
    return f"printf 'user = \"%s\"' {value_of(word)} | {leak.code[: found.start()]} -K -{leak.code[found.end() :]}"


PROGRAMS = (
    Program(
        names=("curl",),
        run=write_answer,
        arguments=(Argument(r"-u.*|--user=.*", r"-u|--user", "--netrc-file or -K -"),),
        exposes=_exposes_curl,
        value_options=r"-u|--user",
        repairs=(_user_on_stdin,),
    ),
    Program(
        names=("wget",),
        run=write_answer,
        arguments=(Argument(r"--(?:http-)?password=", r"--(?:http-)?password", "a .netrc file"),),
        verbose=r"-d|--debug",
        exposes=sent,
    ),
    Program(names=("http", "https"), run=write_answer, verbose=r"-v|--verbose|--all", exposes=sent),
    Program(names=("nc", "ncat", "telnet", "dig", "nslookup", "host"), exposes=sent),
    Program(names=("grpcurl",), verbose=r"-v|-vv"),
)
