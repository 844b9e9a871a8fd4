"""The version where it is written outside of `bot/__init__.py`, which is the one place to change it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot import __version__

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?"
_PLACES: Final = (
    ("helm/sealcheck/Chart.yaml", r"^version: "),
    ("helm/sealcheck/Chart.yaml", r'^appVersion: "'),
    ("templates/sealcheck.yml", r"/sealcheck@"),
    ("docs/gitlab-component.md", r"/sealcheck@"),
    ("docs/gitlab-component.md", r"/sealcheck:"),
    ("docs/install-kubernetes.md", r"/sealcheck:"),
    ("docs/pre-commit.md", r"\brev: v"),
    ("docs/upgrading.md", r"/sealcheck:"),
    ("docs/upgrading.md", r"\bsealcheck-"),
    ("docs/upgrading.md", r"refs/tags/v"),
    ("docs/json.md", r'"name": "sealcheck", "version": "'),
)
"""Files, and what is written before the version there."""


def with_version(root: Path, version: str = __version__) -> dict[Path, str]:
    """Return every file that names the version, with `version` in it.

    Raises:
        ValueError: a file does not name it where `_PLACES` expects it.
    """
    texts: dict[Path, str] = {}
    for name, before in _PLACES:
        path = root / name
        text = texts.get(path) or path.read_text(encoding="utf-8")
        texts[path], count = re.subn(rf"({before}){_VERSION}", rf"\g<1>{version}", text, flags=re.MULTILINE)
        if not count:
            raise ValueError(f"{name}: no version after {before!r}")
    return texts
