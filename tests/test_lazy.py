"""Late dataclasses are those of the library, and every late pattern can be compiled."""

from __future__ import annotations

import ast
import copy
import dataclasses
import gc
import importlib
import pickle
import re
from dataclasses import field, replace
from pathlib import Path

import pytest

import bot
from bot import lazy

ROOT = Path(bot.__file__).parent.parent
MODULES = sorted((ROOT / "bot").rglob("*.py"))


def described(dataclass):
    """One class of each shape that the program has, made by `dataclass`."""

    @dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: int = 2
        marks: list[str] = field(default_factory=list, compare=False)
        _length: int | None = field(default=None, init=False, repr=False, compare=False)

    @dataclass(slots=True)
    class Count:
        of: str
        number: int = 0

        def __post_init__(self):
            self.number += 1

    @dataclass(slots=True, eq=False)
    class Node:
        name: str

        def __repr__(self):
            return f"<{self.name}>"

    @dataclass(frozen=True, slots=True, eq=False, kw_only=True)
    class Named:
        name: str

    @dataclass(frozen=True, slots=True)
    class Inherited(Point):
        z: int = 3

    @dataclass()
    class Plain:
        name: str

    @dataclass(slots=True)
    class Longer(Count):
        more: str = "m"

    return Point, Count, Node, Named, Inherited, Plain, Longer


LATE = Point, Count, Node, Named, Inherited, Plain, Longer = described(lazy.dataclass)
EAGER = described(dataclasses.dataclass)
POINT, NODE = Point(1), Node("a")
for each in (*LATE, *EAGER):
    each.__qualname__ = each.__name__  # pickle finds the late ones by it


def outcome(work):
    try:
        return repr(work())
    except Exception as problem:  # noqa: BLE001 - compared
        return f"{type(problem).__name__}: {problem}".replace("described.<locals>.", "")


QUESTIONS = {
    "made": lambda point, *_: point(1),
    "made by names": lambda point, *_: point(y=5, x=1, marks=["a"])._length,
    "made wrongly": lambda point, *_: point(),
    "made with too much": lambda point, *_: point(1, 2, [], 4),
    "what is not compared": lambda point, *_: point(1, marks=["a"]) == point(1),
    "unequal": lambda point, *_: (point(1) == point(2), point(1) != point(2), point(1) == 1),
    "a key": lambda point, *_: len({point(1), point(1, 2), point(3)}),
    "the hash": lambda point, *_: hash(point(1)),
    "set": lambda point, *_: setattr(point(1), "x", 2),
    "deleted": lambda point, *_: delattr(point(1), "x"),
    "replaced": lambda point, *_: replace(point(1), y=7),
    "copied": lambda point, *_: (copy.copy(point(1)), copy.deepcopy(point(1, marks=["a"])).marks),
    "as a dict": lambda point, *_: dataclasses.asdict(point(1)),
    "its fields": lambda point, *_: [
        (each.name, each.type, each.kw_only) for each in dataclasses.fields(point)
    ],
    "matched": lambda point, *_: point.__match_args__,
    "slots": lambda point, *_: point.__slots__,
    "counted": lambda _, count, *__: count("a"),
    "a number more": lambda _, count, *__: count("a", 4) == count("a", number=4),
    "what changes is no key": lambda _, count, *__: hash(count("a")),
    "changed": lambda _, count, *__: setattr(count("a"), "number", 9),
    "an own method": lambda _, __, node, *___: node("a"),
    "the same only as itself": lambda _, __, node, *___: node("a") == node("a"),
    "names alone": lambda *classes: classes[3]("a"),
    "by name": lambda *classes: classes[3](name="a").name,
    "inherited": lambda *classes: (classes[4](1), classes[4](1, z=4) == classes[4](1), hash(classes[4](1))),
    "of its own type": lambda *classes: classes[4](1) == classes[0](1),
    "longer": lambda *classes: (classes[6]("a", 2, more="n"), classes[6]("a") == classes[6]("a", 0, "m")),
    "longer is of its own type": lambda *classes: classes[6]("a") == classes[1]("a"),
    "longer wrongly": lambda *classes: classes[6](),
    "the fields of the longer": lambda *classes: (classes[6].__match_args__, classes[6].__slots__),
    "without slots": lambda *classes: vars(classes[5]("a")),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_late_dataclass_is_the_librarys(question):
    expected = outcome(lambda: QUESTIONS[question](*EAGER))
    for _ in range(2):  # the first call makes the method
        assert outcome(lambda: QUESTIONS[question](*LATE)) == expected


def test_a_late_dataclass_survives_the_way_to_another_process():
    for thing in (POINT, Count("a"), Plain("b"), Longer("c")):
        assert pickle.loads(pickle.dumps(thing)) == thing


def test_only_what_is_called_is_made():
    @lazy.dataclass(frozen=True, slots=True)
    class Small:
        x: int

    late = {name: vars(Small)[name] for name in ("__init__", "__repr__", "__eq__", "__hash__")}
    Small(1)
    assert {name for name, method in late.items() if vars(Small)[name] is not method} == {"__init__"}


def test_a_pattern_is_compiled_when_it_is_used(monkeypatch):
    compiled = []
    monkeypatch.setattr(
        lazy.re, "compile", lambda *given, real=re.compile: compiled.append(given) or real(*given)
    )
    pattern = lazy.regex(r"(?P<a>b+)", re.IGNORECASE)
    assert pattern.pattern == r"(?P<a>b+)"
    assert not compiled
    assert pattern.search("aBb")["a"] == "Bb"
    assert [each["a"] for each in pattern.finditer("b abb")] == ["b", "bb"]
    assert len(compiled) == 1


def test_every_pattern_of_the_program_can_be_compiled():
    for path in MODULES:
        if "regex(" in path.read_text(encoding="utf-8"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    gc.unfreeze()  # a scan freezes what there is
    patterns = [each for each in gc.get_objects() if type(each) is lazy._Regex]
    assert len(patterns) > 400
    for pattern in patterns:
        pattern.match("")


def at_import(node):
    """The calls that importing a module makes, by their text."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield ast.unparse(child.func)
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from at_import(child)


def test_no_module_compiles_a_pattern_when_it_is_imported():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert "re.compile(" not in text or "re.compile" not in at_import(ast.parse(text)), path
