"""`openssl`: it encodes, decrypts, and prints private keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.leaks.model import LeakedForm, Sink
from bot.leaks.program import Argument, Printer, Program
from bot.leaks.values import Value, changed

if TYPE_CHECKING:
    from bot.leaks.program import Invocation

_CIPHERS: Final = ("-aes", "-des", "-camellia", "-chacha")


# `header.payload`, what a JWT signs (RFC 7515); `?` is a part that is not known.
_SIGNING_INPUT: Final = regex(r"[\w?=-]+\.[\w?=-]+\n?")


def _openssl(call: Invocation) -> None:
    texts = call.texts
    if (
        texts[:1] == ["dgst"]
        and {"-sign", "-hmac"} & set(texts)
        and _SIGNING_INPUT.fullmatch(call.stdin.literal)
    ):
        call.fetched("openssl dgst", "a token that the script signs", Sink.DERIVED)
        return
    if not texts or texts[0] not in {"enc", "base64"} or "-out" in texts:
        return
    if texts[0] == "enc" and "-d" not in texts:
        is_binary = not {"-base64", "-a"} & set(texts)
        if is_binary or any(text.startswith(_CIPHERS) for text in texts):
            return
    given = call.stdin
    if "-in" in texts[:-1]:
        given = call.state.read(call.arguments[texts.index("-in") + 1])
    call.write(Value(None, changed(given.flows, LeakedForm.CHANGED)))


PROGRAMS = (
    Program(
        names=("openssl",),
        run=_openssl,
        arguments=(Argument(r"pass:", r"-k|-K", "-passin env:NAME"),),
        printers=(
            Printer(
                ("rsa|pkey|ec",), "the private key", only=r"(^|\s)-text\b", unless=r"-pubin|(^|\s)-out\b"
            ),
            Printer(("rsa|pkey|ec",), "the private key", unless=r"-pubin|-pubout|-noout|(^|\s)-out\b"),
            Printer(
                ("pkcs12",), "the private key", unless=r"-export|-nokeys|-noout|-info\b.*-nokeys|(^|\s)-out\b"
            ),
        ),
    ),
)
