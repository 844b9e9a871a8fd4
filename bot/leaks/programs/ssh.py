"""`ssh` and its relatives: commands for another machine, keys by file, passwords by `sshpass`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.program import NEVER, Argument, Program
from bot.leaks.programs.repairs import value_of
from bot.leaks.values import Value, flows_of

if TYPE_CHECKING:
    from bot.leaks.model import Leak
    from bot.leaks.program import Invocation


def _ssh(call: Invocation) -> None:
    """`ssh HOST echo "$X"`: the output of the other machine's command is in the log."""
    key_files(call)
    words = call.split("BbcDEeFIiJLlmOopQRSWw")[1][1:]
    if re.match(r"\s*(?:echo|printf)\b(?![^;|&]*[|>])", " ".join(value.literal for value in words)):
        call.write(Value(None, flows_of(words)))


def key_files(call: Invocation) -> None:
    """`-i "$KEY"` takes a file: a secret's value there is no path."""
    for before, value in call.pairs():
        if before == "-i" or (call.name == "ssh-add" and value.secrets):
            call.context.reports.used_as_file(value, call.streams.err)


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
