"""The chart: what it renders, what it refuses, that every setting can be reached, and what its pods may do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from bot import __version__
from bot.settings import table
from tests.helm.conftest import CHART, KUBERNETES, ROOT, VALUES, helm, needs_helm, refusal, rendered

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_helm
GOLDEN = ROOT / "tests" / "helm" / "golden"
SCHEMAS = ROOT / ".cache" / "kubernetes"
BY_CHART = {"DATABASE_URL", "SEALCHECK_POLICY", "SEALCHECK_WORKER_METRICS_PORT"}
LEAST = "image: {repository: x}\nsecret: {name: s}\n"
POSTGRESQL = "image: {repository: x}\nsecret: {name: s, keys: {DATABASE_URL: d}}\ndatabase: postgresql\n"
each_values = pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)


def documents(text: str) -> list[Any]:
    return [each for each in YAML(typ="safe").load_all(text) if each]


def pods(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Kind and specification of everything that runs."""
    found = []
    for each in documents(text):
        if each["kind"] == "Pod":
            found.append(("Pod", each["spec"]))
        elif each["kind"] == "CronJob":
            found.append(("CronJob", each["spec"]["jobTemplate"]["spec"]["template"]["spec"]))
        elif "template" in each.get("spec", {}):
            found.append((each["kind"], each["spec"]["template"]["spec"]))
    return found


def environment(text: str) -> set[str]:
    return {
        each["name"] for _, pod in pods(text) for container in pod["containers"] for each in container["env"]
    }


@each_values
def test_lint_finds_nothing(values: Path):
    found = helm("lint", "--strict", CHART, "--values", values, "--kube-version", KUBERNETES)
    assert found.returncode == 0, found.stdout


@each_values
def test_it_renders_what_it_rendered(values: Path):
    text = rendered("--values", values)
    golden = GOLDEN / values.name
    if os.environ.get("SEALCHECK_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8"), (
        "SEALCHECK_GOLDEN=write rewrites it: read the difference"
    )


@each_values
@pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason="Kubernetes' schemas are missing (tests/oracle/install-helm.sh)"
)
def test_kubernetes_own_schemas_take_it(values: Path, tmp_path: Path):
    for number, each in enumerate(documents(rendered("--values", values))):
        if each["apiVersion"].partition("/")[0] in {"monitoring.coreos.com", "gateway.networking.k8s.io"}:
            continue  # custom resources: they are not Kubernetes' own
        (tmp_path / f"{number}.json").write_text(json.dumps(each))
    checked = subprocess.run(
        [
            sys.executable, "-m", "kubernetes_validate", "--quiet", "--strict", "--kubernetes-version", KUBERNETES,
            *sorted(tmp_path.glob("*.json")),
        ],
        env={"PYTHONPATH": str(SCHEMAS)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


@each_values
def test_every_pod_is_as_small_as_it_can_be(values: Path):
    found = pods(rendered("--values", values))
    assert found
    for _, pod in found:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {"requests", "limits"} <= set(container["resources"])


def test_the_provisioning_token_goes_to_nobody_who_receives():
    values = POSTGRESQL.replace("DATABASE_URL: d", "DATABASE_URL: d, GITLAB_PROVISION_TOKEN: p")
    for each in documents(rendered("--values", "-", given=values)):
        if each["kind"] in {"Deployment", "Pod"}:
            has = "GITLAB_PROVISION_TOKEN" in json.dumps(each)
            assert has == each["metadata"]["name"].endswith(("-worker", "-doctor")), each["metadata"]["name"]


def test_every_setting_can_be_reached_and_no_other():
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]
    plain = set(schema["settings"]["properties"])
    secret = set(schema["secret"]["properties"]["keys"]["properties"])
    assert plain | secret | BY_CHART == {variable for variable, _, _ in table()}
    assert not plain & secret
    keys = ", ".join(f"{name}: k" for name in sorted(secret))
    defaults = {variable: default for variable, default, _ in table()} | {"PUBLIC_URL": "https://example.com"}
    settings = ", ".join(f'{name}: "{defaults[name]}"' for name in sorted(plain))
    text = rendered(
        "--values",
        "-",
        given=f"image: {{repository: x}}\ndatabase: postgresql\nsecret: {{name: s, keys: {{{keys}}}}}\n"
        f"settings: {{{settings}}}\npolicy: 'locked: []'\n",
    )
    assert environment(text) >= plain | secret | BY_CHART


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITLAB_URL", "gitlab.example.com"),
        ("GITLAB_URL", "https://user@gitlab.example.com"),
        ("LOG_LEVEL", "chatty"),
        ("SEALCHECK_MAX_THREADS", "-1"),
        ("SEALCHECK_DRAIN_SECONDS", "'25s'"),
    ],
)
def test_what_the_program_would_refuse_is_refused_before_it_starts(name: str, value: str):
    from bot.errors import SettingsError
    from bot.settings import load

    with pytest.raises(SettingsError, match=name):
        load({"GITLAB_TOKEN": "t", name: value.strip("'")}, ROOT / "tests")
    assert name in refusal(LEAST + f"settings: {{{name}: {value}}}\n")


