"""Clients of password managers and forges: what they print."""

from __future__ import annotations

from bot.leaks.program import Printer, Program
from bot.leaks.programs.secret_runners import run

_SECRET = "the secret"  # noqa: S105 - words of a message
_SECRETS = "the secrets"
_TOKEN = "the new token"  # noqa: S105 - words of a message

# What each prints is by the programs' manuals (2026-11).
PROGRAMS = (
    Program(names=("op",), run=run, printers=(Printer(("read|item",), _SECRET),)),
    Program(names=("bw", "rbw", "lpass"), printers=(Printer(("get|show|export",), _SECRET),)),
    Program(names=("pass", "gopass"), printers=(Printer(("show",), _SECRET),)),
    Program(
        names=("keepassxc-cli",),
        printers=(Printer(("show",), _SECRET, only=r"(^|\s)-\w*s|--show-protected"),),
    ),
    Program(names=("secret-tool",), printers=(Printer(("lookup",), _SECRET),)),
    Program(names=("keyring",), printers=(Printer(("get",), _SECRET),)),
    Program(
        names=("security",),
        printers=(Printer((r"find-(?:generic|internet)-password",), _SECRET, only=r"(^|\s)-\w*[wg]"),),
    ),
    Program(
        names=("infisical",),
        run=run,
        printers=(
            Printer(("export",), _SECRETS),
            Printer(("secrets",), _SECRETS, unless=r"\b(set|delete|folders)\b"),
        ),
    ),
    Program(
        names=("chamber",),
        run=run,
        printers=(
            Printer(("export|env",), _SECRETS, unless=r"--output-file|(^|\s)-o\b"),
            Printer(("read",), _SECRET),
        ),
    ),
    Program(names=("conjur",), printers=(Printer(("variable", "get|value"), _SECRET),)),
    Program(names=("akeyless",), printers=(Printer((r"get-(?:dynamic-|rotated-)?secret-value",), _SECRET),)),
    Program(names=("berglas",), run=run, printers=(Printer(("access",), _SECRET),)),
    Program(names=("consul",), printers=(Printer(("acl", "token", "create|clone"), _TOKEN),)),
    Program(
        names=("nomad",),
        printers=(
            Printer(("acl", "token|bootstrap", ".*"), _TOKEN, only=r"token create|bootstrap"),
            Printer(("var", "get"), _SECRET),
        ),
    ),
    Program(
        names=("boundary",),
        printers=(Printer(("authenticate",), "the session's token", only=r"keyring-type[= ]none"),),
    ),
    Program(
        names=("doppler",),
        run=run,
        printers=(
            Printer(
                ("secrets",),
                _SECRETS,
                unless=r"--only-names|\b(set|delete|upload)\b|download\s+(?!.*--no-file)",
            ),
            Printer(("configs", "tokens", "create"), _TOKEN),
        ),
    ),
    Program(
        names=("gh", "glab"),
        printers=(
            Printer(("auth", "token"), "the token"),
            Printer(("token", "create"), _TOKEN),
            Printer(("variable", "get|export"), "the variable's value"),
            Printer(("api",), _TOKEN, only=r"/access_tokens\b"),
            Printer(("auth", "status"), "the token", only=r"-t\b|--show-token"),
        ),
    ),
)
