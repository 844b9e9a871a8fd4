"""The life of a review against the stand-in, over real HTTP with the real python-gitlab."""

import re

import pytest

from bot.analysis.policy import read_policy
from bot.errors import ForgeBusy, ForgeForbidden, ForgeMissing, ForgeRefused, HeadMoved, NotReady
from tests.review.reviewing import CLEAN, FIXED, LEAKY, Bot, with_terms


def threads_of(double, merge_request):
    return double.threads(merge_request, by=double.bot)


def open_threads(double, merge_request):
    return [each for each in threads_of(double, merge_request) if not each.resolved]


def summaries(double, merge_request):
    return [
        note.body
        for discussion in merge_request.discussions
        for note in discussion.notes
        if "sealcheck:summary" in note.body
    ]


def bot_mails(double):
    return [mail for mail in double.mails if mail.author == double.bot.username]


def test_a_finding_becomes_a_thread_on_its_line_with_a_suggestion(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    outcome = bot.review(merge_request)
    assert [finding.rule for finding in outcome.findings] == ["secret-in-log"]
    (thread,) = threads_of(double, merge_request)
    assert thread.first.position["new_path"] == ".gitlab-ci.yml"
    assert thread.first.position["new_line"] == 11
    assert len(thread.first.suggestions) == 1
    assert len(summaries(double, merge_request)) == 1


def test_a_second_run_writes_nothing(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    before = double.conversation(merge_request)
    bot.review(merge_request)
    assert bot.writes == 0
    assert double.conversation(merge_request) == before


def test_a_clean_merge_request_gets_no_word(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": CLEAN})
    bot.review(merge_request)
    assert bot.writes == 0
    assert double.mails == []


def test_what_is_irrelevant_costs_four_requests(double, bot, project):
    merge_request = double.open_merge_request(
        project, {"src/main.c": "int main;\n", "README.md": "# Hello\n"}
    )
    bot.review(merge_request, spoken=False)
    assert len(double.log.requests) == 4


@pytest.mark.parametrize("k", [1, 3, 6])
def test_reads_stay_within_eight_and_two_for_each_relevant_file(double, bot, project, k):
    roles = {
        f"vault/role-{n}.json": '{"role_type": "jwt", "user_claim": "project_id", "bound_claims": {"ref": "main"}}\n'
        for n in range(k - 1)
    }
    clean = CLEAN.replace("make", "compile")
    old = {".gitlab-ci.yml": clean, **{path: text.replace("main", "dev") for path, text in roles.items()}}
    double.push(project, project.default_branch, old)
    # A script of the repository that a job runs, and the file of its recipes, are read too, once: none here.
    leaky = LEAKY.replace("./deploy.sh", "deploy")
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": leaky, **roles})
    outcome = bot.review(merge_request)
    assert outcome.ops
    assert bot.reads <= 8 + 2 * k, double.log.reads


def test_a_makefile_costs_one_read(double, bot, project):
    def reads_of_a_review(command):
        before = {".gitlab-ci.yml": CLEAN.replace("make", "compile"), "Makefile": "deploy:\n\t@true\n"}
        double.push(project, project.default_branch, before)
        bot.review(
            double.open_merge_request(project, {".gitlab-ci.yml": LEAKY.replace("./deploy.sh", command)})
        )
        return bot.reads

    assert reads_of_a_review("make deploy") == reads_of_a_review("deploy") + 1


def test_the_fix_resolves_the_thread_and_says_so(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": FIXED})
    bot.review(merge_request)
    assert open_threads(double, merge_request) == []
    (thread,) = threads_of(double, merge_request)
    assert "Fixed in" in thread.notes[-1].body
    bot.review(merge_request)
    assert bot.writes == 0


def test_what_comes_back_opens_the_same_thread_again(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": FIXED})
    bot.review(merge_request)
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    assert len(threads_of(double, merge_request)) == 1
    assert len(open_threads(double, merge_request)) == 1
    bot.review(merge_request)
    assert bot.writes == 0


def test_fifty_lines_above_keep_the_thread_and_a_rename_moves_it(double, bot, project):
    merge_request = double.open_merge_request(project, {"ci/deploy.gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    moved = "".join(f"# {n}\n" for n in range(50)) + LEAKY
    double.push(project, merge_request.source_branch, {"ci/deploy.gitlab-ci.yml": moved})
    bot.review(merge_request)
    assert len(threads_of(double, merge_request)) == 1
    double.push(
        project,
        merge_request.source_branch,
        {"ci/deploy.gitlab-ci.yml": None, "ci/production.gitlab-ci.yml": moved},
    )
    bot.review(merge_request)
    (thread,) = open_threads(double, merge_request)
    assert thread.first.position["new_path"] == "ci/production.gitlab-ci.yml"


def test_a_person_who_resolves_has_the_last_word(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    double.resolve(double.dev, threads_of(double, merge_request)[0])
    double.push(project, merge_request.source_branch, {"other.txt": "x\n"})
    bot.review(merge_request)
    assert open_threads(double, merge_request) == []
    assert "Resolved by people" in summaries(double, merge_request)[0]
    assert "dev" in summaries(double, merge_request)[0]
    changed = LEAKY.replace('echo "$API_KEY"', 'echo "$API_KEY $API_KEY"')
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": changed})
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_where_a_person_has_spoken_the_bot_does_not_resolve(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    double.comment(double.dev, merge_request, "Is that so?", threads_of(double, merge_request)[0])
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": FIXED})
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert "Fixed in" in thread.notes[-1].body
    assert not thread.resolved
    bot.review(merge_request)
    assert bot.writes == 0


def test_where_this_minutes_comments_are_spent_the_threads_stand_and_the_summary_follows(
    double, bot, project
):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})

    def spent():
        raise ForgeBusy("this minute's comments are spent", 30.0)

    with pytest.raises(ForgeBusy):
        bot.review(merge_request, before_note=spent)
    assert len(open_threads(double, merge_request)) == 1
    assert summaries(double, merge_request) == []
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1
    assert len(summaries(double, merge_request)) == 1


def test_many_findings_are_one_mail_and_a_summary(double, bot, project):
    lines = "".join(f'    - echo "{n} $API_KEY"\n' for n in range(4))
    text = LEAKY.replace('    - echo "$API_KEY"\n', lines)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": text})
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 4
    assert len(bot_mails(double)) == 2


def test_repeats_are_folded_and_nothing_is_dropped(double, bot, project):
    lines = "".join(f'    - echo "{n} $API_KEY"\n' for n in range(9))
    text = LEAKY.replace('    - echo "$API_KEY"\n', lines)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": text})
    bot.review(merge_request)
    threads = open_threads(double, merge_request)
    assert len(threads) == 5
    (folding,) = [each for each in threads if "The same on lines" in each.first.body]
    assert "16, 17, 18, 19" in folding.first.body
    few = with_terms(bot, threads=2)
    other = double.open_merge_request(project, {".gitlab-ci.yml": text}, source_branch="other")
    few.review(other)
    assert len(open_threads(double, other)) == 2
    assert (
        "7 more (7 `secret-in-log`).\n\n- `.gitlab-ci.yml`: 7 `secret-in-log`" in summaries(double, other)[0]
    )
    few.review(other)
    assert few.writes == 0


def test_sixty_findings_and_five_threads_say_how_many_more_of_which_rule_in_which_file(double, bot, project):
    leaks = LEAKY.replace("    - ./deploy.sh\n", "    - set -x\n")
    files = {f"ci/part-{n:02}.gitlab-ci.yml": leaks.replace("deploy", f"deploy{n}") for n in range(30)}
    merge_request = double.open_merge_request(project, files)
    with_terms(bot, threads=5).review(merge_request)
    assert len(open_threads(double, merge_request)) == 5
    (summary,) = summaries(double, merge_request)
    assert "55 more (" in summary
    rows = summary.partition("55 more")[2].split("\n")
    assert "- `ci/part-07.gitlab-ci.yml`: 1 `secret-in-log`, 1 `shell-trace`" in rows
    last = next(row for row in rows if "more files" in row)
    counted = sum(int(n) for row in rows if row.startswith("- ") for n in re.findall(r"(\d+) `", row))
    assert counted == 55, last


def test_yaml_that_does_not_parse_is_reported_and_never_called_clean(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": "a: [\nb: c\n"})
    bot.review(merge_request)
    (summary,) = summaries(double, merge_request)
    assert "Not checked" in summary
    assert ".gitlab-ci.yml:" in summary


def test_a_file_that_breaks_keeps_its_threads(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": LEAKY + "broken: [\n"})
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_a_copied_marker_silences_nothing(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    body = threads_of(double, merge_request)[0].first.body
    other = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_branch="other")
    double.comment(double.dev, other, body)
    bot.review(other)
    assert len(threads_of(double, other)) == 1
    third = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_branch="third")
    double.comment(double.bot, third, body)  # even the bot's own words, from another merge request
    bot.review(third)
    assert len(open_threads(double, third)) == 1


def test_what_the_target_has_already_is_not_said(double, bot, project):
    double.push(project, project.default_branch, {".gitlab-ci.yml": LEAKY})
    changed = LEAKY.replace("./deploy.sh", "./deploy.sh --fast")
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": changed})
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_template_is_judged_by_the_jobs_that_use_it(double, bot, project):
    root = LEAKY.replace("deploy:\n", "include: ci/base.yml\ndeploy:\n  extends: .base\n", 1)
    root = root.replace('  script:\n    - echo "$API_KEY"\n    - ./deploy.sh\n', "")
    double.push(
        project,
        project.default_branch,
        {".gitlab-ci.yml": root, "ci/base.yml": ".base:\n  script:\n    - make\n"},
    )
    merge_request = double.open_merge_request(
        project, {"ci/base.yml": '.base:\n  script:\n    - make\n    - echo "$API_KEY"\n'}
    )
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert (thread.first.position["new_path"], thread.first.position["new_line"]) == ("ci/base.yml", 4)


def test_the_policy_comes_from_the_default_branch_never_from_the_merge_request(double, bot, project):
    policy = 'ignore:\n  - rule: secret-in-log\n    reason: "moving, SEC-1"\n'
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY, ".sealcheck.yml": policy})
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1
    assert "would silence 1" in summaries(double, merge_request)[0]
    double.push(project, project.default_branch, {".sealcheck.yml": policy})
    bot.review(merge_request)
    assert open_threads(double, merge_request) == []
    assert "SEC-1" in summaries(double, merge_request)[0]


def test_the_organisation_locks_a_rule(double, bot, project):
    policy = 'ignore:\n  - rule: secret-in-log\n    reason: "no"\n'
    double.push(project, project.default_branch, {".sealcheck.yml": policy})
    locked = with_terms(
        bot, organisation=read_policy("org.yml", "locked: [secret-in-log]\n", organisation=True)
    )
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    locked.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_leftover_drafts_are_never_published(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.faults.answer(500, "POST */bulk_publish")
    bot.review(merge_request)
    assert len(threads_of(double, merge_request)) == 1
    assert len(open_threads(double, merge_request)) == 1


@pytest.mark.parametrize("on", ["POST */draft_notes", "POST */bulk_publish", "POST */notes"])
@pytest.mark.parametrize("after", [False, True], ids=["not done", "done, answer lost"])
def test_a_lost_answer_doubles_nothing(double, bot, project, on, after):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.faults.answer(502, on, after=after)
    bot.insist(merge_request)
    assert len(threads_of(double, merge_request)) == 1
    assert len(summaries(double, merge_request)) == 1
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_half_published_batch_is_completed(double, bot, project):
    lines = "".join(f'    - echo "{n} $API_KEY"\n' for n in range(4))
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": LEAKY.replace('    - echo "$API_KEY"\n', lines)}
    )
    double.break_bulk_publish(after=2)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 4
    bodies = [each.first.body for each in threads_of(double, merge_request)]
    assert len(bodies) == len(set(bodies)) == 4


def test_gitlab_busy_is_handed_back_with_its_own_pause(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.faults.too_many("GET */diffs", retry_after=17)
    with pytest.raises(ForgeBusy) as raised:
        bot.review(merge_request)
    assert raised.value.retry_after_seconds == 17
    double.faults.too_many("POST */draft_notes", retry_after=9)
    with pytest.raises(ForgeBusy):
        bot.review(merge_request)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_a_passing_failure_of_a_read_is_read_again(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.faults.answer(503, "GET */diffs")
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_a_revoked_token_is_refused_and_nothing_lost(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.faults.answer(401, "GET */diffs")
    with pytest.raises(ForgeRefused):
        bot.review(merge_request)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_a_project_that_forbids_concerns_itself_alone(double, bot, project):
    """A locked conversation or a low role: the job fails and is parked in the end; the token is not to blame."""
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.faults.answer(403, "POST *", times=None)
    with pytest.raises(ForgeForbidden):
        bot.review(merge_request)
    double.faults.clear()
    double.faults.answer(403, "GET */diffs")
    with pytest.raises(ForgeForbidden):
        bot.review(merge_request)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1


def test_a_head_that_moves_during_the_review_ends_it(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    seen = []

    def push_late(_number, method, path):
        if method == "GET" and path.endswith(f"/merge_requests/{merge_request.iid}"):
            seen.append(path)
            if len(seen) == 2:
                double.faults.before_request = None
                double.push(project, merge_request.source_branch, {".gitlab-ci.yml": FIXED})
        return True

    double.faults.before_request = push_late
    with pytest.raises(HeadMoved):
        bot.review(merge_request)
    assert threads_of(double, merge_request) == []
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_merge_request_that_is_not_prepared_waits(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, prepared=False)
    with pytest.raises(NotReady):
        bot.review(merge_request, spoken=False)
    double.prepare(merge_request)
    bot.review(merge_request, spoken=False)
    assert len(open_threads(double, merge_request)) == 1


def test_a_merge_request_that_is_closed_or_hidden_is_left_alone(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.set_state(merge_request, "closed")
    bot.review(merge_request)
    assert bot.writes == 0
    hidden = double.project("secret/other", {"README.md": "x\n"})
    hidden.members.pop(double.bot.id, None)
    there = double.open_merge_request(hidden, {".gitlab-ci.yml": LEAKY})
    with pytest.raises(ForgeMissing):
        bot.review(there)


def test_drafts_refused_means_single_threads(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    double.faults.answer(404, "POST */draft_notes", times=None)
    bot.review(merge_request)
    double.faults.clear()
    assert len(open_threads(double, merge_request)) == 1
    bot.review(merge_request)
    assert bot.writes == 0


def test_a_maintainer_may_not_be_needed(double, project):
    """The bot works as a Reporter too: it says that a finding is fixed, and leaves the resolving to others."""
    double.set_role(double.bot, project, 20)
    bot = Bot(double)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    bot.review(merge_request)
    double.push(project, merge_request.source_branch, {".gitlab-ci.yml": FIXED})
    bot.review(merge_request)
    bot.review(merge_request)
    assert bot.writes == 0


def test_every_kill_point_ends_the_same(double, bot, project):
    """The answer to the nth request never arrives, for every n of a first review: the same end state."""
    text = LEAKY.replace("    - ./deploy.sh\n", "    - set -x\n    - ./deploy.sh\n")

    def outcome(branch, number, *, after):
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": text}, source_branch=branch)
        if number:
            double.log.clear()
            fault = "reset"
            getattr(double.faults, fault)("*", number=number, after=after, times=2)
        bot.insist(merge_request)
        double.faults.clear()
        bot.insist(merge_request)
        return sorted(
            each.first.body.partition("<!--")[0] for each in threads_of(double, merge_request)
        ), len(summaries(double, merge_request))

    expected = outcome("whole", None, after=False)
    total = 25
    assert len(expected[0]) >= 2
    for number in range(1, total):
        for after in (False, True):
            assert outcome(f"kill-{number}-{after}", number, after=after) == expected, (number, after)


def test_another_projects_names_are_never_quoted(double, bot, project):
    """An include read with the bot's own rights is judged; its findings stand at the include, without its names."""
    library = double.project(
        "security/private-templates", {"deploy.yml": LEAKY.replace("deploy:", "hidden-name:")}
    )
    library.members[double.bot.id] = 20
    text = "include:\n  - project: security/private-templates\n    file: deploy.yml\n"
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": text})
    bot.review(merge_request)
    (thread,) = threads_of(double, merge_request)
    assert thread.first.position["new_line"] == 2
    assert "hidden-name" not in double.conversation(merge_request)
    assert "API_KEY" not in double.conversation(merge_request)


def test_includes_that_were_there_before_are_no_news(double, bot, project):
    template = "include:\n  - template: Jobs/Build.gitlab-ci.yml\n"
    double.push(project, project.default_branch, {".gitlab-ci.yml": template + CLEAN})
    changed = template + CLEAN.replace("make", "make all")
    quiet = double.open_merge_request(project, {".gitlab-ci.yml": changed})
    bot.review(quiet)
    assert bot.writes == 0
    news = "include:\n  - template: Jobs/Build.gitlab-ci.yml\n  - remote: https://example.com/a.yml\n" + CLEAN
    loud = double.open_merge_request(project, {".gitlab-ci.yml": news}, source_branch="loud")
    bot.review(loud)
    (summary,) = summaries(double, loud)
    assert "a remote URL is never fetched" in summary
