"""Text without secrets: known values, what has the shape of a token, and credentials in URLs."""

from __future__ import annotations

import base64
import re
import urllib.parse
from typing import TYPE_CHECKING

from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "[masked]"
SHORTEST_KNOWN_VALUE = 6
"""A shorter "secret" would mask ordinary words, and is no news to an attacker."""

SHAPES = regex(
    r"gl[a-z]{1,6}-[\w.-]{16,}"  # GitLab: glpat-, gldt-, glcbt-, glsoat- ... (docs security/tokens, checked 2026-11)
    r"|\bhv[sbr]\.[\w-]{20,}"  # Vault and OpenBao 1.10 and later
    r"|\b[sbr]\.[A-Za-z0-9]{24}\b"  # Vault before 1.10
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"  # a JWT: an id token
    r"|\bwhsec_[\w+/=]{16,}"  # Standard Webhooks
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bgh[pousr]_\w{30,}|\bgithub_pat_\w{30,}"  # GitHub
    r"|\bxox[a-z]-[\w-]{10,}"  # Slack
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
URL_CREDENTIALS = regex(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/?#@\"']+@", re.IGNORECASE)
HEADERS = regex(
    r"(?P<name>\b(?:private-token|job-token|x-gitlab-token|x-vault-token|authorization|webhook-signature|cookie)"
    r"[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s\"',;}]+",
    re.IGNORECASE,
)


class Scrubber:
    """Masks secrets in text.

    `known` are the values of this program's own secrets, in the forms they travel in.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        forms: set[str] = set()
        for value in known:
            if len(value) >= SHORTEST_KNOWN_VALUE:
                encoded = base64.b64encode(value.encode()).decode().rstrip("=")
                forms |= {value, urllib.parse.quote(value, safe=""), encoded}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """The same text with every secret masked."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = SHAPES.sub(MASK, text)
        text = URL_CREDENTIALS.sub(rf"\g<scheme>{MASK}@", text)
        return HEADERS.sub(rf"\g<name>{MASK}", text)

    def tree(self, tree: object) -> object:
        """The same mappings and lists with every text in them scrubbed, keys too."""
        if isinstance(tree, str):
            return self.text(tree)
        if isinstance(tree, dict):
            return {self.tree(key): self.tree(value) for key, value in tree.items()}
        if isinstance(tree, (list, tuple)):
            return [self.tree(each) for each in tree]
        return tree
