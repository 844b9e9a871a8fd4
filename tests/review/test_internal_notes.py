"""Internal notes: obeyed like any other, and nothing of them stands where somebody else can read it."""

import json

import pytest

from bot.analysis.policy import read_policy
from bot.review.slash_commands import run_command
from tests.review.reviewing import LEAKY, TODAY, forge_of, with_terms

SECRET = "the merger with Initech is not announced"


@pytest.fixture
def mia(double, project):
    return double.user("mia", role=40, projects=(project,))


@pytest.fixture
def reviewed(double, bot, project):
    found = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(found)
    return found


def obey(double, bot, merge_request, user, text, thread=None):
    note = double.comment(user, merge_request, text, thread, internal=True)
    run_command(forge_of(double), merge_request.project.id, merge_request.iid, note.id, bot.terms, TODAY)
    return note


def public(merge_request):
    """All that everybody may read."""
    return json.dumps([note.body for note in merge_request.notes if not note.internal])


def short_name(bot, merge_request):
    from bot.comments.answers import short_id

    (finding,) = bot.review(merge_request).findings
    return short_id(finding)


def test_an_ignore_silences_and_says_nothing_of_why(double, bot, project, reviewed, mia, caplog):
    caplog.set_level(0)
    name = short_name(bot, reviewed)
    obey(double, bot, reviewed, mia, f"/sealcheck ignore {name} {SECRET}")
    bot.review(reviewed)
    assert all(each.resolved for each in double.threads(reviewed, by=double.bot))
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": "# more\n" + LEAKY})
    bot.review(reviewed)
    assert "Initech" not in public(reviewed) + caplog.text
    assert "Initech" not in json.dumps(bot.review(reviewed).seen.before.ignored, default=str)
    assert "the reason is in an internal note" in public(reviewed)
    assert "mia" not in public(reviewed)
    (answer,) = [note for note in reviewed.notes if note.author is double.bot and note.internal]
    assert SECRET in answer.body
    bot.review(reviewed)
    assert bot.writes == 0


@pytest.mark.parametrize("text", ["explain Initech", "Initech", "ignore Initech", "explain", "help"])
def test_an_answer_is_as_internal_as_its_question(double, bot, reviewed, mia, text):
    before = public(reviewed)
    obey(double, bot, reviewed, mia, f"/sealcheck {text}")
    assert public(reviewed) == before
    assert [note.internal for note in reviewed.notes if note.author is double.bot][-1]


def test_in_an_internal_thread_too(double, bot, reviewed, mia):
    double.comment(mia, reviewed, "Between us.", internal=True)
    thread = reviewed.discussions[-1]
    double.comment(mia, reviewed, "Yes?", thread)
    before = public(reviewed)
    obey(double, bot, reviewed, mia, f"/sealcheck explain {SECRET}", thread)
    assert public(reviewed) == before
    assert thread.notes[-1].author is double.bot
    assert thread.notes[-1].internal


def test_a_locked_rule_says_no_more(double, bot, project, reviewed, mia):
    name = short_name(bot, reviewed)
    obey(double, bot, reviewed, mia, f"/sealcheck ignore {name} {SECRET}")
    bot.review(reviewed)
    locked = with_terms(
        bot, organisation=read_policy("org.yml", "locked: [secret-in-log]\n", organisation=True)
    )
    locked.review(reviewed)
    assert "Initech" not in public(reviewed)


def test_what_a_guest_reads_holds_none_of_it(double, reviewed, mia, project):
    """The stand-in keeps them from a Guest, as GitLab does."""
    import gitlab

    double.comment(mia, reviewed, SECRET, internal=True)
    double.user("gus", role=10, projects=(project,))
    seen = gitlab.Gitlab(double.url, private_token="token-gus").projects.get(project.id, lazy=True)
    read = seen.mergerequests.get(reviewed.iid, lazy=True).discussions.list(get_all=True)
    assert "Initech" not in json.dumps([each.attributes for each in read])
