"""Drawings as numbers: what the templates put into inline SVG. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 640, 168
"""The trend's drawing, without its labels, in SVG units."""
BOX_WIDTH, BOX_HEIGHT, COLUMN, ROW = 254, 30, 314, 40
LABEL_CHARS = 34


@dataclass(frozen=True, slots=True)
class Area:
    """The band of one severity: `points` of a polygon; `name` is the severity."""

    name: str
    points: str
    last: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Stacked bands, the worst at the bottom; `ticks` are (y, label)."""

    areas: tuple[Area, ...]
    ticks: tuple[tuple[float, str], ...]
    top: str
    """points of the line on top of all bands"""


def trend(series: Sequence[Sequence[int]], names: Sequence[str]) -> Trend:
    """The drawing of `series`, a list of values for each name, all of the same length."""
    days = len(series[0])
    totals = [sum(each[day] for each in series) for day in range(days)]
    ceiling = _ceiling(max(totals, default=0))

    def point(day: int, value: int) -> str:
        return f"{day * WIDTH / max(1, days - 1):.1f},{HEIGHT - value * HEIGHT / ceiling:.1f}"

    areas, below = [], [0] * days
    for name, values in zip(names, series, strict=True):
        above = [low + value for low, value in zip(below, values, strict=True)]
        if any(values):
            outline = [point(day, above[day]) for day in range(days)]
            outline += [point(day, below[day]) for day in reversed(range(days))]
            areas.append(Area(name, " ".join(outline), values[-1]))
        below = above
    ticks = tuple(
        (HEIGHT - ceiling * part / 2 * HEIGHT / ceiling, f"{ceiling * part // 2:,}") for part in range(3)
    )
    return Trend(tuple(areas), ticks, " ".join(point(day, totals[day]) for day in range(days)))


def _ceiling(most: int) -> int:
    """The next round number whose half is a whole one."""
    power = 1
    while True:
        for step in (4, 6, 8, 10, 12, 16, 20, 24, 30):
            if most <= step * power:
                return step * power
        power *= 10


@dataclass(frozen=True, slots=True)
class Box:
    """A node of the map at its place. `label` is shown, cut where it is too long; `full` is all of it."""

    x: int
    y: int
    label: str
    full: str
    alarming: bool


@dataclass(frozen=True, slots=True)
class TrustMap:
    """Who -> role -> policy -> path as boxes in four columns and curves between them."""

    boxes: tuple[Box, ...]
    curves: tuple[str, ...]
    width: int
    height: int


def trust_map(arrows: Sequence[Sequence[Sequence[Any]]]) -> TrustMap:
    """The drawing of arrows that are pairs of (column, label, alarming)."""
    columns: dict[int, dict[str, bool]] = {}
    for arrow in arrows:
        for layer, label, alarming in arrow:
            column = columns.setdefault(int(layer), {})
            column[str(label)] = column.get(str(label), False) or bool(alarming)
    height = max((len(each) for each in columns.values()), default=0) * ROW
    boxes: dict[tuple[int, str], Box] = {}
    for layer, column in columns.items():
        pad = (height - len(column) * ROW) // 2
        for row, (label, alarming) in enumerate(column.items()):
            shown = label if len(label) <= LABEL_CHARS else f"{label[: LABEL_CHARS - 1]}…"
            boxes[layer, label] = Box(layer * COLUMN + 1, pad + row * ROW + 6, shown, label, alarming)
    curves = tuple(
        _curve(boxes[int(start[0]), str(start[1])], boxes[int(end[0]), str(end[1])]) for start, end in arrows
    )
    width = (max(columns, default=0)) * COLUMN + BOX_WIDTH + 2
    return TrustMap(tuple(boxes.values()), curves, width, height + 6)


def _curve(start: Box, end: Box) -> str:
    x1, y1, x2, y2 = start.x + BOX_WIDTH, start.y + BOX_HEIGHT // 2, end.x, end.y + BOX_HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1},{y1}C{middle},{y1} {middle},{y2} {x2},{y2}"
