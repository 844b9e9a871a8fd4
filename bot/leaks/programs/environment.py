"""Programs that print their environment: `env`, `printenv`, `ps e`; `envsubst` fills it in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.leaks.program import Program
from bot.leaks.values import Flow, Value, flows_of, merged

if TYPE_CHECKING:
    from bot.leaks.program import Invocation


def _env(call: Invocation) -> None:
    """`env` with another command is a wrapper: only one without a command arrives here."""
    texts = call.texts
    if any(text in {"-i", "--ignore-environment", "-"} for text in texts):
        if all(text.startswith("-") or "=" in text for text in texts):
            call.write(Value(None, flows_of(call.arguments)))
        return
    if any(not text.startswith("-") and "=" not in text for text in texts if text):
        return
    call.write(Value(None, merged((*call.state.environment(), *flows_of(call.arguments)))))


def _printenv(call: Invocation) -> None:
    names = [value for value in call.arguments if not (value.text or "").startswith("-")]
    if not names:
        call.write(Value(None, call.state.environment()))
    for name in names:
        flows = call.state.environment() if name.text is None else call.state.lookup(name.text).secrets
        call.write(Value(None, flows))


def _envsubst(call: Invocation) -> None:
    allowed = re.findall(r"\$\{?(\w+)", " ".join(call.texts)) if call.arguments else None
    text = call.stdin.text
    if text is None:
        names = list(allowed or [])
    else:
        names = [n for n in re.findall(r"\$\{?(\w+)\}?", text) if allowed is None or n in allowed]
    filled = [
        Flow(flow.source, flow.form, steps=flow.steps)
        for name in names
        for flow in call.state.lookup(name).secrets
    ]
    call.write(Value(None, merged((*call.stdin.flows, *filled))))


def _ps(call: Invocation) -> None:
    options = call.texts[0] if call.texts else ""
    if re.fullmatch(r"[auwx]*e[auwx]*", options):
        call.write(Value(None, call.state.environment()))


def _dump(call: Invocation) -> None:
    """`pm2 env 0` and `systemctl show-environment` print what the process that they ask was started with."""
    if call.texts[:1] in (["env"], ["show-environment"]):
        call.write(Value(None, call.state.environment()))


PROGRAMS = (
    Program(names=("pm2", "systemctl"), run=_dump),
    Program(names=("env",), run=_env),
    Program(names=("printenv",), run=_printenv),
    Program(names=("envsubst",), run=_envsubst),
    Program(names=("ps",), run=_ps),
)
