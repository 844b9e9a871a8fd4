"""Which issuers are GitLab's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.facts.cloud_trust import OTHER_ISSUERS, SUBJECT_LEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEADERS = tuple(f"{leader}:" for leader in SUBJECT_LEADERS)


def host_of(url: str) -> str:
    """Return an issuer's URL without scheme and without a slash at its end."""
    return re.sub(r"^https?://", "", url.strip()).rstrip("/")


def is_subject_like(text: str) -> bool:
    """Return whether a text begins as GitLab's subjects do."""
    return text.startswith(_LEADERS)


def looks_like_gitlab(host: str, own_host: str, subjects: Iterable[str]) -> bool:
    """Return whether the issuer is a GitLab: by its name, or by the subjects that are compared with its tokens.

    `own_host` is the host of the GitLab under review, "" where it is not known.
    """
    low = host.lower()
    if any(other in low for other in OTHER_ISSUERS):
        return False
    if "gitlab" in low or (own_host and low.partition("/")[0] == own_host.lower()):
        return True
    return any(map(is_subject_like, subjects))
