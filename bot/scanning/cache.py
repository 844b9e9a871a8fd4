"""What earlier scans found, on disk: where nothing has changed, nothing is judged again.

An entry belongs to one program, repository, selection, policy and day. It contains a digest of each text that the scan
looked at, also of those that were not there, and the outcome; it counts while all of them are the same. What a scan
finds depends on nothing else: every text comes through `Texts`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bot
from bot.documents.location import Span, Unreadable
from bot.findings import Confidence, Effect, Finding, Related, Severity, Witness
from bot.fixes import Edit, Fix
from bot.report.outcome import ReadFile, ScanOutcome
from bot.scanning.wish import project_of

if TYPE_CHECKING:
    from bot.scanning.files import Texts
    from bot.scanning.selection import Target
    from bot.scanning.wish import Wish

FOLDER_VARIABLE: Final = "SEALCHECK_CACHE_DIR"
_MAX_ENTRIES: Final = 200
"""the entries that were not used for longest go first"""
_SUFFIX: Final = ".json"


def cache_folder() -> Path | None:
    """The folder that the user names, else the platform's for caches; None where there is none."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "sealcheck"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "sealcheck" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "sealcheck"


class CacheEntry:
    """The place of one scan's outcome: made before the scan, while nothing has been read."""

    def __init__(self, folder: Path, target: Target, wish: Wish, *, proven: bool) -> None:
        self._texts = target.files
        self._proven = proven
        basis = (
            _program(),
            str(target.root),
            target.selected,
            asdict(project_of(target)),
            asdict(wish.organisation) if wish.organisation else None,
            wish.today,
            proven,
            sorted(target.files.unread.items()),
            list(target.files),
        )
        name = _digest(json.dumps(basis, default=_jsonable).encode())
        self._folder = folder
        self._file = folder / f"{name}{_SUFFIX}"

    def find(self) -> ScanOutcome | None:
        """The outcome, where every text that it rests on is still the same. A damaged entry counts for nothing."""
        try:
            digest, _, body = self._file.read_bytes().partition(b"\n")
            if digest.decode() != _digest(body):
                return None
            kept = json.loads(body)
            if any(_digest_of(self._texts, path) != known for path, known in kept["texts"].items()):
                return None
            outcome = _outcome(kept, self._texts)
            os.utime(self._file)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return outcome

    def keep(self, outcome: ScanOutcome) -> None:
        """Write the outcome down, without the value of any secret.

        Raises:
            OSError: the folder cannot be written.
        """
        texts = {path: _digest_of(self._texts, path) for path in self._texts.looked_up}
        masked = _masked(outcome, proven=self._proven)
        try:
            body = json.dumps({"texts": texts, **_plain(masked)}, separators=(",", ":")).encode()
        except (TypeError, ValueError):
            return
        if _outcome(json.loads(body), self._texts) != masked:
            return
        import tempfile  # noqa: PLC0415 - an unchanged repository writes nothing

        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_digest(body).encode() + b"\n" + body)
            Path(temporary).replace(self._file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        used: list[tuple[float, Path]] = []
        for file in self._folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError):  # another scan forgets too
                used.append((file.stat().st_mtime, file))
        for _, file in sorted(used)[:-_MAX_ENTRIES]:
            file.unlink(missing_ok=True)


def _jsonable(value: object) -> object:
    """What JSON has no form for; a set in an order of its own."""
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _program() -> list[object]:
    """What distinguishes this program from every other version of it, and from one under development."""
    home = Path(bot.__file__).parent
    sources = sorted(
        (file.path, file.stat().st_mtime_ns, file.stat().st_size)
        for folder, _, _ in os.walk(home)
        for file in os.scandir(folder)
        if file.name.endswith((".py", ".so", ".pyd"))
    )
    packages = [Path(place).stat().st_mtime_ns for place in sys.path if Path(place).is_dir()]
    return [bot.__version__, sys.version, sources, packages]


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _digest_of(texts: Texts, path: str) -> str:
    """The digest of a text; of a file that has none, why."""
    text = texts.get(path)
    if text is None:
        return f"no text: {texts.unread.get(path) or texts.passed_over.get(path, '')}"
    return _digest(text.encode(errors="surrogatepass"))


def _masked(outcome: ScanOutcome, *, proven: bool) -> ScanOutcome:
    """The outcome as its reports say it: no value of a secret is written down.

    `proven`: reports show the lines of fixes; those that have a value they leave out, and so does this.
    """
    from bot.report.masking import Mask  # noqa: PLC0415 - an unchanged repository needs it for its report only

    mask = Mask(outcome.findings, outcome.text)

    def places(related: tuple[Related, ...]) -> tuple[Related, ...]:
        return tuple(replace(each, note=mask(each.note)) for each in related)

    def unread(skipped: tuple[Unreadable, ...]) -> tuple[Unreadable, ...]:
        return tuple(replace(each, reason=mask(each.reason)) for each in skipped)

    def fix(kept: Fix | None) -> Fix | None:
        if kept is None or not any(mask.hides(edit.text) for edit in kept.edits):
            return kept and replace(kept, otherwise=None)
        return None if proven else replace(kept, edits=(), otherwise=None)

    findings = tuple(
        replace(
            each,
            message=mask(each.message),
            attack=mask(each.attack),
            ignored=each.ignored and mask.code(each.ignored),
            fix=fix(each.fix),
            witness=each.witness and replace(each.witness, story=mask(each.witness.story)),
            related=places(each.related),
            way=places(each.way),
        )
        for each in outcome.findings
    )
    return replace(outcome, findings=findings, errors=unread(outcome.errors), notes=unread(outcome.notes))


# -- outcomes as JSON ----------------------------------------------------------------------------------


def _plain(outcome: ScanOutcome) -> dict[str, Any]:
    return {
        "findings": [asdict(finding) for finding in outcome.findings],
        "files": outcome.files,
        "errors": [asdict(each) for each in outcome.errors],
        "notes": [asdict(each) for each in outcome.notes],
    }


def _outcome(kept: dict[str, Any], texts: Texts) -> ScanOutcome:
    return ScanOutcome(
        findings=tuple(map(_finding, kept["findings"])),
        files=tuple(ReadFile(*each) for each in kept["files"]),
        errors=tuple(Unreadable(**each) for each in kept["errors"]),
        notes=tuple(Unreadable(**each) for each in kept["notes"]),
        text=texts.get,
    )


def _finding(kept: dict[str, Any]) -> Finding:
    return Finding(
        **{
            **kept,
            "severity": Severity(kept["severity"]),
            "confidence": Confidence(kept["confidence"]),
            "effect": Effect(kept["effect"]),
            "span": Span(*kept["span"]),
            "fix": _fix(kept["fix"]),
            "witness": Witness(**kept["witness"]) if kept["witness"] else None,
            "related": tuple(map(_related, kept["related"])),
            "way": tuple(map(_related, kept["way"])),
        }
    )


def _related(kept: dict[str, Any]) -> Related:
    return Related(Span(*kept["span"]), kept["note"])


def _fix(kept: dict[str, Any] | None) -> Fix | None:
    if kept is None:
        return None
    return Fix(kept["title"], tuple(Edit(**each) for each in kept["edits"]), kept["cost"])
