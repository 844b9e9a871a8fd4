"""Which hosts are near: traffic to them does not cross a network of others."""

from __future__ import annotations

import re
from typing import Final

from bot.lazy import regex

# RFC 6761 (`localhost`), RFC 1122 (127/8, 0.0.0.0), RFC 4291 (::1), 2026-11.
_THIS_MACHINE: Final = regex(r"(?:(?:.*\.)?localhost|127\.[\d.]+|0\.0\.0\.0|\[?::1?\]?)\.?", re.IGNORECASE)
# The host of a container (docs.docker.com/desktop/features/networking), the metadata of clouds on a link-local address
# (RFC 3927), services inside of a Kubernetes cluster (kubernetes.io/docs/concepts/services-networking/dns-pod-service);
# a name of one word: services of a job and containers of one network have such (docs.gitlab.com/ci/services), 2026-11.
_NEAR: Final = regex(
    r"(?:.*\.docker\.internal|.*\.containers\.internal|169\.254\.[\d.]+|metadata(?:\..*)?|[^.\[\]:]+)\.?",
    re.IGNORECASE,
)
_IN_CLUSTER: Final = regex(r".*\.svc(?:\.[\w.-]+)?\.?", re.IGNORECASE)
_IN_CLEAR: Final = regex(r"http://(?:[^\s/@]*@)?(?P<host>\[[^\]\s]*\]|[^\s/:?#]+)", re.IGNORECASE)


def is_this_machine(host: str) -> bool:
    """Whether the host is the machine itself. `host` is without its port."""
    return _THIS_MACHINE.fullmatch(host) is not None


def is_near(host: str) -> bool:
    """Whether what is sent to the host stays on the machine, among a job's containers, or in its cluster."""
    return is_this_machine(host) or is_in_cluster(host) or _NEAR.fullmatch(host) is not None


def is_in_cluster(host: str) -> bool:
    """Whether the host is a service of the Kubernetes cluster."""
    return _IN_CLUSTER.fullmatch(host) is not None


def host_in_clear(url: str) -> str:
    """Return the host that an `http://` address names, without its port; "" for any other address."""
    found = _IN_CLEAR.match(url)
    return found["host"] if found else ""


NOT_CALLING: Final = frozenset(
    {
        "echo", "printf", "grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk", "cut", "tr", "cat", "tee", "test", "[",
        "true", "export", "set", "jq", "yq", "envsubst", "diff", "basename", "dirname", "vault", "bao", "stronghold",
    }
)  # fmt: skip
"""programs that print, search or store text, and Vault's own, of which `vault-tls-off` speaks: an address among their
arguments is not called"""
