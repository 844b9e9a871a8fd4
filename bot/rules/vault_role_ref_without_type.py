"""A role does not bind whether its ref is a branch or a tag.

What it finds
-------------
A role that binds an exact `ref` and `ref_protected`, and neither `ref_type` nor `ref_path`.

Why it matters
--------------
A tag can have the name of a branch. It has to be protected as well, but a protected tag pattern such as `*`
or `m*` is soon set, and those who may create such tags are often not those who may push the branch.

| claim | value |
|---|---|
| `ref` | `main` |
| `ref_type` | `tag` |
| `ref_protected` | `true` |

Fix
---
Bind `ref_type` to `"branch"`. Pipelines of tags can then no longer log in.

```json
"ref": "main",
"ref_type": "branch"
```
or, since GitLab 16.0, `"ref_path": "refs/heads/main"` alone.

Limits
------
Without `ref_protected` the tag needs no protection: vault-role-ref-unprotected reports that, and mends both.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import binds, bound, has_wildcard, requires
from bot.vault.claims.witness import open_to_gitlab, witness
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at `ref`."""
    if not open_to_gitlab(role) or not binds(role, "ref") or not requires(role, "ref_protected", "true"):
        return
    refs = bound(role, "ref")
    looks_like_tag = any(str(ref)[:1] == "v" and str(ref)[1:2].isdigit() for ref in refs)
    if binds(role, "ref_type", "ref_path", "sub") or has_wildcard(role, "ref") or looks_like_tag:
        return
    story = f"Somebody who may create a protected tag, but not push the branch, makes a tag `{refs[0]}`."
    edits = role.amend({("bound_claims", "ref_type"): "branch"})
    yield Hit(
        span=role.place("bound_claims", "ref"),
        subject=role.subject,
        construct="bound_claims.ref_type",
        message=f"The role `{role.name}` accepts a protected tag `{refs[0]}` as well as the branch.",
        attack=story,
        text=json.dumps({"ref": refs}, default=str),
        fix=Fix(
            'Bind `ref_type` to "branch"',
            edits,
            cost="Pipelines of tags and merge requests can then no longer log in.",
        )
        if edits
        else None,
        witness=witness(role, story, ref_type="tag"),
    )


RULE = Rule("vault-role-ref-without-type", JwtRole, check, Severity.LOW, effect=Effect.WEAKENS)
