"""Install or repair the hook of an instance or a group: idempotent, told before it is done.

Only hooks that point at this bot's own URL are touched. GitLab never shows a hook's secret, so the secret is written
whenever a hook is created, repaired, or on request (`rotate`); the bot accepts the old and the new one meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.errors import ForgeRefused
from bot.gitlab.client import FORBIDDEN, Client, Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTE = "/hooks/gitlab"
MISSING = 404
# docs.gitlab.com/api/system_hooks and /api/group_webhooks, 2026-11: a system hook carries no comments, and a new hook
# sends pushes unless told not to.
_SYSTEM = {
    "merge_requests_events": True,
    "push_events": False,
    "tag_push_events": False,
    "repository_update_events": False,
    "enable_ssl_verification": True,
}
_GROUP = {
    "merge_requests_events": True,
    "note_events": True,
    "push_events": False,
    "tag_push_events": False,
    "enable_ssl_verification": True,
}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the hook carries: the first of each, which is the newest."""

    token: str | None
    signing_token: str | None

    @property
    def body(self) -> dict[str, str]:
        """The API's fields."""
        given = {"token": self.token, "signing_token": self.signing_token}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what to tell, and the request; no request where all is right."""

    told: str
    verb: str = ""
    path: str = ""
    body: dict[str, Any] = field(default_factory=dict)


def provision(
    client: Client,
    public_url: str,
    secrets: Secrets,
    *,
    group: str | None = None,
    dry_run: bool = False,
    rotate: bool = False,
) -> Iterator[str]:
    """Yields one line for each thing done, or that would be done; one line too where nothing is to do.

    Raises:
        ForgeRefused: the token may not see or change these hooks.
    """
    place = f"group {group}" if group else "instance"
    base = f"/groups/{quoted(group)}/hooks" if group else "/hooks"
    body = {"url": public_url.rstrip("/") + ROUTE, **(_GROUP if group else _SYSTEM), **secrets.body}
    try:
        for step in _steps(list(client.pages(base)), base, body, rotate=rotate):
            yield f"{place}: {step.told}"
            if step.verb and not dry_run:
                client.write(step.verb, step.path, **step.body)
    except Refusal as refusal:
        need = "an Owner of the group (Premium)" if group else "an administrator"
        if refusal.status in {FORBIDDEN, MISSING}:
            raise ForgeRefused(f"{place}: GITLAB_PROVISION_TOKEN must be that of {need}") from refusal
        raise


def _steps(hooks: list[dict[str, Any]], base: str, body: dict[str, Any], *, rotate: bool) -> list[Step]:
    """What is to be done, given the hooks that are there and what the one to this bot must be."""
    own = [hook for hook in hooks if hook["url"].rstrip("/") == body["url"]]
    if not own:
        return [Step(f"create the hook to {body['url']}", "post", base, body)]
    kept, *doubles = own
    steps = [
        Step(f"remove the hook {hook['id']}, a second one to the same URL", "delete", f"{base}/{hook['id']}")
        for hook in doubles
    ]
    wrong = [*_wrong(kept, body), *(["its secret is rotated"] if rotate else [])]
    if wrong:
        told = f"repair the hook {kept['id']}: {'; '.join(wrong)}"
        steps.append(Step(told, "put", f"{base}/{kept['id']}", body))
    return steps or [Step(f"the hook {kept['id']} is right")]


def _wrong(hook: dict[str, Any], body: dict[str, Any]) -> list[str]:
    """What is wrong with the hook, each in a few words. Its secret cannot be compared, only missed."""
    found = [
        f"`{name}` must be {'on' if value else 'off'}"
        for name, value in body.items()
        if isinstance(value, bool) and name in hook and bool(hook[name]) is not value
    ]
    if hook.get("alert_status", "executable") != "executable":
        found.append("GitLab has disabled it; send it a test event once the bot answers")
    for name, meaning in (("token", "secret token"), ("signing_token", "signing token")):
        if name in body and hook.get(f"{name}_present") is False:
            found.append(f"it has no {meaning}")
    return found
