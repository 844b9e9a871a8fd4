"""Programs that get secrets from a store and start another command with them in its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.findings import Confidence
from bot.lazy import regex
from bot.leaks.program import Printer, Program

if TYPE_CHECKING:
    from bot.leaks.program import Invocation
    from bot.leaks.values import Value

# The word behind which the command comes, where it is not `--`: `sops exec-env FILE COMMAND`, `chamber exec SERVICE --`
# (the programs' manuals, 2026-11). A number: so many operands first.
_OPERANDS_FIRST: Final = {
    "sops": 2,
    "summon": 0,
    "envconsul": 0,
    "envchain": 1,
    "dotenv": 0,
    "aws-vault": 2,
    "teller": 1,
    "chamber": 2,
    "vaultenv": 0,
}
_STARTERS: Final = ("summon", "envconsul", "envchain", "dotenv", "vaultenv")
"""they start a command without a word for it"""
_RUNS: Final = regex(r"(?:run|exec|exec-env)$")
_TAKES_VALUE: Final = regex(
    r"-[a-zA-Z]|--?(?:secret|secrets-file|prefix|config|env-file|file|vault-addr|environment|provider)$"
)
_DUMPS: Final = regex(r"(?:\S*/)?(?:env|printenv)(?:\s+\|.*)?|export\s+-p")


def run(call: Invocation) -> None:
    """Run the command that the program starts."""
    words = command_of(call)
    if words:
        run_with_secrets(call, words, "the secrets that it got")


def command_of(call: Invocation) -> list[Value]:
    """The words of the command that is started, none where there is none."""
    texts = call.texts
    if call.name not in _STARTERS and not any(_RUNS.fullmatch(text) for text in texts[:2]):
        return []
    if "--" in texts:
        return call.arguments[texts.index("--") + 1 :]
    count = _OPERANDS_FIRST.get(call.name)
    if count is None:
        return []
    at = 0
    while at < len(texts):
        if texts[at].startswith("-"):
            at += 2 if _TAKES_VALUE.fullmatch(texts[at]) else 1
        elif count:
            count, at = count - 1, at + 1
        else:
            break
    return call.arguments[at:]


def dumps(words: list[Value]) -> bool:
    """Whether the command prints its environment: `env`, `printenv`, `sh -c 'env | sort'`."""
    texts = [word.text or "" for word in words]
    if len(texts) > 2 and texts[1].endswith("c") and texts[1].startswith("-"):  # noqa: PLR2004 - `sh -c CODE`
        texts = [texts[2].strip()]
    return len(texts) == 1 and _DUMPS.fullmatch(texts[0]) is not None


def run_with_secrets(
    call: Invocation, words: list[Value], contents: str, confidence: Confidence = Confidence.HIGH
) -> None:
    """Run the command, which has secrets in its environment that the runner does not know."""
    if dumps(words):
        call.fetched(call.name, contents, confidence=confidence)
    else:
        call.context.runner.run_words(call, words, call.streams)


PROGRAMS = (
    Program(names=(*_STARTERS, "aws-vault"), run=run),
    Program(names=("teller",), run=run, printers=(Printer(("env|sh|show|export",), "the secrets"),)),
)
