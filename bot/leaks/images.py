"""Builds of images: the Dockerfile that a command names, and the secrets that it finds in its context."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from bot.documents.lines import split_lines
from bot.leaks.build_files import BAKE_FILES, COMPOSE_FILES, builds_in
from bot.leaks.build_steps import report_steps, secret_mounts
from bot.leaks.dockerfile import copied, in_the_image, instructions_of, is_ignored, kept_arguments
from bot.leaks.model import Leak, Sink
from bot.leaks.paths import repository_path
from bot.leaks.units import unit_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.build_files import Build
    from bot.leaks.dockerfile import Instruction
    from bot.leaks.program import Invocation
    from bot.leaks.values import Flow

_FILE: Final = ("-f", "--file", "--dockerfile")
_CONTEXT: Final = ("-c", "--context")


def report_image(call: Invocation, arguments: dict[str, Flow]) -> None:
    """Report what the Dockerfile of a build keeps: `arguments` are the build arguments that carry a secret."""
    state = call.state
    context = _option(call, _CONTEXT) or (call.texts[-1] if call.texts else call.name)
    context = context.removeprefix("dir://")
    if not context or context.startswith("-") or "://" in context:
        return
    root = state.resolve(context)
    named = _option(call, _FILE)
    _report_dockerfile(
        call, root, state.resolve(named) if named else posixpath.join(root, "Dockerfile"), arguments
    )


def report_build_files(call: Invocation) -> None:
    """Report the secrets that compose and bake files of the repository hand to builds, and what those keep."""
    state = call.state
    is_bake = "bake" in call.texts
    named = [value.text for before, value in call.pairs() if before in _FILE and value.text]
    for name in named or (BAKE_FILES if is_bake else COMPOSE_FILES):
        path = repository_path(state.resolve(name))
        text = state.scripts(path) if path else None
        if path is None or text is None:
            continue
        folder = posixpath.dirname(state.resolve(name))
        lines = split_lines(text)
        for build in builds_in(path, text):
            arguments = dict(_handed(call, build, lines))
            root = posixpath.normpath(posixpath.join(folder, build.context))
            _report_dockerfile(call, root, posixpath.join(root, build.dockerfile), arguments)


def _handed(call: Invocation, build: Build, lines: list[str]) -> Iterator[tuple[str, Flow]]:
    """The arguments of a build that carry a secret; each is reported where it is written."""
    state = call.state
    for argument in build.arguments:
        flow = next((f for name in argument.variables for f in state.lookup(name).secrets), None)
        if flow is None:
            continue
        code = lines[argument.span.start_line - 1].strip()
        section = state.unit.section
        call.context.reports.add(
            Leak(Sink.IMAGE, flow.source, argument.span, call.name, code, section, flow.steps, argument.name)
        )
        yield argument.name, flow


def _report_dockerfile(call: Invocation, root: str, dockerfile: str, arguments: dict[str, Flow]) -> None:
    """Report what the Dockerfile keeps of the arguments, and of the files below `root` that contain secrets."""
    state = call.state
    files = _secret_files(call, root)
    mounts = secret_mounts(call)
    if not arguments and not files and not mounts:
        return
    path = repository_path(dockerfile)
    text = state.scripts(path) if path else None
    if path is None or text is None:
        return
    ignored = state.scripts(repository_path(f"{root}/.dockerignore") or "") or "" if files else ""
    files = {name: flows for name, flows in files.items() if not is_ignored(name, ignored)}
    unit = unit_of_file(path, text, state.unit.section)
    instructions = instructions_of(text)
    report_steps(call, unit, instructions, arguments, mounts)
    for instruction in in_the_image(instructions):
        for flow, detail in _kept(instruction, arguments, files):
            span = unit.span(instruction.start, instruction.end)
            code = text[instruction.start : instruction.end]
            call.context.reports.add(
                Leak(
                    Sink.IMAGE, flow.source, span, instruction.keyword, code, unit.section, flow.steps, detail
                )
            )


def _secret_files(call: Invocation, root: str) -> dict[str, tuple[Flow, ...]]:
    """The files below `root` that contain secrets, by their paths from there."""
    flows = call.state.files.flows
    return {
        path[len(root) + 1 :]: own
        for path, own in flows.items()
        if path.startswith(root + "/") and any(flow.is_value for flow in own)
    }


def _kept(
    instruction: Instruction, arguments: dict[str, Flow], files: dict[str, tuple[Flow, ...]]
) -> Iterator[tuple[Flow, str]]:
    if instruction.keyword == "ENV":
        for name, argument in kept_arguments(instruction):
            if argument in arguments:
                yield arguments[argument], name
    elif instruction.keyword in {"COPY", "ADD"}:
        for name in copied(instruction, files):
            yield next(flow for flow in files[name] if flow.is_value), name


def _option(call: Invocation, options: tuple[str, ...]) -> str:
    """The text of an option, apart or behind `=`."""
    for before, value in call.pairs():
        if before in options and value.text:
            return value.text
        found = re.fullmatch(r"(--\w+)=(.+)", value.text or "")
        if found and found[1] in options:
            return found[2]
    return ""
