"""What /metrics describes a real run: the service against the stand-in for GitLab, each number for its reason."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from bot.comments.ops import ThreadChange
from bot.console.audits import AuditRecord, open_audits
from bot.observability.counting import OPENED
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import ROOT, SECRET, Service, until

if TYPE_CHECKING:
    from collections.abc import Callable

FIXED = LEAKY.replace('    - echo "$API_KEY"\n', "")
SAMPLE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")


def samples(text: str) -> dict[tuple[str, frozenset[str]], float]:
    found = filter(None, map(SAMPLE.match, text.splitlines()))
    return {
        (each["name"], frozenset(re.findall(r'(\w+="[^"]*")', each["labels"] or ""))): float(each["value"])
        for each in found
    }


class Told:
    """The metrics now: `told("name", label="value")` is the sum over the samples with these labels."""

    def __init__(self, service: Service) -> None:
        status, text = service.get("/metrics")
        assert status == 200
        self.samples = samples(text)

    def __call__(self, name: str, **labels: str) -> float:
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        return sum(
            value for (known, given), value in self.samples.items() if known == name and wanted <= given
        )


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """After a merge request with a leak: fixed, back again, ignored by command; and a comment that asks nonsense."""
    with GitLabDouble() as double:
        double.world.limits.requests_per_minute = 2000
        project = a_project(double)
        folder = tmp_path_factory.mktemp("run")
        service = Service(folder, {"GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN}).start()

        def seen(condition: Callable[[], object]) -> None:
            until(lambda: bool(condition()))
            until(lambda: not service.queued() - {"sweep/0/0/0"})

        try:
            double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
            maintainer = double.user("mira", role=40, projects=(project,))
            mr = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_branch="b")
            seen(lambda: double.threads(mr, by=double.bot))
            (thread,) = double.threads(mr, by=double.bot)
            double.push(project, "b", {".gitlab-ci.yml": FIXED})
            seen(lambda: thread.resolved)
            double.push(project, "b", {".gitlab-ci.yml": LEAKY})
            seen(lambda: not thread.resolved)
            double.comment(maintainer, mr, "/sealcheck ignore a throwaway key", thread)
            seen(lambda: thread.resolved)
            said = double.comment(maintainer, mr, "/sealcheck dance")
            assert said is not None
            seen(lambda: "warning" in {each["name"] for each in said.awards})
            audits = open_audits("", folder / "queue.sqlite3")
            audits.keep(AuditRecord("https://vault.example.com", 1, "group/vault", int(time.time()), 40))
            return Told(service)
        finally:
            service.stop()


def test_each_thread_is_counted_for_what_became_of_it(reported: Told):
    counted = {
        change: reported("sealcheck_threads_total", change=change) for change in (OPENED, *ThreadChange)
    }
    assert counted == {OPENED: 1, ThreadChange.RESOLVED: 1, ThreadChange.REOPENED: 1, ThreadChange.IGNORED: 1}


def test_each_command_is_counted_with_what_came_of_it(reported: Told):
    assert reported("sealcheck_commands_total", verb="ignore", result="done") == 1
    assert reported("sealcheck_commands_total", verb="unknown", result="unclear") == 1
    assert reported("sealcheck_commands_total") == 2


def test_findings_are_counted_by_rule_and_by_what_became_of_their_fix(reported: Told):
    assert reported("sealcheck_findings_total", rule="secret-in-log") >= 2
    assert reported("sealcheck_findings_total", fix="proven") + reported(
        "sealcheck_findings_total", fix="none"
    ) == reported("sealcheck_findings_total")


def test_each_stage_of_each_review_was_timed(reported: Told):
    read = reported("sealcheck_review_stage_seconds_count", stage="read")
    assert read >= 5, "three pushes, two comments"
    assert {
        stage: reported("sealcheck_review_stage_seconds_count", stage=stage)
        for stage in ("judge", "prove", "say")
    } == dict.fromkeys(("judge", "prove", "say"), read)
    whole = sum(
        reported("sealcheck_review_stage_seconds_sum", stage=each)
        for each in ("read", "judge", "prove", "say")
    )
    assert 0 < whole < reported("sealcheck_job_seconds_sum"), "a part of the jobs' time"


def test_what_gitlab_allows_is_what_it_said_last(reported: Told):
    assert reported("sealcheck_gitlab_budget", what="limit") == 2000
    assert 0 < reported("sealcheck_gitlab_budget", what="left") < 2000
    assert (
        reported("sealcheck_gitlab_requests_total")
        > 2000 - reported("sealcheck_gitlab_budget", what="left") - 1
    )


def test_the_sweep_and_the_token_are_known(reported: Told):
    assert reported("sealcheck_swept_total", what="todo") == 0
    assert ("sealcheck_swept_total", frozenset({'what="merge_request"'})) in reported.samples
    assert time.time() - 3600 < reported("sealcheck_swept_timestamp_seconds") < time.time()
    assert reported("sealcheck_token_expires_timestamp_seconds") == 1825027200, "2027-11-01"


def test_the_page_describes_each_metric_and_its_labels(reported: Told):
    page = (ROOT / "docs/metrics.md").read_text()
    rows = re.findall(r"^\| `(sealcheck_\w+)` \| (.*?) \|", page, re.MULTILINE)
    told_of = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    exported: dict[str, set[str]] = {}
    for name, labels in reported.samples:
        family = re.sub(r"(?<=seconds)_(bucket|count|sum)$", "", name)
        exported.setdefault(family, set()).update(each.partition("=")[0] for each in labels)
    assert told_of == {name: labels - {"le"} for name, labels in exported.items()}


def test_no_label_says_whose_it_is(reported: Told):
    """A project, a path or a person in a label would be a series each, for ever."""
    named = {label.partition("=")[0] for _, labels in reported.samples for label in labels}
    assert named <= {
        "action", "change", "event", "fix", "kind", "le", "method", "outcome", "result", "rule", "stage", "status",
        "verb", "what",
    }  # fmt: skip
    assert len(reported.samples) < 400
