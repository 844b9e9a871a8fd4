"""A credential is sent in clear text.

What it finds
-------------
- A token, a header, a password or a field of a form that goes over `http://` to another machine: arguments of `curl`,
  `wget`, `http`, `git`, `pip`, `helm` and others, also where the address or the credential comes from a variable, in
  scripts of jobs, shell and PowerShell scripts and Dockerfiles.
- A secret of the job that goes there on any way through its script (a variable, a file that is sent, standard input),
  also over `ftp://`, `ldap://`, `mqtt://` and other schemes without encryption, and by `nc`, `telnet`, `ftp`, `swaks`.
- Addresses with a password in variables and in the settings that jobs read.

Why it matters
--------------
Everyone on the network path between runner and server reads the credential, and can change what comes back.

Fix
---
Use `https://`, and change the credential: it was readable each time the job ran.

Bad:

```yaml
script:
  - 'curl --header "Authorization: Bearer $API_TOKEN" http://api.example.com/deploys'
```

Good:

```yaml
script:
  - 'curl --header "Authorization: Bearer $API_TOKEN" https://api.example.com/deploys'
```

Limits
------
The same machine, services of the job, names of one word and names inside of a Kubernetes cluster are accepted. An
address that comes from the project's settings is not known. Vault's own address is `vault-tls-off`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.credentials.cleartext import (
    HINT,
    addresses_with_passwords,
    sent_by_npm,
    sent_by_provider,
    sent_by_task,
    sent_in_powershell,
    sent_in_script,
)
from bot.credentials.settings_files import instructions_in
from bot.credentials.throwaway import started_by
from bot.documents.hcl_nodes import HclFile
from bot.documents.kinds import FileKind
from bot.documents.source import SourceText
from bot.findings import Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.wording import leak_hit, went
from bot.pipeline.places import script_text, span_within
from bot.pipeline.vault_servers import ADDRESSES
from bot.repository import Repository
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.credentials.cleartext import Sent
    from bot.documents.documents import Documents
    from bot.documents.location import Span
    from bot.documents.nodes import Scalar
    from bot.pipeline.model import Job

_SCRIPTS: Final = (FileKind.SHELL, FileKind.DOCKERFILE, FileKind.POWERSHELL)
_ATTACK: Final = "Anyone on the way between the runner and that server reads the credential and uses it."


def check(side: Repository, repository: Repository) -> Iterator[Hit]:
    """A hit for each command or address, once however many jobs share it. `side` may be a part of the repository."""
    reported: set[tuple[str, int]] = set()
    for job in side.jobs:
        followed = tuple(_followed(job, repository))
        sure = (hit for hit in followed if hit.severity is Severity.HIGH)
        for hit in (*sure, *job.ask(_of_job), *followed):
            place = hit.span.path, hit.span.start_line
            if place not in reported:
                reported.add(place)
                yield hit
    yield from _of_files(side)


def _followed(job: Job, repository: Repository) -> Iterator[Hit]:
    """What the job's scripts send of its secrets, however they get there."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.CLEAR_TEXT or leak.source is None or leak.detail in started_by(job).hosts:
            continue
        if _is_found_in_file(repository.documents, leak.span):
            continue
        is_named = leak.source.origin in {Origin.NAMED, Origin.PREDEFINED}
        yield leak_hit(
            job,
            leak,
            message=f"`{leak.source.name}` goes to `{leak.detail}` unencrypted{went(leak)}.",
            attack=_ATTACK,
            severity=Severity.MEDIUM if is_named else Severity.HIGH,
        )


def _is_found_in_file(documents: Documents, span: Span) -> bool:
    """Whether the script file at `span` says by itself what is sent there: then it is reported once, for the file."""
    kind = documents.kind(span.path)
    if kind not in _SCRIPTS:
        return False
    text = documents.text(span.path) or ""
    source = SourceText(span.path, text)
    return any(source.span(s.start, s.end).start_line == span.start_line for s in _of_text(kind, text))


def _of_job(job: Job) -> tuple[Hit, ...]:
    return tuple(_sent_by(job))


def _sent_by(job: Job) -> Iterator[Hit]:
    values = {name: variable.value or "" for name, variable in job.variables.items()}
    is_hidden = any(HINT in value for value in values.values())
    if not is_hidden and HINT not in script_text(job.scripts):
        return
    local = started_by(job).hosts
    for line in job.scripts if is_hidden else (each for each in job.scripts if HINT in each.text):
        for sent in sent_in_script(line.text, values, local):
            yield _hit(span_within(line.scalar, sent.start, sent.end), sent, job.subject)
    for variable in (*job.variables.values(), *job.rule_variables):
        if variable.name not in ADDRESSES:
            for sent in addresses_with_passwords(variable.value or "", local):
                yield _hit(variable.entry.span, sent, f"variable:{variable.name}")


def _of_files(repository: Repository) -> Iterator[Hit]:
    documents = repository.documents
    for path in documents.paths(*_SCRIPTS, FileKind.SETTINGS):
        text = documents.text(path) or ""
        if HINT in text:
            source = SourceText(path, text)
            for sent in _of_text(documents.kind(path), text):
                yield _hit(source.span(sent.start, sent.end), sent, f"file:{path}")
    for path in documents.paths(FileKind.TERRAFORM, FileKind.YAML, FileKind.VAULT_YAML):
        if HINT in (documents.text(path) or ""):
            for node, sent in _of_document(documents, path):
                yield _hit(node.span, sent, f"file:{path}")


def _of_text(kind: FileKind | None, text: str) -> Iterator[Sent]:
    if kind is FileKind.SETTINGS:
        yield from addresses_with_passwords(text, ())
        yield from sent_by_npm(text)
    elif kind is FileKind.POWERSHELL:
        yield from sent_in_powershell(text)
    elif kind is FileKind.SHELL:
        yield from sent_in_script(text, {}, ())
    else:
        for _, start, body in instructions_in(text):
            for sent in sent_in_script(body, {}, ()):
                yield sent._replace(start=sent.start + start, end=sent.end + start)


def _of_document(documents: Documents, path: str) -> Iterator[tuple[Scalar, Sent]]:
    if documents.kind(path) is FileKind.TERRAFORM:
        file = documents.hcl(path)
        if isinstance(file, HclFile):
            yield from sent_by_provider(file.body)
        return
    for node in documents.roots(path):
        yield from sent_by_task(node)


def _hit(span: Span, sent: Sent, subject: str) -> Hit:
    return Hit(
        span=span,
        subject=subject,
        construct=f"cleartext.{sent.host}",
        message=f"{sent.what[0].upper()}{sent.what[1:]} goes to `{sent.host}` over `http://`, unencrypted.",
        attack=_ATTACK,
        text=f"{sent.what} {sent.host}",
    )


RULE = Rule("credential-in-cleartext", Repository, check, Severity.HIGH, others=(Severity.MEDIUM,))
