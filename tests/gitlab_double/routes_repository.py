"""Routes about what is in the repository."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from tests.gitlab_double import changes, entities
from tests.gitlab_double.errors import Refused, not_found
from tests.gitlab_double.git import GitError
from tests.gitlab_double.model import DEVELOPER, REPORTER, Project, Version
from tests.gitlab_double.routing import PAGES, Answer, Call, route

_LFS = b"version https://git-lfs.github.com/spec/v1\n"


def _readable(call: Call) -> Project:
    project = call.project()
    if project.visibility != "public" and call.world.access(call.user, project) < REPORTER:
        raise Refused(403, {"message": "403 Forbidden"})
    return project


def _commit(call: Call, project: Project, ref: str) -> str:
    sha = call.world.resolve_ref(project, ref)
    if sha is None:
        raise not_found("Commit")
    return sha


def _file(call: Call) -> tuple[Project, str, bytes]:
    project = _readable(call)
    sha = _commit(call, project, call.params.get("ref") or "HEAD")
    content = project.repository.blob(sha, call.named["path"])
    if content is None:
        raise not_found("File")
    return project, sha, content


@route("GET /projects/:project/repository/files/:path/raw", "ref:str lfs:bool", anonymous=True)
def raw_file(call: Call) -> Any:
    project, _, content = _file(call)
    if call.params.get("lfs") and content.startswith(_LFS):
        digest = content.split(b"sha256:")[1][:64].decode()
        content = project.lfs.get(digest, content)
    return Answer(content, content_type="text/plain; charset=utf-8")


@route("GET /projects/:project/repository/files/:path", "ref:str!", anonymous=True)
def file(call: Call) -> Any:
    project, sha, content = _file(call)
    return {**_facts(call, project, sha, content), "content": base64.b64encode(content).decode()}


@route("HEAD /projects/:project/repository/files/:path", "ref:str!", anonymous=True)
def file_head(call: Call) -> Any:
    project, sha, content = _file(call)
    facts = _facts(call, project, sha, content)
    headers = {"X-Gitlab-" + key.replace("_", "-").title(): str(value) for key, value in facts.items()}
    return Answer(None, headers=headers)


def _facts(call: Call, project: Project, sha: str, content: bytes) -> dict[str, Any]:
    path = call.named["path"]
    return {
        "file_name": path.rsplit("/", 1)[-1],
        "file_path": path,
        "size": len(content),
        "encoding": "base64",
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "ref": call.params["ref"],
        "blob_id": project.repository.blob_id(sha, path),
        "commit_id": sha,
        "last_commit_id": sha,
        "execute_filemode": False,
    }


@route(
    "GET /projects/:project/repository/tree",
    f"path:str ref:str recursive:bool page_token:str {PAGES}",
    anonymous=True,
)
def tree(call: Call) -> Any:
    project = _readable(call)
    sha = call.world.resolve_ref(project, call.params.get("ref") or "HEAD")
    if sha is None:
        raise not_found("Tree")
    path = call.params.get("path") or ""
    entries = project.repository.tree(sha, path, recursive=call.params.get("recursive", False))
    if path and not entries:
        raise Refused(404, {"message": "404 invalid revision or path Not Found"})
    return call.pages(
        entries,
        lambda each: {
            "id": each[2],
            "name": each[3].rsplit("/", 1)[-1],
            "type": each[1],
            "path": each[3],
            "mode": each[0],
        },
    )


@route("GET /projects/:project/repository/blobs/:sha/raw", anonymous=True)
def raw_blob(call: Call) -> Any:
    project = _readable(call)
    return Answer(_blob(project, call.named["sha"]), content_type="text/plain; charset=utf-8")


@route("GET /projects/:project/repository/blobs/:sha", anonymous=True)
def blob(call: Call) -> Any:
    content = _blob(_readable(call), call.named["sha"])
    return {
        "size": len(content),
        "encoding": "base64",
        "content": base64.b64encode(content).decode(),
        "sha": call.named["sha"],
    }


def _blob(project: Project, sha: str) -> bytes:
    try:
        return project.repository.run("cat-file", "blob", sha)
    except GitError:
        raise not_found("Blob") from None


@route("GET /projects/:project/repository/commits/:sha", "stats:bool", anonymous=True)
def commit(call: Call) -> Any:
    project = _readable(call)
    sha = _commit(call, project, call.named["sha"])
    return {**project.repository.commits(None, sha)[0], "status": None, "project_id": project.id}


@route("GET /projects/:project/repository/commits/:sha/diff", f"unidiff:bool {PAGES}", anonymous=True)
def commit_diff(call: Call) -> Any:
    project = _readable(call)
    sha = _commit(call, project, call.named["sha"])
    parents = project.repository.commits(None, sha)[0]["parent_ids"]
    version = _between(call, project, parents[0] if isinstance(parents, list) and parents else sha, sha)
    return call.pages(
        list(enumerate(version.files)), lambda each: entities.file_diff(call.world, each[1], each[0], version)
    )


@route(
    "GET /projects/:project/repository/commits",
    f"ref_name:str since:str until:str path:str all:bool {PAGES}",
    anonymous=True,
)
def commits(call: Call) -> Any:
    project = _readable(call)
    sha = _commit(call, project, call.params.get("ref_name") or "HEAD")
    return call.pages(project.repository.commits(None, sha), lambda each: each)


@route(
    "POST /projects/:project/repository/commits",
    "branch:str! commit_message:str! actions:list! start_branch:str start_sha:str force:bool",
)
def create_commit(call: Call) -> Any:
    """A commit of whole files: on the branch's head, or with `start_sha` beside or instead of it (`force`)."""
    project, user, wanted = call.project(DEVELOPER), call.signed_in(), call.params
    branch, start = wanted["branch"], wanted.get("start_sha") or wanted.get("start_branch")
    if branch in project.protected and call.world.access(user, project) < 40:
        raise Refused(403, {"message": "403 Forbidden"})
    old = project.branches.get(branch)
    if old is None and start is None:
        raise Refused(400, {"message": "You can only create or edit files when you are on a branch"})
    if old is not None and start is not None and not wanted.get("force"):
        raise Refused(
            400,
            {
                "message": f"A branch called '{branch}' already exists. Switch to that branch in order to make changes"
            },
        )
    parent = _commit(call, project, start) if start is not None else old
    contents = {}
    for action in wanted["actions"]:
        if (
            action["action"] == "update"
            and project.repository.blob(parent or "", action["file_path"]) is None
        ):
            raise Refused(400, {"message": "A file with this name doesn't exist"})
        contents[action["file_path"]] = action["content"]
    sha = project.repository.commit((parent or "",), contents, wanted["commit_message"], user.username)
    project.branches[branch] = sha
    changes.moved(call.world, project, branch, old, user)
    return {**project.repository.commits(None, sha)[0], "project_id": project.id}


