"""A job talks to Vault without checking who answers.

What it finds
-------------
`VAULT_SKIP_VERIFY` switched on, or a Vault address that begins with `http://`, in variables, in scripts and in the
script files of the repository that they run, also as a default (`${VAULT_ADDR:-http://...}`);
`-tls-skip-verify` on Vault's command line, and `curl -k` or `wget --no-check-certificate` to Vault's API.

Why it matters
--------------
Anyone who is on the network path between runner and Vault answers instead of it and collects the login tokens.

Fix
---
Use `https://` and keep the check on. For a private certificate authority, give its certificate in `VAULT_CACERT` (a
CI/CD variable of the type file), or to curl with `--cacert`.

Bad:

```yaml
variables:
  VAULT_ADDR: https://vault.example.com
  VAULT_SKIP_VERIFY: "true"
```

Good:

```yaml
variables:
  VAULT_ADDR: https://vault.example.com
```

Limits
------
Addresses on the runner itself and single-word service names are accepted; a name inside of a Kubernetes cluster in
clear text is reported as low. An address that comes from the project's settings is not seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.edits import replace_within, set_scalar
from bot.documents.nodes import Mapping, Scalar
from bot.facts.hosts import host_in_clear, is_in_cluster, is_near
from bot.findings import Hit, Severity
from bot.fixes import Edit, Fix
from bot.lazy import regex
from bot.pipeline.model import Job
from bot.pipeline.places import is_commented, span_within
from bot.pipeline.vault_calls import commands_in
from bot.pipeline.vault_servers import ADDRESSES, host_of
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.documents.shell_nodes import Command, Word
    from bot.pipeline.model import ScriptLine
    from bot.pipeline.vault_calls import ScriptVaultCall
    from bot.repository import Repository

# developer.hashicorp.com/vault/docs/commands, environment variables, 2026-11
_SKIPS = ("VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY")
_TRUE = ("1", "t", "true")
_SET = regex("|".join((*ADDRESSES, *_SKIPS)))
# `env NAME=value vault ...`, `docker run -e NAME=value`
_HANDED = regex(r"(?:--env=|-e)?(?P<name>" + "|".join((*ADDRESSES, *_SKIPS)) + r")=(?P<value>\S*)")
_DEFAULT = regex(r"\$\{(?P<name>" + "|".join(ADDRESSES) + r"):?[-=][\"']?(?P<value>[^}\"']+)[\"']?\}")
_VAULT_OPTION = regex(r"--?tls-skip-verify(?:=(?:1|t|true))?$", re.IGNORECASE)
_CLIENT_OPTIONS = {
    "curl": regex(r"--insecure$|-[A-Za-z]*k[A-Za-z]*$"),
    "wget": regex(r"--no-check-certificate$"),
    "http": regex(r"--verify=(?:no|false)$"),
    "https": regex(r"--verify=(?:no|false)$"),
}
_UNPROVEN = "the job cannot tell whether it talks to your Vault"
_ATTACK = "Anyone between the runner and Vault answers in its place and collects the login tokens."


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each variable, assignment and option that switches the check of Vault's certificate off."""
    for variable in (*job.variables.values(), *job.rule_variables):
        problem = _problem(variable.name, variable.value or "")
        if problem is None:
            continue
        node = variable.entry.value
        scalar = node.get("value") if isinstance(node, Mapping) else node
        text = repository.tree.files.get(node.span.path)
        edit = None
        if variable.name in _SKIPS and text is not None and isinstance(scalar, Scalar):
            edit = set_scalar(text, scalar, "false")
        yield Hit(
            span=variable.entry.span,
            subject="pipeline" if variable.scope == "global" else job.subject,
            construct=f"variables.{variable.name}",
            message=problem[0],
            attack=_ATTACK,
            text=f"{variable.name}",
            severity=problem[1],
            fix=_fix(edit),
        )
    yield from _assigned(job, repository)
    yield from _options(job, repository)


def _problem(name: str, value: str) -> tuple[str, Severity] | None:
    if name in _SKIPS and value.lower() in _TRUE:
        return f"`{name}` is on: Vault's certificate is not checked.", Severity.HIGH
    host = _far_host(value) if name in ADDRESSES else ""
    return (f"`{name}` begins with `http://`: {_UNPROVEN}.", _severity(host)) if host else None


