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
- a short form with a slash before `@`, whose field is empty; `generic` or `kv-v1` with a path below `data/`, whose
  answer has no such field;
- a provider that the runner does not know, such as `openbao`, or Akeyless, which it dropped in 18.3: the job runs on
  with an empty variable;
- a `VAULT_SERVER_URL` without a scheme or with `/v1`, a `VAULT_AUTH_PATH` that begins with `auth/`.

Why it matters
--------------
The secret is not found, or read as something else; the job fails, and people debug by printing variables.

Fix
---
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

import re
from typing import TYPE_CHECKING, NamedTuple

from bot.documents.edits import insert_key, remove_entry, set_scalar
from bot.documents.lines import split_lines
from bot.documents.nodes import Mapping, Node, Scalar, text_of
from bot.findings import Effect, Hit, Severity
from bot.fixes import Edit, Fix
from bot.pipeline.model import Pipeline, Provider
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.documents.nodes import Entry
    from bot.pipeline.model import Job, Secret
    from bot.repository import Repository

# docs.gitlab.com/ci/yaml/#secretsvault, 2026-11
_ENGINES = ("kv-v1", "kv-v2", "generic")
_OF_VAULT = ("engine", "path", "field")
# Where the short form without `@mount` reads (the same page).
_DEFAULT_MOUNT = "kv-v2"
# What mounts are called; a KV path that begins so was meant to name one.
_MOUNTS = frozenset({"secret", "secrets", "kv", "kv1", "kv2", "kv-v1"})
_VERSION_1 = frozenset({"kv1", "kv-v1"})
# Engines whose answer the runner takes as it is (GitLab Runner 19.4 with Vault 1.21, tried 2026-11).
_PLAIN_ENGINES = frozenset({"generic", "kv-v1"})
_SERVER, _AUTH_PATH = "VAULT_SERVER_URL", "VAULT_AUTH_PATH"
_NAME = re.compile(r"[A-Za-z_]\w*")
# What people write for true and false (YAML 1.1).
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


