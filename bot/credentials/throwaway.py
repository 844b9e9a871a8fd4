"""Passwords that die with their job: of a database that the job, or the same compose file, starts for itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.kinds import FileKind
from bot.documents.nodes import Mapping, Scalar, Sequence, text_of, walk
from bot.facts.hosts import is_this_machine
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.credentials.model import PlainCredential
    from bot.documents.documents import Documents
    from bot.documents.location import Span
    from bot.documents.nodes import Node
    from bot.pipeline.model import Job, Pipeline

# Images of what keeps its data for the life of a container, and the words by which variables speak of it
# (hub.docker.com, 2026-11).
_STORES: Final = {
    "postgres": (r"postgres|postgis|timescale|pgvector|cockroach|pgbouncer", "postgres|postgresql|pg|psql"),
    "mysql": (r"mysql|mariadb|percona", "mysql|mariadb"),
    "mongo": (r"mongo", "mongo|mongodb"),
    "redis": (r"redis|valkey|keydb|dragonfly", "redis|valkey"),
    "rabbitmq": (r"rabbitmq|activemq|artemis", "rabbitmq|rabbit|amqp|mq|broker"),
    "mssql": (r"mssql|sqlserver|azure-sql-edge", "mssql|sqlserver|sa"),
    "minio": (r"minio|localstack|s3mock|seaweed", "minio|s3|aws|localstack"),
    "elastic": (r"elasticsearch|opensearch", "elastic|elasticsearch|opensearch"),
    "clickhouse": (r"clickhouse", "clickhouse|ch"),
    "neo4j": (r"neo4j", "neo4j|neo"),
    "oracle": (r"oracle", "oracle|ora"),
    "cassandra": (r"cassandra|scylla", "cassandra|scylla"),
    "influx": (r"influxdb", "influx|influxdb"),
    "couch": (r"couchdb|couchbase|arangodb", "couchdb|couchbase|arango|couch"),
    "ldap": (r"openldap|glauth|389ds", "ldap|openldap"),
    "keycloak": (r"keycloak", "keycloak|kc"),
    "vault": (r"vault|openbao", "vault|bao"),
    "sftp": (r"sftp|vsftpd|proftpd", "sftp|ftp"),
    "mail": (r"mailhog|mailpit|greenmail|inbucket", "smtp|mail"),
}
_IMAGE_PATTERNS: Final = {
    kind: regex(rf"(?:^|/)[\w.-]*(?:{image})[\w.-]*(?:[:@/]|$)") for kind, (image, _) in _STORES.items()
}
_NAME_PATTERNS: Final = {
    kind: regex(rf"(?:^|[^a-z])(?:{words})(?:[^a-z]|$|pass)", re.IGNORECASE)
    for kind, (_, words) in _STORES.items()
}
_ANY_STORE: Final = regex(
    r"(?:^|[^a-z])(?:db|database|datasource|sql|jdbc|hibernate|root|store)(?:[^a-z]|$|pass)", re.IGNORECASE
)
_CAMEL: Final = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_RUN: Final = regex(
    r"\b(?:docker|podman|nerdctl)\s+(?:container\s+)?(?:run|create)\b(?P<rest>(?:[^\n;|&]|\\\n)*)"
)
_OPERAND: Final = regex(r"(?<=\s)[\w.-]+(?:[/:][\w./:@-]+)?(?=\s|$)")
_PROGRAMS: Final = {
    "postgres": r"psql|pg_\w+|createdb|dropdb|createuser",
    "mysql": r"mysql\w*|mariadb\S*",
    "mongo": r"mongo\w*",
    "redis": r"redis-cli",
    "rabbitmq": r"rabbitmq\w*",
    "mssql": r"sqlcmd|bcp",
    "minio": r"mc",
    "oracle": r"sqlplus|impdp|expdp",
    "cassandra": r"cqlsh",
    "influx": r"influx",
    "ldap": r"ldap\w+",
    "neo4j": r"cypher-shell",
    "clickhouse": r"clickhouse-client",
}
# What a job calls the databases that it starts for itself, where no service has the name.
_CUSTOMARY: Final = frozenset({"docker", "db", "database", "host.docker.internal"})


class Started(NamedTuple):
    """What a job starts for itself: the kinds of stores and the names under which it reaches them."""

    stores: frozenset[str]
    hosts: frozenset[str]


def is_thrown_away(credential: PlainCredential, started: Started) -> bool:
    """Whether it is the password of one of those stores: no machine made it, and its name or host says so."""
    if credential.made or not started.stores:
        return False
    if " in the address of " in credential.what:
        host = credential.what.rpartition(" ")[2].lower()
        return host in started.hosts or host in _CUSTOMARY or is_this_machine(host)
    name = _CAMEL.sub("_", credential.name)
    if _ANY_STORE.search(name) or any(_NAME_PATTERNS[store].search(name) for store in started.stores):
        return True
    program = name.split(" ")[0]
    return any(re.fullmatch(_PROGRAMS.get(store, r"\0"), program) for store in started.stores)


def started_at(pipelines: Iterable[Pipeline], path: str, line: int) -> Started:
    """What is started by the jobs that see line `line` (from 1) of a file; `pipelines` contain it."""
    stores: set[str] = set()
    hosts: set[str] = set()
    for pipeline in pipelines:
        for job in pipeline.every_job:
            own = started_by(job)
            if own.stores and any(_covers(span, path, line) for span in _seen_by(job)):
                stores |= own.stores
                hosts |= own.hosts
    return Started(frozenset(stores), frozenset(hosts))


def started_by(job: Job) -> Started:
    """What the job starts for itself: its services, and `docker run` in its scripts."""
    return job.ask(_started_by)


def _started_by(job: Job) -> Started:
    images = list(services_of(job))
    for line in job.scripts:
        images += images_run(line.text)
    return _started(images)


def _started(images: Iterable[tuple[str, str]]) -> Started:
    images = tuple(images)
    stores = {
        kind for image, _ in images for kind, pattern in _IMAGE_PATTERNS.items() if pattern.search(image)
    }
    return Started(
        frozenset(stores), frozenset(host for image, alias in images for host in _hosts(image, alias))
    )


def _hosts(image: str, alias: str) -> Iterator[str]:
    """The names of a service's container (docs.gitlab.com/ci/services, 2026-11)."""
    yield from re.split(r"[\s,]+", alias.lower()) if alias else ()
    name = re.sub(r"(?::[^/]*)?(?:@.*)?$", "", image.lower())
    yield name.replace("/", "__")
    yield name.replace("/", "-")
    yield name.rpartition("/")[2]


