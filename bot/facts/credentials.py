"""What credentials look like: their makers' formats, names that promise them, and what only plays one.

The formats are written so that no file here holds one: a pattern is not a token.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.facts.vendor_tokens import VENDOR_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of credential that is known by its shape.

    `pattern` has the credential as its whole match. One of `hints` is in every text that has a match: looking
    for them first is ten times as fast.
    """

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """Every match in `text`, placeholders too."""
        if any(hint in text for hint in self.hints):
            yield from self.pattern.finditer(text)


# developer.hashicorp.com/vault/docs/concepts/tokens ("Token prefixes", since 1.10; 2026-11): service, batch
# and recovery tokens; the part behind the dot is 24 characters and more, 90 and more since 1.10.
VAULT_TOKEN: Final = Format(
    "a Vault token", ("hvs.", "hvb.", "hvr."), re.compile(r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}")
)
# The same page: before 1.10 they were s., b. and r. with 24 letters and digits.
OLD_VAULT_TOKEN: Final = Format(
    "a Vault token of the old form",
    ("s.", "b.", "r."),
    # What stands before it is asked behind its first letter: a pattern that starts with a letter is found faster.
    re.compile(r"[sbr](?<![\w.$][sbr])\.[A-Za-z0-9]{24}(?![\w.(])"),
)
UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# developer.hashicorp.com/vault/docs/commands/operator/init (2026-11): a key share is 33 bytes, base64 or hex.
KEY_SHARE: Final = re.compile(r"(?:[A-Za-z0-9+/]{43,44}={0,2}|[0-9a-f]{64,66})")