@route(
    "GET /projects/:project/repository/compare",
    "from:str! to:str! straight:bool unidiff:bool from_project_id:int",
    anonymous=True,
)
def compare(call: Call) -> Any:
    project = _readable(call)
    old, new = _commit(call, project, call.params["from"]), _commit(call, project, call.params["to"])
    base = old if call.params.get("straight") else project.repository.merge_base(old, new) or old
    version = _between(call, project, base, new)
    listed = project.repository.commits(old, new)
    shown = list(enumerate(version.files[: call.world.limits.diff_files]))
    return {
        "commit": listed[0] if listed else None,
        "commits": listed[::-1],
        "diffs": [entities.file_diff(call.world, each, number, version) for number, each in shown],
        "compare_timeout": False,
        "compare_same_ref": old == new,
        "web_url": f"{call.world.url}/{project.path}/-/compare/{old}...{new}",
    }


@route("GET /projects/:project/repository/merge_base", "refs:list!", anonymous=True)
def merge_base(call: Call) -> Any:
    project = _readable(call)
    shas = [_commit(call, project, ref) for ref in call.params["refs"]]
    base = project.repository.merge_base(shas[0], shas[1])
    if base is None:
        raise not_found("Merge Base")
    return project.repository.commits(None, base)[0]


def _between(call: Call, project: Project, old: str, new: str) -> Version:
    return Version(0, old, old, new, call.world.now(), project.repository.diff(old, new))