class _Problem(NamedTuple):
    text: str
    span: Span
    meant: str | bool | None = None
    """the scalar's right value"""
    scalar: Scalar | None = None


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each secret that cannot be read as written, and for `secrets:` where GitLab reads none."""
    yield from _misplaced(pipeline)
    yield from _addresses(pipeline)
    for job in (pipeline.jobs or pipeline.hidden_jobs).values():
        yield from _tokens(job, repository)
        for secret in job.secrets.values():
            problem = _problem(secret)
            if problem is not None:
                yield Hit(
                    span=problem.span,
                    subject=job.subject,
                    construct=f"secrets.{secret.name}",
                    message=f"`{secret.name}`: {problem.text}.",
                    text=secret.name,
                    fix=_fix(secret, problem, repository),
                )


def _addresses(pipeline: Pipeline) -> Iterator[Hit]:
    """Variables with which the runner asks Vault at an address that is none, each once for all jobs that share it."""
    seen: set[int] = set()
    for job in (pipeline.jobs or pipeline.hidden_jobs).values():
        if not any(secret.provider is Provider.VAULT for secret in job.secrets.values()):
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
    if name == _AUTH_PATH:
        asks_twice = value.strip("/").startswith("auth/")
        return "begins with `auth/`, which the runner adds itself: the login fails" if asks_twice else ""
    if "://" not in value:
        return "has no scheme: the job fails before it logs in; write `https://` in front"
    if value.rstrip("/").endswith("/v1"):
        return "ends with `/v1`, which the runner adds itself: every request fails"
    return ""


def _tokens(job: Job, repository: Repository) -> Iterator[Hit]:
    """ID tokens that are no mapping. `aud` beside a token that has nothing below it was meant to stand below."""
    empty = [token for token in job.id_tokens.values() if not isinstance(token.entry.value, Mapping)]
    beside = next((token for token in empty if token.name == "aud"), None)
    for token in empty:
        if token is beside and len(empty) > 1:
            continue
        told = "`aud` stands beside it, not below it" if beside else "it has no `aud` below it"
        yield Hit(
            span=(beside or token).entry.span,
            subject=job.subject,
            construct=f"id_tokens.{token.name}",
            message=f"`{token.name}`: {told}, and GitLab refuses the file.",
            text=token.name,
            fix=_indented(token.entry, beside.entry, repository) if beside else None,
        )


def _indented(token: Entry, aud: Entry, repository: Repository) -> Fix | None:
    """`aud` moved under the token, where it stands right behind it."""
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
            message=f"`secrets:` stands {where}, where GitLab reads none: it belongs in a job.",
            text="secrets",
        )


def _has_provider(node: Node) -> bool:
    return isinstance(node, Mapping) and any(provider.value in node for provider in Provider)


def _problem(secret: Secret) -> _Problem | None:  # noqa: PLR0911 - one sentence per mistake
    body = secret.entry.value
    place = secret.entry.key.span
    if not isinstance(body, Mapping):
        return _Problem("a secret is a mapping; write `vault:` and the path below it", place)
    if secret.name == "id_tokens":
        return _Problem("ID tokens stand beside `secrets:`, not inside of it", place)
    named = [provider.value for provider in Provider if provider.value in body]
    if len(named) > 1:
        return _Problem(f"it names {len(named)} providers, and GitLab wants one", place)
    if not named:
        return _unknown_provider(body, place)
    mistyped = _mistyped(body)
    if mistyped is not None:
        return mistyped
    if secret.provider is Provider.AKEYLESS:
        told = "the runner knows no Akeyless since 18.3: the job runs on, and the variable is empty"
        return _Problem(told, body.entries[Provider.AKEYLESS.value].key.span)
    if secret.provider is not Provider.VAULT:
        return None
    beside = next((body.entries[key] for key in _OF_VAULT if key in body), None)
    if beside is not None:
        return _Problem(f"`{beside.key.text}` belongs inside of `vault`, not beside it", beside.key.span)
    written = body.get("vault")
    if isinstance(written, Mapping):
        return _long(written, place)
    return _short(secret, written) if isinstance(written, Scalar) and written.value is not None else None


def _mistyped(body: Mapping) -> _Problem | None:
    """A `token` that is a name, a `file` that is text."""
    token, file = body.get("token"), body.get("file")
    if isinstance(token, Scalar) and isinstance(token.value, str) and _NAME.fullmatch(token.text):
        told = f"`token` is the text `{token.text}`, which no server accepts; write `${token.text}`"
        return _Problem(told, token.span, f"${token.text}", token)
    if isinstance(file, Scalar) and isinstance(file.value, str) and "$" not in file.text:
        told = "`file` is true or false, not text: the runner refuses the job"
        word = file.text.lower()
        return _Problem(told, file.span, word in _YES if word in _YES | _NO else None, file)
    return None


def _unknown_provider(body: Mapping, place: Span) -> _Problem:
    """Return what is wrong with a secret whose keys are no provider (GitLab Runner 19.4, tried 2026-11)."""
    named = next((entry for entry in body if entry.key.text not in {"file", "token"}), None)
    if named is None:
        return _Problem("it names no provider, such as `vault`", place)
    if named.key.text in _OF_VAULT:
        return _Problem(f"`{named.key.text}` belongs below `vault:`", named.key.span)
    told = f"the runner knows no provider `{named.key.text}`: the variable is empty, and the job runs on"
    return _Problem(told, named.key.span)


def _long(written: Mapping, place: Span) -> _Problem | None:
    inside = next((written.entries[key] for key in ("file", "token") if key in written), None)
    if inside is not None:
        return _Problem(f"`{inside.key.text}` belongs beside `vault`, not inside it", inside.key.span)
    missing = [key for key in _OF_VAULT if key not in written]
    if missing:
        return _Problem(f"`vault` lacks {' and '.join(f'`{key}`' for key in missing)}", place)
    engine = written.get("engine", "name")
    name = text_of(engine)
    if engine is not None and name is not None and name not in _ENGINES and "$" not in name:
        return _Problem(f"the engine must be one of {', '.join(_ENGINES)}", engine.span)
    path = written.get("path")
    text = text_of(path) or ""
    if path is not None and name in _PLAIN_ENGINES and text.lstrip("/").startswith("data/"):
        told = f"the engine `{name}` does not look inside of `data`, where KV version 2 has the fields; use `kv-v2`"
        return _Problem(told, path.span)
    if isinstance(path, Scalar) and name == _DEFAULT_MOUNT and text.lstrip("/").startswith("data/"):
        meant = text.lstrip("/").removeprefix("data/")
        return _Problem("the path names `data`, which the runner adds itself", path.span, meant, path)
    return None


def _short(secret: Secret, written: Scalar) -> _Problem | None:  # noqa: PLR0911 - one sentence per mistake
    vault, text = secret.vault, written.text
    if vault is None or "$" in text:
        return None
    path, mount = vault.path.strip("/"), vault.mount.strip("/")
    if path and not vault.secret_field:
        without = f"{path}@{mount}" if "@" in text else path
        return _Problem("the slash at the end of the path leaves no field", written.span, without, written)
    at = f"@{mount}"
    for prefix in ("data/", f"{mount}/data/"):
        if f"{path}/".startswith(prefix):
            rest = path.removeprefix(prefix.rstrip("/")).lstrip("/")
            meant = f"{rest}/{vault.secret_field}{at}" if rest else None
            return _Problem(
                "the path names `data`, which the runner adds itself", written.span, meant, written
            )
    if "@" not in text:
        first, _, rest = path.partition("/")
        if first in _MOUNTS:
            at, rest = f"@{first}", rest.removeprefix("data/")
            meant = f"{rest}/{vault.secret_field}{at}" if rest else None
            told = f"without `@mount` it is read from the mount `{_DEFAULT_MOUNT}`, not from `{first}`"
            return _Problem(told, written.span, meant, written)
    if not path:
        return _Problem("the path has no field; write path/field@mount", written.span)
    if mount in _VERSION_1:
        return _Problem(
            "the short form reads KV version 2 only; name the engine in the long form", written.span
        )
    return None


def _fix(secret: Secret, problem: _Problem, repository: Repository) -> Fix | None:
    """The path as it was meant, or `file` and `token` moved out of `vault`."""
    text = repository.tree.files.get(problem.span.path)
    body = secret.entry.value
    if text is None or not isinstance(body, Mapping):
        return None
    if problem.scalar is not None and problem.meant is not None:
        edit = set_scalar(text, problem.scalar, problem.meant)
        titles = {"token": "Give the token's value, not its name", "file": "Write true or false"}
        title = next(
            (title for name, title in titles.items() if problem.scalar is body.get(name)),
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
