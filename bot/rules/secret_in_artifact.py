"""A secret leaves the job in its files or variables.

What it finds
-------------
- Files that contain a secret and match `artifacts:paths`, `artifacts:reports` (dotenv above all), `cache:paths` or the
  folder that a Pages job publishes, when the job ends.
- A secret in the name of the artifacts or in the key of a cache (`artifacts: {name: build-$TOKEN}`).
- A pattern that is made for private keys or stored credentials (`**/*.pem`, `id_rsa`, `.netrc`), whatever the script
  does.
- `chmod 644` and the like on a file that contains a secret: other jobs of the machine may read it (low).
- A trigger job that hands a secret to another project's pipeline as a variable, or hands on whatever variables its own
  pipeline was started with (`forward: pipeline_variables: true`).

Why it matters
--------------
Artifacts are downloaded by everybody who may see the pipeline, those of public projects by anybody. A dotenv report
becomes a variable of later jobs, without masking. The name of the artifacts is the name of the file that GitLab offers,
and is not masked either. The other project gets the value without the mask too, and its
members and job logs show it.

Fix
---
Write the secret outside the project (`"$(mktemp)"`), delete the file before the job ends, or fetch the secret in the
job that uses it.

Bad:

```yaml
script:
  - echo "$DB_PASSWORD" > out/password
artifacts:
  paths: [out/]
```

Good:

```yaml
script:
  - printf '%s' "$DB_PASSWORD" > "$(mktemp)"
artifacts:
  paths: [out/]
```

Limits
------
What programs write by themselves (logs, core dumps) is not seen. `artifacts: access` and `public: false` guard the web
and the API only, later jobs read the file all the same: such a finding is milder.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Scalar, text_of
from bot.findings import Confidence, Effect, Hit, Severity
from bot.lazy import regex
from bot.leaks.model import Origin, Sink
from bot.leaks.repairs import rewritten
from bot.leaks.sources import Sources, looks_secret
from bot.leaks.uploads import is_guarded, key_files, names_of
from bot.leaks.wording import confidence_of, leak_hit, masking_of, named_line, places_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.documents.nodes import Node
    from bot.leaks.model import Leak, LeakSource
    from bot.repository import Repository

_HANDED: Final = regex(r"\$(?:\{(\w+)\}|(\w+))")
# Whose value is named where a file contains several.
_FIRST: Final = (Origin.FETCHED, Origin.SECRETS, Origin.ID_TOKEN, Origin.NAMED, Origin.PREDEFINED)
_READS_NAME: Final = {
    "artifacts": "Anyone who can see the pipeline reads the secret in the name of the file.",
    "cache": "Anyone who can list the caches' storage, or read the runner's own log, reads the secret.",
}
_DOWNLOADS: Final = "Anyone who can download the job's artifacts reads the secret in the file."
_READS_FILE: Final = {
    "cache": "Every later job that restores the cache, also of another branch, reads the secret in the file.",
    "dotenv": "Anyone who can download the job's artifacts reads it, and later jobs get it without a mask.",
    "pages": "Anyone who can open the pages reads the secret in the file.",
}
_NAMES: Final = {
    "artifacts": "The artifacts",
    "cache": "The caches",
    "dotenv": "The dotenv reports",
    "pages": "The pages",
}


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command, and for each variable that a trigger job hands over."""
    files: dict[tuple[Span, str], list[Leak]] = defaultdict(list)
    for leak in repository.leaks(job):
        if leak.sink is Sink.UPLOAD and leak.source is not None:
            files[leak.span, leak.detail].append(leak)
    for leaks in files.values():
        leak = min(leaks, key=lambda each: _FIRST.index(each.source.origin) if each.source else len(_FIRST))
        more = f" and of {len(leaks) - 1} more" if len(leaks) > 1 else ""
        yield leak_hit(
            job,
            leak,
            message=(
                f"{_NAMES[leak.command]} include a file with {_contents(leak.source)}{more}:"
                f" `{leak.detail.split(':')[1]}`, by the pattern `{leak.detail.split(':', 2)[2]}`"
                f"{went(leak)}. {masking_of(leak)}"
            ),
            attack=_READS_FILE.get(leak.command, _DOWNLOADS),
            severity=_severity(leak, job),
        )
    sources = Sources(job)
    yield from _in_names(job, sources)
    reported = {leak.detail.split(":", 2)[2] for leaks in files.values() for leak in leaks}
    yield from _keys(job, sources, reported)
    yield from _opened(job, repository)
    if "trigger" in job.node:
        yield from _handed_over(job)


def _contents(source: LeakSource | None) -> str:
    """What is in the file: the value of a secret, or what a command of the script fetched."""
    name = source.name if source is not None else ""
    contents = source.contents if source is not None else ""
    return f"{contents} from `{name}`" if contents else f"the value of `{name}`"


