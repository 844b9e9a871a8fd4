"""Terraform and OpenTofu: outputs, plans in files, variables on the command line, and a log of every request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.findings import Confidence
from bot.lazy import regex
from bot.leaks.model import Sink
from bot.leaks.program import Exposure, Printer, Program
from bot.leaks.values import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.model import Leak
    from bot.leaks.program import Invocation

# developer.hashicorp.com/terraform/internals/debugging, 2026-11. From DEBUG on, providers print the bodies of their
# requests and of the answers.
_LOG_VARIABLES: Final = ("TF_LOG", "TF_LOG_PROVIDER")
_LEVELS: Final = frozenset({"TRACE", "DEBUG", "JSON"})
_LOGGED: Final = frozenset({"plan", "apply", "destroy", "refresh", "import", "test"})
_WITH_VARIABLES: Final = frozenset({"plan", "apply", "destroy", "refresh", "import"})
_OUT: Final = regex(r"--?out(?:=(.+))?")
SECRET_NAME: Final = r"(?i:.*(passw|secret|token|_key|cred|kubeconfig|dsn|private|connection).*)"  # noqa: S105 - a pattern
"""names of outputs and settings that say that it is a secret"""


def _run(call: Invocation) -> None:
    """`terraform plan -out=FILE` writes a plan, `TF_LOG=DEBUG` a log to standard error or to `TF_LOG_PATH`."""
    texts = call.texts
    action = next((text for text in texts if not text.startswith("-")), "")
    if action == "plan":
        for index, text in enumerate(texts):
            found = _OUT.fullmatch(text)
            name = (found[1] or "".join(texts[index + 1 : index + 2])) if found else ""
            if name:
                _keep(call, "terraform plan", "the plan with every value in it", name)
    if action not in _LOGGED:
        return
    for variable in _LOG_VARIABLES:
        level = (call.state.lookup(variable).text or "").upper()
        if level in _LEVELS:
            path = call.state.lookup("TF_LOG_PATH").text
            _keep(call, variable, "every request of the providers and its answer", path or "")
            return


def _keep(call: Invocation, name: str, contents: str, path: str) -> None:
    to = Stream("file", call.state.resolve(path)) if path else call.streams.err
    call.fetched(name, contents, Sink.TERRAFORM, to, Confidence.MEDIUM)


def _exposes(call: Invocation) -> Iterator[Exposure]:
    """`-var NAME=VALUE` is an argument that every process can read."""
    if not call.texts or call.texts[0] not in _WITH_VARIABLES:
        return
    for before, value in call.pairs():
        if value.secrets and (before in {"-var", "--var"} or value.start.startswith(("-var=", "--var="))):
            yield Exposure(Sink.TERRAFORM, value.secrets[0], "-var")


def _in_environment(leak: Leak) -> str | None:
    """`terraform plan -var "password=$X"` as `TF_VAR_password="$X" terraform plan`."""
    found = re.search(r"\s--?var[ =](?:\"(\w+)=(\$\{?\w+\}?)\"|(\w+)=\"?(\$\{?\w+\}?)\"?)(?=\s|$)", leak.code)
    if found is None or len(re.findall(r"\s--?var\b", leak.code)) != 1 or re.search(r"[;&|]", leak.code):
        return None
    name, value = found[1] or found[3], found[2] or found[4]
    return f'TF_VAR_{name}="{value}" {leak.code[: found.start()]}{leak.code[found.end() :]}'


PROGRAMS = (
    Program(
        names=("terraform", "tofu", "terragrunt"),
        run=_run,
        exposes=_exposes,
        printers=(
            Printer(("login",), "the token", only="print"),
            Printer(
                ("output", SECRET_NAME),
                "that output (also where it is marked sensitive)",
                sink=Sink.TERRAFORM,
            ),
            Printer(
                ("output",),
                "every output (also those marked sensitive)",
                only=r"-json",
                unless=r"\boutput\s(.*\s)?[A-Za-z_]",
                sink=Sink.TERRAFORM,
            ),
            Printer(("state", "pull"), "the whole state with every secret in it", sink=Sink.TERRAFORM),
            Printer(
                ("show",), "the plan or state with every secret in it", only=r"-json", sink=Sink.TERRAFORM
            ),
        ),
        repairs=(_in_environment,),
    ),
)
