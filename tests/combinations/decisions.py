"""What policies, comments beside the code and the gate decide, in every spelling."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import fields
from itertools import product

from bot.analysis.causes import Causes
from bot.analysis.engine import introduced, run_rules
from bot.analysis.gate import Gate, judged, unfinished
from bot.analysis.policy import ReviewPolicy, read_policy
from bot.analysis.same_cause import caused_by
from bot.analysis.suppressions import judge
from bot.analysis.verify import Prover
from bot.findings import Severity
from bot.repository import Repository
from bot.snapshot import ForeignFile, Project, Tree
from tests.combinations.roles import GOOD, forms

TODAY = dt.date(2026, 11, 23)
PROJECT = Project(id=42, path="group/app", default_branch="main", host="gitlab.com")
_LEAK = """\
deploy:
  id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.com}}
  secrets:
    API_KEY: {vault: app/staging/api/key@secret, file: false, token: $VAULT_ID_TOKEN}
  script:
    - echo "$API_KEY"
"""
_TEXTS = (
    "", "[]", "x", "a: [", "ignore:", "ignore: x", "ignore: {}", "ignore: [x]", "ignore: [{}]", "ignore: [{rule: secret-in-log}]", "ignore: [{rule: secret-in-log, reason: ' '}]",
    "ignore: [{rule: secret-in-log, reason: r}]", "ignore: [{rule: secret-in-lag, reason: r}]", "ignore: [{reason: r}]", "ignore: [{rule: nothing like it, reason: r}]", "ignore: [{rule: secret-in-log, reason: r, color: x}]",
    "ignore: [{rule: secret-in-log, reason: r, path: x}]", "ignore: [{rule: secret-in-log, reason: r, paths: ['a/**', b]}]", "ignore: [{rule: secret-in-log, reason: r, paths: a}]", "ignore: [{rule: secret-in-log, reason: r, paths: [1, {}]}]",
    "ignore: [{rule: secret-in-log, reason: r, paths: []}]", "ignore: [{rule: secret-in-log, reason: r, paths: }]", "ignore: [{rule: secret-in-log, reason: r, expires: 2026-11-23}]", "ignore: [{rule: secret-in-log, reason: r, expires: '2026-11-22'}]",
    "ignore: [{rule: secret-in-log, reason: r, expires: soon}]", "ignore: [{rule: secret-in-log, reason: r, expires: }]", "ignore: [{rule: secret-in-log, reason: r}, {rule: x, reason: r}, {rule: shell-trace, reason: s}]",
    "ignore:\n  - reason: r\n    rule: secret-in-lag\n", "ignore:\n  - reason: r\n    rule: secret-in-log\n    paths: []\n", "severity:", "severity: x", "severity: {}", "severity: {secret-in-log: low}", "severity: {secret-in-log: lo}", "severity: {secret-in-log: LOW}", "severity: {secret-in-lag: low}", "severity: {secret-in-log: }", "severity: {secret-in-log: low, shell-trace: info}", "severity: [x]",
    "limits:", "limits: x", "limits: {max_ttl: 15m}", "limits: {max_ttl: 900}", "limits: {max_ttl: x}", "limits: {max_ttl: }", "limits: {max_ttl: true}", "limits: {max_ttl: -5m}", "limits: {max_ttl: 0}", "limits: {ttl: 5m}", "limits: {}",
    "files: {ci: [a.yml], vault: ['b/*']}", "files: {ci: a.yml}", "files: [a]", "files: {cy: [a]}", "files:", "protected_refs: [main, 'release/*']", "protected_refs: main", "protected_refs: [{}]", "status: off", "status: advise", "status: block", "status: blok", "status: true", "status: []", "status:",
    "vault: {server: vault, version: 1.21.4}", "vault: {server: openbao, version: v2.1}", "vault: {server: vault}", "vault: {server: volt}", "vault: {version: 1.2}", "vault: {server: vault, version: new}", "vault: vault", "vault:", "vault: {server: vault, edition: x}", "vault: {server: openbao, version: 2}",
    "ignor: []", "color: x", "ignore: []\nignore: []", "ignore: []\nlimits: {}\nignore: []\n", "a: 1\n---\nb: 2", "locked: [secret-in-log]", "locked: [secret-in-lag, shell-trace]", "locked: secret-in-log", "locked: [{}]", "allow_inline_ignores: false", "allow_inline_ignores: no", "allow_inline_ignores: 'no'",
    "allow_inline_ignores:", "ignore_role: developer", "ignore_role: Owner", "ignore_role: maintainer", "ignore_role: guest", "ignore_role:", "projects: {include: ['group/*'], exclude: [group/other]}", "projects: [x]", "projects: {includ: [x]}", "projects: {exclude: ['**']}", "projects: {include: x}",
)  # fmt: skip


def policies() -> str:
    """Policy files, of a repository and of the organisation; each repository's under two organisations."""
    over = [
        read_policy("org.yml", text, organisation=True)
        for text in (
            "locked: [secret-in-log]\nlimits: {max_ttl: 10m}\nstatus: advise\nvault: {server: vault, version: 1.20}\nignore_role: owner",
            "severity: {secret-in-log: high}\nallow_inline_ignores: false\nfiles: {ci: [o.yml]}\nprotected_refs: [o]\nignore: [{rule: shell-trace, reason: o}]",
        )
    ]
    lines = []
    for text in _TEXTS:
        lines.append(f"### {text!r}")
        own = read_policy("p.yml", text)
        lines += _policy(own)
        lines += [
            f"  as the organisation's: {line.strip()}"
            for line in _policy(read_policy("p.yml", text, organisation=True))
        ]
        for number, organisation in enumerate(over):
            plain = set(_policy(ReviewPolicy().under(organisation)))
            lines += [
                f"  under {number}: {line.strip()}"
                for line in _policy(own.under(organisation))
                if line not in plain
            ]
    return "".join(f"{line}\n" for line in lines)


