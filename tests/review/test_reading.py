"""What a review reads: forks, diffs that GitLab leaves out, files that cannot be read. Nothing unread is called clean."""

import dataclasses

from tests.review.reviewing import CLEAN, LEAKY
from tests.review.test_review import open_threads, summaries, threads_of


def test_a_fork_is_read_through_the_target_project(double, bot, project):
    fork = double.project("eve/payments", fork_of=project, bot_role=0)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_project=fork)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1
    assert all(str(fork.id) not in each.path for each in double.log.requests)


def test_a_diff_that_gitlab_collapses_is_read_from_the_files(double, bot, project):
    double.push(project, project.default_branch, {".gitlab-ci.yml": CLEAN})
    double.world.limits = dataclasses.replace(double.world.limits, diff_patch_bytes=2000)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY + "# more\n" * 30})
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert thread.first.position["new_line"] == 11
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_file_too_large_for_line_comments_gets_its_thread_all_the_same(double, bot, project):
    double.push(project, project.default_branch, {".gitlab-ci.yml": CLEAN})
    double.world.limits = dataclasses.replace(double.world.limits, diff_patch_bytes=200)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY + "# more\n" * 30})
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert thread.first.position is None
    assert thread.first.body.startswith("On `.gitlab-ci.yml:11`:")
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_list_of_files_that_gitlab_cuts_is_told(double, bot, project):
    double.world.limits = dataclasses.replace(double.world.limits, diff_files=100)
    files = {f"docs/page-{n:03}.txt": "x\n" for n in range(120)} | {".gitlab-ci.yml": LEAKY}
    merge_request = double.open_merge_request(project, files)
    bot.review(merge_request, spoken=False)
    (summary,) = summaries(double, merge_request)
    assert "GitLab cut the list of changed files" in summary


def test_binary_and_foreign_encodings_are_told(double, bot, project):
    merge_request = double.open_merge_request(
        project,
        {".gitlab-ci.yml": CLEAN, "vault/role.json": b"\xff\xfe{}\n", "ci/x.gitlab-ci.yml": b"a: \0b\n"},
    )
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "vault/role.json" in summary
    assert "ci/x.gitlab-ci.yml" in summary


def test_a_file_that_is_too_large_is_told(double, bot, project):
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": LEAKY, "vault/policy.hcl": "# filler\n" * 200_000}
    )
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "larger than the bot reads" in summary
    assert len(open_threads(double, merge_request)) == 1


def test_a_changed_root_file_of_another_name_is_the_pipeline(double, bot, project):
    project.ci_config_path = "build/pipeline.yml"
    root = "include: /build/*.part.yml\n" + CLEAN
    double.push(project, project.default_branch, {"build/pipeline.yml": root})
    merge_request = double.open_merge_request(project, {"build/deploy.part.yml": LEAKY})
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert thread.first.position["new_path"] == "build/deploy.part.yml"


def test_crlf_and_a_missing_last_newline_are_kept_by_an_applied_suggestion(double, bot, project):
    text = LEAKY.rstrip("\n")
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": text})
    bot.review(merge_request)
    (suggestion,) = double.suggestions(merge_request)
    double.apply_suggestion(double.dev, suggestion)
    bot.review(merge_request)
    assert open_threads(double, merge_request) == []
    windows = double.open_merge_request(
        project, {".gitlab-ci.yml": LEAKY.replace("\n", "\r\n")}, source_branch="windows"
    )
    bot.review(windows)
    (suggestion,) = double.suggestions(windows)
    double.apply_suggestion(double.dev, suggestion)
    outcome = bot.review(windows)
    assert outcome.findings == ()
    assert open_threads(double, windows) == []
