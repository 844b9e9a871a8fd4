"""Secrets that a command shows beside its output: arguments, URLs, image layers, verbose traffic, foreign hosts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.model import Origin, Sink
from bot.leaks.values import Flow, Form, Streams, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.leaks.sources import Sources

Exposure = tuple[Sink, Flow, str]


def exposures(values: list[Value], variables: Mapping[str, Value], sources: Sources, streams: Streams) -> Iterator[Exposure]:
    """Where a command with these words exposes a secret beside its output."""
    return iter(())
