"""A bare repository, driven through the real git: true unified diffs, renames, merge bases and binary files."""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NULL_SHA = "0" * 40
FIRST_COMMIT_TIME = 1_793_000_000
"""Commit times count up from here, so that the same script always makes the same hashes."""


HEADERS = ("--- a", "--- /dev/null", "+++ a", "+++ b", "+++ /dev/null")
"""What GitLab's diff parser takes for the header of a file (lib/gitlab/diff/parser.rb, run 2026-11)."""
SUBMODULE = "160000"
RENAME_PERCENT = 30
"""How alike a renamed file must be for Gitaly (2026-11)."""


class GitError(Exception):
    """git said no; the text is its own."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff. `old` and `new` are 1-based and None on the side where the line does not exist;
    `old_counter` and `new_counter` are both counters as git runs them (what GitLab's line codes are made of)."""

    kind: str
    old: int | None
    new: int | None
    old_counter: int
    new_counter: int
    text: str


@dataclass(frozen=True)
class FileDiff:
    """One file of a diff, with the hunks as git prints them (`patch`: from the first `@@`, "" for a pure rename)."""

    old_path: str
    new_path: str
    a_mode: str
    b_mode: str
    status: str
    patch: str

    @property
    def new_file(self) -> bool:
        return self.status == "A"

    @property
    def deleted_file(self) -> bool:
        return self.status == "D"

    @property
    def renamed_file(self) -> bool:
        return self.status == "R"

    @property
    def binary(self) -> bool:
        return self.patch.startswith("Binary files")

    @property
    def path(self) -> str:
        return self.new_path or self.old_path

    @cached_property
    def lines(self) -> tuple[DiffLine, ...]:
        """As GitLab's parser reads the hunks: behind an unchanged line one like a file header is skipped, uncounted."""
        found: list[DiffLine] = []
        old = new = 0
        behind_unchanged = False
        for raw in self.patch.split("\n"):
            if raw.startswith("@@"):
                old, new = _starts(raw)
                behind_unchanged = False
            elif (
                not raw
                or raw.startswith(("\\", "Binary files"))
                or (behind_unchanged and raw.startswith(HEADERS))
            ):
                continue
            elif raw[0] == "+":
                found.append(DiffLine("+", None, new, old, new, raw[1:]))
                new += 1
            elif raw[0] == "-":
                found.append(DiffLine("-", old, None, old, new, raw[1:]))
                old += 1
            else:
                found.append(DiffLine(" ", old, new, old, new, raw[1:]))
                old, new = old + 1, new + 1
            behind_unchanged = raw[0] == " "
        return tuple(found)

    def unfolded(self, old: int) -> int | None:
        """The new number of an unchanged line outside the hunks: by the next hunk's own numbers, else by the last line."""
        for header in (raw for raw in self.patch.split("\n") if raw.startswith("@@")):
            old_start, new_start = _starts(header)
            count = header.split(" ")[1].partition(",")[2]
            if old < old_start:
                return old + new_start - old_start
            if old < old_start + int(count or 1):
                return None
        last = self.lines[-1]
        return old + (last.new_counter + (last.new is not None)) - (last.old_counter + (last.old is not None))

    def old_to_new(self, line: int) -> int | None:
        """Where line `line` of the old side is on the new side, None where it was removed."""
        return self._map(line, "old")

    def new_to_old(self, line: int) -> int | None:
        """Where line `line` of the new side stood on the old side, None where it was added."""
        return self._map(line, "new")

    def _map(self, line: int, side: str) -> int | None:
        other = "new" if side == "old" else "old"
        offset = 0
        for diff_line in self.lines:
            here = getattr(diff_line, side)
            counter = getattr(diff_line, f"{side}_counter")
            if here == line:
                found: int | None = getattr(diff_line, other)
                return found
            if counter > line:
                break
            after = (diff_line.old is not None, diff_line.new is not None)
            old_next, new_next = diff_line.old_counter + after[0], diff_line.new_counter + after[1]
            offset = new_next - old_next if side == "old" else old_next - new_next
        return line + offset


