"""Rules about tokens whose form is known. The tokens are made here, at run time: none may be in the repository."""

from __future__ import annotations

import base64
import json
import string
from random import Random

import pytest

from bot.facts.credentials import FORMATS, formats_in
from bot.facts.secret_values import is_placeholder
from bot.repository import Repository
from bot.rules import hardcoded_credential, hardcoded_vault_token
from bot.snapshot import Tree
from tests.vendor_samples import RECIPES, token_of

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def made(prefix: str, length: int, letters: str = LETTERS, seed: int = 7) -> str:
    return prefix + "".join(Random(seed).choices(letters, k=length))


def hits_of(rule, files: dict[str, str]):
    repository = Repository(Tree(files))
    return list(rule.RULE.check(repository.documents, repository))


def share() -> str:
    return base64.b64encode(Random(3).randbytes(33)).decode()


TOKENS = {
    "service": made("hv" + "s.", 24),
    "service of today": made("hv" + "s.CAES", 86, LETTERS + "_-"),
    "batch": made("hv" + "b.AAAA", 120),
    "recovery": made("hv" + "r.", 40),
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitlab-ci.yml", "job:\n  script:\n    - vault login {}\n"),
        (".gitlab-ci.yml", "# once it was {}\njob:\n  script: make\n"),
        ("role.json", '{{"user_claim": "sub", "x": "{}"}}'),
        ("main.tf", 'provider "vault" {{\n  token = "{}"\n}}\n'),
        ("run.sh", "curl -H 'X-Vault-Token: {}' https://vault.example.com/v1/x\n"),
        ("values.yml", "token: {}\n"),
        ("README.md", "```sh\nvault write auth/jwt/role/x role_type=jwt\nvault login {}\n```\n"),
    ],
)
def test_a_vault_token_is_found_once_where_it_stands_and_never_shown(token, path, text):
    text = text.format(token)
    hits = hits_of(hardcoded_vault_token, {path: text})
    assert len(hits) == 1, hits
    line = text.split("\n")[hits[0].span.start_line - 1]
    assert line[hits[0].span.start_column - 1 : hits[0].span.end_column - 1] == token
    assert token not in repr(hits)
    assert hits_of(hardcoded_credential, {path: text}) == []


def test_the_old_form_counts_beside_the_word_vault_alone():
    token = made("s.", 24, seed=11)
    assert len(hits_of(hardcoded_vault_token, {"a.sh": f"export VAULT_TOKEN={token}\n"})) == 1
    assert hits_of(hardcoded_vault_token, {"a.sh": f"x = items.map({token})\n"}) == []
    assert hits_of(hardcoded_vault_token, {"a.sh": f"vault {made('s.', 24, string.ascii_letters)}()\n"}) == []


def test_unseal_and_recovery_keys_are_found():
    text = json.dumps({"unseal_keys_b64": [share()], "capabilities": ["x"], "role_type": ""}, indent=1)
    assert len(hits_of(hardcoded_vault_token, {"init.json": text})) == 1
    assert len(hits_of(hardcoded_vault_token, {"a.sh": f"vault operator unseal {share()}\n"})) == 1
    assert (
        len(hits_of(hardcoded_vault_token, {"notes.md": f"vault operator init\nUnseal Key 1: {share()}\n"}))
        == 0
    )
    assert (
        len(hits_of(hardcoded_vault_token, {"notes.md": f"`vault auth list`\nRecovery Key 2: {share()}\n"}))
        == 1
    )


@pytest.mark.parametrize(
    "placeholder",
    [
        "hv" + "s." + "X" * 30,
        "hv" + "s." + "1234567890abcdefghijklmnop",
        "hv" + "s." + "EXAMPLEkW40NddrPVkR0670sAqZ",
        "hv" + "s." + "fake-token-of-the-tests-123",
        "hv" + "s." + "your-token-goes-here-please-ok",
        "hv" + "s.R0670sAqZnKX" + "3yW40NddrPVk",
    ],
)
def test_samples_and_placeholders_are_none(placeholder):
    assert (
        hits_of(hardcoded_vault_token, {".gitlab-ci.yml": f"job:\n  script: vault login {placeholder}\n"})
        == []
    )


SAMPLES = {
    **{what: token_of(recipes[0]) for what, recipes in RECIPES.items()},
    "a private key": "-----BEGIN RSA PRIV" + "ATE KEY-----\n" + made("", 64) + "\n",
    "a private JSON web key": '{"kty": "oct", "k": "' + made("", 43) + '"}',
    "a JSON web token": made("ey" + "J", 30) + "." + made("ey" + "J", 40) + "." + made("", 43),
}


def test_every_format_has_its_sample():
    assert {known.name for known in FORMATS} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_credential_of_a_known_form_is_found_once_and_never_shown(name):
    body = "".join(f"      {line}\n" for line in SAMPLES[name].strip().split("\n"))
    hits = hits_of(hardcoded_credential, {".gitlab-ci.yml": f"job:\n  script:\n    - |\n{body}      make\n"})
    assert [hit.construct for hit in hits] == [name]
    assert SAMPLES[name].strip() not in repr(hits)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "a private key"])
def test_a_form_filled_with_one_letter_is_a_placeholder(name):
    sample = SAMPLES[name]
    head = sample[:8]
    assert not list(formats_in(head + "x" * (len(sample) - 8)))


def test_a_random_token_is_never_taken_for_a_placeholder():
    tokens = [made("hv" + "s.", 92, LETTERS + "_-", seed) for seed in range(5000)]
    assert [token for token in tokens if is_placeholder(token)] == []


def test_a_public_key_and_an_empty_private_one_are_none():
    text = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----BEGIN PRIVATE KEY-----\n...\n"
    assert not list(formats_in(text))


def test_one_credential_in_two_files_is_reported_in_the_first_which_names_the_other():
    """A change that adds a further copy reports that copy; what was there before stays as it was."""
    line = f'password: "{made("", 18, seed=11)}"\n'
    both = {"a/settings.yml": line, "b/settings.yml": line}
    (hit,) = hits_of(hardcoded_credential, both)
    assert (hit.span.path, [each.span.path for each in hit.related]) == ("a/settings.yml", ["b/settings.yml"])
    for before, reported in (
        ({"b/settings.yml": line}, ["a/settings.yml", "b/settings.yml"]),
        ({}, ["a/settings.yml"]),
    ):
        repository = Repository(Tree(both), Repository(Tree(before)))
        found = list(hardcoded_credential.RULE.check(repository.documents, repository))
        assert sorted({each.span.path for each in found}) == reported
