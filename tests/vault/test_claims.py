"""Vault's matching, by the table of its own source; tests/oracle asks a real server for thousands more."""

from __future__ import annotations

import pytest

from bot.vault.claims.globs import glob_matches
from bot.vault.claims.login import Clock, login
from bot.vault.claims.terms import WriteRefusal, written

TOKEN = {
    "iss": "https://gitlab.example.com", "aud": "https://vault.example.com", "sub": "project_path:g/p:ref_type:branch:ref:main",
    "project_id": "42", "ref": "main", "ref_protected": "true", "runner_id": 1, "user_email": "dev@example.com",
    "groups_direct": ["x", "mygroup/a"], "nested": {"a": ["b"]},
}  # fmt: skip


def role(claims=None, **more):
    fields = {
        "role_type": "jwt",
        "user_claim": "user_email",
        "bound_audiences": ["https://vault.example.com"],
        **more,
    }
    terms = written(fields if claims is None else {**fields, "bound_claims": claims})
    assert not isinstance(terms, WriteRefusal), terms
    return terms


@pytest.mark.parametrize(
    ("claims", "kind", "accepted"),
    [
        ({"project_id": "42"}, "string", True),
        ({"project_id": 42}, "string", False),
        ({"ref_protected": "true"}, "string", True),
        ({"ref_protected": True}, "string", False),
        ({"ref": "*"}, "string", False),
        ({"ref": "ma*"}, "string", False),
        ({"ref": "ma*"}, "glob", True),
        ({"ref": ["main", "release"]}, "string", True),
        ({"ref": []}, "string", False),
        ({"runner_id": "1"}, "string", False),
        ({"runner_id": 1}, "string", True),
        ({"runner_id": "*"}, "glob", False),
        ({"ref": "MAIN"}, "string", False),
        ({"groups_direct": "mygroup/a"}, "string", True),
        ({"groups_direct": "mygroup/*"}, "glob", True),
        ({"/nested/a/0": "b"}, "string", True),
        ({"/nested/a/1": "b"}, "string", False),
        ({"nested/a": "b"}, "string", False),
        ({"project_id": "42", "ref": "other"}, "string", False),
        ({"absent": "*"}, "glob", False),
    ],
)
def test_bound_claims(claims, kind, accepted):
    assert login(role(claims, bound_claims_type=kind), TOKEN).accepted is accepted


def test_a_refusal_names_the_claim():
    verdict = login(role({"ref": "main", "project_id": "7"}), TOKEN)
    assert (verdict.accepted, verdict.claim) == (False, "project_id")


def test_subject_knows_no_wildcard():
    assert not login(role({}, bound_subject="project_path:g/p:*", bound_claims_type="glob"), TOKEN).accepted
    assert login(role({"sub": "project_path:g/p:*"}, bound_claims_type="glob"), TOKEN).accepted


def test_leeway_minus_one_is_none():
    expired = {**TOKEN, "exp": 1000, "iat": 500}
    assert login(role({"ref": "main"}), expired, clock=Clock(1050)).accepted
    assert not login(role({"ref": "main"}, clock_skew_leeway=-1), expired, clock=Clock(1050)).accepted


def test_the_mount_binds_the_issuer():
    assert login(role({"ref": "main"}), TOKEN, bound_issuer="https://gitlab.example.com").accepted
    assert login(role({"ref": "main"}), TOKEN, bound_issuer="gitlab.example.com").claim == "iss"


def test_a_write_merges_but_forgets_two_fields():
    first = role({"ref": "ma*"}, bound_claims_type="glob", bound_subject="x")
    second = written({"role_type": "jwt", "token_ttl": "1h"}, first)
    assert (second.bound_claims, second.bound_subject, second.token_ttl) == ({"ref": "ma*"}, "x", 3600)
    assert second.bound_claims_type == "string"
    third = written({"token_ttl": "1h"}, first)
    assert isinstance(third, WriteRefusal)
    assert "allowed_redirect_uris" in third.reason


def test_the_new_name_of_a_field_wins():
    assert role({"ref": "x"}, ttl="1h", token_ttl="2h").token_ttl == 7200


@pytest.mark.parametrize(
    ("pattern", "subject", "matches"),
    [
        ("mygroup*", "mygroup-evil/x", True),
        ("mygroup/*", "mygroup/a/b/c", True),
        ("main*", "main-evil", True),
        ("*main", "main-evil", False),
        ("*main", "evil-main", True),
        ("m*n", "main-evil", False),
        ("*/deploy", "attacker/deploy", True),
        ("42*", "4210", True),
        ("v?.0", "v1.0", False),
        ("v[0-9]*", "v1", False),
        ("**", "", True),
        ("", "", True),
        ("", "x", False),
        ("a*a", "a", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
    ],
)
def test_globs(pattern, subject, matches):
    assert glob_matches(pattern, subject) is matches


def test_a_pointer_escapes_slashes_and_tildes():
    token = {**TOKEN, "a/b": "x", "c~d": "y"}
    assert login(role({"/a~1b": "x", "/c~0d": "y", "a/b": "x"}), token).accepted


def test_lists_in_one_text_are_trimmed():
    assert role({"ref": "x"}, bound_audiences=" a , b").bound_audiences == ("a", "b")
