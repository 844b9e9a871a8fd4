"""What a literal is: a credential that a machine made, one that a person typed, a reference, a placeholder, a name."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
from collections import Counter
from functools import lru_cache
from typing import Final

from bot.facts.secret_names import Promise
from bot.lazy import regex

# The token of HashiCorp's own examples, by its SHA-256 (developer.hashicorp.com/vault/api-docs, 2026-11).
_SAMPLES: Final = frozenset({"347993802a9b7dab36b677bcffdd5cdb73769f431031ee7afba390706f783bed"})
# In a token no short word counts: of 1,000 random tokens of 90 characters seven hold "foo" or "xxx" in some case.
_PLACEHOLDER_IN_TOKEN: Final = regex(
    r"(?i:change[-_ ]?me|place[-_ ]?holder|example|dummy|sample|redacted|masked|replace|insert|your[-_ ]|undefined"
    r"|default|foobar|deprecated|12345)"
    r"|x{4}|X{4}|\*\*\*|\.\.\.|fake|FAKE|Fake|mock|MOCK|todo|TODO|fixme|FIXME|null|NULL|\b(?:foo|bar|FOO|BAR)\b"
)
_PLACEHOLDER_WORDS: Final = regex(
    r"change[-_ ]?(?:me|it|this)|place[-_ ]?holder|example|dummy|sample|fake|mock|redacted|masked|replace|insert"
    r"|your[-_ ]|my[-_ ]|todo|fixme|\b(?:not|no)[-_ ]?(?:a[-_ ])?(?:real|used|needed|set|secret|important|valid)"
    r"|undefined|unset|default|\bnull\b|\bnone\b|empty|xxx|\*\*\*|\.\.\.|foo|\bbar\b|1234|deprecated|see[-_ ]"
    r"|set[-_ ]?(?:in|as|me|by|via|this|to)\b|defined[-_ ]in|managed|optional|required|secret[-_ ]?(?:from|in)|invalid"
    r"|ignored?\b|whatever|anything|something|blah|lorem|ipsum|throw-?away|\bunused|secure[-_ ]|asdf|qwert|s3cr3t"
    r"|p[a4@]ssw[o0]rd|geheim|letmein|super[-_]?s",
    re.IGNORECASE,
)
_EVERYDAY: Final = frozenset(
    {
        "postgres", "postgresql", "mysql", "mariadb", "root", "toor", "admin", "administrator", "test", "tests",
        "testing", "tester", "password", "passwd", "pass", "secret", "secrets", "guest", "user", "username",
        "rabbitmq", "rabbit", "redis", "mongo", "mongodb", "docker", "vagrant", "symfony", "laravel", "django",
        "rails", "homestead", "sonar", "minio", "minioadmin", "elastic", "kibana", "gitlab", "runner", "local",
        "localhost", "develop", "development", "stage", "token", "oracle", "keycloak", "grafana", "jenkins",
        "nexus", "wordpress", "drupal", "magento", "always", "never", "enabled", "disabled", "inherit",
        "bearer", "scram-sha-256", "app", "db", "database", "dev", "demo", "ci", "build", "ansible", "travis",
        "github", "sa", "mssql", "typo3", "welcome", "changeit", "foo", "bar", "integration", "itest", "e2e",
        "api", "key", "system", "default", "temp", "tmp", "neo4j", "couchdb", "influx", "airflow", "superset",
    }
)  # fmt: skip
_WORDS_OF_TESTS: Final = regex(
    r"(?:^|[^a-z0-9])(?:tests?|testing|tester|e2e|itest|demo|dev|local|ci|pass|secret)(?:$|[^a-z0-9])",
    re.IGNORECASE,
)
# A reference of any tool: shell, CI, templates, Ansible, Helm, vals, SOPS, Vault's injectors, cloud providers.
_REFERENCES: Final = regex(
    r"[$`]|\{\{|\}\}|<[^>]*>|%\w+%|\[\[|@@?\w+@@?|^[{\[(]|\b(?:var|local|module|data|each|env|secrets?|vars|self|steps|process\.env"
    r"|os\.environ|config|settings|values|inputs|params|context)\.\w|^!|\bENC\[|\b(?:os\.)?environ\b|^AQICAH|^gAAAAA|^U2FsdGVkX1|^enc[:(]|\w\(.*\)$|\bgetenv\b"
    r"|^(?:vault|bao|ref|arn|op|file|env|ssm|sm|awssm|awsps|gcp|gcpsm|gcp-secretmanager|azurekeyvault|keyvault|secretsmanager"
    r"|aws-secretsmanager|secretref|secret|sops|doppler|akeyless|conjur|kv|k8s|bws|infisical|keyring|projects|credentials)[+:/]"
    r"|^sha(?:1|256|512)[:-]|^https?://|\{(?:cipher|aes|SSHA|SHA|CRYPT|bcrypt|PBKDF2)\w*\}|\[MASKED\]|^@",
    re.IGNORECASE,
)
_PATH: Final = regex(
    r"^(?:[.~]{0,2}/|[A-Za-z]:\\)|^[\w.-]+(?:/[\w.*-]+)+/?$"
    r"|\.(?:pem|key|crt|cer|json|ya?ml|txt|env|asc|p12|pfx|jks|gpg|pub|conf|cfg|ini|xml|sh|py|properties|toml|kdbx|age|enc)$"
)
_HOST: Final = regex(r"^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:/\S*)?$")
_PIECE: Final = regex(r"[A-Za-z]?[a-z]+\d{0,4}|[A-Z]+|[a-zA-Z]{0,3}\d{1,4}|\d+[a-z]{0,2}|")
_SPLIT: Final = regex(r"[-_./:\s]+")
_RUNS: Final = regex(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_LETTER_OF: Final = {"4": "a", "3": "e", "1": "i", "0": "o", "5": "s"}
_LEET: Final = regex(r"(?<=[A-Za-z])[43105](?=[A-Za-z])")
_VOWEL: Final = regex(r"[aeiou]", re.IGNORECASE)
_HARD: Final = regex(r"[^aeiouy]{4}|[^aeiouy]{3}$", re.IGNORECASE)
"""what is no syllable of a word"""
_LETTERS_OF_WORD: Final = 3
_PIECES_OF_TYPED: Final = 5
_DIGITS_OF_TYPED: Final = 4
_SENTENCE: Final = regex(r"\s\S+\s")
_NAME_OF_SECRET: Final = regex(r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*")
UUID: Final = regex(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_UNIT: Final = regex(r"[\d.,:-]+\s*(?:[a-zA-Z%]{1,5})?|v?\d+(?:\.\d+)+[\w.-]*")
_BASE64: Final = regex(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_SHORTEST: Final = 6
_LONGEST: Final = 8192
_SHORTEST_TYPED: Final = 8
_SHORTEST_MADE: Final = 16
_STRONG_BITS: Final = 2.7
_FEW_BITS: Final = 2.5
_WORDS_OF_PHRASE: Final = 4


def bits_per_character(text: str) -> float:
    """Shannon's entropy of the characters: about 4 for random letters and digits, 0 for one repeated."""
    if not text:
        return 0.0
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def is_placeholder(value: str) -> bool:
    """Whether the credential-shaped text is plainly none: `hvs.XXXX...`, a sample of the documentation."""
    body = re.sub(r"^[A-Za-z_]+[.\-_]", "", value)
    if hashlib.sha256(value.encode(errors="replace")).hexdigest() in _SAMPLES:
        return True
    if _PLACEHOLDER_IN_TOKEN.search(body):
        return True
    return bits_per_character(body) < _FEW_BITS


