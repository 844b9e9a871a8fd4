"""What HTTP clients send, by their command lines: `curl` and `wget`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass, regex
from bot.vault.command_words import part_of

if TYPE_CHECKING:
    from bot.documents.nodes import Scalar

API: Final = regex(r"(?:^|/)v1/(?P<path>[^?\s]+)")


@dataclass(slots=True)
class HttpRequest:
    """One request, as far as a command line says."""

    method: str = ""
    url: Scalar | None = None
    body: Scalar | None = None
    file: Scalar | None = None


@dataclass(frozen=True, slots=True)
class HttpProgram:
    """The options of an HTTP client that matter here. `letters`: its short options with a value."""

    method: frozenset[str]
    body: frozenset[str]
    file: frozenset[str]
    letters: str
    valued: frozenset[str]

    def read(self, words: list[Scalar]) -> HttpRequest:
        """Return method, address and payload."""
        request = HttpRequest()
        rest = iter(words)
        for word in rest:
            name, value = self._option(word)
            if not name:
                request.url = word if API.search(word.text) else request.url
                continue
            takes_value = (
                name in self.method | self.body | self.file | self.valued or name[1:] in self.letters
            )
            if value is None and takes_value:
                value = next(rest, None)
            if value is not None:
                self._take(request, name, value)
        return request

    def _take(self, request: HttpRequest, name: str, value: Scalar) -> None:
        if name in self.method:
            request.method = value.text
        elif name in self.body:
            request.body = value
        elif name in self.file:
            request.file = value
        elif name == "--url":
            request.url = value

    def _option(self, word: Scalar) -> tuple[str, Scalar | None]:
        """The option that a word is, "" for none, and the value that is joined to it."""
        text = word.text
        if text.startswith("--"):
            name, equals, value = text.partition("=")
            return name, part_of(word, len(name) + 1, value) if equals else None
        if not text.startswith("-") or text == "-":
            return "", None
        for index, letter in enumerate(text[1:], 1):
            if letter in self.letters:
                value = text[index + 1 :]
                return f"-{letter}", part_of(word, index + 1, value) if value else None
        return text[:2], None


# curl(1) 8.x and wget(1) 1.25, 2026-11: options whose value is the next word.
_CURL_VALUED = frozenset(
    {
        "--header", "--output", "--user", "--cacert", "--capath", "--cert", "--key", "--write-out", "--max-time",
        "--user-agent", "--retry", "--retry-delay", "--retry-max-time", "--connect-timeout", "--url", "--proxy",
        "--resolve", "--unix-socket", "--data-urlencode", "--form", "--cookie", "--cookie-jar", "--referer",
        "--config", "--range", "--interface", "--aws-sigv4", "--ciphers", "--connect-to", "--limit-rate",
    }
)  # fmt: skip
HTTP_PROGRAMS: Final = {
    "curl": HttpProgram(
        frozenset({"-X", "--request"}),
        frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"}),
        frozenset({"-T", "--upload-file"}),
        "AbcCdDeEFhHKmoPQrtTuUwxXyYz",
        _CURL_VALUED,
    ),
    "wget": HttpProgram(
        frozenset({"--method"}),
        frozenset({"--post-data", "--body-data"}),
        frozenset({"--post-file", "--body-file"}),
        "aBDeGiIlOoPQRStTUwX",
        frozenset(
            {
                "--header",
                "--output-document",
                "--ca-certificate",
                "--timeout",
                "--tries",
                "--user",
                "--password",
            }
        ),
    ),
}
