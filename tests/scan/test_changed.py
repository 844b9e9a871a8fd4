"""A changed state of a repository says what a fresh one with the same texts says, whatever it keeps of the old one."""

from __future__ import annotations

import pickle
import random
import string
from collections import Counter
from pathlib import Path

import pytest

from bot.analysis.engine import Judge, Part, judge, run_rules
from bot.analysis.verify import Prover
from bot.documents.lines import split_lines
from bot.findings import Finding
from bot.fixes import Fix, apply_fix
from bot.reads import Reads
from bot.repository import Repository
from bot.snapshot import Tree
from bot.vault import model
from bot.vault.model import VaultModel

SAMPLES = Path(__file__).parent.parent / "rules"
STORIES = 12


def a_tree(chance: random.Random) -> dict[str, str]:
    """Some samples of several rules, beside each other and in folders of their own."""
    files = sorted(path for path in SAMPLES.glob("*/*") if path.is_file() and ".fixed" not in path.name)
    chosen = chance.sample(files, 14)
    return {
        f"{number % 5}/{path.name}" if number % 3 else path.name: path.read_text(encoding="utf-8")
        for number, path in enumerate(chosen)
    }


def a_change(chance: random.Random, files: dict[str, str]) -> dict[str, str]:
    """Lines taken away, doubled, moved or put in from another file, in one file or two."""
    changed = {}
    for path in chance.sample(sorted(files), chance.choice((1, 1, 2))):
        lines = split_lines(files[path])
        at = chance.randrange(len(lines) + 1)
        match chance.randrange(4):
            case 0:
                del lines[at : at + chance.choice((1, 1, 5))]
            case 1:
                lines[at:at] = lines[at : at + 3]
            case 2:
                other = split_lines(files[chance.choice(sorted(files))])
                start = chance.randrange(len(other) + 1)
                lines[at:at] = other[start : start + 4]
            case _:
                lines.insert(at, "# one line more\n")
        changed[path] = "".join(lines)
    return changed


def said(repository: Repository) -> tuple[object, ...]:
    result = run_rules(repository)
    failures = [(each.rule, each.subject, each.error) for each in result.failures]
    return result.findings, failures, result.unread


def tree(files: dict[str, str]) -> Tree:
    return Tree(files, listing=frozenset(files))


@pytest.mark.parametrize("seed", range(STORIES))
def test_a_changed_state_says_what_a_fresh_one_says(seed):
    chance = random.Random(seed)
    files = a_tree(chance)
    origin = Repository(tree(files))
    run_rules(origin)
    for _ in range(4):
        texts = a_change(chance, files)
        assert said(origin.changed(texts)) == said(Repository(tree({**files, **texts})))


