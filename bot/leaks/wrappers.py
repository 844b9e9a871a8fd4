"""Programs that run another one: `sudo`, `env A=b`, `timeout 5`, `nice`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.lazy import regex

if TYPE_CHECKING:
    from bot.leaks.values import Value

_WRAPPERS: Final[dict[str, str]] = {
    "sudo": "ugp", "nice": "n", "nohup": "", "time": "fo", "timeout": "sk", "command": "", "builtin": "", "exec": "a",
    "ionice": "cn", "setsid": "", "stdbuf": "ioe", "unbuffer": "", "chronic": "", "retry": "", "doas": "u",
    "env": "uSC", "busybox": "", "gosu": "", "su-exec": "",
}  # fmt: skip
"""their short options that take a value"""
_ALSO_ALONE: Final = frozenset({"env", "exec", "command"})
_DURATION: Final = regex(r"[\d.]+[smhd]?")


def unwrapped(words: list[Value]) -> tuple[list[Value], str]:
    """The words of the command that is run in the end, and its name; "" where that is not known."""
    while words:
        text = words[0].text
        if text is None:
            return words, ""
        name = text.rsplit("/", 1)[-1]
        if name not in _WRAPPERS or (name in _ALSO_ALONE and len(words) == 1):
            return words, name
        if name == "env" and _clears(words[1:]):
            return words, name
        if name == "command" and words[1].text in {"-v", "-V"}:
            return words, name
        rest = words[1 + _own_arguments(name, words[1:]) :]
        if not rest:
            return words, name
        words = rest
    return words, ""


def _clears(words: list[Value]) -> bool:
    """Whether `env` starts the command with an empty environment."""
    for word in words:
        text = word.text
        if text is not None and (text.startswith("-i") or text in {"-", "--ignore-environment"}):
            return True
        if not _is_assignment(word) and not (text or "").startswith("-"):
            return False
    return False


def _own_arguments(name: str, words: list[Value]) -> int:
    """How many of `words` are arguments of the wrapper itself."""
    count = 0
    while count < len(words):
        text = words[count].text
        if name == "env" and _is_assignment(words[count]):
            count += 1
        elif text is not None and text.startswith("-") and text != "-":
            count += 1
            if len(text) == 2 and text[1] in _WRAPPERS[name]:  # noqa: PLR2004 - a dash and a letter
                count += 1
        elif name == "timeout" and _DURATION.fullmatch(text or ""):
            return count + 1
        else:
            break
    return min(count, len(words))


def _is_assignment(word: Value) -> bool:
    """Whether the word sets a variable for the command behind `env`."""
    if word.text is None:
        return bool(word.flows)
    return "=" in word.text and not word.text.startswith("-")
