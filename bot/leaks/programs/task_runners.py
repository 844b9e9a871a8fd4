"""`make`, `just`, `task`, `npm run`: they run commands that a file of the repository keeps under a name."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass, regex
from bot.leaks.paths import repository_path
from bot.leaks.program import Printer, Program
from bot.leaks.recipes import (
    Recipe,
    RecipeFile,
    read_justfile,
    read_makefile,
    read_package_scripts,
    read_taskfile,
)
from bot.leaks.state import MAX_DEPTH
from bot.leaks.units import unit_of_file
from bot.leaks.values import EMPTY, UNKNOWN, Stream, Streams, Value, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leaks.program import Invocation

# The usual names only: in a review each costs a request where the repository does not have it.
_MAKEFILES: Final = ("Makefile",)
_JUSTFILES: Final = ("justfile", "Justfile")
_TASKFILES: Final = ("Taskfile.yml", "Taskfile.yaml")
_MAX_NESTED: Final = 8
"""variables of make that are made of others"""
# `$$`, `$(NAME)`, `${NAME}`, `$(shell command)`, `$@` of make; `{{ name }}` of just
_MAKE_REFERENCE: Final = regex(
    r"\$(?:(?P<dollar>\$)"
    r"|\((?:shell[ \t]+(?P<shell>(?:[^()]|\([^()]*\))*)|(?P<name>[\w.-]+)|[^()]*(?:\([^()]*\))*[^()]*)\)"
    r"|\{(?P<braced>[\w.-]+)\}|(?P<automatic>[@<^?*+%|]))"
)
_JUST_REFERENCE: Final = regex(
    r"\{\{[ \t]*(?:(?P<name>[A-Za-z_][\w-]*)|env(?:_var)?\([ \t]*[\"'](?P<variable>\w+)[\"'][^}]*\)|[^}]*)[ \t]*\}\}"
)
_GIVEN: Final = regex(r"([A-Za-z_][\w.-]*)[:?+]?=")
_NPM_SHORT: Final = frozenset({"start", "test", "stop", "restart"})
_OWN_COMMANDS: Final = frozenset(
    {"add", "install", "remove", "cache", "config", "publish", "pack", "why", "up", "upgrade", "dlx", "exec", "set",
     "version", "workspaces", "npm", "init", "link", "login", "audit", "list", "info", "global", "import", "store"}
)  # fmt: skip
"""first words behind `npm`, `yarn` and `pnpm` that are no scripts"""


@dataclass(slots=True, eq=False)
class _Run:
    """One run of such a program: the file that it reads, what it was given, and how its references are filled in."""

    call: Invocation
    path: str
    text: str
    file: RecipeFile
    given: dict[str, Value]
    expand: Callable[[_Run, str], Value]
    is_silent: bool = False

    def recipes(self, name: str, arguments: list[Value], seen: frozenset[str] = frozenset()) -> None:
        """Run the recipes of that name, what they need first."""
        if name in seen:
            return
        for recipe in self.file.named(name):
            for needed in recipe.needs:
                self.recipes(needed, [], seen | {name})
            self._run(recipe, arguments)

    def _run(self, recipe: Recipe, arguments: list[Value]) -> None:
        call = self.call
        state = call.state
        outer, given = state.shell, self.given
        self.given = given | dict(zip(recipe.parameters, arguments, strict=False))
        with state.within(unit_of_file(self.path, self.text, state.unit.section)):
            for line in recipe.lines:
                state.shell = outer.child()
                for name, value in self.given.items():
                    state.assign(name, value)
                    state.shell.unexported -= {name}
                state.frames[:] = [(line.start, line.end)]
                code = self.expand(self, line.text)
                if line.is_echoed and not self.is_silent and code.flows:
                    call.write(code)
                if code.text is None:
                    call.context.runner.run_opaque(call, code)
                else:
                    call.context.runner.run_text(code.text, call.streams)
        state.shell, self.given = outer, given


def _started(
    call: Invocation,
    names: tuple[str, ...],
    read: Callable[[str, str], RecipeFile],
    expand: Callable[[_Run, str], Value],
    folder: str = "",
) -> _Run | None:
    """A run with the first of the files `names` that the repository has, None where it has none."""
    state = call.state
    if state.depth >= MAX_DEPTH:
        return None
    for name in names:
        path = repository_path(state.resolve(posixpath.join(folder, name)))
        text = state.scripts(path) if path else None
        if path is not None and text is not None:
            return _Run(call, path, text, read(path, text), {}, expand)
    return None


# -- make ----------------------------------------------------------------------------------------------


def _make(call: Invocation) -> None:
    folder = _option(call, ("-C", "--directory"))
    named = _option(call, ("-f", "--file", "--makefile"))
    run = _started(
        call, (named,) if named else _MAKEFILES, lambda _, text: read_makefile(text), _of_make, folder
    )
    if run is None:
        return
    _, operands = call.split("CfIoWjl")
    run.given = {found[1]: _behind(value) for value in operands if (found := _GIVEN.match(value.start))}
    run.is_silent = call.has_option(r"-\w*s\w*|--silent|--quiet")
    targets = [value.text for value in operands if value.text and "=" not in value.text]
    first = next((r.name for r in run.file.recipes if not re.match(r"\.[A-Z]|.*%", r.name)), "")
    shell = call.state.shell
    if folder:
        call.state.shell = shell.copy()
        call.state.change_folder(folder)
    for target in targets or [first]:
        run.recipes(target, [])
    call.state.shell = shell


def _behind(value: Value) -> Value:
    """What is behind `=` in `NAME=value`."""
    if value.text is not None:
        return Value(value.text.partition("=")[2])
    start = value.prefix.partition("=")[2]
    return joined([Value(start), Value(None, value.flows, value.parts[1:])]) if value.prefix else value


def _of_make(run: _Run, text: str, depth: int = 0) -> Value:
    """The text with the references of make filled in: its variables, and those of the environment."""
    parts: list[Value] = []
    at = 0
    for match in _MAKE_REFERENCE.finditer(text):
        parts.append(Value(text[at : match.start()]))
        at = match.end()
        name = match["name"] or match["braced"]
        if match["dollar"]:
            parts.append(Value("$"))
        elif match["shell"]:
            parts.append(_captured(run, match["shell"]) if depth < _MAX_NESTED else UNKNOWN)
        elif name in {"MAKE", "SHELL"}:
            parts.append(Value("make" if name == "MAKE" else "sh"))
        elif name:
            parts.append(_make_variable(run, name, depth))
        else:
            parts.append(Value("_"))
    return joined([*parts, Value(text[at:])])


def _make_variable(run: _Run, name: str, depth: int) -> Value:
    if name in run.given:
        return run.given[name]
    if name in run.file.variables and depth < _MAX_NESTED:
        return _of_make(run, run.file.variables[name], depth + 1)
    value = run.call.state.lookup(name)
    return value if value.flows or value.text is not None else EMPTY


def _captured(run: _Run, command: str) -> Value:
    """What the command prints, as `$(shell ...)` takes it."""
    kept = Stream("capture")
    code = _of_make(run, command, _MAX_NESTED)
    if code.text is not None:
        run.call.context.runner.run_text(code.text, Streams(EMPTY, {**run.call.streams.outputs, 1: kept}))
    return kept.captured()


# -- just, task, npm -----------------------------------------------------------------------------------


def _just(call: Invocation) -> None:
    named = _option(call, ("-f", "--justfile"))
    run = _started(call, (named,) if named else _JUSTFILES, lambda _, text: read_justfile(text), _of_just)
    if run is None:
        return
    _, operands = call.split("f")
    name = operands[0].text if operands else next((recipe.name for recipe in run.file.recipes), None)
    run.is_silent = call.has_option(r"-q|--quiet")
    if name:
        run.recipes(name, operands[1:])


def _of_just(run: _Run, text: str) -> Value:
    parts: list[Value] = []
    at = 0
    for match in _JUST_REFERENCE.finditer(text):
        parts.append(Value(text[at : match.start()]))
        at = match.end()
        name, variable = match["name"], match["variable"]
        if variable:
            parts.append(run.call.state.lookup(variable))
        elif name:
            parts.append(run.given.get(name) or Value(run.file.variables.get(name, "_")))
        else:
            parts.append(Value("_"))
    return joined([*parts, Value(text[at:])])


def _task(call: Invocation) -> None:
    named, folder = _option(call, ("-t", "--taskfile")), _option(call, ("-d", "--dir"))
    run = _started(call, (named,) if named else _TASKFILES, read_taskfile, _as_it_is, folder)
    if run is not None:
        _, operands = call.split("td")
        for name in [value.text for value in operands if value.text and "=" not in value.text] or ["default"]:
            run.recipes(name, [])


def _as_it_is(_: _Run, text: str) -> Value:
    return Value(text)


def _npm(call: Invocation) -> None:
    folder = _option(call, ("--prefix", "-C", "--dir", "--cwd"))
    _, operands = call.split("C")
    words = [value.text or "" for value in operands]
    if words[:1] in (["run"], ["run-script"]):
        words = words[1:]
    elif not words or words[0] in _OWN_COMMANDS or (call.name == "npm" and words[0] not in _NPM_SHORT):
        return
    run = _started(call, ("package.json",), read_package_scripts, _as_it_is, folder) if words else None
    if run is not None:
        run.recipes(words[0], [])
        run.recipes(f"post{words[0]}", [])


def _option(call: Invocation, names: tuple[str, ...]) -> str:
    """The text of an option, apart or behind `=`, "" where it is not given."""
    for before, value in call.pairs():
        if before in names:
            return value.text or ""
        name, equals, text = (value.text or "").partition("=")
        if equals and name in names:
            return text
    return ""


PROGRAMS = (
    Program(names=("make", "gmake"), run=_make),
    Program(names=("just",), run=_just),
    Program(names=("task", "go-task"), run=_task),
    Program(
        names=("npm",),
        run=_npm,
        idle=_OWN_COMMANDS | {"ci", "i"},
        printers=(
            Printer(("token", "create"), "the new token"),
            Printer(("config", "ls|list"), "npm's settings with tokens", only=r"(^|\s)-l\b|--long"),
        ),
    ),
    Program(names=("yarn", "pnpm", "bun"), run=_npm, idle=_OWN_COMMANDS),
)
