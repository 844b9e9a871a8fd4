"""kill -9 at every API request of a review: the service, or its worker alone; the end state is that without a kill.

A loop over the request's number, through a first review, an update, and a resolution. The stand-in for GitLab kills the
process before the request takes effect, or after it has and before its answer is sent.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import SECRET, Service, until

if TYPE_CHECKING:
    from pathlib import Path

FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
REQUESTS = 16
SAMPLE = range(1, REQUESTS + 1) if FULL else (2, 9, 11, 13, 15)
TWO = LEAKY.replace("    - ./deploy.sh\n", "    - set -x\n    - ./deploy.sh\n")


def conversation(double, merge_request):
    """What a reader sees, without the numbers that differ between two merge requests."""
    threads = [
        (
            each.first.position["new_line"],
            each.resolved,
            each.first.body.split("<!--", 1)[0],
            len(each.notes),
        )
        for each in double.threads(merge_request, by=double.bot)
    ]
    notes = sum("sealcheck:summary" in n.body for d in merge_request.discussions for n in d.notes)
    return sorted(threads), notes


def quiet(service: Service, double: GitLabDouble) -> bool:
    if service.process.poll() is not None:
        service.start()  # as its platform would
    double.settle()
    return not service.queued()


def story(service: Service, double: GitLabDouble, project, branch: str):
    """A first review, then a push that fixes one of the two findings; what stands there at the end."""
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": TWO}, source_branch=branch)
    until(lambda: quiet(service, double), 40)
    first = conversation(double, merge_request)
    double.push(project, branch, {".gitlab-ci.yml": TWO.replace('    - echo "$API_KEY"\n', "")})
    until(lambda: quiet(service, double), 40)
    return first, conversation(double, merge_request)


@pytest.mark.parametrize("whole", [False, True], ids=["worker", "service"])
def test_the_end_state_is_that_without_a_kill(tmp_path: Path, whole: bool):
    with GitLabDouble() as double:
        project = a_project(double)
        service = Service(
            tmp_path,
            {
                "GITLAB_URL": double.url,
                "GITLAB_TOKEN": double.BOT_TOKEN,
                "SEALCHECK_SWEEP_INTERVAL_SECONDS": "3600",
            },
        ).start()
        try:
            double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
            expected = story(service, double, project, "undisturbed")
            assert len(expected[0][0]) == 2
            assert [resolved for _, resolved, _, _ in expected[1][0]].count(True) == 1
            for number in SAMPLE:
                for after in (False, True):
                    reached = kill_at(service, double, number, whole=whole, after=after)
                    said = story(service, double, project, f"kill-{number}-{'after' if after else 'before'}")
                    double.faults.before_request = double.faults.after_request = None
                    assert said == expected, (number, after)
                    assert reached.is_set(), f"request {number} was never made"
            assert double.refused == []
            assert double.quick_actions_run == []
        finally:
            if service.process.poll() is None:
                service.stop()


def kill_at(
    service: Service, double: GitLabDouble, number: int, *, whole: bool, after: bool
) -> threading.Event:
    """Kills at the `number`th API request from now on that the bot makes about a merge request's review."""
    seen, reached = [0], threading.Event()

    def kill(_number: int, _method: str, _path: str) -> bool:
        seen[0] += 1
        if seen[0] != number:
            return True
        reached.set()
        if whole:
            service.kill()
        else:
            os.kill(service.child("worker"), signal.SIGKILL)
        return after

    double.faults.before_request = None if after else kill
    double.faults.after_request = kill if after else None
    return reached