def _policy(policy: ReviewPolicy) -> list[str]:
    plain = ReviewPolicy()
    said = [
        f"  {each.name}={getattr(policy, each.name)!r}"
        for each in fields(policy)
        if each.name != "problems" and getattr(policy, each.name) != getattr(plain, each.name)
    ]
    said += [f"  {each.path}:{each.line} {each.reason}" for each in policy.problems]
    said += [
        f"  reviews {path}" for path in ("group/app", "group/other", "else/x") if not policy.reviews(path)
    ]
    return [
        line.replace("reviews", "does not review") if line.startswith("  reviews") else line for line in said
    ]


def ignores() -> str:
    """Comments beside the code and entries of policies: what is ignored, and what is reported of the ignores."""
    comments = (
        "", "# sealcheck: ignore[secret-in-log] moving", "# sealcheck: ignore[secret-in-log]", "# sealcheck: ignore[secret-in-log] -- ", "# sealcheck: ignore[] why", "# sealcheck: ignore[secret-in-lag] why", "# sealcheck: ignore[secret-in-log, shell-trace] why",
        "# sealcheck: ignore[shell-trace] why", "# sealcheck:ignore[secret-in-log] why", "# sealcheck: ignore secret-in-log", "# sealcheck: ignore[credential-in-cleartext] why", "// sealcheck: ignore[secret-in-log] why", "<!-- sealcheck: ignore[secret-in-log] why -->", "# sealcheck: ignore[static-vault-token] why",
    )  # fmt: skip
    texts = ("", "ignore: [{rule: secret-in-log, reason: p}]", "ignore: [{rule: secret-in-log, reason: p, expires: 2026-11-22}]", "ignore: [{rule: secret-in-log, reason: p, paths: [other]}]", "ignore: [{rule: shell-trace, reason: o}, {rule: secret-in-log, reason: p, expires: 2026-11-23}]", "severity: {secret-in-log: low}", "locked: [secret-in-log]", "allow_inline_ignores: false")  # fmt: skip
    lines = []
    for comment, text, above in product(comments, texts, (False, True)):
        written = (
            _LEAK.replace('    - echo "$API_KEY"\n', f'    {comment}\n    - echo "$API_KEY"\n')
            if above
            else _LEAK.replace('"$API_KEY"\n', f'"$API_KEY" {comment}\n')
        )
        files = {".gitlab-ci.yml": written}
        findings = run_rules(Repository(Tree(files, project=PROJECT))).findings
        settled = judge(findings, files, read_policy("p.yml", text, organisation=True), TODAY)
        shown = [f"  {each.rule} {each.severity} {each.ignored}" for each in settled.findings]
        shown += [f"  {each.path}:{each.line} {each.reason}" for each in settled.problems]
        lines += [f"### {comment!r} {'above' if above else 'behind'}, {text!r}", *shown]
    odd = _LEAK.replace('"$API_KEY"\n', '"$API_KEY" # sealcheck: ignore[secret-in-log]\n')
    files = {"0.gitlab-ci.yml": _LEAK, **{f"{name}.gitlab-ci.yml": odd for name in "fbdace"}}
    settled = judge(
        run_rules(Repository(Tree(files, project=PROJECT))).findings, files, ReviewPolicy(), TODAY
    )
    lines += [
        "### in several files",
        *(f"  {each.path}:{each.line} {each.reason}" for each in settled.problems),
    ]
    was = run_rules(Repository(Tree({".gitlab-ci.yml": _LEAK}, project=PROJECT))).findings
    for text, before in product(texts, ((), was)):
        settled = judge((), {}, read_policy("p.yml", text), TODAY, everything=(), before=before)
        lines += [
            f"### nothing is left of {len(before)}, {text!r}",
            *(f"  {each.line} {each.reason}" for each in settled.problems),
        ]
    return "".join(f"{line}\n" for line in lines)


