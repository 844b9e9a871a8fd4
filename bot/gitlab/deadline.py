"""An end for every exchange with GitLab: a read time-out begins anew with each byte, so an answer can drip for ever."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

LENIENCE = 1.2
"""An answer that does not come at all is ended by its read time-out first, which names the cause."""


class _Ending:
    """A connection that is shut down where one exchange takes longer than `longest_seconds`."""

    longest_seconds: float | None = None
    sock: socket.socket | None
    _used: socket.socket | None = None
    """the socket of the exchange: http.client forgets it where the answer ends with the connection"""
    _timer: threading.Timer | None = None

    def request(self, *arguments: Any, **options: Any) -> None:
        """Send a request; the time runs from here on."""
        self.finish()
        if self.longest_seconds is not None:
            self._timer = threading.Timer(self.longest_seconds, self._end)
            self._timer.daemon = True
            self._timer.start()
        super().request(*arguments, **options)  # type: ignore[misc]
        self._used = self.sock

    def finish(self) -> None:
        """The exchange is over."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._used = None

    def _end(self) -> None:
        used = self.sock or self._used
        if used is not None:
            with contextlib.suppress(OSError):  # it has just ended by itself
                used.shutdown(socket.SHUT_RDWR)


class _PlainConnection(_Ending, HTTPConnection):
    pass


class _SecureConnection(_Ending, HTTPSConnection):
    pass


class _Returning:
    """A pool that takes a connection back when its answer has been read."""

    def _put_conn(self, connection: Any) -> None:
        if connection is not None:
            connection.finish()
        super()._put_conn(connection)  # type: ignore[misc]


class DeadlineAdapter(HTTPAdapter):
    """Requests that end after so many seconds, whatever trickles in meanwhile."""

    def __init__(self, longest_seconds: float) -> None:
        self._pools = _pools(longest_seconds * LENIENCE)
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools(longest_seconds: float) -> dict[str, Any]:
    limit = {"longest_seconds": longest_seconds}
    plain = {"ConnectionCls": type("Plain", (_PlainConnection,), limit)}
    secure = {"ConnectionCls": type("Secure", (_SecureConnection,), limit)}
    return {
        "http": type("PlainPool", (_Returning, HTTPConnectionPool), plain),
        "https": type("SecurePool", (_Returning, HTTPSConnectionPool), secure),
    }
