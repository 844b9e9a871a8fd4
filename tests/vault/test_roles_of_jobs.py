"""Roles that name no issuer: what the repository's jobs say about them."""

import pytest

from bot.report.explanation import explain
from bot.repository import Repository
from bot.snapshot import Tree
from bot.vault.claims.role_jobs import issuer_in
from bot.vault.roles.jwt_role import Issuer

ROLE = '{"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["%s"], "token_policies": ["shop"]}'
PIPELINE = "variables: { MOUNT: jwt, FROM_FILE: shop }\ndeploy:\n  id_tokens:\n    T: { aud: shop-vault }\n  script: '%s'\n"


def repository(audience: str, script: str | None, path: str = "auth/jwt/role/shop.json") -> Repository:
    files = {path: ROLE % audience}
    if script is not None:
        files[".gitlab-ci.yml"] = PIPELINE % script
    return Repository(Tree(files, listing=frozenset(files)))


@pytest.mark.parametrize(
    ("audience", "script", "path", "issuer"),
    [
        ("shop-vault", "make", "auth/jwt/role/shop.json", Issuer.GITLAB),
        ("shop-vault", "make", "auth/cluster/role/shop.json", Issuer.UNKNOWN),
        ("other", "make", "auth/jwt/role/shop.json", Issuer.UNKNOWN),
        ("https://vault.example.com", "make", "auth/jwt/role/shop.json", Issuer.GITLAB),
        ("https://vault.example.com", None, "auth/jwt/role/shop.json", Issuer.UNKNOWN),
        ("https://vault.example.com", "make", "auth/github/role/shop.json", Issuer.GITHUB),
        ("other", "vault write auth/ci/login role=any jwt=$T", "auth/ci/role/shop.json", Issuer.GITLAB),
        ("other", "vault write auth/ci/login role=any jwt=$T", "auth/cluster/role/shop.json", Issuer.UNKNOWN),
    ],
)
def test_jobs_show_whose_tokens_a_role_takes(audience, script, path, issuer):
    repo = repository(audience, script, path)
    (role,) = repo.vault.roles
    assert issuer_in(role, repo) is issuer


@pytest.mark.parametrize(
    "script",
    [
        "vault write -field=token auth/jwt/login role=shop jwt=$T",
        'curl --data "{\\"role\\": \\"shop\\", \\"jwt\\": \\"$T\\"}" https://v.example/v1/auth/jwt/login',
        "bao write auth/jwt/login role=shop jwt=$T",
        "ROLE=shop; bao write auth/jwt/login role=$ROLE jwt=$T",
        'export ROLE=shop && vault write auth/${MOUNT}/login role="${ROLE}" jwt="$T"',
        "vault login -method=jwt -path=jwt role=shop jwt=$T",
        "vault login -method=jwt role=shop jwt=$T",
        'curl -d "{\\"role\\": \\"$FROM_FILE\\", \\"jwt\\": \\"$T\\"}" https://v.example/v1/auth/jwt/login',
    ],
)
def test_explain_names_the_jobs_whose_script_logs_in(script):
    said = explain(repository("shop-vault", script), "auth/jwt/role/shop.json", 1, ())
    assert "jobs that log in with it: deploy" in said, said
    assert "for tokens of gitlab" in said.lower()


@pytest.mark.parametrize(
    "script",
    [
        "vault write auth/jwt/login role=$OTHER jwt=$T",
        "ROLE=shop; ROLE=other; vault write auth/jwt/login role=$ROLE jwt=$T",
        "vault login -method=ldap role=shop username=x",
        "vault write auth/jwt/login role=shop-$OTHER jwt=$T",
    ],
)
def test_a_role_that_nobody_names_is_not_guessed(script):
    said = explain(repository("shop-vault", script), "auth/jwt/role/shop.json", 1, ())
    assert "jobs that log in with it: none in this repository" in said, said
