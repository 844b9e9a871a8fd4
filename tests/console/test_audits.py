"""What audits of running servers found: kept on both databases, shown to those who may read the server's code."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.console.audits import DRIFT, AuditedFinding, AuditRecord, Audits, open_audits
from bot.console.records import RecordsUnavailable
from tests.console.conftest import NOW, records_at

DAY = 86400
SERVER = "https://vault.example.com"


def audits_at(url: str) -> Audits:
    return open_audits(url, Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None)


def finding(fingerprint: str, rule: str = "long-token-ttl", rank: int = 1, **more: object) -> AuditedFinding:
    path = str(more.pop("path", "auth/jwt/role/prod-db"))
    return AuditedFinding(fingerprint, rule, rank, path, "role:jwt/prod-db", "It is so.", **more)


def audit(*found: AuditedFinding, ended: int = NOW, **more: object) -> AuditRecord:
    given = {"server": SERVER, "project_id": 7, "project": "platform/vault", "entries": 40, **more}
    return AuditRecord(found=found, ended=ended, **given)


def seen(url: str, *projects: int) -> list[AuditRecord]:
    records = records_at(url)
    records.sit("dana", "dana", projects, NOW + 600)
    with records.view("dana", NOW) as view:
        shown = view.audits()
    records.leave("dana")
    return shown


def test_what_stands_is_as_old_as_it_is(database_url):
    audits = audits_at(database_url)
    audits.keep(audit(finding("a"), finding("b", rank=0), ended=NOW - 9 * DAY))
    audits.keep(audit(finding("a"), finding("c", rank=2), ended=NOW - DAY))
    (shown,) = seen(database_url, 7)
    assert (shown.ended, shown.entries, shown.project) == (NOW - DAY, 40, "platform/vault")
    assert [(each.fingerprint, each.first_seen) for each in shown.found] == [
        ("a", NOW - 9 * DAY),
        ("c", NOW - DAY),
    ]


def test_only_those_who_may_read_the_code_see_it(database_url):
    audits_at(database_url).keep(audit(finding("a")))
    assert seen(database_url, 8) == []
    assert records_at(database_url).known() == [7], "GitLab is asked whether a person may read it"


def test_what_could_not_be_read_is_not_gone(database_url):
    audits = audits_at(database_url)
    audits.keep(audit(finding("a"), finding("b", path="sys/policies/acl/app"), ended=NOW - DAY))
    audits.keep(audit(unread=(("auth/jwt/role", "permission denied"),)))
    (shown,) = seen(database_url, 7)
    assert [each.fingerprint for each in shown.found] == ["a"]
    assert shown.unread == (("auth/jwt/role", "permission denied"),)


def test_without_a_comparison_nothing_is_said_of_drift(database_url):
    audits = audits_at(database_url)
    audits.keep(audit(finding("a", DRIFT), ended=NOW - DAY, compared=3))
    audits.keep(audit())
    assert [each.rule for each in seen(database_url, 7)[0].found] == [DRIFT]
    audits.keep(audit(compared=3))
    assert seen(database_url, 7)[0].found == ()


def test_the_gauges(database_url):
    audits = audits_at(database_url)
    assert audits.gauges() == {}
    audits.keep(
        audit(
            finding("a"), finding("b", DRIFT), finding("c", ignored="it moves"), ended=NOW - DAY, compared=2
        )
    )
    audits.keep(audit(server="https://other.example.com", unread=(("sys/audit", "denied"),)))
    assert {name: value for name, (_, value) in audits.gauges().items()} == {
        "sealcheck_audit_findings": 2,
        "sealcheck_audit_drift": 1,
        "sealcheck_audit_unread": 1,
        "sealcheck_audit_timestamp_seconds": NOW - DAY,
    }


def test_a_database_that_is_away(tmp_path):
    with pytest.raises(RecordsUnavailable):
        open_audits("", tmp_path / "no" / "such" / "folder.sqlite3").gauges()
