"""Builds of images: the Dockerfile that a command names, and the secrets that it finds in its context."""

from __future__ import annotations

import itertools
import posixpath
import re
from typing import TYPE_CHECKING, Final

from bot.leaks.calls import unit_of_file
from bot.leaks.dockerfile import copied, in_the_image, instructions_of, is_ignored, kept_arguments
from bot.leaks.model import Leak, Sink
from bot.leaks.paths import repository_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.dockerfile import Instruction
    from bot.leaks.machine import Machine
    from bot.leaks.values import Flow, Value

_FILE: Final = ("-f", "--file", "--dockerfile")
_CONTEXT: Final = ("-c", "--context")


def tell_image(machine: Machine, values: list[Value], arguments: dict[str, Flow]) -> None:
    """Report what the Dockerfile of a build keeps: `arguments` are the build arguments that carry a secret."""
    context = _given(values, _CONTEXT) or (values[-1].text or "")
    context = context.removeprefix("dir://")
    if not context or context.startswith("-") or "://" in context:
        return
    root = machine.resolve(context)
    files = {
        path[len(root) + 1 :]: flows for path, flows in machine.files.items() if path.startswith(root + "/")
    }
    files = {path: flows for path, flows in files.items() if any(not flow.is_path for flow in flows)}
    if not arguments and not files:
        return
    named = _given(values, _FILE)
    path = repository_path(machine.resolve(named) if named else posixpath.join(root, "Dockerfile"))
    text = machine.scripts(path) if path else None
    if path is None or text is None:
        return
    ignored = machine.scripts(repository_path(f"{root}/.dockerignore") or "") or "" if files else ""
    files = {name: flows for name, flows in files.items() if not is_ignored(name, ignored)}
    unit = unit_of_file(path, text, machine.unit.section)
    for instruction in in_the_image(instructions_of(text)):
        for flow, detail in _kept(instruction, arguments, files):
            span = unit.span(instruction.start, instruction.end)
            code = text[instruction.start : instruction.end]
            key = (Sink.IMAGE, span, flow.source.name)
            machine.leaks.setdefault(
                key,
                Leak(
                    Sink.IMAGE, flow.source, span, instruction.keyword, code, unit.section, flow.steps, detail
                ),
            )


def _kept(
    instruction: Instruction, arguments: dict[str, Flow], files: dict[str, tuple[Flow, ...]]
) -> Iterator[tuple[Flow, str]]:
    if instruction.keyword == "ENV":
        for name, argument in kept_arguments(instruction):
            if argument in arguments:
                yield arguments[argument], name
    elif instruction.keyword in {"COPY", "ADD"}:
        for name in copied(instruction, files):
            yield next(flow for flow in files[name] if not flow.is_path), name


def _given(values: list[Value], options: tuple[str, ...]) -> str:
    """The text of an option, apart or behind `=`."""
    for before, value in itertools.pairwise(values):
        if before.text in options and value.text:
            return value.text
        found = re.fullmatch(r"(--\w+)=(.+)", value.text or "")
        if found and found[1] in options:
            return found[2]
    return ""
