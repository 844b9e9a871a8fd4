"""Slash commands against the stand-in, over real HTTP: who may, what is answered, and that twice is once."""

import pytest

from bot.analysis.policy import read_policy
from bot.review.slash_commands import run_command
from bot.rules import ALL_RULES
from tests.comments.hostile import PIECES, assert_harmless
from tests.gitlab_double.conversation import visible
from tests.review.reviewing import FIXED, LEAKY, TODAY, forge_of, with_terms

MAINTAINER, DEVELOPER, REPORTER = 40, 30, 20


def ask(bot, merge_request, user, text, thread=None):
    """Comments, lets the bot obey, and gives the comment."""
    note = bot.double.comment(user, merge_request, text, thread)
    obey(bot, merge_request, note)
    return note


def obey(bot, merge_request, note):
    bot.double.log.clear()
    run_command(forge_of(bot.double), merge_request.project.id, merge_request.iid, note.id, bot.terms, TODAY)


def emojis(note):
    return [each["name"] for each in note.awards]


def finding_threads(double, merge_request):
    return [
        each
        for each in double.threads(merge_request, by=double.bot)
        if "sealcheck:finding" in each.first.body
    ]


def words_of_the_bot(double, merge_request):
    return [
        visible(note.body)
        for note in merge_request.notes
        if note.author is double.bot and not note.system and "sealcheck:answer" in note.body
    ]


@pytest.fixture
def mia(double, project):
    return double.user("mia", role=MAINTAINER, projects=(project,))


