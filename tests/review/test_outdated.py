"""Threads whose line a push has changed, and what GitLab does to them by itself: nobody has judged anything then."""

import dataclasses

import pytest

from bot.gitlab import convert
from bot.review.slash_commands import run_command
from bot.snapshot import Project
from tests.review.reviewing import CLEAN, LEAKY, TODAY, forge_of
from tests.review.test_review import open_threads, summaries, threads_of

DEEPER = LEAKY.replace("    - ", "      - ")
LONG = LEAKY + "# more\n" * 30


@pytest.fixture
def reviewed(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    return merge_request


def test_what_gitlab_resolves_by_a_push_is_still_there_and_said_so(double, bot, project, reviewed):
    project.resolve_outdated_diff_discussions = True
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": DEEPER})
    (thread,) = threads_of(double, reviewed)
    assert thread.resolved
    bot.review(reviewed)
    assert not thread.resolved
    assert "Still there in" in thread.notes[-1].body
    assert "Resolved by people" not in summaries(double, reviewed)[0]
    bot.review(reviewed)
    assert bot.writes == 0


def test_a_person_who_resolves_an_outdated_thread_has_the_last_word(double, bot, project, reviewed):
    project.resolve_outdated_diff_discussions = True
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": DEEPER})
    bot.review(reviewed)
    double.resolve(double.dev, threads_of(double, reviewed)[0])
    bot.review(reviewed)
    assert open_threads(double, reviewed) == []


@pytest.mark.parametrize("resolved_at", ["2026-11-23T08:00:00.000Z", "2026-11-23T08:00:00.040Z"])
@pytest.mark.parametrize(
    ("setting", "resolver", "last", "by_push"),
    [(True, 2, True, True), (False, 2, True, False), (True, 3, True, False), (True, 2, False, False)],
)
def test_who_resolved_it(resolved_at, setting, resolver, last, by_push):
    """GitLab resolves right before it writes its line; the two times may stand either way round."""
    names = {1: "sealcheck", 2: "dev", 3: "mia"}

    def note(number, author, when, **more):
        given = {"id": number, "author": {"id": author, "username": names[author]}, "created_at": when}
        return given | {"body": "x", "system": False, "resolvable": False} | more

    resolution = {"resolvable": True, "resolved": True, "resolved_at": resolved_at}
    who = {"id": resolver, "username": names[resolver]}
    notes = [
        note(1, 1, "2026-11-23T07:00:00.000Z", resolved_by=who, **resolution),
        note(2, 2, "2026-11-23T08:00:00.020Z", system=True),
    ]
    if not last:
        notes.append(note(3, 1, "2026-11-23T08:00:00.030Z"))
    of = Project(1, "a/b", resolves_outdated=setting)
    assert convert.thread({"id": "t", "notes": notes}, of).by_push is by_push


def test_a_thread_that_stands_on_no_line_any_more_shows_the_fix_as_a_diff(double, bot, project, reviewed):
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": "# a line\n" * 20 + DEEPER})
    bot.review(reviewed)
    (thread,) = threads_of(double, reviewed)
    assert not thread.resolved
    assert "```suggestion" not in thread.first.body
    assert '+      - echo "API_KEY is set"' in thread.first.body
    bot.review(reviewed)
    assert bot.writes == 0


def test_whoever_resolves_what_came_back_after_a_suggestion_means_it(double, bot, project, reviewed):
    (suggestion,) = double.suggestions(reviewed)
    double.apply_suggestion(double.dev, suggestion)
    bot.review(reviewed)
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": LEAKY})
    bot.review(reviewed)
    (thread,) = open_threads(double, reviewed)
    double.resolve(double.dev, thread)
    bot.review(reviewed)
    assert thread.resolved


def test_a_suggestion_applied_after_an_unignore_dismisses_nothing(double, bot, project, reviewed):
    mia = double.user("mia", role=40, projects=(project,))
    (thread,) = open_threads(double, reviewed)
    for text in ("/sealcheck ignore a test account", "/sealcheck unignore"):
        note = double.comment(mia, reviewed, text, thread)
        run_command(forge_of(double), project.id, reviewed.iid, note.id, bot.terms, TODAY)
    (suggestion,) = double.suggestions(reviewed)
    double.apply_suggestion(double.dev, suggestion)
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": LEAKY})
    bot.review(reviewed)
    assert not thread.resolved


def test_a_thread_without_a_line_outlives_a_file_that_breaks(double, bot, project):
    double.push(project, project.default_branch, {".gitlab-ci.yml": CLEAN})
    double.world.limits = dataclasses.replace(double.world.limits, diff_patch_bytes=200)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LONG})
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert thread.first.position["position_type"] == "file"
    assert "```suggestion" not in thread.first.body
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": LONG + "broken: [\n"})
    bot.review(merge_request)
    assert not thread.resolved
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": CLEAN})
    bot.review(merge_request)
    assert thread.resolved


@pytest.fixture(params=[True, False], ids=["with suggestions", "before 18.5"])
def shows_suggestions(request, double):
    double.world.shows_suggestions = request.param


@pytest.mark.usefixtures("shows_suggestions")
def test_a_hole_that_comes_back_after_its_suggestion_is_reopened_by_every_gitlab(
    double, bot, project, reviewed
):
    (suggestion,) = double.suggestions(reviewed)
    double.apply_suggestion(double.dev, suggestion)
    bot.review(reviewed)
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": LEAKY})
    bot.review(reviewed)
    (thread,) = open_threads(double, reviewed)
    assert "sealcheck:back" in thread.notes[-1].body
    bot.review(reviewed)
    assert bot.writes == 0


@pytest.mark.usefixtures("shows_suggestions")
def test_what_a_person_resolved_without_applying_stays_so_in_every_gitlab(double, bot, project, reviewed):
    (thread,) = open_threads(double, reviewed)
    double.resolve(double.dev, thread)
    for text in ("# more\n" + LEAKY, LEAKY):
        double.push(project, reviewed.source_branch, {".gitlab-ci.yml": text})
        bot.review(reviewed)
    assert thread.resolved