def _far_host(url: str) -> str:
    """The host of an `http://` address; "" where it is near, or a variable."""
    host = host_in_clear(url)
    return "" if host.startswith("$") or (is_near(host) and not is_in_cluster(host)) else host


def _severity(host: str) -> Severity:
    return Severity.LOW if is_in_cluster(host) else Severity.HIGH


def _assigned(job: Job, repository: Repository) -> Iterator[Hit]:
    lines = repository.lines(job)
    yield from _defaults(job, lines)
    for line, command in commands_in(lines, _SET):
        for name, value, start, end in _settings(command):
            problem = _problem(name, value)
            if problem is not None:
                yield Hit(
                    span=span_within(line.scalar, start, end),
                    subject=job.subject,
                    construct=f"script.{name}",
                    message=problem[0],
                    attack=_ATTACK,
                    text=f"{name}=",
                    severity=problem[1],
                )


def _settings(command: Command) -> Iterator[tuple[str, str, int, int]]:
    """The variables that a command sets, for itself or for what it starts: name, value, and where."""
    for assignment in (*command.assignments, *command.declared):
        value = assignment.value.literal if assignment.value else None
        yield assignment.name, value or "", assignment.start, assignment.end
    for word in command.words:
        handed = _HANDED.fullmatch(word.literal or "")
        if handed is not None:
            yield handed["name"], handed["value"], word.start, word.end


def _defaults(job: Job, lines: Iterable[ScriptLine]) -> Iterator[Hit]:
    """`${VAULT_ADDR:-http://...}`: the address where nobody sets another."""
    for line in lines:
        for found in _DEFAULT.finditer(line.text) if "://" in line.text else ():
            problem = _problem(found["name"], found["value"])
            if problem is not None and not is_commented(line.text, found.start()):
                yield Hit(
                    span=span_within(line.scalar, found.start(), found.end()),
                    subject=job.subject,
                    construct=f"script.{found['name']}",
                    message=f"Where `{found['name']}` is not set, the address begins with `http://`: {_UNPROVEN}.",
                    attack=_ATTACK,
                    text=f"{found['name']}:-",
                    severity=max(problem[1], Severity.MEDIUM, key=lambda each: each.rank),
                )


def _options(job: Job, repository: Repository) -> Iterator[Hit]:
    for call in repository.vault_calls(job):
        program = call.command.name
        option = _CLIENT_OPTIONS.get(program, _VAULT_OPTION)
        for word, written in zip(call.command.words[1:], call.words[1:], strict=True):
            address = re.sub(r"^--?address=", "", written)
            if _far_host(address) and (program not in _CLIENT_OPTIONS or "/v1/" in written):
                yield _clear_call(job, call, word, address)
            if not option.match(written):
                continue
            text = repository.tree.files.get(call.line.path) if call.line in job.scripts else None
            yield Hit(
                span=span_within(call.line.scalar, word.start, word.end),
                subject=job.subject,
                construct=f"script.{program}",
                message=f"`{written}` turns the check of Vault's certificate off.",
                attack=_ATTACK,
                text=written,
                fix=_fix(_without(text, call.line, word.start, word.end)) if text is not None else None,
            )


def _clear_call(job: Job, call: ScriptVaultCall, word: Word, address: str) -> Hit:
    return Hit(
        span=span_within(call.line.scalar, word.start, word.end),
        subject=job.subject,
        construct=f"script.{call.command.name}.address",
        message=f"This request goes to Vault over `http://`: {_UNPROVEN}.",
        attack=_ATTACK,
        text=f"{call.command.name} {host_of(address)}",
        severity=_severity(_far_host(address)),
    )


def _without(text: str, line: ScriptLine, start: int, end: int) -> Edit | None:
    """The option taken out, with the blank before it; of a cluster (`-sk`) only its letter."""
    written = line.text[start:end]
    if re.match(r"-[A-Za-z]{2,}$", written) and not _VAULT_OPTION.match(written):
        return replace_within(text, line.scalar, start, end, written.replace("k", ""))
    before = line.text[:start]
    return replace_within(text, line.scalar, len(before.rstrip(" ")), end, "")


def _fix(edit: Edit | None) -> Fix | None:
    return (
        Fix(
            "Check Vault's certificate",
            (edit,),
            cost="The job fails where its image does not trust the certificate's issuer.",
        )
        if edit
        else None
    )


RULE = Rule("vault-tls-off", Job, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