def _in_names(job: Job, sources: Sources) -> Iterator[Hit]:
    """Secrets in the names of what is uploaded (GitLab Runner 19.4, tried 2026-11)."""
    for kind, scalar in names_of(job):
        for flow in sources.written(scalar.text).secrets:
            source = flow.source
            is_named = source.origin in {Origin.NAMED, Origin.PREDEFINED}
            what = "The name of the artifacts" if kind == "artifacts" else "The key of the cache"
            yield Hit(
                span=scalar.span,
                subject=job.subject,
                construct=f"{kind}.name:{source.name}",
                message=f"{what} contains the value of `{source.name}`; GitLab masks values in the job log only.",
                attack=_READS_NAME[kind],
                text=scalar.text,
                severity=Severity.MEDIUM if kind == "cache" or is_named else Severity.HIGH,
                confidence=source.confidence,
                remedy="Leave the secret out of the name.",
            )


def _keys(job: Job, sources: Sources, reported: set[str]) -> Iterator[Hit]:
    """Patterns for keys; those of `reported` have taken a secret already."""
    for kind, pattern, scalar in key_files(job, sources):
        if scalar.text in reported:
            continue
        is_milder = kind == "cache" or is_guarded(job)
        yield Hit(
            span=scalar.span,
            subject=job.subject,
            construct=f"{kind}.{pattern}",
            message=(
                f"{_NAMES[kind]} can include private keys or stored credentials:"
                f" the pattern `{scalar.text}` matches their files."
            ),
            attack="Anyone who can download the job's artifacts has the keys."
            if kind != "cache"
            else "Every later job that restores the cache, also of another branch, has the keys.",
            text=scalar.text,
            severity=Severity.LOW if is_milder else Severity.MEDIUM,
            confidence=Confidence.MEDIUM,
            remedy="List the files that others need, or exclude the keys (`artifacts:exclude`).",
        )


def _opened(job: Job, repository: Repository) -> Iterator[Hit]:
    """Files with a secret that every user of the machine may read."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.OPEN_FILE or leak.source is None or leak.source.origin is Origin.NAMED:
            continue
        mode = "700" if leak.detail in {"755", "777", "0755", "0777"} else "600"
        code = re.sub(rf"(?<=\s){re.escape(leak.detail)}(?=\s)", mode, leak.code, count=1)
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=f"{named_line(leak)} {leak.detail}",
            message=f"The file with `{leak.source.name}` is made readable for every user of the machine{went(leak)}.",
            attack="Another job on the same runner reads the file.",
            text=leak.code,
            fix=rewritten(leak, repository.tree.files, code, "Let only the job's own user read the file"),
            severity=Severity.LOW,
            effect=Effect.WEAKENS,
            confidence=confidence_of(leak),
            way=places_of(leak),
            remedy="Let only the job's own user read the file: `chmod 600`.",
        )


def _severity(leak: Leak, job: Job) -> Severity:
    is_named = leak.source is not None and leak.source.origin is Origin.NAMED
    is_milder = leak.command == "cache" or is_named or (leak.command == "artifacts" and is_guarded(job))
    return Severity.MEDIUM if is_milder else Severity.HIGH


def _handed_over(job: Job) -> Iterator[Hit]:
    """What a trigger job gives to another project; a child pipeline keeps the masks."""
    trigger = job.get("trigger")
    other = text_of(trigger) or text_of(job.get("trigger", "project"))
    if other is None:
        return
    forwarded = job.node.entry("trigger", "forward", "pipeline_variables")
    if forwarded is not None and _is(forwarded.value, value=True):
        yield Hit(
            span=forwarded.span,
            subject=job.subject,
            construct="trigger.forward",
            message=f"`{job.name}` hands the variables its pipeline was started with to `{other}`, without a mask.",
            attack="Anyone who can read the jobs of the other project reads what somebody typed in for this one.",
            text="forward pipeline_variables",
            severity=Severity.LOW,
            effect=Effect.WEAKENS,
            remedy="Remove `pipeline_variables: true`, and pass on by name what the other pipeline needs.",
        )
    if _is(job.get("trigger", "forward", "yaml_variables"), value=False):
        return
    for variable in job.variables.values():
        named = [one or two for one, two in _HANDED.findall(variable.value or "")]
        secret = next((name for name in named if not name.startswith("CI_") and looks_secret(name)), None)
        if secret is not None:
            yield Hit(
                span=variable.entry.span,
                subject="pipeline" if variable.scope == "global" else job.subject,
                construct=f"variables.{variable.name}",
                message=f"`{job.name}` hands `{secret}` to the pipeline of `{other}`, where no mask hides it.",
                attack="Anyone who can read the other project's jobs reads the secret in a log or in the settings.",
                text=f"{variable.name}: {variable.value}",
                severity=Severity.MEDIUM,
                confidence=Confidence.MEDIUM,
                remedy="Let the other project fetch the secret by itself, with its own ID token.",
            )


def _is(node: Node | None, *, value: bool) -> bool:
    return isinstance(node, Scalar) and node.value is value


RULE = Rule("secret-in-artifact", Job, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
