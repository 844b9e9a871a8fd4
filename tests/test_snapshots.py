"""A snapshot shows every change of a finding, and an update rewrites only what changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.documents.location import Span
from bot.findings import Confidence, Effect, Finding, Related, Severity, Witness
from bot.fixes import Edit, Fix
from tests.snapshots import compare, snapshot

FILES = {"a.yml": "one\ntwo\nthree\n"}
PLACE = Span("a.yml", 2, 1, 2, 4)
FINDING = Finding(
    rule="some-rule",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    effect=Effect.EXPOSES,
    span=PLACE,
    subject="job:a",
    message="Two is wrong.",
    attack="Someone counts.",
    fingerprint="0" * 32,
    fix=Fix("Write 2", (Edit("a.yml", 2, 2, "2\n"),)),
    witness=Witness("claims", {"ref": "main"}, "A developer counts."),
    related=(Related(PLACE, "here"),),
    construct="two",
    way=(Related(PLACE, "there"),),
)
OTHER = Span("a.yml", 3, 1, 3, 6)
CHANGES = {
    "rule": "other-rule",
    "severity": Severity.LOW,
    "confidence": Confidence.LOW,
    "effect": Effect.WEAKENS,
    "span": OTHER,
    "subject": "job:b",
    "message": "Two is right.",
    "attack": "",
    "fingerprint": "1" * 32,
    "fix": Fix("Write 2", (Edit("a.yml", 2, 2, "II\n"),)),
    "witness": Witness("claims", {"ref": "dev"}, "A developer counts."),
    "related": (Related(OTHER, "here"),),
    "construct": "three",
    "way": (),
}


def shown(finding: Finding) -> str:
    return snapshot([(finding, finding)], FILES)


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_every_field_is_shown(name):
    assert shown(replace(FINDING, **{name: CHANGES[name]})) != shown(FINDING)


def test_the_number_of_findings_their_order_and_a_fix_without_proof_are_shown():
    other = replace(FINDING, span=OTHER)
    assert snapshot([(FINDING, FINDING)] * 2, FILES) != shown(FINDING)
    assert snapshot([(FINDING, FINDING), (other, other)], FILES) != snapshot(
        [(other, other), (FINDING, FINDING)], FILES
    )
    assert "none: 'Write 2' cannot be proven" in snapshot([(FINDING, replace(FINDING, fix=None))], FILES)


def test_a_fix_is_a_diff():
    assert "    -two\n    +2\n" in shown(FINDING)


def test_invisible_characters_are_escaped():
    fix = Fix("Write 2", (Edit("a.yml", 2, 2, "2\r\n"),))
    assert "    +2\\r\n" in shown(replace(FINDING, fix=fix))


def test_compare(tmp_path):
    path = tmp_path / "a.yml.snapshot"
    with pytest.raises(AssertionError, match="make snapshots"):
        compare(path, "1 finding\n", update=False)
    compare(path, "1 finding\n", update=True)
    compare(path, "1 finding\n", update=False)
    with pytest.raises(AssertionError, match=r"\+2 findings"):
        compare(path, "2 findings\n", update=False)
