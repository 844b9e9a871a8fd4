"""`ssh` and its relatives: commands for another machine, keys by file, passwords by `sshpass`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.program import NEVER, Argument, Program
from bot.leaks.programs.repairs import value_of
from bot.leaks.values import Value

if TYPE_CHECKING:
    from bot.leaks.model import Leak
    from bot.leaks.program import Invocation


def _ssh(call: Invocation) -> None:
    key_files(call)
    for word, value in zip(call.command.words[1:], call.arguments, strict=False):
        if value.secrets and re.match(r"\s*(?:echo|printf)\b(?![^;|&]*[|>])", word.prefix):
            call.write(Value(None, value.flows))


def key_files(call: Invocation) -> None:
    """`-i "$KEY"` takes a file: a secret's value there is no path."""
    for before, value in call.pairs():
        if before == "-i" or (call.name == "ssh-add" and value.secrets):
            call.context.reports.used_as_file(value)


def _sshpass(leak: Leak) -> str | None:
    """`sshpass -p "$X" ssh` as `SSHPASS="$X" sshpass -e ssh`."""
    found = re.match(r"sshpass\s+-p[\s]*(\"\$\{?\w+\}?\"|\$\{?\w+\}?)(?=\s)", leak.code)
    if found is None:
        return None
    return f"SSHPASS={value_of(found[1])} sshpass -e{leak.code[found.end() :]}"


PROGRAMS = (
    Program(
        names=("ssh",),
        run=_ssh,
        arguments=(
            Argument(r"[A-Za-z_]\w*=|.*\s.*", NEVER, "standard input (`ssh host 'T=$(cat); ...' <<< ...`)"),
        ),
        # it shows the command that it sends ("debug1: Sending command: ...", OpenSSH 9, 2026-11)
        verbose=r"-v+",
    ),
    Program(names=("scp", "sftp", "ssh-add"), run=key_files),
    Program(
        names=("sshpass",),
        value_options=r"-p",
        arguments=(Argument(r"-p", r"-p", "sshpass -e with the variable SSHPASS"),),
        repairs=(_sshpass,),
    ),
)
