"""The words about a secret's way."""

from __future__ import annotations

import pytest

from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.leaks.wording import called, places_of
from bot.snapshot import Tree
from tests.leaks.jobs import job


@pytest.mark.parametrize(
    ("script", "begins"),
    [('echo "$K"', "`K` is declared"), ("vault kv get secret/app", "`vault kv get` is fetched")],
)
def test_a_way_begins_where_the_secret_is_declared_or_fetched(script, begins):
    (leak,) = leaks_of(job(script), Tree({}))
    assert [place.note for place in places_of(leak)] == [begins]


def test_a_program_that_a_variable_names_is_not_called_by_nothing():
    leaks = leaks_of(job("CLI=mc", '"$CLI" alias set s3 https://s3.example.com user "$K"'), Tree({}))
    assert [called(leak) for leak in leaks if leak.sink is Sink.ARGUMENT] == ["a program"]
