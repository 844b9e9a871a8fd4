"""Which cloud identities a job asks for, and which trust that is about."""

import pytest

from bot.clouds.arrows import cloud_edges, who_of
from bot.clouds.logins import accepts_audience, logins_of, trusts_for
from bot.repository import Repository
from bot.scanning.cloud_simulation import simulate_trust
from bot.snapshot import Project, Tree

ARN = "arn:aws:iam::111122223333:role/ci/deploy"
TOKENS = """\
  id_tokens:
    VAULT_TOKEN: {aud: https://vault.example.com}
    CLOUD_TOKEN: {aud: cloud.example.com}
"""
ROLE = """\
resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "gitlab.com:aud" = "sts.amazonaws.com", "gitlab.com:project_id" = "42" }
        StringLike   = { "gitlab.com:sub" = "project_path:acme/shop:*" }
      }
    }]
  })
}
"""
POOL = """\
resource "google_iam_workload_identity_pool_provider" "gitlab" {
  workload_identity_pool_id          = "ci"
  workload_identity_pool_provider_id = "gitlab"
  attribute_mapping   = { "google.subject" = "assertion.sub" }
  attribute_condition = "assertion.project_id == '42'"
  oidc {
    issuer_uri        = "https://ISSUER"
    allowed_audiences = ["cloud.example.com"]
  }
}
resource "google_secret_manager_secret_iam_member" "db" {
  secret_id = "db"
  role      = "roles/secretmanager.secretAccessor"
  member    = "principalSet://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/ci/*"
}
"""


def repository(job, **files):
    texts = {".gitlab-ci.yml": f"job:\n{TOKENS}{job}"} | {
        name.replace("_", "."): text for name, text in files.items()
    }
    return Repository(Tree(texts, project=Project(id=42, path="acme/shop", host="gitlab.com")))


def logins(job, **files):
    found = logins_of(repository(job, **files).jobs[0])
    return [(each.cloud, each.reference, each.token.name if each.token else None) for each in found]


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            (f"  variables: {{AWS_ROLE_ARN: '{ARN}'}}\n  secrets: {{X: {{token: $CLOUD_TOKEN, aws_secrets_manager: {{secret_id: x}}}}}}\n"
            "  script: [make]\n"),
            [("aws", ARN, "CLOUD_TOKEN")],
        ),
        (
            f"  secrets: {{X: {{token: $CLOUD_TOKEN, aws_secrets_manager: {{secret_id: x, role_arn: '{ARN}'}}}}}}\n  script: [make]\n",
            [("aws", ARN, "CLOUD_TOKEN")],
        ),
        # Neither role nor token: the runner's own role.
        ("  secrets: {X: {aws_secrets_manager: {secret_id: x}}}\n  script: [make]\n", []),
        (
            f"  script:\n    - aws --region eu sts assume-role-with-web-identity --role-arn={ARN} --web-identity-token $CLOUD_TOKEN\n",
            [("aws", ARN, "CLOUD_TOKEN")],
        ),
        (
            ("  variables: {ACCOUNT: '111122223333'}\n  script:\n    - export R=arn:aws:iam::${ACCOUNT}:role/ci/deploy\n"
            '    - KEYS=$(aws sts assume-role-with-web-identity --role-arn "$R" --web-identity-token "${CLOUD_TOKEN}")\n'),
            [("aws", ARN, "CLOUD_TOKEN")],
        ),
        (
            f"  script:\n    - export AWS_ROLE_ARN={ARN} AWS_WEB_IDENTITY_TOKEN_FILE=/tmp/t\n    - echo $CLOUD_TOKEN > /tmp/t\n    - aws s3 ls\n",
            [("aws", ARN, "CLOUD_TOKEN")],
        ),
        # A role by a variable of the project's settings is not known here.
        ("  script:\n    - aws sts assume-role-with-web-identity --role-arn $ROLE --web-identity-token $CLOUD_TOKEN\n", []),
        # A role alone: nothing says that the ID token is sent for it.
        (f"  variables: {{AWS_ROLE_ARN: '{ARN}'}}\n  script: [make]\n", []),
        (
            ("  variables: {GCP_WORKLOAD_IDENTITY_FEDERATION_POOL_ID: ci, GCP_WORKLOAD_IDENTITY_FEDERATION_PROVIDER_ID: gitlab}\n"
            "  secrets: {X: {token: $CLOUD_TOKEN, gcp_secret_manager: {name: x}}}\n  script: [make]\n"),
            [("google", "ci/gitlab", "CLOUD_TOKEN")],
        ),
        (
            ("  variables: {P: projects/1/locations/global/workloadIdentityPools/ci/providers/gitlab}\n  script:\n"
            "    - echo $CLOUD_TOKEN > t\n    - gcloud iam workload-identity-pools create-cred-config $P --credential-source-file=t\n"),
            [("google", "ci/gitlab", "CLOUD_TOKEN")],
        ),
        ("  identity: google_cloud\n  script: [make]\n", [("google", "", None)]),
        (
            "  variables: {AZURE_CLIENT_ID: c1}\n  secrets: {X: {token: $CLOUD_TOKEN, azure_key_vault: {name: x}}}\n  script: [make]\n",
            [("azure", "c1", "CLOUD_TOKEN")],
        ),
        (
            "  script:\n    - az login --service-principal -u c1 -t t1 --federated-token $CLOUD_TOKEN\n",
            [("azure", "c1", "CLOUD_TOKEN")],
        ),
        (
            "  variables: {ARM_USE_OIDC: 'true', ARM_CLIENT_ID: c1, ARM_OIDC_TOKEN: $CLOUD_TOKEN}\n  script: [terraform apply]\n",
            [("azure", "c1", "CLOUD_TOKEN")],
        ),
        ("  secrets: {X: {token: $VAULT_TOKEN, vault: a/b/c@secret}}\n  script: [make]\n", []),
    ],
)  # fmt: skip
def test_what_a_job_asks_for(job, expected):
    assert logins(job) == expected


