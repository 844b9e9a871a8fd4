"""Durations as Vault reads them."""

from __future__ import annotations

from bot.lazy import regex

# hashicorp/go-secure-stdlib parseutil.ParseDurationSecond and Go's time.ParseDuration (2026-11).
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = regex(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_NUMBER = regex(r"[+-]?\d+")
_DAYS = regex(r"([+-]?\d+)d")


def seconds_of(value: object) -> int | None:
    """Whole seconds, cut off as Vault cuts; None where Vault refuses the value. A bare number is seconds."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    if text == "":
        return 0
    if _NUMBER.fullmatch(text):
        return int(text)
    days = _DAYS.fullmatch(text)
    if days:
        return int(days[1]) * 86400
    sign, bare = (-1, text[1:]) if text[0] == "-" else (1, text.removeprefix("+"))
    parts = _PART.findall(bare)
    if not parts or "".join(number + unit for number, unit in parts) != bare:
        return None
    return int(sign * sum(float(number) * _SECONDS[unit] for number, unit in parts))


def spoken(seconds: int) -> str:
    """The duration as a person says it: "24 hours", "32 days", "90 seconds"."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds >= (2 * size if unit == "day" else size):
            return f"{seconds // size} {unit}{'s' if seconds != size else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"
