"""Commands that files keep under a name: Makefiles, justfiles, Taskfiles, the `scripts` of package.json."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.json import parse_json
from bot.documents.nodes import Mapping, Scalar, Sequence, text_of
from bot.documents.source import SourceText
from bot.documents.yaml import Dialect, parse_yaml
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node

# A rule of make: `targets : needs`, no assignment (gnu.org/software/make/manual, 4.4, 2026-11).
_RULE: Final = regex(r"(?P<names>[^\s#:=][^#:=\n]*?)[ \t]*::?(?![:=])(?P<needs>[^\n#=;|]*)")
_ASSIGNMENT: Final = regex(
    r"(?:(?:override|export|private)[ \t]+)*(?P<name>[\w.-]+)[ \t]*(?P<how>[:?+!]{0,3}=)[ \t]*(?P<value>[^\n]*)"
)
# A recipe of just: `@name parameters: needs` (just.systems/man, 2026-11).
_JUST_RECIPE: Final = regex(
    r"@?(?P<name>[A-Za-z_][\w-]*)(?P<parameters>(?:[ \t]+[^:\n]+)?)[ \t]*:(?!=)(?P<needs>[^\n#]*)"
)
_PARAMETER: Final = regex(r"[*+]?\$?([A-Za-z_][\w-]*)(?:=(?:'[^']*'|\"[^\"]*\"|\S+))?")
_PREFIX: Final = regex(r"[ \t]*[@+-]*[ \t]*")


@dataclass(frozen=True, slots=True)
class RecipeLine:
    """One command of a recipe, where it is in its file, and whether the program prints it before it runs it."""

    text: str
    start: int
    end: int
    is_echoed: bool


@dataclass(frozen=True, slots=True)
class Recipe:
    """The commands under a name, the recipes that run before them, and the names of its parameters."""

    name: str
    needs: tuple[str, ...]
    lines: tuple[RecipeLine, ...]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipeFile:
    """The recipes of a file in their order, and the texts of the variables that it sets."""

    recipes: tuple[Recipe, ...]
    variables: dict[str, str]

    def named(self, name: str) -> Iterator[Recipe]:
        """The recipes of that name; a Makefile may give the needs and the commands of a target apart."""
        return (recipe for recipe in self.recipes if recipe.name == name)


def read_makefile(text: str) -> RecipeFile:
    """The rules of a Makefile. Conditions are not decided: both of their ways count."""
    recipes: list[Recipe] = []
    variables: dict[str, str] = {}
    current: list[Recipe] = []
    for line, start in _logical_lines(text):
        if line.startswith("\t"):
            command = _command(line, start)
            if command is not None:
                current = [Recipe(r.name, r.needs, (*r.lines, command)) for r in current]
                recipes[len(recipes) - len(current) :] = current
            continue
        assigned, rule = _ASSIGNMENT.match(line), _RULE.match(line)
        if assigned is not None:
            before = variables.get(assigned["name"], "")
            added = f"{before} {assigned['value']}" if assigned["how"] == "+=" else assigned["value"]
            variables[assigned["name"]] = added.strip()
        elif rule is not None:
            needs = tuple(rule["needs"].split())
            current = [Recipe(name, needs, ()) for name in rule["names"].split()]
            recipes += current
    silent = next((set(recipe.needs) or {""} for recipe in recipes if recipe.name == ".SILENT"), set())
    return RecipeFile(tuple(_silenced(r) if {"", r.name} & silent else r for r in recipes), variables)


def _silenced(recipe: Recipe) -> Recipe:
    lines = tuple(RecipeLine(line.text, line.start, line.end, is_echoed=False) for line in recipe.lines)
    return Recipe(recipe.name, recipe.needs, lines, recipe.parameters)


def _logical_lines(text: str) -> Iterator[tuple[str, int]]:
    """The lines, continued ones together, and where each begins."""
    for match in re.finditer(r"(?:[^\n\\]|\\[^\n]|\\\n)+", text):
        yield match[0], match.start()


def _command(line: str, start: int) -> RecipeLine | None:
    """The command of a line of a recipe without its `@`, `-` and `+`; None where it is a comment or empty."""
    prefix = _PREFIX.match(line)
    behind = prefix.end() if prefix else 0
    code = line[behind:].rstrip()
    if not code or code.startswith("#"):
        return None
    is_echoed = "@" not in line[:behind]
    return RecipeLine(code, start + behind, start + behind + len(code), is_echoed)


def read_justfile(text: str) -> RecipeFile:
    """The recipes of a justfile."""
    recipes: list[Recipe] = []
    variables: dict[str, str] = {}
    for line, start in _logical_lines(text):
        if line[0] in " \t":
            command = _command(line, start)
            if command is not None and recipes:
                last = recipes.pop()
                recipes.append(Recipe(last.name, last.needs, (*last.lines, command), last.parameters))
            continue
        assigned, recipe = _ASSIGNMENT.match(line), _JUST_RECIPE.match(line)
        if assigned is not None and assigned["how"] == ":=":
            variables[assigned["name"]] = assigned["value"].strip("\"' ")
        elif recipe is not None:
            parameters = tuple(_PARAMETER.findall(recipe["parameters"]))
            needs = tuple(re.findall(r"[\w-]+", re.sub(r"\([^)]*\)", "", recipe["needs"])))
            recipes.append(Recipe(recipe["name"], needs, (), parameters))
    return RecipeFile(tuple(recipes), variables)


def read_package_scripts(path: str, text: str) -> RecipeFile:
    """The `scripts` of a package.json; `preX` runs before `X` (docs.npmjs.com/cli/using-npm/scripts, 2026-11)."""
    root = parse_json(path, text)
    scripts = root.get("scripts") if isinstance(root, Mapping) else None
    if not isinstance(scripts, Mapping):
        return RecipeFile((), {})
    source = SourceText(path, text)
    recipes = []
    for entry in scripts:
        if isinstance(entry.value, Scalar):
            line = _of_scalar(entry.value, source)
            recipes.append(Recipe(entry.key.text, (f"pre{entry.key.text}",), (line,)))
    return RecipeFile(tuple(recipes), {})


def _of_scalar(scalar: Scalar, source: SourceText) -> RecipeLine:
    span = scalar.span
    start = source.index(span.start_line, span.start_column)
    end = source.index(span.end_line, span.end_column)
    return RecipeLine(scalar.text, start, end, is_echoed=False)


def read_taskfile(path: str, text: str) -> RecipeFile:
    """The tasks of a Taskfile (taskfile.dev/reference/schema, 2026-11)."""
    documents = parse_yaml(path, text, Dialect.GENERAL)
    root = documents[0] if isinstance(documents, tuple) and documents else None
    tasks = root.get("tasks") if isinstance(root, Mapping) else None
    if not isinstance(tasks, Mapping):
        return RecipeFile((), {})
    source = SourceText(path, text)
    recipes = []
    for entry in tasks:
        body = entry.value
        given = body.get("cmds") or body.get("cmd") if isinstance(body, Mapping) else body
        deps = body.get("deps") if isinstance(body, Mapping) else None
        lines: list[RecipeLine] = []
        needs = [text_of(each) or _field(each, "task") for each in _items(deps)]
        for each in _items(given):
            command = (
                each if isinstance(each, Scalar) else each.get("cmd") if isinstance(each, Mapping) else None
            )
            if isinstance(command, Scalar):
                lines.append(_of_scalar(command, source))
            else:
                needs.append(_field(each, "task"))
        recipes.append(Recipe(entry.key.text, tuple(filter(None, needs)), tuple(lines)))
    return RecipeFile(tuple(recipes), {})


def _items(node: Node | None) -> tuple[Node, ...]:
    if isinstance(node, Sequence):
        return tuple(node.items)
    return (node,) if isinstance(node, Scalar) else ()


def _field(node: Node, name: str) -> str:
    return text_of(node.get(name)) or "" if isinstance(node, Mapping) else ""
