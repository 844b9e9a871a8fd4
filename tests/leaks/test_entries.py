"""Entries are parsed one by one where each is whole: what is found is what one text of all of them shows."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bot.documents.shell import parse_shell
from bot.leaks import analysis
from bot.leaks.analysis import follow
from bot.leaks.sources import ALWAYS_SET, Sources
from bot.leaks.units import unit_of_lines, units_of
from bot.leaks.values import Value
from bot.pipeline.model import Job
from tests.leaks.jobs import job

TABLE = Path(__file__).parents[1] / "oracle" / "bash_cases.txt"
CASES = [
    block for block in TABLE.read_text().split("\n\n") if not block.startswith(("##", "#@")) and block.strip()
]
GLUE = (
    *(" \\", " |", " &&", "; do", "\ntrue &", "\nset -x", "\ncat <<END", "\nEND", "\nexit"),
    "\ntrap 'echo \"$K\"' EXIT",
)
"""What an entry may end in: whole, or in the middle of something."""


def cut(script: str, random: Random) -> list[str]:
    """The lines of a script as entries, some of them joined, some with an end that changes what follows."""
    entries = [""]
    for line in script.split("\n"):
        if random.random() < 0.7:
            entries.append(line)
        else:
            entries[-1] += f"\n{line}"
    return [entry + (random.choice(GLUE) if random.random() < 0.2 else "") for entry in entries if entry]


def as_one(found: Job) -> object:
    """What one text of all entries shows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "units_of", lambda lines: [unit_of_lines(lines)])
        return follow(found, {})


def test_entries_one_by_one_show_what_one_text_shows() -> None:
    random = Random(20)
    for _ in range(400):
        chosen = "\n".join(random.sample(CASES, 2))
        found = job(*cut(chosen, random))
        assert follow(found, {}) == as_one(found), chosen


@pytest.mark.parametrize(
    ("entries", "count"),
    [
        (("true", "echo a\necho b"), 2),
        (("if true; then", "echo a", "fi"), 1),
        (("echo a \\", "b"), 1),
        (("cat <<END", "a", "END"), 1),
        (("cat <<END\na\nEND", "true"), 2),
        (("cat <<END\na", "END"), 1),
        (("cat <<A <<B\na\nA\nb\nB", "true"), 2),
        (("echo ${X:-it's}", "echo it's"), 1),
        (("echo 'a", "b'"), 1),
        (("foo ( bar", "true"), 1),
    ],
)
def test_entries_in_the_middle_of_a_statement_are_one_text(entries: tuple[str, ...], count: int) -> None:
    assert len(units_of(list(job(*entries).scripts))) == count


@pytest.mark.parametrize("text", ["echo \\", "cat <<END", "cat <<END\na", "echo ${X:-it's}"])
def test_a_text_says_that_it_goes_on(text: str) -> None:
    assert parse_shell(text).goes_on
    assert not parse_shell("cat <<END\na\nEND\necho 'a' \\\\ b").goes_on


def test_variables_are_worked_out_when_they_are_looked_up() -> None:
    found = job("true", variables={"A": "$B-x", "B": "plain", "C": "$K"})
    sources = Sources(found)
    assert sources.lookup("OTHER") == Value()
    assert sources.lookup("A") == Value("plain-x")
    assert list(sources.variables)[-7:] == [*ALWAYS_SET, "A", "B", "C", "OTHER"]
    assert sources.variables["C"].secrets
    assert sources.lookup("NEXT") == Value()
    assert list(sources.variables)[-1] == "NEXT"
