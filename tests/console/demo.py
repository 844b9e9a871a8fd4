"""A console full of planted records: for its screenshots, its browser tests and its benchmark. No GitLab is asked."""

from __future__ import annotations

import hashlib
import random
import tempfile
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, session
from werkzeug.serving import make_server

from bot.console import pages
from bot.console.audits import DRIFT, AuditedFinding, AuditRecord, open_audits
from bot.console.databases import on_sqlite
from bot.console.record import Ignoring, Record, RecordedFinding
from bot.console.records import SCHEMA, Records, open_records
from bot.console.signin import SignIn, hashed
from bot.console.status import BotStatus
from bot.jobs.port import Depth
from bot.rules import ALL_RULES
from bot.vault.trustmap import Edge, Layer, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86400
SEAT = "a-seat-of-the-demo"
SESSION_SECRET = "demo-" * 8
PROJECTS = (
    "payments/checkout-api", "payments/ledger", "platform/cluster-bootstrap", "platform/terraform-modules",
    "mobile/android-app", "mobile/ios-app", "web/storefront", "web/design-system", "search/indexer",
    "logistics/route-planner", "identity/sso-gateway", "identity/user-service", "reporting/etl",
    "platform/observability", "web/marketing-site", "logistics/warehouse-sync",
)  # fmt: skip
REASONS = (
    "a test account, rotated each night", "moves to id_tokens with the new runner", "read-only mirror token",
    "until the vault migration is done", "only runs on the sandbox cluster",
)  # fmt: skip
CI = (".gitlab-ci.yml", "ci/deploy.yml", "ci/release/publish.yml")
JOBS = ("job:deploy", "job:publish-image", "job:integration")
ROLES = ("role:jwt/prod-deploy", "role:jwt/ci-read")
PLACES = {
    "Job": (CI, JOBS),
    "Pipeline": (CI, ("pipeline",)),
    "JwtRole": (("vault/roles/deploy.json", "infra/vault.tf"), ROLES),
    "JwtMount": (("infra/vault.tf",), ("mount:jwt",)),
    "VaultPolicy": (("vault/policies/app.hcl", "infra/vault.tf"), ("policy:app", "policy:ci-base")),
    "EngineRole": (("infra/database.tf",), ("engine:database/app",)),
    "VaultModel": (("infra/vault.tf",), ("audit:file",)),
    "Trust": (("infra/cloud.tf",), ("trust:deploy",)),
    "Documents": (("scripts/rollout.sh", ".env.example"), ("variable:API_TOKEN",)),
    "Repository": (("scripts/rollout.sh",), ("file:scripts/rollout.sh",)),
}
"""The files in which a rule of that subject finds something, and what it is about."""
VAULT = "https://vault.example.com:8200"
UNREAD = (("sys/audit", "not checked: the token may not read it (permission denied)"),)
AUDITED = tuple(
    AuditedFinding(hashlib.sha256(path.encode()).hexdigest()[:32], rule, rank, path, "", message, ignored)
    for rule, rank, path, message, ignored in (
        ("vault-role-without-project", 0, "auth/jwt/role/ops", "The role `ops` binds no project: the jobs of every project on the GitLab instance may log in.", ""),
        ("long-token-ttl", 1, "auth/jwt/role/deploy", "Tokens of the role `deploy` can live for 32 days.", ""),
        (DRIFT, 1, "auth/jwt/role/deploy-prod", "The role `jwt/deploy-prod` is not what the code says: Vault does not bind ref.", ""),
        (DRIFT, 2, "auth/jwt/role/just-for-today", "The role `jwt/just-for-today` exists only in the running Vault.", ""),
        ("policy-whole-mount", 2, "sys/policies/acl/ops", "The policy `ops` grants read on every secret below `secret/*`.", "one team alone"),
    )
)  # fmt: skip
AUTHORS = ("dana", "kim", "lee", "noor", "ravi", "sam", "tomas", "yuki", "renovate-bot")


class Quiet:
    """A queue with nothing to complain about."""

    def __init__(self, now: int) -> None:
        self._now = now

    def depth(self) -> Depth:
        return Depth(2, 0, 3.0)

    def recall(self, name: str) -> str | None:
        swept = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(self._now - 340))
        ends = time.strftime("%Y-%m-%d", time.gmtime(self._now + 211 * DAY))
        return {"swept": swept, "expiry": ends}.get(name)


