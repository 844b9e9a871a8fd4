"""Clients of databases: passwords on their command lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import Sink
from bot.leaks.program import NEVER, Argument, Exposure, Program
from bot.leaks.programs.repairs import in_variable
from bot.leaks.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.program import Invocation

_POSTGRES = Argument(r"postgres(?:ql)?://[^@/]*:|.*\bpassword=", NEVER, "the variable PGPASSWORD")
_MONGO = Argument(r"-p|--password=", r"-p|--password", "a --config file")
_STATEMENT: Final = regex(r"-c|--command|-e|--execute|--eval|-Q|-q|--query")
_GLUED_STATEMENT: Final = regex(r"--(?:command|execute|eval|query)=")
_SHOWS_STATEMENTS: Final = regex(r"-\w*[ea]\w*|--echo-(?:all|queries)|-v+|--verbose")
_PRINTS: Final = regex(r"(?:--\w+=)?\s*(?:select|print|db\.\w+\.find)\b", re.IGNORECASE)


def _statements(call: Invocation) -> Iterator[Value]:
    """The statements with a secret in them that are given on the command line."""
    for before, value in call.pairs():
        if value.secrets and (_STATEMENT.fullmatch(before) or _GLUED_STATEMENT.match(value.start)):
            yield value


def _shows(call: Invocation) -> Iterator[Exposure]:
    """A statement is an argument that every process of the machine can read."""
    for value in _statements(call):
        yield Exposure(Sink.ARGUMENT, value.secrets[0], "a statement on standard input")


def _client(call: Invocation) -> None:
    """What a statement selects comes out; `psql -a` and `mysql -v` print the statements (their manuals, 2026-11)."""
    echoes = call.name != "mysql" and any(_SHOWS_STATEMENTS.fullmatch(text) for text in call.texts)
    for value in _statements(call):
        if echoes or _PRINTS.match(value.start):
            call.write(Value(None, value.secrets))


PROGRAMS = (
    Program(
        run=_client,
        exposes=_shows,
        names=("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump"),
        arguments=(Argument(r"-p|--password=", NEVER, "the variable MYSQL_PWD"),),
        value_options=r"-p",
        repairs=(in_variable(r"-p|--password=", "MYSQL_PWD"),),
    ),
    Program(
        names=("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"),
        arguments=(Argument(r"-w", r"-w", "a file behind -y"),),
    ),
    Program(names=("psql",), run=_client, exposes=_shows, value_operand=True, arguments=(_POSTGRES,)),
    Program(names=("pg_dump", "pg_restore", "createdb"), arguments=(_POSTGRES,)),
    Program(
        names=("redis-cli",),
        arguments=(Argument(r"--pass=", r"-a|--pass", "the variable REDISCLI_AUTH"),),
        repairs=(in_variable(r"-a |--pass[ =]", "REDISCLI_AUTH"),),
    ),
    Program(names=("mongo", "mongosh"), run=_client, exposes=_shows, value_operand=True, arguments=(_MONGO,)),
    Program(names=("mongodump", "mongorestore"), arguments=(_MONGO,)),
    Program(names=("migrate", "dbmate"), value_operand=True),
)