def gates() -> str:
    """The status for every mode, limit, finding and number of files that were not checked; and of roles, what has one cause."""
    lines = []
    [one, *_] = run_rules(Repository(Tree({".gitlab-ci.yml": _LEAK}, project=PROJECT))).findings
    for gate, limit, count, unchecked in product(Gate, Severity, (0, 1, 2), (0, 1)):
        status = judged(gate, limit, [one] * count, unchecked)
        lines.append(
            f"{gate} {limit} {count} {one.severity}, {unchecked} unread: {status.state} {status.passes} {status.description}"
        )
    lines += [f"{gate}: {unfinished(gate, 'x')} {unfinished(gate, 'x').passes}" for gate in Gate]
    lines += [f"{gate.rank} {gate}" for gate in Gate]
    cases = list(forms())
    for case in cases:
        side = Repository(Tree(dict(case.files), project=PROJECT))
        prover = Prover(side)
        proven = [prover.proven(each) for each in run_rules(side).findings]
        names = {each.fingerprint: f"{each.rule}:{each.construct}" for each in proven}
        causes = caused_by(proven, prover)
        lines += [f"{case.name}: {names[one]} stands behind {names[other]}" for one, other in causes.items()]
    some = cases[:40:3]
    bases = [Repository(Tree(dict(case.files), project=PROJECT)) for case in some]
    sides = list(zip(some, bases, map(run_rules, bases), strict=True))
    for (before, base, was), after in product(sides, some):
        found = introduced(run_rules(Repository(Tree(dict(after.files), project=PROJECT), base)), was)
        lines.append(
            f"{before.name} -> {after.name}: {', '.join(f'{each.rule} {each.severity}' for each in found)}"
        )
    return "".join(f"{line}\n" for line in lines)


