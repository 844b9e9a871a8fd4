"""GitLab or the runner cannot read a secret or an ID token.

What it finds
-------------
- `file` or `token` inside `vault:`; the keys of Vault's long form beside `vault:` instead of inside it;
- a path that names `data`, which the runner adds for KV version 2; a path without a field; a short form whose path
  begins with the mount (`secret/app/db/password` reads from the mount `kv-v2`), or that names a KV version 1 mount;
- a long form without `engine`, `path` or `field`, or with an engine that the runner does not know;
- a secret without a provider, or with two; `id_tokens` among the secrets; `secrets:` in `default:` or at the top;
- an ID token without `aud` below it, or with `aud` beside it;
- `token` with the name of an ID token instead of its value, `file` with text instead of true or false;
- keys that GitLab does not know in a secret, in `vault:` or in `engine:`; a short form with blanks, with `#` for the
  field or with a mount that ends with `/data`;
- a short form with a slash before `@`, whose field is empty; `generic` or `kv-v1` with a path below `data/`, whose
  answer has no such field;
- a provider that GitLab does not know, such as `openbao`, or Akeyless, which the runner dropped in 18.3: the job runs
  on with an empty variable;
- a `VAULT_SERVER_URL` without a scheme or with `/v1`, a `VAULT_AUTH_PATH` that begins with `auth/` or ends with
  `/login`.

Why it matters
--------------
The secret is not found, or read as something else; the job fails, and people debug by printing variables.

Fix
---
Correct or remove the entry: until then the job does not get its secret.

In `secrets:` the path is `path/field@mount`, `file` and `token` are written beside `vault`, and in `id_tokens:` every
token has its `aud` below it.

Bad:

```yaml
secrets:
  DATABASE_PASSWORD:
    vault: secret/data/app/db/password@secret
```

Good:

```yaml
secrets:
  DATABASE_PASSWORD:
    vault: app/db/password@secret
    file: false
```

Limits
------
A KV path may really contain a segment `data`; only one at its beginning is reported. Paths with variables are not
judged. A slash too many before the path, or round the mount, is accepted: the runner cleans it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.edits import insert_key, remove_entry, set_scalar
from bot.documents.lines import split_lines
from bot.documents.nodes import Mapping, Node, Scalar
from bot.findings import Effect, Hit, Severity
from bot.fixes import Edit, Fix
from bot.pipeline.model import Pipeline, SecretProvider
from bot.pipeline.secret_faults import fault_of
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Entry
    from bot.pipeline.model import Job, Secret
    from bot.pipeline.secret_faults import SecretFault
    from bot.repository import Repository

_SERVER, _AUTH_PATH = "VAULT_SERVER_URL", "VAULT_AUTH_PATH"


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each secret that cannot be read as written, and for `secrets:` where GitLab reads none."""
    yield from _misplaced(pipeline)
    yield from _addresses(pipeline)
    for job in (pipeline.jobs or pipeline.hidden_jobs).values():
        yield from _tokens(job, repository)
        for secret in job.secrets.values():
            fault = fault_of(secret)
            if fault is not None:
                yield Hit(
                    span=fault.span,
                    subject=job.subject,
                    construct=f"secrets.{secret.name}",
                    message=f"`{secret.name}`: {fault.text}.",
                    text=secret.name,
                    fix=_fix(secret, fault, repository),
                )


def _addresses(pipeline: Pipeline) -> Iterator[Hit]:
    """Variables with which the runner asks Vault at an address that is none, each once for all jobs that share it."""
    seen: set[int] = set()
    for job in (pipeline.jobs or pipeline.hidden_jobs).values():
        if not any(secret.provider is SecretProvider.VAULT for secret in job.secrets.values()):
            continue
        for name in (_SERVER, _AUTH_PATH):
            variable = job.variables.get(name)
            wrong = _wrong_address(name, variable.value or "") if variable is not None else ""
            if variable is None or not wrong or id(variable.entry) in seen:
                continue
            seen.add(id(variable.entry))
            yield Hit(
                span=variable.entry.span,
                subject="pipeline" if variable.scope == "global" else job.subject,
                construct=f"variables.{name}",
                message=f"`{name}` {wrong}.",
                text=name,
            )


