"""The alarms and the dashboard, asked of Prometheus' own code over the metrics of a real run."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from bot.console.audits import AuditRecord, open_audits
from tests.gitlab_double import GitLabDouble
from tests.helm.conftest import CHART, ROOT
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import SECRET, Service, opened, until

if TYPE_CHECKING:
    from pathlib import Path

JUDGE = ROOT / ".cache/oracle/promql"
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        not JUDGE.exists(), reason="Prometheus' code is not built (tests/oracle/install-promql.sh)"
    ),
]
ALARMS = (CHART / "files/alarms.yaml").read_text()
RULES = YAML(typ="safe").load(ALARMS)["groups"][0]["rules"]
PANELS = json.loads((CHART / "files/dashboard.json").read_text())["panels"]
MINUTES = 30
SAMPLE = re.compile(r"^(?P<series>\w+(?:\{.*\})?) (?P<value>\S+)$")


def ask(load: str, queries: list[str]) -> dict[str, list[dict[str, Any]]]:
    question = {"rules": ALARMS, "load": load, "minutes": MINUTES, "queries": queries}
    asked = subprocess.run([JUDGE], input=json.dumps(question), capture_output=True, text=True, check=True)
    answer = json.loads(asked.stdout)
    assert answer["problems"] == []
    return dict(answer["results"])


def series(exposition: str, changes: dict[str, float] | None = None) -> str:
    """The samples as they would be scraped each minute: counters grow by their value each minute, gauges stay."""
    lines = ["load 1m"]
    for line in exposition.splitlines():
        found = SAMPLE.match(line)
        if found is None or line.startswith("#"):
            continue
        name = found["series"].partition("{")[0]
        value = float(found["value"])
        for start, other in (changes or {}).items():
            if found["series"].startswith(start):
                value = other
        grows = name.endswith(("_total", "_bucket", "_count", "_sum"))
        lines.append(f"  {found['series']} {f'0+{value:g}' if grows else f'{value:g}+0'}x{MINUTES}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def exposition(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What /metrics says after a review with findings, a second one that resolves them, a command, and a refused delivery."""
    folder: Path = tmp_path_factory.mktemp("metrics")
    with GitLabDouble() as double:
        double.world.limits.requests_per_minute = 2000
        project = a_project(double)
        service = Service(folder, {"GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN}).start()
        try:
            double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
            merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_branch="b")
            until(lambda: len(double.threads(merge_request, by=double.bot)) == 1)
            double.push(project, "b", {".gitlab-ci.yml": LEAKY.replace('    - echo "$API_KEY"\n', "")})
            until(lambda: all(each.resolved for each in double.threads(merge_request, by=double.bot)))
            asked = double.comment(double.user("mira", projects=(project,)), merge_request, "/sealcheck help")
            assert asked is not None
            until(lambda: "white_check_mark" in {each["name"] for each in asked.awards})
            assert service.deliver(opened(1, 1), secret="wrong")[0] == 401
            until(lambda: not service.queued())
            audits = open_audits("", folder / "queue.sqlite3")
            audits.keep(AuditRecord("https://vault.example.com", 1, "group/vault", int(time.time()), 40))
            return service.get("/metrics")[1]
        finally:
            service.stop()


def expressions() -> list[str]:
    found = [each["expr"] for each in RULES]
    found += [target["expr"] for panel in PANELS for target in panel["targets"]]
    return [filled(each) for each in found]


def filled(expression: str) -> str:
    """The expression as Grafana asks it, with all namespaces."""
    return expression.replace("$__rate_interval", "5m").replace("$namespace", ".*")


def test_every_name_is_one_of_a_real_run(exposition: str):
    known = set(re.findall(r"^(sealcheck_\w+?)(?:\{| )", exposition, re.MULTILINE))
    named = {name for each in expressions() for name in re.findall(r"\bsealcheck_\w+", each)}
    assert named <= known


def test_the_dashboard_shows_something_in_every_panel(exposition: str):
    queries = [filled(target["expr"]) for panel in PANELS for target in panel["targets"]]
    for query, samples in ask(series(exposition), queries).items():
        assert samples, query


BAD = {
    "SealcheckTokenRefused": {"sealcheck_gitlab_refused": 1},
    "SealcheckQueueDown": {"sealcheck_queue_up": 0},
    "SealcheckReviewsAreLate": {"sealcheck_queue_oldest_seconds": 700},
    "SealcheckReviewsAreParked": {"sealcheck_queue_parked": 1},
    "SealcheckReviewsFail": {'sealcheck_jobs_total{kind="review",outcome="Done"}': 1},
    "SealcheckTokenExpires": {"sealcheck_token_expires_timestamp_seconds": 13 * 86400},
    "SealcheckHooksAreSilent": {
        'sealcheck_swept_total{what="merge_request"}': 1,
        "sealcheck_deliveries_total": 0,
    },
    "SealcheckVaultDrifts": {"sealcheck_audit_drift": 1},
    "SealcheckVaultIsNotAudited": {"sealcheck_audit_timestamp_seconds": -3 * 86400},
    "SealcheckBudgetIsLow": {'sealcheck_gitlab_budget{what="left"}': 199},
    "SealcheckDeliveriesAreRefused": {'sealcheck_deliveries_total{event="unread",result="unauthorized"}': 5},
}


def alarms(load: str) -> set[str]:
    results = ask(load, [each["expr"] for each in RULES])
    return {each["alert"] for each in RULES if results[each["expr"]]}


def test_no_alarm_rings_where_all_is_well(exposition: str):
    calm = {'sealcheck_deliveries_total{event="unread",result="unauthorized"}': 0.0}
    assert alarms(series(exposition, calm)) == set()


def test_two_installations_do_not_ring_for_each_other(exposition: str):
    """Each alarm names the namespace that it is about; every part of the dashboard can be narrowed to one."""
    both = ""
    for namespace, refused in (("one", 0), ("two", 1)):
        text = exposition.replace("sealcheck_gitlab_refused 0.0", f"sealcheck_gitlab_refused {refused}.0")
        both += re.sub(r"^(sealcheck_\w+) ", r"\1{} ", text, flags=re.MULTILINE).replace(
            "{", f'{{namespace="{namespace}",'
        )
    (rule,) = [each["expr"] for each in RULES if each["alert"] == "SealcheckTokenRefused"]
    assert [each["labels"] for each in ask(series(both), [rule])[rule]] == [{"namespace": "two"}]
    for panel in PANELS:
        for target in panel["targets"]:
            assert target["expr"].count("sealcheck_") == target["expr"].count('namespace=~"$namespace"')


@pytest.mark.parametrize("alarm", [each["alert"] for each in RULES])
def test_each_alarm_rings_for_its_cause_alone(exposition: str, alarm: str):
    failing = exposition + 'sealcheck_jobs_total{kind="review",outcome="Failed"} 0\n'
    changes = {'sealcheck_deliveries_total{event="unread",result="unauthorized"}': 0.0, **BAD[alarm]}
    if alarm == "SealcheckReviewsFail":
        changes['sealcheck_jobs_total{kind="review",outcome="Failed"}'] = 1.0
    assert alarms(series(failing, changes)) == {alarm}
