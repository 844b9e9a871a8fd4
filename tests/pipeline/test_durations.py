"""Durations are as long as GitLab's own reader, the gem `gitlab-chronic-duration` 0.12, says."""

from __future__ import annotations

import pytest

from bot.pipeline.validation.durations import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h 30m", 5400), ("90", 90), ("1.5 hours", 5400), ("2 hours and 5 minutes", 7500), ("1 day, 2 hrs", 93_600), ("1:30", 90), ("1:30:00", 5400),
        ("1:0:0:0", 86_400), ("1 week", 604_800), ("1 month", 2_592_000), ("1 year", 31_557_600), ("2 yrs 3 mos", 70_891_200), ("1d", 86_400), ("3 wks", 1_814_400),
        ("day", 86_400), ("5 secs", 5), ("5 min 5", 305), ("0", 0), ("soon", 0), ("", 0), ("3 fortnights", 0), ("1h30m", 5400), ("1 hour plus 5 min", 3900), ("10-minutes", 0),
        ("1:2:3:4:5:6", 37_015_506), ("1:2:3:4:5:6:7", None), ("two days", None), ("half an hour", None), ("twenty minutes", None),
    ],
)  # fmt: skip
def test_it_is_as_long(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds
