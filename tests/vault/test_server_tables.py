"""Roles, logins and policies against recorded answers of Vault and OpenBao.

The tables are no part of the project: they are read from `$SEALCHECK_TRUTH`, and the tests skip without it.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.vault.claims.login import Clock, login
from bot.vault.claims.terms import WriteRefusal, written
from bot.vault.policies.acl import Acl
from bot.vault.policies.policy_text import read_policy_text
from bot.vault.servers import SUPPORTED, Server

TABLES = Path(os.environ.get("SEALCHECK_TRUTH") or Path(__file__).parents[3] / "shared" / "truth")
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def rows(name):
    file = TABLES / name
    if not file.is_file():
        pytest.skip("no table of recorded answers at hand")
    with file.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def timed(value):
    """Times of a table are seconds from the moment of the login."""
    if isinstance(value, dict):
        if set(value) == {"now"}:
            return int(NOW.timestamp()) + value["now"]
        return {key: timed(item) for key, item in value.items()}
    return [timed(item) for item in value] if isinstance(value, list) else value


def stored_role(row, server):
    """The role after the row's writes, and the ids of writes judged otherwise than by the server."""
    terms, wrong = None, []
    for body, answer in zip(row["writes"], row["written"], strict=True):
        result = written(body, terms, server)
        if isinstance(result, WriteRefusal) == (answer[server] == "stored"):
            wrong.append((row["id"], body, answer[server]))
        terms = terms if isinstance(result, WriteRefusal) else result
    return terms, wrong


@pytest.mark.parametrize("server", SUPPORTED)
def test_roles_and_logins_are_judged_as_by_the_server(server):
    counted, wrong = {"logs in": 0, "refused": 0}, []
    for row in rows("role_logins.jsonl"):
        terms, misjudged = stored_role(row, server)
        wrong += misjudged
        for attempt in row["logins"] if terms is not None and not misjudged else ():
            claims = timed(attempt["claims"])
            verdict = login(terms, claims, server, clock=Clock(NOW.timestamp()), address="127.0.0.1")
            counted["logs in" if verdict.accepted else "refused"] += 1
            if verdict.accepted != (attempt[server] == "logs in"):
                wrong.append((row["id"], attempt, verdict))
    assert not wrong, wrong[:3]
    assert min(counted.values()) > 100, counted


@pytest.mark.parametrize("server", SUPPORTED)
def test_policies_are_judged_as_by_the_server(server):
    compared, wrong = 0, []
    for row in rows("policy_capabilities.jsonl"):
        policy = read_policy_text("p.hcl", row["policy"])
        refused = bool(policy.unread) or any(rule.refusals.reason(server, NOW) for rule in policy.rules)
        if refused == (row["written"][server] == "stored"):
            wrong.append((row["id"], row["policy"], row["written"][server]))
            continue
        kept = [rule for rule in policy.rules if server != Server.OPENBAO or not rule.refusals.expired(NOW)]
        acl = Acl(kept, server)
        for path, capabilities in row["capabilities"].get(server, {}).items():
            compared += 1
            if acl.decide(path).capabilities != set(capabilities):
                wrong.append((row["id"], path, acl.decide(path), capabilities))
    assert not wrong, wrong[:3]
    assert compared > 1000
