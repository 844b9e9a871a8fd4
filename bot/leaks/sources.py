"""Which variables of a job hold secrets: what the pipeline declares, what GitLab sets, and what names look like."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from bot.findings import Confidence
from bot.lazy import regex
from bot.leaks.model import Holds, LeakSource, Origin
from bot.leaks.values import UNKNOWN, Flow, Value, joined

if TYPE_CHECKING:
    from bot.documents.location import Span
    from bot.pipeline.model import Job, Secret

# docs.gitlab.com/ci/variables/predefined_variables, 2026-11. The value of each is masked by GitLab.
PREDEFINED: Final = frozenset(
    {
        "CI_JOB_TOKEN", "CI_BUILD_TOKEN", "CI_REGISTRY_PASSWORD", "CI_DEPLOY_PASSWORD", "CI_REPOSITORY_URL",
        "CI_DEPENDENCY_PROXY_PASSWORD", "CI_JOB_JWT", "CI_JOB_JWT_V1", "CI_JOB_JWT_V2", "KUBE_TOKEN",
    }
)  # fmt: skip
# In order: of several that leak at one place, the first is named.
ALWAYS_SET: Final = ("CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD", "CI_REPOSITORY_URL")

PROJECT_DIR: Final = "/builds/project"
_KNOWN_TEXTS: Final = {"CI_PROJECT_DIR": PROJECT_DIR, "PWD": PROJECT_DIR, "HOME": "/root", "TMPDIR": "/tmp"}  # noqa: S108

_SECRET_NAME: Final = regex(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|SECRETS|TOKEN|CREDENTIALS?|CREDS|DSN|APIKEY|PAT|JWT"
    r"|(?:API|ACCESS|SECRET|PRIVATE|DEPLOY|SSH|GPG|SIGNING|ENCRYPTION|MASTER|SERVICE|ACCOUNT|LICENSE|AUTH|RSA|ADMIN)_?KEY"
    r"|DATABASE_URL|DB_URL|CONN(?:ECTION)?_STR(?:ING)?|KEYSTORE_BASE64|CONNECTION_URI)(?:_(?:B64|BASE64|PROD|PRODUCTION"
    r"|STAGING|STG|DEV|TEST|CI|REVIEW|NEW|OLD|\d+|[A-Z]{2,}))?\d*$"
)
_NOT_SECRET: Final = regex(
    r"(?:_|^)(?:FILE|PATH|DIR|NAME|ID|USER|USERNAME|HOST|PORT|URL|URI|LENGTH|LEN|TTL|TYPE|COUNT|EXPIR\w*|ROLE|POLICY|PUBLIC"
    r"|PUB|HEADER|ENDPOINT|SERVER|ADDR|AUDIENCE|AUD|VERSION|ENABLED|REQUIRED|FIELD|KEYS?_ID|HASH|SHA|SCOPE|ISSUER|STATUS"
    r"|CREDENTIALS_JSON|REGION|PREFIX|ENV|VAR|MOUNT|ENGINE|STORE|NAMESPACE|MANAGER|ALIAS|LABEL|PLACEHOLDER|DEFAULT|PASSED|RESULT|CODE"
    r"|HINTS?|TIPS?|REGEX|PATTERN|FORMAT|RATE|MAX|MIN|LIMIT|BUDGET|ATTEMPTS|RETRIES|PATHS|FILES|NAMES|URLS|COMMENT|DESCRIPTION|MESSAGE"
    r"|QUESTION|REMINDER|EXAMPLE|TEMPLATE|SIZE|STRENGTH|ALGORITHM|ALG|TIMEOUT|SECONDS|MINUTES|HOURS|DAYS|AGE|DATE|INTERVAL|COLUMN|KIND"
    r"|MODE|LEVEL|RULES?|SCHEMA|EXISTS|VALID|SET|FOUND|MISSING|RESET|ROTATION)\d*$"
)
# Where clients look for a file with credentials (their manuals, 2026-11): the variable itself is a path.
_PATHS: Final = frozenset({"GOOGLE_APPLICATION_CREDENTIALS", "KUBECONFIG"})
_PUBLIC: Final = regex(
    r"^(?:NEXT_PUBLIC|VITE|REACT_APP|GATSBY|PUBLIC)_|PUBLIC|PUBLISHABLE|^(?:OLD)?PWD$|_PWD_"
)
_OF_LINES: Final = regex(
    r"(?:^|[^a-z])(?:pem|rsa|ed25519|p8|gpg|pgp|ssh|tls|certs?|certificate|crt|cabundle|fullchain|kubeconfig|netrc|dotenv"
    r"|(?:private|deploy|signing)[-_]?key|service[-_]?account)(?:$|[^a-z])",
    re.IGNORECASE,
)
_REFERENCE: Final = regex(r"\$(?:\{(\w+)\}|(\w+))|%(\w+)%")
_URLS: Final = regex(r"(?:^|_)(?:DATABASE|DB|REDIS|MONGO\w*|POSTGRES\w*|MYSQL|AMQP|RABBITMQ)_(?:URL|URI)$")

_HOST: Final = regex(r"https?://(?:[^/@\s]*@)?([A-Za-z0-9.-]+)")


@lru_cache(maxsize=4096)
def looks_secret(name: str) -> bool:
    """Whether the name of a variable alone suggests a secret."""
    upper = name.upper()
    if name != upper or name in _PATHS or _PUBLIC.search(upper):
        return False
    if _URLS.search(upper):
        return True
    return _SECRET_NAME.search(upper) is not None and _NOT_SECRET.search(upper) is None


@lru_cache(maxsize=512)
def predefined(name: str) -> Value:
    """A variable of GitLab's own whose value is a secret."""
    return _secret(name, Origin.PREDEFINED, None)


