"""Which texts GitLab can write into each claim of an ID token: alphabets, closed lists, forms.

Sources: gitlabhq/gitlabhq lib/gitlab/ci/jwt.rb and jwt_v2.rb, lib/gitlab/regex.rb (paths, environments),
app/models/concerns/enums/ci/pipeline.rb (sources), docs.gitlab.com/ci/secrets/id_token_authentication, checked
2026-11. Where GitLab may write more than is known here (`job_source`, `jti`), every text counts as possible.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Final

from bot.facts.cloud_trust import DEPLOYMENT_TIERS
from bot.facts.gitlab_claims import BOOLEAN_TEXT, NUMERIC_TEXT
from bot.facts.gitlab_subjects import (
    is_branch_or_tag,
    is_id,
    is_path,
    is_ref,
    is_start_of_subject,
    parse_subject,
    subject_matching,
)
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAMESPACE = regex(r"[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
_USERNAME = regex(r"[A-Za-z0-9_.-]+", re.ASCII)
_EMAIL = regex(r"[^\s@]+@[^\s@]+")
_ENVIRONMENT = regex(r"(?!/)[A-Za-z0-9_/${}. -]+(?<!/)", re.ASCII)
_LOWER_WORD = regex(r"[a-z]+(?:[ _][a-z]+)*")
_HEX = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_URL = regex(r"https?://\S+")
_CONFIG = regex(r"(?!https?:)[^/\s]+/\S+//[^@]+@\S+")
PIPELINE_SOURCES: Final = (
    "push", "web", "trigger", "schedule", "api", "external", "pipeline", "chat", "webide", "merge_request_event",
    "external_pull_request_event", "parent_pipeline", "ondemand_dast_scan", "ondemand_dast_validation",
    "security_orchestration_policy", "container_registry_push", "duo_workflow", "pipeline_execution_policy_schedule",
    "unknown",
)  # fmt: skip
_MOST_STARS = 3
"""wildcards of one glob that are tried in every combination; with more of them nothing is excluded"""


@dataclass(frozen=True, slots=True)
class ClaimForm:
    """What a claim's text looks like. `fills`: texts that are tried for a wildcard, the plainest first."""

    describes: str
    fits: Callable[[str], bool]
    words: tuple[str, ...] = ()
    fills: tuple[str, ...] = ("", "x")


def _words(*words: str) -> ClaimForm:
    said = " or ".join(f'"{word}"' for word in words) if len(words) <= 2 else f"one of {', '.join(words)}"  # noqa: PLR2004 - both
    return ClaimForm(said, words.__contains__, words)


def _matching(describes: str, pattern: re.Pattern[str], *fills: str) -> ClaimForm:
    return ClaimForm(describes, lambda text: pattern.fullmatch(text) is not None, fills=fills or ("", "x"))


def _is_ref_path(text: str) -> bool:
    return text.startswith("refs/") and is_ref(text)


