"""Clients of password managers and forges: what they print."""

from __future__ import annotations

from bot.leaks.program import Printer, Program

PROGRAMS = (
    Program(names=("op",), printers=(Printer(("read|item",), "the secret"),)),
    Program(names=("bw",), printers=(Printer(("get",), "the secret"),)),
    Program(names=("pass",), printers=(Printer(("show",), "the secret"),)),
    Program(names=("doppler",), printers=(Printer(("secrets",), "the secrets", unless=r"--only-names"),)),
    Program(
        names=("gh", "glab"),
        printers=(
            Printer(("auth", "token"), "the token"),
            Printer(("api",), "the new token", only=r"/access_tokens\b"),
            Printer(("auth", "status"), "the token", only=r"-t\b|--show-token"),
        ),
    ),
)
