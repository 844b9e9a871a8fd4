"""What credentials look like: their makers' formats, and where the value of a secret may be in a text.

The formats are written so that no file here contains one: a pattern is not a token.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.facts.secret_names import names_secret
from bot.facts.secret_values import is_placeholder, may_be_secret
from bot.facts.vendor_tokens import VENDOR_TOKENS
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of credential that is known by its shape.

    `expression` has the credential as its whole match. One of `hints` is in every text that has a match: looking
    for them first is ten times as fast, and most patterns are never compiled.
    """

    name: str
    hints: tuple[str, ...]
    expression: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled the first time that it is tried."""
        return _compiled(self.expression)

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """Every match in `text`, placeholders too."""
        if any(hint in text for hint in self.hints):
            yield from self.pattern.finditer(text)


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


# developer.hashicorp.com/vault/docs/concepts/tokens ("Token prefixes", since 1.10; 2026-11): service, batch
# and recovery tokens; the part behind the dot is 24 characters and more, 90 and more since 1.10.
VAULT_TOKEN: Final = Format("a Vault token", ("hvs.", "hvb.", "hvr."), r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}")
# The same page: before 1.10 they were s., b. and r. with 24 letters and digits.
OLD_VAULT_TOKEN: Final = Format(
    "a Vault token of the old form",
    ("s.", "b.", "r."),
    # What is before it is asked behind its first letter: a pattern that starts with a letter is found faster.
    r"[sbr](?<![\w.$][sbr])\.[A-Za-z0-9]{24}(?![\w.(])",
)
# developer.hashicorp.com/vault/docs/commands/operator/init (2026-11): a key share is 33 bytes, base64 or hex.
KEY_SHARE: Final = regex(r"(?:[A-Za-z0-9+/]{43,44}={0,2}|[0-9a-f]{64,66})")

_ENDS_HERE: Final = r"(?![A-Za-z0-9_])"
_PEM_BODY: Final = r"(?=[\s\\\"'n,+]+(?:(?:Version|Comment|Hash)[^\n]*\n\s*)*[A-Za-z0-9+/=]{20})"

# Private keys, in the forms that programs write them in: RFC 7468 (PEM), RFC 4880 (PGP), RFC 7517 (JSON web keys),
# PuTTY's and OpenVPN's and WireGuard's manuals (2026-11). An encrypted one is none here.
PRIVATE_KEY: Final = "a private key"
_LABELS: Final = ("", "RSA ", "EC ", "DSA ", "OPENSSH ", "PGP ")
_HEADS: Final = [f"-----BEGIN {label}PRIVATE KEY".encode() for label in _LABELS]
# The same in base64, as far as what follows cannot change it.
_ENCODED_HEADS: Final = [re.escape(base64.b64encode(head[: len(head) // 3 * 3]).decode()) for head in _HEADS]
_KEYS: Final = (
    Format(
        PRIVATE_KEY,
        ("PRIVATE KEY",),
        rf"-----BEGIN (?!ENCRYPTED)(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----{_PEM_BODY}",
    ),
    Format(
        PRIVATE_KEY,
        ("OpenVPN Static key",),
        r"-----BEGIN OpenVPN Static key V1-----(?=\s+[0-9a-f]{32})",
    ),
    Format(
        PRIVATE_KEY,
        ("PuTTY-User-Key-File",),
        r"PuTTY-User-Key-File-\d:[^\n]*\n(?=\s*Encryption: none)",
    ),
    Format(
        PRIVATE_KEY,
        ("LS0tLS1CRUdJTi",),
        rf"(?:{'|'.join(_ENCODED_HEADS)})[A-Za-z0-9+/]{{40,}}={{0,2}}",
    ),
    Format(
        PRIVATE_KEY,
        ("PrivateKey", "PresharedKey"),
        r"(?<=Key = )[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=",
    ),
    Format(
        "a private JSON web key",
        ('"kty"',),
        r"""\{[^{}]*"kty"\s*:\s*"(?:oct"[^{}]*"k"|(?:RSA|EC|OKP)"[^{}]*"d")\s*:\s*"[A-Za-z0-9_-]{20,}"[^{}]*\}"""
        r"""|\{[^{}]*"(?:k|d)"\s*:\s*"[A-Za-z0-9_-]{20,}"[^{}]*"kty"\s*:\s*"(?:oct|RSA|EC|OKP)"[^{}]*\}""",
    ),
)

