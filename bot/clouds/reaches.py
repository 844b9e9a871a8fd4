"""How far a trust reaches: whose jobs it accepts, worst first."""

from __future__ import annotations

from enum import StrEnum

from bot.facts.cloud_trust import DEFAULT_BRANCHES


class TrustReach(StrEnum):
    """Whose jobs a trust accepts, worst first."""

    ISSUER = "issuer"
    """any project of the GitLab instance"""
    PERSON = "person"
    """any project in which one person runs pipelines"""
    GROUP = "group"
    """any project of a group, also a new one"""
    FORK = "fork"
    """merge request pipelines of forks"""
    PUSHER = "pusher"
    """any branch of the project"""
    TAG = "tag"
    """a tag that has the name of the branch"""
    CASE = "case"
    """a branch whose name differs in case"""
    NAMED = "named"
    """the named ref, whether it is protected or not"""
    PROTECTED = "protected"
    """protected refs of the project"""
    EXACT = "exact"
    """the named ref while it is protected"""
    NOBODY = "nobody"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(TrustReach).index(self)


def is_default_branch(name: str) -> bool:
    """Return whether GitLab protects a branch of this name when the project is created."""
    return name in DEFAULT_BRANCHES
