"""What AWS, Google Cloud and Azure see of GitLab's ID tokens, and which subjects GitLab writes."""

from __future__ import annotations

GITLAB_COM = "gitlab.com"

# Condition keys that AWS fills from a web identity token of every OIDC issuer: `oaud` is the token's `aud` too, and
# `amr` and `email` are absent from GitLab's tokens.
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html, 2026-11.
AWS_KEYS = frozenset({"sub", "aud", "oaud"})
# AWS adds these for the issuer gitlab.com alone (Service Authorization Reference of September 2026, STS); a
# self-managed or Dedicated host has none of them.
AWS_GITLAB_COM_KEYS = AWS_KEYS | {
    "namespace_id",
    "project_id",
    "ref_protected",
    "pipeline_source",
    "runner_environment",
    "user_access_level",
    "user_email",
    "user_id",
    "user_login",
}

# The components of `sub` that a Maintainer can choose with `ci_id_token_sub_claim_components`
# (docs.gitlab.com/api/projects, 2026-11), and those that can come first.
SUBJECT_LEADERS = (
    "project_path",
    "project_id",
    "job_project_path",
    "job_project_id",
    "source_project_path",
    "source_project_id",
)
SUBJECT_COMPONENTS = (
    *SUBJECT_LEADERS,
    "ref_type",
    "ref",
    "ref_protected",
    "environment_protected",
    "deployment_tier",
)
DEFAULT_SUBJECT = ("project_path", "ref_type", "ref")
# docs.gitlab.com/ci/environments/#deployment-tier-of-environments, 2026-11.
DEPLOYMENT_TIERS = ("production", "staging", "testing", "development", "other")

DEFAULT_BRANCHES = frozenset({"main", "master"})
"""Branch names that GitLab protects when a project is created, as its default branch."""

# Issuers of other products: a statement for one of them is never about GitLab (the vendors' own pages, 2026-11).
OTHER_ISSUERS = (
    "token.actions.githubusercontent.com",
    "oidc.eks.",
    "app.terraform.io",
    "oidc.circleci.com",
    "api.bitbucket.org",
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
    "oidc.vercel.com",
    "agent.buildkite.com",
    "api.pulumi.com",
    "container.googleapis.com",
    "sts.windows.net",
    "login.microsoftonline.com",
    "vstoken.dev.azure.com",
    "spacelift.io",
    "oidc.fly.io",
)

# GitLab exchanges the token of `identity: google_cloud` itself: the issuer ends in the top-level group
# (docs.gitlab.com/integration/google_cloud_iam, 2026-11).
GOOGLE_IAM_ISSUER = "auth.gcp.gitlab.com/oidc/"

# What a flexible federated identity credential can compare of a GitLab token, by operator (learn.microsoft.com,
# "Flexible federated identity credentials", revision of September 2026; earlier ones had `sub` alone).
AZURE_FLEXIBLE_CLAIMS = {"sub": frozenset({"eq", "matches"}), "project_id": frozenset({"eq"})}
# Another page of the same documentation ("Mutable subjects", July 2026) also names these; they are not decided here.
AZURE_UNDECIDED_CLAIMS = frozenset({"namespace_id", "user_id"})
