"""A job with secrets runs code that others can change.

What it finds
-------------
In a pipeline with jobs that hold secrets or ID tokens, or log in to Vault: an `include` of a URL without `integrity`,
of another project without `ref` or with a branch as `ref`, a component at `~latest` or at a branch. In such a job
itself: an image without a tag or with `latest`, a function or step (`run:` with `func:` or `step:`) without a version,
with `latest` or at a branch, and code that is fetched and run unseen: `curl ... | sh`,
`sh <(curl ...)`, `eval "$(curl ...)"`, or by way of a file that nothing checks (`sha256sum`, `gpg`, `cosign`). Such
code is reported too, as low, in a job that uses CI/CD variables named like secrets.

Why it matters
--------------
Anyone who can change the other end, or has taken it over, runs in the job from the next pipeline on, with its secrets
in the environment, and nothing changes in this repository that a reviewer could see.

Fix
---
Pin what the job runs: an image by its digest, an include or a component by commit or full version, a download by its
checksum. Updates then arrive only when somebody changes the pin.

Bad:

```yaml
include:
  - project: platform/templates
    file: deploy.yml
```

Good:

```yaml
include:
  - project: platform/templates
    ref: 787123b47f14b552955ca2786bc9542ae66fee5b
    file: deploy.yml
```

An image is pinned by its digest (`image@sha256:...`), a URL by `integrity: sha256-...` (GitLab 17.9 and later). Where
another line of the pipeline pins the same image, the same digest is offered.

Limits
------
Versions (`v1.2`, `alpine:3.20`) are accepted, though their owner can move them. Files of this project, GitLab's own
templates, and images of the project's registry are accepted too. Jobs that another project defines are not spoken of.
What an image's entrypoint fetches is not seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.documents.edits import set_scalar
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, text_of
from bot.findings import Confidence, Effect, Hit, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.leaks.sources import looks_secret
from bot.pipeline.fetched import Fetched, fetched_code, may_fetch
from bot.pipeline.model import Pipeline, is_foreign
from bot.pipeline.secrets import held_by
from bot.pipeline.vault_calls import Asks, vault_calls
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Job
    from bot.repository import Repository

_COMMIT = regex(r"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b")
# A version has a digit at its beginning: v1, 2.3, release-1.4. What begins otherwise is taken for a branch.
_VERSION = regex(r"(?:[\w-]*[-_/])?v?\d[\w.+-]*")
_RAW = regex(r"/raw/([^/]+)/")
_VARIABLE = regex(r"\$\{?([A-Z][A-Z0-9_]+)")
_FUNCTIONS = ("func", "step")
_LOGINS = frozenset({Asks.JWT_LOGIN, Asks.APPROLE_LOGIN, Asks.TOKEN_LOGIN, Asks.OTHER_LOGIN})


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each include, image and command that is not pinned."""
    holders = [
        job for job in pipeline.jobs.values() if not is_foreign(job.entry.key.span.path) and _held_by(job)
    ]
    for job in pipeline.jobs.values():
        if is_foreign(job.entry.key.span.path) or _held_by(job):
            continue
        lines = repository.lines(job)
        named = _named_secret(job) if may_fetch(lines) else ""
        for fetched in fetched_code(lines) if named else ():
            yield replace(_fetched(job, fetched, f"uses `{named}`"), severity=Severity.LOW)
    if not holders:
        return
    for include in pipeline.includes:
        yield from _include(include, holders[0], repository)
    pinned = _pinned(pipeline)
    for job in holders:
        yield from _images(job, pinned, repository)
        yield from _functions(job)
        for fetched in fetched_code(repository.lines(job)):
            yield _fetched(job, fetched, f"has {_held_by(job)}")


def _held_by(job: Job) -> str:
    """What there is to take in the job, in words; "" where nothing is seen."""
    return held_by(job) or (
        "a login to Vault" if any(call.asks in _LOGINS for call in vault_calls(job)) else ""
    )


def _include(include: Node, holder: Job, repository: Repository) -> Iterator[Hit]:
    unpinned = _unpinned(include, repository)
    if unpinned is None:
        return
    what, severity = unpinned
    yield Hit(
        span=include.span,
        subject="pipeline",
        construct="include",
        message=f"{what}: its owner can change every job here, and `{holder.name}` has {_held_by(holder)}.",
        attack="Anyone who changes the included file runs in the job from the next pipeline on, and reads its secrets.",
        text=what,
        severity=severity,
    )


def _unpinned(include: Node, repository: Repository) -> tuple[str, Severity] | None:
    """What is not pinned about the include, and how bad that is; None where nothing is."""
    own = repository.tree.project.path
    remote, project, component = (_target(include, key) for key in ("remote", "project", "component"))
    unpinned = None
    if remote and not _is_fixed_url(remote) and not (isinstance(include, Mapping) and "integrity" in include):
        unpinned = "This include of a URL is not pinned", Severity.HIGH
    elif project and project not in {"$CI_PROJECT_PATH", own}:
        ref = text_of(include.get("ref")) if isinstance(include, Mapping) else None
        if not ref or not _is_fixed(ref):
            named = f"follows the branch `{ref}`" if ref else "follows the default branch"
            unpinned = f"This include of `{project}` {named}", _severity(project, own)
    elif component and "$CI_PROJECT_PATH" not in component:
        address, _, version = component.rpartition("@")
        path = address.partition("/")[2]
        if not _is_fixed(version) and path.rpartition("/")[0] != own:
            unpinned = f"This component follows `{version}`", _severity(path, own)
    return unpinned