# What has the form of a key stays one although its letters look like a placeholder's by chance.
FORMATS: Final = (
    *_KEYS,
    Format(
        "a JSON web token",
        (".eyJ",),
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    ),
    *(
        Format(
            row.what,
            row.hints,
            rf"(?<![A-Za-z0-9_]){row.pattern}{'' if row.open_end else _ENDS_HERE}",
        )
        for row in VENDOR_TOKENS
    ),
)

_Hints: TypeAlias = dict[str, tuple[int, ...]]


def _by_hint(formats: Sequence[Format]) -> _Hints:
    """The numbers of the formats, from 0, by each of their hints."""
    found: _Hints = {}
    for number, known in enumerate(formats):
        for hint in known.hints:
            found[hint] = (*found.get(hint, ()), number)
    return found


def _hinted(text: str, hints: _Hints) -> list[Format]:
    """The formats that `text` may have a match of, in their order: most texts have the hint of none."""
    seen = [numbers for hint, numbers in hints.items() if hint in text]
    return [_EVERY[number] for number in sorted(set().union(*seen))] if seen else []


_EVERY: Final = (*FORMATS, VAULT_TOKEN, OLD_VAULT_TOKEN)
_HINTS: Final = _by_hint(FORMATS)
_HINTS_AND_VAULTS: Final = _by_hint(_EVERY)

_URL_WITH_PASSWORD: Final = regex(
    r"\b[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s:/@'\"$<{]*):(?P<password>[^\s/@'\"$<>{}%]+)"
    r"@(?P<host>[\w.-]+)",
    re.IGNORECASE,
)
# A part of each of them. It begins with plain characters: they are found many times as fast.
_LOGIN_IN_URL: Final = regex(r"://[^\s:/@]*:[^\s/@]+@")

# Bounded, as a name is tried again behind each of its dots and digits.
# A value ends where the next name of a flow mapping or of a URL's query begins: `{a: {API_KEY: x}}`, `?a=1&token=x`.
_ASSIGNMENT: Final = regex(
    r"""(?<![A-Za-z_])(?P<name>[A-Za-z_][\w.-]{0,100}+)["']?[^\S\n]*(?::=|=>|[:=])[^\S\n]*["']?(?![{\[])(?P<value>[^\s"',;&`]+)"""
)
_REST_OF_VALUE: Final = regex(r"""[^\s"',;]*""")
_KEY_BLOCK_LINE: Final = regex(
    r"^[^A-Za-z0-9+/\n]*(?P<body>[A-Za-z0-9+/]{40,}={0,2})[^A-Za-z0-9+/=\n]*$", re.MULTILINE
)


def passwords_in_urls(text: str) -> Iterator[re.Match[str]]:
    """Every URL with a password, by its groups `user`, `password` and `host`."""
    return _URL_WITH_PASSWORD.finditer(text) if _LOGIN_IN_URL.search(text) else iter(())


def formats_in(text: str) -> Iterator[tuple[Format, int, int]]:
    """Every credential of a known format in `text`, but Vault's: the format, first offset, end (0-based)."""
    for known in _hinted(text, _HINTS):
        for match in known.pattern.finditer(text):
            if known in _KEYS or not is_placeholder(match[0]):
                yield known, match.start(), match.end()


def values_in(text: str) -> Iterator[tuple[int, int]]:
    """Where the value of a secret may be, for a text to be shown without: first offset, end (0-based).

    Every credential that its form gives away, a literal given to a name that promises a secret, and the lines of a
    key's block.
    """
    yield from shapes_in(text)
    yield from assigned_in(text)
    for match in _KEY_BLOCK_LINE.finditer(text):
        yield match.span("body")


def shapes_in(text: str) -> Iterator[tuple[int, int]]:
    """Where a credential of a known format is, Vault's too, or a password in a URL."""
    # Placeholders too: a generated one may contain `xXx` by chance.
    for known in _hinted(text, _HINTS_AND_VAULTS):
        for match in known.pattern.finditer(text):
            yield match.span()
    for match in passwords_in_urls(text):
        yield match.span("password")


def assigned_in(text: str) -> Iterator[tuple[int, int]]:
    """Where a literal is given to a name that promises a secret."""
    for match in _ASSIGNMENT.finditer(text):
        # The half of an AppRole's login that is secret (developer.hashicorp.com/vault/docs/auth/approle, 2026-11).
        promises = names_secret(match["name"]) or match["name"].lower().endswith("secret_id")
        if promises and may_be_secret(match["value"]):
            rest = _REST_OF_VALUE.match(text, match.end("value"))
            yield match.start("value"), rest.end() if rest else match.end("value")
