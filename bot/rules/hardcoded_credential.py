"""A credential is written in the repository.

What it finds
-------------
Credentials that are known by their form (tokens of GitLab, GitHub, AWS, Slack, Stripe, npm, PyPI, Google
and Docker Hub, private keys, signed JSON web tokens) in every kind of file that is read; addresses with
a password in them; and literals under a name that promises a secret (`DEPLOY_TOKEN`, `clientSecret`,
`api_key`), in pipelines and their scripts, Terraform, HCL, Vault's JSON and YAML, and shell scripts.

Why it matters
--------------
Whoever can read the repository, a fork of it or an old clone has the credential, and nothing in the log
of the service tells them from the pipeline. It cannot be taken back by deleting the line: it stays in
the history.

Fix
---
Revoke the credential and make a new one. Keep the new one in Vault and let the job fetch it.

Bad:

```yaml
variables:
  DEPLOY_TOKEN: the token itself
```

Good:

```yaml
deploy:
  secrets:
    DEPLOY_TOKEN:
      vault: shop/deploy/token@secret
      file: false
```

Limits
------
Values that refer to something (`$VAR`, `{{ }}`, `vault:...`), file names, placeholders and everyday
words of tests are left out, and so are typed passwords of service containers, which die with their job;
one that a machine made is reported. A literal under a secret's name that no machine made is told with
medium confidence. Whether a credential still works is not tried.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.documents import Documents
from bot.documents.kinds import Kind
from bot.documents.literals import NamedLiteral, named_literals
from bot.documents.source import Source
from bot.facts.credentials import (
    OLD_VAULT_TOKEN,
    URL_WITH_PASSWORD,
    VAULT_TOKEN,
    formats_in,
    is_literal_secret,
    is_words,
    looks_generated,
    names_container_password,
    names_secret,
)
from bot.findings import Confidence, Hit, Severity
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.repository import Repository

_ATTACK: Final = "Whoever can read the repository, a fork or an old clone of it can use the credential."
# `secrets:NAME:token` names an ID token; malformed-secret speaks of one without its `$`.
_NAMES_A_TOKEN: Final = re.compile(r"\.secrets\.[^.]+\.token$")
# hardcoded-vault-token speaks of these.
_VAULTS_OWN: Final = frozenset({"vault_token", "bao_token", "openbao_token", "secret_id", "vault_secret_id"})


def check(documents: Documents, _repository: Repository) -> Iterator[Hit]:
    """A hit for each credential, on its own characters."""
    told: set[tuple[str, int]] = set()
    for path in documents.paths(*Kind):
        text = documents.text(path) or ""
        source = Source(path, text)
        for known, start, end in formats_in(text):
            span = source.span(start, end)
            told.add((path, span.start_line))
            yield _hit(
                span, known.name, f"{known.name[0].upper()}{known.name[1:]} stands here in plain text."
            )
        for match in URL_WITH_PASSWORD.finditer(text):
            span = source.span(match.start("password"), match.end("password"))
            is_far = "." in match["host"] and not match["host"].startswith(("127.", "0."))
            if is_far and is_literal_secret(match["password"]) and (path, span.start_line) not in told:
                told.add((path, span.start_line))
                yield _hit(
                    span,
                    "a password in a URL",
                    f"The address of {match['host']} holds a password in plain text.",
                )
    for literal in named_literals(documents, names_secret):
        if (literal.span.path, literal.span.start_line) not in told and _is_secret(literal):
            yield _named(literal)


def _is_secret(literal: NamedLiteral) -> bool:
    if literal.name.lower() in _VAULTS_OWN or _NAMES_A_TOKEN.search(literal.route):
        return False
    # A person types the password of a throw-away container; one that a machine made belongs to a real service.
    is_made = looks_generated(literal.value) and not is_words(literal.value)
    if names_container_password(literal.name) and not is_made:
        return False
    is_vaults = VAULT_TOKEN.pattern.search(literal.value) or OLD_VAULT_TOKEN.pattern.search(literal.value)
    return not is_vaults and is_literal_secret(literal.value)


def _named(literal: NamedLiteral) -> Hit:
    is_generated = looks_generated(literal.value)
    return Hit(
        span=literal.span,
        subject=f"variable:{literal.name}",
        construct=literal.route,
        message=f"{literal.name} is written here in plain text ({len(literal.value)} characters, not shown).",
        attack=_ATTACK,
        text=literal.name,
        severity=Severity.HIGH if is_generated else Severity.MEDIUM,
        confidence=Confidence.HIGH if is_generated else Confidence.MEDIUM,
    )


def _hit(span: Span, what: str, message: str) -> Hit:
    return Hit(span=span, subject="credential", construct=what, message=message, attack=_ATTACK, text=what)


RULE = Rule("hardcoded-credential", Documents, check, Severity.CRITICAL)
