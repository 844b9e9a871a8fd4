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
    assert thread.first.position["position_type"] == "file"
    assert thread.first.body.startswith("On `.gitlab-ci.yml:11`:")
    assert [mail.kind for mail in double.mails] == ["new_review", "new_note"]
    bot.review(merge_request)
    assert bot.writes == 0


def test_an_older_gitlab_that_does_not_say_too_large_gets_the_thread_in_one_batch(
    double, bot, project, monkeypatch
):
    """Before 18.4 the diff is just empty, and the draft with a line vanishes; before 16.4 there is no type `file`."""
    from tests.gitlab_double import entities, positions

    real = entities.file_diff
    monkeypatch.setattr(
        entities, "file_diff", lambda *given, **more: real(*given, **more) | {"too_large": False}
    )
    double.push(project, project.default_branch, {".gitlab-ci.yml": CLEAN})
    double.world.limits = dataclasses.replace(double.world.limits, diff_patch_bytes=200)
    files = {".gitlab-ci.yml": LEAKY + "# more\n" * 30}
    newer = double.open_merge_request(project, files)
    bot.review(newer)
    assert [each.first.position["position_type"] for each in threads_of(double, newer)] == ["file"]
    assert len(double.mails) == 2 + 1  # the batch in which all vanished
    shape = positions.check_shape

    def before(position):
        if position["position_type"] == "file":
            raise positions.invalid("position[position_type]", "does not have a valid value")
        return shape(position)

    monkeypatch.setattr(positions, "check_shape", before)
    older = double.open_merge_request(project, files, source_branch="older")
    bot.review(older)
    (thread,) = threads_of(double, older)
    assert thread.first.position is None
    assert len(summaries(double, older)) == 1
    bot.review(older)
    assert bot.writes == 0


def test_below_a_line_that_gitlabs_parser_skips_each_finding_has_its_thread(double, bot, project):
    """A line `++ b...` at column 0 behind an unchanged one: GitLab does not count it, nor could a suggestion."""
    path = "ci/a.gitlab-ci.yml"
    double.push(project, project.default_branch, {path: "# kept\n"})
    text = "# kept\n++ b: 1\n" + LEAKY
    merge_request = double.open_merge_request(project, {path: text})
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    line = text.split("\n").index('    - echo "$API_KEY"') + 1
    assert thread.first.position["new_line"] == line - 1
    assert double.suggestions(merge_request) == []
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_list_of_files_that_gitlab_cuts_is_reported(double, bot, project):
    double.world.limits = dataclasses.replace(double.world.limits, diff_files=100)
    files = {f"docs/page-{n:03}.txt": "x\n" for n in range(120)} | {".gitlab-ci.yml": LEAKY}
    merge_request = double.open_merge_request(project, files)
    bot.review(merge_request, spoken=False)
    (summary,) = summaries(double, merge_request)
    assert "GitLab cut the list of changed files" in summary


def test_binary_and_foreign_encodings_are_reported(double, bot, project):
    merge_request = double.open_merge_request(
        project,
        {".gitlab-ci.yml": CLEAN, "vault/role.json": b"\xff\xfe{}\n", "ci/x.gitlab-ci.yml": b"a: \0b\n"},
    )
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "vault/role.json" in summary
    assert "ci/x.gitlab-ci.yml" in summary


def test_a_file_that_is_too_large_is_reported(double, bot, project):
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": LEAKY, "vault/policy.hcl": "# filler\n" * 200_000}
    )
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "larger than the bot reads" in summary
    assert len(open_threads(double, merge_request)) == 1


def test_a_changed_root_file_of_another_name_is_the_pipeline(double, bot, project):
    project.ci_config_path = "build/pipeline.yml"
    root = "include: build/*.part.yml\n" + CLEAN
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


