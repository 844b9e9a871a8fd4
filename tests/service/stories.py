"""A merge request's life that is reported again and again, each time with something dying in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.review.reviewing import LEAKY
from tests.service.conftest import until

if TYPE_CHECKING:
    from tests.gitlab_double import GitLabDouble

TWO = LEAKY.replace("    - ./deploy.sh\n", "    - set -x\n    - ./deploy.sh\n")
Settled = Callable[[], bool]
"""Whether nothing waits any more. Called until it is so."""


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


def story(double: GitLabDouble, project, branch: str, settled: Settled):
    """A first review, a push that fixes one of the two findings, an ignore of the other; what is there each time."""
    maintainer = double.user("mia", role=40, projects=(project,))
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": TWO}, source_branch=branch)
    until(settled, 60)
    said = [conversation(double, merge_request)]
    double.push(project, branch, {".gitlab-ci.yml": TWO.replace('    - echo "$API_KEY"\n', "")})
    until(settled, 60)
    said.append(conversation(double, merge_request))
    open_thread = next(each for each in double.threads(merge_request, by=double.bot) if not each.resolved)
    double.comment(maintainer, merge_request, "/sealcheck ignore a test account", open_thread)
    until(settled, 60)
    said.append(conversation(double, merge_request))
    return said


def settings(double: GitLabDouble) -> dict[str, str]:
    return {
        "GITLAB_URL": double.url,
        "GITLAB_TOKEN": double.BOT_TOKEN,
        "SEALCHECK_SWEEP_INTERVAL_SECONDS": "3600",
    }


def kill_at(double: GitLabDouble, number: int, kill: Callable[[], None], *, after: bool) -> threading.Event:
    """Kills at the `number`th API request from now on that the bot makes about a merge request's review."""
    seen, reached = [0], threading.Event()

    def fault(_number: int, _method: str, _path: str) -> bool:
        seen[0] += 1
        if seen[0] != number:
            return True
        reached.set()
        kill()
        return after

    double.faults.before_request = None if after else fault
    double.faults.after_request = fault if after else None
    return reached
