"""Whether a text that a trust compares with the subject can be one, and why not."""

from __future__ import annotations

from bot.clouds.candidates import Candidates
from bot.clouds.model import Hint
from bot.clouds.wildcards import has_wildcard, wildcard_match
from bot.facts.gitlab_subjects import parse_subject


def can_be_subject(text: str, *, wildcards: bool, ignores_case: bool = False) -> bool:
    """Return whether some token's subject equals `text`, or matches it as a pattern."""
    if not (wildcards and has_wildcard(text)):
        return parse_subject(text) is not None or (ignores_case and parse_subject(text.lower()) is not None)
    candidates = Candidates((Hint("sub", text, wildcards=True),))
    return any(wildcard_match(text, subject) for subject in candidates.subjects())


def why_not_a_subject(text: str) -> str:
    """Return why GitLab never writes this subject."""
    if text.startswith("repo:"):
        return f"`{text}` is a subject of GitHub, not of GitLab"
    if ":environment:" in text:
        return "GitLab never writes `environment` into the subject"
    if ":pull_request" in text or ":pipeline_source:" in text:
        return "GitLab never writes the pipeline's source into the subject"
    return f"GitLab never writes a subject like `{text}`"
