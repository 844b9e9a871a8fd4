"""What the settings take: each reads a text, or raises ValueError(what it takes instead)."""

from __future__ import annotations

import base64
import binascii
import os
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SHORTEST_SECRET: Final = 32


def url(text: str) -> str:
    """An HTTP address without the slash at its end."""
    parts = urllib.parse.urlsplit(text)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username
        or parts.query
        or parts.fragment
    ):
        raise ValueError("an http(s) URL without user, query and fragment, like https://gitlab.example.com")
    return text.rstrip("/")


def rule_url(text: str) -> str:
    """An HTTP address with `{rule}` in it."""
    if "{rule}" not in text:
        raise ValueError("an http(s) URL with {rule} in it, like https://docs.example.com/rules/{rule}.html")
    url(text)
    return text


def sentry_dsn(text: str) -> str:
    """The DSN of a Sentry project."""
    parts = urllib.parse.urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.username or not parts.hostname:
        raise ValueError("a Sentry DSN, like https://key@sentry.example.com/1")
    return text


def database_url(text: str) -> str:
    """The address of a database that can be used: of SQLite, its folder can be written."""
    known = text.startswith(("postgresql://", "postgres://"))
    if not known and not (text.startswith("sqlite:///") and len(text) > len("sqlite:///")):
        raise ValueError("sqlite:///PATH or postgresql://...")
    folder = Path(text.removeprefix("sqlite:///")).parent
    if not known and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise ValueError(f"sqlite:///PATH in a folder that exists and can be written; {folder} is not")
    return text


def several(text: str) -> tuple[str, ...]:
    """The texts between commas, without blanks and empty ones."""
    return tuple(each.strip() for each in text.split(",") if each.strip())


def signing_tokens(text: str) -> tuple[str, ...]:
    """GitLab's signing tokens, comma-separated, with their prefix."""
    tokens = several(text)
    for token in tokens:
        try:
            key = base64.b64decode(token.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not token.startswith("whsec_") or not key:
            raise ValueError("whsec_ and a key in base64; several, comma-separated")
    return tokens


def token(text: str) -> str:
    """A token that fits into a header."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a token of printable ASCII without spaces")
    return text


def existing_file(text: str) -> Path:
    """The path of a file that is there."""
    if not Path(text).is_file():
        raise ValueError("the path of a file that exists")
    return Path(text)


def long_secret(text: str) -> str:
    """A secret of at least 32 characters."""
    if len(text) < _SHORTEST_SECRET:
        raise ValueError(f"at least {_SHORTEST_SECRET} random characters: openssl rand -hex 32")
    return text


def log_level(text: str) -> str:
    """One of the four levels, in capitals."""
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("DEBUG, INFO, WARNING or ERROR")
    return text.upper()


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return the parser of a whole number from `low` to `high`, both included."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """Return the parser of one of `words`, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"{', '.join(words[:-1])} or {words[-1]}")
        return text.lower()

    return parse
