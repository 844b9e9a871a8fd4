"""Programs that decrypt files: `gpg`, `age`, `sops`, `ansible-vault`, `kubeseal`."""

from __future__ import annotations

from bot.leaks.program import Argument, Printer, Program
from bot.leaks.programs.secret_runners import run

_FILE = "the decrypted file"

PROGRAMS = (
    Program(
        names=("gpg", "gpg2"),
        arguments=(Argument(r"--passphrase=", r"--passphrase", "--passphrase-fd 0"),),
        printers=(
            Printer(
                (),
                _FILE,
                only=r"(^|\s)(-d|--decrypt|--export-secret-keys)\b",
                unless=r"(^|\s)(-o|--output)\b",
            ),
        ),
    ),
    Program(
        names=("age",),
        printers=(Printer((), _FILE, only=r"(^|\s)(-d|--decrypt)\b", unless=r"(^|\s)(-o|--output)\b"),),
    ),
    Program(
        names=("sops",),
        run=run,
        printers=(
            Printer(
                (),
                _FILE,
                only=r"(^|\s)(-d|--decrypt|decrypt)\b",
                unless=r"(^|\s)(-i|--in-place|--output)\b",
            ),
        ),
    ),
    Program(
        names=("ansible-vault",),
        printers=(
            Printer(("view",), _FILE),
            Printer(("decrypt",), _FILE, only=r"--output[ =](?:-|/dev/stdout)(?:\s|$)"),
        ),
    ),
    Program(
        names=("sealed-secrets", "kubeseal"),
        printers=(Printer((), "the unsealed secret", only="--recovery-unseal"),),
    ),
)
