"""A file that a later push renames: GitLab leaves its threads behind, so each finding gets one at its new place."""

import pytest

from tests.review.reviewing import CLEAN, FIXED, LEAKY
from tests.review.test_review import open_threads, threads_of

OLD, NEW, THIRD = "ci/a.gitlab-ci.yml", "ci/b.gitlab-ci.yml", "ci/c.gitlab-ci.yml"
TWO = LEAKY.replace("    - ./deploy.sh\n", "    - set -x\n    - ./deploy.sh\n")
PADDED = "# a line that stays\n" * 30
"""Enough of the base's text that git sees the rename."""


@pytest.fixture(params=["new file", "file of the target"])
def merge_request(request, double, bot, project):
    """Two findings in a file that the merge request adds, or that the target has already."""
    if request.param == "file of the target":
        double.push(project, "main", {OLD: PADDED + CLEAN})
    found = double.open_merge_request(project, {OLD: PADDED + TWO})
    bot.review(found)
    assert len(open_threads(double, found)) == 2
    double.mails.clear()
    return found


def rename(double, bot, merge_request, old, new, text=PADDED + TWO):
    double.push(merge_request.project, merge_request.source_branch, {old: None, new: text})
    bot.review(merge_request)
    bot.review(merge_request)
    assert bot.writes == 0


def places(double, merge_request):
    """Path and line of each open thread, and whether GitLab shows it in the newest diff."""
    head = merge_request.version.head
    return sorted(
        (at["new_path"], at["new_line"], at["head_sha"] == head)
        for each in open_threads(double, merge_request)
        for at in [each.first.position]
    )


def test_each_finding_stands_at_the_new_place_once(double, bot, merge_request):
    before = [line for _, line, _ in places(double, merge_request)]
    rename(double, bot, merge_request, OLD, NEW)
    assert places(double, merge_request) == [(NEW, line, True) for line in before]
    closed = [each for each in threads_of(double, merge_request) if each.resolved]
    assert [f"Moved with its file to `{NEW}" in each.notes[-1].body for each in closed] == [True, True]
    assert [mail.kind for mail in double.mails] == ["new_review"]


def test_there_and_back_and_on(double, bot, merge_request):
    for old, new in ((OLD, NEW), (NEW, OLD), (OLD, THIRD)):
        double.mails.clear()
        rename(double, bot, merge_request, old, new)
        assert [(path, shown) for path, _, shown in places(double, merge_request)] == [(new, True)] * 2
        assert (
            len(double.mails) <= 1
        )  # none where GitLab accepts them along: the first name is that of the target


@pytest.mark.parametrize("is_there", [False, True], ids=["new files", "files of the target"])
@pytest.mark.parametrize("level", [20, 30], ids=["Reporter", "Developer"])
def test_a_folder_of_five_files_that_is_renamed_is_one_mail(double, bot, project, level, is_there):
    def folder(name, text):
        return {f"{name}/{n}.gitlab-ci.yml": PADDED + text.replace("deploy", f"deploy-{n}") for n in range(5)}

    project.members[double.bot.id] = level
    if is_there:
        double.push(project, "main", folder("old", CLEAN))
    found = double.open_merge_request(project, folder("old", LEAKY))
    bot.review(found)
    double.mails.clear()
    double.push(project, "feature", {**dict.fromkeys(folder("old", LEAKY)), **folder("new", LEAKY)})
    bot.review(found)
    shown = [path for path, _, is_shown in places(double, found) if is_shown]
    assert shown == sorted(folder("new", LEAKY))
    assert [mail.kind for mail in double.mails] == ["new_review"]
    bot.review(found)
    assert bot.writes == 0


def test_one_that_people_speak_in_is_closed_with_the_word_where_it_went(double, bot, merge_request):
    (first, _) = threads_of(double, merge_request)
    double.comment(double.dev, merge_request, "On purpose?", first)
    double.mails.clear()
    rename(double, bot, merge_request, OLD, NEW)
    assert first.resolved
    assert len(places(double, merge_request)) == 2


def test_what_a_person_resolved_stays_so(double, bot, merge_request):
    (first, _) = threads_of(double, merge_request)
    double.resolve(double.dev, first)
    rename(double, bot, merge_request, OLD, NEW)
    assert len(places(double, merge_request)) == 1


def test_what_a_person_resolved_elsewhere_stays_so_when_the_file_moves_back(double, bot, project):
    """An older thread, at the place that the file has again, was resolved by its suggestion alone."""
    found = double.open_merge_request(project, {OLD: LEAKY})
    bot.review(found)
    (older,) = threads_of(double, found)
    double.apply_suggestion(double.dev, *double.suggestions(found))
    double.push(project, "feature", {OLD: None, NEW: LEAKY})
    bot.review(found)
    (newer,) = open_threads(double, found)
    double.push(project, "feature", {NEW: None, OLD: LEAKY})
    double.resolve(double.dev, newer)
    bot.review(found)
    assert older.resolved
    assert open_threads(double, found) == []
    bot.review(found)
    assert bot.writes == 0


def test_fixed_and_back_after_the_rename_opens_the_newer_thread_again(double, bot, merge_request):
    rename(double, bot, merge_request, OLD, NEW)
    count = len(threads_of(double, merge_request))
    for text in (FIXED, TWO):
        double.push(merge_request.project, merge_request.source_branch, {NEW: PADDED + text})
        bot.review(merge_request)
    assert [path for path, _, _ in places(double, merge_request)] == [NEW, NEW]
    assert len(threads_of(double, merge_request)) == count


def test_half_of_the_batch_is_completed(double, bot, merge_request):
    double.push(merge_request.project, merge_request.source_branch, {OLD: None, NEW: PADDED + TWO})
    double.break_bulk_publish(after=2)
    bot.insist(merge_request)
    assert [(path, shown) for path, _, shown in places(double, merge_request)] == [(NEW, True)] * 2
