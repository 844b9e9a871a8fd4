"""The register of outside facts: what the code takes as given about GitLab, Vault and others, from where, since when.

A fact is a comment or a docstring with the month in which somebody checked it ("..., 2026-11)"). `python -m docs.facts
--older-than 12` lists those that were checked more than so many months ago, with status 1 where there are any.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import textwrap
import tokenize
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
_MARK = re.compile(r"\b20\d\d-(?:0[1-9]|1[0-2])(?![-\d])")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])|\n\s*\n")
_HEAD = """\
<!-- made by docs/facts.py from comments and docstrings; edit those -->

# Outside facts

What the code takes as given about GitLab, the runner, Vault, OpenBao, the clouds and other programs: in the words of
the comment that states it, with its source and the month in which it was checked. `make facts AGE=12` lists those that
were checked more than twelve months ago."""


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """A dated statement: `path` from the root, `line` (1-based) of its text, `month` as `2026-11`."""

    path: str
    line: int
    month: str
    text: str

    def age_months(self, today: datetime) -> int:
        """How many months before `today` it was checked."""
        year, month = self.month.split("-")
        return (today.year - int(year)) * 12 + today.month - int(month)


def facts(root: Path = ROOT) -> list[Fact]:
    """Every fact of the program's modules, by file and line."""
    return sorted(
        fact
        for path in (root / "bot").rglob("*.py")
        for fact in facts_of(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    )


def facts_of(path: str, source: str) -> Iterator[Fact]:
    """The facts of one module: each sentence of its comments and docstrings that has a month."""
    for line, text in _texts(source):
        for sentence in _SENTENCE_END.split(text):
            if found := _MARK.search(sentence):
                yield Fact(path, line, found[0], " ".join(sentence.split()))


def _texts(source: str) -> Iterator[tuple[int, str]]:
    """Docstrings, and comments of which one line follows the other, with the line on which each begins."""
    comment: list[tuple[int, int, str]] = []
    statement = True  # whether a string here is a statement of its own: a docstring
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT:
            if comment and comment[-1][:2] != (row - 1, column):
                yield comment[0][0], "\n".join(text for *_, text in comment)
                comment = []
            comment.append((row, column, token.string.lstrip("#: ")))
        elif token.type == tokenize.STRING and statement:
            yield row, textwrap.dedent(token.string.strip("rR").strip('"'))
        if token.type not in {tokenize.COMMENT, tokenize.NL}:
            statement = token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    if comment:
        yield comment[0][0], "\n".join(text for *_, text in comment)


def facts_page() -> str:
    """The register as a page, a table for each room."""
    parts = [_HEAD]
    for room, found in groupby(facts(), key=_room):
        rows = [
            f"| {fact.text.replace('|', chr(92) + '|')} | `{Path(fact.path).name}` | {fact.month} |"
            for fact in found
        ]
        parts.append(
            "\n".join([f"## {room}", "", "| fact and source | file | checked |", "|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"


def _room(fact: Fact) -> str:
    return str(Path(fact.path).parent)


def main(arguments: list[str]) -> int:
    """Print the facts that were checked too long ago; status 1 where there are any."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.facts", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--older-than", type=int, default=12, metavar="MONTHS")
    limit = parser.parse_args(arguments).older_than
    today = datetime.now(UTC)
    old = [fact for fact in facts() if fact.age_months(today) > limit]
    for fact in old:
        print(f"{fact.path}:{fact.line}: {fact.month}: {fact.text}")  # noqa: T201
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
