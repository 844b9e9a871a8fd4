"""A strict stand-in for GitLab, served over real HTTP: what the tests and `make demo` run the real bot against.

    with GitLabDouble() as double:
        project = double.project("platform/payments", {"README.md": "# Example"})
        double.hook("http://127.0.0.1:8080/hooks/gitlab", project, token="...")
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": "..."})
        double.settle()                                  # webhooks delivered
        print(double.conversation(merge_request))        # what a reader sees
        assert double.refused == [] and double.quick_actions_run == []

Commits, diffs, renames and merge bases are real git's. What GitLab refuses is refused with its status and words; what
the stand-in itself does not know (a route, a parameter) is refused too and kept in `double.refused`.
"""

from tests.gitlab_double.double import GitLabDouble

__all__ = ["GitLabDouble"]
