import pytest

from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import Bot, a_project


@pytest.fixture
def double():
    with GitLabDouble() as running:
        yield running
        assert running.refused == []
        assert running.quick_actions_run == []


@pytest.fixture
def bot(double):
    return Bot(double)


@pytest.fixture
def project(double):
    return a_project(double)