def is_words(value: str) -> bool:
    """Whether the value is words and numbers: `local-database-7`, `release-2024-q3`."""
    return all(_PIECE.fullmatch(piece) for piece in _SPLIT.split(value))


@lru_cache(maxsize=8192)
def looks_generated(value: str) -> bool:
    """Whether a machine made the value: long, letters and digits in turn, no words."""
    if len(value) < _SHORTEST_MADE or " " in value or is_words(value) or _is_typed(value):
        return False
    has_both = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return has_both and bits_per_character(value) >= _STRONG_BITS


def _is_typed(value: str) -> bool:
    """Whether the value is a few words, numbers and signs, a digit here and there in a letter's place."""
    plain = _LEET.sub(lambda match: _LETTER_OF[match[0]], value)
    pieces = _RUNS.findall(plain)
    return len(pieces) <= _PIECES_OF_TYPED and all(map(_is_word_or_number, pieces))


def _is_word_or_number(piece: str) -> bool:
    if piece.isdigit():
        return len(piece) <= _DIGITS_OF_TYPED
    return len(piece) >= _LETTERS_OF_WORD and _VOWEL.search(piece) is not None and not _HARD.search(piece)


def is_reference(value: str) -> bool:
    """Whether the value says where the credential is, or is its encrypted form."""
    return _REFERENCES.search(value) is not None


