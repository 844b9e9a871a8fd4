"""`artifacts` with its reports, and `cache`."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from bot.documents.nodes import is_null
from bot.lazy import regex
from bot.pipeline.validation.faults import (
    ValidationScope,
    boolean,
    exclusive_keys,
    first_or_inner,
    hash_config,
    length,
    one_key_of,
    one_of,
    present,
    text,
    texts,
    texts_or_text,
    unknown_keys,
    unless,
)
from bot.pipeline.validation.rules import check_duration
from bot.pipeline.validation.values import (
    flat,
    is_array,
    is_blank,
    is_hash,
    is_list_of_texts,
    is_string,
    is_text,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_ARTIFACTS: Final = frozenset(
    "name untracked paths reports when expire_in expose_as exclude public access".split()  # noqa: SIM905 - a list
)
_WHENS: Final = ("on_success", "on_failure", "always")
_ACCESS: Final = ("none", "developer", "maintainer", "all")
"""`maintainer` since GitLab 18.4 (docs.gitlab.com/ci/yaml/#artifactsaccess, 2026-11)"""
_EXPOSED_NAME: Final = regex(r"\w[-\w ]*", re.ASCII)
_MOST_EXPOSED_CHARS: Final = 100
_LISTS_OF_REPORTS: Final = frozenset(
    "junit sast secret_detection dependency_scanning container_scanning dast performance browser_performance"  # noqa: SIM905 - a list
    " load_performance license_scanning metrics lsif dotenv terraform accessibility coverage_fuzzing api_fuzzing"
    " cluster_image_scanning requirements requirements_v2 cyclonedx annotations repository_xray sarif".split()
)
_REPORTS: Final = _LISTS_OF_REPORTS | {"codequality", "coverage_report"}
_COVERAGE_FORMATS: Final = ("cobertura", "jacoco")
_CACHE: Final = frozenset({"key", "untracked", "paths", "when", "policy", "unprotect", "fallback_keys"})
_POLICY: Final = regex(r"pull-push|push|pull|\$\w{1,255}")
_MOST_CACHES: Final = 4
_MOST_FALLBACKS: Final = 5
_MOST_KEY_FILES: Final = 2
_KEY_FILES: Final = ("files", "files_commits")
"""`files_commits` since GitLab 18.5 (gitlabhq `entry/key.rb`, read 2026-11)"""


def check_artifacts(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`artifacts` of a job."""
    yield from first_or_inner(_artifacts(scope, node), partial(_reports_of, scope, node))


def _artifacts(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, _ARTIFACTS)
    exposed = value_at(node, "expose_as")
    paths = value_at(node, "paths")
    if exposed is not None:
        yield from present(scope, node, paths, "paths")
    yield from exclusive_keys(scope, node, frozenset({"access", "public"}))
    yield from text(scope, value_at(node, "name"), "name")
    for key in ("public", "untracked"):
        yield from boolean(scope, value_at(node, key), key)
    yield from texts(scope, paths, "paths")
    if exposed is not None:
        if is_array(paths) and any("*" in item.text for item in paths.items if is_text(item)):
            yield scope.fault(paths, "paths can't contain '*' when used with 'expose_as'")
        yield from _exposed(scope, exposed)
    yield from texts(scope, value_at(node, "exclude"), "exclude")
    reports = value_at(node, "reports")
    if reports is not None:
        yield from unless(is_hash(reports), scope, reports, "reports should be a hash")
    yield from one_of(scope, value_at(node, "when"), "when", _WHENS)
    expiry = value_at(node, "expire_in")
    if expiry is not None and not (is_string(expiry) and expiry.text.lower() == "never"):
        yield from check_duration(scope, expiry, node, "expire in")
    yield from one_of(scope, value_at(node, "access"), "access", _ACCESS)


def _exposed(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from text(scope, node, "expose as")
    if is_string(node):
        yield from length(scope, node, "expose as", _MOST_EXPOSED_CHARS)
        words = "expose as can contain only letters, digits, '-', '_' and spaces"
        yield from unless(_EXPOSED_NAME.fullmatch(node.text) is not None, scope, node, words)


def _reports_of(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    reports = value_at(node, "reports")
    if reports is not None:
        inner = scope.within("reports")
        yield from first_or_inner(_reports(inner, reports), partial(_coverage_of, inner, reports))


def _reports(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, _REPORTS)
    for key in sorted(_LISTS_OF_REPORTS):
        yield from texts_or_text(scope, value_at(node, key), key.replace("_", " "))


def _coverage_of(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    report = value_at(node, "coverage_report")
    if report is not None:
        inner = scope.within("coverage_report")
        yield from hash_config(inner, report)
        yield from unknown_keys(inner, report, ("coverage_format", "path"))
        style = value_at(report, "coverage_format")
        yield from present(inner, report, style, "coverage format")
        if style is not None:
            is_known = is_string(style) and style.text in _COVERAGE_FORMATS
            words = f"coverage format must be one of supported formats: {', '.join(_COVERAGE_FORMATS)}."
            yield from unless(is_known, inner, style, words)
        yield from present(inner, report, value_at(report, "path"), "path")
        yield from text(inner, value_at(report, "path"), "path")


def check_caches(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`cache`: one or several."""
    own = ValidationScope(f"{scope.where}s", is_whole=scope.is_whole)
    yield from first_or_inner(_caches(own, node), partial(_each_cache, scope, node))


def _caches(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from unless(is_hash(node) or is_array(node), scope, node, "config can only be a hash or an array")
    if is_array(node):
        words = f"config no more than {_MOST_CACHES} caches can be created"
        yield from unless(len(node) <= _MOST_CACHES, scope, node, words)


def _each_cache(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    for cache in flat(node):
        if not is_null(cache):
            yield from first_or_inner(_cache(scope, cache), partial(_parts_of_cache, scope, cache))


def _cache(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, _CACHE)
    policy = value_at(node, "policy")
    if policy is not None and not is_blank(policy):
        yield from text(scope, policy, "policy")
        is_known = is_string(policy) and _POLICY.search(policy.text) is not None
        words = "policy should be a variable or one of: pull-push, push, pull"
        yield from unless(is_known, scope, policy, words)
    yield from one_of(scope, value_at(node, "when"), "when", _WHENS)
    too_many = f"has to many entries (maximum {_MOST_FALLBACKS})"
    fallbacks = value_at(node, "fallback_keys")
    yield from length(scope, fallbacks, "fallback keys", _MOST_FALLBACKS, too_many)


def _parts_of_cache(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    key = value_at(node, "key")
    if key is not None:
        yield from _key(scope.within("key"), key)
    for name in ("unprotect", "untracked"):
        yield from boolean(scope.within(name), value_at(node, name), "config")
    for name in ("paths", "fallback_keys"):
        yield from texts(scope.within(name), value_at(node, name), "config")


def _key(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    if is_text(node):
        yield from _key_text(scope, node)
    elif not is_hash(node):
        yield scope.fault(node, "should be a hash, a string or a symbol")
    else:
        yield from unknown_keys(scope, node, (*_KEY_FILES, "prefix"))
        yield from one_key_of(scope, node, _KEY_FILES)
        for name in _KEY_FILES:
            files = value_at(node, name)
            if files is not None:
                yield from _key_files(scope.within(name), files)
        prefix = value_at(node, "prefix")
        if prefix is not None:
            yield from _key_text(scope.within("prefix"), prefix)


def _key_files(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from unless(is_list_of_texts(node), scope, node, "config should be an array of strings")
    if is_array(node):
        yield from unless(len(node) > 0, scope, node, "config requires at least 1 item")
        most = _MOST_KEY_FILES
        yield from unless(len(node) <= most, scope, node, f"config has too many items (maximum is {most})")


def _key_text(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from unless(is_text(node), scope, node, "config should be a string or symbol")
    if is_text(node):
        path = unquote(node.text)
        yield from unless("/" not in path, scope, node, 'config cannot contain the "/" character')
        yield from unless(path not in {".", ".."}, scope, node, 'config cannot be "." or ".."')