_TOKEN = "  id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.com}}\n"
_SCRIPT = "  script: [make deploy]\n"
_MAIN = "  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n"
_GUARDED = f"deploy:\n{_TOKEN}{_MAIN}{_SCRIPT}"
_OPEN = f"deploy:\n{_TOKEN}{_SCRIPT}"
_LEAKING = (
    "deploy:\n  secrets:\n    KEY: {vault: a/b@c, file: false}\n  script:\n    - make\n    - echo $KEY\n"
)
_ROOT = ".gitlab-ci.yml"
_LOOSE = "include: {project: g/p, file: c.yml}\n"
_PARTS: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
    ("rules gone", {_ROOT: _GUARDED}, {_ROOT: _OPEN}),
    ("only gone", {_ROOT: f"deploy:\n  only: [main]\n{_TOKEN}{_SCRIPT}"}, {_ROOT: _OPEN}),
    ("a rule more", {_ROOT: _GUARDED}, {_ROOT: _GUARDED.replace("    - if", "    - if: $CI_COMMIT_TAG == null\n    - if")}),
    ("a rule less", {_ROOT: _GUARDED.replace("    - if", "    - if: $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH\n      when: never\n    - if: $CI_COMMIT_BRANCH\n    - if")}, {_ROOT: _GUARDED.replace("    - if", "    - if: $CI_COMMIT_BRANCH\n    - if")}),
    ("another condition", {_ROOT: _GUARDED}, {_ROOT: _GUARDED.replace("$CI_DEFAULT_BRANCH", '"dev"')}),
    ("a workflow gone", {_ROOT: f"workflow:\n{_MAIN}{_OPEN}"}, {_ROOT: f"variables: {{A: b}}\n{_OPEN}"}),
    ("a workflow's rule gone", {_ROOT: f"workflow:\n{_MAIN}{_OPEN}"}, {_ROOT: f"workflow:\n{_MAIN}    - when: always\n{_OPEN}"}),
    ("a variable of the pipeline", {_ROOT: f"variables:\n  ON: 'no'\n{_GUARDED}".replace("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "$ON == 'yes'")}, {_ROOT: f"variables:\n  ON: 'yes'\n{_GUARDED}".replace("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "$ON == 'yes'")}),
    ("token and rules", {_ROOT: f"deploy:\n{_MAIN}{_SCRIPT}"}, {_ROOT: _OPEN}),
    ("a token by default", {_ROOT: f"deploy:\n{_SCRIPT}lint:\n{_SCRIPT}"}, {_ROOT: f"default:\n{_TOKEN}deploy:\n{_SCRIPT}lint:\n{_SCRIPT}"}),
    ("a template's rules gone", {_ROOT: f"include: t.yml\ndeploy:\n  extends: .t\n{_SCRIPT}", "t.yml": f".t:\n{_TOKEN}{_MAIN}"}, {_ROOT: f"include: t.yml\ndeploy:\n  extends: .t\n{_SCRIPT}", "t.yml": f".t:\n{_TOKEN}"}),
    ("another template", {_ROOT: f".a:\n{_TOKEN}{_MAIN}.b:\n{_TOKEN}deploy:\n  extends: .a\n{_SCRIPT}"}, {_ROOT: f".a:\n{_TOKEN}{_MAIN}.b:\n{_TOKEN}deploy:\n  extends: .b\n{_SCRIPT}"}),
    ("a template's template", {_ROOT: f".a:\n{_TOKEN}{_MAIN}.b:\n{_TOKEN}.c:\n  extends: .a\ndeploy:\n  extends: .c\n{_SCRIPT}"}, {_ROOT: f".a:\n{_TOKEN}{_MAIN}.b:\n{_TOKEN}.c:\n  extends: .b\ndeploy:\n  extends: .c\n{_SCRIPT}"}),
    ("an include gone", {_ROOT: f"include:\n  - w.yml\n  - o.yml\n{_OPEN}", "w.yml": f"workflow:\n{_MAIN}", "o.yml": "lint: {script: [x]}\n"}, {_ROOT: f"include:\n  - o.yml\n{_OPEN}", "w.yml": f"workflow:\n{_MAIN}", "o.yml": "lint: {script: [x]}\n"}),
    ("an include more", {_ROOT: f"include:\n  - w.yml\n{_OPEN}", "w.yml": f"workflow:\n{_MAIN}", "o.yml": "workflow: {rules: [{when: always}]}\n"}, {_ROOT: f"include:\n  - w.yml\n  - o.yml\n{_OPEN}", "w.yml": f"workflow:\n{_MAIN}", "o.yml": "workflow: {rules: [{when: always}]}\n"}),
    ("a job more", {_ROOT: f".t:\n{_TOKEN}lint: {{script: [x]}}\n"}, {_ROOT: f".t:\n{_TOKEN}lint: {{script: [x]}}\ndeploy: {{extends: .t, script: [x]}}\n"}),
    ("a job by an include", {_ROOT: "lint: {script: [x]}\n", "t.yml": _OPEN}, {_ROOT: "include: t.yml\nlint: {script: [x]}\n", "t.yml": _OPEN}),
    ("inherit gone", {_ROOT: f"default:\n{_TOKEN}deploy:\n  inherit: {{default: false}}\n{_SCRIPT}lint: {{script: [x]}}\n"}, {_ROOT: f"default:\n{_TOKEN}deploy:\n{_SCRIPT}lint: {{script: [x]}}\n"}),
    ("a line of a script", {_ROOT: _LEAKING.replace("    - echo $KEY\n", "")}, {_ROOT: _LEAKING}),
    ("a secret's place", {_ROOT: _LEAKING.replace("file: false", "file: true").replace("echo", "cat")}, {_ROOT: _LEAKING}),
    ("the secret alone", {_ROOT: _LEAKING.replace("    KEY: ", "    OTHER: ")}, {_ROOT: _LEAKING}),
    ("file: false alone", {_ROOT: _LEAKING.replace(", file: false", "")}, {_ROOT: _LEAKING}),
    ("a script in a template", {_ROOT: "include: t.yml\ndeploy:\n  extends: .t\n  secrets: {KEY: {vault: a/b@c, file: false}}\n", "t.yml": ".t:\n  script:\n    - make\n"}, {_ROOT: "include: t.yml\ndeploy:\n  extends: .t\n  secrets: {KEY: {vault: a/b@c, file: false}}\n", "t.yml": ".t:\n  script:\n    - make\n    - echo $KEY\n"}),
    ("an environment", {_ROOT: _GUARDED.replace("deploy:\n", "deploy:\n  environment: production\n")}, {_ROOT: _OPEN.replace("deploy:\n", "deploy:\n  environment: production\n")}),
    ("artifacts", {_ROOT: _LEAKING.replace("echo $KEY", "echo $KEY > out.txt")}, {_ROOT: _LEAKING.replace("echo $KEY", "echo $KEY > out.txt") + "  artifacts:\n    paths: [out.txt]\n"}),
    ("the same in another order", {_ROOT: _OPEN}, {_ROOT: f"deploy:\n{_SCRIPT}{_TOKEN}"}),
    ("a job with a token beside a loose include", {_ROOT: f"{_LOOSE}lint: {{script: [x]}}\n"}, {_ROOT: f"{_LOOSE}lint: {{script: [x]}}\n{_OPEN}"}),
    ("a job with a secret beside a loose include", {_ROOT: f"{_LOOSE}lint: {{script: [x]}}\n"}, {_ROOT: f"{_LOOSE}lint: {{script: [x]}}\n{_LEAKING}"}),
    ("a token beside a loose include", {_ROOT: f"{_LOOSE}deploy:\n{_SCRIPT}"}, {_ROOT: f"{_LOOSE}deploy:\n{_SCRIPT}{_TOKEN}"}),
    ("a token by a template beside a loose include", {_ROOT: f"{_LOOSE}.t:\n{_TOKEN}deploy:\n{_SCRIPT}"}, {_ROOT: f"{_LOOSE}.t:\n{_TOKEN}deploy:\n{_SCRIPT}  extends: .t\n"}),
    ("a loose include beside a job with a token", {_ROOT: _OPEN}, {_ROOT: f"{_LOOSE}{_OPEN}"}),
    ("a script beside a loose include", {_ROOT: f"{_LOOSE}{_OPEN}"}, {_ROOT: f"{_LOOSE}{_OPEN}    # more\n  after_script: [x]\n"}),
    ("rules and stage", {_ROOT: _GUARDED.replace("deploy:\n", "deploy:\n  stage: test\n  tags: [a]\n")}, {_ROOT: _OPEN.replace("deploy:\n", "deploy:\n  stage: build\n  tags: [b]\n")}),
    ("a template's rules and stage", {_ROOT: f".t:\n  stage: test\n{_TOKEN}{_MAIN}deploy:\n  extends: .t\n{_SCRIPT}"}, {_ROOT: f".t:\n  stage: build\n{_TOKEN}deploy:\n  extends: .t\n{_SCRIPT}"}),
    ("a word beside it", {_ROOT: _OPEN}, {_ROOT: f"# why\n{_OPEN}"}),
)  # fmt: skip


