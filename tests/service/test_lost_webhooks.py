"""A bot that was down while merge requests were opened and discussed ends in the same state as one that was up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import Service, until

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_missed_is_found_at_the_next_start(tmp_path: Path):
    with GitLabDouble() as double:
        project = a_project(double)
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
        service = Service(tmp_path, {"GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN})
        try:
            service.start()
            until(lambda: len(double.threads(merge_request, by=double.bot)) == 1)
            until(lambda: not service.queued() - {"sweep/0/0/0"})
        finally:
            service.stop()
        double.push(
            project, merge_request.source_branch, {".gitlab-ci.yml": LEAKY.replace('echo "$API_KEY"', "make")}
        )
        try:
            service.start()
            until(lambda: all(each.resolved for each in double.threads(merge_request)))
        finally:
            service.stop()
        assert double.refused == []
