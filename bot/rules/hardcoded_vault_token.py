"""A token or key of Vault is written in the repository.

What it finds
-------------
Vault and OpenBao tokens (`hvs.`, `hvb.`, `hvr.`, and the `s.` form of old versions next to the word
Vault or token), the `secret_id` of an AppRole, unseal and recovery keys, and a literal `VAULT_TOKEN` or
`X-Vault-Token`; in every kind of file that is read, comments included.

Why it matters
--------------
Anyone who can read the repository, a fork of it, or a clone that somebody made last year, is logged in to
Vault, with all that the token may do, until it is revoked. Removing the line does not help: the token
stays in the history.

Fix
---
Revoke it first (`vault token revoke`, `vault write auth/approle/role/NAME/secret-id/destroy`, a rekey for unseal
keys). Then let the job log in with an ID token.

Bad:

```yaml
variables:
  VAULT_TOKEN: the token itself
```

Good:

```yaml
job:
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
  secrets:
    DATABASE_PASSWORD:
      vault: shop/db/password@secret
```

Limits
------
A token of the old form is found only on a line that speaks of Vault or of a token. Samples of
HashiCorp's documentation and plain placeholders are left out, and so are the words that development
servers use (`root`). Whether the token still works is not tried.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.documents import Documents
from bot.documents.kinds import FileKind
from bot.documents.literals import named_literals
from bot.documents.source import SourceText
from bot.facts.credentials import (
    KEY_SHARE,
    OLD_VAULT_TOKEN,
    VAULT_TOKEN,
)
from bot.facts.secret_values import UUID, bits_per_character, is_literal_secret, is_placeholder
from bot.findings import Hit, Severity
from bot.lazy import regex
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.repository import Repository

# developer.hashicorp.com/vault/docs/auth/approle (2026-11): a secret_id is a UUID unless somebody chose it.
_SECRET_ID: Final = regex(
    rf"""(?<![A-Za-z_])(?:VAULT_|APPROLE_)*SECRET_ID["']?\s*[:=]\s*["']?(?P<value>{UUID.pattern})""",
    re.IGNORECASE,
)
# The words of `vault operator init` and `unseal`, and the keys of their JSON output (2026-11).
_KEY: Final = regex(
    rf"""(?:(?:Unseal|Recovery)\ Key\ \d+:\s*|operator\ unseal\s+["']?
    |(?:(?:unseal|recovery)_keys?_(?:b64|hex)|keys_base64|recovery_keys_base64)["']?\s*[:=]\s*[\[\s"'-]*)
    (?P<value>{KEY_SHARE.pattern})(?![\w/+])""",
    re.VERBOSE,
)
# What it is, words without which it is not there, and its pattern.
_OTHERS: Final = (
    ("the secret_id of an AppRole", ("secret_id",), _SECRET_ID),
    ("an unseal or recovery key", ("unseal", "recovery", "keys_base64"), _KEY),
)
_HEADER: Final = regex(r"X-Vault-Token:\s*(?P<value>[A-Za-z0-9._-]{12,})", re.IGNORECASE)
_SPEAKS_OF_VAULT: Final = regex(r"vault|token|openbao|\bbao\b", re.IGNORECASE)
_TOKEN_NAME: Final = regex(r"^(?:VAULT|BAO|OPENBAO)_(?:ROOT_|ADMIN_)?TOKEN$", re.IGNORECASE)
_DEVELOPMENT: Final = regex(r"server\s+-dev|VAULT_DEV_ROOT_TOKEN_ID|-dev-root-token-id")
_FEW_BITS: Final = 3.2


class _Found(NamedTuple):
    what: str
    start: int
    end: int


def check(documents: Documents, _repository: Repository) -> Iterator[Hit]:
    """A hit for each token or key, on its own characters."""
    for path in documents.paths(*FileKind):
        text = documents.text(path) or ""
        source = SourceText(path, text)
        for found in _found_in(text):
            span = source.span(found.start, found.end)
            yield _hit(span, found.what, found.what, found.end - found.start)
    for literal in named_literals(documents, lambda name: _TOKEN_NAME.match(name) is not None, "_token"):
        if _is_other_token(literal.value):
            if _DEVELOPMENT.search(documents.text(literal.span.path) or ""):
                continue
            yield _hit(literal.span, f"the value of `{literal.name}`", literal.route, len(literal.value))


def _is_other_token(value: str) -> bool:
    """Whether the value is a secret of no known form: those of a known form are found by it."""
    has_form = VAULT_TOKEN.pattern.search(value) or OLD_VAULT_TOKEN.pattern.search(value)
    return not has_form and is_literal_secret(value)


def _found_in(text: str) -> Iterator[_Found]:
    """Every token or key in the text, each once."""
    for match in VAULT_TOKEN.matches(text):
        if not is_placeholder(match[0]):
            yield _Found("a Vault token", match.start(), match.end())
    for match in OLD_VAULT_TOKEN.matches(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        is_random = bits_per_character(match[0][2:]) >= _FEW_BITS and any(c.isdigit() for c in match[0])
        if is_random and _SPEAKS_OF_VAULT.search(line) and not is_placeholder(match[0]):
            yield _Found("a Vault token of the old form", match.start(), match.end())
    lower = text.lower()
    for what, hints, pattern in _OTHERS:
        for match in pattern.finditer(text) if any(hint in lower for hint in hints) else ():
            if not is_placeholder(match["value"]):
                yield _Found(what, match.start("value"), match.end("value"))
    for match in _HEADER.finditer(text) if "x-vault-token" in lower else ():
        if _is_other_token(match["value"]):
            yield _Found("the value of an `X-Vault-Token` header", match.start("value"), match.end("value"))


def _hit(span: Span, what: str, construct: str, length: int) -> Hit:
    return Hit(
        span=span,
        subject="vault",
        construct=construct,
        message=f"{what[0].upper()}{what[1:]} is written here in plain text ({length} characters, not shown).",
        attack="Anyone who can read the repository, a fork or an old clone of it uses it to log in to Vault.",
        text=what,
    )


RULE = Rule("hardcoded-vault-token", Documents, check, Severity.CRITICAL, suppressible=False)
