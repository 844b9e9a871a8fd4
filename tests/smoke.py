"""Try a built wheel in a clean environment: `python tests/smoke.py dist`. Standard library only, exit 1 on a failure.

The wheel is installed with its extras and its dependencies; then `--version`, `scan`, `serve` and `lsp` run as a user
would run them, from a folder without the sources.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

PIPELINE = """\
deploy:
  id_tokens:
    VAULT_ID_TOKEN: {aud: https://vault.example.com}
  secrets:
    PASSWORD: {vault: app/db/password@secret, file: false, token: $VAULT_ID_TOKEN}
  script:
    - echo "$PASSWORD"
"""
START_SECONDS = 30


def main(folder: Path) -> None:
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    version = re.fullmatch(r"sealcheck-([^-]+)-py3-none-any\.whl", wheel.name)
    assert version, wheel.name
    assert sdist.name == f"sealcheck-{version[1]}.tar.gz", sdist.name
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        venv.create(home / "venv", with_pip=True)
        pip = [home / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"{wheel.resolve()}[lsp]"], check=True)
        program = home / "venv/bin/sealcheck"
        work = home / "work"
        work.mkdir()
        for check in (shows_its_version, scans, serves, speaks_lsp):
            check(program, work, version[1])
            print(f"ok  {check.__name__}")


def shows_its_version(program: Path, work: Path, version: str) -> None:
    assert run(program, work, "--version").stdout == f"sealcheck, version {version}\n"


def scans(program: Path, work: Path, version: str) -> None:
    (work / ".gitlab-ci.yml").write_text(PIPELINE)
    found = run(program, work, "scan", "--format", "json", "--fail-on", "info")
    assert found.returncode == 1, found.stderr
    report = json.loads(found.stdout)
    assert report["tool"]["version"] == version
    assert "secret-in-log" in {each["rule"] for each in report["findings"]}
    assert run(program, work, "rules", "secret-in-log").stdout


def serves(program: Path, work: Path, version: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"GITLAB_URL": "http://127.0.0.1:9", "GITLAB_TOKEN": "t", "WEBHOOK_SECRET": "w"}
    server = subprocess.Popen(
        [program, "serve", "--port", str(port)],
        cwd=work,
        env=os.environ | settings,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{port}/healthz"):
            assert server.poll() is None, server.communicate()[1]
            assert time.monotonic() < until, "does not answer"
            time.sleep(0.1)
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=START_SECONDS)
    assert server.returncode == 0, errors


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def speaks_lsp(program: Path, work: Path, version: str) -> None:
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"processId": None, "rootUri": None, "capabilities": {}},
    }
    body = json.dumps(request).encode()
    server = subprocess.Popen([program, "lsp"], cwd=work, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin
    assert server.stdout
    server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    server.stdin.flush()
    length = int(server.stdout.readline().split(b":")[1])
    while server.stdout.readline().strip():
        pass
    answer = json.loads(server.stdout.read(length))
    server.kill()
    server.wait()
    assert answer["result"]["serverInfo"] == {"name": "sealcheck", "version": version}, answer


def run(program: Path, work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *arguments], check=False, cwd=work, capture_output=True, text=True, timeout=60
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
