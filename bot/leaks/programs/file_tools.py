"""Programs that copy, move, remove and open files: `cp`, `mv`, `install`, `ln`, `rm`, `dd`, `chmod`."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import LeakedForm, Sink
from bot.leaks.program import Program
from bot.leaks.values import Value, changed, merged

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_OPEN_MODE: Final = regex(r"0?\d?\d\d[4-7]|(?:\w*[ao]\w*)?[+=]\w*r\w*")
"""modes that let others read: 644, o+r, a=r, +r"""


def _copy(call: Invocation) -> None:
    _copy_operands(call, call.split()[1])


def _install(call: Invocation) -> None:
    kept: list[Value] = []
    skip = False
    for value in call.arguments:
        text = value.text or ""
        if skip or text.startswith("-"):
            skip = not skip and text in {"-m", "-o", "-g"}
            continue
        kept.append(value)
    _copy_operands(call, kept)


def _copy_operands(call: Invocation, operands: list[Value]) -> None:
    if len(operands) < 2 or operands[-1].text is None:  # noqa: PLR2004 - from and to
        return
    *sources, target = operands
    for source in sources:
        _copy_one(call, source, target.text or "", several=len(sources) > 1)


def _copy_one(call: Invocation, source: Value, target: str, *, several: bool) -> None:
    state, files = call.state, call.state.files
    into = state.resolve(target)
    call.context.reports.used_as_file(source, call.streams.err)
    flows = state.read(source).flows
    text = source.text
    if text is not None and files.folder(state.resolve(text)):
        _copy_folder(call, text, target)
        return
    if not flows:
        if text is not None and into in files.flows and not target.endswith("/"):
            files.flows[into] = ()
        return
    if (
        several
        or target.endswith(("/", "/.", "."))
        or any(name.startswith(into + "/") for name in files.flows)
    ):
        name = posixpath.basename(text or (source.paths[0].source.name if source.paths else "copy"))
        files.flows.pop(into, None)
        files.flows[posixpath.join(into, name)] = flows
    else:
        files.flows[into] = merged((*files.flows.get(into, ()), *flows))
    if call.name == "mv" and text is not None:
        _forget(call, state.resolve(text), but=into)


def _copy_folder(call: Invocation, source: str, target: str) -> None:
    """A folder goes into the target where that is a folder already, else it becomes the target."""
    state, files = call.state, call.state.files
    moved, into = state.resolve(source), state.resolve(target)
    if target.endswith("/") or any(name.startswith(into + "/") for name in files.flows):
        into = posixpath.join(into, "" if source.endswith("/.") else posixpath.basename(moved)).rstrip("/")
    for name in [name for name in files.flows if name.startswith(moved + "/")]:
        files.flows[into + name.removeprefix(moved)] = files.flows[name]
    if call.name == "mv":
        _forget(call, moved, but=into)


def _forget(call: Invocation, moved: str, but: str) -> None:
    files = call.state.files
    for known in [name for name in files.flows if name == moved or name.startswith(moved + "/")]:
        if not known.startswith(but):
            files.forget(known)


def _remove(call: Invocation) -> bool:
    files = call.state.files
    for operand in call.split()[1]:
        if operand.text is None:
            continue
        path = call.state.resolve(operand.text)
        for known in list(files.flows):
            if known == path or known.startswith(path + "/") or fnmatchcase(known, path):
                files.forget(known)
    return True


def _dd(call: Invocation) -> None:
    value, target, form = call.stdin, None, LeakedForm.WHOLE
    for text in call.texts:
        if text.startswith("if="):
            value = call.state.read(Value(text[3:]))
        elif text.startswith("of="):
            target = text[3:]
        elif re.match(r"count=|skip=|iseek=", text):
            form = LeakedForm.PART
    if form is LeakedForm.PART:
        value = Value(None, changed(value.flows, form))
    if target is None:
        call.write(value)
    else:
        call.write_file(target, value)


def _chmod(call: Invocation) -> bool:
    """`chmod 644 KEY` opens a file with a secret to every user of the machine."""
    operands = [value for value in call.arguments if not re.match(r"-[A-Za-z]", value.text or "")]
    mode = operands[0].text or "" if operands else ""
    if _OPEN_MODE.fullmatch(mode):
        for operand in operands[1:]:
            for flow in call.state.read(operand).secrets:
                call.report(Sink.OPEN_FILE, flow, mode)
    return True


PROGRAMS = (
    Program(names=("cp", "mv", "ln"), run=_copy),
    Program(names=("install",), run=_install),
    Program(names=("rm", "shred", "unlink"), run=_remove),
    Program(names=("dd",), run=_dd),
    Program(names=("chmod",), run=_chmod),
)
