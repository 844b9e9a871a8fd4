"""Commit statuses, with GitLab's transitions, and the external status checks of GitLab Ultimate.

As gitlabhq app/services/ci/create_commit_status_service.rb, app/models/commit_status.rb and ee/lib/api/status_checks.rb
have them (2026-11).
"""

from __future__ import annotations

from typing import Any

from tests.gitlab_double import entities
from tests.gitlab_double.errors import Refused, not_found
from tests.gitlab_double.model import DEVELOPER, REPORTER, CommitStatus, Project
from tests.gitlab_double.routing import PAGES, Call, route

_ACTIVE = frozenset({"pending", "running"})
# State asked for -> the event, and the states from which the event leads there.
_EVENTS = {
    "pending": ("enqueue", {"created", "skipped", "manual"}),
    "running": ("run", {"pending"}),
    "success": ("success", {"created", "pending", "running"}),
    "failed": ("drop", {"created", "pending", "running"}),
    "canceled": ("cancel", {"created", "pending", "running"}),
    "skipped": ("skip", {"created", "pending"}),
}
_CHECKS = "/projects/:project/merge_requests/:iid"


def _refuse(why: str) -> Refused:
    return Refused(400, {"message": why})


def _shown(call: Call, found: CommitStatus) -> dict[str, Any]:
    return {
        "id": found.id,
        "sha": found.sha,
        "ref": found.ref,
        "status": found.state,
        "name": found.name,
        "target_url": found.target_url,
        "description": found.description,
        "allow_failure": False,
        "coverage": None,
        "author": entities.user(call.world, found.user),
    }


@route(
    "GET /projects/:project/repository/commits/:sha/statuses", f"ref:str stage:str name:str all:bool {PAGES}"
)
def statuses(call: Call) -> Any:
    project = call.project(REPORTER)
    if call.world.resolve_ref(project, call.named["sha"]) is None:
        raise not_found("Commit")
    found = [each for each in project.statuses if each.sha == call.named["sha"]]
    if not call.params.get("all"):
        found = list({(each.name, each.ref): each for each in found}.values())
    if "name" in call.params:
        found = [each for each in found if each.name == call.params["name"]]
    return call.pages(found, lambda each: _shown(call, each))


@route(
    "POST /projects/:project/statuses/:sha",
    "state:str! ref:str name:str context:str target_url:str description:str coverage:int pipeline_id:int",
)
def set_status(call: Call) -> Any:
    project, user, sha = call.project(DEVELOPER), call.signed_in(), call.named["sha"]
    wanted = call.params
    if wanted["state"] not in _EVENTS:
        raise Refused(400, {"error": "state does not have a valid value"})
    if not project.repository.has(sha):
        raise not_found("Commit")
    ref = wanted.get("ref") or _branch(project, sha)
    if ref is None:
        raise not_found("References for commit")
    if "pipeline_id" in wanted:
        pipelines = [
            each for mr in project.merge_requests.values() for each in mr.pipelines if each["sha"] == sha
        ]
        if not any((each["id"], each["ref"]) == (wanted["pipeline_id"], ref) for each in pipelines):
            raise not_found("Pipeline for pipeline_id, sha and ref")
    if ref in project.protected and call.world.access(user, project) < 40:
        raise Refused(403, {"message": "403 Forbidden"})
    for name in ("target_url", "description"):
        if len(wanted.get(name) or "") > 255:
            raise _refuse(f'{{:{name}=>["is too long (maximum is 255 characters)"]}}')
    name = wanted.get("name") or wanted.get("context") or "default"
    same = (sha, ref, name, user)
    found = next(
        (e for e in project.statuses if (e.sha, e.ref, e.name, e.user) == same and e.state in _ACTIVE), None
    )
    before = found.state if found else "created"
    if wanted["state"] == "running" and before == "created":
        before = "pending"  # GitLab enqueues it first
    event, sources = _EVENTS[wanted["state"]]
    if before not in sources:
        raise _refuse(
            f"Cannot transition status via :{event} from :{before} "
            f'(Reason(s): Status cannot transition via "{event}")'
        )
    if found is None:
        found = CommitStatus(call.world.next_id("job"), sha, ref, name, user)
        project.statuses.append(found)
    found.state = wanted["state"]
    found.history.append(wanted["state"])
    found.description = wanted.get("description", found.description)
    found.target_url = wanted.get("target_url", found.target_url)
    return _shown(call, found)


def _branch(project: Project, sha: str) -> str | None:
    """The first branch that contains the commit; a fork's commit is in none of the parent's."""
    return next(
        (
            name
            for name, head in sorted(project.branches.items())
            if head == sha or project.repository.merge_base(sha, head) == sha
        ),
        None,
    )


def _licensed(call: Call) -> None:
    """Without Ultimate GitLab answers 401, to a token that is right."""
    if call.project().status_checks is None:
        raise Refused(401, {"message": "401 Unauthorized"})


@route(f"GET {_CHECKS}/pipelines", PAGES)
def pipelines(call: Call) -> Any:
    """The newest first, of the merge request's head and of its merged result alike."""
    found = call.merge_request()
    return call.pages(
        list(reversed(found.pipelines)),
        lambda each: {
            **each,
            "project_id": found.project.id,
            "status": "running",
            "source": "merge_request_event",
        },
    )


@route(f"GET {_CHECKS}/status_checks", PAGES)
def checks(call: Call) -> Any:
    _licensed(call)
    found, head = call.merge_request(), call.merge_request().version.head
    return call.pages(
        list(enumerate(found.project.status_checks or (), 1)),
        lambda each: {
            "id": each[0],
            "name": each[1],
            "external_url": "https://checks.example.com",
            "status": found.check_answers.get((each[0], head), "pending"),
        },
    )


@route(f"POST {_CHECKS}/status_check_responses", "sha:str! external_status_check_id:int! status:str")
def answer_check(call: Call) -> Any:
    _licensed(call)
    found, number = call.merge_request(), call.params["external_status_check_id"]
    call.project(DEVELOPER)
    if not 1 <= number <= len(found.project.status_checks or ()):
        raise not_found()
    if call.params["sha"] != found.version.head:
        message = f"SHA does not match HEAD of source branch: {found.version.head}"
        raise Refused(409, {"message": message})
    answer = call.params.get("status", "passed")
    if answer not in {"passed", "failed", "pending"}:
        raise Refused(400, {"error": "status does not have a valid value"})
    found.check_answers[number, found.version.head] = answer
    return {"id": number, "merge_request": {"id": found.id}, "external_status_check": {"id": number}}
