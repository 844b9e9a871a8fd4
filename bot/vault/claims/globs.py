"""Globs of bound claims: ryanuber/go-glob v1.0.0, which Vault and OpenBao use (source read 2026-11)."""

from __future__ import annotations


def glob_matches(pattern: str, subject: str) -> bool:
    """Whether `subject` matches.

    Only `*` is special: it matches any run of characters (also `/`, also none). The pattern is anchored at
    both ends.
    """
    if pattern == "*":
        return True
    first, *rest = pattern.split("*")
    if not rest:
        return subject == pattern
    if not subject.startswith(first):
        return False
    at = len(first)
    *middle, last = rest
    for part in middle:
        found = subject.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return subject[at:].endswith(last)
