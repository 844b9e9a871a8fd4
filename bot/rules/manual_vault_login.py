"""A script fetches secrets that `secrets:` would mask.

What it finds
-------------
A job that logs in to Vault with a JWT in its script and then does nothing with Vault but read from a KV engine.

Why it matters
--------------
The runner masks what `secrets:` brings, however short it is. It never learns what a script fetches by itself, neither
the values nor the Vault token, so that one `echo` or one verbose tool prints them; and the token stays in the
environment of every command that follows, until it expires.

Fix
---
Read the secrets with `secrets:` instead: the runner then logs in by itself, and GitLab masks their values.

Bad:

```yaml
script:
  - export VAULT_TOKEN="$(vault write -field=token auth/jwt/login role=app jwt=$VAULT_ID_TOKEN)"
  - export DB_PASSWORD="$(vault kv get -field=password secret/app/db)"
```

Good:

```yaml
secrets:
  DB_PASSWORD:
    vault: app/db/password@secret
    file: false
```

Limits
------
`secrets:` with Vault needs GitLab Premium or Ultimate. In the Free tier the login by hand is the way: print nothing of
it, and end with `vault token revoke -self`. Jobs that write to Vault, use another engine, or run a tool that needs the
token (Terraform, Ansible, a Vault agent) are left alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Confidence, Effect, Hit, Related, Severity
from bot.lazy import regex
from bot.pipeline.model import Job
from bot.pipeline.vault_calls import Asks, commands_in
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.shell_nodes import Command
    from bot.repository import Repository

# Programs that read VAULT_TOKEN by themselves (their own documentation, 2026-11).
_TAKES_THE_TOKEN = regex(
    r"(?:terraform|tofu|terragrunt|ansible[\w-]*|packer|nomad|consul-template|vault-agent|envconsul|helmfile|sops|vals"
    r"|werf|python3?|node|docker(?:-compose)?|kubectl|helm)"
)
_CARRIERS = frozenset({"sudo", "env", "time", "nice", "timeout", "exec", "command", "nohup"})
# Engines that make a value for the one who asks: their lease belongs to the token.
_MADE_FOR_THE_JOB = regex(r"(?:^|/)(?:creds|sts|token|roleset|static-account|issue|sign|otp|keys?)(?:/|$)")


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit at the login, where everything else that the job asks of Vault is to read."""
    calls = repository.vault_calls(job)
    reads = [call for call in calls if call.asks is Asks.READ]
    login = next((call for call in calls if call.asks is Asks.JWT_LOGIN), None)
    if login is None or not reads:
        return
    if any(call.asks not in {Asks.JWT_LOGIN, Asks.READ, Asks.REVOKE} for call in calls):
        return
    if any(_MADE_FOR_THE_JOB.search(call.path) for call in reads):
        return
    if any(_takes_the_token(command) for _, command in commands_in(repository.lines(job), _TAKES_THE_TOKEN)):
        return
    yield Hit(
        span=login.span,
        subject=job.subject,
        construct="script.login",
        message=f"`{job.name}` logs in to Vault by hand to read {len(reads)} "
        f"{'secret' if len(reads) == 1 else 'secrets'}, which GitLab does not mask in the log.",
        attack="Anyone who can read the job log reads whatever a later command prints of it.",
        text=" ".join(login.words),
        related=tuple(Related(call.span, "read here") for call in reads[:3]),
    )


def _takes_the_token(command: Command) -> bool:
    """Whether the command runs such a program, itself or behind `sudo` and the like; to name one is not to run it."""
    words = [(word.literal or "").rpartition("/")[2] for word in command.words]
    names = [word for word in words if word and not word.startswith("-") and "=" not in word]
    first = next((name for name in names if name not in _CARRIERS and not name[0].isdigit()), "")
    return _TAKES_THE_TOKEN.fullmatch(re.sub(r"\.\d+$", "", first)) is not None


RULE = Rule(
    "manual-vault-login", Job, check, Severity.LOW, confidence=Confidence.MEDIUM, effect=Effect.WEAKENS
)
