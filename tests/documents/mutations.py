"""Broken files by the thousand: what a slip of the hand, a bad merge or an attacker makes of a good one."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIGNS = "\t\r\n :-?#&*!|>'\"%@`{}[],\\$~=<0\x00\ufeff\u2028\x85é😀"
SNIPPETS = (
    "<<: *a\n", "&a ", "*a", "!reference [a, b]", "? ", "---\n", "...\n", "%YAML 1.1\n", "!!binary ", "'", '"', "|+\n",
    ">-\n", "- - - ", "{{", "}}", "[[", "]]", ": : ", "\r", "\r\n", "\t", "2024-01-01", "12:30", "=", "#", "!ruby/object:X ",
)  # fmt: skip


def cut(text: str, random: Random) -> str:
    start, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
    return text[:start] + text[end:] if random.random() < 0.5 else text[:end]


def doubled(text: str, random: Random) -> str:
    lines = text.split("\n")
    start = random.randrange(len(lines))
    piece = lines[start : start + random.randrange(1, 12)]
    at = random.randrange(len(lines) + 1)
    return "\n".join(lines[:at] + piece + lines[at:])


def reindented(text: str, random: Random) -> str:
    lines = text.split("\n")
    for _ in range(random.randrange(1, 6)):
        at = random.randrange(len(lines))
        lines[at] = lines[at].lstrip() if random.random() < 0.3 else " " * random.randrange(1, 5) + lines[at]
    return "\n".join(lines)


def sprinkled(text: str, random: Random) -> str:
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(SIGNS) + text[at + random.randrange(2) :]
    return text


def spliced(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(SNIPPETS) + text[at:]


def tabbed(text: str, random: Random) -> str:
    return text.replace("  ", "\t", random.randrange(1, 9))


def with_crlf(text: str, random: Random) -> str:
    return text.replace("\n", "\r\n" if random.random() < 0.7 else "\r")


def with_mark(text: str, random: Random) -> str:
    return "\ufeff" * random.randrange(1, 3) + text


def swapped(text: str, random: Random) -> str:
    lines = text.split("\n")
    left, right = random.randrange(len(lines)), random.randrange(len(lines))
    lines[left], lines[right] = lines[right], lines[left]
    return "\n".join(lines)


SMALL: tuple[Callable[[str, Random], str], ...] = (
    cut, doubled, reindented, sprinkled, sprinkled, spliced, spliced, tabbed, with_crlf, with_mark, swapped,
)  # fmt: skip


def mutated(texts: list[str], count: int, seed: int) -> Iterator[str]:
    """`count` broken texts, the same ones for the same seed."""
    random = Random(seed)
    for _ in range(count):
        text = random.choice(texts)
        for _ in range(random.randrange(1, 4)):
            text = random.choice(SMALL)(text, random)
        yield text


def monsters() -> dict[str, str]:
    """Files made to hang or to kill a reader, by what they are."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{level}: &a{level} [{', '.join(f'*a{level - 1}' for _ in range(9))}]\n" for level in range(1, 12)
    )
    merges = "m0: &m0 {k: v}\n" + "".join(
        f"m{n}: &m{n} {{<<: [{', '.join(f'*m{n - 1}' for _ in range(9))}], k{n}: v}}\n" for n in range(1, 300)
    )
    megabytes = 5_000_000
    return {
        "alias bomb": bomb,
        "merge bomb": merges,
        "deep flow": "[" * 100_000,
        "deep closed flow": "[" * 50_000 + "]" * 50_000,
        "deep mappings": "{a: " * 100_000,
        "deep block": "".join(" " * n + "k:\n" for n in range(3000)),
        "deep dashes": "- " * 200_000,
        "deep keys": "? " * 200_000,
        "5 MB of items": "- a\n" * (megabytes // 4),
        "5 MB of keys": "".join(f"k{n}: v\n" for n in range(megabytes // 10)),
        "5 MB literal": "a: |\n" + "  x y z\n" * (megabytes // 8),
        "5 MB folded": "a: >\n" + "  x y z\n" * (megabytes // 8),
        "5 MB in one line": "a: " + "x" * megabytes,
        "5 MB quoted": 'a: "' + "x\\n" * (megabytes // 3) + '"',
        "5 MB of plain lines": "a: " + "\n  x y" * (megabytes // 6),
        "5 MB of blanks": "a:" + " " * megabytes + "b",
        "5 MB of line ends": "a:" + "\n" * megabytes + "b: c",
        "5 MB of comments": "# c\n" * (megabytes // 4),
        "5 MB of anchors": "".join(f"- &a{n} x\n" for n in range(megabytes // 12)),
        "5 MB of aliases": "- &a x\n" + "- *a\n" * (megabytes // 5),
        "5 MB of documents": "---\na\n" * (megabytes // 6),
        "5 MB of one flow list": "[" + "a, " * (megabytes // 3) + "]",
        "5 MB of open quotes": "'" * megabytes,
        "5 MB of colons": "a: [" + "x:y, " * (megabytes // 5) + "]",
        "5 MB of question marks": "a: [" + "x?y, " * (megabytes // 5) + "]",
        "5 MB of blanks and question marks": "a: [" + "x   ?" * (megabytes // 5) + "]",
        "5 MB of tags": "- !a b\n" * (megabytes // 7),
        "5 MB of NUL": "\x00" * megabytes,
        "a number of a million digits": "a: " + "9" * 1_000_000,
        "sixties without end": "a: " + ":".join(["59"] * 300_000),
        "a date without end": "a: 2024-01-01 00:00:00." + "0" * 1_000_000 + "x",
        "underscores without end": "a: 1" + "_" * 1_000_000 + "x",
        "carriage returns": "a: b\r" * 300_000,
    }
