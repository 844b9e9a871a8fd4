"""gitlab-ci-local as an oracle: a CI file in a small repository, its expanded jobs, and where ours differ."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from bot.documents.documents import Documents
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, plain, text_of
from bot.documents.yaml import parse_yaml
from bot.pipeline.jobs import GLOBAL_KEYS
from bot.pipeline.load import load_pipelines
from bot.pipeline.model import Pipeline
from bot.snapshot import ForeignFile, Project, Tree

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".cache/gitlab-ci-local/node_modules/.bin"
SECTIONS = ("before_script", "script", "after_script")
KEYS = (
    *SECTIONS,
    *("variables", "rules", "image", "services", "secrets", "id_tokens", "artifacts", "needs", "environment"),
)
"""What of each job is compared."""
_HOST, _PROJECT = "gitlab.example", "group/project"
_TEMPLATES = "https://gitlab.com/gitlab-org/gitlab/-/raw/HEAD/lib/gitlab/ci/templates"
_MAX_DEPTH = 20
_WORK = {"script", "run", "trigger", "extends"}
_NO_JOBS = frozenset({"variables", "workflow", "cache", "default", "image", "services", "spec"})


@dataclass
class Sources:
    """A root file and the stand-ins of what it includes."""

    text: str
    files: dict[str, str] = field(default_factory=dict)
    foreign: dict[ForeignFile, str] = field(default_factory=dict)
    remote: list[str] = field(default_factory=list)
    """URLs of templates and remote files, without their scheme: empty files stand there"""


def sources_of(text: str) -> Sources:
    """`text` with a stand-in for each file that it includes.

    The first one that can be read defines the hidden jobs that `text` names and does not hold; templates and remote
    files, which we do not follow, are empty.
    """
    sources = Sources(text)
    read = parse_yaml(".gitlab-ci.yml", text)
    root = read[-1] if isinstance(read, tuple) and read else None
    if not isinstance(root, Mapping):
        return sources
    jobs = _missing(root)
    for item in _items(root.get("include")):
        kind, target = _named(item)
        if kind == "local" and ".." not in target and target.strip("/") and not target.endswith("/"):
            sources.files.setdefault(target.lstrip("/").replace("*", "any"), jobs or "{}")
        elif kind == "project" and isinstance(item, Mapping):
            for name in _items(item.get("file")):
                path = (text_of(name) or "").lstrip("/")
                file = ForeignFile(target, text_of(item.get("ref")) or "", path)
                sources.foreign.setdefault(file, jobs or "{}")
                jobs = ""
        elif kind in {"remote", "template"}:
            url = target if kind == "remote" else f"{_TEMPLATES}/{target}"
            sources.remote.append(url.replace("https://", "").replace("http://", ""))
            continue
        jobs = ""
    if jobs and "include" not in root:
        sources.text += "\ninclude: stands-in.yml\n"
        sources.files["stands-in.yml"] = jobs
    return sources


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ((node,) if node is not None else ())


def _named(item: Node) -> tuple[str, str]:
    if isinstance(item, Scalar):
        return ("remote" if item.text.startswith("http") else "local"), item.text
    kinds = ("local", "project", "remote", "template")
    found = ((kind, text_of(item.get(kind))) for kind in kinds if isinstance(item, Mapping))
    return next(((kind, name) for kind, name in found if name), ("", ""))


def _missing(root: Mapping) -> str:
    """YAML of what the file is without: jobs that `extends` or `!reference` want, a job's script, a stage."""
    wanted: dict[str, set[str]] = {}

    def look(node: Node, depth: int = 0) -> None:
        if isinstance(node, Mapping) and depth < _MAX_DEPTH:
            for name in _items(node.get("extends")):
                if (text_of(name) or "") not in root:
                    wanted.setdefault(text_of(name) or "", {"script"})
            for entry in node:
                look(entry.value, depth + 1)
        elif isinstance(node, Sequence) and depth < _MAX_DEPTH:
            if node.tag == "!reference" and len(node) > 1:
                wanted.setdefault(text_of(node.items[0]) or "", set()).add(text_of(node.items[1]) or "")
            for item in node:
                look(item, depth + 1)

    look(root)
    for name, entry in root.entries.items():
        job = entry.value if isinstance(entry.value, Mapping) else None
        if job is not None and name not in GLOBAL_KEYS and not job.entries.keys() & _WORK and name[0] != ".":
            wanted.setdefault(name, {"script"})
    texts = dict.fromkeys(SECTIONS, "[echo stands in]")
    texts |= {"rules": "[{if: $STANDS_IN}]", "variables": "{STANDS_IN: 'yes'}", "needs": "[]", "tags": "[]"}
    lines = []
    for name, keys in sorted(wanted.items()):
        known = root.get(name)
        if name and (known is None or (isinstance(known, Mapping) and not set(known.entries) & keys)):
            lines.append(f'"{name}":\n')
            lines += [f'  "{key}": {texts.get(key, "stands-in")}\n' for key in sorted(keys)]
    return "".join(lines)