def test_each_job_of_a_matrix_asks_for_its_own_role():
    job = (
        f"  parallel: {{matrix: [{{AWS_ROLE_ARN: ['{ARN}', '{ARN}-2']}}]}}\n"
        "  secrets: {X: {token: $CLOUD_TOKEN, aws_secrets_manager: {secret_id: x}}}\n  script: [make]\n"
    )
    assert [reference for _, reference, _ in logins(job)] == [ARN, f"{ARN}-2"]


def test_the_map_joins_jobs_and_trusts():
    job = f"  secrets: {{X: {{token: $CLOUD_TOKEN, aws_secrets_manager: {{secret_id: x, role_arn: '{ARN}'}}}}}}\n  script: [make]\n"
    found = repository(job, iam_tf=ROLE)
    (login,) = logins_of(found.jobs[0])
    (trust,) = trusts_for(login, found.clouds)
    assert not accepts_audience(trust, login.audiences)
    assert who_of(trust) == "project 42, any ref"
    drawn = [(edge.start.label, edge.end.label) for edge in cloud_edges(found.clouds, found.jobs)]
    assert drawn == [("project 42, any ref", "role deploy (AWS)"), ("job job", "role deploy (AWS)")]


def test_gitlabs_own_integration_is_joined_by_its_issuer():
    job = "  identity: google_cloud\n  script: [make]\n"
    found = repository(job, pool_tf=POOL.replace("ISSUER", "auth.gcp.gitlab.com/oidc/acme"))
    (login,) = logins_of(found.jobs[0])
    assert [trust.name for trust in trusts_for(login, found.clouds)] == ["db"]
    other = repository(job, pool_tf=POOL.replace("ISSUER", "gitlab.com"))
    assert trusts_for(logins_of(other.jobs[0])[0], other.clouds) == ()


CLAIMS = {
    "sub": "project_path:acme/shop:ref_type:branch:ref:x",
    "project_id": "42",
    "project_path": "acme/shop",
    "aud": "sts.amazonaws.com",
}


@pytest.mark.parametrize(
    ("changed", "partial", "accepted"),
    [
        ({}, False, True),
        ({"aud": "other"}, False, False),
        ({"sub": "project_path:acme/other:ref_type:branch:ref:x"}, False, False),
        ({"project_id": None}, True, None),
        ({"project_id": None}, False, False),
        ({"aud": None}, True, None),
    ],
)
def test_a_token_is_tried_on_a_trust(changed, partial, accepted):
    (trust,) = repository("  script: [make]\n", iam_tf=ROLE).clouds.trusts
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
    simulated = simulate_trust(trust, claims, partial=partial)
    assert simulated.accepted is accepted, simulated.lines


def test_half_a_trust_decides_nothing():
    (trust,) = repository(
        "  script: [make]\n",
        pool_tf=POOL.split('resource "google_secret', maxsplit=1)[0].replace("ISSUER", "gitlab.com"),
    ).clouds.trusts
    assert trust.half == (simulate_trust(trust, CLAIMS, partial=False).accepted is None)
