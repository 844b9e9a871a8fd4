"""Error reports to Sentry, scrubbed: no local variables, no bodies, no headers, no cookies.

Sole importer of sentry_sdk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bot.errors import SealcheckError
from bot.observability.logs import bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentry_sdk.types import Event, Hint

    from bot.observability.scrubbing import Scrubber


def configure(dsn: str | None, scrubber: Scrubber, release: str, environment: str = "production") -> None:
    """Starts reporting to `dsn`; None reports nothing and does not even import the library."""
    if dsn is None:
        return
    import sentry_sdk  # noqa: PLC0415 - 6 MiB and 0.2 s that only those pay who report

    sentry_sdk.init(
        dsn=dsn,
        release=f"sealcheck@{release}",
        environment=environment,
        # send_default_pii stays off, its default: naming it warns since 2.75
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=20,
        traces_sample_rate=0.0,
        before_send=lambda event, hint: cleaned(event, hint, scrubber),
        before_breadcrumb=lambda crumb, _hint: cast("dict[str, object]", scrubber.tree(crumb)),
    )


def cleaned(event: Event, hint: Hint, scrubber: Scrubber) -> Event:
    """The event as it may leave.

    No request but its method and path, no message of an exception that may quote a file, all texts scrubbed, the bound
    fields as tags.
    """
    kept = {str(each) for each in _chain(hint) if isinstance(each, SealcheckError | OSError)}
    for each in cast("list[dict[str, str]]", event.get("exception", {}).get("values", [])):
        if each.get("value") not in kept:
            each["value"] = ""
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


def _chain(hint: Hint) -> Iterator[BaseException]:
    """The exception that is reported, and those that it came from."""
    waiting = [hint["exc_info"][1]] if "exc_info" in hint else []
    seen: set[int] = set()
    while waiting:
        problem = waiting.pop()
        if problem is not None and id(problem) not in seen:
            seen.add(id(problem))
            yield problem
            waiting += [problem.__cause__, problem.__context__, *getattr(problem, "exceptions", ())]
