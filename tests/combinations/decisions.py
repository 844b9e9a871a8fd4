"""What policies, comments beside the code and the gate decide, in every spelling."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from itertools import product

from bot.analysis.engine import introduced, run_rules
from bot.analysis.gate import Gate, judged, unfinished
from bot.analysis.policy import ReviewPolicy, read_policy
from bot.analysis.same_cause import caused_by
from bot.analysis.suppressions import judge
from bot.analysis.verify import Prover
from bot.findings import Severity
from bot.repository import Repository
from bot.snapshot import Project, Tree
from tests.combinations.roles import forms

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
    "severity:", "severity: x", "severity: {}", "severity: {secret-in-log: low}", "severity: {secret-in-log: lo}", "severity: {secret-in-log: LOW}", "severity: {secret-in-lag: low}", "severity: {secret-in-log: }", "severity: {secret-in-log: low, shell-trace: info}", "severity: [x]",
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
    texts = ("", "ignore: [{rule: secret-in-log, reason: p}]", "ignore: [{rule: secret-in-log, reason: p, expires: 2026-11-22}]", "ignore: [{rule: secret-in-log, reason: p, paths: [other]}]", "severity: {secret-in-log: low}", "locked: [secret-in-log]", "allow_inline_ignores: false")  # fmt: skip
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
    for before, after in product(cases[:40:3], repeat=2):
        base = Repository(Tree(dict(before.files), project=PROJECT))
        found = introduced(
            run_rules(Repository(Tree(dict(after.files), project=PROJECT), base)), run_rules(base)
        )
        lines.append(
            f"{before.name} -> {after.name}: {', '.join(f'{each.rule} {each.severity}' for each in found)}"
        )
    return "".join(f"{line}\n" for line in lines)
