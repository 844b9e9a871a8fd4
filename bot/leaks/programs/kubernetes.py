"""Clients of Kubernetes: `kubectl`, `oc`, `helm`, `argocd`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leaks.program import Argument, Printer, Program

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_SECRET = Printer(
    ("get", r"secrets?(/.*)?|.*,secrets?"),
    "the secret",
    only=r"(-o|--output)[ =]?(yaml|json|jsonpath|go-template|template|custom-columns)",
)
_CONFIG = Printer(("config", "view"), "the cluster's credentials", only=r"--raw|--flatten")
_TOKEN = Printer(("create", "token"), "a service account's token")
_ARGUMENTS = (
    Argument(
        r"--token=|--password=|--from-literal=.*",
        r"--token|--password|--from-literal",
        "a kubeconfig file, or --from-file",
    ),
)
_VERBOSE = r"-v=?(?:[6-9]|10)|--v=(?:[6-9]|10)"


def _kubectl(call: Invocation) -> None:
    """`--from-file="$KEY"` takes a file: a secret's value there is no path."""
    for before, value in call.pairs():
        if before == "-i" or value.start.startswith("--from-file="):
            call.context.reports.used_as_file(value)


PROGRAMS = (
    Program(
        names=("kubectl",),
        run=_kubectl,
        arguments=_ARGUMENTS,
        printers=(_SECRET, _CONFIG, _TOKEN),
        verbose=_VERBOSE,
    ),
    Program(
        names=("oc",),
        arguments=_ARGUMENTS,
        printers=(
            _SECRET,
            _CONFIG,
            Printer(("whoami",), "the session's token", only=r"-t\b|--show-token"),
            _TOKEN,
        ),
        verbose=_VERBOSE,
    ),
    Program(
        names=("helm",),
        arguments=(
            Argument(r"-p=?|--password=", r"-p|--password", "--password-stdin", when=r".*\blogin\b"),
            Argument(
                r"--set(?:-string)?=.*",
                r"--set(?:-string)?",
                "a values file of mode 0600",
                when=r"(?:upgrade|install|template)\b",
            ),
        ),
        printers=(Printer(("get", "values|all"), "the release's values"),),
    ),
    Program(names=("argocd",), printers=(Printer(("account", "generate-token"), "the new token"),)),
)
