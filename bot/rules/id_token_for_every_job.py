"""Every job gets an ID token, also those that need none.

What it finds
-------------
ID tokens in `default:`, or in a template that every job of the pipeline uses (`extends`, an anchor), where a job
neither names the token, in its scripts or variables, nor reads a secret with it.

Why it matters
--------------
Tests, linters and third-party images can log in to Vault as the role that the deployment uses.

Fix
---
Declare the token in the jobs that use it, not in a place that all jobs share.

Bad:

```yaml
default:
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
```

Good:

```yaml
deploy:
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
```

Limits
------
A script of the repository that a job runs is searched for the token's name; what an image or a downloaded script
does with it is not seen. A template that only some jobs use is taken for a choice.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.documents.edits import insert_key, remove_entry
from bot.documents.nodes import Mapping, plain
from bot.findings import Confidence, Hit, Severity
from bot.fixes import Edit, Fix
from bot.pipeline.family import is_whole
from bot.pipeline.model import Pipeline
from bot.pipeline.places import texts_of
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.documents.nodes import Entry
    from bot.pipeline.model import Job
    from bot.repository import Repository

_FEWEST = 2  # one job alone is not "every job"


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each place from which all jobs take tokens, where some hold them without a use."""
    for name, entry, holders in _shared(pipeline):
        idle = [job for job in holders if is_whole(job, pipeline) and not _uses(job, repository)]
        if len(holders) < _FEWEST or not idle:
            continue
        way = "Every job" if name == "default" else f"Every job extends `{name}` and"
        yield Hit(
            span=entry.key.span,
            subject="pipeline",
            construct=f"{name}.id_tokens",
            message=f"{way} gets these ID tokens; {len(idle)} of {len(holders)} never use them, "
            f"for example `{idle[0].name}`.",
            attack="Code that runs in such a job, a test or a foreign image, logs in to Vault with the token.",
            text=f"{name} id_tokens",
            fix=None
            if repository.on_trial
            else _fix(pipeline, name, [job for job in holders if job not in idle], repository),
            confidence=Confidence.MEDIUM,
        )


def _shared(pipeline: Pipeline) -> Iterator[tuple[str, Entry, list[Job]]]:
    """`default:` and the templates that give tokens: name, the `id_tokens` entry, the jobs that contain them."""
    root = pipeline.node
    if root is None:
        return
    holders: dict[Span, list[Job]] = defaultdict(list)
    for job in pipeline.jobs.values():
        for token in job.id_tokens.values():
            holders[token.entry.key.span].append(job)
    working = [job for job in pipeline.jobs.values() if job.scripts]
    for name in ("default", *pipeline.hidden_jobs):
        entry = root.entry(name, "id_tokens")
        if entry is None or not isinstance(entry.value, Mapping):
            continue
        spans = {token.key.span for token in entry.value}
        having = [job for job in working if any(job in holders[span] for span in spans)]
        if name == "default" or len(having) == len(working):
            yield name, entry, having


def _uses(job: Job, repository: Repository) -> bool:
    """Whether the job reads secrets, or names one of its tokens: itself or in a script of the repository."""
    if job.secrets:
        return True
    texts = texts_of(job, repository.tree.files)
    return any(name in text for text in texts for name in job.id_tokens)


def _fix(pipeline: Pipeline, name: str, users: list[Job], repository: Repository) -> Fix | None:
    """The tokens written into the jobs that use them; None where nobody is seen to use them."""
    files = repository.tree.files
    root = pipeline.node
    owner = root.get(name) if root else None
    tokens = plain(owner.get("id_tokens")) if isinstance(owner, Mapping) else None
    if root is None or not isinstance(owner, Mapping) or not isinstance(tokens, dict) or not users:
        return None
    if owner.span.path not in files or any(user.node.span.path not in files for user in users):
        return None
    text = files[owner.span.path]
    edits: list[Edit | None] = [
        remove_entry(text, root, name)
        if name == "default" and len(owner) == 1
        else remove_entry(text, owner, "id_tokens")
    ]
    for user in users:
        own = user.entry.value
        if not isinstance(own, Mapping):
            return None
        own = Mapping({key: entry for key, entry in own.entries.items() if key != "id_tokens"}, own.span)
        edits.append(insert_key(files[own.span.path], own, "id_tokens", tokens))
    made = tuple(edit for edit in edits if edit is not None)
    return (
        Fix(
            "Give the tokens to the jobs that use them",
            made,
            cost="A job that uses a token in a way that Sealcheck does not see no longer gets it.",
        )
        if len(made) == len(edits)
        else None
    )


RULE = Rule("id-token-for-every-job", Pipeline, check, Severity.MEDIUM)
