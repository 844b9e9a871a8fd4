"""`make demo`: the whole main job on this machine, with the stand-in for GitLab and the real bot.

Opens a merge request, lets GitLab deliver its webhook, waits for the review, prints it, applies the suggestions
one by one and watches the threads resolve. Exits 0 only if all of that happened.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from tests.gitlab_double import GitLabDouble, terminal
from tests.gitlab_double.suggestions import inapplicable_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.gitlab_double.model import MergeRequest, Project, Suggestion

ROOT = Path(__file__).parent.parent
START_SECONDS, REVIEW_SECONDS, QUIET_SECONDS = 60, 90, 1.5
PATIENCE_SECONDS = 20
ROUNDS = 30

EXPECTED = {
    "secret-in-log": "the cat that prints the secret",
    "shell-trace": "set -x beside a secret",
    "secret-file-as-value": "a file's path handed over as if it were the URL",
    "vault-role-without-audience": "a role without bound_audiences",
    "vault-role-ref-unprotected": "a ref without ref_protected",
    "long-token-ttl": "a renewable 24-hour token without a hard cap",
}

FILES = {
    ".gitlab-ci.yml": """\
stages: [deploy]
deploy:
  stage: deploy
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
  secrets:
    DATABASE_URL:
      vault:
        engine:
          name: kv-v2
          path: secret
        path: ops/prod/db
        field: url
      token: $VAULT_ID_TOKEN
  script:
    - set -x
    - echo "deploying with $(cat $DATABASE_URL)"
    - ./deploy.sh --url "$DATABASE_URL"
""",
    "vault/setup.sh": """\
vault auth enable jwt
vault write auth/jwt/config \\
  oidc_discovery_url="https://gitlab.com" \\
  bound_issuer="https://gitlab.com"
vault write auth/jwt/role/prod-db - <<EOF
{
  "role_type": "jwt",
  "user_claim": "user_email",
  "bound_claims_type": "glob",
  "bound_claims": {
    "project_id": "42",
    "ref": "main"
  },
  "policies": ["prod-db-read"],
  "ttl": "24h"
}
EOF
""",
}


class DemoError(Exception):
    """The demonstration did not go as promised; the text says where."""


def run(
    double: GitLabDouble, project: Project, *, html: Path | None = None, say: Callable[[str], None] = print
) -> None:
    """The main job, against a bot whose hook is installed in `project`. Raises DemoError."""
    title = "Deploy the payments service with a database URL from Vault"
    merge_request = double.open_merge_request(project, FILES, source_branch="deploy", title=title)
    say(terminal.paint(f"Merge request !{merge_request.iid} opened: {title}", "bold"))
    say("  " + ", ".join(f"{path} ({len(text.splitlines())} lines)" for path, text in FILES.items()))
    wait_for_review(double, merge_request, since=0)
    threads = double.threads(merge_request, by=double.bot)
    say(f"\nThe review: {len(threads)} threads, {_mails(double)}\n")
    for thread in threads:
        say(terminal.thread(thread) + "\n")
    for body in _summaries(double, merge_request):
        say("\n".join(["Summary", *(f"    {line}" for line in terminal.comment(body))]) + "\n")
    if html:
        html.write_text(double.html(merge_request), encoding="utf-8")
        say(f"Written: {html}\n")
    missing = [rule for rule in EXPECTED if not any(rule in each.first.body for each in threads)]
    if missing:
        raise DemoError("not found: " + "; ".join(f"{rule} ({EXPECTED[rule]})" for rule in missing))
    apply_all(double, merge_request, say)
    check(double, merge_request)
    say("\n" + terminal.paint("Every thread is resolved; nothing is left open.", "green", "bold"))
    say(f"  {terminal.summary(merge_request)}; {_mails(double)}")
    say(f"  {len(double.log.reads)} API reads and {len(double.log.writes)} writes by the bot")


def apply_all(double: GitLabDouble, merge_request: MergeRequest, say: Callable[[str], None]) -> None:
    """Applies one suggestion after the other, each in a commit of its own, until none is left."""
    for _ in range(ROUNDS):
        suggestion = _next(double, merge_request)
        if suggestion is None:
            return
        where = (suggestion.note.position or {})["new_path"]
        say(terminal.paint(f"Apply suggestion: {where}, {terminal.lines_of(suggestion)}", "bold"))
        for line in terminal.change(suggestion)[1:]:
            say(f"  {line}")
        since = len(double.log.requests)
        double.apply_suggestion(double.dev, suggestion)
        wait_for_review(double, merge_request, since=since)
        still_open = [terminal.place(each) for each in double.threads(merge_request) if not each.resolved]
        say(f"  Open now: {', '.join(still_open) or 'none'}\n")
    raise DemoError(f"suggestions keep coming after {ROUNDS} rounds")


def check(double: GitLabDouble, merge_request: MergeRequest) -> None:
    """What has to be true at the end. Raises DemoError."""
    still_open = [each for each in double.threads(merge_request) if not each.resolved]
    if still_open:
        raise DemoError("still open:\n" + "\n\n".join(terminal.thread(each) for each in still_open))
    if double.refused:
        raise DemoError("the stand-in was asked for what it does not know:\n" + "\n".join(double.refused))
    if double.quick_actions_run:
        raise DemoError(f"the bot ran quick actions: {double.quick_actions_run}")
    failed = [each for each in double.deliveries if not 200 <= (each.status or 0) < 300]
    if failed:
        raise DemoError(f"{len(failed)} webhooks were not accepted: {failed[0].status} {failed[0].answer}")


def wait_for_review(double: GitLabDouble, merge_request: MergeRequest, *, since: int) -> None:
    """Until the bot has read the merge request after request `since`, and has then been quiet for a while."""
    double.settle()
    until = time.monotonic() + REVIEW_SECONDS
    count, quiet_since = since, time.monotonic()
    while time.monotonic() < until:
        now = len(double.log.requests)
        if now != count:
            count, quiet_since = now, time.monotonic()
        seen = any(f"merge_requests/{merge_request.iid}" in each.path for each in double.log.requests[since:])
        if seen and time.monotonic() - quiet_since >= QUIET_SECONDS:
            return
        time.sleep(0.05)
    raise DemoError(f"no review within {REVIEW_SECONDS} s")


def _next(double: GitLabDouble, merge_request: MergeRequest) -> Suggestion | None:
    """The next suggestion that can be applied; None where every thread is resolved, or nothing came for a while."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = next(_applicable(double, merge_request), None)
        if found or all(each.resolved for each in double.threads(merge_request)) or time.monotonic() > until:
            return found
        time.sleep(0.1)


