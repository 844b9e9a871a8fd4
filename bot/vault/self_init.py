"""Requests of OpenBao's self-initialisation: what a server sends to itself when it starts for the first time.

`initialize "stage" { request "name" { path = ... data = { ... } } }` (openbao.org/docs/configuration/self-init,
2026-11), in HCL or JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.nodes import Mapping, Scalar
from bot.lazy import dataclass
from bot.vault.server_config import server_configs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.documents.location import Span


@dataclass(frozen=True, slots=True)
class SelfRequest:
    """One request: its path without slashes at the ends, what it sends, and where it is written."""

    path: str
    data: Mapping
    span: Span
    is_json: bool = False


def self_requests(documents: Documents) -> Iterator[SelfRequest]:
    """Yield the requests of every server configuration of the tree, in the order of the files."""
    for config in server_configs(documents):
        for stage in config.of_type("initialize"):
            for request in stage.inner:
                address, data = request.fields.get("path"), request.fields.get("data")
                if isinstance(address, Scalar) and isinstance(data, Mapping):
                    yield SelfRequest(address.text.strip("/"), data, request.span, config.is_json)
