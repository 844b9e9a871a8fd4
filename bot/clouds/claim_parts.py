"""Claims of a candidate beside its project and ref: the person, the environment, the subject's components."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from bot.facts.cloud_trust import DEFAULT_SUBJECT, DEPLOYMENT_TIERS, SUBJECT_LEADERS
from bot.facts.gitlab_subjects import named_components

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.hint_pieces import HintPieces
    from bot.clouds.model import Hint

OTHER_PERSON = {"user_login": "someone-else", "user_id": "4242", "user_email": "someone-else@example.com"}
_PERSONAL = tuple(OTHER_PERSON)
# Claims that a person sets freely in a project of their own, by the texts that the trust wants.
_FREE_CLAIMS = (
    "pipeline_source",
    "runner_environment",
    "user_access_level",
    "project_visibility",
    "environment_action",
    "job_source",
)
_FREE_DEFAULTS = {
    "pipeline_source": "push",
    "runner_environment": "gitlab-hosted",
    "user_access_level": "owner",
}


class ClaimParts:
    """The further claims of candidates."""

    def __init__(self, pieces: HintPieces, hints: tuple[Hint, ...]) -> None:
        self._pieces = pieces
        self._hints = hints

    @cached_property
    def names_job_project(self) -> bool:
        """Whether the trust compares the project of the job's commit, which a fork's pipeline can share."""
        return self._pieces.reads("job_project_path", "job_project_id")

    @cached_property
    def persons(self) -> dict[str, str]:
        """The person that the trust names, by claim; empty where it names none."""
        return {claim: text for claim, text, _ in self._pieces.every if claim in _PERSONAL}

    @cached_property
    def environments(self) -> tuple[dict[str, str], ...]:
        """What the claims about environments can be."""
        if not self._pieces.reads("environment", "environment_protected", "deployment_tier"):
            return ({},)
        names = [
            text for claim, text, hint in self._pieces.every if claim == "environment" and not hint.partial
        ]
        tiers = [
            text
            for claim, text, _ in self._pieces.every
            if claim == "deployment_tier" and text in DEPLOYMENT_TIERS
        ]
        named = product(dict.fromkeys([*names, "x"]), dict.fromkeys([*tiers, "production"]))
        return ({}, *({"environment": name, "deployment_tier": tier} for name, tier in named))

    @cached_property
    def free_claims(self) -> tuple[dict[str, str], ...]:
        """What the claims can be that anybody sets in a pipeline of their own."""
        found: list[dict[str, str]] = [dict(_FREE_DEFAULTS)]
        for claim, text, _ in self._pieces.every:
            if claim in _FREE_CLAIMS or claim.endswith("_access"):
                found[0].setdefault(claim, text)
                found[0][claim] = text
        return tuple(found)

    @cached_property
    def shapes(self) -> tuple[tuple[str, ...], ...]:
        """The components of a subject, as projects can set them."""
        found: dict[tuple[str, ...], None] = {DEFAULT_SUBJECT: None}
        for hint in self._hints:
            if hint.claim == "sub":
                found.update(dict.fromkeys(_shapes(named_components(hint.text))))
        return tuple(found)


def _shapes(named: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    leaders = tuple(name for name in named if name in SUBJECT_LEADERS) or ("project_path", "project_id")
    rest = tuple(name for name in named if name not in SUBJECT_LEADERS)
    for leader in leaders:
        yield (leader, *rest)
        yield (leader, *dict.fromkeys(("ref_type", "ref", *rest)))
