"""The parts of the leak analysis are put together, not inherited, and every program is in the registry."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.leaks.programs import REGISTRY, program_named

ROOM = Path(__file__).parents[2] / "bot" / "leaks"
FILES = sorted(ROOM.rglob("*.py"))
KINDS = {"StrEnum", "NamedTuple", "Protocol"}
"""bases that say what kind of class it is"""
PARTS = {"__init__", "answers", "filtering", "repairs"}
"""files of `programs/` that describe no program"""


def names(nodes: list[ast.expr]) -> set[str]:
    return {ast.unparse(node) for node in nodes}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOM)))
def test_no_class_inherits_behaviour(file: Path) -> None:
    classes = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ClassDef)]
    assert {node.name: names(node.bases) - KINDS for node in classes if names(node.bases) - KINDS} == {}


def test_nothing_is_left_to_a_subclass() -> None:
    assert [file.name for file in FILES if "NotImplementedError" in file.read_text()] == []


def test_no_function_is_excused_from_the_limit_of_complexity() -> None:
    assert [file.name for file in FILES if "noqa: C901" in file.read_text()] == []


def test_every_file_of_a_program_is_in_the_registry() -> None:
    modules = {file.stem for file in (ROOM / "programs").glob("*.py")} - PARTS
    registry = (ROOM / "programs" / "__init__.py").read_text()
    assert {module for module in modules if f"*{module}.PROGRAMS" not in registry} == set()


def test_each_name_belongs_to_one_program() -> None:
    listed = [name for program in REGISTRY for name in program.names]
    assert sorted(listed) == sorted(set(listed))
    assert all(program_named(name) is not None for name in listed)


def test_an_unknown_program_is_none() -> None:
    assert program_named("no-such-program") is None