def plant(records: Records, now: int, findings: int = 900, reviews: int = 300, seed: int = 7) -> None:
    """About so many findings, over so many merge requests; the same for the same seed."""
    chance = random.Random(seed)
    reviewed = [rule for rule in ALL_RULES if rule.subject.__name__ in PLACES and rule.id != DRIFT]
    weights = [1 / (place + 1.4) for place in range(len(reviewed))]
    rules = chance.sample(reviewed, len(reviewed))
    for number in range(reviews):
        project = chance.choices(range(len(PROJECTS)), [1 / (each + 1.2) for each in range(len(PROJECTS))])[0]
        found = [_finding(chance, chance.choices(rules, weights)[0], now) for _ in range(findings // reviews)]
        born = (1 - chance.random() ** 1.5) * 80
        began = now - round(born * DAY) - chance.randrange(3600)
        key = (project + 42, number + 101)
        path, head = PROJECTS[project], hashlib.sha1(str(number).encode()).hexdigest()
        trust = _trust(path) if project % 3 == 0 else ()
        record = Record(path, head, tuple(found), trust=trust, author=chance.choice(AUTHORS))
        records.done(*key, record, 1400 + chance.randrange(2600), began)
        life = round(chance.expovariate(1 / 11) * DAY)
        if began + life < now and number % 12:
            kept = tuple(each for each in found if chance.random() < 0.12)
            unread = (
                (("ci/generated.yml", 12, "a tab is where YAML needs spaces"),) if number % 8 == 0 else ()
            )
            records.done(*key, replace(record, found=kept, unread=unread), 1900, began + life)
        if number % 7 == 4 and began + 2 * life < now:
            records.left(*key, "merged", began + 2 * life)
    records.began(42, 901, now - 14)
    records.began(44, 902, now - 3)
    for iid, ago, reason in (
        (903, 2300, "GitLab answered 403: the bot may not comment in this project"),
        (904, 7900, "the job took longer than 300 s and was stopped"),
    ):
        records.began(45, iid, now - ago - 30)
        records.failed(45, iid, reason, now - ago)


def _finding(chance: random.Random, rule: object, now: int) -> RecordedFinding:
    ignoring = None
    if chance.random() < 0.14:
        until = time.strftime("%Y-%m-%d", time.gmtime(now + chance.randrange(2, 70) * DAY))
        ignoring = Ignoring(".sealcheck.yml:4", chance.choice(REASONS), until)
    rank = chance.choice((rule.severity, rule.severity, *rule.others)).rank
    paths, subjects = PLACES[rule.subject.__name__]
    place = (chance.choice(paths), chance.randrange(3, 180), chance.choice(subjects))
    return RecordedFinding(f"{chance.getrandbits(128):032x}", rule.id, rank, *place, ignoring)


def _trust(path: str) -> tuple[Edge, ...]:
    group, _, name = path.partition("/")
    main, review = (
        Node(Layer.WHO, f"project_path {path}, protected"),
        Node(Layer.WHO, f"project_path {group}/*"),
    )
    deploy, read = Node(Layer.ROLE, "role prod-deploy", True), Node(Layer.ROLE, "role ci-read")
    admin, app, base = (
        Node(Layer.POLICY, "policy admin", True),
        Node(Layer.POLICY, f"policy {name}"),
        Node(Layer.POLICY, "policy ci-base"),
    )
    paths = [
        Node(Layer.PATH, label, alarm)
        for label, alarm in (
            ("sys/policies/acl/* (write)", True),
            (f"secret/data/{name}/* (read)", False),
            (f"database/creds/{name} (read)", False),
            ("transit/sign/release (write)", False),
        )
    ]
    pairs = [
        (main, deploy),
        (review, read),
        (deploy, admin),
        (deploy, app),
        (read, base),
        (read, app),
        (admin, paths[0]),
        (app, paths[1]),
        (app, paths[2]),
        (base, paths[3]),
    ]
    return tuple(Edge(*pair) for pair in pairs)


def console_app(records: Records, now: int, *, seat: str | None = SEAT) -> Flask:
    """The console alone; anyone who comes with the demo's seat sees all that is planted."""
    flask = Flask("sealcheck", static_folder=None)
    sign_in = SignIn(
        "https://gitlab.example.com", "id", "secret", "http://localhost", records, now=lambda: now
    )
    sign_in.configure(flask, SESSION_SECRET)
    flask.config["FIXED"] = []
    flask.add_url_rule("/fixed/<int:number>", "fixed", lambda number: flask.config["FIXED"][number])
    flask.register_blueprint(
        pages.blueprint(pages.Console(sign_in, BotStatus(Quiet(now), "refusal", "expiry", "swept", 900)))
    )
    if seat is not None:
        own = [*((path, True) for path in PROJECTS), ("web/old-blog", False), ("sandbox/sam", False)]
        records.sit(hashed(seat), "sam", records.projects(), now + 365 * DAY, own)
    return flask


def cookie(flask: Flask) -> str:
    """The value of a cookie that contains the demo's seat."""
    serializer = flask.session_interface.get_signing_serializer(flask)
    return serializer.dumps({"seat": SEAT})


@contextmanager
def serving(folder: Path, now: int, port: int = 0, **amount: int) -> Iterator[tuple[str, Flask]]:
    """The demo at a port of its own."""
    file = folder / "demo.sqlite3"
    with on_sqlite(file, SCHEMA)() as run:  # one transaction for all
        plant(Records(lambda: nullcontext(run)), now, **amount)
    audits = open_audits("", file)
    for days, found in ((40, AUDITED[:2]), (6, AUDITED[:4]), (0, AUDITED)):
        ended = now - days * DAY - 7200
        audits.keep(AuditRecord(VAULT, 42, PROJECTS[0], ended, 214, found, UNREAD, compared=196))
    records = open_records("", file)
    flask = console_app(records, now)
    server = make_server("127.0.0.1", port, flask, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", flask
    finally:
        server.shutdown()
        server.server_close()


def main(port: int = 8808) -> None:
    """Serve the console with planted data at localhost, signed in, until Ctrl-C."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), int(time.time()), port) as (url, flask),
    ):
        flask.before_request(lambda: session.setdefault("seat", SEAT) and None)
        print(
            f"The console with planted data: {url}/console/ (Ctrl-C ends it; its links into GitLab lead nowhere)"
        )
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