# Prefixes as their makers document them: docs.gitlab.com/security/tokens (token prefixes), docs.github.com
# (about authentication), docs.aws.amazon.com (IAM identifiers), api.slack.com, docs.stripe.com,
# npm and PyPI, in their own documentation (2026-11).
FORMATS: Final = (
    Format(
        "a GitLab token",
        (
            "glpat-",
            "gldt-",
            "glrt-",
            "glcbt-",
            "glptt-",
            "glft-",
            "glimt-",
            "glagent-",
            "gloas-",
            "glsoat-",
            "glffct-",
            "glwt-",
            "glrtr-",
        ),
        re.compile(r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt|rtr)-[A-Za-z0-9_-]{20,}"),
    ),
    Format(
        "a GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})"),
    ),
    Format("an AWS access key", ("AKIA", "ASIA"), re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b")),
    Format("a Slack token", ("xox",), re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{20,}")),
    Format(
        "a Slack webhook",
        ("hooks.slack.com",),
        re.compile(r"https://hooks\.slack\.com/services/T\w{7,}/B\w{7,}/\w{20,}"),
    ),
    Format("a Stripe key", ("k_live_",), re.compile(r"\b[sr]k_live_[A-Za-z0-9]{20,}")),
    Format("a Google API key", ("AIza",), re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    Format("an npm token", ("npm_",), re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    Format("a PyPI token", ("pypi-AgE",), re.compile(r"\bpypi-AgE[A-Za-z0-9_-]{50,}")),
    Format("a Docker Hub token", ("dckr_",), re.compile(r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}")),
    Format(
        "a private key",
        ("PRIVATE KEY",),
        re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?=[\s\\]+n?[A-Za-z0-9+/=]{20})"),
    ),
    Format(
        "a JSON web token",
        (".eyJ",),
        re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    ),
    *(
        Format(name, prefixes, re.compile(rf"\b(?:{'|'.join(map(re.escape, prefixes))}){body}"))
        for name, prefixes, body in VENDOR_TOKENS
    ),
)

URL_WITH_PASSWORD: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s:/@'\"$<{]*):(?P<password>[^\s/@'\"$<>{}%]+)"
    r"@(?P<host>[\w.-]+)",
    re.IGNORECASE,
)

# The token of HashiCorp's own examples, by its SHA-256 (developer.hashicorp.com/vault/api-docs, 2026-11).
_SAMPLES: Final = frozenset({"347993802a9b7dab36b677bcffdd5cdb73769f431031ee7afba390706f783bed"})

_SECRET_NAME: Final = re.compile(
    r"(?:^|[_.-])(?:pass(?:word|wd|phrase)|passwd|pwd|secret|token|credentials?|creds|api_?key"
    r"|(?:access|secret|private|deploy|signing|encryption|master|account|service|shared|storage)_?key)\d*$",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLACEHOLDER_WORDS: Final = re.compile(
    r"change[-_ ]?me|place[-_ ]?holder|example|dummy|sample|fake|mock|redacted|masked|replace"
    r"|insert|your[-_ ]|todo|fixme|not[-_ ]?(?:a[-_ ])?(?:real|used|needed|set)|undefined|unset"
    r"|default|null|none|empty"
    r"|xxx|\*\*\*|\.\.\."
    r"|foo|bar\b|1234|deprecated|see[-_ ]|set[-_ ]in|defined[-_ ]in|managed|optional|required"
    r"|secret[-_ ]?(?:from|in)",
    re.IGNORECASE,
)
# In a token no short word counts: of 1,000 random tokens of 90 characters seven hold "foo" or "xxx" in some case.
_PLACEHOLDER_IN_TOKEN: Final = re.compile(
    r"(?i:change[-_ ]?me|place[-_ ]?holder|example|dummy|sample|redacted|masked|replace|insert|your[-_ ]|undefined"
    r"|default|foobar|deprecated|12345)"
    r"|x{4}|X{4}|\*\*\*|\.\.\.|fake|FAKE|Fake|mock|MOCK|todo|TODO|fixme|FIXME|null|NULL|\b(?:foo|bar|FOO|BAR)\b"
)
_EVERYDAY: Final = frozenset(
    {
        "postgres", "postgresql", "mysql", "mariadb", "root", "toor", "admin", "administrator",
        "test", "tests", "testing", "tester", "password", "passwd", "secret", "secrets", "guest",
        "user", "username", "rabbitmq", "redis", "mongo", "docker", "vagrant", "symfony", "laravel",
        "django", "rails", "homestead", "sonar", "minio", "minioadmin", "elastic", "kibana",
        "gitlab", "runner", "runner-token", "local", "localhost", "develop", "development", "stage",
        "token", "oracle", "keycloak", "grafana", "jenkins", "nexus", "wordpress", "drupal",
        "magento", "always", "never", "enabled", "disabled", "inherit", "bearer", "scram-sha-256",
    }
)  # fmt: skip
_REFERENCES: Final = re.compile(
    r"[$<{}%\[\]`]|^vault:|^ref\+|^arn:|^op://|^projects/|^sha(?:256|512):|^secret/|^(?:file|https?)://"
)
_PATH: Final = re.compile(
    r"^(?:[.~]{0,2}/|[A-Za-z]:\\)|^[a-z0-9_.-]+(?:/[a-z0-9_.*-]+)+$"
    r"|\.(?:pem|key|crt|json|ya?ml|txt|env|asc|p12|jks|gpg)$"
)
_WORDS: Final = re.compile(r"[A-Za-z][a-z]+(?:[-_.][A-Za-z][a-z]+)*[-_.]?[0-9]{0,4}")
_SENTENCE: Final = re.compile(r"\s\S+\s")
# Variables by which the images of databases and the like take the password of a container that lives as
# long as the job (hub.docker.com: postgres, mysql, mongo, rabbitmq, minio; 2026-11), and what jobs call it.
_CONTAINER_NAME: Final = re.compile(
    r"^(?:\w+_)?(?:POSTGRES\w*|PG|MYSQL\w*|MARIADB\w*|MONGO\w*|MSSQL\w*|SA|RABBITMQ\w*|REDIS|MINIO\w*|DB"
    r"|DATABASE|AMQP|CLICKHOUSE|NEO4J|ELASTIC\w*|ORACLE|TYPO3\w*)_?(?:ROOT_|USER_|SA_)?(?:PASSWORD|PASS|PWD|PASSWD)$",
    re.IGNORECASE,
)
# Bounded, as a name is tried again behind each of its dots and digits.
# A value ends where the next name of a flow mapping or of a URL's query begins: `{a: {API_KEY: x}}`, `?a=1&token=x`.
_ASSIGNMENT: Final = re.compile(
    r"""(?<![A-Za-z_])(?P<name>[A-Za-z_][\w.-]{0,100}+)["']?[^\S\n]*(?::=|=>|[:=])[^\S\n]*["']?(?![{\[])(?P<value>[^\s"',;&]+)"""
)
_REST_OF_VALUE: Final = re.compile(r"""[^\s"',;]*""")
_KEY_BLOCK_LINE: Final = re.compile(
    r"^[^A-Za-z0-9+/\n]*(?P<body>[A-Za-z0-9+/]{40,}={0,2})[^A-Za-z0-9+/=\n]*$", re.MULTILINE
)
_SHORTEST: Final = 6
_STRONG_LENGTH: Final = 16
_STRONG_BITS: Final = 3.0
_FEW_BITS: Final = 2.5


@lru_cache(maxsize=4096)
def names_secret(name: str) -> bool:
    """Whether the name of a variable, key or attribute promises a credential."""
    return _SECRET_NAME.search(_CAMEL.sub("_", name)) is not None


def names_container_password(name: str) -> bool:
    """Whether the variable usually sets the password of a service container, which dies with the job."""
    return _CONTAINER_NAME.search(_CAMEL.sub("_", name)) is not None


def looks_generated(value: str) -> bool:
    """Whether a machine made the value: long, letters and digits, no words."""
    has_both = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return len(value) >= _STRONG_LENGTH and has_both and bits_per_character(value) >= _STRONG_BITS


def is_words(value: str) -> bool:
    """Whether the value is words with a number at most behind them: `local-database-7`."""
    return _WORDS.fullmatch(value) is not None


def is_placeholder(value: str) -> bool:
    """Whether the credential-shaped text is plainly none: `hvs.XXXX...`, a sample of the documentation."""
    body = re.sub(r"^[A-Za-z_]+[.\-_]", "", value)
    if hashlib.sha256(value.encode(errors="replace")).hexdigest() in _SAMPLES:
        return True
    if _PLACEHOLDER_IN_TOKEN.search(body):
        return True
    return bits_per_character(body) < _FEW_BITS


def is_literal_secret(value: str) -> bool:
    """Whether the value of a secret-named variable is the secret itself: no reference, path or test word."""
    text = value.strip()
    if len(text) < _SHORTEST or text.lower() in _EVERYDAY or _REFERENCES.search(text):
        return False
    if _PLACEHOLDER_WORDS.search(text) or _PATH.search(text) or _SENTENCE.search(text):
        return False
    return len(set(text)) > len(text) // 4 and not text.lower().startswith(("test", "password", "secret"))


def formats_in(text: str) -> Iterator[tuple[Format, int, int]]:
    """Every credential of a known format in `text`, but Vault's: the format, first offset, end (0-based)."""
    for known in FORMATS:
        for match in known.matches(text):
            if known.name == "a private key" or not is_placeholder(match[0]):
                yield known, match.start(), match.end()


def values_in(text: str) -> Iterator[tuple[int, int]]:
    """Where the value of a secret may stand, for a text to be shown without: first offset, end (0-based).

    Every credential that its form gives away, a literal given to a name that promises a secret, and the lines of a
    key's block.
    """
    yield from shapes_in(text)
    yield from assigned_in(text)
    for match in _KEY_BLOCK_LINE.finditer(text):
        yield match.span("body")


def shapes_in(text: str) -> Iterator[tuple[int, int]]:
    """Where a credential of a known format stands, Vault's too, or a password in a URL."""
    # Placeholders too: a generated one may hold `xXx` by chance.
    for known in (*FORMATS, VAULT_TOKEN, OLD_VAULT_TOKEN):
        for match in known.matches(text):
            yield match.span()
    for match in URL_WITH_PASSWORD.finditer(text):
        yield match.span("password")


def assigned_in(text: str) -> Iterator[tuple[int, int]]:
    """Where a literal is given to a name that promises a secret."""
    for match in _ASSIGNMENT.finditer(text):
        # The half of an AppRole's login that is secret (developer.hashicorp.com/vault/docs/auth/approle, 2026-11).
        promises = names_secret(match["name"]) or match["name"].lower().endswith("secret_id")
        if promises and _may_be_secret(match["value"]):
            rest = _REST_OF_VALUE.match(text, match.end("value"))
            yield match.start("value"), rest.end() if rest else match.end("value")


def _may_be_secret(value: str) -> bool:
    """More than what a rule reports: a generated value in which by chance a test word stands is hidden too."""
    if is_literal_secret(value):
        return True
    is_plain = value in {value.lower(), value.upper()}  # words, paths
    has_digits = any(char.isdigit() for char in value)
    is_long = len(value) >= _STRONG_LENGTH and bits_per_character(value) >= _STRONG_BITS
    return is_long and "$" not in value and not (is_plain and ("/" in value or not has_digits))


def bits_per_character(text: str) -> float:
    """Shannon's entropy of the characters: about 4 for random letters and digits, 0 for one repeated."""
    if not text:
        return 0.0
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
