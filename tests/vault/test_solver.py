"""Do a role and GitLab's tokens meet, and do all rules agree about it?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.analysis.engine import run_rules
from bot.facts.gitlab_values import can_write, text_matching
from bot.findings import Effect
from bot.repository import Repository
from bot.snapshot import Project, Tree
from bot.vault.claims.bounds import terms_of
from bot.vault.claims.login import login
from bot.vault.claims.meanings import meant
from bot.vault.claims.solver import blockers, can_send, ref_tokens, satisfying
from bot.vault.claims.terms import WriteRefusal, written
from bot.vault.claims.witness import token
from bot.vault.reading import known
from tests.test_samples import mount

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SAMPLES = Path(__file__).parent.parent / "rules"
PROJECT = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")
NOBODY = re.compile(r"\bno token\b|refuses? every login|accepts no token", re.IGNORECASE)


def terms(claims=None, **fields):
    return written(
        {"role_type": "jwt", "user_claim": "sub", "bound_audiences": "a", "bound_claims": claims or {}}
        | fields
    )


@pytest.mark.parametrize(
    ("claim", "possible", "impossible"),
    [
        ("project_id", ["42"], ["4 2", "0", "42.*", "12,34", "group/app", "-1", "042"]),
        ("project_path", ["g/p", "g/s/p.x"], ["p", "/g/p", "g/p/", "g/p x", "g p/q", "https://e.com/g/p"]),
        ("namespace_path", ["g", "g/s"], ["/g", "g/", "g,h"]),
        ("ref", ["main", "release/1.0", "a,b", "v1"], ["refs/heads/main", "^main$", "a b", "x..y", "/x"]),
        ("ref_path", ["refs/heads/main", "refs/tags/v1"], ["main", "heads/main"]),
        ("ref_type", ["branch", "tag"], ["commit", "Branch", "merge_request"]),
        ("ref_protected", ["true", "false"], ["True", "yes", "1"]),
        ("pipeline_source", ["push", "merge_request_event"], ["merge_request", "manual", "Push"]),
        ("environment", ["production", "review/x y", "a.b"], ["a,b", "/x", "x/", "a:b"]),
        ("deployment_tier", ["production"], ["prod"]),
        ("user_access_level", ["maintainer"], ["Maintainer", "40"]),
        (
            "sub",
            ["project_path:g/p:ref_type:branch:ref:main", "project_id:7:ref:x"],
            ["g/p", "repo:g/p:ref:x"],
        ),
        ("iss", ["https://gitlab.example.com"], ["gitlab.example.com"]),
        ("sha", ["0" * 40], ["0" * 39, "main"]),
        ("job_source", ["anything at all"], []),
    ],
)
def test_what_gitlab_writes(claim, possible, impossible):
    assert [text for text in possible if not can_write(claim, text)] == []
    assert [text for text in impossible if can_write(claim, text)] == []


@pytest.mark.parametrize(
    ("claim", "glob", "possible"),
    [
        ("project_id", "*", True),
        ("project_id", "4*2", True),
        ("project_id", ".*", False),
        ("project_id", "42.*", False),
        ("project_id", "0*", False),
        ("project_path", "g*", True),
        ("project_path", "*/p", True),
        ("project_path", "*p*q*", True),
        ("project_path", "g/*/", False),
        ("project_path", "/g/*", False),
        ("ref_type", "b*", True),
        ("ref_type", "*tag*", True),
        ("ref_type", "c*", False),
        ("ref_path", "*/main", True),
        ("ref_path", "main*", False),
        ("ref", "release/*", True),
        ("ref", "^*", False),
        ("sub", "project_path:g/*:ref:main", True),
        ("sub", "*:ref:main", True),
        ("sub", "g/p:*", False),
        ("environment", "review/*", True),
        ("environment", "a:*", False),
    ],
)
def test_globs(claim, glob, possible):
    found = text_matching(claim, glob)
    assert (found is not None) == possible
    assert terms({claim: glob}, bound_claims_type="glob")
    assert (satisfying(terms({claim: glob}, bound_claims_type="glob")) is not None) == possible


@pytest.mark.parametrize(
    ("claims", "possible"),
    [
        ({"ref": "main", "ref_path": "refs/heads/main"}, True),
        ({"ref": "main", "ref_path": "refs/heads/develop"}, False),
        ({"ref_type": "tag", "ref_path": "refs/heads/main"}, False),
        ({"ref": ["x", "main"], "ref_path": ["refs/tags/y", "refs/heads/main"]}, True),
        ({"namespace_path": "g", "project_path": "g/p"}, True),
        ({"namespace_path": "g", "project_path": "g/s/p"}, False),
        ({"sub": "project_path:g/p:ref_type:branch:ref:main", "ref": "main"}, True),
        ({"sub": "project_path:g/p:ref_type:branch:ref:main", "ref": "x"}, False),
        ({"sub": "project_path:g/p:ref_type:branch:ref:main", "project_path": "g/q"}, False),
        ({"pipeline_source": "merge_request_event", "ref_type": "tag"}, False),
        ({"pipeline_source": ["push", "merge_request_event"], "ref_type": "tag"}, True),
    ],
)
def test_claims_that_say_the_same_thing_agree(claims, possible):
    found = satisfying(terms(claims))
    assert (found is not None) == possible
    assert found is None or (login(terms(claims), token(found)).accepted and can_send(token(found)))


@pytest.mark.parametrize(
    ("fields", "route"),
    [
        ({"claim_mappings": {"runner_id": "r"}}, ("claim_mappings", "runner_id")),
        ({"claim_mappings": {"/exp": "r"}}, ("claim_mappings", "/exp")),
        ({"claim_mappings": {"groups_direct": "r", "ref": "s"}}, None),
        ({"groups_claim": "runner_id"}, ("groups_claim",)),
        ({"groups_claim": "groups_direct"}, None),
        ({"user_claim": "runner_id"}, ("user_claim",)),
        ({"user_claim": "/project_id"}, ("user_claim",)),
        ({"user_claim": "/project_id", "user_claim_json_pointer": True}, None),
        ({"token_policies": ["root"]}, ("token_policies",)),
        ({"bound_subject": "group/app"}, ("bound_subject",)),
    ],
)
def test_fields_that_keep_every_token_out(fields, route):
    found = blockers(terms({"project_id": "7"}, **fields))
    assert [blocker.route for blocker in found] == ([route] if route else [])


@pytest.mark.parametrize(
    ("claim", "value", "wanted"),
    [
        ("project_id", 42, "42"),
        ("project_id", 42.0, "42"),
        ("project_id", "12, 34", ["12", "34"]),
        ("project_id", "a", None),
        ("ref_protected", True, "true"),
        ("ref_protected", "yes", "true"),
        ("ref_type", "Tag", "tag"),
        ("ref", "refs/heads/main", "main"),
        ("ref_path", "main", "refs/heads/main"),
        ("runner_id", "7", 7),
        ("project_path", "/g/p", "g/p"),
        ("pipeline_source", "merge_request", "merge_request_event"),
    ],
)
def test_what_was_meant(claim, value, wanted):
    assert meant(claim, value, globs=False) == wanted


def test_the_pipelines_of_a_role():
    def spoken(claims, **fields):
        found = ref_tokens(terms(claims, **fields))
        return found and sorted((each.kind, each.ref or "*", each.source or "*") for each in found)

    assert spoken({"project_id": "7"}) == [("branch", "*", "*"), ("tag", "*", "*")]
    assert spoken({"ref": "main", "ref_type": "branch"}) == [("branch", "main", "*")]
    assert spoken({"ref_path": ["refs/heads/a", "refs/tags/b"]}) == [("branch", "a", "*"), ("tag", "b", "*")]
    assert spoken({"ref": "r/*", "ref_type": "tag"}, bound_claims_type="glob") == [("tag", "*", "*")]
    assert spoken({"sub": "project_path:g/p:ref_type:tag:ref:v1"}) == [("tag", "v1", "*")]
    assert spoken({"ref_type": "branch", "pipeline_source": "schedule"}) == [("branch", "*", "schedule")]


def real_files():
    """The samples of this project, and the real files beside it where they are there."""
    for path in sorted(SAMPLES.glob("vault-role-*/*")):
        if path.name.startswith(("flagged", "accepted")) and not re.search(
            r"\.(fixed\.|expect$|snapshot$)", path.name
        ):
            yield pytest.param(mount(path)[0], id=f"{path.parent.name}/{path.name}")
    for path in sorted((CORPUS / "vault_roles").glob("*")):
        name = re.sub(r"^[0-9a-f]{10}__|\.mdx_fence\d+|\.txt$", "", path.name)
        yield pytest.param({name: path.read_bytes().decode("utf-8", "replace")}, id=path.name)


@pytest.mark.parametrize("files", list(real_files()))
def test_the_rules_do_not_contradict_each_other(files):
    """Of one role no finding says that nobody logs in and another that somebody does; each witness can be sent."""
    repository = Repository(Tree(files, project=PROJECT, listing=frozenset(files)))
    findings = run_rules(repository).findings
    for role in repository.vault.roles:
        stored = terms_of(role)
        mine = [
            each for each in findings if each.subject == role.subject and each.span.path == role.span.path
        ]
        shown = [each for each in mine if each.witness and each.rule != "vault-role-without-audience"]
        for finding in shown:
            assert not isinstance(stored, WriteRefusal)
            claims = token({"aud": "https://vault.example.com", **finding.witness.accepts})
            assert any(login(stored, claims, server).accepted for server in role.servers), finding
            assert can_send(claims) or not known(dict(finding.witness.accepts)), (finding.rule, claims)
        if any(each.effect is Effect.BREAKS and NOBODY.search(each.message) for each in mine):
            assert not [each for each in shown if stored.bound_audiences], mine
