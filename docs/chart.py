"""The table of the chart's values: names and meanings of its schema, defaults of its values.yaml."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def values_table(chart: Path) -> str:
    """A row per value, in the schema's order. Raises KeyError where a value has no meaning or no default."""
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    defaults = YAML(typ="safe").load((chart / "values.yaml").read_text(encoding="utf-8"))
    rows = [row for name, each in schema["properties"].items() for row in _rows(name, each, defaults)]
    return "\n".join(["| value | default | meaning |", "|---|---|---|", *rows])


def _rows(name: str, described: dict[str, Any], defaults: dict[str, Any], above: str = "") -> Iterator[str]:
    if name == "global":
        return
    meaning = described["description"].replace("|", "\\|")
    inner = described.get("properties", {})
    if all("description" in each for each in inner.values()) and inner:
        yield f"| **`{above}{name}`** | | {meaning} |"
        for key, each in inner.items():
            yield from _rows(key, each, defaults[name], f"{above}{name}.")
    else:
        yield f"| `{above}{name}` | {_default(defaults[name])} | {meaning} |"


def _default(value: object) -> str:
    if not value and not isinstance(value, bool):
        return "none"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"