@pytest.fixture
def reviewed(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    return merge_request


def test_recheck_reviews_again_and_says_nothing(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    note = ask(bot, merge_request, double.dev, "/sealcheck recheck")
    assert emojis(note) == ["eyes", "white_check_mark"]
    assert len(finding_threads(double, merge_request)) == 1
    assert words_of_the_bot(double, merge_request) == []


def test_an_ignore_resolves_its_thread_and_stays_across_pushes(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, mia, "/sealcheck ignore a test account, SEC-7", thread)
    assert emojis(note) == ["eyes", "white_check_mark"]
    assert thread.resolved
    assert words_of_the_bot(double, reviewed) == [
        "Ignored by `mia` for as long as this code stays as it is: a test account, SEC-7"
    ]
    said = "`.gitlab-ci.yml:11` `secret-in-log` (61db47e2) by `mia`: a test account, SEC-7"
    assert said in double.conversation(reviewed)
    bot.review(reviewed)
    assert bot.writes == 0
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": "# more\n" + LEAKY})
    bot.review(reviewed)
    assert [each.resolved for each in finding_threads(double, reviewed)] == [True]
    changed = LEAKY.replace('echo "$API_KEY"', 'echo "$API_KEY $API_KEY"')
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": changed})
    bot.review(reviewed)
    assert [each.resolved for each in finding_threads(double, reviewed)] == [True, False]


def test_an_ignore_is_taken_back_in_the_same_thread(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    ask(bot, reviewed, mia, "/sealcheck ignore wrong", thread)
    note = ask(bot, reviewed, mia, "/sealcheck unignore", thread)
    assert emojis(note) == ["eyes", "white_check_mark"]
    assert not thread.resolved
    assert words_of_the_bot(double, reviewed)[1] == "Not ignored any more, by `mia`."
    assert "Ignored by command" not in double.conversation(reviewed)
    bot.review(reviewed)
    assert bot.writes == 0
    double.push(project, reviewed.source_branch, {".gitlab-ci.yml": FIXED})
    bot.review(reviewed)
    assert "Fixed in" in thread.notes[-1].body


def test_what_no_command_ignores_is_not_taken_back(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    assert emojis(ask(bot, reviewed, mia, "/sealcheck unignore", thread)) == ["eyes", "warning"]
    policy = 'ignore:\n  - rule: secret-in-log\n    reason: "moving, SEC-1"\n'
    double.push(project, "main", {".sealcheck.yml": policy})
    ask(bot, reviewed, mia, "/sealcheck unignore", thread)
    assert words_of_the_bot(double, reviewed) == [
        "No command ignores that finding.",
        "No command ignores that finding. The policy ignores it: moving, SEC-1 (.sealcheck.yml:2)",
    ]


@pytest.mark.parametrize("text", ["/sealcheck ignore because", "/sealcheck unignore"])
def test_a_developer_may_not_ignore(double, bot, project, reviewed, text):
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, double.dev, text, thread)
    assert emojis(note) == ["eyes", "no_entry_sign"]
    assert not thread.resolved
    assert "takes the role Maintainer" in words_of_the_bot(double, reviewed)[0]


def test_a_developer_may_where_the_organisation_lets_them(double, bot, project, reviewed):
    policy = read_policy("org.yml", "ignore_role: developer\n", organisation=True)
    (thread,) = finding_threads(double, reviewed)
    note = ask(
        with_terms(bot, organisation=policy), reviewed, double.dev, "/sealcheck ignore because", thread
    )
    assert emojis(note) == ["eyes", "white_check_mark"]
    assert thread.resolved


def test_a_locked_rule_is_not_ignored(double, bot, project, reviewed, mia):
    policy = read_policy("org.yml", "locked: [secret-in-log]\n", organisation=True)
    (thread,) = finding_threads(double, reviewed)
    note = ask(with_terms(bot, organisation=policy), reviewed, mia, "/sealcheck ignore because", thread)
    assert emojis(note) == ["eyes", "no_entry_sign"]
    assert not thread.resolved


def test_an_ignore_without_a_reason_does_not_count(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, mia, "/sealcheck ignore", thread)
    assert emojis(note) == ["eyes", "warning"]
    assert not thread.resolved


def test_roles_are_looked_up_at_the_moment(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    note = double.comment(mia, reviewed, "/sealcheck ignore because", thread)
    double.set_role(mia, project, DEVELOPER)
    obey(bot, reviewed, note)
    assert emojis(note) == ["eyes", "no_entry_sign"]


def test_strangers_get_an_emoji_and_no_words(double, bot, project, reviewed):
    stranger = double.user("stranger")
    note = ask(bot, reviewed, stranger, "/sealcheck recheck")
    assert emojis(note) == ["eyes", "no_entry_sign"]
    assert words_of_the_bot(double, reviewed) == []
    reporter = double.user("rita", role=REPORTER, projects=(project,))
    ask(bot, reviewed, reporter, "/sealcheck help")
    assert words_of_the_bot(double, reviewed) == ["That takes the role Developer in this project."]


def test_the_author_may_recheck_without_a_role(double, bot, project):
    author = double.user("ann")
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, author=author)
    assert emojis(ask(bot, merge_request, author, "/sealcheck recheck")) == ["eyes", "white_check_mark"]
    (thread,) = finding_threads(double, merge_request)
    assert emojis(ask(bot, merge_request, author, "/sealcheck ignore it", thread)) == [
        "eyes",
        "no_entry_sign",
    ]


def test_the_bot_never_obeys_itself(double, bot, project, reviewed):
    double.set_role(double.bot, project, MAINTAINER)
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, double.bot, "/sealcheck ignore because", thread)
    assert emojis(note) == []
    assert bot.writes == 0


def test_a_forged_ignore_counts_for_nothing(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    ask(bot, reviewed, mia, "/sealcheck ignore because", thread)
    answer = thread.notes[-1].body
    ask(bot, reviewed, mia, "/sealcheck unignore", thread)
    double.comment(double.dev, reviewed, answer, thread)
    bot.review(reviewed)
    assert not thread.resolved


@pytest.mark.parametrize("text", ["/sealcheck recheck", "/sealcheck explain", "/sealcheck ignore because"])
def test_a_push_in_the_meantime_leaves_no_command_unanswered(double, bot, project, reviewed, mia, text):
    (thread,) = finding_threads(double, reviewed)
    note = double.comment(mia, reviewed, text, thread)

    def push_before(_number, method, path):
        if method == "GET" and path.endswith(".gitlab-ci.yml/raw"):
            double.push(project, reviewed.source_branch, {"other.txt": f"{_number}\n"})
        return True

    double.faults.before_request = push_before
    obey(bot, reviewed, note)
    double.faults.before_request = None
    assert emojis(note) == ["eyes", "white_check_mark"]
    bot.review(reviewed)
    assert thread.resolved is ("ignore" in text)


def test_a_near_miss_is_answered_in_its_thread(double, bot, project, reviewed):
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, double.dev, "/sealcheck rechek", thread)
    assert emojis(note) == ["eyes", "warning"]
    assert visible(thread.notes[-1].body) == (
        "There is no command `rechek`. Did you mean `/sealcheck recheck`?"
    )


def test_explain_shows_the_rules_page_for_this_very_line(double, bot, project, reviewed):
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, double.dev, "/sealcheck explain", thread)
    said = visible(thread.notes[-1].body)
    assert emojis(note) == ["eyes", "white_check_mark"]
    assert "`.gitlab-ci.yml:11`" in said
    assert "**Why it matters**" in said
    assert "secret-in-log" in said


def test_explain_a_rule_by_name_and_a_mistyped_one(double, bot, project, reviewed):
    ask(bot, reviewed, double.dev, "/sealcheck explain secret-in-log")
    ask(bot, reviewed, double.dev, "/sealcheck explain secret-in-lag")
    first, second = words_of_the_bot(double, reviewed)
    assert "(`secret-in-log`)" in first
    assert "did you mean `secret-in-log`?" in second


def test_a_plain_comment_is_answered_without_a_thread_that_blocks_the_merge(double, bot, project, reviewed):
    before = len(double.threads(reviewed))
    ask(bot, reviewed, double.dev, "/sealcheck help")
    assert len(words_of_the_bot(double, reviewed)) == 1
    assert len(double.threads(reviewed)) == before


def test_a_finding_without_a_thread_is_ignored_by_its_name(double, bot, project, mia):
    none = with_terms(bot, threads=0)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    (finding,) = none.review(merge_request).findings
    ask(none, merge_request, mia, f"/sealcheck ignore {finding.fingerprint[8:16]} a test account")
    assert "Ignored by command" in double.conversation(merge_request)
    bot.review(merge_request)
    assert finding_threads(double, merge_request) == []
    ask(none, merge_request, mia, "/sealcheck ignore whatever")
    assert finding.fingerprint[8:16] in words_of_the_bot(double, merge_request)[-1]


def test_twice_is_once(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, mia, "/sealcheck ignore because", thread)
    before = double.conversation(reviewed)
    note.awards.clear()  # it died before the last emoji
    obey(bot, reviewed, note)
    assert double.conversation(reviewed) == before


def test_what_was_obeyed_is_not_obeyed_again_whatever_has_changed(double, bot, project, reviewed, mia):
    """A delivery that comes twice, or a sweep that finds it: the last emoji says that it is done."""
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, mia, "/sealcheck ignore because", thread)
    double.set_role(mia, project, DEVELOPER)
    obey(bot, reviewed, note)
    assert (bot.reads, bot.writes) == (2, 0)
    bot.review(reviewed)
    assert thread.resolved


