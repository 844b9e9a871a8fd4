"""A GitLab slower than the bot's patience, against the real program: its end state is that of a quick one."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import a_project
from tests.review.test_slow_publishing import SEVEN, reported
from tests.service.conftest import SECRET, Service, until
from tests.service.replicas import queued, running
from tests.service.stories import settings
from tests.service.test_kill import two_replicas

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("killed", [False, True], ids=["undisturbed", "killed"])
def test_a_slow_gitlab_gets_nothing_twice(tmp_path: Path, *, killed: bool):
    """Publishing takes 2.8 s and the bot waits for 1 s; killed, the worker dies while GitLab publishes."""
    with GitLabDouble() as double:
        service = Service(tmp_path, {**settings(double), "SEALCHECK_GITLAB_TIMEOUT_SECONDS": "1"})
        double.world.note_seconds = 0.4
        project = a_project(double)
        double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
        try:
            service.start()
            merge_request = double.open_merge_request(project, SEVEN)
            if killed:
                until(lambda: bool(double.threads(merge_request, by=double.bot)))
                os.kill(service.child("worker"), signal.SIGKILL)
            until(lambda: reported(double, merge_request) == (7, 1, 2) and not service.queued(), 60)
            assert merge_request.drafts == []
            assert killed or "may still be writing" in service.log()
        finally:
            service.stop()


def test_of_two_replicas_the_one_that_publishes_may_die(tmp_path: Path, postgres_url: str):
    patience = {"SEALCHECK_GITLAB_TIMEOUT_SECONDS": "1"}
    with (
        GitLabDouble() as double,
        two_replicas(tmp_path, double, postgres_url, **patience) as (service, workers),
    ):
        double.world.note_seconds = 0.4
        project = a_project(double)
        double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
        merge_request = double.open_merge_request(project, SEVEN)
        until(lambda: bool(double.threads(merge_request, by=double.bot)))
        max(workers, key=running).send(signal.SIGKILL)
        until(lambda: reported(double, merge_request) == (7, 1, 2) and not queued(postgres_url), 90)
        assert merge_request.drafts == []
