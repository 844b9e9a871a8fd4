"""Entries of a diff that are no plain text, and names that need care on their way to GitLab and back."""

import pytest

from tests.gitlab_double.git import SUBMODULE
from tests.review.reviewing import LEAKY
from tests.review.test_review import open_threads, summaries

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12\n"
TWO = LEAKY.replace("    - ./deploy.sh\n", "    - set -x\n    - ./deploy.sh\n")


def opened(double, project, files, modes):
    """A merge request whose files have these modes of git."""
    parents = (project.branches["main"],)
    project.branches["feature"] = project.repository.commit(parents, files, "A change", "dev", modes)
    return double.open_merge_request(project)


def places(double, merge_request):
    return [
        (each.first.position["new_path"], each.first.position["new_line"])
        for each in open_threads(double, merge_request)
    ]


@pytest.mark.parametrize("path", ["vault/policies", "infra.tf", "ci/x.gitlab-ci.yml", "deploy.sh"])
def test_a_submodule_is_no_file(double, bot, project, path):
    files = {path: "1" * 40, ".gitlab-ci.yml": LEAKY}
    merge_request = opened(double, project, files, {path: SUBMODULE})
    bot.review(merge_request)
    assert places(double, merge_request) == [(".gitlab-ci.yml", 11)]
    assert "Not checked" not in summaries(double, merge_request)[0]


def test_a_symbolic_link_is_what_gitlab_reads_of_it(double, bot, project):
    """GitLab reads the link's own text as the pipeline, and refuses it."""
    files = {".gitlab-ci.yml": "ci/main.gitlab-ci.yml", "ci/main.gitlab-ci.yml": LEAKY}
    merge_request = opened(double, project, files, {".gitlab-ci.yml": "120000"})
    bot.review(merge_request)
    assert places(double, merge_request) == [("ci/main.gitlab-ci.yml", 11)]
    assert "GitLab refuses the file" in summaries(double, merge_request)[0]


def test_a_mode_alone_changes_nothing_and_text_beside_it_does(double, bot, project):
    double.push(project, "main", {".gitlab-ci.yml": LEAKY, "deploy.sh": "echo deploying\n"})
    executable = {".gitlab-ci.yml": "100755", "deploy.sh": "100755"}
    files = {".gitlab-ci.yml": LEAKY, "deploy.sh": "echo deploying\n"}
    merge_request = opened(double, project, files, executable)
    bot.review(merge_request)
    assert bot.writes == 0
    double.push(project, "feature", {".gitlab-ci.yml": TWO})
    bot.review(merge_request)
    assert places(double, merge_request) == [(".gitlab-ci.yml", 12)]


def test_a_file_of_git_lfs_is_reported_as_not_read(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY, "vault/role.json": POINTER})
    bot.review(merge_request)
    assert (
        "`vault/role.json`: not checked, the file could not be read: kept in Git LFS"
        in (summaries(double, merge_request)[0])
    )


def test_deleting_a_pipeline_says_nothing(double, bot, project):
    double.push(project, "main", {".gitlab-ci.yml": LEAKY})
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": None})
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_line_that_is_longer_than_gitlab_shows_leads_to_a_thread_on_the_file(double, bot, project):
    long = LEAKY + "    - echo " + "x" * double.world.limits.diff_patch_bytes + "\n"
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": long})
    bot.review(merge_request)
    assert places(double, merge_request) == [(".gitlab-ci.yml", None)]
    bot.review(merge_request)
    assert bot.writes == 0


@pytest.mark.parametrize("ending", ["\r", "\x85", "\u2028", "\u2029"])
def test_only_a_line_feed_ends_a_line_for_git(double, bot, project, ending):
    """YAML ends a line at each of these, git and GitLab's diff do not."""
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": f"# one{ending}# two\n{LEAKY}"})
    bot.review(merge_request)
    assert places(double, merge_request) == [(".gitlab-ci.yml", 12)]
    (suggestion,) = double.suggestions(merge_request)
    double.apply_suggestion(double.dev, suggestion)
    bot.review(merge_request)
    assert places(double, merge_request) == []


def test_names_of_every_kind_come_back_as_they_are(double, bot, project):
    names = [
        f"ci/{name}.gitlab-ci.yml"
        for name in (
            "a b", "ü", '"q"', "100%25", "a#b?", "`x`", "@all", "\\back", "a\tb", "-->", "<b>", "a+b", "..x", "a&b=c",
        )
    ]  # fmt: skip
    files = {name: LEAKY.replace("deploy", f"deploy-{n}") for n, name in enumerate(names)}
    merge_request = double.open_merge_request(project, files)
    bot.review(merge_request)
    assert sorted(places(double, merge_request)) == sorted((name, 11) for name in names)
    bot.review(merge_request)
    assert bot.writes == 0


def test_the_last_of_three_pages_of_files_is_read(double, bot, project):
    files = {f"src/{n:03}.txt": "x\n" for n in range(230)}
    merge_request = double.open_merge_request(project, {**files, "z.gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    assert places(double, merge_request) == [("z.gitlab-ci.yml", 11)]
