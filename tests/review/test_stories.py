"""Whole conversations as a reader sees them, against golden texts, with what they cost.

A golden text is written anew with SEALCHECK_GOLDEN=write; read the difference before you commit it.
"""

import os
from pathlib import Path

import pytest

from bot.jobs.port import COMMAND
from tests.review.receiving import SECRET, serving
from tests.review.reviewing import FIXED, LEAKY
from tests.review.story import Story

GOLDEN = Path(__file__).parent / "golden"


def fixed_and_back_again(story):
    story.review()
    story.push(FIXED)
    story.push(LEAKY)


def moved_down_and_rebased(story):
    story.review()
    story.push("# a line\n" * 50 + LEAKY)
    story.double.rebase(story.merge_request)
    story.review()


def a_person_resolves_until_the_code_changes(story):
    story.review()
    story.double.resolve(story.double.dev, story.thread)
    story.push("x\n", "other.txt")
    story.push(LEAKY.replace('echo "$API_KEY"', 'echo "key $API_KEY"'))


def a_person_answers_and_closes_it_himself(story):
    story.review()
    story.reply(story.double.dev, "It is a test key.")
    story.push(FIXED)


def a_person_resolves_and_the_summary_says_who(story):
    story.review()
    story.double.resolve(story.double.dev, story.thread)
    story.push("# a line\n" + LEAKY)


def a_person_answers_and_it_comes_back(story):
    story.review()
    story.reply(story.double.dev, "On purpose.")
    story.push(FIXED)
    story.push(LEAKY)


def ignored_and_taken_back(story):
    story.review()
    mia = story.double.user("mia", role=40, projects=(story.project,))
    story.command(mia, "/sealcheck ignore a test account, SEC-7", story.thread)
    story.command(mia, "/sealcheck unignore", story.thread)
    story.review()


def the_threads_first_note_is_deleted(story):
    story.review()
    story.delete(story.thread.first)
    story.review()


def printing(count):
    """A job that prints its secret in so many lines."""
    lines = "".join(f'    - echo "{n} $API_KEY"\n' for n in range(1, count + 1))
    return LEAKY.replace('    - echo "$API_KEY"\n', lines)


def repeats_are_folded_into_one_thread(story):
    story.double.push(story.project, "feature", {".gitlab-ci.yml": printing(9)})
    story.review()
    story.push(printing(7))


def more_than_twenty_threads(story):
    files = {f"ci/part-{n}.gitlab-ci.yml": LEAKY.replace("deploy", f"deploy{n}") for n in range(1, 24)}
    story.double.push(story.project, "feature", files)
    story.review()
    story.push(None, ".gitlab-ci.yml")


def a_push_makes_the_thread_outdated(story):
    story.review()
    story.push(LEAKY.replace("    - ", "      - "))
    story.push(FIXED.replace("    - ", "      - "))


def a_policy_in_the_merge_request_is_a_preview(story):
    policy = 'ignore:\n  - rule: secret-in-log\n    reason: "moving, SEC-1"\n  - rule: secret-in-lag\n    reason: "?"\n'
    story.double.push(story.project, "feature", {".gitlab-ci.yml": printing(3), ".sealcheck.yml": policy})
    story.review()


def the_policy_of_the_target_changes(story):
    policy = 'ignore:\n  - rule: secret-in-log\n    reason: "moving, SEC-1"\n    expires: 2026-12-31\n'
    story.review()
    story.double.push(story.project, "main", {".sealcheck.yml": policy})
    story.review("ignored")
    story.double.push(story.project, "main", {".sealcheck.yml": policy.replace("2026-12-31", "2026-01-01")})
    story.review("expired")


def a_renamed_file_keeps_its_threads(story):
    story.push_files({".gitlab-ci.yml": None, "ci/deploy.gitlab-ci.yml": LEAKY})
    story.push_files({"ci/deploy.gitlab-ci.yml": None, "ci/production.gitlab-ci.yml": "# moved\n" + LEAKY})
    story.push(FIXED, "ci/production.gitlab-ci.yml")


def a_near_miss_of_a_command(story):
    story.review()
    story.command(story.double.dev, "/sealcheck rechek", story.thread)
    story.command(story.double.dev, "/sealcheck explian secret-in-log")
    story.command(story.double.dev, "/sealcheck frobnicate")
    story.command(story.double.dev, "Never inside code:\n```\n/sealcheck recheck\n```")


