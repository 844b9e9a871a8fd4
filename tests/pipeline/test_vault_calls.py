"""What a script asks of Vault: by its command line, by its programs' relatives, by HTTP."""

from __future__ import annotations

import pytest

from bot.pipeline.vault_calls import Asks, vault_calls
from tests.leaks.jobs import job

V1 = "https://vault.example.com/v1"


@pytest.mark.parametrize(
    ("script", "asks", "path"),
    [
        ("vault kv get secret/a", Asks.READ, "secret/a"), ("vault kv get -mount=secret a", Asks.READ, "secret/a"), ("vault read secret/a", Asks.READ, "secret/a"), ("bao read a/b", Asks.READ, "a/b"), ("/usr/bin/vault read a", Asks.READ, "a"), ("d8 stronghold read a", Asks.READ, "a"), ("vault list a", Asks.OTHER, "a"),
        ("vault write auth/jwt/login role=r jwt=$T", Asks.JWT_LOGIN, "auth/jwt/login"), ("vault write auth/approle/login role_id=a", Asks.APPROLE_LOGIN, "auth/approle/login"), ("vault write auth/x/login secret_id=a", Asks.APPROLE_LOGIN, "auth/x/login"), ("vault write auth/userpass/login/u password=x", Asks.OTHER_LOGIN, "auth/userpass/login/u"),
        ("vault login $T", Asks.TOKEN_LOGIN, "$T"), ("vault login -method=jwt role=r jwt=$T", Asks.JWT_LOGIN, "role=r"), ("vault login -method=approle", Asks.APPROLE_LOGIN, ""), ("vault login -method=userpass username=u", Asks.OTHER_LOGIN, "username=u"), ("vault write secret/a k=v", Asks.OTHER, "secret/a"),
        ("vault token revoke -self", Asks.REVOKE, ""), ("vault token lookup", Asks.REVOKE, ""), ("vault status", Asks.REVOKE, ""), ("vault token create", Asks.OTHER, ""), ("vault", Asks.REVOKE, ""), ("vault policy write p f", Asks.OTHER, "p"),
        (f"curl -d '{{\"jwt\": \"x\"}}' {V1}/auth/jwt/login", Asks.JWT_LOGIN, "auth/jwt/login"), (f"curl -d '{{\"role_id\": \"x\"}}' {V1}/auth/approle/login", Asks.APPROLE_LOGIN, "auth/approle/login"), (f"curl -d secret_id=x {V1}/auth/x/login", Asks.APPROLE_LOGIN, "auth/x/login"), (f"curl -d x {V1}/auth/ldap/login/u", Asks.OTHER_LOGIN, "auth/ldap/login/u"),
        (f"curl {V1}/secret/data/a", Asks.READ, "secret/data/a"), (f"curl -X GET {V1}/secret/data/a", Asks.READ, "secret/data/a"), (f"curl -X LIST {V1}/secret/metadata", Asks.READ, "secret/metadata"), (f"curl -X POST {V1}/a", Asks.OTHER, "a"), (f"curl --request=DELETE {V1}/a", Asks.OTHER, "a"), (f"curl -d @f {V1}/a", Asks.OTHER, "a"), (f"curl --json x {V1}/a", Asks.OTHER, "a"),
        (f"curl -X POST {V1}/auth/token/revoke-self", Asks.REVOKE, "auth/token/revoke-self"), (f"curl {V1}/sys/health", Asks.REVOKE, "sys/health"), (f"wget --post-data=x {V1}/a", Asks.OTHER, "a"), (f"http GET {V1}/a?x=1", Asks.READ, "a"), ("curl $BAO_ADDR/v1/a", Asks.READ, "a"), ("curl https://x/v1/auth/jwt/login -d x", Asks.JWT_LOGIN, "auth/jwt/login"), (f"http POST {V1}/a", Asks.OTHER, "a"), (f"curl -XPUT {V1}/a", Asks.OTHER, "a"),
        ('T=$(curl -s "$VAULT_ADDR/v1/a" | jq .x)', Asks.READ, "a"), ("if vault read a; then :; fi", Asks.READ, "a"),
    ],
)  # fmt: skip
def test_it_is_for(script: str, asks: Asks, path: str) -> None:
    (call,) = vault_calls(job(script))
    assert (call.asks, call.path) == (asks, path)
    assert call.span.start_line == 10


@pytest.mark.parametrize("script", ["curl https://api.example.com/v1/users", "echo vault read a", "curl https://vault.example.com/ui", "cat vault", "x /v1/a", "ansible-vault view a"])  # fmt: skip
def test_others_ask_nothing_of_it(script: str) -> None:
    assert vault_calls(job(script)) == ()
