"""Which files of a job leave it: artifacts, cache, dotenv reports, pages."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, Scalar, Sequence, text_of
from bot.lazy import regex
from bot.leaks.sources import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.leaks.sources import Sources
    from bot.pipeline.model import Job

# Where OpenSSH, OpenSSL, Java, PuTTY, git, npm, PostgreSQL, Kubernetes and clouds keep keys and passwords (their
# manuals, 2026-11).
_KEY_NAME: Final = regex(
    r"id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.*_rsa|.*\.(?:pem|key|p12|pfx|pkcs12|p8|jks|keystore|ppk|kdbx)"
    r"|\.(?:netrc|npmrc|pypirc|pgpass|my\.cnf|git-credentials|vault-token|dockerconfigjson)|kubeconfig(?:\..*)?"
    r"|(?:.*[-_.])?service[-_]?account.*\.json",
    re.IGNORECASE,
)
_KEY_FOLDER: Final = regex(r"\.(?:ssh|gnupg|kube|aws)")
_PUBLIC_PART: Final = regex(
    r"(?:^|[._-])(?:pub(?:lic)?|(?:ca)?certs?|certificates?|ca|cabundle|bundle|(?:full)?chain|crt|csr|root)(?=[._*-]|$)",
    re.IGNORECASE,
)
# docs.gitlab.com/ci/yaml/#artifactsaccess, 2026-11
_GUARDED: Final = frozenset({"none", "maintainer", "developer"})


def uploaded(job: Job, files: list[str], sources: Sources) -> Iterator[tuple[str, str, Scalar]]:
    """The files that are uploaded: path, kind (artifacts, cache, dotenv, pages), and the pattern that says so."""
    excluded = [text for text, _ in _patterns(job.get("artifacts", "exclude"), sources)]
    for kind, node in _declared(job):
        for pattern, scalar in _patterns(node, sources):
            for path in files:
                inside = path.removeprefix(PROJECT_DIR + "/")
                if inside == path or inside.startswith(".git/"):
                    continue
                if matches(pattern, inside) and not (
                    kind != "cache" and any(matches(e, inside) for e in excluded)
                ):
                    yield path, kind, scalar


def is_guarded(job: Job) -> bool:
    """Whether only some members may download the job's artifacts; later jobs read them all the same."""
    public = job.get("artifacts", "public")
    return text_of(job.get("artifacts", "access")) in _GUARDED or (
        isinstance(public, Scalar) and public.value is False
    )


def _declared(job: Job) -> Iterator[tuple[str, Node]]:
    pages = job.get("pages")
    is_pages = job.name == "pages" or isinstance(pages, Mapping) or _is_true(pages)
    paths = job.get("artifacts", "paths")
    if paths is not None:
        yield "pages" if job.name == "pages" else "artifacts", paths
    # docs.gitlab.com/ci/yaml/#pagespublish, 2026-11: that folder becomes an artifact by itself.
    published = job.get("pages", "publish") or job.get("publish")
    if is_pages and published is not None:
        yield "pages", published
    untracked = job.get("artifacts", "untracked")
    if untracked is not None and _is_true(untracked):
        yield "artifacts", untracked
    reports = job.get("artifacts", "reports")
    if isinstance(reports, Mapping):
        for entry in reports:
            yield "dotenv" if entry.key.text == "dotenv" else "artifacts", entry.value
    caches = job.get("cache")
    for cache in caches.items if isinstance(caches, Sequence) else [caches]:
        if isinstance(cache, Mapping) and text_of(cache.get("policy")) != "pull":
            node = cache.get("paths")
            if node is not None:
                yield "cache", node


def names_of(job: Job) -> Iterator[tuple[str, Scalar]]:
    """The texts that name what is uploaded, with its kind: `artifacts:name`, and the keys of caches."""
    name = job.get("artifacts", "name")
    if isinstance(name, Scalar):
        yield "artifacts", name
    caches = job.get("cache")
    for cache in caches.items if isinstance(caches, Sequence) else [caches]:
        if not isinstance(cache, Mapping):
            continue
        fallback = cache.get("fallback_keys")
        keys = (
            cache.get("key"),
            cache.get("key", "prefix"),
            *(fallback.items if isinstance(fallback, Sequence) else ()),
        )
        yield from (("cache", key) for key in keys if isinstance(key, Scalar))


def key_files(job: Job, sources: Sources) -> Iterator[tuple[str, str, Scalar]]:
    """The patterns that are made for private keys and stored credentials: kind, pattern, and where it is written."""
    excluded = [text for text, _ in _patterns(job.get("artifacts", "exclude"), sources)]
    for kind, node in _declared(job):
        for pattern, scalar in _patterns(node, sources):
            example = pattern.replace("**/", "a/").replace("*", "a")
            is_kept = kind != "cache" and any(matches(each, example) for each in excluded)
            if _is_key(pattern) and not is_kept:
                yield kind, pattern, scalar


def _is_key(pattern: str) -> bool:
    """Whether a file of that name is a private key, or keeps credentials."""
    folders = pattern.split("/")
    name = next((part for part in reversed(folders) if part.strip("*")), "")
    if _KEY_FOLDER.fullmatch(name):
        return True
    return _KEY_NAME.fullmatch(name.rstrip("*")) is not None and not _PUBLIC_PART.search(name)


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True


def _patterns(node: Node | None, sources: Sources) -> list[tuple[str, Scalar]]:
    scalars = node.items if isinstance(node, Sequence) else [node]
    found = []
    for scalar in scalars:
        if isinstance(scalar, Scalar):
            if scalar.value is True:
                found.append(("**/*", scalar))
                continue
            text = sources.written(scalar.text).text
            if text is not None:
                inside = (
                    posixpath.normpath(posixpath.join(PROJECT_DIR, text))
                    .removeprefix(PROJECT_DIR)
                    .lstrip("/")
                )
                found.append((inside or "**/*", scalar))
    return found


def matches(pattern: str, path: str) -> bool:
    """Whether `path` is uploaded by `pattern`: a glob with `**`, or a folder with everything in it."""
    regex = ""
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            regex, at = regex + "(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            regex, at = regex + ".*", at + 2
        elif pattern[at] == "*":
            regex, at = regex + "[^/]*", at + 1
        elif pattern[at] == "?":
            regex, at = regex + "[^/]", at + 1
        else:
            regex, at = regex + re.escape(pattern[at]), at + 1
    return re.fullmatch(regex.rstrip("/") + "(?:/.*)?", path) is not None
