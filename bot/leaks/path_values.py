"""Paths of secrets' files that are used as if they were the values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import Holds
from bot.leaks.sources import PROJECT_DIR, looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation, Program
    from bot.leaks.values import Flow, Value

_VALUE_OPTION: Final = regex(
    r"--?(?:\w+[-_.])*(?:password|passwd|pass|passphrase|token|secret|url|uri|dsn|api-?key|apikey|connection(?:-string)?|jwt|pw)"
)
_VALUE_PREFIX: Final = regex(
    r"(?:--?(?:\w+[-_.])*(?:password|passwd|pass|token|secret|url|uri|dsn|api-?key|connection(?:-string)?|jwt)=|-D[\w.]*(?:token|login|password)="
    r"|(?:Authorization|PRIVATE-TOKEN|JOB-TOKEN|X-Vault-Token|X-[\w-]*(?:Token|Key)|Api-Key|apikey):\s*(?:\w+\s+)?"
    r"|\w*(?:password|token|secret|jwt)=|[a-z][a-z0-9+]*://[^/@\s]*[:@]?|https?://\S*[?&]\w+=)",
    re.IGNORECASE,
)
_FILE_NAME: Final = regex(
    r"(?:_|^)(?:FILE|PATH|PEM|JSON|KUBECONFIG|CONFIG|CERT|CRT|CA|KEYRING|P12|JKS|ENV|DOTENV)$"
)
_FILE_VARIABLES: Final = frozenset(
    {"GOOGLE_APPLICATION_CREDENTIALS", "AWS_WEB_IDENTITY_TOKEN_FILE", "DOCKER_AUTH_CONFIG"}
)
_VALUE_VARIABLES: Final = frozenset({"PGPASSWORD", "MYSQL_PWD", "SSHPASS"})


def paths_as_values(call: Invocation, program: Program | None) -> Iterator[Flow]:
    """Paths of secrets' files that a command takes for the values."""
    for before, value in call.pairs():
        for flow in value.paths:
            if (
                flow.source.holds is Holds.PATH
                and value.text is not None
                and not _FILE_NAME.search(flow.source.name)
                and _is_value(before, value.text, flow, program)
            ):
                yield flow


def _is_value(before: str, text: str, flow: Flow, program: Program | None) -> bool:
    """Whether the argument `text` behind the word `before` is a place for a value."""
    prefix = text.partition(".tmp/" + flow.source.name)[0].removesuffix(PROJECT_DIR)
    options = program.value_options if program is not None else ""
    if prefix and _VALUE_PREFIX.fullmatch(prefix) and not prefix.endswith("@"):
        return True
    if options and (re.fullmatch(options, before) or (prefix and re.fullmatch(options, prefix))):
        return True
    if prefix:
        return False
    is_operand = program is not None and program.value_operand and not before.startswith("-")
    return is_operand or _VALUE_OPTION.fullmatch(before) is not None


def path_in_variable(name: str, value: Value) -> Flow | None:
    """The path that a variable takes for a value: `PGPASSWORD=$DB_PASS` where DB_PASS is of type file."""
    if (
        value.text is None
        or name in _FILE_VARIABLES
        or _FILE_NAME.search(name)
        or not (looks_secret(name) or name in _VALUE_VARIABLES)
    ):
        return None
    for flow in value.paths:
        if (
            not flow.steps
            and not _FILE_NAME.search(flow.source.name)
            and value.text.endswith(".tmp/" + flow.source.name)
        ):
            return flow
    return None
