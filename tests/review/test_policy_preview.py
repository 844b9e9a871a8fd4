"""A merge request that edits `.sealcheck.yml`: what that would do is reported, and nothing of it counts yet."""

import pytest

from bot.analysis.policy import read_policy
from tests.review.reviewing import LEAKY, with_terms
from tests.review.test_review import open_threads, summaries

IGNORING = 'ignore:\n  - rule: secret-in-log\n    reason: "moving, SEC-1"\n'


def test_an_ignore_of_what_the_target_has_is_reported(double, bot, project):
    double.push(project, "main", {".gitlab-ci.yml": LEAKY})
    merge_request = double.open_merge_request(project, {".sealcheck.yml": IGNORING})
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "Once merged, it would silence 1 finding (1 `secret-in-log`) that the target has." in summary
    assert open_threads(double, merge_request) == []


@pytest.mark.parametrize("text", [None, "severity: {}\n"], ids=["deleted", "emptied"])
def test_an_ignore_that_goes_is_reported(double, bot, project, text):
    double.push(project, "main", {".sealcheck.yml": IGNORING})
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY, ".sealcheck.yml": text})
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "would bring back 1 finding (1 `secret-in-log`)" in summary
    assert "Ignored: moving, SEC-1" in summary


def test_what_the_organisation_locked_is_not_promised(double, bot, project):
    locked = with_terms(
        bot, organisation=read_policy("org.yml", "locked: [secret-in-log]\n", organisation=True)
    )
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY, ".sealcheck.yml": IGNORING})
    locked.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "would change nothing" in summary
    assert "`.sealcheck.yml:2`: the organisation has locked `secret-in-log`" in summary


def test_limits_and_severities_count_in_the_preview(double, bot, project):
    role = (
        '{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"], '
        '"bound_claims": {"project_id": "42", "ref": "main", "ref_protected": "true", "ref_type": "branch"}, '
        '"token_explicit_max_ttl": "30m", "token_policies": ["app"]}\n'
    )
    double.push(project, "main", {".sealcheck.yml": "limits: {max_ttl: 15m}\n"})
    changed = "limits: {max_ttl: 1h}\nseverity: {secret-in-log: low}\n"
    merge_request = double.open_merge_request(
        project, {"vault/role.json": role, ".gitlab-ci.yml": LEAKY, ".sealcheck.yml": changed}
    )
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "would silence 1 finding (1 `long-token-ttl`) of this merge request" in summary
    assert "would change the severity of 1 finding (1 `secret-in-log`)" in summary


def test_a_file_that_changes_nothing_is_no_reason_to_speak(double, bot, project):
    merge_request = double.open_merge_request(project, {".sealcheck.yml": IGNORING})
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_change_of_the_gate_is_reported(double, bot, project):
    double.push(project, "main", {".sealcheck.yml": "status: block\n"})
    merge_request = double.open_merge_request(project, {".sealcheck.yml": "status: off\n"})
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "Once merged, it would change the commit status from `block` to `off`." in summary
    merge_request = double.open_merge_request(project, {".sealcheck.yml": None}, source_branch="without")
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "would change the commit status from `block` to the service's own." in summary
