"""A stand-in, a project with one merge request, and the real python-gitlab as the bot's user."""

import gitlab
import pytest

from tests.gitlab_double import GitLabDouble

BEFORE = "".join(f"line {number}\n" for number in range(1, 21))
AFTER = (
    BEFORE.replace("line 5\n", "line five\n")
    .replace("line 10\n", "line 10\nadded\n")
    .replace("line 15\n", "")
)


@pytest.fixture
def double():
    with GitLabDouble() as found:
        yield found
        assert found.refused == [], "the stand-in was asked for something that it does not know"


@pytest.fixture
def project(double):
    return double.project(files={"a.txt": BEFORE, "untouched.txt": "same\n"})


@pytest.fixture
def merge_request(double, project):
    return double.open_merge_request(project, {"a.txt": AFTER})


@pytest.fixture
def api(double):
    return gitlab.Gitlab(double.url, private_token=double.BOT_TOKEN, timeout=5)


@pytest.fixture
def remote(api, project, merge_request):
    """The merge request as the bot sees it through python-gitlab."""
    return api.projects.get(project.id).mergerequests.get(merge_request.iid)


@pytest.fixture
def at(merge_request):
    """Makes positions: at(new_line=5), at(old_line=1, new_line=1)."""

    def make(path="a.txt", **lines):
        found = {**merge_request.version.refs, "position_type": "text", "old_path": path, "new_path": path}
        return found | lines

    return make