def causes() -> str:
    """Of changes of pipelines: what each brings in, and which of its lines is shown for that."""
    lines = []
    for name, before, after in _PARTS:
        base = Repository(Tree(before, project=PROJECT, listing=frozenset(before)))
        head = Repository(Tree(after, project=PROJECT, listing=frozenset(after)), base)
        lines.append(f"### {name}")
        shown = Causes(head)
        for found in introduced(run_rules(head), run_rules(base)):
            moved = shown.at_cause(found)
            related = ", ".join(f"{each.span[0]}:{each.span[1]} {each.note}" for each in moved.related)
            because = moved.message.removeprefix(found.message).strip()
            places = f"{found.span[0]}:{found.span[1]} -> {moved.span[0]}:{moved.span[1]}:{moved.span[2]}"
            lines.append(
                f"{found.rule} {found.subject} {found.construct} {places} {because} {related}".rstrip()
            )
    return "".join(f"{line}\n" for line in lines)


_ANY_PROJECT = {**GOOD, "bound_claims": {"ref": "main", "ref_type": "branch"}}
_ROLE = f"vault write auth/jwt/role/app - <<'E'\n{json.dumps(_ANY_PROJECT)}\nE\n"
_POLICY = 'path "*" {\n  capabilities = ["sudo"]\n}\n'
_SHOWN: tuple[tuple[str, dict[str, str], dict[ForeignFile, str]], ...] = (
    ("a role in a script", {"setup.sh": _ROLE}, {}), ("a role in a document", {"README.md": f"# Setup\n\n```sh\n{_ROLE}```\n"}, {}), ("a role in a document of a folder", {"docs/setup.md": f"```sh\n{_ROLE}```\n"}, {}), ("a policy in a document", {"README.md": f"```hcl\n{_POLICY}```\n"}, {}), ("a policy", {"policies/app.hcl": _POLICY}, {}),
    ("a leak of another project", {_ROOT: "include: {project: g/p, file: c.yml}\nlint: {script: [x]}\n"}, {ForeignFile("g/p", "", "c.yml"): _LEAKING}), ("two leaks of another project", {_ROOT: "lint: {script: [x]}\ninclude:\n  - {project: g/p, file: c.yml, ref: v1}\n"}, {ForeignFile("g/p", "v1", "c.yml"): _LEAKING + "    - set -x; login $KEY\n"}),
    ("a template of another project", {_ROOT: "include: {project: g/p, file: c.yml}\ndeploy:\n  extends: .t\n  secrets: {KEY: {vault: a/b@c, file: false}}\n"}, {ForeignFile("g/p", "", "c.yml"): ".t:\n  script:\n    - echo $KEY\n"}), ("a variable of another project", {_ROOT: "include: {project: g/p, file: c.yml}\ndeploy:\n  extends: .t\n  script: [echo $X]\n"}, {ForeignFile("g/p", "", "c.yml"): ".t:\n  secrets: {KEY: {vault: a/b@c, file: false}}\n  variables: {X: $KEY}\n"}),
    ("refused", {_ROOT: _LEAKING + "  color: x\n"}, {}), ("refused by another project's file", {_ROOT: f"include: {{project: g/p, file: c.yml}}\n{_LEAKING}"}, {ForeignFile("g/p", "", "c.yml"): "x: {script: x, color: y}\n"}), ("refused in one of two pipelines", {_ROOT: "include: t.yml\nx: {script: x, color: y}\n", "t.yml": _LEAKING, "b.gitlab-ci.yml": "include: t.yml\n"}, {}), ("a role of a pipeline that is refused", {_ROOT: "setup:\n  color: x\n  script:\n    - vault write auth/jwt/role/app role_type=jwt user_claim=sub bound_audiences=https://gitlab.com bound_claims=project_id=42\n"}, {}),
    ("the same twice", {_ROOT: _LEAKING + "    - echo $KEY\n    - echo $KEY\n"}, {}), ("the same in two jobs", {_ROOT: _LEAKING + _LEAKING.replace("deploy", "release")}, {}), ("the same in two files", {_ROOT: "include: [a.yml, b.yml]\n", "a.yml": _LEAKING, "b.yml": _LEAKING.replace("deploy", "release")}, {}),
)  # fmt: skip


def places() -> str:
    """Findings of documents, of other projects' files and of pipelines that GitLab refuses: what is shown of them."""
    lines = []
    for name, files, foreign in _SHOWN:
        side = Repository(Tree(files, project=PROJECT, listing=frozenset(files), foreign=foreign))
        lines.append(f"### {name}")
        for each in run_rules(side).findings:
            path, line, column, *_ = each.span
            where = f"{path}:{line}:{column} {each.subject} {each.construct} {each.fingerprint}"
            lines += [
                f"{each.rule} {each.severity} {each.confidence} {each.effect} {where}",
                f"    {each.message}",
                f"    {each.attack}",
            ]
            lines += [
                f"    {kind}: {part.span[0]}:{part.span[1]} {part.note}"
                for kind in ("related", "way")
                for part in getattr(each, kind)
            ]
    return "".join(f"{line}\n" for line in lines)