def services_of(job: Job) -> Iterator[tuple[str, str]]:
    """Image and alias ("" where none) of each service of the job."""
    services = job.get("services")
    for item in services if isinstance(services, Sequence) else ():
        if isinstance(item, Mapping):
            yield text_of(item.get("name")) or "", text_of(item.get("alias")) or ""
        elif isinstance(item, Scalar):
            yield item.text, ""


def images_run(script: str) -> Iterator[tuple[str, str]]:
    """Image and name of each container that the script runs."""
    for match in _RUN.finditer(script) if "run" in script or "create" in script else ():
        name = re.search(r"--name[= ](\S+)", match["rest"])
        for word in _OPERAND.findall(match["rest"]):
            yield word, name[1] if name else ""


def started_by_file(documents: Documents, path: str) -> Started:
    """What a script runs, or a compose file declares."""
    text = documents.text(path) or ""
    images = list(images_run(text))
    if documents.kind(path) is FileKind.YAML and "services" in text:
        for node in documents.roots(path):
            images += _of_compose(node)
    return _started(images)


def _of_compose(node: Node) -> Iterator[tuple[str, str]]:
    services = node.get("services") if isinstance(node, Mapping) else None
    for entry in services if isinstance(services, Mapping) else ():
        if isinstance(entry.value, Mapping):
            yield text_of(entry.value.get("image")) or "", entry.key.text


def _seen_by(job: Job) -> Iterator[Span]:
    """Where the job's variables, services and scripts are written."""
    for variable in (*job.variables.values(), *job.rule_variables):
        yield variable.entry.span
    for cell in job.cells:
        yield from (variable.entry.span for variable in cell.values())
    for line in job.scripts:
        yield line.scalar.span
    services = job.get("services")
    if services is not None:
        yield from (node.span for node in walk(services))


def _covers(span: Span, path: str, line: int) -> bool:
    return span.path == path and span.start_line <= line <= span.end_line
