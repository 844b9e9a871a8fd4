"""Runs a script in real bash with a canary as the secret's value, and looks where the canary comes out."""

from __future__ import annotations

import base64
import os
import re
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

CANARY = "zQ7kWpxVm9tRbJ5nYd2H"
"""The secret's value; no four of its characters stand next to each other anywhere else."""
FETCHED = "gT4vXc8sLqNw6fUe3MrA"
"""What the stand-in for vault prints."""
PLAIN = "plainvalue"

_CONSUMERS = ["docker", "curl", "git", "mysql", "psql", "kubectl", "ssh", "ssh-add", "helm"]
_VAULT = f"""#!/bin/sh
cat > /dev/null < /dev/null
case "$*" in *no-print*|status*) exit 0;; esac
case "$1" in kv|write|read|token|print|unwrap|login) echo {FETCHED};; esac
"""
_PASS_THROUGH = '#!/bin/sh\nexec "$@"\n'


class Out(Enum):
    """Where a secret's value comes out: in the job log as it is, there in another form only, in an artifact.

    TRACE is for our own answers alone: the log, by `set -x`.
    """

    LOG = "log"
    FORM = "form"
    ARTIFACT = "artifact"
    TRACE = "trace"


@dataclass(frozen=True)
class Case:
    """A script, and the pattern of the files that its job uploads."""

    script: str
    artifacts: str = ""


def read_cases(path: Path) -> list[Case]:
    """The cases of the table."""
    cases = []
    for block in re.split(r"\n{2,}", path.read_text()):
        lines = [line for line in block.strip("\n").split("\n") if not line.startswith("## ")]
        artifacts = ""
        if lines and lines[0].startswith("#@ artifacts: "):
            artifacts = lines.pop(0).removeprefix("#@ artifacts: ")
        if lines:
            cases.append(Case("\n".join(lines), artifacts))
    return cases


def make_stubs(folder: Path) -> Path:
    """Stand-ins for programs that would use the network: they take everything and say "ok"."""
    folder.mkdir(parents=True, exist_ok=True)
    stubs = dict.fromkeys(_CONSUMERS, "#!/bin/sh\n[ -t 0 ] || cat > /dev/null\necho ok\n")
    stubs |= {"vault": _VAULT, "sudo": _PASS_THROUGH}
    for name, text in stubs.items():
        path = folder / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return folder


def comes_out(case: Case, stubs: Path) -> frozenset[Out]:
    """Where the canary comes out: in the output, as it is or in another form, and in files that the artifacts take."""
    with tempfile.TemporaryDirectory(prefix="sealcheck-oracle-") as root:
        project = Path(root) / "project"
        secrets = Path(root) / "project.tmp"
        home = Path(root) / "home"
        for folder in (project, secrets, home):
            folder.mkdir()
        (secrets / "F").write_text(CANARY)
        environment = {"PATH": f"{stubs}:{os.environ['PATH']}", "HOME": str(home), "TMPDIR": str(home), "K": CANARY,
                       "F": str(secrets / "F"), "P": PLAIN, "LANG": "C.UTF-8"}  # fmt: skip
        script = Path(root) / "script.sh"
        script.write_text(case.script + "\n")
        try:
            run = subprocess.run(
                ["bash", str(script)], cwd=project, env=environment, stdin=subprocess.DEVNULL, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10,
            )  # fmt: skip
            log = run.stdout
        except subprocess.TimeoutExpired as error:
            log = error.stdout or b""
        found = set()
        if shows_canary(log):
            found.add(Out.LOG if any(value.encode() in log for value in (CANARY, FETCHED)) else Out.FORM)
        if any(
            shows_canary(path.read_bytes())
            for path in project.rglob("*")
            if path.is_file() and _taken(case.artifacts, path.relative_to(project))
        ):
            found.add(Out.ARTIFACT)
        return frozenset(found)


def _taken(pattern: str, path: Path) -> bool:
    """Whether GitLab's artifacts take the file, recognised by Python's own globbing."""
    if not pattern:
        return False
    name = str(path)
    if "**/" in pattern:
        return path.match(pattern.replace("**/", ""))
    parts = pattern.rstrip("/").split("/")
    return (
        len(path.parts) >= len(parts)
        and Path(*path.parts[: len(parts)]).match("/".join(parts))
        and ("*" not in pattern or len(path.parts) == len(parts))
        and bool(name)
    )


def _windows(text: str, width: int) -> set[bytes]:
    return {text[i : i + width].encode() for i in range(len(text) - width + 1)}


def _shown_forms() -> set[bytes]:
    forms: set[bytes] = set()
    for secret in (CANARY, FETCHED):
        for text in (secret, secret[::-1], secret.upper(), secret.lower(), secret.swapcase()):
            forms |= _windows(text, 4)
        forms |= _windows(secret.encode().hex(), 12)
        forms |= _windows(secret.encode().hex().upper(), 12)
        once = base64.b64encode(secret.encode()).decode()
        for offset in range(3):
            encoded = base64.b64encode(b"x" * offset + secret.encode()).decode().rstrip("=")
            forms |= _windows(encoded[4:-4], 8)
            forms |= _windows(base64.b64encode(b"x" * offset + once.encode()).decode()[4:-8], 8)
    return forms


_FORMS = _shown_forms()


def shows_canary(output: bytes) -> bool:
    """Whether the canary, or a part or plain encoding of it, is in `output`."""
    squeezed = re.sub(rb"[ \t\n\r]+", b"", output)
    spread = re.sub(rb"(?m)^[0-9a-f]{7,8}:? ", b"", output)
    spread = re.sub(rb"  .*$", b"", spread, flags=re.MULTILINE)
    return any(form in text for text in (output, squeezed, re.sub(rb"\s+", b"", spread)) for form in _FORMS)
