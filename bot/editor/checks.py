"""A repository as it is on disk, with the open buffers in the place of their files, judged as `scan` judges it."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.analysis.verify import Prover
from bot.lazy import dataclass
from bot.report.masking import Mask
from bot.scanning import git
from bot.scanning.files import WorkingFiles
from bot.scanning.fixing import fix_target
from bot.scanning.run import scan
from bot.scanning.selection import Target, targets
from bot.scanning.wish import Wish

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from bot.documents.location import Unreadable
    from bot.findings import Finding
    from bot.scanning.run import Scanned


@dataclass(slots=True)
class Checked:
    """What the rules say of a repository, and the texts of the open buffers that they saw, by path in it."""

    root: Path
    scanned: Scanned
    buffers: dict[str, str]
    mask: Mask
    _prover: Prover | None = field(default=None, repr=False)

    def path_of(self, file: Path) -> str:
        """The file's path from the repository's root."""
        return _inside(file, self.root)

    def findings(self, path: str) -> list[Finding]:
        """The open findings in one file, worst first."""
        return [finding for finding in self.scanned.outcome.open if finding.span.path == path]

    def unread(self, path: str) -> Iterator[tuple[Unreadable, bool]]:
        """What of one file could not be checked; and whether that is all of it."""
        outcome = self.scanned.outcome
        yield from ((each, True) for each in outcome.errors if each.path == path)
        yield from ((each, False) for each in outcome.notes if each.path == path)

    def text(self, path: str) -> str:
        """The text that was checked; "" where there is none."""
        return self.scanned.outcome.text(path) or ""

    def proven(self, finding: Finding) -> Finding:
        """The finding with its fix where the fix holds, else without one."""
        if finding.fix is None:
            return finding
        if self._prover is None:
            self._prover = Prover(self.scanned.repository)
        return self._prover.proven(finding)


def home_of(file: Path, folders: Iterable[Path]) -> Path:
    """What is scanned for `file`: its checkout, else the workspace's folder around it, else the file alone.

    The same root as `sealcheck scan` has there, so that fingerprints are the same.
    """
    folder = next((parent for parent in file.parents if parent.is_dir()), file.parent)
    root = git.toplevel(folder)
    if root is not None:
        return Path(root)
    around = [each for each in folders if file.is_relative_to(each)]
    return max(around, key=lambda each: len(each.parts), default=file)


def check(home: Path, buffers: Mapping[Path, str], today: dt.date) -> Checked:
    """What the rules say of `buffers`, which are in the place of their files in `home` (as `home_of` gives it).

    Raises:
        SealcheckError: git does not answer.
    """
    target = _target(home)
    own = _own(buffers, target.root)
    scanned = scan(target, Wish(today, only=tuple(own)), own)
    return Checked(target.root, scanned, own, Mask(scanned.outcome.findings, scanned.outcome.text))


def fixed_texts(home: Path, buffers: Mapping[Path, str], today: dt.date, only: Path) -> dict[str, str]:
    """The texts after all safe fixes, proven together, that stay inside of the file `only`, by path."""
    target = _target(home)
    target.selected = [_inside(only, target.root)]
    return fix_target(target, Wish(today), _own(buffers, target.root), unsafe=False).texts


def _target(home: Path) -> Target:
    if home.is_dir():
        [target], _ = targets([str(home)])
        return target
    return Target(home.parent, WorkingFiles(home.parent, [], roam=True), in_git=False, selected=None)


def _own(buffers: Mapping[Path, str], root: Path) -> dict[str, str]:
    return {_inside(file, root): text for file, text in buffers.items() if file.is_relative_to(root)}


def _inside(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()