def their_jobs(sources: Sources, folder: Path) -> dict[str, object] | str:
    """The expanded configuration as gitlab-ci-local previews it, or why it refuses the file."""
    files = {".gitlab-ci.yml": sources.text, **sources.files}
    included = f".gitlab-ci-local/includes/{_HOST}"
    for file, text in sources.foreign.items():
        files[f"{included}/{file.project}/{file.ref or 'HEAD'}/{file.path}"] = text
    files |= {f".gitlab-ci-local/includes/{path}": "{}" for path in sources.remote}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, newline="")
    git = [shutil.which("git") or "git", "-C", str(folder)]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "remote", "add", "origin", f"https://{_HOST}/{_PROJECT}.git"], check=True)
    subprocess.run([*git, "add", "--force", "--", ".gitlab-ci.yml", *sources.files], check=True)
    who = ["-c", "user.name=oracle", "-c", "user.email=oracle@example.invalid"]
    subprocess.run([*git, *who, "commit", "-q", "-m", "files"], check=True)
    subprocess.run([*git, "update-ref", "refs/remotes/origin/main", "HEAD"], check=True)
    ran = subprocess.run(
        [
            BIN / "gitlab-ci-local",
            "--preview",
            "--json-schema-validation=false",
            "--fetch-includes=false",
        ],
        cwd=folder,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "FORCE_COLOR": "0", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if ran.returncode != 0:
        said = [
            line for line in ran.stderr.split("\n") if line and not line.startswith(("    at ", "Node.js"))
        ]
        return said[-1] if said else "it gives no reason"
    # js-yaml writes YAML 1.2; warnings come before its first line.
    loaded = YAML(typ="safe", pure=True).load(StringIO(ran.stdout.partition("---\n")[2]))
    return loaded if isinstance(loaded, dict) else {}


def our_pipeline(sources: Sources) -> Pipeline:
    """The same repository as we read it."""
    files = {".gitlab-ci.yml": sources.text, **sources.files}
    project = Project(path=_PROJECT, host=_HOST)
    tree = Tree(files, foreign=sources.foreign, listing=frozenset(files), project=project)
    return load_pipelines(tree, Documents(files))[0]


def differences(ours: Pipeline, theirs: dict[str, object]) -> dict[tuple[str, str], tuple[object, object]]:
    """(job, key) -> our value and theirs, for each that is not the same. The key "job" is the job's being there."""
    found: dict[tuple[str, str], tuple[object, object]] = {}
    jobs = {name: job.node for name, job in ours.jobs.items()}
    expanded = {name: job for name, job in theirs.items() if isinstance(job, dict) and name not in _NO_JOBS}
    for name in [*jobs, *(name for name in expanded if name not in jobs)]:
        if name not in jobs or name not in expanded:
            found[name, "job"] = (name in jobs, name in expanded)
            continue
        mine = {key: entry.value for key, entry in jobs[name].entries.items()}
        scripts = {
            key: [line.text for line in ours.jobs[name].scripts if line.section == key] for key in SECTIONS
        }
        for key in KEYS:
            left = scripts[key] if key in SECTIONS else _form(key, plain(mine.get(key)))
            right = _form(key, expanded[name].get(key))
            if left != right:
                found[name, key] = (left, right)
    left, right = (_form("variables", value) for value in (_global_variables(ours), theirs.get("variables")))
    if left != right:
        found["", "variables"] = (left, right)
    return found


def _global_variables(pipeline: Pipeline) -> object:
    return plain(pipeline.node.get("variables")) if pipeline.node is not None else None


def _form(key: str, value: object) -> object:
    """One form for the ways to write a value, as gitlab-ci-local's preview has it."""
    if key in SECTIONS:
        return [_text(item) for item in _flat(value) if item is not None]
    if key == "variables":
        given = value if isinstance(value, dict) else {}
        return {str(name): _variable(each) for name, each in given.items()}
    if key in {"services", "needs"}:
        return [_named_form(key, item) for item in _flat(value)]
    if key in {"image", "environment"}:
        return _named_form(key, value)
    if key == "rules":
        return [_tree(item) for item in _flat(value)]
    return _tree(value)


def _variable(value: object) -> str:
    if isinstance(value, dict):
        text = _text(value.get("value"))
        return text.replace("$", "$$") if value.get("expand") is False else text
    return _text(value)


def _named_form(key: str, value: object) -> object:
    if key == "needs":
        need = dict(value) if isinstance(value, dict) else {"job": value}
        need = {"artifacts": True, **need}
        if not need.keys() & {"project", "pipeline", "optional"}:
            need["optional"] = False
        return _tree(need)
    return _tree(value if isinstance(value, dict) or value is None else {"name": value})


def _flat(value: object) -> list[object]:
    if isinstance(value, list):
        return [each for item in value for each in _flat(item)]
    return [] if value is None else [value]


def _tree(value: object) -> object:
    """Every scalar as text, nulls left out: how a number is written is Psych's business, and tested there."""
    if isinstance(value, dict):
        return {str(key): _tree(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_tree(each) for each in value]
    return None if value is None else _text(value)


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
