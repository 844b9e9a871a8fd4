"""The trust map as a picture: SVG that needs no other file, in light and in dark, for a page, a slide or a ticket.

Four columns: whose jobs, which role lets them in, which policies it gives, what those reach. SVG 1.1 and CSS
(`prefers-color-scheme`, as browsers apply it inside of an image too, 2026-11); no script, no font, nothing fetched.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from bot.lazy import dataclass
from bot.report.masking import Mask
from bot.vault.trustmap import ANYBODY, Layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.vault.trustmap import Edge, Node

MAX_NODES_EACH: Final = 40
"""A column with more boxes than this is folded: nobody reads on."""
_HEADINGS: Final = {
    Layer.WHO: "Whose jobs",
    Layer.ROLE: "Role",
    Layer.POLICY: "Policy",
    Layer.PATH: "What it reaches",
}
_PREFIXES: Final = {Layer.ROLE: "role ", Layer.POLICY: "policy "}
_CHARACTER: Final = 7.3
"""Pixels that one character of a 12 px monospaced font takes at most (0.6 em and a little)."""
_WIDEST: Final = 36
_MOST_LINES: Final = 3
_LINE, _PAD, _GAP, _BETWEEN, _MARGIN, _TOP = 16, 8, 12, 64, 24, 84
_LEGEND: Final = {
    "alarm": "Orange: open to every job, or able to do everything, or to give itself more.",
    "unknown": "Dashed: this repository does not hold its text, or the text grants nothing.",
}
_SWEEPS: Final = 4
_STYLE: Final = """\
svg{--paper:#fff;--ink:#1f2328;--dim:#59636e;--box:#f6f8fa;--line:#afb8c1;--alarm:#b35900;--alarmbox:#fff8e6;\
font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--dim:#9198a1;--box:#161b22;--line:#3d444d;\
--alarm:#f0a04b;--alarmbox:#2b2111}}
.paper{fill:var(--paper)}text{fill:var(--ink)}.dim{fill:var(--dim)}.title{font-size:15px;font-weight:600}
.head{font-weight:600;fill:var(--dim)}rect.box{fill:var(--box);stroke:var(--line)}path{fill:none;stroke:var(--line);\
stroke-width:1.5}
.alarm rect.box{fill:var(--alarmbox);stroke:var(--alarm);stroke-width:2}path.alarm{stroke:var(--alarm)}
.unknown rect.box{stroke-dasharray:5 4}"""


@dataclass(slots=True)
class _Box:
    """A node with its place."""

    node: Node
    lines: list[str]
    label: str
    look: str = ""
    """"alarm", "unknown" or neither: a class of `_STYLE`"""
    x: float = 0
    y: float = 0
    width: float = 0

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + 2 * _PAD

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def picture(edges: Sequence[Edge], title: str) -> str:
    """The SVG document; `title` says of what it is a map. No secret's value and no mark-up of a name gets in."""
    columns, folded = _columns(edges)
    boxes = {box.node: box for column in columns.values() for box in column}
    kept = [edge for edge in edges if edge.start in boxes and edge.end in boxes]
    _look(boxes.values(), kept)
    _order(columns, kept)
    width, height = _place(columns, boxes, kept)
    looks = {box.look for box in boxes.values()}
    foot = [text for look, text in _LEGEND.items() if look in looks]
    foot += [f"{count} more boxes are not drawn." for count in [folded] if count]
    height += _LINE * len(foot) + _GAP
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    last = height - _MARGIN - _LINE * (len(foot) - 1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
        f'<title id="title">{_text(title)}</title>',
        f"<style>{_STYLE}</style>",
        '<rect class="paper" width="100%" height="100%"/>',
        f'<text class="title" x="{_MARGIN}" y="36">{_text(title)}</text>',
        *(
            f'<text class="head" x="{column[0].x:.0f}" y="{_TOP - 20}">{_HEADINGS[layer]}</text>'
            for layer, column in columns.items()
        ),
        *(_arrow(boxes[edge.start], boxes[edge.end]) for edge in kept),
        *(line for box in boxes.values() for line in _drawn(box)),
        *(
            f'<text class="dim" x="{_MARGIN}" y="{last + _LINE * number:.0f}">{line}</text>'
            for number, line in enumerate(foot)
        ),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _columns(edges: Sequence[Edge]) -> tuple[dict[Layer, list[_Box]], int]:
    """The boxes of each column that has any, and how many were left out."""
    nodes = dict.fromkeys(node for edge in edges for node in edge)
    columns: dict[Layer, list[_Box]] = {}
    folded = 0
    for layer in Layer:
        own = [node for node in nodes if node.layer is layer]
        folded += max(0, len(own) - MAX_NODES_EACH)
        if own:
            columns[layer] = [_box(node) for node in own[:MAX_NODES_EACH]]
    return columns, folded


def _box(node: Node) -> _Box:
    label = Mask().code(" ".join(node.label.split())).removeprefix(_PREFIXES.get(node.layer, ""))
    shown = "".join(char if char.isprintable() else "?" for char in label)
    return _Box(node, _wrapped(shown), shown)


def _look(boxes: Iterable[_Box], edges: Sequence[Edge]) -> None:
    """Tell which boxes alarm, and of which policies nothing is known. A policy alarms as its worst path does."""
    worst = {edge.start for edge in edges if edge.end.layer is Layer.PATH and edge.end.alarming}
    leads_on = {edge.start for edge in edges}
    for box in boxes:
        node = box.node
        if node.alarming or node in worst or node == (Layer.WHO, ANYBODY, False):
            box.look = "alarm"
        elif node.layer is Layer.POLICY and node not in leads_on:
            box.look = "unknown"


def _wrapped(text: str) -> list[str]:
    """The text in lines of at most `_WIDEST` columns, broken at blanks, commas and slashes where there are any."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < _MOST_LINES:
        end = _fitting(rest)
        if end < len(rest):
            good = max(rest.rfind(mark, end // 2, end) for mark in " ,/")
            end = good + 1 if good >= 0 else end
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if rest:
        lines[-1] = lines[-1][: _WIDEST - 1] + "…"
    return lines or [""]


def _fitting(text: str) -> int:
    """How many characters from the start fit into one line."""
    used = 0
    for number, char in enumerate(text):
        used += _columns_of(char)
        if used > _WIDEST:
            return number
    return len(text)


def _columns_of(text: str) -> int:
    """How many columns the text takes: characters of East Asia are two wide."""
    return sum(2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1 for char in text)


def _order(columns: dict[Layer, list[_Box]], edges: Sequence[Edge]) -> None:
    """Sort each column so that arrows cross little: by where a box's neighbours are, there and back."""
    layers = list(columns)
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        for layer in layers[1:] if forwards else layers[-2::-1]:
            rank = {box.node: number for column in columns.values() for number, box in enumerate(column)}
            around: dict[Node, list[int]] = {}
            for edge in edges:
                near, far = (edge.end, edge.start) if forwards else (edge.start, edge.end)
                around.setdefault(near, []).append(rank[far])
            places = {box.node: _mean(around.get(box.node), rank[box.node]) for box in columns[layer]}
            columns[layer].sort(key=lambda box, places=places: places[box.node])  # type: ignore[misc]


def _mean(numbers: list[int] | None, otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _place(
    columns: dict[Layer, list[_Box]], boxes: dict[Node, _Box], edges: Sequence[Edge]
) -> tuple[float, float]:
    """Give every box its place; the size of the whole picture."""
    x: float = _MARGIN
    tallest = max(sum(box.height + _GAP for box in column) for column in columns.values())
    for layer, column in columns.items():
        characters = max(_columns_of(line) for box in column for line in box.lines)
        width = max(characters, len(_HEADINGS[layer])) * _CHARACTER + 2 * _PAD
        y = _TOP + (tallest - sum(box.height + _GAP for box in column)) / 2
        for box in column:
            box.x, box.y, box.width = x, y, width
            y += box.height + _GAP
        x += width + _BETWEEN
    for layer in list(columns)[1:]:
        _pull(columns[layer], boxes, [edge for edge in edges if edge.end.layer is layer], _TOP + tallest)
    return x - _BETWEEN + _MARGIN, _TOP + tallest + _MARGIN


def _pull(column: list[_Box], boxes: dict[Node, _Box], edges: Sequence[Edge], bottom: float) -> None:
    """Move the boxes of a column towards what leads to them, in their order and without touching one another."""
    wish: dict[Node, list[float]] = {}
    for edge in edges:
        wish.setdefault(edge.end, []).append(boxes[edge.start].middle)
    floor: float = _TOP
    for number, box in enumerate(column):
        below = sum(each.height + _GAP for each in column[number:])
        wanted = wish.get(box.node)
        aim = sum(wanted) / len(wanted) - box.height / 2 if wanted else box.y
        box.y = max(floor, min(aim, bottom - below))
        floor = box.y + box.height + _GAP


def _arrow(start: _Box, end: _Box) -> str:
    x1, x2 = start.x + start.width, end.x
    bend = (x2 - x1) / 2
    alarm = ' class="alarm"' if end.look == "alarm" else ""
    return (
        f'<path{alarm} d="M{x1:.1f} {start.middle:.1f}C{x1 + bend:.1f} {start.middle:.1f}'
        f' {x2 - bend:.1f} {end.middle:.1f} {x2:.1f} {end.middle:.1f}"/>'
    )


def _drawn(box: _Box) -> Iterator[str]:
    look = f' class="{box.look}"' if box.look else ""
    round_ = 14 if box.node.layer is Layer.WHO else 5
    yield f"<g{look}><title>{_text(box.label)}</title>"
    yield (
        f'<rect class="box" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
        f' rx="{round_}"/>'
    )
    for number, line in enumerate(box.lines, 1):
        y = box.y + _PAD + number * _LINE - 4
        yield f'<text x="{box.x + _PAD:.1f}" y="{y:.1f}" xml:space="preserve">{_text(line)}</text>'
    yield "</g>"


def _text(text: str) -> str:
    """`text` as XML contains it, without anything that no reader can show."""
    return escape("".join(char if char.isprintable() else "?" for char in text), {'"': "&quot;"})
