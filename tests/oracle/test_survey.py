"""`who-can` and `reach` against a real Vault: every sampled "can" logs in and reads, every "cannot" is refused.

Roles and policies are generated, kept in a project of the stand-in, surveyed, and written to the server from the same
files. The tokens are built here, from what GitLab says of a project and a ref, and from what the role wants of the
claims that a job chooses freely.
"""

from __future__ import annotations

import json
import os
import random
import time

import pytest

from tests.gitlab_double import GitLabDouble
from tests.oracle.vault_server import VaultServer
from tests.survey.company import opened

pytestmark = pytest.mark.oracle

FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
ROLES = 400 if FULL else 60
LOGINS = 20_000 if FULL else 1200
AUDIENCE = "https://vault.example.com"
PROJECTS = ("acme/shop", "acme/shop-api", "acme/team/api", "acme-labs/shop", "other/site")
PROTECTED = {"acme/shop": ["main", "release/*"], "acme/team/api": ["main", "prod"]}
PATHS = ("ops/data/prod/db", "ops/data/prod/root", "ops/data/dev/db", "docs/data/a", "docs/data/team/b")
GLOBS = (
    "ops/data/prod/*",
    "ops/data/+/db",
    "ops/data/*",
    "docs/data/*",
    "docs/data/team/+",
    "ops/data/prod/root",
    "docs/data/a",
)
REFS = [
    (name, kind)
    for kind in ("branch", "tag")
    for name in ("main", "release/1", "prod", "feature-x", "main-2")
]


def generated(random_source: random.Random, ids: dict[str, int]) -> tuple[dict, dict]:
    """Roles and policies by name."""
    pick = random_source.choice
    policies = {
        f"p{number}": [
            [path, random_source.sample(["read", "list", "update", "deny"], random_source.choice([1, 1, 2]))]
            for path in random_source.sample(GLOBS, random_source.choice([1, 2, 3]))
        ]
        for number in range(12)
    }
    roles = {}
    for number in range(ROLES):
        globs = random_source.random() < 0.5
        path = pick(PROJECTS)
        bound = {
            "project_path": pick([path, "acme/*", "acme*", f"{path}*"])
            if globs
            else pick([path, [path, pick(PROJECTS)]]),
            "project_id": str(ids[path]),
            "namespace_path": path.rpartition("/")[0],
            "ref": pick(["main", "release/*", "prod*"])
            if globs
            else pick(["main", "prod", ["main", "release/1"]]),
            "ref_protected": pick(["true", "true", "false"]),
            "ref_type": pick(["branch", "tag"]),
            "sub": f"project_path:{path}:ref_type:branch:ref:{pick(['main', '*' if globs else 'prod'])}",
            "environment": "production",
        }
        chosen = random_source.sample(sorted(bound), random_source.choice([0, 1, 1, 2, 2, 3]))
        roles[f"r{number}"] = {
            "role_type": "jwt",
            "user_claim": "project_path",
            "bound_audiences": [AUDIENCE],
            "bound_claims_type": "glob" if globs else "string",
            "bound_claims": {claim: bound[claim] for claim in chosen},
            "token_policies": random_source.sample(sorted(policies), random_source.choice([1, 2])),
        }
    return roles, policies


def hcl(rules) -> str:
    return "".join(f'path "{path}" {{\n  capabilities = {json.dumps(given)}\n}}\n' for path, given in rules)


def token(project: str, number: int, name: str, kind: str, is_protected: bool) -> dict:
    """What GitLab signs for a job of that ref, with the audience and the environment that its author chose."""
    group = project.rpartition("/")[0]
    return {
        "iss": "https://gitlab.example.com",
        "aud": AUDIENCE,
        "sub": f"project_path:{project}:ref_type:{kind}:ref:{name}",
        "project_id": str(number),
        "project_path": project,
        "namespace_path": group,
        "namespace_id": "1",
        "ref": name,
        "ref_type": kind,
        "ref_path": f"refs/{'tags' if kind == 'tag' else 'heads'}/{name}",
        "ref_protected": str(is_protected).lower(),
        "environment": "production",
        "environment_protected": "false",
        "iat": int(time.time()),
        "exp": int(time.time()) + 300,
    }


