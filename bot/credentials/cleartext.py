"""Credentials on their way over `http://` to another machine: in commands, addresses, headers, bodies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.credentials.command_lines import unwrapped
from bot.documents.nodes import Mapping, Scalar, walk
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Expansion, Literal
from bot.facts.hosts import NOT_CALLING, is_near
from bot.facts.password_options import BY_PROGRAM
from bot.facts.secret_names import Promise, promise_of
from bot.facts.secret_values import is_literal_secret
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from collections.abc import Mapping as Dict

    from bot.documents.hcl_nodes import Body
    from bot.documents.nodes import Node
    from bot.documents.shell_nodes import Command, Word

HINT: Final = "http://"
_ADDRESS: Final = regex(
    r"http://(?:(?P<user>[^\s/@:\"']*)(?::(?P<password>[^\s/@\"']*))?@)?(?P<host>\[[^\]]+\]|[^\s/:?#\"'@]+)"
)
_PAIR: Final = regex(
    r"""(?:^|[?&;,\s"'{])(?P<name>[A-Za-z_][\w.-]*)["']?\s*(?::=|=|:(?!//))\s*["']?(?P<value>[^\s&"',;}]+)"""
)
_HEADER: Final = regex(
    r"(?P<name>[A-Za-z][\w-]*)\s*:\s*(?:(?:Bearer|Basic|Token|ApiKey|Key)\s+)?(?P<value>\S+)", re.IGNORECASE
)
_LONG: Final = regex(r"(?:-[DP]|--?)(?P<name>[A-Za-z][\w.-]+)(?:=(?P<value>.+))?", re.DOTALL)
_NPM_TOKEN: Final = regex(r":_(?:authToken|auth|password)=\S")
_NPM_REGISTRY: Final = regex(r"^(?:@[\w-]+:)?registry\s*=\s*(?P<address>\S+)", re.MULTILINE)
_HEADER_OPTIONS: Final = frozenset({"-H", "--header"})
_DATA_OPTIONS: Final = regex(r"-d|-F|--data(?:-\w+)?|--form(?:-string)?|--json|--post-data|--body-data")
_POWERSHELL: Final = regex(r"(?im)^[^\n]*\b(?:Invoke-(?:RestMethod|WebRequest)|irm|iwr|curl)\b[^\n]*$")


class Sent(NamedTuple):
    """A credential that goes to `host` in clear text: `what` it is, and where (0-based) in the script."""

    what: str
    host: str
    start: int
    end: int


def sent_in_script(text: str, variables: Dict[str, str], local: Collection[str]) -> Iterator[Sent]:
    """What a shell script sends in clear text.

    `variables` are those whose values are known; `local` the names of the job's own services.
    """
    if HINT not in text and not any(HINT in value for value in variables.values()):
        return
    for command in parse_shell(text).commands():
        found = _of_command(command, variables, local)
        if found is not None:
            yield found
        else:
            yield from _of_assignments(command, variables, local)


def _of_assignments(command: Command, variables: Dict[str, str], local: Collection[str]) -> Iterator[Sent]:
    """`export http_proxy=http://user:password@host`: the address of a variable carries a password."""
    for assignment in (*command.assignments, *command.declared):
        if assignment.value is not None:
            for sent in addresses_with_passwords(_expanded(assignment.value, variables), local):
                yield Sent(sent.what, sent.host, assignment.start, assignment.end)


def _of_command(command: Command, variables: Dict[str, str], local: Collection[str]) -> Sent | None:
    words = unwrapped(command.words)
    shown = [_expanded(word, variables) for word in words]
    program = shown[0].rsplit("/", 1)[-1].lower() if shown else ""
    if program in NOT_CALLING:
        return None
    for text in shown[1:]:
        for match in _ADDRESS.finditer(text) if HINT in text else ():
            host = match["host"]
            if is_local(host, local) or _is_parameter(text, match.start()):
                continue
            what = _in_address(match) or _in_arguments(program, shown)
            if what and not ("/v1/" in text and "vault-token" in " ".join(shown).lower()):
                return Sent(what, host, command.start, command.end)
    return None


def _is_parameter(text: str, start: int) -> bool:
    """Whether what begins at `start` is a part of another address: `https://host/?from=http://...`."""
    return "://" in re.split(r"[\s,;]", text[:start])[-1]


def is_local(host: str, local: Collection[str]) -> bool:
    """Whether the host is the same machine, a service of the job, or not known."""
    return "$" in host or "{" in host or is_near(host) or host.lower() in local


def addresses_with_passwords(text: str, local: Collection[str]) -> Iterator[Sent]:
    """The addresses in a text of settings that carry a password, or a reference to one, over `http://`."""
    for match in _ADDRESS.finditer(text) if HINT in text else ():
        what = _in_address(match)
        if what and not is_local(match["host"], local):
            yield Sent(what, match["host"], match.start(), match.end())


def sent_by_npm(text: str) -> Iterator[Sent]:
    """The registry of an `.npmrc` that gets a token in clear text."""
    for match in _NPM_REGISTRY.finditer(text) if _NPM_TOKEN.search(text) else ():
        address = _ADDRESS.match(match["address"])
        if address is not None and not is_local(address["host"], ()):
            yield Sent("npm's token", address["host"], match.start(), match.end())


def sent_by_task(node: Node) -> Iterator[tuple[Scalar, Sent]]:
    """What Ansible's `uri` and `get_url` send in clear text, with the node of the address."""
    for each in walk(node):
        url = each.get("url") if isinstance(each, Mapping) else None
        if not isinstance(each, Mapping) or not isinstance(url, Scalar):
            continue
        address = _ADDRESS.match(url.text)
        if address is None or is_local(address["host"], ()):
            continue
        headers = each.get("headers")
        names = [*each.entries, *(headers.entries if isinstance(headers, Mapping) else ())]
        name = next((n for n in names if n == "Authorization" or promise_of(n) >= Promise.SECRET), None)
        if name is not None:
            yield url, Sent(f"the value of `{name}`", address["host"], 0, len(url.text))


def sent_by_provider(body: Body) -> Iterator[tuple[Scalar, Sent]]:
    """What a provider of Terraform sends in clear text, with the node of the address."""
    for block in body.blocks:
        if block.type != "provider":
            continue
        label = block.labels[0].text if block.labels else ""
        attributes = block.body.attributes
        name = next(
            (n for n in attributes if promise_of(n) >= Promise.SECRET), "token" if label == "vault" else None
        )
        for attribute in attributes.values() if name else ():
            value = attribute.expression
            address = _ADDRESS.match(value.text) if isinstance(value, Scalar) else None
            if isinstance(value, Scalar) and address is not None and not is_local(address["host"], ()):
                yield value, Sent(f"the provider's `{name}`", address["host"], 0, len(value.text))


def sent_in_powershell(text: str) -> Iterator[Sent]:
    """What requests of PowerShell send in clear text, as far as one line says it."""
    for match in _POWERSHELL.finditer(text) if HINT in text else ():
        line = match[0]
        address = _ADDRESS.search(line)
        if address is None or is_local(address["host"], ()):
            continue
        if re.search(
            r"Authorization['\"]?\s*=|-(?:Credential|Token|Authentication)\b|(?:Token|Api-?Key)['\"]?\s*=",
            line,
            re.IGNORECASE,
        ):
            yield Sent("a credential in the request", address["host"], match.start(), match.end())


def _in_address(match: re.Match[str]) -> str:
    password = match["password"] or ""
    if password and _is_real(password):
        return "the password in the address"
    user = match["user"] or ""
    is_token = user.startswith("$") and promise_of(user.strip("${}")) >= Promise.SECRET
    return "the token in the address" if is_token else ""


def _is_real(value: str) -> bool:
    """A reference, or a literal that is no placeholder."""
    return "$" in value or "{" in value or is_literal_secret(value)


def _in_arguments(program: str, shown: Sequence[str]) -> str:
    """What of the command line is a credential; "" for nothing."""
    for at, text in enumerate(shown[1:], 1):
        following = shown[at + 1] if at + 1 < len(shown) else ""
        what = _of_option(program, text, following) or _of_pairs(shown[at - 1], text)
        if what:
            return what
    return ""


def _of_option(program: str, text: str, following: str) -> str:
    for row in BY_PROGRAM.get(program, ()):
        prefix = next(
            (each for each in row.glued.split() if text.startswith(each) and len(text) > len(each)), None
        )
        value = following if text in row.apart.split() else text[len(prefix) :] if prefix else ""
        match = re.fullmatch(row.within, value) if row.within and value else None
        is_variable = re.fullmatch(r"\$\w+", value) is not None
        if value and (is_variable or (_is_real(match[1]) if match else not row.within and _is_real(value))):
            return f"the login after `{text if text in row.apart.split() else prefix}`"
    match = _LONG.fullmatch(text)
    if match is not None and promise_of(match["name"]) >= Promise.SECRET:
        value = match["value"] or following
        return f"the value of `--{match['name'].lstrip('-')}`" if value and _is_real(value) else ""
    return ""


def _of_pairs(before: str, text: str) -> str:
    """A header, or a field of a body or of a query."""
    if _NPM_TOKEN.search(text):
        return "npm's token"
    header = _HEADER.fullmatch(re.sub(r"^--header=", "", text.strip()))
    is_header = before in _HEADER_OPTIONS or text.startswith("--header=") or "=" not in text.partition(":")[0]
    if header is not None and is_header and _is_real(header["value"]):
        name = header["name"]
        if name.lower() in {"authorization", "proxy-authorization"} or promise_of(name) >= Promise.SECRET:
            return f"the header `{name}`"
    if not (_DATA_OPTIONS.fullmatch(before) or "://" in text or text.startswith("{")):
        return ""
    for match in _PAIR.finditer(text):
        if promise_of(match["name"]) >= Promise.SECRET and _is_real(match["value"]):
            return f"the field `{match['name']}`"
    return ""


def _expanded(word: Word, variables: Dict[str, str]) -> str:
    """The word's text with known variables put in; `$NAME` for the others."""
    pieces = []
    for part in word.parts:
        if isinstance(part, Literal):
            pieces.append(part.text)
        elif isinstance(part, Expansion):
            value = variables.get(part.name, "")
            pieces.append(value if HINT in value else f"${part.name}")
        else:
            pieces.append("$()")
    return "".join(pieces)
