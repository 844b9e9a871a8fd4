"""Addresses that a token may be bound to, as Vault 1.21.4 and OpenBao 2.6.2 took them (asked 2026-11)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface


def is_address(text: str) -> bool:
    """Whether it is an IPv4 or IPv6 address or network, or what passes for the path of a Unix socket.

    A network with a bad mask contains a slash, so the servers store it as a path; it admits no client.
    """
    text = text.strip()
    return _network(text) is not None or (len(text) > 1 and (text[0] == "." or "/" in text))


def admits(addresses: tuple[str, ...], client: str) -> bool:
    """Whether one of the bound addresses contains the client; no addresses bind nothing."""
    networks = [_network(address) for address in addresses]
    return not addresses or any(net is not None and ip_address(client) in net for net in networks)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """Return the network; a port behind an address is left aside. None where it is none."""
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        return ip_interface(host).network
    except ValueError:
        return None
