"""Records on both databases, and reviews that never were."""

from __future__ import annotations

from pathlib import Path

from bot.console.record import Ignoring, Record, RecordedFinding
from bot.console.records import Records, open_records
from bot.vault.trustmap import Edge, Layer, Node

NOW = 20_000 * 86400 + 43200
HEAD = "8f3c2a10" * 5
ARROWS = (
    Edge(Node(Layer.WHO, "project_path shop/api"), Node(Layer.ROLE, "role deploy", alarming=True)),
    Edge(Node(Layer.ROLE, "role deploy", alarming=True), Node(Layer.POLICY, "policy deploy")),
)


def records_at(url: str) -> Records:
    sqlite = url.startswith("sqlite:///")
    return open_records(url, Path(url.removeprefix("sqlite:///")) if sqlite else None)


def found(fingerprint: str, rule: str = "secret-in-log", rank: int = 1, **more: object) -> RecordedFinding:
    ignoring = Ignoring(*more.pop("ignored")) if "ignored" in more else None
    return RecordedFinding(
        fingerprint, rule, rank, str(more.pop("path", ".gitlab-ci.yml")), 7, "job:deploy", ignoring, **more
    )


def record(*findings: RecordedFinding, project: str = "shop/api", **more: object) -> Record:
    return Record(project, HEAD, findings, **more)