def _starts(header: str) -> tuple[int, int]:
    """The numbers at which a hunk begins: old, new."""
    old, new = (int(span[1:].split(",")[0]) for span in header.split(" ")[1:3])
    return old, new


@dataclass
class Repository:
    """Commits of a project and of its forks. Branches live in the projects; here are only objects."""

    path: Path
    _texts: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    _diffs: dict[tuple[str, str, frozenset[str]], tuple[FileDiff, ...]] = field(default_factory=dict)
    _bases: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _logs: dict[tuple[str | None, str], list[dict[str, object]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _commits: int = 0

    def __post_init__(self) -> None:
        subprocess.run(["git", "init", "-q", "--bare", str(self.path)], check=True, env=_environment())

    def run(self, *args: str, feed: bytes | None = None) -> bytes:
        """What git prints; raises GitError with git's own words."""
        done = subprocess.run(
            ["git", "-C", str(self.path), *args],
            input=feed,
            capture_output=True,
            env=_environment(),
            check=False,
        )
        if done.returncode:
            raise GitError(done.stderr.decode(errors="replace"))
        return done.stdout

    def commit(
        self,
        parents: tuple[str, ...],
        changes: Mapping[str, str | bytes | None],
        message: str,
        author: str,
        modes: Mapping[str, str] | None = None,
    ) -> str:
        """The hash of a new commit: `changes` on top of the first parent; None removes a path.

        The content of mode 160000 is a submodule's commit.
        """
        out = [b"feature done", b"commit refs/sealcheck/new", b"mark :1"]
        with self._lock:
            self._commits += 1
            stamp = f"{author} <{author}@example.com> {FIRST_COMMIT_TIME + self._commits} +0000".encode()
        text = message.encode()
        out += [b"author " + stamp, b"committer " + stamp, b"data %d" % len(text), text]
        if parents:
            out.append(b"from " + parents[0].encode())
            out += [b"merge " + parent.encode() for parent in parents[1:]]
        else:
            out.append(b"deleteall")
        for path, content in changes.items():
            quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
            if content is None:
                out.append(f"D {quoted}".encode())
                continue
            blob = content.encode() if isinstance(content, str) else content
            mode = (modes or {}).get(path, "100644")
            if mode == SUBMODULE:
                out.append(f"M {mode} {blob.decode()} {quoted}".encode())
            else:
                out += [f"M {mode} inline {quoted}".encode(), b"data %d" % len(blob), blob]
        out += [b"", b"get-mark :1", b"done", b""]
        found = self.run("fast-import", "--quiet", "--force", "--cat-blob-fd=1", feed=b"\n".join(out))
        return found.decode().split()[0]

    def commit_tree(self, parents: tuple[str, ...], tree: str, message: str, author: str) -> str:
        """The hash of a new commit holding `tree` as it is."""
        with self._lock:
            self._commits += 1
            stamp = f"{FIRST_COMMIT_TIME + self._commits} +0000"
        flags = [word for parent in parents for word in ("-p", parent)]
        environment = {
            f"GIT_{who}_{key}": value
            for who in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", author), ("EMAIL", f"{author}@example.com"), ("DATE", stamp))
        }
        done = subprocess.run(
            ["git", "-C", str(self.path), "commit-tree", tree, *flags, "-m", message],
            capture_output=True, env=_environment() | environment, check=True,
        )  # fmt: skip
        return done.stdout.decode().strip()

    def has(self, sha: str) -> bool:
        try:
            self.run("cat-file", "-e", f"{sha}^{{commit}}")
        except GitError:
            return False
        return True

    def blob(self, sha: str, path: str) -> bytes | None:
        """The file's bytes at a commit, None where it is not there."""
        key = (sha, path)
        if key not in self._texts:
            try:
                self._texts[key] = self.run("cat-file", "blob", f"{sha}:{path}")
            except GitError:
                self._texts[key] = None
        return self._texts[key]

    def blob_id(self, sha: str, path: str) -> str:
        return self.run("rev-parse", f"{sha}:{path}").decode().strip()

    def tree(self, sha: str, path: str, *, recursive: bool) -> list[tuple[str, str, str, str]]:
        """(mode, type, id, path) of every entry."""
        flags = ["-r", "-t"] if recursive else []
        out = self.run("ls-tree", "-z", *flags, sha, *([f"{path.rstrip('/')}/"] if path else []))
        entries = []
        for record in out.decode(errors="surrogateescape").split("\0")[:-1]:
            head, name = record.split("\t", 1)
            mode, kind, blob = head.split(" ")
            entries.append((mode, kind, blob, name))
        return entries

    def merge_base(self, one: str, other: str) -> str | None:
        if (one, other) not in self._bases:
            try:
                self._bases[one, other] = self.run("merge-base", one, other).decode().strip()
            except GitError:
                self._bases[one, other] = None
        return self._bases[one, other]

    def commits(self, since: str | None, until: str) -> list[dict[str, object]]:
        """The commits reachable from `until` and not from `since`, newest first."""
        if (since, until) not in self._logs:
            self._logs[since, until] = self._read_log(since, until)
        return self._logs[since, until]

    def _read_log(self, since: str | None, until: str) -> list[dict[str, object]]:
        spec = f"{since}..{until}" if since else until
        out = self.run("log", "--format=%H%x00%P%x00%an%x00%cI%x00%B%x01", spec).decode(errors="replace")
        found: list[dict[str, object]] = []
        for record in out.split("\x01")[:-1]:
            sha, parents, author, date, message = record.lstrip("\n").split("\0")
            found.append(
                {
                    "id": sha,
                    "short_id": sha[:8],
                    "title": message.split("\n")[0],
                    "message": message,
                    "author_name": author,
                    "author_email": f"{author}@example.com",
                    "created_at": date,
                    "authored_date": date,
                    "committed_date": date,
                    "parent_ids": parents.split(),
                }
            )
        return found

    def diff(self, old: str, new: str, paths: frozenset[str] = frozenset()) -> tuple[FileDiff, ...]:
        """Every file that differs between two commits, of those `paths` where there are any, renames found."""
        if (old, new, paths) not in self._diffs:
            options = (f"-M{RENAME_PERCENT}%", "-z", "--patch-with-raw", "--no-color", "--full-index")
            limited = ("--", *(f":(literal){path}" for path in sorted(paths))) if paths else ()
            out = self.run("diff", *options, old, new, *limited)
            self._diffs[old, new, paths] = tuple(_parse(out))
        return self._diffs[old, new, paths]

    def raw_diff(self, old: str, new: str) -> bytes:
        return self.run(
            "-c",
            "core.quotePath=false",
            "diff",
            f"-M{RENAME_PERCENT}%",
            "--no-color",
            "--full-index",
            old,
            new,
        )


def _parse(out: bytes) -> list[FileDiff]:
    heads: list[tuple[str, str, str, str, str]] = []
    rest = out
    while rest.startswith(b":"):
        head, rest = rest.split(b"\0", 1)
        a_mode, b_mode, _, _, status = head[1:].decode().split(" ")
        first, rest = rest.split(b"\0", 1)
        second = first
        if status[0] in "RC":
            second, rest = rest.split(b"\0", 1)
        heads.append(
            (status[0], a_mode, b_mode, first.decode(errors="replace"), second.decode(errors="replace"))
        )
    patches = (b"\n" + rest.lstrip(b"\0")).split(b"\ndiff --git ")[1:]
    if len(patches) != len(heads):
        raise GitError(f"{len(heads)} files but {len(patches)} patches")
    found = []
    for (status, a_mode, b_mode, old_path, new_path), patch in zip(heads, patches, strict=True):
        found.append(FileDiff(old_path, new_path, a_mode, b_mode, status, _hunks(patch)))
    return found


def _hunks(patch: bytes) -> str:
    for start in (b"\n@@ ", b"\nBinary files "):
        if start in patch:
            text = patch[patch.index(start) + 1 :]
            text = text if text.endswith(b"\n") else text + b"\n"
            try:
                return text.decode()
            except UnicodeDecodeError:
                return text.decode("latin-1")
    return ""


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": "/nonexistent",
        "LC_ALL": "C",
    }
