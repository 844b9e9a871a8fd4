"""A strict stand-in for GitLab, served over real HTTP: what the tests and `make demo` run the real bot against."""

from tests.gitlab_double.double import GitLabDouble

__all__ = ["GitLabDouble"]
