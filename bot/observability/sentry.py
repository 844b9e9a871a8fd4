"""Error reports to Sentry, scrubbed: no local variables, no bodies, no headers, no cookies.

Sole importer of sentry_sdk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bot.observability.logs import bound

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

    from bot.observability.scrubbing import Scrubber


def configure(dsn: str | None, scrubber: Scrubber, release: str) -> None:
    """Starts reporting to `dsn`; None reports nothing and does not even import the library."""
    if dsn is None:
        return
    import sentry_sdk  # noqa: PLC0415 - 6 MiB and 0.2 s that only those pay who report

    sentry_sdk.init(
        dsn=dsn,
        release=f"sealcheck@{release}",
        # send_default_pii stays off, its default: naming it warns since 2.75
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=20,
        traces_sample_rate=0.0,
        before_send=lambda event, hint: cleaned(event, hint, scrubber),
        before_breadcrumb=lambda crumb, _hint: cast("dict[str, object]", scrubber.tree(crumb)),
    )


def cleaned(event: Event, _hint: Hint, scrubber: Scrubber) -> Event:
    """The event as it may leave.

    No request but its method and path, all texts scrubbed, the bound fields as tags.
    """
    request = event.get("request")
    if isinstance(request, dict):
        event["request"] = {each: request[each] for each in ("method", "url") if each in request}
    event.pop("user", None)
    event.pop("server_name", None)
    event["tags"] = {
        **cast("dict[str, str]", event.get("tags") or {}),
        **{k: str(v) for k, v in bound().items()},
    }
    return cast("Event", scrubber.tree(event))
