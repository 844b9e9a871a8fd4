"""The claims of a GitLab ID token: JSON type, presence, and who decides what they say.

Source: gitlabhq/gitlabhq lib/gitlab/ci/jwt.rb, jwt_v2.rb and doc/ci/secrets/id_token_authentication.md,
checked 2026-11. The type matters because Vault compares type and value.
"""

from __future__ import annotations

from enum import StrEnum

from bot.lazy import dataclass


class Type(StrEnum):
    """The JSON type in the token."""

    STRING = "string"
    NUMBER = "number"
    STRINGS = "list of strings"
    AUDIENCE = "string or list of strings"
    OBJECT = "object"


class Names(StrEnum):
    """What a claim distinguishes: whose code runs, on which ref, where to, who pressed the button."""

    PROJECT = "project"
    NAMESPACE = "namespace"
    REF = "ref"
    ENVIRONMENT = "environment"
    PERSON = "person"
    RUN = "run"
    ISSUER = "issuer"
    OTHER = "other"


class Control(StrEnum):
    """What somebody with a project of their own on the instance can make the claim say."""

    FREE = "free"
    """anything: it is text in YAML, or the name of a branch or tag"""
    OWN = "own"
    """the truth about their own project, nothing about another one"""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim.

    `stable`: a rename, a transfer or a deletion never hands its value to somebody else.
    `always`: it is in every token of a current GitLab.
    """

    name: str
    names: Names
    control: Control
    type: Type = Type.STRING
    always: bool = True
    stable: bool = True


_TABLE = (
    Claim("iss", Names.ISSUER, Control.NONE),
    Claim("aud", Names.OTHER, Control.FREE, Type.AUDIENCE),
    Claim("sub", Names.PROJECT, Control.OWN, stable=False),
    Claim("exp", Names.RUN, Control.NONE, Type.NUMBER),
    Claim("nbf", Names.RUN, Control.NONE, Type.NUMBER),
    Claim("iat", Names.RUN, Control.NONE, Type.NUMBER),
    Claim("jti", Names.RUN, Control.NONE),
    Claim("project_id", Names.PROJECT, Control.OWN),
    Claim("project_path", Names.PROJECT, Control.OWN, stable=False),
    Claim("namespace_id", Names.NAMESPACE, Control.OWN),
    Claim("namespace_path", Names.NAMESPACE, Control.OWN, stable=False),
    Claim("job_project_id", Names.PROJECT, Control.OWN, always=False),
    Claim("job_project_path", Names.PROJECT, Control.OWN, always=False, stable=False),
    Claim("job_namespace_id", Names.NAMESPACE, Control.OWN, always=False),
    Claim("job_namespace_path", Names.NAMESPACE, Control.OWN, always=False, stable=False),
    Claim("source_project_id", Names.PROJECT, Control.OWN, always=False),
    Claim("source_project_path", Names.PROJECT, Control.OWN, always=False, stable=False),
    Claim("source_namespace_id", Names.NAMESPACE, Control.OWN, always=False),
    Claim("source_namespace_path", Names.NAMESPACE, Control.OWN, always=False, stable=False),
    Claim("user_id", Names.PERSON, Control.OWN),
    Claim("user_login", Names.PERSON, Control.OWN, stable=False),
    Claim("user_email", Names.PERSON, Control.OWN, stable=False),
    Claim("user_access_level", Names.PERSON, Control.FREE, always=False),
    Claim("user_identities", Names.PERSON, Control.OWN, Type.OBJECT, always=False),
    Claim("groups_direct", Names.PERSON, Control.OWN, Type.STRINGS, always=False, stable=False),
    Claim("pipeline_id", Names.RUN, Control.OWN),
    Claim("pipeline_source", Names.OTHER, Control.FREE),
    Claim("job_id", Names.RUN, Control.OWN),
    Claim("ref", Names.REF, Control.FREE),
    Claim("ref_type", Names.REF, Control.FREE),
    Claim("ref_path", Names.REF, Control.FREE, always=False),
    Claim("ref_protected", Names.REF, Control.OWN),
    Claim("environment", Names.ENVIRONMENT, Control.FREE, always=False),
    Claim("environment_protected", Names.ENVIRONMENT, Control.OWN, always=False),
    Claim("deployment_tier", Names.ENVIRONMENT, Control.FREE, always=False),
    Claim("environment_action", Names.ENVIRONMENT, Control.FREE, always=False),
    Claim("runner_id", Names.OTHER, Control.OWN, Type.NUMBER),
    Claim("runner_environment", Names.OTHER, Control.FREE),
    Claim("sha", Names.RUN, Control.OWN),
    Claim("ci_config_ref_uri", Names.PROJECT, Control.OWN, always=False, stable=False),
    Claim("ci_config_sha", Names.RUN, Control.OWN, always=False),
    Claim("project_visibility", Names.OTHER, Control.FREE, always=False),
    Claim("job_source", Names.OTHER, Control.FREE, always=False),
    Claim("job_config", Names.OTHER, Control.FREE, Type.OBJECT, always=False),
)

CLAIMS = {claim.name: claim for claim in _TABLE}
"""By name."""

BOUNDARIES = frozenset(claim.name for claim in _TABLE if claim.names in {Names.PROJECT, Names.NAMESPACE})
"""Claims that say whose project it is: without one of them, every project of the instance is accept."""

PEOPLE = frozenset(claim.name for claim in _TABLE if claim.names is Names.PERSON)

NUMERIC_TEXT = frozenset(
    {
        "project_id",
        "namespace_id",
        "job_project_id",
        "job_namespace_id",
        "source_project_id",
        "source_namespace_id",
        "user_id",
        "pipeline_id",
        "job_id",
    }
)
"""Digits in a JSON string: a number in a role never equals them."""

BOOLEAN_TEXT = frozenset({"ref_protected", "environment_protected"})
"""The strings "true" and "false": a boolean in a role never equals them."""

# What distinguishes a GitLab role from another issuer's: names that no other well-known issuer uses.
TELLTALE = frozenset(CLAIMS) - {"iss", "aud", "sub", "exp", "nbf", "iat", "jti", "sha", "environment"}