def _wrong_address(name: str, value: str) -> str:
    """Return what is wrong with the address; "" where nothing is, or where it is not known."""
    if not value or "$" in value:
        return ""
    return _wrong_mount(value.strip("/")) if name == _AUTH_PATH else _wrong_server(value.rstrip("/"))


def _wrong_mount(path: str) -> str:
    first = path.partition("/")[0]
    if first in {"auth", "v1"} and "/" in path:
        return f"begins with `{first}/`, which the runner adds itself: the login fails"
    return (
        "ends with `/login`, which the runner adds itself: the login fails" if path.endswith("/login") else ""
    )


def _wrong_server(address: str) -> str:
    if "://" not in address:
        return "has no scheme: the job fails before it logs in; write `https://` in front"
    if address.endswith("/v1"):
        return "ends with `/v1`, which the runner adds itself: every request fails"
    if address.endswith("/ui"):
        return "is the address of Vault's web interface: every request fails; leave `/ui` out"
    return ""


def _tokens(job: Job, repository: Repository) -> Iterator[Hit]:
    """ID tokens that are no mapping. `aud` beside a token that has nothing below it was meant to be below."""
    empty = [token for token in job.id_tokens.values() if not isinstance(token.entry.value, Mapping)]
    beside = next((token for token in empty if token.name == "aud"), None)
    for token in empty:
        if token is beside and len(empty) > 1:
            continue
        fault = "`aud` is beside it, not below it" if beside else "it has no `aud` below it"
        yield Hit(
            span=(beside or token).entry.span,
            subject=job.subject,
            construct=f"id_tokens.{token.name}",
            message=f"`{token.name}`: {fault}, and GitLab refuses the file.",
            text=token.name,
            fix=_indented(token.entry, beside.entry, repository) if beside else None,
        )


def _indented(token: Entry, aud: Entry, repository: Repository) -> Fix | None:
    """`aud` moved under the token, where it is right behind it."""
    text = repository.tree.files.get(aud.key.span.path)
    first, last = aud.span.start_line, aud.span.end_line
    if text is None or token.key.span.path != aud.key.span.path or first != token.key.span.start_line + 1:
        return None
    moved = "".join("  " + line for line in split_lines(text)[first - 1 : last])
    return Fix("Move `aud` below the token", (Edit(aud.key.span.path, first, last, moved),))


def _misplaced(pipeline: Pipeline) -> Iterator[Hit]:
    root = pipeline.node
    if root is None:
        return
    in_default = None if "default" in pipeline.jobs else root.entry("default", "secrets")
    for entry, where in (
        (in_default, "in `default:`"),
        (root.entry("secrets"), "at the top"),
    ):
        below = entry.value if entry is not None else None
        if (
            entry is None
            or not isinstance(below, Mapping)
            or not any(_has_provider(each.value) for each in below)
        ):
            continue
        yield Hit(
            span=entry.key.span,
            subject="pipeline",
            construct="secrets",
            message=f"`secrets:` is {where}, where GitLab reads none: it belongs in a job.",
            text="secrets",
        )


def _has_provider(node: Node) -> bool:
    return isinstance(node, Mapping) and any(provider.value in node for provider in SecretProvider)


def _fix(secret: Secret, fault: SecretFault, repository: Repository) -> Fix | None:
    """The path as it was meant, or `file` and `token` moved out of `vault`."""
    text = repository.tree.files.get(fault.span.path)
    body = secret.entry.value
    if text is None or not isinstance(body, Mapping):
        return None
    if fault.scalar is not None and fault.meant is not None:
        edit = set_scalar(text, fault.scalar, fault.meant)
        titles = {"token": "Give the token's value, not its name", "file": "Write true or false"}
        title = next(
            (title for name, title in titles.items() if fault.scalar is body.get(name)),
            "Write the path as GitLab reads it",
        )
        return Fix(title, (edit,)) if edit else None
    vault = body.get("vault")
    if not isinstance(vault, Mapping):
        return None
    key = next((key for key in ("file", "token") if key in vault), None)
    value = vault.get(key) if key else None
    if key is None or not isinstance(value, Scalar):
        return None
    edits = remove_entry(text, vault, key), insert_key(text, body, key, value.value)
    made = tuple(edit for edit in edits if edit is not None)
    return Fix(f"Move `{key}` beside `vault`", made) if len(made) == len(edits) else None


RULE = Rule("malformed-secret", Pipeline, check, Severity.MEDIUM, effect=Effect.BREAKS)
