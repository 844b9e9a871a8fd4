"""A rule that fails knows nothing: its threads stay as they are, and those of other rules go on."""

from dataclasses import replace

import pytest

from bot.analysis.engine import run_rules
from bot.review import run
from bot.rules import ALL_RULES, SPEAKS_OF
from tests.review.reviewing import LEAKY
from tests.review.test_review import open_threads, summaries, threads_of

TRACED = LEAKY.replace("    - ./deploy.sh", "    - set -x\n    - ./deploy.sh")


def rule_of(thread):
    return next(rule.id for rule in ALL_RULES if f"<sub>`{rule.id}`" in thread.first.body)


@pytest.fixture
def breaking(monkeypatch):
    """Makes a rule fail wherever `where(repository)` says so."""

    def broken(rule_id, where):
        def check(subject, repository):
            if where(repository):
                raise ValueError("a defect")
            return next(each for each in ALL_RULES if each.id == rule_id).check(subject, repository)

        check.__module__ = f"bot.rules.{rule_id.replace('-', '_')}"  # where the rule's page is
        monkeypatch.delitem(SPEAKS_OF, rule_id, raising=False)  # so that it is asked of every job
        rules = tuple(replace(each, check=check) if each.id == rule_id else each for each in ALL_RULES)
        monkeypatch.setattr(
            run, "run_rules", lambda repository, **more: run_rules(repository, rules=rules, **more)
        )

    return broken


@pytest.fixture
def reviewed(double, bot, project):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": TRACED})
    bot.review(merge_request)
    assert sorted(map(rule_of, open_threads(double, merge_request))) == ["secret-in-log", "shell-trace"]
    return merge_request


def test_only_the_threads_of_the_rule_that_failed_stay(double, bot, project, reviewed, breaking):
    breaking("secret-in-log", lambda repository: True)
    clean = "".join(line for line in TRACED.splitlines(True) if "set -x" not in line and "echo" not in line)
    double.push(project, "feature", {".gitlab-ci.yml": clean})
    bot.review(reviewed)
    assert [rule_of(each) for each in open_threads(double, reviewed)] == ["secret-in-log"]
    assert "secret-in-log (ValueError)" in summaries(double, reviewed)[0]
    bot.review(reviewed)
    assert bot.writes == 0
    breaking("secret-in-log", lambda repository: False)
    bot.review(reviewed)
    assert open_threads(double, reviewed) == []
    assert len(threads_of(double, reviewed)) == 2


def test_a_thread_that_does_not_name_its_rule_stays_too(double, bot, project, reviewed, breaking):
    for thread in threads_of(double, reviewed):
        lines = thread.first.body.split("\n")
        thread.first.body = "\n".join(line for line in lines if "sealcheck:rule" not in line)
    breaking("debug-trace", lambda repository: True)
    double.push(project, "feature", {".gitlab-ci.yml": "build:\n  script: [make]\n"})
    bot.review(reviewed)
    assert len(open_threads(double, reviewed)) == 2


def test_a_rule_that_fails_on_the_target_makes_nothing_old_look_new(double, bot, project, breaking):
    double.push(project, "main", {".gitlab-ci.yml": TRACED})
    more = TRACED.replace("    - set -x\n", '    - set -x\n    - echo "again $API_KEY"\n')
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": more})
    breaking("secret-in-log", lambda repository: repository.base is None)
    bot.review(merge_request)
    (thread,) = open_threads(double, merge_request)
    assert thread.first.position["new_line"] == 13
    breaking("secret-in-log", lambda repository: False)
    bot.review(merge_request)
    assert len(open_threads(double, merge_request)) == 1
