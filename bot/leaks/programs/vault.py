"""`vault` and its relatives: what they print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.program import Argument, Printer, Program

if TYPE_CHECKING:
    from bot.leaks.model import Leak


def _without_print(leak: Leak) -> str | None:
    """`vault login` that does not print the token. Vault wants its flags before the arguments."""
    if leak.source is None or not leak.source.name.endswith(" login"):
        return None
    return re.sub(r"\blogin\b", "login -no-print", leak.code, count=1)


PROGRAMS = (
    Program(
        names=("vault", "bao", "stronghold"),
        arguments=(Argument(r"token=", r"login", "vault login -", when=r"login\b"),),
        printers=(
            Printer(("kv", "get"), "the secret"),
            Printer(
                ("read",),
                "what it reads",
                unless=r"(^|\s)(sys/|auth/[^\s]*/role|[^\s]*/(config|role|roles)/)",
            ),
            Printer(("write", r"auth/.*login.*"), "the new Vault token"),
            Printer(("write", r".*(/issue/|/creds/|/sts/|secret-id|/generate-root).*"), "the new credential"),
            Printer(("write",), "the field", only=r"-field=\S*(token|password|secret|private_key)"),
            Printer(("login",), "the Vault token", unless=r"-no-print"),
            Printer(("token", "create"), "the new Vault token"),
            Printer(("token", "lookup"), "the Vault token"),
            Printer(("print", "token"), "the Vault token"),
            Printer(("unwrap",), "the unwrapped secret"),
            Printer(("operator", "init"), "the unseal keys and the root token"),
        ),
        repairs=(_without_print,),
    ),
)
