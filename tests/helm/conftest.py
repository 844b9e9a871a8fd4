"""The real helm on the real chart."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "sealcheck"
VALUES = sorted((Path(__file__).parent / "values").glob("*.yaml"))
KUBERNETES = "1.31.0"
HELM = next(
    (str(each) for each in (ROOT / ".cache/bin/helm", shutil.which("helm")) if each and Path(each).exists()),
    None,
)
needs_helm = pytest.mark.skipif(
    HELM is None, reason="helm is not installed (sh tests/oracle/install-helm.sh)"
)


def helm(*arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    assert HELM is not None
    return subprocess.run(
        [HELM, *map(str, arguments)], input=given, capture_output=True, text=True, check=False
    )


def rendered(*arguments: str | Path, given: str = "") -> str:
    """What the chart makes of these values; `--values -` reads `given`."""
    found = helm("template", "sealcheck", CHART, "--kube-version", KUBERNETES, *arguments, given=given)
    assert found.returncode == 0, found.stderr
    return found.stdout


def refusal(values: str) -> str:
    """Why the chart refuses these values."""
    found = helm("template", "sealcheck", CHART, "--kube-version", KUBERNETES, "--values", "-", given=values)
    assert found.returncode != 0, "it was taken"
    return found.stderr
