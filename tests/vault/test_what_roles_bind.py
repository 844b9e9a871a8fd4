"""Small questions about a role, each with a table: what it binds, how strong it is, which token it accepts."""

from __future__ import annotations

import pytest

from bot.documents.documents import Documents
from bot.documents.location import Span
from bot.documents.nodes import Entry, Mapping, Scalar, Sequence
from bot.findings import Severity
from bot.snapshot import Tree
from bot.vault.claims.bounds import bound, boundaries, has_wildcard, is_group_wide, requires, terms_of
from bot.vault.claims.solver import can_send, is_possible, type_of
from bot.vault.claims.terms import WriteRefusal
from bot.vault.claims.witness import token
from bot.vault.logins import LoginRole
from bot.vault.reach import Power, RoleReach, reaches_own_project_only
from bot.vault.read import read_vault

SPAN = Span("x", 1, 1, 1, 2)


def heredoc(body):
    files = {"s.sh": f"vault write auth/gitlab/role/r - <<'E'\n{body}\nE\n"}
    [read] = read_vault(Tree(files), Documents(files)).roles
    return read


@pytest.mark.parametrize(
    ("claims", "kind", "claim", "wide"),
    [
        ('{"namespace_id": "1"}', "string", "namespace_id", True),
        ('{"namespace_path": "g"}', "string", "namespace_path", True),
        ('{"project_path": "g/*"}', "glob", "project_path", True),
        ('{"project_path": "g/*"}', "string", "project_path", False),
        ('{"project_path": "g/p"}', "glob", "project_path", False),
        ('{"project_path": ["g/p", "g/*"]}', "glob", "project_path", True),
        ('{"project_path": []}', "glob", "project_path", False),
        ('{"job_project_path": "g/*"}', "glob", "job_project_path", True),
        ('{"project_id": "4/*"}', "glob", "project_id", False),
        ('{"sub": "project_path:g/*:ref_type:branch:ref:main"}', "glob", "sub", True),
        ('{"sub": "project_path:g/p:*"}', "glob", "sub", False),
        ('{"sub": "project_path:g/*"}', "string", "sub", False),
    ],
)
def test_group_wide(claims, kind, claim, wide):
    body = f'{{"role_type": "jwt", "user_claim": "sub", "bound_claims_type": "{kind}", "bound_claims": {claims}}}'
    assert is_group_wide(heredoc(body), claim) is wide


def test_bindings():
    read = heredoc(
        '{"role_type": "jwt", "user_claim": "sub", "bound_claims_type": "glob", "bound_subject": "s", '
        '"bound_claims": {"ref": ["a", "b*"], "project_id": "42", "namespace_id": "*", "ref_type": null, "x": []}}'
    )
    assert bound(read, "ref") == ("a", "b*")
    assert bound(read, "project_id") == ("42",)
    assert bound(read, "ref_type") == bound(read, "x") == bound(read, "gone") == ()
    assert has_wildcard(read, "ref")
    assert not has_wildcard(read, "project_id")
    assert requires(read, "project_id", "42")
    assert not requires(read, "ref", "a")
    assert not requires(read, "gone", "42")
    assert boundaries(read) == ("project_id", "bound_subject")


def test_what_is_meant_by_a_role_without_its_type():
    read = heredoc('{"bound_claims": {"project_id": "42"}}')
    assert isinstance(terms_of(read, as_jwt=False), WriteRefusal)
    meant = terms_of(read)
    assert (meant.role_type, meant.user_claim) == ("jwt", "sub")


@pytest.mark.parametrize(
    ("claim", "item", "globs", "possible"),
    [
        ("project_id", "42", False, True),
        ("project_id", 42, False, False),
        ("project_id", "4*", True, True),
        ("project_id", "x", False, False),
        ("runner_id", 1, False, True),
        ("runner_id", 1, True, False),
        ("runner_id", True, False, False),
        ("runner_id", "1", False, False),
        ("user_identities", "x", False, False),
        ("user_identities", "x", True, False),
        ("/user_identities/0/provider", "github", False, True),
        ("groups_direct", "g", False, True),
        ("groups_direct", "g*", True, True),
        ("ref", "*", False, False),
        ("aud", "*", False, True),
        ("nobody_knows", "x", False, False),
        ("ref_protected", "true", False, True),
        ("ref_protected", True, False, False),
    ],
)
def test_possible_values(claim, item, globs, possible):
    assert is_possible(claim, item, globs=globs) is possible


def test_types_of_pointers():
    assert type_of("/ref") is type_of("ref")
    assert type_of("/nobody/x") is type_of("nobody") is None
    assert type_of("/groups_direct/0") is type_of("ref")
    assert type_of("/ref/0") is type_of("ref")