def protected(project: str, name: str, kind: str) -> bool:
    patterns = PROTECTED.get(project, ["main"])
    return kind == "branch" and any(
        name == each or (each.endswith("*") and name.startswith(each[:-1])) for each in patterns
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory, vault_server: VaultServer):
    """The surveyed organisation, the same roles on the server, and the numbers of the projects."""
    with GitLabDouble() as double:
        ids = {}
        for path in PROJECTS:
            project = double.project(path, {"README.md": "# Nothing\n"})
            project.protected = PROTECTED.get(path, ["main"])
            ids[path] = project.id
        roles, policies = generated(random.Random(7), ids)
        files = {f"roles/{name}.json": json.dumps(body, indent=1) for name, body in roles.items()}
        files |= {f"policies/{name}.hcl": hcl(rules) for name, rules in policies.items()}
        double.project("security/vault", files)
        company = opened(double, tmp_path_factory.mktemp("survey"))
        assert company.survey(most_files=1000).failed == 0
        organisation = company.organisation
        assert len(organisation.roles) == ROLES
        vault_server.enable_jwt("survey")
        for mount in ("ops", "docs"):
            assert (
                vault_server.write(f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "2"}}).status
                == 204
            )
        for path in PATHS:
            assert vault_server.write(path, {"data": {"key": "x"}}).status == 200
        for name, rules in policies.items():
            assert vault_server.write(f"sys/policies/acl/{name}", {"policy": hcl(rules)}).status == 204
        for name, body in roles.items():
            assert vault_server.write(f"auth/survey/role/{name}", body).status == 204
        yield organisation, vault_server, ids
        for mount in ("ops", "docs"):
            vault_server.delete(f"sys/mounts/{mount}")
        vault_server.delete("sys/auth/survey")


def accepted(access, name: str, kind: str) -> bool:
    """Whether the survey says that this ref logs in; a ref that it does not name is one like any other."""
    refs = {(ref.name, ref.kind): ref for ref in access.refs}
    if (name, kind) in refs:
        return True
    return any(ref.free and ref.kind == kind for ref in access.refs) and name not in {"main", "prod"}


def test_every_answer_is_vaults_own(world):
    organisation, server, ids = world
    choose = random.Random(11)
    logins = reads = 0
    by_project = {
        path: {access.role.kept["name"]: access for access in organisation.reach(path)[0]}
        for path in PROJECTS
    }
    can_read = {}
    for path in PATHS:
        reading = organisation.who_can(path)
        assert reading.undecided == ()
        can_read[path] = {role.kept["name"] for role in reading.everyone} | {
            each.role.kept["name"] for each in reading.accesses
        }
    cases = [
        (path, ref, f"r{number}")
        for path in PROJECTS
        for ref in REFS[:4] + REFS[5:9]
        for number in range(ROLES)
        if ref[0] in {"main", "feature-x"} or _names(organisation, f"r{number}", ref[0], path)
    ]
    for path, (name, kind), role in choose.sample(cases, min(LOGINS, len(cases))):
        access = by_project[path].get(role)
        expected = access is not None and accepted(access, name, kind)
        answer = server.login("survey", role, token(path, ids[path], name, kind, protected(path, name, kind)))
        assert (answer.status == 200) == expected, (path, name, kind, role, answer.errors)
        logins += 1
        if answer.status == 200 and choose.random() < 0.3:
            held = answer.body["auth"]["client_token"]
            for wanted in PATHS:
                found = server.request("GET", wanted, token=held).status
                assert (found == 200) == (role in can_read[wanted]), (role, wanted, found)
                reads += 1
    assert logins >= min(LOGINS, 1000)
    assert reads >= 100


def _names(organisation, role: str, ref: str, project: str) -> bool:
    """Whether the survey looked at that very ref: those that the role names, or that the project protects."""
    kept = next(each for each in organisation.roles if each.kept["name"] == role).kept
    bound = kept["terms"]["bound_claims"]
    texts = json.dumps([bound.get("ref"), bound.get("sub")])
    return f'"{ref}"' in texts or f":ref:{ref}" in texts
