"""The page that shows how to install: its values are taken by the chart, its alarms are those of the chart."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.helm.conftest import CHART, ROOT, needs_helm, rendered

PAGE = (ROOT / "docs/install-kubernetes.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """As helm merges one file of values over another."""
    both = {**under, **over}
    for key in under.keys() & over.keys():
        if isinstance(under[key], dict) and isinstance(over[key], dict):
            both[key] = merged(under[key], over[key])
    return both


def dumped(values: dict[str, Any]) -> str:
    return json.dumps(values)


@needs_helm
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_block_is_taken_over_the_first(number: int):
    first, block = (YAML(typ="safe").load(each) for each in (BLOCKS[0], BLOCKS[number]))
    values = merged(first, block)
    if "autoscaling" in values.get("worker", {}):
        values = merged(
            values, YAML(typ="safe").load("{database: postgresql, secret: {keys: {DATABASE_URL: u}}}")
        )
    assert rendered("--values", "-", given=dumped(values)) != rendered(
        "--values", "-", given=dumped(first)
    ) or (number == 0)


def test_the_page_names_every_alarm():
    rules = YAML(typ="safe").load((CHART / "files/alarms.yaml").read_text())["groups"][0]["rules"]
    assert set(re.findall(r"^\| (Sealcheck\w+)", PAGE, re.MULTILINE)) == {each["alert"] for each in rules}


@needs_helm
def test_the_names_of_the_commands_are_those_of_the_chart():
    first = YAML(typ="safe").load(BLOCKS[0])
    several = merged(
        first, YAML(typ="safe").load("{database: postgresql, secret: {keys: {DATABASE_URL: u}}}")
    )
    text = (
        rendered("--values", "-", given=dumped(first))
        + "---\n"
        + rendered("--values", "-", given=dumped(several))
    )
    made = {
        f"{each['kind'].lower()}/{each['metadata']['name']}"
        for each in YAML(typ="safe").load_all(text)
        if each
    }
    named = set(re.findall(r"\b((?:statefulset|deployment)/[\w-]+)", PAGE))
    assert named
    assert named <= made