ROLE = """{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
 "bound_claims": {"project_id": "7", "ref": "main"}, "token_policies": ["app"], "token_ttl": "10m"}
"""
JOB = """deploy:
  environment: production
  id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.com}}
  variables: {VAULT_AUTH_ROLE: app}
  secrets:
    DB_PASSWORD: {vault: app/db/password@kv, file: false}
  script: [./deploy.sh]
"""
MOUNT = """resource "vault_jwt_auth_backend" "m" {
  path = "jwt"
  oidc_discovery_url = "https://gitlab.example.com"
}
"""
CLAIMS_OF_FILE = """resource "vault_jwt_auth_backend_role" "app" {
  backend        = "jwt"
  role_name      = "app"
  role_type      = "jwt"
  user_claim     = "project_id"
  token_policies = ["app"]
  bound_claims   = jsondecode(file("claims.json"))
}
"""
ACROSS = {
    "a policy makes a role powerful": (
        {"roles/app.json": ROLE, "policies/app.hcl": 'path "kv/data/app" { capabilities = ["read"] }\n'},
        {"policies/app.hcl": 'path "sys/policies/acl/*" { capabilities = ["create", "update"] }\n'},
    ),
    "a script prints a job's secret": (
        {".gitlab-ci.yml": JOB, "deploy.sh": "#!/bin/sh\nmake deploy\n"},
        {"deploy.sh": '#!/bin/sh\necho "$DB_PASSWORD"\n'},
    ),
    "a job asks for another audience than its role": (
        {".gitlab-ci.yml": JOB, "roles/app.json": ROLE},
        {".gitlab-ci.yml": JOB.replace("aud: https://vault.", "aud: https://bao.")},
    ),
    "a role's guard silences a finding about a job": (
        {".gitlab-ci.yml": JOB, "roles/app.json": ROLE},
        {"roles/app.json": ROLE.replace('"main"', '"main", "ref_protected": "true"')},
    ),
    "a template that a pipeline includes": (
        {".gitlab-ci.yml": f"include: /ci/part.yml\n{JOB}", "ci/part.yml": "lint: {script: [make]}\n"},
        {"ci/part.yml": "lint: {script: [make], variables: {CI_DEBUG_TRACE: 'true'}}\n"},
    ),
    "a script names the file of a policy": (
        {"setup.sh": "#!/bin/sh\nvault policy write other p.hcl\n", "p.hcl": 'path "a/*" { capabilities = ["read"] }\n',
         "roles/app.json": ROLE.replace('["app"]', '["other"]')},
        {"p.hcl": 'path "*" { capabilities = ["create", "update", "read"] }\n'},
    ),
    "a mount's issuer makes its roles GitHub's": (
        {"roles/app.json": ROLE.replace('"project_id"', '"sub"').replace('"sub": "7", ', ""),
         "mount.tf": 'resource "vault_jwt_auth_backend" "m" {\n  path = "jwt"\n  oidc_discovery_url = "https://gitlab.com"\n}\n'},
        {"mount.tf": 'resource "vault_jwt_auth_backend" "m" {\n  path = "jwt"\n  oidc_discovery_url = "https://token.actions.githubusercontent.com"\n}\n'},
    ),
    "a role whose issuer its mount tells": (
        {"roles/app.json": ROLE.replace('"project_id": "7", "ref": "main"', '"tier": "x"').replace("project_id", "sub"), "mount.tf": MOUNT},
        {"roles/app.json": ROLE.replace('"project_id": "7", "ref": "main"', '"tier": "y"').replace("project_id", "sub")},
    ),
    "Terraform takes a role's claims from a file": (
        {"role.tf": CLAIMS_OF_FILE, "claims.json": '{"project_id": "7"}\n'}, {"claims.json": '{"ref": "main"}\n'},
    ),
    "a token": (
        {"vars.yml": "a: 1\n"}, {"vars.yml": "token: hvs." + "".join(random.Random(5).sample(string.ascii_letters + string.digits, 40)) + "\n"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ACROSS)
def test_what_one_file_says_of_another_is_judged_again(name):
    files, texts = ACROSS[name]
    origin = Repository(tree(files))
    before = said(origin)
    other = Repository(tree({**files, **texts}))
    run_rules(other)
    assert said(origin.changed(texts)) == said(other)
    assert said(other.changed({path: files[path] for path in texts})) == before
    assert said(origin.changed(texts)) != before, "the change is seen"


def holds(files: dict[str, str], finding: Finding, fix: Fix) -> bool:
    """Whether the fix holds, by judging all of both states anew."""
    texts = apply_fix(files, fix)
    before, after = run_rules(Repository(tree(files))), run_rules(Repository(tree({**files, **texts})))
    old, new = (Counter(map(construct, each.findings)) for each in (before, after))
    gone = new[construct(finding)] < old[construct(finding)]
    return gone and all(new[each] <= old[each] for each in new) and len(after.unread) <= len(before.unread)


def construct(finding: Finding) -> tuple[str, ...]:
    return finding.rule, finding.span.path, finding.subject, finding.construct


TREES = {
    **{f"samples {seed}": a_tree(random.Random(100 + seed)) for seed in range(STORIES // 2)},
    **{name: {**files, **texts} for name, (files, texts) in ACROSS.items()},
    "a job's new audience is not its role's": {
        ".gitlab-ci.yml": JOB.replace(
            "{aud: https://vault.example.com}", "{aud: $CI_COMMIT_REF_NAME}"
        ).replace("variables: {", "variables: {VAULT_SERVER_URL: https://bao.example.com, "),
        "roles/app.json": ROLE,
    },
}


@pytest.mark.parametrize("name", TREES)
def test_a_fix_is_proven_as_if_all_were_judged_anew(name):
    files = TREES[name]
    origin = Repository(tree(files))
    prover = Prover(origin)
    for finding in run_rules(origin).findings:
        candidate, kept = finding.fix, prover.proven(finding).fix
        while candidate is not None:
            is_kept = kept is not None and kept.edits == candidate.edits
            assert is_kept == holds(files, finding, candidate), (finding.rule, candidate.title)
            candidate = None if is_kept else candidate.otherwise


def test_a_fix_that_breaks_another_file_does_not_hold():
    files = TREES["a job's new audience is not its role's"]
    origin = Repository(tree(files))
    [finding] = (each for each in run_rules(origin).findings if each.rule == "weak-id-token-audience")
    assert finding.fix is not None
    assert Prover(origin).proven(finding).fix is None
    alone = Repository(tree({".gitlab-ci.yml": files[".gitlab-ci.yml"]}))
    assert Prover(alone).proven(finding).fix is not None, "it is the role that it breaks"


def test_what_a_change_does_not_touch_is_not_judged_again(monkeypatch):
    role = '{"role_type": "jwt", "user_claim": "project_id", "bound_claims": {"project_id": "%d", "ref": "main"}}'
    files = {f"roles/{number}.json": role % number for number in range(50)}
    origin = Repository(tree(files))
    run_rules(origin)
    judged = []
    really = Judge._judge

    def counted(self, kind, subject):
        judged.append(kind)
        return really(self, kind, subject)

    monkeypatch.setattr(Judge, "_judge", counted)
    run_rules(origin.changed({"roles/7.json": role % 77}))
    assert len(judged) <= 4, "the role, its file, and what is judged as a whole"


@pytest.mark.parametrize("seed", range(3))
def test_what_another_process_said_is_kept_with_what_it_read(seed):
    chance = random.Random(200 + seed)
    files = a_tree(chance)
    origin, other = Repository(tree(files)), Repository(tree(files))
    for part in (Part(0, 2), Part(1, 2)):
        Judge(origin).keep(pickle.loads(pickle.dumps(judge(other, part=part))))
    for _ in range(4):
        texts = a_change(chance, files)
        assert said(origin.changed(texts)) == said(Repository(tree({**files, **texts})))


def test_every_group_of_vaults_side_notes_that_it_is_read():
    parts = {name: (object(),) for name in model.GROUPS}
    vault = VaultModel(reads=Reads(), **parts)
    for name in model.GROUPS:
        with vault.reads.listening() as heard:
            assert getattr(vault, name) == parts[name]
        assert heard == {model.vault_group(name)}
    assert set(vars(vault)) == {"unread", "reads", "groups", "answers", "ask"}