def _secret(name: str, origin: Origin, span: Span | None) -> Value:
    source = LeakSource(name, origin, Holds.VALUE, masked=True, confidence=Confidence.HIGH, span=span)
    return Value(None, (Flow(source),))


def named(name: str) -> Value:
    """A variable of which nothing is known but its name: that of a secret, or of a path to one."""
    holds = Holds.PATH if name in _PATHS else Holds.VALUE
    source = LeakSource(name, Origin.NAMED, holds, masked=False, confidence=Confidence.MEDIUM, span=None)
    return Value(None, (Flow(source, is_path=holds is Holds.PATH),))


def _has_lines(secret: Secret) -> bool:
    """Whether the secret is a key or a certificate by its name, its path or its field."""
    stored = (secret.vault.path, secret.vault.secret_field) if secret.vault is not None else ()
    return any(_OF_LINES.search(text) for text in (secret.name, *stored))


class Sources:
    """The variables that a job starts with.

    Each is worked out when it is looked up: most jobs have many more than their scripts use.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self._known: dict[str, Value] = {}
        self.files: dict[str, tuple[Flow, ...]] = {}
        for name, text in _KNOWN_TEXTS.items():
            self._known[name] = Value(text)
        for name, token in job.id_tokens.items():
            self._known[name] = _secret(name, Origin.ID_TOKEN, token.entry.span)
        for name, secret in job.secrets.items():
            if not secret.is_file:
                self._known[name] = _secret(name, Origin.SECRETS, secret.entry.span)
                continue
            source = LeakSource(
                name,
                Origin.SECRETS,
                Holds.PATH,
                masked=True,
                confidence=Confidence.HIGH,
                span=secret.entry.span,
                has_lines=_has_lines(secret),
            )
            path = f"{PROJECT_DIR}.tmp/{name}"
            self.files[path] = (Flow(source),)
            self._known[name] = Value(path, (Flow(source, is_path=True),))
        self._declared = tuple(self._known)

    @cached_property
    def variables(self) -> dict[str, Value]:
        """Every variable: the job's own, in the order in which they are named, then those that were looked up."""
        looked_up, self._known = self._known, {name: self._known[name] for name in self._declared}
        for name in (*ALWAYS_SET, *self.job.variables):
            self.lookup(name)
        self._known = {**self._known, **looked_up}
        return self._known

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts that the job names in its audiences and variables: they are its own."""
        texts = [audience for token in self.job.id_tokens.values() for audience in token.audiences]
        texts += [variable.value or "" for variable in self.job.variables.values()]
        return frozenset(found.lower() for text in texts for found in _HOST.findall(text))

    def exports(self, name: str) -> bool:
        """Whether the job has the variable in its environment when it starts."""
        job = self.job
        return (
            name in PREDEFINED
            or name in job.secrets
            or name in job.id_tokens
            or name in job.variables
            or name.startswith(("CI_", "GITLAB_"))
        )

    def lookup(self, name: str, depth: int = 0) -> Value:
        """What the variable `name` holds when the job starts."""
        known = self._known.get(name)
        if known is not None:
            return known
        self._known[name] = UNKNOWN
        written = self.job.variables.get(name)
        if written is not None:
            value = self.written(written.value, depth)
        elif name in PREDEFINED:
            value = predefined(name)
        elif looks_secret(name) or name in _PATHS:
            value = named(name)
        else:
            value = UNKNOWN
        self._known[name] = value
        return value

    def written(self, text: str | None, depth: int = 0) -> Value:
        """The value of a YAML variable: its text, and what the variables in it hold."""
        if text is None or depth > 10:  # noqa: PLR2004 - GitLab stops at cycles too
            return UNKNOWN
        if "$" not in text and "%" not in text:
            return Value(text)
        parts: list[Value] = []
        at = 0
        for found in _REFERENCE.finditer(text):
            parts.append(Value(text[at : found.start()]))
            parts.append(self.lookup(found[1] or found[2] or found[3], depth + 1))
            at = found.end()
        return joined([*parts, Value(text[at:])]) if parts else Value(text)
