"""Parts of repairs of command lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.model import Leak


def value_of(word: str) -> str:
    """The word in double quotes."""
    return word if word.startswith('"') else f'"{word}"'


def in_variable(option: str, variable: str) -> Callable[[Leak], str | None]:
    """A repair: the secret behind `option` goes to an environment variable of the command."""
    pattern = re.compile(r"\s(?:" + option + r")(\"\$\{?\w+\}?\"|\$\{?\w+\}?)(?=\s|$)")

    def repair(leak: Leak) -> str | None:
        found = pattern.search(leak.code)
        if found is None or not leak.code.startswith(leak.command):
            return None
        rest = f"{leak.code[: found.start()]}{leak.code[found.end() :]}"
        return f"{variable}={value_of(found[1])} {rest}"

    return repair
