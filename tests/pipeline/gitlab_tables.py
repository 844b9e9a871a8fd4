"""What our model says of a CI file, in the form of the tables of what GitLab's own code says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.documents.documents import Documents
from bot.documents.nodes import Mapping, Node, Scalar, is_null, plain, text_of
from bot.pipeline.clauses import (
    ChangedFiles,
    RefClause,
    only_and_except,
    only_of,
    outcome_of,
    policy_of,
    rules_of,
)
from bot.pipeline.jobs import flat, workflow_rules_of
from bot.pipeline.load import load_pipelines
from bot.pipeline.model import Section
from bot.pipeline.runs import PipelineRun, words_of
from bot.pipeline.specs import written
from bot.snapshot import Project, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Job, Pipeline, Variable

TRUTH = Path(os.environ.get("SEALCHECK_TRUTH", Path(__file__).parents[3] / "shared" / "truth"))
ROOT = ".gitlab-ci.yml"
MOST_SHOWN_CELLS = 24


def rows_of(table: str) -> Iterator[dict[str, Any]]:
    """Each row of the table, none where it is not available."""
    path = TRUTH / f"{table}.jsonl"
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def loaded(root: str, files: dict[str, str] | None = None) -> Pipeline:
    """The pipeline of a root file and the other files of its repository."""
    named = {ROOT: root, **(files or {})}
    project = Project(path="group/project", host="gitlab.example.com")
    return load_pipelines(Tree(named, listing=frozenset(named), project=project), Documents(named))[0]


def refusal(pipeline: Pipeline) -> str | None:
    """What we say of a file that GitLab refuses."""
    return next((each.reason for each in pipeline.unread), None)


def reported(pipeline: Pipeline) -> dict[str, Any]:
    """The whole pipeline as the table writes one that GitLab takes."""
    root = pipeline.node
    rules = workflow_rules_of(root) if root is not None else None
    found: dict[str, Any] = {
        "jobs": {job.name: _job(job, has_rules=rules is not None) for job in pipeline.jobs.values()}
    }
    if root is not None and isinstance(root.get("variables"), Mapping):
        found["variables"] = _texts(pipeline.variables)
    if rules is not None and not is_null(rules):
        found["workflow_rules"] = _rules(rules)
    return {key: value for key, value in found.items() if value or key == "jobs"}


def _job(job: Job, *, has_rules: bool) -> dict[str, Any]:
    node = job.node
    found: dict[str, Any] = {
        "stage": text_of(node.get("stage")) or "test",
        "variables": _texts(job.variables),
        "allow_failure": _allows_failure(node),
    }
    for section in (Section.SCRIPT, Section.BEFORE, Section.AFTER):
        if not is_null(node.get(section.value)):
            found[section.value] = [line.text for line in job.scripts if line.section is section]
    hooks = node.get("hooks")
    if isinstance(hooks, Mapping):
        lines = [line.text for line in job.scripts if line.section is Section.PRE_GET_SOURCES]
        found["hooks"] = (
            {"pre_get_sources_script": lines} if not is_null(hooks.get("pre_get_sources_script")) else {}
        )
    found["unexpanded"] = sorted(
        name
        for name, each in job.variables.items()
        if isinstance(each.entry.value, Mapping)
        and "expand" in each.entry.value
        and not plain(each.entry.value.get("expand"))
    )
    if not is_null(node.get("id_tokens")):
        found["id_tokens"] = {name: list(each.audiences) for name, each in job.id_tokens.items()}
    found["secrets"] = _plain(node.get("secrets"))
    found["environment"] = _environment(node.get("environment"))
    found["rules"] = _rules(node.get("rules"))
    found |= _policies(job, has_rules=has_rules)
    for key in ("when", "start_in"):
        found[key] = _plain(node.get(key))
    found["image"] = _image(node.get("image"))
    services = node.get("services")
    found["services"] = (
        [_image(each) for each in flat(services)] if services is not None and not is_null(services) else None
    )
    found["tags"] = _plain(node.get("tags"))
    cells = [_texts(cell) for cell in job.cells]
    if len(cells) > MOST_SHOWN_CELLS:
        found["matrix_total"] = len(cells)
    elif cells:
        found["matrix"] = cells
    found["trigger"] = "trigger" in node or None
    found["run"] = _plain(node.get("run"))
    return found


def _plain(node: Node | None) -> Any:
    return plain(node)


def _texts(variables: dict[str, Variable]) -> dict[str, str]:
    return {name: each.value or "" for name, each in variables.items()}


def _allows_failure(node: Mapping) -> bool:
    own = node.get("allow_failure")
    if is_null(own):
        return text_of(node.get("when")) == "manual"
    return plain(own) is True


def _environment(node: Node | None) -> Any:
    if isinstance(node, Scalar) and node.value is not None:
        return {"name": node.text, "action": "start"}
    return (
        {key: plain(node.get(key)) for key in ("name", "action") if node.get(key)}
        if isinstance(node, Mapping)
        else None
    )


def _rules(node: Node | None) -> Any:
    if is_null(node):
        return None
    return [_rule(rule) for rule in flat(node) if isinstance(rule, Mapping)]


def _rule(rule: Mapping) -> dict[str, Any]:
    found = {key: plain(entry.value) for key, entry in rule.entries.items() if not is_null(entry.value)}
    for key in ("changes", "exists"):
        if key in found and not isinstance(found[key], dict):
            found[key] = {"paths": found[key] if isinstance(found[key], list) else [found[key]]}
    if "needs" in found:
        found["needs"] = {"job": [_need(need) for need in flat(rule.get("needs"))]}
    if "variables" in found:
        variables = rule.get("variables")
        found["variables"] = {
            name: written(value.get("value") if isinstance(value, Mapping) else value)
            for name, value in ((n, e.value) for n, e in variables.entries.items())
        }
    return found


def _need(need: Node) -> dict[str, Any]:
    long = plain(need) if isinstance(need, Mapping) else {"job": text_of(need)}
    return {
        "name": long["job"],
        "artifacts": long.get("artifacts", True),
        "optional": long.get("optional", False),
    }


def _policies(job: Job, *, has_rules: bool) -> dict[str, Any]:
    only = only_of(job.node, in_workflow_with_rules=has_rules)
    return {"only": _policy(only), "except": _policy(policy_of(job.node.get("except")))}


def _policy(policy: RefClause | None) -> Any:
    if policy is None:
        return None
    named = {"refs": policy.refs, "variables": policy.variables}
    return {key: list(texts) for key, texts in named.items() if texts is not None}


def _image(node: Node | None) -> Any:
    if isinstance(node, Scalar) and node.value is not None:
        return {"name": node.text}
    if not isinstance(node, Mapping):
        return None
    return {key: plain(entry.value) for key, entry in node.entries.items() if not is_null(entry.value)}


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Where they differ: the way to the key, what we say, what GitLab says."""
    found = []
    if list(ours["jobs"]) != list(theirs["jobs"]):
        found.append(("jobs", list(ours["jobs"]), list(theirs["jobs"])))
    found += [
        (key, ours.get(key), theirs.get(key))
        for key in ("variables", "workflow_rules")
        if ours.get(key) != theirs.get(key)
    ]
    for name in ours["jobs"].keys() & theirs["jobs"].keys():
        own, other = ours["jobs"][name], theirs["jobs"][name]
        found += [
            (key, own.get(key), other.get(key))
            for key in own.keys() | other.keys()
            if (own.get(key) or None) != (other.get(key) or None)
        ]
    return found