def test_the_network_policy_lets_the_bot_reach_what_the_values_name():
    text = rendered(
        "--values",
        "-",
        given=LEAST
        + "settings: {GITLAB_URL: 'http://gitlab.example.com:8929', PUBLIC_URL: 'https://example.com:8443'}\n"
        + "proxy: {https: 'http://proxy.example.com:3128', http: 'http://proxy.example.com'}\n",
    )
    (policy,) = [each for each in documents(text) if each["kind"] == "NetworkPolicy"]
    ports = {each["port"] for each in policy["spec"]["egress"][0]["ports"] if each["protocol"] == "TCP"}
    assert ports == {53, 443, 8929, 8443, 3128, 80}


def test_a_cluster_may_choose_the_user():
    text = rendered("--values", "-", given=LEAST + "runAsUser: null\n")
    for _, pod in pods(text):
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & set(pod["securityContext"])
        assert pod["securityContext"]["runAsNonRoot"] is True


def test_a_number_stays_a_number():
    text = rendered("--values", "-", given=LEAST + "settings: {SEALCHECK_REVIEW_MEMORY_BYTES: 21474836480}\n")
    assert 'value: "21474836480"' in text


def test_the_version_is_the_programs():
    chart = YAML(typ="safe").load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == __version__


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("secret: {name: s}\n", "image.repository"),
        ("image: {repository: x}\n", "secret.name"),
        (LEAST + "embedded: {replicas: 2}\n", "SQLite has one owner"),
        (LEAST + "worker: {autoscaling: {enabled: true}}\n", "needs database: postgresql"),
        (LEAST + "database: postgresql\n", "DATABASE_URL"),
        (LEAST + "provision: {enabled: true}\n", "GITLAB_PROVISION_TOKEN"),
        (LEAST + "audit: {enabled: true}\n", "audit.enabled: needs database: postgresql"),
        (LEAST + "survey: {enabled: true}\n", "survey.enabled: needs database: postgresql"),
        (POSTGRESQL + "audit: {enabled: true}\n", "audit.address"),
        (POSTGRESQL + "audit: {enabled: true, address: 'https://v'}\n", "audit.role"),
        (LEAST + "ingress: {enabled: true}\n", "ingress.host"),
        (LEAST + "gateway: {enabled: true}\n", "gateway.parents"),
        ("image: {repository: x}\nsecret: {name: s, keys: {WEBHOOK_SECRET: ''}}\n", "WEBHOOK_SIGNING_TOKEN"),
    ],
)
def test_what_cannot_work_is_refused_with_the_remedy(values: str, words: str):
    assert words in refusal(values)


def paths(value: object, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The route of every mapping in values.yaml that the schema closes."""
    if not isinstance(value, dict):
        return []
    here = [above] if value.get("additionalProperties") is False else []
    for name, each in value.get("properties", {}).items():
        here += paths(each, (*above, name))
    return here


def test_a_typo_anywhere_is_refused():
    schema = json.loads((CHART / "values.schema.json").read_text())
    routes = paths(schema)
    assert len(routes) > 15
    for route in routes:
        values: dict[str, Any] = {}
        inner = values
        for name in route:
            inner[name] = {}
            inner = inner[name]
        inner["typo"] = "x"
        assert "typo" in refusal(LEAST + yaml_of(values)), route


def yaml_of(values: dict[str, Any]) -> str:
    """One more document's worth of top-level keys, merged with LEAST by the reader of values."""
    text = json.dumps(values)[1:-1]
    key, _, rest = text.partition(": ")
    return f"{json.loads(key)}: {rest}\n"


def test_no_value_is_a_secret_and_every_value_has_its_place_in_the_schema():
    text = (CHART / "values.yaml").read_text()
    assert not re.search(r"(?i)(password|token|secret)\s*:\s*[\"']?[A-Za-z0-9]{16,}", text)
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert set(YAML(typ="safe").load(text)) == set(schema["properties"]) - {"global"}


def notes(tmp_path: Path, values: Path) -> str:
    """What helm says after an install. `helm template` leaves it out, so it is rendered as a document of its own."""
    chart = tmp_path / "sealcheck"
    shutil.copytree(CHART, chart)
    text = (chart / "templates/NOTES.txt").read_text()
    (chart / "templates/said.tpl").write_text('{{ define "said" }}' + text + "{{ end }}")
    (chart / "templates/said.yaml").write_text('text: {{ include "said" . | toJson }}\n')
    found = helm(
        "template", "sealcheck", chart, "--kube-version", KUBERNETES, "--values", values, "--show-only", "templates/said.yaml",
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return str(documents(found.stdout)[0]["text"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("embedded", ["helm test sealcheck", "no ingress is set", "the Secret sealcheck"]),
        ("ingress", ["https://sealcheck.example.com/hooks/gitlab", "Comments"]),
        ("gateway", ["https://sealcheck.example.com/hooks/gitlab"]),
        ("console", ["https://sealcheck.example.com/tools/hooks/gitlab"]),
        ("provision", ["job/sealcheck-provision"]),
    ],
)
def test_the_notes_say_the_next_step(name: str, words: list[str], tmp_path: Path):
    said = notes(tmp_path, ROOT / f"tests/helm/values/{name}.yaml")
    for each in words:
        assert each in said, said
