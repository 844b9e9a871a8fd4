"""What Terraform leaves behind beside its output: plans in files, and a log of every request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.findings import Confidence
from bot.leaks.model import Holds, Origin, Sink, Source
from bot.leaks.values import Flow, Stream, Value

if TYPE_CHECKING:
    from bot.leaks.filters import Call
    from bot.leaks.machine import Machine

# developer.hashicorp.com/terraform/internals/debugging, 2026-11. From DEBUG on, providers print the bodies of their
# requests and of the answers.
_LOG_VARIABLES: Final = ("TF_LOG", "TF_LOG_PROVIDER")
_TELLING: Final = frozenset({"TRACE", "DEBUG", "JSON"})
_TALKING: Final = frozenset({"plan", "apply", "destroy", "refresh", "import", "test"})
_OUT: Final = re.compile(r"--?out(?:=(.+))?")


def run_terraform(machine: Machine, call: Call) -> None:
    """`terraform plan -out=FILE` writes a plan, `TF_LOG=DEBUG` a log to standard error or to `TF_LOG_PATH`."""
    texts = [value.text or "" for value in call.arguments]
    action = next((text for text in texts if not text.startswith("-")), "")
    if action == "plan":
        for index, text in enumerate(texts):
            found = _OUT.fullmatch(text)
            name = (found[1] or "".join(texts[index + 1 : index + 2])) if found else ""
            if name:
                _keep(machine, call, "terraform plan", "the plan with every value in it", name)
    if action not in _TALKING:
        return
    for variable in _LOG_VARIABLES:
        level = (machine.lookup(variable).text or "").upper()
        if level in _TELLING:
            path = machine.lookup("TF_LOG_PATH").text
            _keep(machine, call, variable, "every request of the providers and its answer", path or "")
            return


def _keep(machine: Machine, call: Call, name: str, what: str, path: str) -> None:
    span = machine.unit.span(*machine.frames[-1]) if machine.frames else None
    source = Source(name, Origin.FETCHED, Holds.VALUE, masked=False, confidence=Confidence.MEDIUM, span=span)
    machine.what[name] = what
    stream = Stream("file", machine.resolve(path)) if path else call.streams.err
    machine.write(stream, Value(None, (Flow(source, via=Sink.TERRAFORM),)), call.command)
