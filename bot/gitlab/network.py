"""Why no answer came: the cause of a failed request, in a few words and with the remedy."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BY_NUMBER: Final = {
    errno.ECONNREFUSED: "the connection is refused: does it listen on that port?",
    errno.EHOSTUNREACH: "there is no route to that host",
    errno.ENETUNREACH: "there is no network to that host",
    errno.ECONNRESET: "the connection was reset",
}


def network_cause(error: BaseException) -> str:
    """Return the first cause behind `error` that an operator can act on, else the name of its type."""
    for each in _chain(error):
        if isinstance(each, socket.gaierror):
            return "the host name is not known (DNS)"
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({each.verify_message}): see REQUESTS_CA_BUNDLE"
        if isinstance(each, ssl.SSLError):
            return "it does not speak TLS there: is the URL's scheme right?"
        if isinstance(each, OSError) and each.errno in _BY_NUMBER:
            return _BY_NUMBER[each.errno]
        if isinstance(each, requests.Timeout):
            return "no answer in time"
    return type(error).__name__


def is_unsent(error: BaseException) -> bool:
    """Return whether no connection came about, so that nothing was sent."""
    return any(isinstance(each, NewConnectionError | ConnectTimeoutError) for each in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from; requests and urllib3 carry the cause as an argument, or as `reason`."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, getattr(each, "reason", None), *each.args, each.__context__]
