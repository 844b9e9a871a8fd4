"""Clients of databases: passwords on their command lines."""

from __future__ import annotations

from bot.leaks.program import NEVER, Argument, Program
from bot.leaks.programs.repairs import in_variable

_POSTGRES = Argument(r"postgres(?:ql)?://[^@/]*:|.*\bpassword=", NEVER, "the variable PGPASSWORD")
_MONGO = Argument(r"-p|--password=", r"-p|--password", "a --config file")

PROGRAMS = (
    Program(
        names=("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump"),
        arguments=(Argument(r"-p|--password=", NEVER, "the variable MYSQL_PWD"),),
        value_options=r"-p",
        repairs=(in_variable(r"-p|--password=", "MYSQL_PWD"),),
    ),
    Program(
        names=("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"),
        arguments=(Argument(r"-w", r"-w", "a file behind -y"),),
    ),
    Program(names=("psql",), value_operand=True, arguments=(_POSTGRES,)),
    Program(names=("pg_dump", "pg_restore", "createdb"), arguments=(_POSTGRES,)),
    Program(
        names=("redis-cli",),
        arguments=(Argument(r"--pass=", r"-a|--pass", "the variable REDISCLI_AUTH"),),
        repairs=(in_variable(r"-a |--pass[ =]", "REDISCLI_AUTH"),),
    ),
    Program(names=("mongo", "mongosh"), value_operand=True, arguments=(_MONGO,)),
    Program(names=("mongodump", "mongorestore"), arguments=(_MONGO,)),
    Program(names=("migrate", "dbmate"), value_operand=True),
)
