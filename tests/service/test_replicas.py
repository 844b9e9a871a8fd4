"""Two whole services on one PostgreSQL: started at once, one killed, replaced in turn, the database restarted."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psycopg

from tests.databases import new_postgres
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import Service, opened, until
from tests.service.replicas import queued
from tests.service.stories import settings

if TYPE_CHECKING:
    from pathlib import Path


def test_two_services_share_one_queue_and_one_may_die(postgres_url: str, tmp_path: Path) -> None:
    services = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        services.append(Service(tmp_path / name, {"DATABASE_URL": postgres_url}))
    starts = [threading.Thread(target=each.start) for each in services]  # at once: both bring the schema
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    first, second = services
    try:
        assert first.deliver(opened(3, 1), key="d")[0] == 202
        assert second.deliver(opened(3, 1), key="d") == (202, '{"result":"seen before"}\n')
        assert second.get("/readyz")[0] == 200
        first.kill()
        for iid in range(2, 12):
            assert second.deliver(opened(3, iid))[0] == 202
        until(lambda: all(f"review/3/{iid}/0" in second.log() for iid in range(2, 12)), 40)

        with psycopg.connect(postgres_url, autocommit=True) as database:  # as a restart does to every session
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )
        assert second.deliver(opened(3, 99))[0] == 202
        until(lambda: "review/3/99/0" in second.log(), 40)
        assert second.stop() == 0
    finally:
        for each in services:
            if each.process is not None and each.process.poll() is None:
                each.kill()


def test_both_outlive_a_restart_of_the_database(tmp_path: Path) -> None:
    """What was answered 202 is worked on; while there is no database the answer is 503."""
    server = new_postgres()
    services = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        services.append(Service(tmp_path / name, {"DATABASE_URL": server.url}).start())
    accepted: list[int] = []

    def deliver(each: Service, iid: int) -> int:
        status = each.deliver(opened(3, iid))[0]
        if status == 202:
            accepted.append(iid)
        return status

    def worked_on() -> bool:
        reported = "".join(each.log() for each in services)
        return all(f"review/3/{iid}/0" in reported for iid in accepted)

    try:
        assert [deliver(each, iid) for iid, each in enumerate(services, 1)] == [202, 202]
        server.stop()
        assert [deliver(each, iid) for iid, each in enumerate(services, 11)] == [503, 503]
        server.start()
        until(lambda: [deliver(each, iid) for iid, each in enumerate(services, 21)] == [202, 202], 40)
        until(worked_on, 40)
        assert [each.stop() for each in services] == [0, 0]
    finally:
        for each in services:
            if each.process is not None and each.process.poll() is None:
                each.kill()
        server.remove()


def test_a_rolling_update_loses_and_doubles_nothing(postgres_url: str, tmp_path: Path) -> None:
    """Two replicas are replaced one after the other while events come in; the balancer asks who is ready."""
    with GitLabDouble() as double:
        environment = {**settings(double), "DATABASE_URL": postgres_url}

        def replica(name: str) -> Service:
            (tmp_path / name).mkdir()
            return Service(tmp_path / name, environment).start()

        project = a_project(double)
        opened_now = [
            double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_branch=f"b-{number}")
            for number in range(16)
        ]
        serving = [replica("a"), replica("b")]
        more, refused = threading.Event(), list[int]()

        def events() -> None:
            for round_ in range(4):
                for number, each in enumerate(opened_now):
                    ready = tuple(serving)
                    status = ready[(number + round_) % len(ready)].deliver(
                        opened(project.id, each.iid), timeout=30
                    )[0]
                    if status != 202:
                        refused.append(status)
                    time.sleep(0.02)
            more.set()

        sender = threading.Thread(target=events)
        sender.start()
        try:
            for name in ("c", "d"):
                old = serving.pop(0)
                time.sleep(0.5)  # the balancer has taken note
                assert old.stop() == 0
                serving.append(replica(name))
            until(more.is_set, 60)
            until(lambda: not queued(postgres_url), 60)
            assert [each.stop() for each in serving] == [0, 0]
        finally:
            sender.join()
            for each in serving:
                if each.process is not None and each.process.poll() is None:
                    each.kill()
        assert refused == []
        assert [len(double.threads(each, by=double.bot)) for each in opened_now] == [1] * 16
        assert double.refused == []
