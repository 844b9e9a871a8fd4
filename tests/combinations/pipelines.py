"""CI files in every spelling: the jobs that GitLab makes of them, and why it refuses them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from bot.documents.documents import Documents
from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.pipeline.load import load_pipelines
from bot.snapshot import Project, Tree
from tests.combinations.texts import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.pipeline.model import Job, Pipeline

PROJECT = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")
_WRONG = (None, True, 1, "", "x", "$X", [], ["x"], ["x", 1], [["x"]], {}, {"x": "y"}, {"name": "x"}, {"if": "$X"}, [{"if": "$X"}], [{}], "1 day")  # fmt: skip
_KEYWORDS = (
    "after_script", "allow_failure", "artifacts", "before_script", "cache", "coverage", "dast_configuration", "dependencies", "environment", "except", "extends",
    "hooks", "id_tokens", "identity", "image", "inherit", "inputs", "interruptible", "manual_confirmation", "needs", "only", "pages", "parallel", "release", "resource_group",
    "retry", "rules", "run", "script", "secrets", "services", "stage", "start_in", "tags", "timeout", "trigger", "variables", "when", "publish", "color",
)  # fmt: skip
_PARTS = {
    "artifacts": ("paths", "exclude", "expire_in", "expose_as", "name", "public", "access", "reports", "untracked", "when", "color"),
    "cache": ("paths", "key", "policy", "untracked", "when", "fallback_keys", "unprotect", "prefix", "color"),
    "environment": ("name", "url", "on_stop", "action", "auto_stop_in", "deployment_tier", "kubernetes", "color"),
    "image": ("name", "entrypoint", "docker", "pull_policy", "kubernetes", "color"), "retry": ("max", "when", "exit_codes", "color"),
    "trigger": ("project", "branch", "include", "strategy", "forward", "inputs", "color"), "release": ("tag_name", "description", "assets", "released_at", "milestones", "ref"),
    "allow_failure": ("exit_codes", "color"), "inherit": ("default", "variables", "color"), "hooks": ("pre_get_sources_script", "color"), "pages": ("publish", "path_prefix", "expire_in"),
}  # fmt: skip
_INNER: dict[str, tuple[Callable[[Any], dict[str, Any]], tuple[str, ...]]] = {
    "rules": (lambda part: {"rules": [part]}, ("if", "when", "exists", "changes", "start_in", "allow_failure", "variables", "needs", "interruptible", "auto_cancel", "color")),
    "rules:exists": (lambda part: {"rules": [{"exists": {"paths": ["x"], **part}}]}, ("paths", "project", "ref", "color")),
    "rules:changes": (lambda part: {"rules": [{"changes": {"paths": ["x"], **part}}]}, ("paths", "compare_to", "color")),
    "needs": (lambda part: {"needs": [{"job": "other", **part}]}, ("job", "artifacts", "optional", "parallel", "project", "ref", "pipeline", "color")),
    "needs of a project": (lambda part: {"needs": [{"project": "g/p", "job": "b", "ref": "main", **part}]}, ("job", "artifacts", "project", "ref", "pipeline", "color")),
    "needs and dependencies": (lambda part: {"dependencies": ["other"], **part}, ("needs",)),
    "parallel": (lambda part: {"parallel": part}, ("matrix", "color")), "matrix": (lambda part: {"parallel": {"matrix": [part]}}, ("A",)),
    "secrets": (lambda part: {"secrets": {"S": {"vault": "a/b@c", **part}}}, ("vault", "file", "token", "azure_key_vault", "color")),
    "secrets:vault": (lambda part: {"secrets": {"S": {"vault": {"engine": {"name": "kv-v2", "path": "s"}, "path": "a", "field": "b", **part}}}}, ("engine", "path", "field", "color")),
    "secrets:vault:engine": (lambda part: {"secrets": {"S": {"vault": {"engine": part, "path": "a", "field": "b"}}}}, ("name", "path", "color")),
    "secrets of others": (lambda part: {"secrets": {"S": part}}, ("azure_key_vault", "gcp_secret_manager", "akeyless", "gitlab_secrets_manager", "aws_secrets_manager")),
    "secrets of Azure": (lambda part: {"secrets": {"S": {"azure_key_vault": {"name": "a", **part}}}}, ("name", "version", "color")), "secrets of Google": (lambda part: {"secrets": {"S": {"gcp_secret_manager": {"name": "a", **part}}}}, ("name", "version", "color")),
    "id_tokens": (lambda part: {"id_tokens": {"T": part}}, ("aud", "color")), "variables": (lambda part: {"variables": {"A": part}}, ("value", "description", "expand", "options", "color")),
    "services": (lambda part: {"services": [{"name": "i", **part}]}, ("name", "alias", "entrypoint", "command", "docker", "kubernetes", "pull_policy", "variables", "color")),
    "image:docker": (lambda part: {"image": {"name": "i", "docker": part}}, ("platform", "user", "color")), "image:kubernetes": (lambda part: {"image": {"name": "i", "kubernetes": part}}, ("user", "color")),
    "cache:key": (lambda part: {"cache": {"paths": ["x"], "key": part}}, ("files", "prefix", "files_commits", "color")), "artifacts:reports": (lambda part: {"artifacts": {"reports": part}}, ("junit", "dotenv", "coverage_report", "terraform", "color")),
    "coverage_report": (lambda part: {"artifacts": {"reports": {"coverage_report": {"coverage_format": "cobertura", "path": "x", **part}}}}, ("coverage_format", "path", "color")), "exposed": (lambda part: {"artifacts": {"expose_as": "a", **part}}, ("paths", "expose_as")),
    "environment:kubernetes": (lambda part: {"environment": {"name": "e", "kubernetes": part}}, ("agent", "namespace", "flux_resource_path", "managed_resources", "dashboard", "color")),
    "release:assets": (lambda part: {"release": {"tag_name": "t", "description": "d", "assets": part}}, ("links", "color")), "release:assets:links": (lambda part: {"release": {"tag_name": "t", "description": "d", "assets": {"links": [{"name": "n", "url": "https://x", **part}]}}}, ("name", "url", "link_type", "filepath", "color")),
    "only": (lambda part: {"only": part}, ("refs", "variables", "changes", "kubernetes", "color")), "except": (lambda part: {"except": part}, ("refs", "variables", "changes", "kubernetes", "color")),
    "delayed": (lambda part: {"when": "delayed", **part}, ("start_in", "rules", "manual_confirmation")), "beside rules": (lambda part: {"rules": [{"when": "always"}], **part}, ("only", "except", "start_in", "when", "allow_failure")),
    "trigger": (lambda part: {"script": None, "trigger": part}, ("include", "forward", "inputs", "strategy", "branch")), "trigger:forward": (lambda part: {"script": None, "trigger": {"project": "g/p", "forward": part}}, ("yaml_variables", "pipeline_variables", "color")),
    "trigger:include": (lambda part: {"script": None, "trigger": {"include": [part]}}, ("local", "artifact", "job", "project", "file", "template", "inputs", "color")), "bridge": (lambda part: {"script": None, "trigger": "g/p", **part}, ("when", "allow_failure", "needs", "parallel", "variables", "image", "stage")),
    "inputs of a job": (lambda part: {"inputs": {"i": {"default": "a", **part}}}, ("default", "type", "options", "regex", "description", "color")), "run": (lambda part: {"script": None, "run": [{"name": "s", **part}]}, ("name", "step", "script", "func", "env", "inputs", "action", "color")),
    "auto_cancel": (lambda part: {"rules": [{"if": "$X", "auto_cancel": part}]}, ("on_new_commit", "on_job_failure")),
}  # fmt: skip
_AT_THE_TOP: dict[str, tuple[Callable[[Any], dict[str, Any]], tuple[str, ...]]] = {
    "include": (lambda part: {"include": [{"local": "b.yml", **part}]}, ("local", "project", "file", "ref", "remote", "template", "component", "artifact", "inputs", "rules", "integrity", "cache", "color")), "include:project": (lambda part: {"include": [{"project": "g/p", **part}]}, ("file", "ref")),
    "include:rules": (lambda part: {"include": [{"local": "b.yml", "rules": [part]}]}, ("if", "exists", "changes", "when", "variables", "color")), "workflow": (lambda part: {"workflow": part}, ("name", "rules", "auto_cancel", "color")), "workflow:rules": (lambda part: {"workflow": {"rules": [part]}}, ("if", "when", "exists", "changes", "variables", "auto_cancel", "interruptible", "allow_failure", "color")),
    "workflow:auto_cancel": (lambda part: {"workflow": {"auto_cancel": part}}, ("on_new_commit", "on_job_failure", "color")), "default": (lambda part: {"default": part}, ("image", "services", "before_script", "cache", "retry", "timeout", "tags", "artifacts", "interruptible", "hooks", "id_tokens", "secrets", "identity", "script")), "variables": (lambda part: {"variables": {"A": part}}, ("value", "description", "expand", "options", "color")),
    "default beside the top": (lambda part: {"default": {"image": "i"}, **part}, ("image", "services", "cache", "before_script")),
}  # fmt: skip
_TOP = ("default", "include", "stages", "variables", "workflow", "spec", "image", "services", "cache", "before_script", "after_script", "pages", ".hidden", "nil", "true")  # fmt: skip


def keywords() -> str:
    """Each keyword, of a job and at the top, with values of every type: what GitLab refuses, and what the job gets."""
    lines = []
    for keyword, value in product(_KEYWORDS, _WRONG):
        job = {"script": ["x"], keyword: value}
        lines += _read(f"{keyword}: {value!r}", {".gitlab-ci.yml": yaml({"deploy": job})}, brief=True)
    for keyword, parts in _PARTS.items():
        for part, value in product(parts, _WRONG):
            job = {"script": ["x"], keyword: {part: value}}
            lines += _read(
                f"{keyword}:{part}: {value!r}", {".gitlab-ci.yml": yaml({"deploy": job})}, brief=True
            )
    for keyword, value in product(_TOP, _WRONG):
        lines += _read(
            f"top {keyword}: {value!r}",
            {".gitlab-ci.yml": yaml({keyword: value, "deploy": {"script": ["x"]}})},
            brief=True,
        )
    return "".join(f"{line}\n" for line in lines)


def keyword_parts() -> str:
    """What is inside of keywords, with values of every type: the values that have the same answer together."""
    lines = []
    for name, (around, parts) in _INNER.items():
        for part in parts:
            lines += _answers(
                f"{name}:{part}", lambda value, part=part, around=around: _with_job(around({part: value}))
            )
    for name, (around, parts) in _AT_THE_TOP.items():
        for part in parts:
            lines += _answers(
                f"top {name}:{part}",
                lambda value, part=part, around=around: {
                    **around({part: value}),
                    "deploy": {"script": ["x"]},
                },
            )
    return "".join(f"{line}\n" for line in lines)


def _with_job(keywords: dict[str, Any]) -> dict[str, Any]:
    """A file with a job that has the keywords; null takes one away."""
    job = {key: value for key, value in {"script": ["x"], **keywords}.items() if value is not None}
    return {"deploy": job, "other": {"script": ["y"], "stage": "build"}}


def _answers(name: str, file: Callable[[Any], dict[str, Any]]) -> Iterator[str]:
    answers: dict[str, list[str]] = {}
    for value in _WRONG:
        answers.setdefault(_answer({".gitlab-ci.yml": yaml(file(value)), **_BESIDE}), []).append(repr(value))
    yield f"### {name}"
    yield from (f"{' '.join(values)}: {answer}" for answer, values in answers.items())


def _answer(files: dict[str, str]) -> str:
    """Why GitLab refuses the pipeline, else what is read of its first job."""
    pipeline = load_pipelines(Tree(files, project=PROJECT, listing=frozenset(files)), Documents(files))[0]
    if pipeline.refusal is not None:
        return f"refused in line {pipeline.refusal.span.start_line}: {pipeline.refusal.words}"
    unread = [each.reason for each in pipeline.unread]
    return (
        " | ".join([*(line.strip() for line in _job(pipeline.jobs["deploy"], brief=True)), *unread])
        or "accepted"
    )


_FILES = (
    "a:\n  script: x\n  extends: .b\n.b:\n  variables: {A: 1}\n  script: y", "a:\n  extends: [.b, .c]\n.b: {script: [x], tags: [b]}\n.c: {script: [y], only: [main]}", "a:\n  extends: .gone\n  script: x",
    "a: {extends: b, script: x}\nb: {extends: a, script: y}", "a: {extends: a, script: x}", ".a: {script: x}\nb: {extends: .a}\nc: {extends: b, variables: {X: y}}", "default: {image: i, tags: [t]}\na: {script: x}\nb: {script: y, image: j, inherit: {default: false}}",
    "default: {image: i, before_script: [b]}\na: {script: x, inherit: {default: [image]}}", "variables: {A: 1, B: 2}\na: {script: x, inherit: {variables: [A]}}\nb: {script: x, inherit: {variables: false}}\nc: {script: x, variables: {A: 3}}",
    ".s: {script: [a, b]}\nx: {script: [!reference [.s, script], c]}", "x: {script: [!reference [gone, script]]}", "x: {script: !reference [x, script]}", ".s: {v: {A: 1}}\nx: {script: y, variables: !reference [.s, v]}", "x: {script: [!reference [.s]]}\n.s: [a]",
    "x: &x {script: [a]}\ny: {<<: *x, stage: test}", ".x: &x {script: a}\ny: {<<: [*x, {tags: [t]}]}", "x: {script: [[a, [b]], c]}", "x: {script: [[[[[[[[[[[[a]]]]]]]]]]]]}", "x: {before_script: [a], script: b, after_script: [c]}",
    "before_script: [g]\nx: {script: a}\ny: {script: b, before_script: []}", "x: {script: a, parallel: 3}", "x: {script: a, parallel: {matrix: [{A: [1, 2], B: x}]}}", "x: {script: a, parallel: {matrix: [{A: []}]}}", "x: {script: a, parallel: {matrix: [{A: [1]}, {B: [2, 3], A: 4}]}, variables: {A: 0}}",
    "x: {script: a, stage: deploy}", "stages: [one]\nx: {script: a, stage: two}", "stages: [one]\nx: {script: a, stage: one}\ny: {script: b, stage: .pre, needs: [x]}", "x: {script: a, needs: [gone]}", "x: {script: a, needs: [y]}\ny: {script: b, needs: [x]}",
    "x: {script: a, needs: [{job: y, optional: true}]}", "x: {script: a, needs: []}\ny: {script: b, dependencies: [x], needs: [x]}", "x: {script: a, dependencies: [gone]}", "x: {trigger: g/p}", "x: {trigger: {include: c.yml}, script: a}", "x: {stage: test}", "x: 1", "", "[]", "x: y", "- a",
    "a: {script: x}\na: {script: y}", "a: {script: x", "a:\n\tscript: x", "---\na: {script: x}\n---\nb: {script: y}", "spec: {inputs: {n: {default: d}}}\n---\na: {script: ['echo $[[ inputs.n ]]']}", "spec: {inputs: {n: {}}}\n---\na: {script: ['echo $[[ inputs.n ]]']}",
    "spec: {inputs: {n: {type: number, default: x}}}\n---\na: {script: x}", "spec: {inputs: {n: {options: [a, b], default: c}}}\n---\na: {script: x}", "spec: {inputs: {n: {type: array, default: [a, b]}}}\n---\na: {script: $[[ inputs.n ]]}", "a: {script: ['$[[ inputs.gone ]]']}",
    "spec: {inputs: {n: {default: AbC}}}\n---\na: {script: ['$[[ inputs.n | truncate(0,2) | expand_vars ]]']}", "spec: {inputs: {n: {type: boolean, default: true}}}\n---\na: {script: x, interruptible: $[[ inputs.n ]]}", "spec: {inputs: {n: {regex: ^v, default: x}}}\n---\na: {script: x}",
    "include: b.yml\na: {script: x}", "include: [{local: b.yml}, {local: /b.yml}]", "include: {local: gone.yml}", "include: {local: 'ci/*.yml'}", "include: {local: 'ci/**.yml'}\na: {tags: [t]}", "include: {local: b.yml, rules: [{if: $X}]}", "include: {local: b.yml, rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]}",
    "include: {local: b.yml, rules: [{exists: [b.yml]}]}", "include: {local: b.yml, rules: [{exists: [gone]}]}", "include: {local: i.yml, inputs: {n: given}}", "include: {local: i.yml}", "include: {local: i.yml, inputs: {gone: x, n: y}}", "include: {local: a, remote: b}", "include: {color: x}",
    "include: {project: g/p, file: [a.yml, /b.yml], ref: v1}", "include: {project: g/p}", "include: {remote: 'https://x/a.yml'}", "include: {remote: ftp://x}", "include: {template: Jobs/SAST.gitlab-ci.yml}", "include: {component: $CI_SERVER_FQDN/g/p/c@1}", "include: {component: c}", "include: $F",
    "include: {local: self.yml}", "include: {local: $D/b.yml}\nvariables: {D: ci}", "x: {script: a, environment: {name: prod/$CI_COMMIT_REF_SLUG, action: stop}}", "x: {script: a, environment: staging, rules: [{if: $CI_COMMIT_TAG, variables: {V: r}}]}", "x: {script: a, secrets: {S: {vault: a/b@c}}}",
    "x: {script: a, id_tokens: {T: {aud: [a, b]}}}\ndefault: {id_tokens: {D: {aud: d}}}", "x: {script: a, variables: {A: {value: v, description: d, options: [v, w]}, B: {value: x, expand: false}, C: 1.0, D: true, E: null}}", "variables: {A: {value: v, options: [w]}}\nx: {script: a}", "x: {script: a, run: [{name: s, script: b}]}",
    "x: {run: [{name: s, step: g/p@v1}, {name: t, func: r:1}]}", "x: {hooks: {pre_get_sources_script: [h]}, script: a}", "workflow: {name: n, auto_cancel: {on_new_commit: none}, rules: [{if: $A, variables: {W: 1}}]}\nx: {script: a}", "x: {script: a, resource_group: r, release: {tag_name: t, description: d}}",
    ".a: {variables: {A: 1, B: 1}}\nx: {extends: .a, script: x, variables: {B: 2, C: 3}}", ".a: {environment: {name: p, url: u}}\n.b: {environment: {url: v}}\nx: {extends: [.a, .b], script: x}", "include: v.yml\nb: {variables: {B: 2}}\nvariables: {T: 2}", ".a: {script: x}", ".a: {script: x}\nb: {script: y, needs: [.a]}", ".a: {script: x}\nb: {script: y, dependencies: [.a]}",
    "image: i\ndefault: {tags: [x]}\nx: {script: a}", "image: i\ndefault: {image: j}\nx: {script: a}", "cache: {paths: [x]}\ndefault: {cache: }\nx: {script: a}", "stages: [.pre, a, .post]\nx: {script: a, stage: a}\ny: {script: b, stage: .post, needs: [x]}\nz: {script: c, stage: .pre}", "stages: [.post, a]\nx: {script: a, stage: a, needs: [y]}\ny: {script: b, stage: .post}", "stages: []\nx: {script: a}",
    "x: {script: a, only: , rules: [{when: always}]}", "x: {script: a, only: [main], rules: }", "x: {script: a, dependencies: [y], needs: [{project: g/p, job: b, ref: m}]}\ny: {script: b}", "x: {script: a, dependencies: [y], needs: [{project: g/p, job: b, ref: m}, z]}\ny: {script: b}\nz: {script: c}", "x: {script: a, dependencies: [y, z], needs: [y]}\ny: {script: b}\nz: {script: c}", "x: {script: a, dependencies: [y], needs: [y, {project: g/p, job: b, ref: m}]}\ny: {script: b}",
    "spec: {inputs: {n: }}\n---\nx: {script: ['a $[[ inputs.n ]] b']}", "spec: {inputs: {n: {default: d}, m: }}\n---\nx: {script: ['a $[[ inputs.n ]] $[[ inputs.m ]] b']}", "spec: {inputs: {n: {default: [a, b], type: array}}}\n---\nx: {script: [pre, '$[[ inputs.n ]]', post], tags: ['$[[ inputs.n[1] ]]']}", "spec: {inputs: {n: {default: d}}}\n---\nx: {script: ['$[[ inputs.n | truncate(0,1) | truncate(0,1) | truncate(0,1) | truncate(0,1) ]]']}", "spec: {inputs: {n: {default: 'a,b'}}}\n---\nx: {script: \"$[[ inputs.n | split(',') ]]\"}", "spec: {inputs: {n: {default: \"it's\"}}}\n---\nx: {script: 'echo $[[ inputs.n | posix_escape ]] $[[ inputs.n | gone ]]'}",
    "spec: {inputs: {'a b': {default: d}}}\n---\n'$[[ inputs.a b ]]': {script: x}", "spec: {inputs: {n: {default: job-x}}}\n---\n$[[ inputs.n ]]: {script: x}\n", "spec: {include: [{local: in.yml}, {local: gone.yml}, {local: in2.yml}]}\n---\nx: {script: ['$[[ inputs.shared ]] $[[ inputs.more ]] $[[ inputs.gone ]]']}", "spec: {include: [{local: in.yml}]}\n---\nx: {script: ['$[[ inputs.gone ]]']}",
    ".a: [x, y]\nz: {script: [!reference [.b, s], [!reference [.b, t]]]}\n.b: {s: [a, [b]], t: c}", "x: {script: [!reference [.a, script, deep]]}\n.a: {script: {deep: [d]}}", "x: {rules: [!reference [.r, rules], {when: always}], script: a}\n.r: {rules: [{if: $A}, {if: $B, when: never}]}", "x: {script: a, trigger: g/p}", "x: {trigger: {project: g/p, forward: {yaml_variables: false}}, variables: {A: 1}}", "x: {script: a, artifacts: {expose_as: e, paths: ['a/*']}}", "x: {script: a, artifacts: {expose_as: e, paths: [a/b]}}",
    ".j0: {extends: .j1}\n.j1: {extends: .j2}\n.j2: {extends: .j3}\n.j3: {extends: .j4}\n.j4: {extends: .j5}\n.j5: {extends: .j6}\n.j6: {extends: .j7}\n.j7: {extends: .j8}\n.j8: {extends: .j9}\n.j9: {extends: .j10}\n.j10: {extends: .j11}\n.j11: {script: x}\nx: {extends: .j1}", ".j0: {extends: .j1}\n.j1: {extends: .j2}\n.j2: {extends: .j3}\n.j3: {extends: .j4}\n.j4: {extends: .j5}\n.j5: {extends: .j6}\n.j6: {extends: .j7}\n.j7: {extends: .j8}\n.j8: {extends: .j9}\n.j9: {extends: .j10}\n.j10: {extends: .j11}\n.j11: {script: x}\nx: {extends: .j0}", "x: {extends: [.a, .b, .a]}\n.a: {script: x}\n.b: {tags: [t]}", "x: {extends: }\n", "x: {extends: {}, script: a}", "x: {extends: [1], script: a}\n1: {script: x}", "x: {script: a, timeout: 1 month}", "x: {script: a, timeout: 4 weeks}", "x: {script: a, timeout: '720:00:00'}", "x: {script: a, when: delayed, start_in: 1 week}", "x: {script: a, when: delayed, start_in: 6 days 23 hours}",
    "spec: {inputs: {n: {default: d}, m: }}\n---\nx: {script: a, environment: {name: '/$[[ inputs.n ]]$[[ inputs.m ]]/'}}", "spec: {inputs: {m: }}\n---\nx: {script: a, environment: {name: '/$[[ inputs.m ]]/'}, rules: [{if: '$A == $[[ inputs.m ]]'}]}", "stages: [.post, a, .pre]\nx: {script: a, stage: b}",
    "x: {script: a, dependencies: [y], needs: [{pipeline: p}]}\ny: {script: b}", "x: {script: a, dependencies: [y], needs: [{pipeline: p}, {project: g/p, job: b, ref: m}]}\ny: {script: b}",
    "x: {script: |\n  a\n  b\n}", "x:\n  script:\n    - |\n      a\n      b\n    - >-\n      c\n      d", "pages: {script: a, artifacts: {paths: [public]}}", "x: {extends: .a}\n.a: {extends: .b, script: a}\n.b: {variables: {V: b}, before_script: [p]}\ny: {extends: x, variables: {V: !reference [.b, variables, V]}}",
)  # fmt: skip
_BESIDE = {
    "b.yml": "b: {script: from_b}\n", "ci/c.yml": "c: {script: from_c}\n", "ci/d/e.yml": "e: {script: from_e}\n", "ci/b.yml": "cb: {script: from_ci_b}\n",
    "v.yml": "variables: {T: 1, U: 1}\nb: {script: x, variables: {A: 1, B: 1}}\n", "in.yml": "inputs: {shared: {default: s}}\n", "in2.yml": "inputs: {more: {default: m}}\n",
    "i.yml": "spec: {inputs: {n: {}}}\n---\ni: {script: ['echo $[[ inputs.n ]]'], variables: {N: $[[ inputs.n ]]}}\n", "self.yml": "include: self.yml\ns: {script: x}\n",
}  # fmt: skip


def files() -> str:
    """Whole files: inheritance, references, includes, inputs, matrices."""
    return "".join(
        f"{line}\n" for text in _FILES for line in _read(repr(text), {".gitlab-ci.yml": text, **_BESIDE})
    )


_CONDITIONS = (
    "$CI_COMMIT_BRANCH", "$CI_COMMIT_TAG", '$CI_COMMIT_BRANCH == "main"', '$CI_COMMIT_BRANCH != "main"', "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH", '"main" == $CI_COMMIT_BRANCH', "$CI_COMMIT_BRANCH =~ /^main$/",
    "$CI_COMMIT_BRANCH !~ /^main$/", "$CI_COMMIT_BRANCH =~ /MAIN/i", "$CI_COMMIT_BRANCH =~ /(/", "$CI_COMMIT_TAG =~ /^v\\d+/", "$CI_COMMIT_BRANCH =~ $PATTERN", '$CI_PIPELINE_SOURCE == "merge_request_event"', '$CI_PIPELINE_SOURCE == "push"', "$CI_PIPELINE_SOURCE == 'schedule'",
    '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "main"', '$CI_COMMIT_TAG || $CI_COMMIT_BRANCH == "main"', "($CI_COMMIT_TAG || $UNKNOWN) && $CI_COMMIT_BRANCH", "$UNKNOWN", '$UNKNOWN == "x"', "$UNKNOWN == null", "$CI_COMMIT_TAG == null", "$CI_COMMIT_TAG != null",
    '$CI_COMMIT_TAG == ""', '$CI_COMMIT_REF_PROTECTED == "true"', '$CI_COMMIT_REF_PROTECTED == "false"', "$CI_MERGE_REQUEST_ID", "$CI_OPEN_MERGE_REQUESTS", '$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "main"', "$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_PROJECT_PATH",
    "$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH != $CI_PROJECT_PATH", '$CI_PROJECT_PATH == "group/app"', '$CI_PROJECT_PATH == "group/other"', '$CI_PROJECT_NAMESPACE == "group"', "$SET", '$SET == "yes"', '$SET == "no"', "$EMPTY", '$EMPTY == ""', "== 1", "$A ==", "$A && ", "($A", "1 == 1", '"a" == "a"', "null", '"x"',
    '$CI_COMMIT_REF_NAME == "main"', "$CI_COMMIT_REF_SLUG =~ /^feature-/", "$CI_COMMIT_MESSAGE =~ /deploy/", '$GITLAB_USER_LOGIN == "root"', '$CI_COMMIT_BRANCH == "main" || $CI_COMMIT_BRANCH == "dev" && $UNKNOWN', "$CI_COMMIT_BRANCH == /main/", '$CI_COMMIT_BRANCH =~ "main"', "${CI_COMMIT_BRANCH}", "!$CI_COMMIT_TAG",
)  # fmt: skip
_ONLY: tuple[Any, ...] = (
    ["main"], ["branches"], ["tags"], ["merge_requests"], ["/^release-.*$/"], ["/^v/i"], ["main@group/app"], ["main@group/other"], ["branches@group/app"], ["pushes"], ["schedules"], ["web"], ["triggers"], ["api"], ["external"], ["external_pull_requests"], ["pipelines"], ["chat"],
    {"refs": ["main"], "variables": ["$UNKNOWN"]}, {"variables": ['$CI_COMMIT_BRANCH == "main"']}, {"changes": ["src/*"]}, {"refs": ["tags", "main"]}, {"kubernetes": "active"}, [], ["main", "merge_requests"], "main",
)  # fmt: skip


def conditions() -> str:
    """Rules, `only` and `except`: in which of three kinds of pipelines the job can run, and one example."""
    lines = []
    for condition in _CONDITIONS:
        for rules in ([{"if": condition}], [{"if": condition, "when": "never"}, {"when": "always"}]):
            text = yaml(
                {
                    "variables": {"SET": "yes", "EMPTY": "", "PATTERN": "/^main$/"},
                    "deploy": {"script": ["x"], "rules": rules},
                }
            )
            lines += _read(f"{rules}", {".gitlab-ci.yml": text}, brief=True)
    for condition in (
        "$CI_COMMIT_TAG",
        '$CI_COMMIT_BRANCH == "main"',
        '$CI_PIPELINE_SOURCE == "merge_request_event"',
        "$UNKNOWN",
    ):
        text = yaml(
            {
                "workflow": {"rules": [{"if": condition}]},
                "deploy": {"script": ["x"]},
                "other": {"script": ["y"], "rules": [{"if": "$CI_COMMIT_BRANCH"}]},
            }
        )
        lines += _read(f"workflow {condition}", {".gitlab-ci.yml": text}, brief=True)
    for only in _ONLY:
        lines += _read(
            f"only {only}", {".gitlab-ci.yml": yaml({"deploy": {"script": ["x"], "only": only}})}, brief=True
        )
        lines += _read(
            f"except {only}",
            {".gitlab-ci.yml": yaml({"deploy": {"script": ["x"], "except": only}})},
            brief=True,
        )
        lines += _read(
            f"only branches, except {only}",
            {".gitlab-ci.yml": yaml({"deploy": {"script": ["x"], "only": ["branches"], "except": only}})},
            brief=True,
        )
    for rule in (
        {"changes": ["src/*"]}, {"changes": {"paths": ["src/*"], "compare_to": "main"}}, {"exists": ["src/x"]}, {"exists": ["gone"]}, {"exists": ["src/*"]}, {"exists": ["**/x"]}, {"exists": ["$D/x"]}, {"when": "manual"}, {"when": "delayed", "start_in": "1 day"},
        {"if": "$CI_COMMIT_TAG", "allow_failure": True}, {"if": "$CI_COMMIT_TAG", "exists": ["src/x"]}, {"when": "on_failure"}, {"exists": {"paths": ["x"], "project": "g/p"}}, {"exists": ["src/x/"]}, {"exists": ["SRC/x"]}, {"exists": ["src/?"]}, {"exists": ["{src,lib}/x"]}, {"exists": ["src/[a-z]"]},
    ):  # fmt: skip
        lines += _read(
            f"rule {rule}",
            {".gitlab-ci.yml": yaml({"deploy": {"script": ["x"], "rules": [rule]}}), "src/x": ""},
            brief=True,
        )
    return "".join(f"{line}\n" for line in lines)


def _read(name: str, given: dict[str, str], *, brief: bool = False) -> Iterator[str]:
    yield f"### {name}"
    tree = Tree(given, project=PROJECT, listing=frozenset(given))
    pipelines = load_pipelines(tree, Documents(given))
    for pipeline in pipelines[:1] if brief else pipelines:
        yield from _pipeline(pipeline, brief=brief)


def _pipeline(pipeline: Pipeline, *, brief: bool) -> Iterator[str]:
    if not brief:
        yield f"{pipeline.root} of {', '.join(pipeline.files)}: {_plain(pipeline.variables)}"
    if pipeline.refusal is not None:
        yield f"  refused {pipeline.refusal.span[1:]}: {pipeline.refusal.words} {pipeline.refusal.remedy}".rstrip()
    yield from (
        f"  unread {each.path}:{each.line} {each.reason}"
        for each in pipeline.unread
        if pipeline.refusal is None or each != pipeline.refusal.note
    )
    yield from (f"  wanted {each.path or each.pattern or each.foreign}" for each in pipeline.wanted)
    for job in (*pipeline.jobs.values(), *pipeline.hidden_jobs.values()):
        yield from _job(job, brief=brief)


_USUAL = "mr no, unprotected yes, fork no a Developer pushes the branch `feature/from-anyone`"


def _job(job: Job, *, brief: bool) -> Iterator[str]:
    when = job.when
    runs = f"mr {when.merge_request}, unprotected {when.unprotected_ref}, fork {when.fork} {when.story}"
    if not (brief and runs == _USUAL):
        yield f"  {job.name}: {runs}".rstrip()
    parts = {
        "scripts": [f"{line.section}: {line.text}" for line in job.scripts if not brief or line.text != "x"], "variables": _plain(job.variables), "of rules": [(each.name, each.value) for each in job.rule_variables],
        "cells": [_plain(cell) for cell in job.cells], "environment": job.environment, "tokens": {name: token.audiences for name, token in job.id_tokens.items()},
        "secrets": {name: (secret.provider, secret.is_file, secret.token) for name, secret in job.secrets.items()}, "hidden": job.hidden,
    }  # fmt: skip
    yield from (f"    {name}: {value}" for name, value in parts.items() if value)
    if not brief:
        yield f"    {job.entry.key.span[:3]} {_shown(job.node)}"
        yield from (f"    {entry.key.text} via {', '.join(entry.via)}" for entry in job.node if entry.via)


def _plain(variables: dict[str, Any]) -> dict[str, object]:
    return {name: (each.value, each.scope) for name, each in variables.items()}


def _shown(node: Node) -> object:
    if isinstance(node, Mapping):
        return {key: _shown(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [_shown(item) for item in node]
    return node.value if isinstance(node, Scalar) else None
