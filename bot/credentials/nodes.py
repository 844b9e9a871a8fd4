"""Credentials in the values of YAML, JSON and HCL, each under its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.credentials.command_lines import sightings_in_shell
from bot.credentials.model import PlainCredential
from bot.credentials.texts import Sighting, is_value_of, sightings_in
from bot.documents.hcl_nodes import FunctionCall, ListValue, ObjectValue
from bot.documents.location import Span
from bot.documents.nodes import Mapping, Scalar, Sequence, text_of
from bot.facts.secret_names import Promise, promise_of
from bot.facts.secret_values import decoded, is_literal_secret, looks_generated, password_behind
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.hcl_nodes import Body, Expression
    from bot.documents.nodes import Node

_SCRIPTS: Final = frozenset({"script", "before_script", "after_script", "pre_get_sources_script"})
# Functions of Terraform that write their argument down in another form.
_ENCODERS: Final = frozenset(
    {"jsonencode", "yamlencode", "base64encode", "sensitive", "tomap", "merge", "nonsensitive"}
)
# The long form of a variable and of an input: the name is one key above.
_LONG_FORMS: Final = frozenset({"value", "default"})
# Of compose, Kubernetes and Ansible: what is there is a command line.
_COMMANDS: Final = frozenset(
    {
        "command",
        "args",
        "entrypoint",
        "cmd",
        "shell",
        "run",
        "exec",
        "script",
        "ansible.builtin.shell",
        "ansible.builtin.command",
    }
)
# `cache:key` is a name; what is encrypted or sealed is no credential; `secrets:` says where to find one.
_NO_VALUES: Final = frozenset(
    {"cache", "encryptedData", "secrets.token", "remoteRef", "secretKeyRef", "annotations", "matchLabels"}
)
_SEALED_TAGS: Final = frozenset(
    {"!vault", "!reference", "!vault-encrypted", "!encrypted/pkcs1-oaep", "!secret"}
)
_NAMES_A_TOKEN: Final = regex(r"(?:^|\.)secrets\.[^.]+\.token$")
_USER_LINE: Final = regex(r"^[\w.-]+:(?P<value>(?!\$\d)\S+)$", re.MULTILINE)
_SAYS_SOMETHING: Final = regex(r"[=:]")


class Walk(NamedTuple):
    """Where in a document a reader is: the keys from its root, and whether it is a pipeline."""

    route: tuple[str, ...] = ()
    in_ci: bool = False

    def down(self, key: str) -> Walk:
        """One key deeper."""
        return Walk((*self.route, key), self.in_ci)

    @property
    def name(self) -> str:
        """The name of what is here."""
        is_long = len(self.route) > 1 and self.route[-1] in _LONG_FORMS
        return self.route[-2] if is_long else self.route[-1] if self.route else ""


def credentials_of(node: Node, walk: Walk) -> Iterator[PlainCredential]:
    """Every credential in a YAML or JSON node."""
    if isinstance(node, Mapping):
        yield from _of_mapping(node, walk)
    elif isinstance(node, Sequence):
        if walk.in_ci and len(walk.route) == 1 and walk.route[0] not in {"include", "image", "services"}:
            yield from _of_commands(node, walk)
            return
        for item in node if not node.via else ():
            yield from credentials_of(item, walk)
    elif walk.in_ci and _SCRIPTS.intersection(walk.route):
        yield from _of_script(node, walk)
    elif isinstance(node.value, str) and node.tag not in _SEALED_TAGS:
        yield from _of_scalar(node, walk)


def _of_mapping(node: Mapping, walk: Walk) -> Iterator[PlainCredential]:
    kind = text_of(node.get("kind"))
    if kind == "SealedSecret":
        return
    if kind == "Secret":
        yield from _of_kubernetes_secret(node, walk)
    name = text_of(node.get("name")) or text_of(node.get("key"))
    value = node.get("value")
    if name and isinstance(value, Scalar) and isinstance(value.value, str) and "value" in node:
        yield from _of_scalar(value, walk.down(name))
    for key, entry in node.entries.items():
        is_encoded = kind == "Secret" and key == "data"
        if not entry.via and key not in _NO_VALUES and not is_encoded:
            yield from credentials_of(entry.value, walk.down(key))


def _of_commands(node: Sequence, walk: Walk) -> Iterator[PlainCredential]:
    """A list on the top of a pipeline is a template of script lines."""
    for item in node if not node.via else ():
        if isinstance(item, Sequence):
            yield from _of_commands(item, walk)
        elif isinstance(item, Scalar) and isinstance(item.value, str):
            yield from _of_script(item, walk)


def _of_script(node: Scalar, walk: Walk) -> Iterator[PlainCredential]:
    for found in sightings_in_shell(node.text):
        yield _placed(node, found, walk)


def _of_scalar(node: Scalar, walk: Walk) -> Iterator[PlainCredential]:
    name, text = walk.name, node.text
    promise = promise_of(name) if name else Promise.NOTHING
    route = ".".join(walk.route) if promise is not Promise.NOTHING else ""
    if route and not _NAMES_A_TOKEN.search(route) and is_value_of(name, text, promise):
        yield PlainCredential(f"the value of `{name}`", name, text, node.span, route)
        return
    if walk.route[-2:] == ("chpasswd", "list"):
        yield from _of_users(node, walk)
    elif walk.route and walk.route[-1] in _COMMANDS and " " in text:
        yield from _of_script(node, walk)
    elif _SAYS_SOMETHING.search(text):
        for found in sightings_in(text):
            yield _placed(node, found, walk)


def _of_users(node: Scalar, walk: Walk) -> Iterator[PlainCredential]:
    """Lines of `user:password` (cloudinit.readthedocs.io, module `set_passwords`, 2026-11)."""
    for match in _USER_LINE.finditer(node.text):
        if is_literal_secret(match["value"]):
            found = Sighting("the password of a user", "password", match["value"], *match.span("value"))
            yield _placed(node, found, walk)


def _of_kubernetes_secret(node: Mapping, walk: Walk) -> Iterator[PlainCredential]:
    """The values of a Secret, written in base64 (kubernetes.io/docs/concepts/configuration/secret, 2026-11)."""
    values = node.get("data")
    for entry in values if isinstance(values, Mapping) else ():
        value = entry.value
        text = decoded(value.text) if isinstance(value, Scalar) and isinstance(value.value, str) else None
        if text is None or not isinstance(value, Scalar):
            continue
        name = entry.key.text
        promise = promise_of(name)
        is_secret = is_literal_secret(text.strip(), promise) or (
            promise is Promise.NOTHING and looks_generated(text.strip())
        )
        if is_secret or password_behind(value.text) or any(sightings_in(text)):
            route = ".".join((*walk.route, "data", name))
            yield PlainCredential(f"the value of `{name}` in a Secret", name, value.text, value.span, route)


def _placed(node: Scalar, found: Sighting, walk: Walk) -> PlainCredential:
    """The credential at its own characters."""
    route = ".".join((*walk.route, found.name)) if found.is_named else found.name
    first, last = node.place(found.start), node.place(max(found.start, found.end - 1))
    span = Span(node.span.path, first.line, first.column, last.line, last.column + 1)
    return PlainCredential(found.what, found.name, found.value, span, route)


def credentials_of_body(body: Body, walk: Walk) -> Iterator[PlainCredential]:
    """Every credential in a body of HCL. A `data` block names what it looks up: only a generated value counts there."""
    for name, attribute in body.attributes.items():
        yield from _of_expression(attribute.expression, walk.down(name))
    named, value = body.get("name"), body.get("value")
    if isinstance(named, Scalar) and isinstance(value, Scalar) and isinstance(value.value, str):
        yield from _of_scalar(value, walk.down(named.text))  # `set_sensitive { name = "db.password" ... }`
    for block in body.blocks:
        inner = Walk((*walk.route, block.type, *(label.text for label in block.labels)))
        for credential in credentials_of_body(block.body, inner):
            if inner.route[0] != "data" or credential.made:
                yield credential


def _of_expression(expression: Expression, walk: Walk) -> Iterator[PlainCredential]:
    if isinstance(expression, Scalar):
        if isinstance(expression.value, str):
            yield from _of_scalar(expression, walk)
    elif isinstance(expression, ListValue):
        for item in expression.items:
            yield from _of_expression(item, walk)
    elif isinstance(expression, FunctionCall):
        for argument in expression.arguments if expression.name in _ENCODERS else ():
            yield from _of_expression(argument, walk)
    elif isinstance(expression, ObjectValue):
        for key, value in expression.items:
            if isinstance(key, Scalar):
                yield from _of_expression(value, walk.down(key.text))