def outcome_row(row: dict[str, Any]) -> dict[str, Any] | None:
    """What we say of a row of `rules`, in its own form; None where we do not know."""
    job = {"script": "s", "rules": row["rules"]}
    job |= {key: row[f"job_{key}"] for key in ("when", "allow_failure") if f"job_{key}" in row}
    pipeline = loaded(json.dumps({"j": job}))
    if pipeline.refusal is not None:
        return {"refused": pipeline.refusal.words}
    node = pipeline.jobs["j"].node
    files = ChangedFiles(
        tuple(sorted(row.get("files", ()))),
        None if row.get("changed") is None else tuple(row["changed"]),
        knows_changes=True,
    )
    when = text_of(node.get("when")) or "on_success"
    outcome = outcome_of(rules_of(node.get("rules")) or (), row.get("variables", {}).get, files, when)
    if outcome is None:
        return None
    if outcome.when == "never":
        return {"included": False}
    allowed = _allows_failure(node) if outcome.allow_failure is None else outcome.allow_failure
    said = {
        "included": True,
        "when": outcome.when,
        "allow_failure": allowed,
        "rule_variables": dict(outcome.variables),
    }
    return said | ({"start_in": outcome.start_in} if outcome.start_in else {})


def policy_row(row: dict[str, Any]) -> dict[str, Any] | None:
    """What we say of a row of `only_except`, in its own form; None where we do not know."""
    job = {"script": "s"} | {key: row[key] for key in ("only", "except") if key in row}
    pipeline = loaded(json.dumps({"j": job}))
    if pipeline.refusal is not None:
        return {"refused": pipeline.refusal.words}
    node = pipeline.jobs["j"].node
    asked = row["pipeline"]
    kind = {"branch": "branches", "tag": "tags"}.get(asked["kind"])
    known = row.get("variables", {}) | {
        "CI_PROJECT_PATH": asked["project"],
        "CI_COMMIT_REF_NAME": asked["ref"],
    }
    run = PipelineRun(known, words_of(kind, asked["source"] or ""), "")
    only = only_of(node, in_workflow_with_rules=False)
    answer = only_and_except(only, policy_of(node.get("except")), run, row.get("variables", {}).get)
    return None if answer is None else {"included": answer}
