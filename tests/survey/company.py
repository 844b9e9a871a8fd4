"""A small organisation on the stand-in: two applications, a project of Vault's configuration, and a stranger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.analysis.policy import ReviewPolicy
from bot.console.surveys import Surveys, open_surveys
from bot.gitlab.client import Client
from bot.gitlab.forge import GitLabForge
from bot.gitlab.projects import GitLabProjects, RequestPace
from bot.gitlab.proposals import Proposals
from bot.survey.organisation import Organisation
from bot.survey.run import Surveyed, SurveySettings, survey
from tests.gitlab_double import GitLabDouble

DEPLOY = """\
deploy:
  environment: production
  id_tokens:
    VAULT_ID_TOKEN: {aud: https://vault.example.com}
  variables:
    VAULT_AUTH_ROLE: shop-prod
  secrets:
    DB_PASSWORD: {vault: prod/db/password@ops, token: $VAULT_ID_TOKEN}
  script: [./deploy.sh]
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
"""
LEAKY = DEPLOY.replace("./deploy.sh", "cat $DB_PASSWORD")
POLICIES = {
    "policies/ops-prod.hcl": 'path "ops/data/prod/*" {\n  capabilities = ["read"]\n}\npath "ops/data/prod/root" {\n  capabilities = ["deny"]\n}\n',
    "policies/docs.hcl": 'path "docs/data/*" {\n  capabilities = ["read", "list"]\n}\n',
    "policies/team.hcl": 'path "team/data/{{identity.entity.name}}/*" {\n  capabilities = ["read"]\n}\n',
}


def role(**fields: Any) -> dict[str, Any]:
    return {
        "role_type": "jwt",
        "user_claim": "project_path",
        "bound_audiences": ["https://vault.example.com"],
        **fields,
    }


def roles(shop: int) -> dict[str, dict[str, Any]]:
    """The roles of the configuration, by name. `shop` is the number of the project of that name."""
    return {
        # Branches of one project that are protected.
        "shop-prod": role(
            bound_claims={"project_id": str(shop), "ref_protected": "true"}, token_policies=["ops-prod"]
        ),
        # Every branch of a group.
        "group-docs": role(
            bound_claims_type="glob", bound_claims={"project_path": "acme/*"}, token_policies=["docs"]
        ),
        # A branch by its name alone.
        "api-release": role(
            bound_claims={"project_path": "acme/api", "ref": "release", "ref_type": "branch"},
            token_policies=["ops-prod", "docs"],
        ),
        # Nothing but the audience: every project of the instance.
        "open": role(token_policies=["docs"]),
        # Its policy is filled in at login.
        "own-team": role(bound_claims={"namespace_path": "acme"}, token_policies=["team"]),
        # Its policy is nowhere.
        "lost": role(bound_claims={"project_id": str(shop)}, token_policies=["gone"]),
    }


@dataclass
class Company:
    double: GitLabDouble
    store: Surveys
    now: int = 1_800_000_000
    proposed: list[tuple[str, str]] = field(default_factory=list)

    def survey(self, group: str | None = None, **terms: Any) -> Surveyed:
        client = Client(self.double.url, self.double.BOT_TOKEN, timeout_seconds=5, pauses_seconds=(0.0,))
        self.double.log.clear()
        source = GitLabProjects(
            client, GitLabForge(client, max_file_bytes=1 << 20), RequestPace(0, sleep=lambda _: None)
        )
        self.proposed = []
        if terms.pop("open_merge_requests", False):
            offer = Proposals(client).offer
            terms["propose"] = lambda listed, sha, proposal: self.proposed.append(
                (listed.project.path, offer(listed, sha, proposal))
            )
        made = SurveySettings(
            terms.pop("version", "1"), ReviewPolicy(), terms.pop("most_files", 200), group, **terms
        )
        return survey(source, self.store, made, lambda: self.now)

    @property
    def organisation(self) -> Organisation:
        return Organisation(self.store.records())

    @property
    def requests(self) -> int:
        return len(self.double.log.requests)


def opened(double: GitLabDouble, folder: Any) -> Company:
    return Company(double, open_surveys("", folder / "survey.sqlite3"))


def furnish(double: GitLabDouble) -> Company | None:
    """Fill the stand-in; the vault project's files name the number of the shop."""
    import json

    shop = double.project("acme/shop", {".gitlab-ci.yml": LEAKY, "deploy.sh": "make\n"})
    double.project("acme/api", {".gitlab-ci.yml": DEPLOY.replace("shop-prod", "api-release")})
    double.project("other/site", {"README.md": "# Site\n"})
    files = {f"roles/{name}.json": json.dumps(body, indent=2) for name, body in roles(shop.id).items()}
    owners = {".gitlab/CODEOWNERS": "/roles/ @security\n/policies/ @security @ops\n"}
    double.project("acme/vault", {**files, **POLICIES, **owners})
    return None
