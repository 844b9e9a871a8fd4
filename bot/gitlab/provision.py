"""Install, repair or remove the hook of an instance, a group or a project: idempotent, shown before it is done.

Only hooks that point at this bot's own URL are touched. GitLab never shows a hook's secret, so the secret is written
whenever a hook is created, repaired, or on request (`rotate`); the bot accepts the old and the new one meanwhile.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from bot.errors import ForgeRefused
from bot.gitlab.client import FORBIDDEN, Client, ClientError, quoted
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class NotAllowed(ForgeRefused):
    """The token is valid and may not see or change these hooks."""


ROUTE = "/hooks/gitlab"
SIGNING_SINCE = (19, 0)
UNSIGNED = (
    "this GitLab is older than 19.0 and ignores the signing token: its deliveries carry no signature and are refused; "
    "take WEBHOOK_SIGNING_TOKEN out and set WEBHOOK_SECRET"
)
"""An older one takes `signing_token` without a word (docs.gitlab.com/api/project_webhooks, 2026-11)."""
MISSING = 404
# docs.gitlab.com/api/system_hooks, /api/group_webhooks and /api/project_webhooks, 2026-11: a system hook carries no
# comments, and a new hook sends pushes unless its settings say no.
_SYSTEM = {
    "merge_requests_events": True,
    "push_events": False,
    "tag_push_events": False,
    "repository_update_events": False,
    "enable_ssl_verification": True,
}
_BELOW = {
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

    @classmethod
    def newest(cls, tokens: Sequence[str], signing_tokens: Sequence[str]) -> Secrets:
        """Those that a hook gets while the older ones are still believed."""
        return cls(next(iter(tokens), None), next(iter(signing_tokens), None))

    @property
    def body(self) -> dict[str, str]:
        """The API's fields."""
        given = {"token": self.token, "signing_token": self.signing_token}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class HookStep:
    """One thing to do: what to print, and the request; no request where all is right."""

    description: str
    verb: str = ""
    path: str = ""
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HookPlace:
    """Whose hook it is: its name for people, the API's path of its hooks, and whose token it takes."""

    name: str
    path: str
    need: str
    events: dict[str, bool]

    @classmethod
    def of_group(cls, group: str) -> HookPlace:
        """The hook of a group, for everything below it."""
        path = f"/groups/{quoted(group)}/hooks"
        return cls(f"group {group}", path, "an Owner of the group (Premium)", _BELOW)

    @classmethod
    def of_project(cls, project: str | int) -> HookPlace:
        """The hook of one project, by its path or id."""
        path = f"/projects/{quoted(project)}/hooks"
        return cls(f"project {project}", path, "a Maintainer of the project", _BELOW)


INSTANCE = HookPlace("instance", "/hooks", "an administrator", _SYSTEM)


def provision(
    client: Client,
    public_url: str,
    secrets: Secrets,
    place: HookPlace = INSTANCE,
    *,
    dry_run: bool = False,
    rotate: bool = False,
    remove: bool = False,
) -> Iterator[str]:
    """Yields one line for each thing done, or that would be done; one line too where nothing is to do.

    Raises:
        NotAllowed: the token may not see or change these hooks.
    """
    body: dict[str, Any] = {"url": public_url.rstrip("/") + ROUTE, **place.events, **secrets.body}
    try:
        hooks = list(client.pages(place.path))
        steps = (
            _removal(hooks, place.path, body["url"])
            if remove
            else _steps(hooks, place.path, body, rotate=rotate)
        )
        shown = [] if remove else _own(hooks, body["url"])
        for step in steps:
            yield f"{place.name}: {step.description}"
            if step.verb and not dry_run:
                answer = client.write(step.verb, step.path, **step.body)
                shown += [answer] if isinstance(answer, dict) and "url" in answer else []
        if "signing_token" in body and any("signing_token_present" not in hook for hook in shown):
            yield f"{place.name}: {UNSIGNED}"
    except ClientError as refusal:
        if refusal.status in {FORBIDDEN, MISSING}:
            raise NotAllowed(
                f"{place.name}: GITLAB_PROVISION_TOKEN must be that of {place.need}"
            ) from refusal
        raise


def _steps(hooks: list[dict[str, Any]], base: str, body: dict[str, Any], *, rotate: bool) -> list[HookStep]:
    """What is to be done, given the hooks that are there and what the one to this bot must be."""
    own = _own(hooks, body["url"])
    if not own:
        return [HookStep(f"create the hook to {body['url']}", "post", base, body)]
    kept, *doubles = own
    steps = [
        HookStep(
            f"remove the hook {hook['id']}, a second one to the same URL", "delete", f"{base}/{hook['id']}"
        )
        for hook in doubles
    ]
    wrong = [*_wrong(kept, body), *(["its secret is rotated"] if rotate else [])]
    if wrong:
        description = f"repair the hook {kept['id']}: {'; '.join(wrong)}"
        steps.append(HookStep(description, "put", f"{base}/{kept['id']}", body))
    if kept.get("alert_status", "executable") != "executable":  # an answered test event switches it on again
        description = f"wake the hook {kept['id']}, which GitLab has disabled, with a test event"
        steps.append(HookStep(description, "post", f"{base}/{kept['id']}/test/push_events"))
    return steps or [HookStep(f"the hook {kept['id']} is right")]


def _removal(hooks: list[dict[str, Any]], base: str, url: str) -> list[HookStep]:
    """What is to be done so that no hook leads to this bot."""
    own = _own(hooks, url)
    return [HookStep(f"remove the hook {hook['id']}", "delete", f"{base}/{hook['id']}") for hook in own] or [
        HookStep("there is no hook to this bot")
    ]


def _own(hooks: list[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    return [hook for hook in hooks if hook["url"].rstrip("/") == url]


def _wrong(hook: dict[str, Any], body: dict[str, Any]) -> list[str]:
    """What is wrong with the hook, each in a few words. Its secret cannot be compared, only missed."""
    found = [
        f"`{name}` must be {'on' if value else 'off'}"
        for name, value in body.items()
        if isinstance(value, bool) and name in hook and bool(hook[name]) is not value
    ]
    for name, meaning in (("token", "secret token"), ("signing_token", "signing token")):
        if name in body and hook.get(f"{name}_present") is False:
            found.append(f"it has no {meaning}")
    return found
