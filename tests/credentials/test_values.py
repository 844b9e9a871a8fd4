"""Which names promise a credential, and which values are one."""

from __future__ import annotations

import random
import string

import pytest

from bot.facts.secret_names import Promise, promise_of
from bot.facts.secret_values import (
    is_literal_secret,
    is_words,
    looks_generated,
    may_be_secret,
    password_behind,
)

NAMES = {
    Promise.PASSWORD: "DB_PASSWORD dbPassword db-pass NEXUS_PASS SSHPASS LDAP_BIND_PW requirepass mysql_pwd PASSWORD_PROD"
    " DB_PASSWORD_2 WIFI_PSK KEY_PASSPHRASE ansible_ssh_pass spring.datasource.password rootpw",
    Promise.SECRET: "DEPLOY_TOKEN clientSecret api_key apiKey X-Api-Key REDIS_AUTH APP_KEY SECRET_KEY_BASE NPM_AUTH_B64"
    " BOT_PAT _authToken CREDENTIALS awsSecretAccessKey sonar.login TF_VAR_api_token",
    Promise.PERHAPS: "DOCKER_AUTH_CONFIG KEY RANDOM_KEY PASSWORD_SALT SESSION_COOKIE auth",
    Promise.NOTHING: "PWD SECRET_NAME SECRET_PATH TOKEN_URL PASSWORD_MIN_LENGTH PUBLIC_KEY STRIPE_PUBLISHABLE_KEY SORT_KEY"
    " BYPASS COMPASS PASSIVE_PORTS TOKENIZER MONKEY next_token MAX_TOKENS DB_PASSWORD_LENGTH KMS_KEY TOKEN_SHA256"
    " checksum/secret AWS_KMS_KEY_ID PASSWORD_FILE CREDENTIAL_HELPER",
}


@pytest.mark.parametrize(
    ("promise", "name"), [(p, name) for p, names in NAMES.items() for name in names.split()]
)
def test_what_a_name_promises(promise: Promise, name: str) -> None:
    assert promise_of(name) is promise


TYPED = ("Kestrel1987!", "kestrel#Bay23", "K3str3l.41", "23Kestrel-bay", "Kestrel-Bay-77", "k3str3l-9")
NO_CREDENTIALS = (
    *(
        "$OTHER",
        "${OTHER}",
        "%OTHER%",
        "{{ other }}",
        "<other>",
        "__OTHER__2"[:5],
        "vault:kv/data/shop#db2",
        "ref+vault://kv/1",
    ),
    *(
        "arn:aws:ssm:eu:4:parameter/shop1",
        "op://shop/db/1",
        "ENC[AES256_GCM,data:9]",
        "/run/secrets/db1",
        "keys/db-2.pem",
    ),
    *(
        "changeme123",
        "change-me-1",
        "your-password-1",
        "set-as-variable",
        "SECURE",
        "invalid_but_fine",
        "xxxxxxxx1",
        "********",
    ),
    *(
        "postgres",
        "root123",
        "test1234",
        "password-1",
        "secret123",
        "p@ssw0rd",
        "15m",
        "1.2.3",
        "12345678",
        "true",
    ),
    *("see the wiki page 4", "wildcard-apps-tls", "hunter-of-bugs"),
)


@pytest.mark.parametrize("value", TYPED)
def test_what_a_person_types_counts_under_a_password(value: str) -> None:
    assert is_literal_secret(value, Promise.PASSWORD)
    assert not looks_generated(value + "Meadow")


@pytest.mark.parametrize("value", NO_CREDENTIALS)
def test_references_placeholders_and_words_do_not(value: str) -> None:
    assert not is_literal_secret(value, Promise.PASSWORD)


@pytest.mark.parametrize("value", ["wildcard-apps-tls2", "shop-db-2024", "regcred2", "shop.internal/x2"])
def test_the_name_of_a_secret_is_none(value: str) -> None:
    assert not is_literal_secret(value, Promise.SECRET)


@pytest.mark.parametrize("alphabet", [string.ascii_letters + string.digits, "0123456789abcdef"])
def test_what_a_machine_made_is_known(alphabet: str) -> None:
    rng = random.Random(4)
    made = ["".join(rng.choices(alphabet, k=32)) for _ in range(500)]
    assert sum(map(looks_generated, made)) > 495
    assert all(is_literal_secret(value, Promise.PERHAPS) for value in made if looks_generated(value))


@pytest.mark.parametrize(
    "value", ["local-database-7", "release-2024-q3", "bert-base-uncased-v2", "read-packages-only1"]
)
def test_words_and_numbers_are_words(value: str) -> None:
    assert is_words(value)
    assert not looks_generated(value)


def test_a_password_behind_base64_is_seen() -> None:
    assert password_behind("Y2k6S2VzdHJlbC03Nw==") == "Kestrel-77"
    assert password_behind("bm90IGEgcGFpcg==") is None
    assert password_behind("Kestrel1987!") is None


def test_more_is_hidden_than_is_reported() -> None:
    assert may_be_secret("hunter-of-bugs")
    assert not may_be_secret("$OTHER")
    assert not may_be_secret("postgres")