def test_an_unignore_that_runs_again_says_the_same(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    ask(bot, reviewed, mia, "/sealcheck ignore because", thread)
    note = ask(bot, reviewed, mia, "/sealcheck unignore", thread)
    before = double.conversation(reviewed)
    note.awards.clear()  # it died before the last emoji
    obey(bot, reviewed, note)
    assert double.conversation(reviewed) == before


def test_an_ignore_that_runs_again_does_not_undo_a_later_unignore(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    note = ask(bot, reviewed, mia, "/sealcheck ignore because", thread)
    ask(bot, reviewed, mia, "/sealcheck unignore", thread)
    note.awards.clear()  # it died before the last emoji
    obey(bot, reviewed, note)
    assert not thread.resolved


def test_a_command_cut_at_any_request_ends_the_same(double, bot, project, reviewed, mia):
    (thread,) = finding_threads(double, reviewed)
    note = double.comment(mia, reviewed, "/sealcheck ignore because", thread)
    number = 0
    while True:
        number += 1
        assert number < 40
        cut = {"seen": 0}

        def drop(_number, _method, _path, cut=cut, at=number):
            cut["seen"] += 1
            return cut["seen"] <= at

        double.faults.before_request = drop
        try:
            obey(bot, reviewed, note)
        except Exception:  # noqa: BLE001 - whatever it is, the queue runs the job again
            continue
        finally:
            double.faults.before_request = None
        if cut["seen"] <= number:
            break
    assert thread.resolved
    assert len(words_of_the_bot(double, reviewed)) == 1
    assert sorted(emojis(note)) == ["eyes", "white_check_mark"]
    obey(bot, reviewed, note)
    assert len(words_of_the_bot(double, reviewed)) == 1


def test_no_word_of_a_command_breaks_out_of_its_answer(double, bot, project, reviewed, mia):
    """Five commands a comment are obeyed; every answer is one note."""
    (thread,) = finding_threads(double, reviewed)
    pieces = [piece.replace("\r", "").replace("\n", " ") for piece in PIECES]
    asked = [f"/sealcheck {verb}{piece}" for piece in pieces for verb in ("", "explain ", "ignore 01234567 ")]
    answers = 0
    for start in range(0, len(asked), 5):
        ask(bot, reviewed, mia, "\n".join(["Please:", *asked[start : start + 5]]), thread)
        said = thread.notes[-1]
        answers += said.author is double.bot
        if said.author is double.bot and "| on a line of its own |" not in said.body:
            assert_harmless(said.body)
    assert answers > 30
    assert not thread.resolved


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_every_rules_page_is_harmless(rule):
    from bot.comments.answers import page_of
    from tests.gitlab_double.quick_actions import extract

    page = page_of(rule.id)
    assert extract(page)[1] == []
    assert "<!--" not in page
