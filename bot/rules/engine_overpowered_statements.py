r"""A database role creates users with too many rights.

What it finds
-------------
Statements of a database role that make superusers, users who make users, owners, or grant everything
(`SUPERUSER`, `CREATEROLE`, `GRANT ALL ... ON ALL`, `WITH GRANT OPTION`, `rds_superuser`, `db_owner`,
MongoDB's `root` and its kin); a connection that lets every role use it (`allowed_roles = ["*"]`).

Why it matters
--------------
The credential lives an hour, what is done with it stays: a job that can make users makes one that Vault
does not know and does not revoke.

Fix
---
Grant what the program does, on the schema that it uses: `GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA shop`.

Bad:

```hcl
creation_statements = [
  "CREATE ROLE \"{{name}}\" WITH SUPERUSER LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';",
]
```

Good:

```hcl
creation_statements = [
  "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';",
  "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA shop TO \"{{name}}\";",
]
```

Limits
------
A role whose name speaks of migrations may need everything in one schema: medium there. What a role of the
database itself may do (`GRANT readers TO ...`) is not seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.engines.engine_role import EngineKind, EnginePart, EngineRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Scalar
    from bot.repository import Repository

_ANY = re.IGNORECASE
# postgresql.org/docs (CREATE ROLE, GRANT), dev.mysql.com (GRANT), learn.microsoft.com (fixed roles),
# mongodb.com (built-in roles), 2026-11.
_POWERS = (
    (regex(r"\bSUPERUSER\b", _ANY), "creates superusers"),
    (regex(r"\bCREATEROLE\b", _ANY), "creates users who can create others"),
    (regex(r"\bBYPASSRLS\b", _ANY), "creates users who bypass row-level security"),
    (regex(r"\bREPLICATION\b(?!\s+(?:CLIENT|SLAVE))", _ANY), "creates users who can copy all data (`REPLICATION`)"),
    (regex(r"\brds_superuser\b|\bcloudsqlsuperuser\b", _ANY), "creates superusers"),
    (regex(r"\bdb_owner\b|\bsysadmin\b|\bsecurityadmin\b", _ANY), "creates owners of the database"),
    (regex(r"\bWITH\s+(?:GRANT|ADMIN)\s+OPTION\b", _ANY), "lets its users pass their rights on"),
    (regex(r"\bGRANT\s+ALL(?:\s+PRIVILEGES)?\s+ON\s+\*\.\*", _ANY), "grants all on every database"),
    (regex(r"\bGRANT\s+DBA\b", _ANY), "creates administrators of the database"),
    (
        regex(r"\brole\W+(?:root|dbOwner|userAdmin\w*|readWriteAnyDatabase|dbAdminAnyDatabase)\b"),
        "creates administrators of the database",
    ),
)  # fmt: skip
_ALL = regex(r"\bGRANT\s+ALL(?:\s+PRIVILEGES)?\s+ON\b", _ANY)
_MIGRATES = regex(r"migrat|ddl|schema|owner|flyway|liquibase", _ANY)
_STATEMENTS = ("creation_statements", "creation_statement")


def check(role: EngineRole, _repository: Repository) -> Iterator[Hit]:
    """A hit for the strongest thing that the role's statements do."""
    if role.kind is not EngineKind.DATABASE:
        return
    if role.part is EnginePart.CONNECTION:
        yield from _connection(role)
        return
    reported: set[str] = set()
    for statement in (scalar for name in _STATEMENTS for scalar in role.scalars(name)):
        what, severity = _power(statement, role)
        if what and what not in reported:
            reported.add(what)
            yield Hit(
                span=statement.span,
                subject=role.subject,
                construct="creation_statements",
                message=f"The database role `{role.name}` {what}.",
                attack="A job can change what its program never touches, and what it creates outlives its credential.",
                text=statement.text,
                severity=severity,
            )


def _power(statement: Scalar, role: EngineRole) -> tuple[str, Severity]:
    found = next((what for pattern, what in _POWERS if pattern.search(statement.text)), "")
    if found:
        return found, Severity.HIGH
    if _ALL.search(statement.text):
        mild = _MIGRATES.search(role.name) is not None
        return "grants `ALL` instead of what the job needs", Severity.MEDIUM if mild else Severity.HIGH
    return "", Severity.HIGH


def _connection(role: EngineRole) -> Iterator[Hit]:
    for scalar in role.scalars("allowed_roles"):
        if scalar.text == "*":
            yield Hit(
                span=scalar.span,
                subject=role.subject,
                construct="allowed_roles",
                message=f"Every database role, also one that is added later, may use the connection `{role.name}`.",
                attack="Anyone who may write a role in the engine runs its statements on this database.",
                text='allowed_roles = ["*"]',
                severity=Severity.MEDIUM,
                remedy="List in `allowed_roles` the roles that belong to this database.",
            )


RULE = Rule("engine-overpowered-statements", EngineRole, check, Severity.HIGH, others=(Severity.MEDIUM,))
