"""The trust map as SVG: whole, alone, readable, and nothing that a name says is obeyed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.report.picture import MAX_NODES_EACH, picture
from bot.vault.trustmap import ANYBODY, Edge, Layer, Node

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>&<!--\"'\x1b[31m\u202e\x00 \U0001f511"


def node(layer: Layer, name: str, alarming: bool = False) -> Node:
    return Node(layer, f"{layer.name.lower()} {name}" if 0 < layer < 3 else name, alarming)


def chain(*names: str) -> list[Edge]:
    nodes = [node(layer, name) for layer, name in zip(Layer, names, strict=False)]
    return [Edge(start, end) for start, end in pairwise(nodes)]


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    root = ET.fromstring(svg)
    return [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("class") == "box"
    ]


def test_names_stay_names():
    svg = picture(chain(HOSTILE, HOSTILE, HOSTILE, HOSTILE), HOSTILE)
    root = ET.fromstring(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg",
        "title",
        "style",
        "rect",
        "text",
        "path",
        "g",
    }
    assert not re.search(r"<script|\x1b|\u202e|\bon\w+=|href|url\(|@import", svg)
    assert "alert(1)" in "".join(root.itertext())


def test_no_credential_is_drawn():
    token = "glpat-" + "a1B2c3D4e5F6g7H8i9J0"
    assert token not in picture(chain(f"sub {token}", "app", "p", f"secret/{token}"), "t")


def test_looks():
    edges = chain(ANYBODY, "app", "admin")
    edges.append(Edge(edges[-1].end, node(Layer.PATH, "* (root)", alarming=True)))
    edges.append(Edge(edges[0].end, node(Layer.POLICY, "elsewhere")))
    svg = picture(edges, "t")
    by_label = {
        label: look for look, label in re.findall(r'<g(?: class="(\w+)")?><title>([^<]*)</title>', svg)
    }
    assert by_label == {
        ANYBODY: "alarm",
        "app": "",
        "admin": "alarm",
        "* (root)": "alarm",
        "elsewhere": "unknown",
    }
    assert "Orange:" in svg
    assert "Dashed:" in svg
    assert "Orange:" not in picture(chain("a", "b", "c", "d"), "t")
    assert "prefers-color-scheme:dark" in svg


def test_too_many_are_counted():
    role = node(Layer.ROLE, "app")
    edges = [Edge(role, node(Layer.POLICY, str(number))) for number in range(MAX_NODES_EACH + 3)]
    svg = picture(edges, "t")
    assert len(boxes(svg)) == MAX_NODES_EACH + 1
    assert "3 more boxes are not drawn." in svg


NAMES = st.text(st.sampled_from("ab/ ,-\u6f22\U0001f511"), max_size=150)


@settings(max_examples=60)
@given(st.lists(st.tuples(NAMES, NAMES, NAMES, NAMES), min_size=1, max_size=8))
def test_boxes_never_touch_and_stay_inside(chains):
    edges = list(dict.fromkeys(edge for names in chains for edge in chain(*names)))
    svg = picture(edges, "t")
    width, height = (float(number) for number in re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups())
    placed = sorted(boxes(svg))
    assert len(placed) == len({each for edge in edges for each in edge})
    for x, y, w, h in placed:
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
    for (x1, y1, w1, h1), (x2, y2, *_) in pairwise(placed):
        assert x2 >= x1 + w1 or y2 >= y1 + h1
