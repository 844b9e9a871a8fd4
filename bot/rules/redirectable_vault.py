"""Others can choose where a job logs in to Vault.

What it finds
-------------
In a job with secrets or ID tokens, a Vault address, role, mount or namespace that is

- made of a ref's name, which the pusher chooses; also the `role=` of a login in the script;
- offered as a prefilled field of the form that starts a pipeline, or made of such a field;
- an input of the pipeline (`spec:inputs` of the project's own file) without `options`;
- handed over by another job in a dotenv report, which is above what the file says.

Why it matters
--------------
Who starts the pipeline, or names the branch, sends the job's login token to a server of his own or picks another role.
The token keeps its audience: the one who gets it logs in with it at the real Vault.

Fix
---
Write the address and the role into the file as plain text. Where a person has to choose, list the values that are
allowed (`options:`).

Bad:

```yaml
variables:
  VAULT_AUTH_ROLE: app-$CI_COMMIT_REF_NAME
```

Good:

```yaml
variables:
  VAULT_SERVER_URL: https://vault.example.com
  VAULT_AUTH_ROLE: app
```

Limits
------
Any pipeline variable is above the file where the project allows pipeline variables; that setting is not seen here.
The inputs of a component are its interface and accepted: anyone who includes it chooses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.lines import split_lines
from bot.documents.nodes import Mapping, Scalar
from bot.findings import Effect, Hit, Severity
from bot.lazy import regex
from bot.pipeline.jobs import flat
from bot.pipeline.model import Job
from bot.pipeline.places import found_in_scripts, span_within
from bot.pipeline.vault_calls import Asks
from bot.pipeline.vault_servers import ADDRESSES
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Variable
    from bot.repository import Repository

# docs.gitlab.com/ci/secrets/hashicorp_vault, 2026-11
_COORDINATES = (*ADDRESSES, "VAULT_AUTH_ROLE", "VAULT_AUTH_PATH", "VAULT_NAMESPACE")
_CHOSEN = regex(r"\$\{?CI_(?:COMMIT_(?:REF|BRANCH|TAG)|MERGE_REQUEST_SOURCE_BRANCH)\w*")
_NAMED = regex(r"\$(?:\{(\w+)\}|(\w+))")
_INPUT = regex(r"\$\[\[\s*inputs\.([\w-]+)")
_ROLE = regex(r"\brole[\"'\\]*[=:]\s*[\"'\\]*[^\s,\"'\\]*" + _CHOSEN.pattern)
# `echo "VAULT_ADDR=..." >> deploy.env`
_HANDED = regex(rf"\b(?P<name>{'|'.join(_COORDINATES)})=[^>\n]*>>?\s*[\"']?(?P<file>[^\s\"'|;&]+)")
_ATTACK = "Anyone who can choose it sends the login token to another server, or logs in with another role."


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each coordinate of Vault that somebody outside the file chooses."""
    yield from _handed_over(job, repository)
    if not (job.secrets or job.id_tokens):
        return
    for variable in (*job.variables.values(), *job.rule_variables):
        chosen = _chosen(variable, job, repository) if variable.name in _COORDINATES else None
        if chosen is not None:
            problem, severity = chosen
            yield Hit(
                span=variable.entry.span,
                subject="pipeline" if variable.scope == "global" else job.subject,
                construct=f"variables.{variable.name}",
                message=f"`{variable.name}` {problem}.",
                attack=_ATTACK,
                text=variable.name,
                severity=severity,
            )
    for call in repository.vault_calls(job):
        if call.asks is Asks.JWT_LOGIN and _ROLE.search(" ".join(call.words)):
            yield Hit(
                span=call.span,
                subject=job.subject,
                construct="script.role",
                message="The role of this login contains a branch or tag name, which the pusher chooses.",
                attack=_ATTACK,
                text=" ".join(call.words),
            )


def _chosen(variable: Variable, job: Job, repository: Repository) -> tuple[str, Severity] | None:
    """Who else chooses the variable's value, and how bad that is."""
    value = variable.value or ""
    if _CHOSEN.search(value):
        return "contains a branch or tag name, which the pusher chooses", Severity.MEDIUM
    made_of = (job.variables.get(one or other) for one, other in _NAMED.findall(value))
    for each in (variable, *(part for part in made_of if part is not None)):
        node = each.entry.value
        if isinstance(node, Mapping) and "description" in node:
            how = "can be changed" if each is variable else f"is made of `{each.name}`, which can be changed"
            severity = Severity.LOW if "options" in node else Severity.MEDIUM
            return f"{how} in the form that starts a pipeline", severity
    name = _input(variable, repository)
    if name is not None:
        return f"is the input `{name}`, which anyone who starts the pipeline chooses", Severity.MEDIUM
    return None


def _input(variable: Variable, repository: Repository) -> str | None:
    """The input of the project's own pipeline that the variable is made of; None where its values are listed."""
    node = variable.entry.value
    path = repository.tree.project.ci_config_path
    text = repository.tree.files.get(path)
    if text is None or not isinstance(node, Scalar) or node.span.path != path:
        return None
    written = "".join(split_lines(text)[node.span.start_line - 1 : node.span.end_line])
    named = _INPUT.search(written)
    parsed = repository.documents.yaml(path)
    header = parsed[0] if isinstance(parsed, tuple) and parsed else None
    if named is None or not isinstance(header, Mapping):
        return None
    declared = header.get("spec", "inputs", named[1])
    return None if isinstance(declared, Mapping) and "options" in declared else named[1]


def _with_secrets(repository: Repository) -> int:
    """How many jobs have secrets."""
    return sum(bool(job.secrets) for job in repository.jobs)


def _handed_over(job: Job, repository: Repository) -> Iterator[Hit]:
    """The job writes a coordinate into its dotenv report, and others with secrets run in its pipeline."""
    report = job.get("artifacts", "reports", "dotenv")
    files = {item.text for item in flat(report) if isinstance(item, Scalar)} if report else set()
    if not files or repository.ask(_with_secrets) <= bool(job.secrets):
        return
    for scalar, match in found_in_scripts(job, _HANDED):
        if match["file"].removeprefix("./").removeprefix("$CI_PROJECT_DIR/") in files:
            yield Hit(
                span=span_within(scalar, match.start(), match.end()),
                subject=job.subject,
                construct=f"dotenv.{match['name']}",
                message=f"`{job.name}` hands `{match['name']}` to later jobs, where it outranks the file's own.",
                attack="Code that runs in this job, a test or a tool, sends the login tokens of the others elsewhere.",
                text=match["name"],
                severity=Severity.LOW,
                effect=Effect.WEAKENS,
            )


RULE = Rule("redirectable-vault", Job, check, Severity.MEDIUM, others=(Severity.LOW,))
