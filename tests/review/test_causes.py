"""A finding that a change brings in is on the line of the change, also in another file; it stays the job's."""

import pytest

from bot.analysis.causes import Causes
from bot.analysis.engine import introduced, run_rules
from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Project, Tree

PROJECT = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")
ON_MAIN = "  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n"
TOKEN = "  id_tokens:\n    VAULT_ID_TOKEN:\n      aud: https://vault.example.com\n"
JOB = "include: /ci/deploy.yml\ndeploy:\n  extends: .deploy\n  script:\n    - make deploy\n"


def reported(base, head, rule, renamed_from=None):
    """The findings of `rule` that the change brings in, as they are and on their cause's line."""
    rules = [each for each in ALL_RULES if each.id == rule]
    old, new = (Tree(files, project=PROJECT, listing=frozenset(files)) for files in (base, head))
    repository = Repository(new, Repository(old))
    found = introduced(run_rules(repository, rules, renamed_from), run_rules(repository.base, rules))
    causes = Causes(repository, renamed_from)
    return [(finding, causes.at_cause(finding)) for finding in found]


def place(base, head, rule="secret-on-unprotected-ref", renamed_from=None):
    ((_, moved),) = reported(base, head, rule, renamed_from)
    return moved.span[:2]


def both(template):
    return {".gitlab-ci.yml": JOB, "ci/deploy.yml": template}


def test_rules_dropped_from_a_template_are_reported_there_and_counted_for_the_job():
    ((found, moved),) = reported(
        both(f".deploy:\n  stage: deploy\n{ON_MAIN}{TOKEN}"),
        both(f".deploy:\n  stage: deploy\n{TOKEN}"),
        "secret-on-unprotected-ref",
    )
    assert found.span[:2] == (".gitlab-ci.yml", 2)
    assert moved.span[:2] == ("ci/deploy.yml", 2)
    assert moved.fingerprint == found.fingerprint
    assert moved.subject == "job:deploy"
    assert "The cause is what this change does to `rules`." in moved.message
    assert [each.span[:2] for each in moved.related] == [(".gitlab-ci.yml", 2)]


def test_a_line_that_the_change_wrote_keeps_its_finding():
    head = {".gitlab-ci.yml": f"deploy:\n  environment: production\n{TOKEN}  script:\n    - make\n"}
    ((found, moved),) = reported(
        {".gitlab-ci.yml": "build:\n  script: [make]\n"}, head, "secret-on-unprotected-ref"
    )
    assert moved is found


def test_a_new_job_with_an_old_template_is_reported_at_the_job():
    template = f".deploy:\n  environment: production\n{TOKEN}  script:\n    - echo $VAULT_ID_TOKEN\n"
    base = {".gitlab-ci.yml": template + "build:\n  script: [make]\n"}
    head = {".gitlab-ci.yml": base[".gitlab-ci.yml"] + "deploy:\n  extends: .deploy\n"}
    assert place(base, head, "secret-in-log") == (".gitlab-ci.yml", 10)


def test_a_dropped_include_is_reported_where_it_stood():
    base = {
        ".gitlab-ci.yml": f"include:\n  - /ci/when.yml\n  - /ci/other.yml\ndeploy:\n  rules: []\n{TOKEN}  script: [make]\n",
        "ci/when.yml": "workflow:\n  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n",
        "ci/other.yml": "lint:\n  script: [make lint]\n",
    }
    base[".gitlab-ci.yml"] = base[".gitlab-ci.yml"].replace("rules: []", "rules: [{when: on_success}]")
    head = {**base, ".gitlab-ci.yml": base[".gitlab-ci.yml"].replace("  - /ci/when.yml\n", "")}
    assert place(base, head) == (".gitlab-ci.yml", 1)


def test_a_removed_inherit_is_reported_where_it_stood():
    text = f"default:\n{TOKEN}deploy:\n  script:\n    - ./deploy $VAULT_ID_TOKEN\nlint:\n  stage: test\n"
    base = {".gitlab-ci.yml": f"{text}  inherit:\n    default: false\n  script:\n    - make lint\n"}
    head = {".gitlab-ci.yml": f"{text}  script:\n    - make lint\n"}
    assert place(base, head, "id-token-for-every-job") == (".gitlab-ci.yml", 9)


def test_a_renamed_template_is_reported_under_its_new_name():
    base = both(f".deploy:\n  stage: deploy\n{ON_MAIN}{TOKEN}")
    head = {
        ".gitlab-ci.yml": JOB.replace("deploy.yml", "ship.yml"),
        "ci/ship.yml": f".deploy:\n  stage: deploy\n{TOKEN}",
    }
    assert place(base, head, renamed_from={"ci/ship.yml": "ci/deploy.yml"}) == ("ci/ship.yml", 2)


@pytest.mark.parametrize("change", ["# a word\n", "lint:\n  script: [make lint]\n"])
def test_what_has_nothing_to_do_with_the_job_moves_nothing(change):
    base = {".gitlab-ci.yml": f"deploy:\n  environment: production\n{TOKEN}  script:\n    - make\n"}
    head = {".gitlab-ci.yml": base[".gitlab-ci.yml"] + change}
    assert reported(base, head, "secret-on-unprotected-ref") == []


def test_the_thread_stands_in_the_template(double, bot, project):
    base = both(f".deploy:\n  stage: deploy\n{ON_MAIN}{TOKEN}")
    double.push(project, project.default_branch, base)
    merge_request = double.open_merge_request(
        project, {"ci/deploy.yml": f".deploy:\n  stage: deploy\n{TOKEN}"}
    )
    bot.review(merge_request)
    (thread,) = double.threads(merge_request, by=double.bot)
    position = thread.first.position
    assert (position["new_path"], position["old_line"], position["new_line"]) == ("ci/deploy.yml", 2, 2)
    assert "`.gitlab-ci.yml:2`: here it takes effect" in thread.first.body
    bot.review(merge_request)
    assert bot.writes == 0
    double.push(project, merge_request.source_branch, base)
    bot.review(merge_request)
    (thread,) = double.threads(merge_request, by=double.bot)
    assert thread.resolved


NOT_IN_MR = "  rules:\n    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'\n      when: never\n"
ENDS = NOT_IN_MR + "    - if: $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH\n      when: never\n"
GUARDS = {
    "rules for main": (ON_MAIN, "", 4),
    "only main": ("  only: [main]\n", "", 4),
    "only protected": (
        '  rules:\n    - if: $CI_COMMIT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"\n',
        "  rules:\n    - if: $CI_COMMIT_BRANCH\n",
        6,
    ),
    "a rule that ends the others": (
        ENDS + "    - when: on_success\n",
        NOT_IN_MR + "    - when: on_success\n",
        7,
    ),
}


@pytest.mark.parametrize(("before", "after", "line"), GUARDS.values(), ids=GUARDS)
def test_a_guard_that_is_taken_away(before, after, line):
    job = f"deploy:\n{TOKEN}%s  script: [make]\n"
    base, head = ({".gitlab-ci.yml": job % guard} for guard in (before, after))
    assert place(base, head) == (".gitlab-ci.yml", line)
    assert reported(head, base, "secret-on-unprotected-ref") == []
