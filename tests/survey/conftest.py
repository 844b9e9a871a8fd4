import pytest

from tests.gitlab_double import GitLabDouble
from tests.survey.company import furnish, opened


@pytest.fixture
def double():
    with GitLabDouble() as running:
        yield running
        assert running.refused == []


@pytest.fixture
def company(double, tmp_path):
    furnish(double)
    return opened(double, tmp_path)