def _applicable(double: GitLabDouble, merge_request: MergeRequest) -> Iterator[Suggestion]:
    for each in double.suggestions(merge_request):
        if inapplicable_reason(each) is None and not each.note.discussion.resolved:
            yield each


def _summaries(double: GitLabDouble, merge_request: MergeRequest) -> list[str]:
    own = [each for each in merge_request.discussions if each.first.author is double.bot and each.individual]
    return [each.first.body for each in own if not each.first.system]


def _mails(double: GitLabDouble) -> str:
    own = [each for each in double.mails if each.author == double.bot.username]
    return f"{len(own)} e-mail{'' if len(own) == 1 else 's'} from the bot"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_bot(double: GitLabDouble, folder: Path, port: int, secret: str) -> subprocess.Popen[bytes]:
    """The real bot, as `sealcheck serve` starts it, in a folder of its own. Raises DemoError if it does not come up."""
    environment = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GITLAB_URL": double.url,
        "GITLAB_TOKEN": double.BOT_TOKEN,
        "WEBHOOK_SECRET": secret,
        "DATABASE_URL": f"sqlite:///{folder}/sealcheck.sqlite3",
    }
    command = [sys.executable, "-m", "bot", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "bot.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return process
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    stop(process)
    raise DemoError("the bot did not start")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the bot and whatever it started, first kindly."""
    for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write the review as a page")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sealcheck-demo-") as name, GitLabDouble() as double:
        folder, port, secret = Path(name), free_port(), secrets.token_hex(16)
        process = None
        try:
            process = start_bot(double, folder, port, secret)
            print(f"A stand-in for GitLab and the real bot are running on loopback ({double.url}).\n")
            project = double.project("platform/payments")
            double.hook(f"http://127.0.0.1:{port}/hooks/gitlab", project, token=secret)
            run(double, project, html=options.html)
        except (DemoError, TimeoutError) as problem:
            print(f"\nThe demonstration failed: {problem}", file=sys.stderr)
            log = folder / "bot.log"
            tail = log.read_text(errors="replace").splitlines()[-20:] if log.exists() else []
            print("\n".join(["", "The last lines of the bot's log:", *tail]), file=sys.stderr)
            return 1
        finally:
            if process is not None:
                stop(process)
    return 0


if __name__ == "__main__":
    sys.exit(main())
