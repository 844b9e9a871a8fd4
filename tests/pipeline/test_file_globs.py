"""Globs of `changes` and `exists` against what Ruby's `File.fnmatch?` answers, with the flags that GitLab gives it."""

from __future__ import annotations

import pytest

from bot.pipeline.file_globs import any_changed, any_exists, expanded, fnmatch

PATHS = [
    "a",
    "b",
    "ab",
    "abc",
    "a.txt",
    "a/b",
    "a/b.txt",
    "a/b/c",
    "a/b/c.txt",
    "a/c",
    "a/c/d",
    "b/c",
    ".a",
    "a/.b",
    ".b/a",
    ".b/.c",
    "b/.a/c",
    "*",
    "{a,b}",
    "a,b",
    "[a]",
    "]",
    "A",
    "a]",
    "é",
    "xayc",
    "xbyd",
    "a-",
    "b/a",
    "x/b/y/z",
    "",
    "a/b/",
    "{a",
    "a}",
    "\\a",
]

# Ruby 3.1.2 with FNM_PATHNAME, FNM_DOTMATCH and FNM_EXTGLOB (2026-11): the paths that each glob is for.
RUBY = {
    "a": ["a"],
    "a.txt": ["a.txt"],
    "*": [
        "a",
        "b",
        "ab",
        "abc",
        "a.txt",
        ".a",
        "*",
        "{a,b}",
        "a,b",
        "[a]",
        "]",
        "A",
        "a]",
        "é",
        "xayc",
        "xbyd",
        "a-",
        "",
        "{a",
        "a}",
        "\\a",
    ],
    "*.txt": ["a.txt"],
    "**": [
        "a",
        "b",
        "ab",
        "abc",
        "a.txt",
        ".a",
        "*",
        "{a,b}",
        "a,b",
        "[a]",
        "]",
        "A",
        "a]",
        "é",
        "xayc",
        "xbyd",
        "a-",
        "",
        "{a",
        "a}",
        "\\a",
    ],
    "**/*": PATHS,
    "**/a": ["a", ".b/a", "b/a"],
    "**/*.txt": ["a.txt", "a/b.txt", "a/b/c.txt"],
    "a/*": ["a/b", "a/b.txt", "a/c", "a/.b"],
    "a/**": ["a/b", "a/b.txt", "a/c", "a/.b"],
    "a/**/*": ["a/b", "a/b.txt", "a/b/c", "a/b/c.txt", "a/c", "a/c/d", "a/.b", "a/b/"],
    "a/**/c": ["a/b/c", "a/c"],
    "**/b/**": ["a/b/c", "a/b/c.txt", "b/c", "b/a", "a/b/"],
    "**/b/*": ["a/b/c", "a/b/c.txt", "b/c", "b/a", "a/b/"],
    "*/*": ["a/b", "a/b.txt", "a/c", "b/c", "a/.b", ".b/a", ".b/.c", "b/a"],
    "*/b": ["a/b"],
    "a/*/c": ["a/b/c"],
    "?": ["a", "b", "*", "]", "A", "é"],
    "a?c": ["abc"],
    "a/?": ["a/b", "a/c"],
    "?/b": ["a/b"],
    "[ab]": ["a", "b"],
    "[!a]": ["b", "*", "]", "A", "é"],
    "[^a]": ["b", "*", "]", "A", "é"],
    "[a-c]": ["a", "b"],
    "[a-": [],
    "[]a]": [],
    "[a]]": ["a]"],
    "a[/]b": [],
    "[a/]b": ["ab"],
    "{a,b}": ["a", "b"],
    "{a,b}/c": ["a/c", "b/c"],
    "a/{b,c/d}": ["a/b", "a/c/d"],
    "{a,{b,c}}": ["a", "b"],
    "{,a}b": ["b", "ab"],
    "{a": [],
    "a}": ["a}"],
    "{a,b": [],
    "a,b": ["a,b"],
    "\\*": ["*"],
    "\\a": ["a"],
    "a\\": ["a"],
    "[\\]]": ["]"],
    "\\{a,b}": ["{a,b}"],
    ".*": [".a"],
    ".a": [".a"],
    "*a": ["a", ".a", "{a", "\\a"],
    "**/.*": [".a", "a/.b", ".b/.c"],
    "a/.*": ["a/.b"],
    "a*b": ["ab", "a,b"],
    "a**b": ["ab", "a,b"],
    "**a": ["a", ".a", "{a", "\\a"],
    "a/**b": ["a/b", "a/.b"],
    "***": [
        "a",
        "b",
        "ab",
        "abc",
        "a.txt",
        ".a",
        "*",
        "{a,b}",
        "a,b",
        "[a]",
        "]",
        "A",
        "a]",
        "é",
        "xayc",
        "xbyd",
        "a-",
        "",
        "{a",
        "a}",
        "\\a",
    ],
    "**/**/a": ["a", ".b/a", "b/a"],
    "./a": [],
    "/a": [],
    "a/": [],
    "**/": ["", "a/b/"],
    "A": ["A"],
    "[A]": ["A"],
    "a//b": [],
    "": [""],
    "*/": [],
    "{*,b}/a": [".b/a", "b/a"],
    "x{a,b}y{c,d}": ["xayc", "xbyd"],
    "é": ["é"],
    "?é": [],
    "[é]": ["é"],
}


@pytest.mark.parametrize("glob", RUBY)
def test_as_ruby(glob):
    assert [path for path in PATHS if fnmatch(glob, path)] == RUBY[glob]


@pytest.mark.parametrize(
    ("glob", "text"),
    [
        ("a/$X/b", "a/x/b"),
        ("${X}b", "xb"),
        ("%X%/b", "x/b"),
        ("$GONE/b", "$GONE/b"),
        ("$OPEN/b", None),
        ("$X$OPEN", None),
        ("$OPEN$X", None),
        ("plain", "plain"),
        ("$1", "$1"),
    ],
)
def test_variables(glob, text):
    values = {"X": "x", "OPEN": 1}
    assert expanded(glob, values.get) == text


LISTING = ["Dockerfile", "README.md", "a/b.txt", "a/c/d.yml", "docs/x.md", "src/main.py"]


@pytest.mark.parametrize(
    ("globs", "there"),
    [
        (["Dockerfile"], True),
        (["dockerfile"], False),
        (["b.txt"], False),
        (["a/b.txt"], True),
        (["*.md"], True),
        (["*.txt"], False),
        (["**/*.txt"], True),
        (["**/*.yml"], True),
        (["**/*.json"], False),
        (["a/*"], True),
        (["a/*.yml"], False),
        (["a/**/*.yml"], True),
        (["gone", "src/*.py"], True),
        (["a/"], True),
        (["b/"], False),
        ([], False),
    ],
)
def test_what_a_repository_has(globs, there):
    assert any_exists(globs, LISTING) is there


def test_too_many_comparisons_count_as_met():
    many = [f"f{number}" for number in range(50_001)]
    assert any_exists(["x/*y"], sorted(many))
    assert not any_exists(["x/*y"], sorted(many[:50_000]))


def test_changes():
    assert any_changed(["src/*"], ["README.md", "src/main.py"])
    assert not any_changed(["src/*"], ["README.md", "src/a/b"])
    assert not any_changed(["src/*"], [])
    assert not any_changed([], ["a"])
