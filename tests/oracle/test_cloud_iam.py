"""Our evaluation of IAM trust policies against @cloud-copilot/iam-simulate, over generated policies and claims.

The simulator does not know which keys AWS fills for an issuer: the context that it gets is ours (bot.facts.cloud_trust).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.clouds.aws.conditions import context_of
from bot.clouds.aws.roles import keys_of
from bot.clouds.model import Trust
from bot.repository import Repository
from bot.snapshot import Project, Tree

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".cache/oracle/iam"
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        not (HOME / "node_modules").is_dir() or shutil.which("node") is None,
        reason="the IAM simulator is not installed: tests/oracle/install-iam.sh",
    ),
]
POLICIES, TOKENS = (1500, 8) if os.environ.get("SEALCHECK_ORACLE") == "full" else (120, 5)
HOSTS = ("gitlab.com", "gitlab.example.com")
OPERATORS = (
    "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase", "Bool", "Null", "NumericEquals", "NumericLessThan", "NumericGreaterThanEquals",
)  # fmt: skip
CLAIMS = (
    "sub",
    "aud",
    "project_id",
    "ref_protected",
    "namespace_id",
    "user_login",
    "environment",
    "pipeline_source",
)
VALUES = {
    "sub": (
        "project_path:acme/shop:ref_type:branch:ref:main", "project_path:acme/*", "*:ref:main", "project_path:acme/shop:*",
        "project_path:acme/sho?:ref_type:branch:ref:*", "PROJECT_PATH:acme/shop:ref_type:branch:ref:MAIN", "*", "repo:*",
        "project_path:acme*:ref_type:*:ref:ma?n", "project_id:42:ref_type:branch:ref:main:ref_protected:true",
    ),
    "aud": ("https://aws.example.com", "sts.amazonaws.com", "*"),
    "project_id": ("42", "4*", "43", "042"),
    "ref_protected": ("true", "false", "True"),
    "namespace_id": ("72", "7?"),
    "user_login": ("chris", "c*"),
    "environment": ("production", "*"),
    "pipeline_source": ("push", "merge_request_event"),
}  # fmt: skip


def conditions(rng, host):
    found: dict[str, dict[str, object]] = {}
    for _ in range(rng.randint(0, 3)):
        operator = rng.choice(OPERATORS)
        if operator != "Null":
            operator = rng.choice(("", "", "", "ForAllValues:", "ForAnyValue:")) + operator
            operator += rng.choice(("", "", "", "IfExists"))
        claim = rng.choice(CLAIMS)
        key = f"{host if rng.random() < 0.9 else 'gitlab.example.org'}:{claim}"
        pool = ("true", "false") if operator == "Null" else VALUES[claim]
        if "Numeric" in operator:
            pool = ("42", "43", "7")
        values = rng.sample(pool, rng.randint(1, min(3, len(pool))))
        found.setdefault(operator, {})[key] = (
            values if operator != "Null" and rng.random() < 0.6 else values[0]
        )
    return found


def policy(rng, host):
    statements = [
        {
            "Effect": "Allow" if index == 0 or rng.random() < 0.5 else "Deny",
            "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{host}"},
            "Action": rng.choice(
                ("sts:AssumeRoleWithWebIdentity", "sts:*", ["sts:assumerolewithwebidentity"])
            ),
            "Condition": conditions(rng, host),
        }
        for index in range(rng.randint(1, 3))
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def token(rng, host):
    path = rng.choice(("acme/shop", "acme/shop-other", "acme-other/app", "someone/app"))
    ref = rng.choice(("main", "MAIN", "maan", "feature"))
    kind = rng.choice(("branch", "tag"))
    protected = rng.choice(("true", "false"))
    number = rng.choice(("42", "43", "420"))
    subject = f"project_path:{path}:ref_type:{kind}:ref:{ref}"
    if rng.random() < 0.2:
        subject = f"project_id:{number}:ref_type:{kind}:ref:{ref}:ref_protected:{protected}"
    return {
        "iss": f"https://{host}",
        "sub": subject,
        "aud": rng.choice(("https://aws.example.com", "sts.amazonaws.com")),
        "project_id": number,
        "ref_protected": protected,
        "namespace_id": rng.choice(("72", "7", "73")),
        "user_login": rng.choice(("chris", "sam")),
        "environment": "production",
        "pipeline_source": rng.choice(("push", "web")),
    }


def trust_of(document) -> Trust:
    files = {"trust.json": json.dumps(document)}
    model = Repository(Tree(files, project=Project(host="gitlab.com"), listing=frozenset(files))).clouds
    return model.trusts[0]


def test_the_simulator_decides_as_we_do():
    rng = random.Random(20261129)
    asked, ours = [], []
    for _ in range(POLICIES):
        host = rng.choice(HOSTS)
        document = policy(rng, host)
        trust = trust_of(document)
        for _ in range(TOKENS):
            claims = token(rng, host)
            context = {key: values[0] for key, values in context_of(host, keys_of(host), claims).items()}
            asked.append(
                {
                    "policy": document,
                    "issuer": f"arn:aws:iam::111122223333:oidc-provider/{host}",
                    "context": context,
                }
            )
            ours.append("allow" if trust.accepts(claims) else "deny")
    lines = "".join(json.dumps(each) + "\n" for each in asked)
    ran = subprocess.run(
        ["node", str(ROOT / "tests/oracle/iam/decide.mjs"), str(HOME)],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = ran.stdout.split()
    assert len(theirs) == len(ours)
    differ = [(each, ours[i], theirs[i]) for i, each in enumerate(asked) if ours[i] != theirs[i]]
    assert not differ, f"{len(differ)} of {len(ours)} differ, first: {json.dumps(differ[0], indent=1)}"
    assert len(ours) // 10 < ours.count("allow") < len(ours) * 9 // 10
