"""Script entries that cannot matter: whatever the job holds, they show nothing and leave nothing behind.

Many entries are such: `npm ci`, `echo "Building"`, `apt-get update -y`. To interpret one takes a hundred times as long
as to remember that its text is one of them: a fifth of the interpretation of public pipelines.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import AndOr, Block, Command
from bot.leaks.builtins import BUILTINS
from bot.leaks.programs import program_named
from bot.leaks.scripts import SHELLS
from bot.leaks.values import LOG, Value
from bot.leaks.wrappers import unwrapped

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Redirect, Statement
    from bot.leaks.state import Shell
    from bot.leaks.values import Streams

_SAYING: Final = frozenset({"echo", "print", "true", ":", "false"})
"""builtins that change nothing: what they write is plain text"""


def is_skipped(text: str, shell: Shell, streams: Streams) -> bool:
    """Whether an entry may be left out here: in a shell that writes to the log, traces nothing and has no functions."""
    is_plain = not shell.functions and shell.trace is None and streams.out is LOG and streams.err is LOG
    return is_plain and is_inert(text)


@lru_cache(maxsize=8192)
def is_inert(text: str) -> bool:
    """Whether nothing in the entry stores, reads or runs anything but programs of which nothing is known to matter."""
    script = parse_shell(text)
    return not script.troubles and not script.goes_on and _is_inert(script.body)


def _is_inert(statement: Statement) -> bool:
    match statement:
        case Command():
            return _changes_nothing(statement)
        case AndOr(first=first, rest=rest):
            return all(map(_is_inert, (first, *(right for _, right in rest))))
        case Block(statements=statements):
            return all(map(_is_inert, statements))
    return False


def _changes_nothing(command: Command) -> bool:
    """Whether every word is written out, and what runs neither prints, reads nor keeps anything by itself."""
    words = [word.literal for word in command.words]
    if not words or command.assignments or command.declared or not all(map(_goes_nowhere, command.redirects)):
        return False
    if any(word is None or "{" in word for word in words):
        return False
    values, name = unwrapped([Value(word) for word in words])
    texts = [value.text or "" for value in values]
    if not name or "/" in texts[0] or name in SHELLS:
        return False
    if name in BUILTINS:
        return name in _SAYING
    program = program_named(name)
    return program is None or (
        (program.run is None or not program.idle.isdisjoint(texts[1:2]))
        and program.exposes is None
        and not any(printer.matches(texts[1:]) for printer in program.printers)
    )


def _goes_nowhere(redirect: Redirect) -> bool:
    """Whether the output goes to the log or to nowhere, and to no file."""
    target = redirect.target.literal if redirect.target is not None else None
    if redirect.operator == ">&":
        return target in {"1", "2"}
    return redirect.operator in {">", ">>", "&>", "&>>"} and target == "/dev/null"
