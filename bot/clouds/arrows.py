"""The clouds' part of the trust map: whose jobs, and which jobs of this repository, reach which identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.logins import logins_of, trusts_for
from bot.clouds.reaches import TrustReach
from bot.clouds.verdict import verdict_of
from bot.vault.trustmap import Edge, Layer, Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.clouds.model import CloudModel, Trust
    from bot.pipeline.model import Job

_CLOUDS = {"aws": "AWS", "google": "Google Cloud", "azure": "Azure"}


def cloud_edges(model: CloudModel, jobs: Iterable[Job]) -> list[Edge]:
    """Every arrow, each once, in the order of the files."""
    made: dict[Edge, None] = {}
    for trust in model.trusts:
        made[Edge(Node(Layer.WHO, who_of(trust)), trust_node(trust))] = None
    for job in jobs:
        for login in logins_of(job):
            for trust in trusts_for(login, model):
                made[Edge(Node(Layer.WHO, f"job {job.name}"), trust_node(trust))] = None
    return list(made)


def trust_node(trust: Trust) -> Node:
    """Return the box of a trust; it alarms where any project of the issuer can get it."""
    alarming = not trust.half and verdict_of(trust).reach in {TrustReach.ISSUER, TrustReach.PERSON}
    return Node(Layer.ROLE, f"{trust.kind} {trust.name} ({_CLOUDS[trust.cloud.value]})", alarming)


def who_of(trust: Trust) -> str:
    """Return whose jobs the trust accepts, in words."""
    verdict = verdict_of(trust)
    if trust.half:
        return "not known: the other half is elsewhere"
    reach, claims = verdict.reach, verdict.claims
    if reach is TrustReach.NOBODY:
        return "no job"
    if reach is TrustReach.ISSUER:
        return f"any job of {trust.issuer or 'the issuer'}"
    if reach is TrustReach.PERSON:
        return "any project of one person"
    if reach is TrustReach.GROUP:
        return f"group {claims['project_path'].partition('/')[0]}"
    by_number = not trust.reads("project_path") and (
        "project_id:" in claims["sub"] or trust.reads("project_id")
    )
    project = f"project {claims['project_id']}" if by_number else f"project {claims['project_path']}"
    named = f"{claims['ref_type']} {claims['ref']}"
    return (
        f"{project}, "
        + {
            TrustReach.FORK: "merge requests of forks too",
            TrustReach.PUSHER: "any ref",
            TrustReach.TAG: f"{named}, tags too",
            TrustReach.CASE: f"{named}, in any case",
            TrustReach.NAMED: named,
            TrustReach.PROTECTED: "protected refs",
            TrustReach.EXACT: f"{named}, protected",
        }[reach]
    )
