"""The `RUN` steps of a Dockerfile: what they print of a build's secrets, and what they leave of them in a layer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.dockerfile import in_the_image, kept_arguments
from bot.leaks.model import Leak, LeakedForm, Sink
from bot.leaks.state import Shell, WrittenFiles
from bot.leaks.values import EMPTY, Flow, Streams, Value, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.dockerfile import Instruction
    from bot.leaks.program import Invocation
    from bot.leaks.state import Unit

_FLAG: Final = regex(r"--(?P<name>\w+)=(?P<value>\S+)\s*")
_FIELD: Final = regex(r"(?:^|,)(?P<name>id|source|src|env|target|destination|dst)=(?P<value>[^,]*)")
_LOG: Final = frozenset({Sink.LOG, Sink.TRANSFORMED, Sink.DUMP, Sink.TRACE})
_QUIET: Final = frozenset({"-q", "--quiet"})
_NOT_KEPT: Final = regex(r"/run/secrets/|/dev/|/proc/")


def secret_mounts(call: Invocation) -> dict[str, tuple[Flow, ...]]:
    """The secrets behind `--secret id=ID,env=NAME` and `--secret id=ID,src=FILE`, by their ids.

    docs.docker.com/build/building/secrets, 2026-11.
    """
    found: dict[str, tuple[Flow, ...]] = {}
    for before, value in call.pairs():
        if before != "--secret" and not value.start.startswith("--secret="):
            continue
        fields = {m["name"]: m["value"] for m in _FIELD.finditer(value.literal.removeprefix("--secret="))}
        flows = (*value.secrets, *call.state.read(Value(None, value.paths)).flows)
        if "env" in fields:
            flows = call.state.lookup(fields["env"]).secrets
        elif source := fields.get("src") or fields.get("source"):
            flows = flows or call.state.read(Value(source)).flows
        elif "id" in fields:
            flows = call.state.lookup(fields["id"]).secrets
        if flows and "id" in fields:
            # a build prints its step and the time before each line
            found[fields["id"]] = changed(flows, LeakedForm.LINES)
    return found


def report_steps(
    call: Invocation,
    unit: Unit,
    instructions: list[Instruction],
    arguments: dict[str, Flow],
    mounts: dict[str, tuple[Flow, ...]],
) -> None:
    """Report what the `RUN` instructions show in the log of the build, and what the image keeps of their files."""
    if not call.texts or not _QUIET.isdisjoint(call.texts):
        return
    kept = {instruction.start for instruction in in_the_image(instructions)}
    variables: dict[str, Value] = {}
    state = call.state
    with state.within(unit):
        for instruction in instructions:
            if instruction.keyword == "FROM":
                variables = {}
            elif instruction.keyword == "ARG":
                name = re.split(r"[=\s]", instruction.rest, maxsplit=1)[0]
                if name in arguments:
                    variables[name] = Value(None, changed((arguments[name],), LeakedForm.LINES))
            elif instruction.keyword == "ENV":
                variables |= {n: variables[a] for n, a in kept_arguments(instruction) if a in variables}
            elif instruction.keyword == "RUN":
                state.frames[:] = [(instruction.start, instruction.end)]
                left = _run(call, instruction, variables, mounts)
                if instruction.start in kept:
                    _report_kept(call, unit, instruction, left)


def _run(
    call: Invocation,
    instruction: Instruction,
    variables: dict[str, Value],
    mounts: dict[str, tuple[Flow, ...]],
) -> WrittenFiles:
    """Run the commands of a step in a machine of its own, and return the files that they leave."""
    state, leaks = call.state, call.context.reports.leaks
    code, own, files = instruction.rest, dict(variables), {}
    while flag := _FLAG.match(code):
        code = code[flag.end() :]
        fields = {m["name"]: m["value"] for m in _FIELD.finditer(flag["value"])}
        flows = mounts.get(fields.get("id", ""))
        if flag["name"] == "mount" and flows:
            if "env" in fields:
                own[fields["env"]] = Value(None, flows)
            target = next((fields[n] for n in ("target", "dst", "destination") if n in fields), "")
            files[target or f"/run/secrets/{fields['id']}"] = flows
    if not own and not files:
        return WrittenFiles({})
    mounted = set(files)
    shell, machine, before = state.shell, state.files, set(leaks)
    state.files = WrittenFiles(files)
    state.shell = Shell(own, unset=frozenset(state.sources.variables) - set(own), cwd="/")
    err = call.streams.err
    call.context.runner.run_text(code, Streams(EMPTY, {1: err, 2: err}))
    left, state.files, state.shell = state.files, machine, shell
    for key in set(leaks) - before:
        if leaks[key].sink not in _LOG:
            del leaks[key]
    for path in mounted:
        left.forget(path)
    return left


def _report_kept(call: Invocation, unit: Unit, instruction: Instruction, left: WrittenFiles) -> None:
    span, code = unit.span(instruction.start, instruction.end), unit.text[instruction.start : instruction.end]
    for path, flow in _written(left):
        leak = Leak(Sink.IMAGE, flow.source, span, "RUN", code, unit.section, flow.steps, path)
        call.context.reports.add(leak)


def _written(left: WrittenFiles) -> Iterator[tuple[str, Flow]]:
    for path, flows in left.flows.items():
        if not _NOT_KEPT.match(path):
            yield from ((path, flow) for flow in flows if flow.is_value)