def explained_in_its_thread(story):
    role = (
        '{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],\n'
        ' "bound_claims": {"project_id": "42", "ref": "main", "ref_type": "branch"},\n'
        ' "token_explicit_max_ttl": "10m", "token_policies": ["app"]}\n'
    )
    story.push_files({".gitlab-ci.yml": None, "vault/role.json": role})
    story.command(story.double.dev, "/sealcheck explain", story.thread)
    story.push_files({"vault/role.json": role.replace('"ref_type"', '"ref_protected": "true", "ref_type"')})
    story.command(story.double.dev, "/sealcheck explain", story.thread)


def another_target_changes_nothing(story):
    story.review()
    story.double.push(story.project, "release", {".gitlab-ci.yml": LEAKY})
    story.double.retarget(story.merge_request, "release")
    story.review("retargeted")
    story.double.retarget(story.merge_request, "main")
    story.review("retargeted")


def a_loosened_role_and_what_could_not_be_checked(story):
    role = (
        '{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],\n'
        ' "bound_claims": {"project_id": "42", "ref": "main", "ref_protected": "true", "ref_type": "branch"},\n'
        ' "token_explicit_max_ttl": "10m", "token_policies": ["app"]}\n'
    )
    policy = 'path "secret/data/app/*" {\n  capabilities = ["read"]\n}\n'
    story.double.push(
        story.project, "main", {"vault/roles/deploy.json": role, "vault/policies/app.hcl": policy}
    )
    story.double.rebase(story.merge_request)
    story.push_files(
        {
            ".gitlab-ci.yml": "include:\n  - remote: https://example.com/a.yml\nbuild:\n  script: [make]\n",
            "ci/broken.gitlab-ci.yml": "a: [\n",
            "vault/roles/deploy.json": role.replace(', "ref": "main", "ref_protected": "true"', ""),
        }
    )


STORIES = (
    fixed_and_back_again,
    moved_down_and_rebased,
    a_person_resolves_until_the_code_changes,
    a_person_answers_and_closes_it_himself,
    a_person_resolves_and_the_summary_says_who,
    a_person_answers_and_it_comes_back,
    ignored_and_taken_back,
    the_threads_first_note_is_deleted,
    repeats_are_folded_into_one_thread,
    more_than_twenty_threads,
    a_push_makes_the_thread_outdated,
    a_policy_in_the_merge_request_is_a_preview,
    the_policy_of_the_target_changes,
    a_renamed_file_keeps_its_threads,
    a_near_miss_of_a_command,
    explained_in_its_thread,
    another_target_changes_nothing,
    a_loosened_role_and_what_could_not_be_checked,
)


def test_every_delivery_comes_twice(double, bot, project, tmp_path):
    """A hook of the project and one of the instance, GitLab's second event after a push, and the same one sent again."""
    with serving(bot, tmp_path) as service:
        double.hook(service.url, project, token=SECRET)
        double.hook(service.url, token=SECRET)
        double.deliverer.twice = True
        story = Story(double, bot, project)
        mia = double.user("mia", role=40, projects=(project,))

        def again(step):
            double.settle()
            for delivery in list(double.deliveries):
                double.deliverer.resend(delivery)
            double.log.clear()
            service.work_off()
            story.count(step)

        again("opened")
        double.push(project, "feature", {".gitlab-ci.yml": LEAKY.replace("    - ", "    -  ")})
        again("push")
        double.comment(mia, story.merge_request, "/sealcheck ignore a test account, SEC-7", story.thread)
        again("command")
        commands = [key for key in service.ran if key.kind == COMMAND]
        assert len(commands) == 1
        assert all(each.status in {200, 202} for each in double.deliveries)
        read_like(story.reported(), "every_delivery_comes_twice")


@pytest.mark.parametrize("tell", STORIES, ids=lambda tell: tell.__name__)
def test_the_conversation_reads_like_this(double, bot, project, tell):
    story = Story(double, bot, project)
    tell(story)
    read_like(story.reported(), tell.__name__)


def read_like(reported, name):
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("SEALCHECK_GOLDEN") == "write":
        golden.write_text(reported, encoding="utf-8")
    assert reported == golden.read_text(encoding="utf-8")
