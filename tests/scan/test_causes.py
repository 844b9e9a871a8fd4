"""`--base` shows what a change brings in on the line of the change, as the merge request's thread does."""

from tests.scan.conftest import CLEAN, git

GUARD = '  rules:\n    - if: $CI_COMMIT_BRANCH == "main"\n      when: on_success\n'


def test_base_reports_at_the_template_what_it_does_to_the_job(checkout):
    job = CLEAN.replace(GUARD, "  extends: .on-main\n").replace(
        "deploy:\n", "include: /ci/when.yml\ndeploy:\n", 1
    )
    checkout.put(".gitlab-ci.yml", job)
    checkout.put("ci/when.yml", f".on-main:\n  interruptible: false\n{GUARD}")
    git(checkout.folder, "add", "-A")
    git(checkout.folder, "commit", "-qm", "a template")
    checkout.put("ci/when.yml", ".on-main:\n  interruptible: false\n")
    (found,) = checkout.json(base="HEAD")["findings"]
    assert (found["rule"], found["path"], found["line"]) == ("secret-on-unprotected-ref", "ci/when.yml", 2)
    assert found["subject"] == "job:deploy"
    assert checkout.rules() == []
