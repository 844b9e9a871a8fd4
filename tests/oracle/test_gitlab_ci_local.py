"""Our jobs against gitlab-ci-local's, over fixtures and a sample of the corpus (all with SEALCHECK_ORACLE=full)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.documents.documents import Documents
from bot.documents.nodes import Mapping, plain
from bot.documents.yaml import parse_yaml
from bot.pipeline.load import load_pipelines
from bot.snapshot import Tree

_ROOT = Path(__file__).resolve().parents[2]
_BIN = _ROOT / ".cache/gitlab-ci-local/node_modules/.bin"
_CORPUS = _ROOT.parent / "shared/corpus/ci"
_SECTIONS = ("before_script", "script", "after_script")

pytestmark = pytest.mark.skipif(
    not (_BIN / "gitlab-ci-local").exists(),
    reason="gitlab-ci-local is missing: run tests/oracle/install-gitlab-ci-local.sh",
)


def _cases() -> list[Path]:
    corpus = sorted(p for p in _CORPUS.glob("*") if "include" not in p.read_text(errors="replace"))
    return [
        *sorted((Path(__file__).parent / "fixtures/ci").glob("*.yml")),
        *(corpus if os.environ.get("SEALCHECK_ORACLE") == "full" else corpus[::120]),
    ]


@pytest.mark.parametrize("path", _cases(), ids=lambda path: path.name[:60])
def test_scripts_and_variables_agree(path: Path, tmp_path: Path) -> None:
    text = path.read_bytes().decode(errors="replace")
    (tmp_path / ".gitlab-ci.yml").write_text(text)
    git = shutil.which("git") or "git"
    subprocess.run([git, "init", "-q", str(tmp_path)], check=True)
    ran = subprocess.run(
        [str(_BIN / "gitlab-ci-local"), "--preview"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{_BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if ran.returncode != 0:
        pytest.skip("gitlab-ci-local refuses the file")
    theirs = parse_yaml("preview", ran.stdout)
    assert isinstance(theirs, tuple)
    assert isinstance(theirs[0], Mapping)
    files = {".gitlab-ci.yml": text}
    jobs = load_pipelines(Tree(files), Documents(files))[0].jobs
    for name, entry in theirs[0].entries.items():
        if not isinstance(entry.value, Mapping) or name not in jobs:
            continue
        for section in _SECTIONS:
            ours = [line.text for line in jobs[name].scripts if line.section == section]
            said = plain(entry.value.get(section)) or []
            assert ours == [str(item) for item in (said if isinstance(said, list) else [said])], (
                name,
                section,
            )
