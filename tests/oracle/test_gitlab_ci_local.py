"""Our jobs against gitlab-ci-local's, key by key; every disagreement is in docs/oracles/gitlab-ci-local.md.

Over our own files and a sample of the corpus; over all of it with SEALCHECK_ORACLE=full.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.oracle.gitlab_ci_local import (
    BIN,
    KEYS,
    ROOT,
    Sources,
    differences,
    our_pipeline,
    sources_of,
    their_jobs,
)

_CORPUS = ROOT.parent / "shared/corpus/ci"
_OWN = Path(__file__).parent / "fixtures/ci"
_NOTE = ROOT / "docs/oracles/gitlab-ci-local.md"
_LISTED = re.compile(
    r"^- `(?P<file>[^`]+)` (?:job `(?P<job>[^`]+)`|the pipeline): (?P<keys>`.+)$", re.MULTILINE
)

pytestmark = pytest.mark.skipif(
    not (BIN / "gitlab-ci-local").exists(),
    reason="gitlab-ci-local is missing: run tests/oracle/install-gitlab-ci-local.sh",
)


def _listed(name: str) -> set[tuple[str, str]]:
    """(job, key) of every disagreement that the note gives a reason for; the job "" is the pipeline."""
    return {
        (found["job"] or "", key)
        for found in _LISTED.finditer(_NOTE.read_text())
        if found["file"] == name
        for key in re.findall(r"`([^`]+)`", found["keys"])
    }


def _corpus() -> list[Path]:
    files = sorted(_CORPUS.glob("*"))
    return files if os.environ.get("SEALCHECK_ORACLE") == "full" else files[::250]


@pytest.mark.parametrize("path", sorted(_OWN.iterdir()), ids=lambda path: path.name)
def test_our_own_files_expand_to_the_same_jobs(path: Path, tmp_path: Path) -> None:
    if path.is_dir():
        files = {str(p.relative_to(path)): p.read_text() for p in sorted(path.rglob("*")) if p.is_file()}
        sources = Sources(files.pop(".gitlab-ci.yml"), files)
    else:
        sources = Sources(path.read_text())
    theirs = their_jobs(sources, tmp_path)
    assert not isinstance(theirs, str), f"gitlab-ci-local refuses the file: {theirs}"
    found = differences(our_pipeline(sources), theirs)
    assert set(found) == _listed(path.name), found


@pytest.mark.parametrize("path", _corpus(), ids=lambda path: path.name[:60])
def test_a_public_file_expands_to_the_same_jobs(path: Path, tmp_path: Path) -> None:
    sources = sources_of(path.read_bytes().decode(errors="replace"))
    theirs = their_jobs(sources, tmp_path)
    if isinstance(theirs, str):
        pytest.skip(f"gitlab-ci-local refuses the file: {theirs}")
    found = differences(our_pipeline(sources), theirs)
    assert set(found) == _listed(path.name[:10]), found


def test_the_note_lists_keys_that_are_compared() -> None:
    listed = [found.groupdict() for found in _LISTED.finditer(_NOTE.read_text())]
    assert listed
    for entry in listed:
        assert set(re.findall(r"`([^`]+)`", entry["keys"] or "")) <= {*KEYS, "job"}, entry
