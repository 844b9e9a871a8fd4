"""The real program: a review that the worker made is in the console that the web process serves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import Service, free_port, until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("under", ["", "/tools/sealcheck"])
def test_from_a_merge_request_to_the_page(tmp_path: Path, under: str):
    port = free_port()
    public = f"http://127.0.0.1:{port}{under}"
    with GitLabDouble() as double:
        project = a_project(double)
        application = double.oauth.register(f"{public}/console/callback", "read_api")
        double.oauth.browser = double.admin
        double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
        environment = {
            "GITLAB_URL": double.url,
            "GITLAB_TOKEN": double.BOT_TOKEN,
            "PUBLIC_URL": public,
            "SEALCHECK_CONSOLE_CLIENT_ID": application.client_id,
            "SEALCHECK_CONSOLE_CLIENT_SECRET": application.secret,
            "SEALCHECK_CONSOLE_SESSION_SECRET": "s" * 32,
        }
        service = Service(tmp_path, environment, port)
        browser = requests.Session()
        try:
            service.start()
            page = lambda: browser.get(f"{public}/console/?now", timeout=10).text  # noqa: E731 - said once
            until(lambda: "secret-in-log" in page() or browser.cookies.clear())
            shown = browser.get(f"{public}/console/projects/{project.id}", timeout=10)
            assert shown.status_code == 200
            assert project.path in shown.text
            assert "GitLab takes it" in page()
            signed_out = browser.post(f"{public}/console/sign-out", timeout=10)
            assert "Signed out" in signed_out.text
            assert requests.get(f"{public}/metrics", timeout=10).status_code == 200
            for kind, each in re.findall(r'(href|action)="(/[^"]*)"', shown.text):
                assert each.startswith(f"{under}/console")
                answer = browser.request(
                    "GET" if kind == "href" else "POST", f"http://127.0.0.1:{port}{each}"
                )
                assert answer.status_code == 200, each
            # A proxy may also take the path off: probes and webhooks come without it.
            assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10).status_code == 200
            for route in (f"{under}/hooks/gitlab", "/hooks/gitlab"):
                assert requests.post(f"http://127.0.0.1:{port}{route}", timeout=10).status_code == 401
            assert requests.get(f"http://127.0.0.1:{port}/tool{under}/healthz", timeout=10).status_code == 404
        finally:
            service.stop()
        log = service.log()
        assert all(each.value not in log for each in double.oauth.given)
        assert application.secret not in log
        assert double.refused == []
