"""Why PostgreSQL cannot be used, in a few words: its own messages may quote the connection string."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

# What libpq prints (fe-connect.c, fe-auth.c) and the server itself (postmaster.c, auth.c), PostgreSQL 18, 2026-11.
_KNOWN: Final = (
    ("connection refused", "the connection is refused: does it listen on that port?"),
    ("translate host name", "the host name is not known (DNS)"),
    ("name or service not known", "the host name is not known (DNS)"),
    ("password authentication failed", "it refuses the user or the password"),
    ("no password supplied", "it wants a password: postgresql://USER:PASSWORD@HOST/DATABASE"),
    ("no pg_hba.conf entry", "it does not accept this user, host or encryption (pg_hba.conf)"),
    ("does not exist", "the database or the user does not exist"),
    ("timeout", "no answer in time"),
    ("timed out", "no answer in time"),
    ("starting up", "it is starting up"),
    ("shutting down", "it is shutting down"),
    ("too many", "it has no connection left"),
    ("certificate", "its certificate is not trusted"),
    ("permission denied", "the user may not create or change the tables"),
    ("read-only", "it is read-only: is this the standby?"),
)


def why_unavailable(url: str, problem: Exception) -> str:
    """Return "PostgreSQL at HOST: CAUSE", without anything secret of `url`."""
    text = str(problem).lower()
    cause = next((meaning for words, meaning in _KNOWN if words in text), type(problem).__name__)
    try:
        parts = urlsplit(url)
        place = f" at {parts.hostname}:{parts.port or 5432}" if parts.hostname else ""
    except ValueError:
        place = ""
    return f"PostgreSQL{place}: {cause}"
