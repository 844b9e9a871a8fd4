"""A line that is deleted from a role makes it looser and breaks the rule about that line: one thread says both."""

import json

import pytest

from tests.review.test_review import open_threads, summaries

JSON = """\
{
  "role_type": "jwt",
  "user_claim": "project_id",
  "bound_audiences": ["https://vault.example.com"],
  "bound_claims": {
    "project_id": "42",
    "ref": "main",
    "ref_protected": "true",
    "ref_type": "branch"
  },
  "token_explicit_max_ttl": "10m",
  "token_policies": ["app"]
}
"""
TERRAFORM = """\
resource "vault_jwt_auth_backend_role" "deploy" {
  backend         = "jwt"
  role_name       = "deploy"
  role_type       = "jwt"
  user_claim      = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id    = "42"
    ref           = "main"
    ref_type      = "branch"
    ref_protected = "true"
  }
  token_explicit_max_ttl = 600
  token_policies         = ["app"]
}
"""
LINES = ("bound_audiences", "project_id", "ref", "ref_type", "ref_protected", "token_explicit_max_ttl")


def without(text, *names):
    """The role without these lines."""
    found = [
        line for line in text.splitlines(keepends=True) if line.strip().split(" ")[0].strip('":') not in names
    ]
    cleaned = "".join(found).replace('"true",\n  }', '"true"\n  }')
    if cleaned.startswith("{"):
        json.loads(cleaned)
    return cleaned


def review(double, bot, project, path, before, after):
    double.push(project, "main", {path: before})
    merge_request = double.open_merge_request(project, {path: after})
    bot.review(merge_request)
    return merge_request


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(("path", "text"), [("vault/role.json", JSON), ("main.tf", TERRAFORM)])
def test_one_deleted_line_is_one_thread(double, bot, project, path, text, line):
    merge_request = review(double, bot, project, path, text, without(text, line))
    (thread,) = open_threads(double, merge_request)
    found = bot.review(merge_request).findings
    assert len(found) >= 2
    for each in found:
        assert each.rule in thread.first.body
    assert f"{len(found)} findings" in summaries(double, merge_request)[0]
    assert bot.writes == 0


@pytest.mark.parametrize(("path", "text"), [("vault/role.json", JSON), ("main.tf", TERRAFORM)])
def test_two_deleted_lines_are_two_threads(double, bot, project, path, text):
    merge_request = review(
        double, bot, project, path, text, without(text, "bound_audiences", "ref_protected")
    )
    assert len(open_threads(double, merge_request)) == 2


def test_what_is_put_back_closes_it_and_what_comes_back_opens_it(double, bot, project):
    gone = without(JSON, "ref_protected")
    merge_request = review(double, bot, project, "vault/role.json", JSON, gone)
    (thread,) = open_threads(double, merge_request)
    for text, resolved in ((JSON + "\n", True), (gone + "\n", False)):
        double.push(project, merge_request.source_branch, {"vault/role.json": text})
        bot.review(merge_request)
        assert thread.resolved is resolved
        assert len(double.threads(merge_request, by=double.bot)) == 1


def test_an_ignore_in_the_thread_is_for_all_that_it_says(double, bot, project):
    from bot.review.slash_commands import run_command
    from tests.review.reviewing import TODAY, forge_of

    merge_request = review(double, bot, project, "vault/role.json", JSON, without(JSON, "ref_protected"))
    (thread,) = open_threads(double, merge_request)
    mia = double.user("mia", role=40, projects=(project,))
    note = double.comment(mia, merge_request, "/sealcheck ignore tags are protected", thread)
    run_command(forge_of(double), project.id, merge_request.iid, note.id, bot.terms, TODAY)
    bot.review(merge_request)
    assert open_threads(double, merge_request) == []


def test_a_new_role_with_several_faults_keeps_a_thread_for_each_suggestion(double, bot, project):
    poor = without(JSON, "bound_audiences", "ref_protected", "token_explicit_max_ttl")
    merge_request = double.open_merge_request(project, {"vault/role.json": poor})
    found = bot.review(merge_request).findings
    offered = sum(each.fix is not None for each in found)
    assert len(open_threads(double, merge_request)) >= offered >= 2