@lru_cache(maxsize=8192)
def is_literal_secret(value: str, promise: Promise = Promise.PASSWORD) -> bool:
    """Whether a value under a name with that promise is the credential itself."""
    text = value.strip(" \t\r\n\"'")
    if not _SHORTEST <= len(text) <= _LONGEST or is_reference(text) or _UNIT.fullmatch(text):
        return False
    if looks_generated(text):
        return _is_generated_secret(text, promise)
    return promise >= Promise.SECRET and _is_typed_secret(text, promise)


def may_be_secret(value: str) -> bool:
    """Whether a value under a secret's name had better not be shown: far more than what is reported."""
    text = value.strip()
    if len(text) < _SHORTEST or is_reference(text) or text.lower() in _EVERYDAY or text.isdigit():
        return False
    return looks_generated(text) or not (_PLACEHOLDER_WORDS.search(text) or _PATH.search(text))


def _is_generated_secret(text: str, promise: Promise) -> bool:
    if _PLACEHOLDER_IN_TOKEN.search(text) or _PATH.search(text) or _HOST.match(text):
        return (
            bool(_BASE64.fullmatch(text))
            and not _PLACEHOLDER_IN_TOKEN.search(text)
            and "." not in text
            and _is_mixed(text)
        )
    return promise >= Promise.SECRET or UUID.fullmatch(text) is None


def _is_mixed(text: str) -> bool:
    return (
        any(c.isupper() for c in text) and any(c.islower() for c in text) and any(c.isdigit() for c in text)
    )


def _is_typed_secret(text: str, promise: Promise) -> bool:
    """A password as a person types one: with a digit or a sign; words alone are more often a placeholder."""
    if _PLACEHOLDER_WORDS.search(text) or _PATH.search(text) or _SENTENCE.search(text) or _is_everyday(text):
        return False
    if len(set(text)) <= len(text) // 4:
        return False
    has_letter, has_digit = any(c.isalpha() for c in text), any(c.isdigit() for c in text)
    has_sign = any(not (c.isalnum() or c in "-_. ") for c in text)
    if not has_letter:
        return False
    if promise is Promise.PASSWORD:
        shortest = _SHORTEST_TYPED if is_words(text) else _SHORTEST
        return (
            len(text) >= shortest and (has_digit or (has_sign and len(text) >= _SHORTEST_TYPED))
        ) or _is_phrase(text)
    # `TLS_SECRET: wildcard-apps-2`: the name of a secret, in one of the spellings of names.
    is_name = _NAME_OF_SECRET.fullmatch(text) is not None and is_words(text)
    return (
        len(text) >= _SHORTEST_TYPED
        and has_digit
        and not is_name
        and not _HOST.match(text)
        and " " not in text
    )


def _is_phrase(text: str) -> bool:
    """Four words and more: a pass phrase."""
    words = _SPLIT.split(text)
    return len(words) >= _WORDS_OF_PHRASE and all(word.isalpha() and len(word) > 2 for word in words)  # noqa: PLR2004


def _is_everyday(text: str) -> bool:
    """A word of tests or a product's own default, also with a number behind it or doubled: `root123`, `test-test`."""
    plain = text.lower()
    pieces = [piece.rstrip("0123456789!") for piece in _SPLIT.split(plain)]
    if all(piece in _EVERYDAY or not piece for piece in pieces):
        return True
    return (
        plain.startswith(("test", "password", "secret", "passw0rd"))
        or _WORDS_OF_TESTS.search(text) is not None
    )


def decoded(value: str) -> str | None:
    """The text behind base64, None where the value is none of printable text."""
    if not _BASE64.fullmatch(value):
        return None
    padded = value + "=" * (-len(value) % 4)
    try:
        text = base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return text if text and all(c.isprintable() or c in "\r\n\t" for c in text) else None


def password_behind(value: str) -> str | None:
    """The password of `user:password` in base64, None where the value is none."""
    text = decoded(value)
    if text is None:
        return None
    user, colon, password = text.strip().partition(":")
    return password if colon and re.fullmatch(r"[\w.@+%-]*", user) else None