_PATH_FILLS = ("x", "", "x/x", "x/", "/x", "x/x/x", "/")
_FORMS: Final[dict[str, ClaimForm]] = {
    **dict.fromkeys(NUMERIC_TEXT, ClaimForm("digits alone", is_id, fills=("1", "10", ""))),
    **dict.fromkeys(BOOLEAN_TEXT, _words("true", "false")),
    **dict.fromkeys(
        ("project_path", "job_project_path", "source_project_path"),
        ClaimForm("the full path of a project", is_path, fills=_PATH_FILLS),
    ),
    **dict.fromkeys(
        ("namespace_path", "job_namespace_path", "source_namespace_path", "groups_direct"),
        _matching("the full path of a group", _NAMESPACE, *_PATH_FILLS),
    ),
    **dict.fromkeys(("sha", "ci_config_sha"), _matching("a commit's hexadecimal name", _HEX)),
    "ref_type": _words("branch", "tag"),
    "deployment_tier": _words(*DEPLOYMENT_TIERS),
    "environment_action": _words("start", "prepare", "stop", "verify", "access"),
    "runner_environment": _words("gitlab-hosted", "self-hosted"),
    "project_visibility": _words("private", "internal", "public"),
    "pipeline_source": ClaimForm(
        "a source such as push, web, schedule or merge_request_event",
        PIPELINE_SOURCES.__contains__,
        PIPELINE_SOURCES,
    ),
    "user_access_level": _matching("a role's name in lower case", _LOWER_WORD),
    "user_login": _matching("a user name", _USERNAME),
    "user_email": _matching("an e-mail address", _EMAIL, "x", "", "x@x", "@"),
    "ref": ClaimForm("the name of a branch or tag", is_branch_or_tag, fills=("x", "", "x/x", "/x", "x/")),
    "ref_path": ClaimForm(
        "`refs/heads/` or `refs/tags/` and a name",
        _is_ref_path,
        fills=(
            "x",
            "",
            "refs/heads/x",
            "heads/x",
            "heads",
            "x/x",
            "/x",
            "x/",
            "refs/heads/",
            "/heads/",
            "refs/heads",
        ),
    ),
    "environment": _matching("an environment's name", _ENVIRONMENT, "x", "", "x/x"),
    "iss": _matching("the URL of the GitLab instance", _URL, "x", "", "https://x", "//x", "://x"),
    "ci_config_ref_uri": _matching("`host/group/project//file@ref_path`", _CONFIG),
    "sub": ClaimForm(
        "components like `project_path:group/project:ref_type:branch:ref:main`",
        lambda text: parse_subject(text) is not None,
    ),
}


def form_of(claim: str) -> ClaimForm | None:
    """Return the form of the claim's texts; None where any text is possible."""
    return _FORMS.get(claim)


def can_write(claim: str, text: str) -> bool:
    """Whether GitLab can write `text` into the claim."""
    form = _FORMS.get(claim)
    return form is None or form.fits(text)


def text_matching(claim: str, glob: str, prefers: str = "") -> str | None:
    """Return a text that the glob matches and GitLab can write into the claim; None where there surely is none.

    `prefers` is tried first in the place of the first wildcard.
    """
    form = _FORMS.get(claim)
    stars = glob.count("*")
    if stars == 0:
        return glob if form is None or form.fits(glob) else None
    first = next(_filled(glob, (prefers or "x",)))
    if form is None:
        return first
    if form.words:
        pattern = re.compile(".*".join(map(re.escape, glob.split("*"))), re.DOTALL)
        return next((word for word in form.words if pattern.fullmatch(word)), None)
    if claim in _LOOSE:
        likely = subject_matching(glob) if claim == "sub" else None
        return likely or (first if _LOOSE[claim](glob.partition("*")[0]) else None)
    likeliest = (prefers, f"{prefers}/app", f"app/{prefers}") if prefers else ()
    tried = (*_filled(glob, likeliest), *_filled(glob, form.fills))
    found = next((text for text in tried if form.fits(text)), None)
    return found if found is not None or stars <= _MOST_STARS else first


def _filled(glob: str, fills: tuple[str, ...]) -> Iterator[str]:
    """Each text that comes of filling the wildcards: one and nothing else first, then all combinations."""
    head, *rest = glob.split("*")
    for fill in fills:
        yield fill.join((head, rest[0])) + "".join(rest[1:])
    if 1 < len(rest) <= _MOST_STARS:
        for chosen in product(fills, repeat=len(rest)):
            yield head + "".join(fill + part for fill, part in zip(chosen, rest, strict=True))


def _is_start_of_hex(start: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{0,64}", start) is not None


def _is_start_of_config(start: str) -> bool:
    return not start.startswith(("http:", "https:", "/"))


# Forms too rich for filling in a few texts: only what is before the first wildcard is compared.
_LOOSE: Final[dict[str, Callable[[str], bool]]] = {
    "sub": is_start_of_subject,
    "sha": _is_start_of_hex,
    "ci_config_sha": _is_start_of_hex,
    "ci_config_ref_uri": _is_start_of_config,
}
