"""`git`: addresses with credentials in its settings, which it prints, and a trace of its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import Sink
from bot.leaks.program import Exposure, Keeps, Program
from bot.leaks.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation

_SETTINGS: Final = "/root/.gitconfig"
_PRINTS: Final = regex(
    r"git\s+(?:-\S+\s+)*(?:config\s+.*(?:-l|--list|--get\S*)\b|config\s+(?:list|get)\b|remote\s+(?:-v|show|get-url)\b)"
)
_OFF: Final = frozenset({"", "0", "false", "no", "off"})


def _git(call: Invocation) -> None:
    """`git config --list` and `git remote -v` print the addresses with the passwords in them."""
    if _PRINTS.match(call.line):
        call.write(Value(None, call.state.read(Value(_SETTINGS)).flows))


def _exposes(call: Invocation) -> Iterator[Exposure]:
    """`GIT_TRACE` prints the arguments of each command, an address with its password too (git 2.39, 2026-11)."""
    level = call.state.lookup("GIT_TRACE").text
    if level is None or level.lower() in _OFF or call.streams.err.kind != "log":
        return
    secret = next((value for value in call.arguments if value.secrets), None)
    if secret is not None:
        yield Exposure(Sink.VERBOSE, secret.secrets[0])


PROGRAMS = (
    Program(
        names=("git",),
        run=_git,
        exposes=_exposes,
        keeps=(
            Keeps(r"git\s+(?:-\S+\s+)*(?:config|remote (?:add|set-url)|clone|submodule add)\b", _SETTINGS),
        ),
    ),
)
