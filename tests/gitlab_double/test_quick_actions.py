"""What GitLab would execute in a comment (its extractor's own rules)."""

import pytest

from tests.gitlab_double.quick_actions import extract


@pytest.mark.parametrize(
    "body",
    [
        "/merge",
        "text\n/close\nmore",
        "/CLOSE",
        "/label ~a",
        "a\r\n/merge\r\n",
        "/\rmerge",
        "> quoted\n/close",
        "```\nopen fence\n/close",
    ],
)
def test_runs(body):
    assert extract(body)[1]


@pytest.mark.parametrize(
    "body",
    [
        "/sealcheck recheck",
        "/merge-train",
        " /merge",
        "a /merge",
        "`/merge`",
        "```\n/merge\n```",
        "<p>\n/merge\n</p>",
        ">>>\n/merge\n>>>",
        "/etc/passwd",
        "\\/merge",
    ],
)
def test_does_not_run(body):
    assert extract(body) == (body, [])


def test_a_fence_that_is_closed_too_early_protects_nothing():
    assert extract("```\na\n```\n/close\n")[1] == [("close", "")]


def test_commands_run_and_are_remembered(double, project, merge_request, api):
    answer = api.http_post(f"/projects/{project.id}/merge_requests/1/notes", post_data={"body": "/close"})
    assert answer["commands_changes"] == {"close": ""}
    assert merge_request.state == "closed"
    assert merge_request.notes == []
    assert double.quick_actions_run == [("sealcheck", "close", "")]


def test_the_rest_of_the_text_stays(double, merge_request, remote):
    remote.notes.create({"body": "before\n/label ~x\nafter"})
    assert merge_request.notes[0].body == "before\nafter"
    assert double.quick_actions_run == [("sealcheck", "label", "~x")]


def test_a_slash_command_of_a_bot_stays_in_the_text(double, merge_request):
    assert double.comment(double.dev, merge_request, "/sealcheck recheck").body == "/sealcheck recheck"
    assert double.quick_actions_run == []
