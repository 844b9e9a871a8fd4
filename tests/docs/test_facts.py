"""The register of outside facts: what counts as one, how old it is, and the command that lists old ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from docs.facts import ROOT, Fact, facts, facts_of, main

MODULE = '''"""A title.

Checked against version 3 (vendor.example/docs, 2024-02). Another sentence, since May 2023.
"""

LIMIT = 5
"""The most that a server takes (vendor.example/limits,
2025-11)."""
# Not a fact. What follows
# is one, though (manual of tool 1.2, 2026-01).
DAY = "2020-01"


def read(text):
    r"""Return a date like 2020-01-05."""
    return text  # as read, 2026-03
'''


def test_a_fact_is_a_dated_sentence_of_a_comment_or_a_docstring() -> None:
    assert list(facts_of("bot/x.py", MODULE)) == [
        Fact("bot/x.py", 1, "2024-02", "Checked against version 3 (vendor.example/docs, 2024-02)."),
        Fact("bot/x.py", 7, "2025-11", "The most that a server takes (vendor.example/limits, 2025-11)."),
        Fact("bot/x.py", 9, "2026-01", "What follows is one, though (manual of tool 1.2, 2026-01)."),
        Fact("bot/x.py", 16, "2026-03", "as read, 2026-03"),
    ]


@pytest.mark.parametrize(
    ("month", "age"), [("2026-11", 0), ("2026-10", 1), ("2025-12", 11), ("2025-11", 12), ("2024-01", 34)]
)
def test_age_counts_months(month: str, age: int) -> None:
    assert Fact("bot/x.py", 1, month, "").age_months(datetime(2026, 11, 30, tzinfo=UTC)) == age


def test_the_program_states_many_facts_and_each_has_words() -> None:
    found = facts()
    assert len(found) > 100
    assert [fact for fact in found if len(fact.text) < 20] == []


def test_the_command_lists_facts_older_than_an_age(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--older-than", "-1"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(facts())
    assert main(["--older-than", "1200"]) == 0
    assert capsys.readouterr().out == ""


def test_every_room_is_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "bot").iterdir() if (path / "__init__.py").exists()]
    assert [room for room in rooms if f"`{room}/`" not in page] == []