def test_a_changed_file_of_any_name_is_read_at_the_head_where_a_pipeline_includes_it(double, bot, project):
    root = "include: ci/jobs.inc\n"
    double.push(project, project.default_branch, {".gitlab-ci.yml": root, "ci/jobs.inc": CLEAN})
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": root + "# touched\n", "ci/jobs.inc": LEAKY}
    )
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert (thread.first.position["new_path"], thread.first.position["new_line"]) == ("ci/jobs.inc", 11)


def test_a_script_of_any_name_is_read_where_a_job_runs_it(double, bot, project):
    job = CLEAN + "    - source ci/lib.bash-functions\n    - deploy\n"
    quiet, loud = "deploy() { :; }\n", "deploy() {\n  source ci/more.inc\n}\n"
    double.push(
        project,
        project.default_branch,
        {".gitlab-ci.yml": job, "ci/lib.bash-functions": quiet, "ci/more.inc": ":\n"},
    )
    merge_request = double.open_merge_request(
        project, {"ci/lib.bash-functions": loud, "ci/more.inc": 'echo "$DATABASE_URL"\n'}
    )
    bot.review(merge_request, spoken=False)
    (thread,) = threads_of(double, merge_request)
    assert (thread.first.position["new_path"], thread.first.position["new_line"]) == ("ci/more.inc", 1)


def test_a_changed_job_is_judged_with_the_unchanged_script_that_it_runs(double, bot, project):
    double.push(project, project.default_branch, {".gitlab-ci.yml": CLEAN, "ci/tell": 'echo "$1"\n'})
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": CLEAN + '    - bash ci/tell "$DATABASE_URL"\n'}
    )
    outcome = bot.review(merge_request)
    assert [finding.span.path for finding in outcome.findings] == ["ci/tell"]


def test_a_push_between_the_diff_and_its_commits_misplaces_nothing(double, bot, project):
    double.push(project, project.default_branch, {".gitlab-ci.yml": CLEAN})
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})

    def push_late(_number, method, path):
        if method == "GET" and path.endswith(f"/merge_requests/{merge_request.iid}"):
            double.faults.before_request = None
            double.push(project, merge_request.source_branch, {".gitlab-ci.yml": "# one\n# two\n" + LEAKY})
        return True

    double.faults.before_request = push_late
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert thread.first.position["new_line"] == 13


def test_a_list_that_is_cut_for_its_lines_is_reported_although_it_is_short(double, bot, project, monkeypatch):
    monkeypatch.setattr("tests.gitlab_double.entities.changes_count", lambda *_: "2+")
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request, spoken=False)
    assert "GitLab cut the list of changed files" in summaries(double, merge_request)[0]


def test_a_cut_list_without_a_relevant_file_is_reported_as_well(double, bot, project, monkeypatch):
    monkeypatch.setattr("tests.gitlab_double.entities.changes_count", lambda *_: "2+")
    double.world.limits = dataclasses.replace(double.world.limits, diff_patch_bytes=100)
    merge_request = double.open_merge_request(project, {"src/main.c": "int x;\n" * 30})
    bot.review(merge_request, spoken=False)
    assert "GitLab cut the list of changed files" in summaries(double, merge_request)[0]


def test_a_new_file_that_an_older_gitlab_left_out_of_the_diff_is_read(double, bot, project, monkeypatch):
    """Before 18.4 the flags `collapsed` and `too_large` are not there: the diff is just empty."""
    from tests.gitlab_double import entities

    real = entities.file_diff

    def older(*given, **options):
        shown = real(*given, **options) | {"diff": ""}
        return {name: value for name, value in shown.items() if name not in {"collapsed", "too_large"}}

    monkeypatch.setattr(entities, "file_diff", older)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert thread.first.position["new_line"] == 11


def test_a_policy_file_that_cannot_be_read_is_reported(double, bot, project):
    double.push(project, project.default_branch, {".sealcheck.yml": b"\xff\xfe\x00"})
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    assert "`.sealcheck.yml`: binary; it does not count" in summaries(double, merge_request)[0]