def _target(include: Node, key: str) -> str | None:
    """What the include names under `key`; a text alone is a URL or a file of this project."""
    if isinstance(include, Mapping):
        return text_of(include.get(key))
    text = text_of(include) or ""
    return text if key == "remote" and text.startswith(("http://", "https://")) else None


def _is_fixed(ref: str) -> bool:
    """Whether the ref is a commit or a version, or cannot be known."""
    return "$" in ref or bool(_COMMIT.fullmatch(ref) or _VERSION.fullmatch(ref))


def _is_fixed_url(url: str) -> bool:
    """Whether the URL names a commit, or the raw file of a version, or cannot be known."""
    raw = _RAW.search(url)
    return _COMMIT.search(url) is not None or (raw is not None and _is_fixed(raw[1]))


def _severity(path: str, own: str) -> Severity:
    """Milder within the own group, whose maintainers are trusted with more than this."""
    return Severity.LOW if own and path.partition("/")[0] == own.partition("/")[0] else Severity.MEDIUM


def _images_of(job: Job) -> Iterator[Scalar]:
    services = job.get("services")
    for node in (job.get("image"), *(services.items if isinstance(services, Sequence) else ())):
        named = node.get("name") if isinstance(node, Mapping) else node
        if isinstance(named, Scalar) and named.value is not None:
            yield named


def _pinned(pipeline: Pipeline) -> dict[str, set[str]]:
    """The digests with which the pipeline names images, by what is before the digest."""
    known: dict[str, set[str]] = {}
    for job in pipeline.jobs.values():
        for image in _images_of(job):
            name, at, _ = image.text.partition("@sha256:")
            if at and not is_foreign(image.span.path):
                known.setdefault(name, set()).add(image.text)
    return known


def _images(job: Job, pinned: dict[str, set[str]], repository: Repository) -> Iterator[Hit]:
    for image in _images_of(job):
        if not _is_moving(image.text):
            continue
        known = pinned.get(image.text, set())
        text = repository.tree.files.get(image.span.path)
        edit = set_scalar(text, image, min(known)) if len(known) == 1 and text is not None else None
        yield Hit(
            span=image.span,
            subject=job.subject,
            construct="image",
            message=f"`{job.name}` has {_held_by(job)} and runs whatever `{image.text}` is at that moment.",
            attack="Anyone who publishes that image runs in the job from the next pipeline on, and reads its secrets.",
            text=image.text,
            fix=Fix(
                "Pin it to the digest that is used elsewhere",
                (edit,),
                cost="New versions arrive only when somebody changes the digest.",
            )
            if edit
            else None,
            severity=Severity.LOW,
        )


def _is_moving(image: str) -> bool:
    """Whether the image has no tag or `latest`; one whose name cannot be known is not judged."""
    if "@" in image or "$" in image:
        return False
    return image.rpartition("/")[2].partition(":")[2] in {"", "latest"}


def _functions(job: Job) -> Iterator[Hit]:
    """Functions and steps of `run:` whose code can change (docs.gitlab.com/ci/functions, 2026-11)."""
    steps = job.get("run")
    for step in steps.items if isinstance(steps, Sequence) else ():
        entry = (
            next((e for e in step if e.key.text in _FUNCTIONS), None) if isinstance(step, Mapping) else None
        )
        moving = _moving_function(entry.value) if entry is not None else ""
        if entry is not None and moving:
            yield Hit(
                span=entry.span,
                subject=job.subject,
                construct=f"run.{entry.key.text}",
                message=f"`{job.name}` has {_held_by(job)} and runs whatever `{moving}` is at that moment.",
                attack="Anyone who publishes that function runs in the job from the next pipeline on, and reads its"
                " secrets.",
                text=moving,
            )


def _moving_function(node: Node) -> str:
    """How the function is named whose code can change; "" where it is fixed, of this project, or not known."""
    if isinstance(node, Mapping):
        repository = text_of(node.get("oci", "repository"))
        url = text_of(node.get("git", "url"))
        name = repository or url or ""
        written = name
        version = text_of(node.get("oci", "tag")) if repository else text_of(node.get("git", "rev"))
    else:
        # `registry/path:tag folder` of an image, `host/path@ref` of a git repository
        reference = (text_of(node) or "").partition(" ")[0]
        written = name = reference
        _, at, version = reference.rpartition("@")
        if not at:
            version = reference.rpartition("/")[2].partition(":")[2]
    if not name or name.startswith((".", "/", "builtin:")) or "$" in f"{name}{version}":
        return ""
    is_fixed = version and (version.startswith("sha256:") or _is_fixed(version))
    return "" if is_fixed else written


def _named_secret(job: Job) -> str:
    """The first variable in the job's scripts that is named like a secret and not set in the file; "" for none."""
    names = (name for line in job.scripts for name in _VARIABLE.findall(line.text))
    return next((name for name in names if name not in job.variables and looks_secret(name)), "")


def _fetched(job: Job, fetched: Fetched, holds: str) -> Hit:
    return Hit(
        span=fetched.span,
        subject=job.subject,
        construct=f"script.{fetched.fetcher}",
        message=f"`{job.name}` {holds} and runs what `{fetched.fetcher}` downloads with "
        f"`{fetched.runner}`, unchecked.",
        attack="Anyone who can change that file, or answer for its host, runs in the job and reads its secrets.",
        text=f"{fetched.fetcher} | {fetched.runner}",
    )


RULE = Rule(
    "unpinned-third-party",
    Pipeline,
    check,
    Severity.MEDIUM,
    others=(Severity.HIGH, Severity.LOW),
    confidence=Confidence.MEDIUM,
    effect=Effect.WEAKENS,
)
