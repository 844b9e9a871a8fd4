"""Importing this runs one review of a made-up merge request, which nobody sees.

For the server that jobs are forked from: modules, patterns and methods are loaded and made when they are first needed
(`bot.lazy`), and what the rehearsal has needed no job makes again.
"""

from __future__ import annotations

import datetime as dt
import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from bot.review.ports import Absent, Changes, MergeRequest, User
from bot.review.run import ReviewSettings, review
from bot.snapshot import ChangedFile, DiffRefs, FileChange, Project

if TYPE_CHECKING:
    from bot.review.ports import Forge
    from bot.threads import Thread

_FILES: Final = {
    ".gitlab-ci.yml": """\
include:
  - local: ci/base.yml
deploy:
  extends: .base
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
  id_tokens:
    VAULT_ID_TOKEN: {aud: https://vault.example.com}
  secrets:
    DB_PASSWORD: {vault: app/prod/db/password@secret, token: $VAULT_ID_TOKEN, file: false}
    DATABASE_URL:
      vault: {engine: {name: kv-v2, path: secret}, path: app/prod/db, field: url}
      token: $VAULT_ID_TOKEN
  variables: {API_TOKEN: changeme}
  script:
    - set -x  # as it comes
    - echo "with $(cat "$DATABASE_URL")" 2>&1
    - echo "$DB_PASSWORD" | base64
    - curl -H "Authorization: $API_TOKEN" "https://example.com/${CI_COMMIT_SHA:0:8}" > answer.json
    - ./deploy.sh --url "$DATABASE_URL" --password "$DB_PASSWORD"
    - if [ -n "$CI" ]; then export A='b'; fi
""",
    "ci/base.yml": ".base:\n  image: alpine:3\n  before_script: [make]\n",
    "deploy.sh": "docker login -u app -p $DB_PASSWORD registry.example.com\n",
    "vault/role.json": """\
{"role_type": "jwt", "user_claim": "user_email", "bound_audiences": "https://vault.example.com",
 "bound_claims_type": "glob", "bound_claims": {"project_path": "app*", "ref": "main"}, "ttl": "24h"}
""",
    "vault/setup.sh": """\
vault write auth/jwt/config bound_issuer=https://gitlab.com oidc_discovery_url=https://gitlab.com
vault write auth/jwt/role/app role_type=jwt user_claim=sub policies=app bound_audiences=https://vault.example.com
vault write auth/jwt/role/db - <<EOF
{"role_type": "jwt", "user_claim": "sub", "bound_claims": {"project_id": "42"}, "policies": ["db"]}
EOF
""",
    "vault/policy.hcl": 'path "secret/*" {\n  capabilities = ["read", "sudo"]\n}\n',
}
_HEAD: Final = "1" * 40
_MERGE_REQUEST: Final = MergeRequest(
    project=Project(1, "a/b"),
    iid=1,
    state="opened",
    author=User(2, "a"),
    source_branch="change",
    target_branch="main",
    source_project_id=1,
    refs=DiffRefs("0" * 40, "0" * 40, _HEAD),
)


class _Stage:
    """What a review reads of GitLab, for the files above, which the merge request adds."""

    bot_id = 1

    def changes(self, _project_id: int, _iid: int) -> Changes:
        return Changes(tuple(_added(path, text) for path, text in _FILES.items()))

    def merge_request(self, _project_id: int, _iid: int) -> MergeRequest:
        return _MERGE_REQUEST

    def text(self, _project: int | str, path: str, ref: str) -> str | Absent:
        return _FILES.get(path, Absent.MISSING) if ref == _HEAD else Absent.MISSING

    def listing(self, _project_id: int, _folder: str, ref: str) -> tuple[str, ...]:
        return tuple(_FILES) if ref == _HEAD else ()

    def protected_refs(self, _project_id: int) -> tuple[str, ...]:
        return ("main",)

    def threads(self, _project_id: int, _iid: int) -> tuple[Thread, ...]:
        return ()


def _added(path: str, text: str) -> ChangedFile:
    lines = text.splitlines(keepends=True)
    diff = f"@@ -0,0 +1,{len(lines)} @@\n" + "".join(f"+{line}" for line in lines)
    return ChangedFile(path, path, FileChange.ADDED, diff)


def rehearse() -> int:
    """How many comments the review would write."""
    settings = ReviewSettings((b"rehearsal",))
    return len(review(cast("Forge", _Stage()), 1, 1, settings, dt.date(2026, 1, 1), dry_run=True).ops)


with suppress(Exception):  # a defect shows in the reviews themselves
    rehearse()
gc.freeze()  # what is loaded stays in pages that all jobs share
