"""Which names promise a credential: of variables, keys, attributes, options, in every spelling."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import Final

from bot.lazy import regex


class Promise(IntEnum):
    """What a name promises of its value; the higher, the sooner a value is believed to be a credential."""

    NOTHING = 0
    PERHAPS = 1
    """a key of some kind: believed of a value that a machine made"""
    SECRET = 2
    """a token, a secret, a key: names of secrets are under such names too"""
    PASSWORD = 3
    """a password: what a person typed counts"""


_CAMEL: Final = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD: Final = regex(r"[^A-Za-z0-9]+")
# What follows the word that counts: which of several, and how it is written down.
_SUFFIXES: Final = frozenset(
    {
        "prod", "production", "staging", "stage", "stg", "dev", "development", "test", "qa", "uat", "live",
        "ci", "new", "old", "current", "primary", "secondary", "backup", "b64", "b", "base64", "encoded", "plain",
        "raw", "base", "main", "value", "val", "string", "str", "text", "txt", "literal", "eu", "us", "default",
        "confirm", "confirmation", "json",
    }
)  # fmt: skip
_PASSWORDS: Final = frozenset(
    {
        "password", "passwd", "passphrase", "passcode", "pass", "pwd", "pw", "passwort", "userpassword", "psk",
        "passkey",
        # German, French, Spanish, Portuguese, Dutch, Italian, Polish, Czech, Swedish, Danish, Finnish, Hungarian
        "kennwort", "passe", "motdepasse", "contrasena", "contrasenya", "clave", "senha", "wachtwoord", "parola",
        "haslo", "heslo", "losenord", "adgangskode", "salasana", "jelszo",
    }
)  # fmt: skip
_OF_WHAT: Final = frozenset({"db", "database", "bdd", "banco", "baza"})
"""what may follow the word for a password: `PASSWORD_DB`"""
_SECRETS: Final = frozenset(
    {
        "secret", "secrets", "token", "tokens", "credential", "credentials", "creds", "cred", "apikey",
        "secretkey", "accesskey", "privatekey", "authtoken", "authkey", "pat", "auth", "apitoken",
        "accesstoken", "authorization", "secretaccesskey", "encryptionkey", "signingkey", "masterkey",
        "clientsecret", "apisecret", "mnemonic", "masterauth",
    }
)  # fmt: skip
_MAYBE: Final = frozenset(
    {
        "key", "keys", "salt", "jwt", "dsn", "cookie", "bearer", "session", "keystore", "login",
        "dockerconfigjson", "basic",
    }
)  # fmt: skip
_GLUED_PASSWORDS: Final = ("password", "passwd", "passphrase")
_GLUED_SECRETS: Final = ("secret", "token", "apikey", "secretkey", "accesskey", "privatekey")
# `dbpass`, `sshpass`, `rootpw`: glued to what it is the password of; `bypass` and `compass` are none.
_GLUED_SHORT: Final = regex(
    r"(?:require|ssh|db|pg|my|sql|mysql|root|user|usr|admin|adm|ftp|sftp|smtp|mail|ldap|bind|git|svn|http|proxy|docker|repo|key"
    r"|store|trust|sudo|become|vpn|rdp|nexus|redis|mongo|wifi|login|auth|basic)(?:pass|pwd|pw)"
)
_SECRET_KEYS: Final = frozenset(
    {
        "api", "access", "secret", "private", "deploy", "deployment", "signing", "sign", "encryption",
        "encrypt", "cipher", "crypt", "master", "account", "service", "shared", "storage", "app", "application",
        "license", "auth", "admin", "write", "hmac", "jwt", "session", "cookie", "webhook", "ssh", "gpg", "rsa",
        "aes", "tls", "ssl", "unseal", "recovery", "client", "consumer", "server", "ingest", "ingestion",
        "integration", "subscription", "security", "upload", "publish", "push", "release", "rest", "ops",
        "management", "provisioning", "registration", "refresh",
    }
)  # fmt: skip
_PUBLIC_KEYS: Final = frozenset(
    {
        "public", "pub", "primary", "foreign", "sort", "partition", "cache", "index", "map", "object",
        "project", "lockfile", "issue", "ticket", "bucket", "group", "field", "row", "column", "label", "natural",
        "translation", "config", "file", "state", "lock", "queue", "routing", "publishable", "kms", "site",
        "host", "hot", "search", "dedup", "idempotency", "order", "unique", "composite", "range", "hash",
        "value", "name", "metadata", "annotation", "event", "message", "s3", "jira", "verification", "verify",
        "signature", "tag", "env", "variable", "context", "data", "secretkeyref", "store",
    }
)  # fmt: skip
# `next_token` pages through a list, `max_tokens` counts.
_OTHER_TOKENS: Final = frozenset(
    {
        "next", "page", "continuation", "cancellation", "pagination", "sync", "max", "min", "num", "total",
        "bos", "eos", "pad", "start", "end", "stop", "unk", "special", "design",
    }
)  # fmt: skip
_OTHER_AUTH: Final = frozenset(
    {
        "no", "require", "enable", "disable", "default", "with", "skip", "preemptive", "two", "use", "client",
        "user",
    }
)  # fmt: skip
_NEVER: Final = frozenset(
    {
        "public", "pub", "publishable", "pubkey", "encrypted", "hashed", "sealed", "length", "min", "max",
        "checksum", "sha", "md", "digest", "fingerprint",
    }
)  # fmt: skip
_WHOLE: Final = frozenset({*_PASSWORDS, *_SECRETS, *_MAYBE, *_GLUED_SECRETS, *_GLUED_PASSWORDS} - {"pat"})
_STEMS: Final = sorted(word for word in _WHOLE if not any(other in word for other in _WHOLE - {word}))
# "pat" is a word by itself alone, else every path and pattern would count.
_PAT: Final = r"(?:pat(?![a-z])|Pat(?![a-z])|PAT(?![A-Z](?![a-z])))"
SPEAKS_OF_SECRETS: Final = rf"(?:(?i:{'|'.join(_STEMS)})|{_PAT})"
"""expression that matches a part of every name that promises a credential"""
_PAT_ALONE: Final = regex(_PAT)


def speaks_of_secrets(text: str) -> bool:
    """Whether `SPEAKS_OF_SECRETS` is found in the text; looking for words one by one is ten times as fast."""
    folded = text.casefold()
    return any(stem in folded for stem in _STEMS) or ("pat" in folded and _PAT_ALONE.search(text) is not None)


@lru_cache(maxsize=16384)
def promise_of(name: str) -> Promise:
    """What the name of a variable, key, attribute or option promises of its value."""
    words = _words_of(name)
    if not words or _NEVER.intersection(words):
        return Promise.NOTHING
    if len(words) > 1 and words[-1] in _OF_WHAT and words[-2] in _PASSWORDS:
        words.pop()
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in {"pwd", "pass", "pw"} and not before and name.isupper():
        return Promise.NOTHING if last == "pwd" else Promise.PASSWORD  # the shell's own $PWD
    if last in _PASSWORDS or last.endswith(_GLUED_PASSWORDS) or _GLUED_SHORT.fullmatch(last):
        return Promise.NOTHING if before == "old" and last == "pwd" else Promise.PASSWORD
    return _of_secrets(last, before, words)


def _of_secrets(last: str, before: str, words: list[str]) -> Promise:
    """What a name promises that is no password's."""
    if last in {"key", "keys"}:
        if before in _PUBLIC_KEYS:
            return Promise.NOTHING
        return Promise.SECRET if before in _SECRET_KEYS else Promise.PERHAPS
    if last in {"token", "tokens"} and before in _OTHER_TOKENS:
        return Promise.NOTHING
    is_weak = last == "auth" and (not before or before in _OTHER_AUTH)
    if not is_weak and (last in _SECRETS or last.endswith(_GLUED_SECRETS)):
        return Promise.SECRET
    if (last, before) == ("login", "sonar"):  # its token, by its old name
        return Promise.SECRET
    is_id = last == "id" and before == "secret"
    is_login = last == "config" and "auth" in words  # DOCKER_AUTH_CONFIG
    return Promise.PERHAPS if is_weak or is_id or is_login or last in _MAYBE else Promise.NOTHING


def _words_of(name: str) -> list[str]:
    """The words of the name in lower case, without numbers and what numbers several of a kind."""
    parts = _NOT_WORD.split(_CAMEL.sub("_", name))
    words = [word for part in parts if (word := part.lower().rstrip("0123456789"))]
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return words


def names_secret(name: str) -> bool:
    """Whether the name of a variable, key or attribute promises a credential."""
    return promise_of(name) >= Promise.SECRET