def test_the_rest_of_a_token_fits_what_is_shown():
    assert token({"ref_path": "refs/tags/v1"})["ref_type"] == "tag"
    assert token({"ref_path": "odd"})["ref_path"] == "odd"
    assert token({"ref": "x", "ref_type": "tag"})["ref_path"] == "refs/tags/x"
    assert token({"ref": "x"})["ref_path"] == "refs/heads/x"
    assert token({"project_path": "a/b/c"})["namespace_path"] == "a/b"
    assert token({"namespace_path": "a/b"})["project_path"] == "a/b/app"
    assert token({"project_path": "a/b", "ref": "m"})["sub"].startswith("project_path:a/b:")
    assert token({"sub": "project_path:a/b:ref_type:tag:ref:v"})["ref"] == "v"
    assert set(token({"ref": "x"}, sparse=True)) < set(token({"ref": "x"}))


@pytest.mark.parametrize(
    ("claims", "can"),
    [
        ({"ref": "x", "ref_type": "branch", "ref_path": "refs/heads/x"}, True),
        ({"ref": "x", "ref_type": "tag", "ref_path": "refs/heads/x"}, False),
        ({"ref": "x", "ref_path": "refs/heads/y"}, False),
        ({"project_path": "a/b", "namespace_path": "a"}, True),
        ({"project_path": "a/b", "namespace_path": "b"}, False),
        ({"sub": "project_path:a/b:ref_type:branch:ref:x", "ref": "x"}, True),
        ({"sub": "project_path:a/b:ref_type:branch:ref:x", "ref": "y"}, False),
        ({"ref_type": "tag", "pipeline_source": "merge_request_event"}, False),
        ({"ref_type": "branch", "pipeline_source": "merge_request_event"}, True),
        ({"project_id": 1}, False),
        ({"runner_id": 1}, True),
        ({"runner_id": "1"}, False),
    ],
)
def test_one_token(claims, can):
    assert can_send(claims) is can


def test_how_bad_a_role_is_in_wrong_hands():
    severities = {power: RoleReach((), (), (), power).severity for power in Power}
    assert severities == {
        Power.NOTHING: Severity.LOW,
        Power.UNKNOWN: Severity.MEDIUM,
        Power.READ: Severity.MEDIUM,
        Power.WRITE: Severity.HIGH,
        Power.CREDENTIALS: Severity.HIGH,
        Power.ADMIN: Severity.CRITICAL,
        Power.ROOT: Severity.CRITICAL,
    }
    assert [power for power in Power if RoleReach((), (), (), power).privileged] == [Power.ADMIN, Power.ROOT]


OWN = 'path "secret/data/{{identity.entity.aliases.x.metadata.p}}/*" {\n capabilities = ["read"]\n}\n'
SHARED = 'path "secret/data/all" {\n capabilities = ["read"]\n}\n'


@pytest.mark.parametrize(
    ("user", "mapped", "policies", "text", "own"),
    [
        ("project_id", '{"project_id": "p"}', "app", OWN, True),
        ("project_id", '{"project_id": "p"}', "app,default", OWN, True),
        ("project_id", '{"project_id": "p"}', "app,other", OWN, False),
        ("project_id", '{"project_id": "p"}', "app", OWN + SHARED, False),
        ("project_id", '{"project_path": "p"}', "app", OWN, False),
        ("project_id", "{}", "app", OWN, False),
        ("user_id", '{"project_id": "p"}', "app", OWN, False),
        ("project_id", '{"project_id": "p"}', "app", OWN.replace("}}/", "}}1/"), False),
        ("project_id", "{}", "app", OWN.replace("metadata.p", "name"), True),
        ("project_id", "{}", "app", 'path "x" {\n capabilities = ["deny"]\n}\n', False),
        ("project_id", "{}", "gone", OWN, False),
    ],
)
def test_own_project_only(user, mapped, policies, text, own):
    words = f'"user_claim": "{user}", "claim_mappings": {mapped}, "policies": "{policies}"'
    body = f'{{"role_type": "jwt", {words}, "bound_claims": {{"namespace_id": "1"}}}}'
    files = {"s.sh": f"vault write auth/gitlab/role/r - <<'E'\n{body}\nE\n", "app.hcl": text}
    read = read_vault(Tree(files), Documents(files))
    assert reaches_own_project_only(read.roles[0], read) is own


def test_a_login_role_as_stored():
    def node(value):
        return (
            Sequence(tuple(map(node, value)), SPAN)
            if isinstance(value, list)
            else Scalar(value, str(value), SPAN)
        )

    written = {
        "many": ["a", None, "", "b"],
        "one": "a",
        "none": None,
        "n": 3,
        "on": True,
        "off": False,
        "text": "3",
    }
    entries = {name: Entry(Scalar(name, name, SPAN), node(value)) for name, value in written.items()}
    read = LoginRole("approle", "m", "n", Span("role", 9, 1, 9, 2), Mapping(entries, SPAN))
    assert [read.texts(name) for name in ("many", "one", "none", "gone")] == [("a", "b"), ("a",), (), ()]
    assert [read.number(name) for name in ("n", "text", "on", "gone")] == [3, 0, 0, 0]
    assert [read.flag(name) for name in ("on", "off", "n", "gone")] == [True, False, False, False]
    assert read.place("n").path == "x"
    assert read.place("gone").path == "role"
    assert read.subject == "approle-role:m/n"
