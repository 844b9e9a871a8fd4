"""A cloud accepts jobs of any project on GitLab.

What it finds
-------------
An IAM role, a Google Cloud binding or an Azure credential that accepts GitLab's ID tokens and does not say whose: no
condition but the audience, a pattern that any project's subject matches (`project_path:*`, `*:ref:main`), a prefix
that another group's name continues (`acme*`), only negative conditions, or claims that anybody sets in a project of
their own (`ref`, `environment`, `pipeline_source`).

Why it matters
--------------
The audience is free text in the job's YAML, and the name of a branch is free in everybody's own project. On
gitlab.com, everybody with an account can create a project; on a self-managed instance, everybody who can create one
there.

| claim | value |
|---|---|
| `sub` | `project_path:acme-other/app:ref_type:branch:ref:main` |
| `aud` | as checked |

Fix
---
Check the project, by its number where the cloud can read it, and the ref. Jobs of other projects then get no
credentials.

```json
"Condition": {
  "StringEquals": {
    "gitlab.com:sub": "project_path:acme/shop:ref_type:branch:ref:main",
    "gitlab.com:project_id": "42",
    "gitlab.com:ref_protected": "true"
  }
}
```

Other projects that use the role today can no longer assume it.

Limits
------
Values that come from variables without a default are reported as not checked. What the role may do in the cloud is
not looked at. AWS refuses to create or change such a role for gitlab.com since June 2025; existing ones keep working.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.hits import gets_in, named, reach_hit
from bot.clouds.model import Cloud, Trust
from bot.clouds.reaches import TrustReach
from bot.clouds.verdict import is_public, whole_verdict
from bot.clouds.wildcards import wildcard_match
from bot.findings import Severity
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.verdict import TrustVerdict
    from bot.findings import Hit
    from bot.repository import Repository


def check(trust: Trust, _repository: Repository) -> Iterator[Hit]:
    """Yield a hit where a token of a foreign project is accepted."""
    verdict = whole_verdict(trust)
    path, host = verdict.claims.get("project_path", ""), trust.issuer or "the GitLab instance"
    if verdict.reach is TrustReach.PERSON:
        yield reach_hit(
            trust,
            f"The {named(trust)} checks the person who runs the pipeline, not the project.",
            f"Any project in which that person runs a pipeline, such as `{path}`, {gets_in(trust)}.",
            Severity.HIGH,
        )
    if verdict.reach is not TrustReach.ISSUER:
        return
    whose = "Anyone with an account" if is_public(trust) else "Anyone who can create a project"
    yield reach_hit(
        trust,
        f"The {named(trust)} accepts jobs of any project on {host}{_because(trust, verdict)}.",
        f"{whose} on {host} runs a job in a project of their own, such as `{path}`, and {gets_in(trust)}."
        + _refused_today(trust),
        Severity.CRITICAL if is_public(trust) else Severity.HIGH,
    )


def _because(trust: Trust, verdict: TrustVerdict) -> str:
    compared = [hint for hint in trust.hints if hint.claim not in {"aud", "oaud", "iss"}]
    if not compared:
        return ": it checks no claim that names a project"
    if all(hint.negated for hint in compared):
        return ": its conditions only exclude tokens"
    subject = verdict.claims["sub"]
    patterns = (hint.text for hint in compared if hint.wildcards and wildcard_match(hint.text, subject))
    found = next(patterns, "")
    return f": `{found}` matches them" if found else ""


def _refused_today(trust: Trust) -> str:
    if trust.cloud is not Cloud.AWS or not is_public(trust) or trust.reads("sub"):
        return ""
    return " AWS has refused to create such a role since June 2025; one that exists keeps working."


RULE = Rule("cloud-any-project", Trust, check, Severity.CRITICAL, others=(Severity.HIGH,))
