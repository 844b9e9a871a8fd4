"""Generated pairs of role and claims, written and logged in at a real Vault and a real OpenBao and judged by our engine: no disagreement.

`SEALCHECK_ORACLE=full` compares 12,000 pairs, otherwise a sample that takes a few seconds.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from bot.vault.claims.login import Clock, login
from bot.vault.claims.terms import RoleTerms, WriteRefusal, written

pytestmark = pytest.mark.oracle

PAIRS = 12_000 if os.environ.get("SEALCHECK_ORACLE") == "full" else 2_500
SEED = 20261123

NAMES = ["project_id", "ref", "ref_protected", "runner_id", "groups_direct", "flag", "nested", "sub", "aud", "absent",
         "/nested/a", "/nested/b/0", "/nested/b/9", "/groups_direct/1", "/project_id", "/a~1b", "a/b", "/nested", "/", ""]  # fmt: skip
TEXTS = ["42", "main", "true", "false", "1", "", "mygroup/a", "mygroup-evil/x", "main-evil", "evil-main", "mainevilmain", "mygroup/a/b", "release/1", "release/1/2", "MAIN", " main",
         "project_path:g/p:ref_type:branch:ref:main", "a*b", "*"]  # fmt: skip
GLOBS = ["*", "main*", "*main", "mygroup/*", "mygroup*", "release/*", "*/*", "m*n", "**", "a*b*c", "*a*", "v?.0", "[a-z]*",
         "project_path:*:ref:main", "4*2", "", "main"]  # fmt: skip
NUMBERS = [0, 1, 42, -3, 1.5, 42.0, 1700000000, 2**40]
ODD = [None, [], {}, [[]], {"a": "b"}, [None], [{"a": 1}], [True, "main"]]
AUDIENCES = ["https://vault.example.com", "other", "a,b", ""]
DURATIONS = [0, 60, "10m", "1h", "24h", "90", "-1", -5, "1d", "6x", "1h30m", "", 1.5, True, None, "768h"]


def value_for_role(rng: random.Random, *, glob: bool) -> object:
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(GLOBS if glob or rng.random() < 0.2 else TEXTS)
    if kind < 0.75:
        return [rng.choice(GLOBS if glob else TEXTS) for _ in range(rng.randint(0, 3))]
    if kind < 0.85:
        return rng.choice(NUMBERS)
    if kind < 0.92:
        return rng.choice([True, False])
    if kind < 0.96:
        return [rng.choice([*TEXTS, *NUMBERS, True, False]) for _ in range(2)]
    return rng.choice(ODD)


def tame_role(rng: random.Random) -> dict[str, object]:
    """What people write when they write it well; most of these let some token in."""
    glob = rng.random() < 0.5
    texts = GLOBS if glob else TEXTS
    names = rng.sample(
        ["project_id", "ref", "groups_direct", "ref_protected", "a/b", "/nested/a"], rng.randint(1, 2)
    )
    return {
        "role_type": "jwt",
        "user_claim": rng.choice(["user_email", "sub"]),
        "bound_claims_type": "glob" if glob else "string",
        "bound_claims": {name: rng.choice([rng.choice(texts), rng.sample(texts, 2)]) for name in names},
        "bound_audiences": AUDIENCES[:1],
    }


def role(rng: random.Random) -> dict[str, object]:
    if rng.random() < 0.4:
        return tame_role(rng)
    glob = rng.random() < 0.4
    body: dict[str, object] = {"role_type": "jwt", "user_claim": "user_email"}
    if glob or rng.random() < 0.2:
        body["bound_claims_type"] = "glob" if glob else "string"
    if rng.random() < 0.9:
        names = rng.sample(NAMES, rng.choice([0, 1, 1, 1, 2, 2, 3]))
        body["bound_claims"] = {name: value_for_role(rng, glob=glob) for name in names}
    if rng.random() < 0.6:
        body["bound_audiences"] = rng.choice([*AUDIENCES, AUDIENCES[:1], AUDIENCES[:2], [], [" other "]])
    if rng.random() < 0.15:
        body["bound_subject"] = rng.choice([*TEXTS, "x"])
    if rng.random() < 0.15:
        body["user_claim"] = rng.choice(
            ["sub", "runner_id", "absent", "/nested/a", "nested", "groups_direct", "", 42]
        )
        body["user_claim_json_pointer"] = rng.choice([True, False, "true", "x", 1])
    if rng.random() < 0.15:
        body["claim_mappings"] = rng.choice(
            [{"project_id": "p"}, {"absent": "p"}, {"runner_id": "r"}, {"a": "x", "b": "x"}, {"a": "role"}, "a=b", ["a=b", "c=d"],
             "nonsense", {"/nested/a": "n"}, {"flag": "f"}]
        )  # fmt: skip
    if rng.random() < 0.1:
        body["groups_claim"] = rng.choice(
            ["groups_direct", "project_id", "runner_id", "absent", "/nested/b", "mixed"]
        )
    if rng.random() < 0.15:
        body[
            rng.choice(
                ["token_ttl", "ttl", "token_max_ttl", "max_ttl", "token_period", "token_explicit_max_ttl"]
            )
        ] = rng.choice(DURATIONS)
    if rng.random() < 0.1:
        body[rng.choice(["expiration_leeway", "not_before_leeway", "clock_skew_leeway"])] = rng.choice(
            [0, -1, 5, 300, "10s", "x"]
        )
    if rng.random() < 0.05:
        body["token_type"] = rng.choice(["batch", "service", "default", "odd", ""])
    if rng.random() < 0.05:
        body["bound_claims"] = rng.choice(['{"project_id":"42"}', [], [{"project_id": "42"}], None, "x"])
    if rng.random() < 0.06:
        body.pop(rng.choice(list(body)))
    if rng.random() < 0.04:
        body["role_type"] = rng.choice(["oidc", "JWT", "", None])
    if rng.random() < 0.05:
        body["unknown_field"] = 1
    return body


def claims_for(rng: random.Random, body: dict[str, object]) -> dict[str, object]:
    """Claims that often come near what the role asks for."""
    now = int(time.time())
    claims: dict[str, object] = {
        "user_email": "dev@example.com", "project_id": "42", "ref": "main", "ref_protected": "true", "runner_id": 1,
        "groups_direct": ["x", "mygroup/a"], "flag": True, "nested": {"a": "main", "b": ["main", 42]}, "a/b": "main",
        "mixed": ["x", 1], "sub": TEXTS[12], "iat": now, "exp": now + 600,
    }  # fmt: skip
    bound = body.get("bound_claims")
    if isinstance(bound, dict):
        for name, value in bound.items():
            if name.startswith("/") or rng.random() < 0.25:
                continue
            wanted = rng.choice(value) if isinstance(value, list) and value else value
            if isinstance(wanted, str):
                wanted = wanted.replace("*", rng.choice(["", "x", "a/b", ":"]))
                wanted = rng.choice([wanted, wanted, wanted, f"{wanted}-evil", f"evil-{wanted}"])
            claims[name] = rng.choice(
                [wanted, wanted, wanted, [wanted, "z"], rng.choice([*TEXTS, *NUMBERS, True])]
            )
    if body.get("bound_audiences") == AUDIENCES[:1] and rng.random() < 0.8:
        claims["aud"] = AUDIENCES[0]
    elif rng.random() < 0.75:
        claims["aud"] = rng.choice([*AUDIENCES, AUDIENCES[:1], AUDIENCES[:2], [], ["other"]])
    if rng.random() < 0.1:
        claims[rng.choice(list(claims))] = rng.choice([*ODD, *NUMBERS, *TEXTS, True])
    if rng.random() < 0.1:
        claims.pop(rng.choice(list(claims)))
    if rng.random() < 0.15:
        claims[rng.choice(["exp", "nbf", "iat"])] = now + rng.choice([-4000, -400, -100, 100, 400, 4000])
    return claims


@pytest.mark.parametrize("share", range(4))
def test_every_pair_has_the_same_fate(live_server, share):
    rng = random.Random(SEED + share)
    mount = f"jwt-{share}"
    live_server.enable_jwt(mount)
    stored: dict[str, RoleTerms] = {}
    fates = {"refused write": 0, "logs in": 0, "refused": 0}
    disagreements = []
    for number in range(PAIRS // 4):
        name = f"r{number % 40}"
        if rng.random() < 0.7:
            live_server.delete(f"auth/{mount}/role/{name}")
            stored.pop(name, None)
        body = role(rng)
        ours = written(body, stored.get(name), live_server.kind)
        theirs = live_server.write(f"auth/{mount}/role/{name}", body)
        if isinstance(ours, WriteRefusal) != (theirs.status >= 400):
            disagreements.append(("write", body, ours, theirs))
            continue
        if isinstance(ours, WriteRefusal):
            fates["refused write"] += 1
            continue
        stored[name] = ours
        claims = claims_for(rng, body)
        verdict = login(ours, claims, live_server.kind, clock=Clock(time.time()))
        answer = live_server.login(mount, name, claims)
        fates["logs in" if verdict.accepted else "refused"] += 1
        if verdict.accepted != (answer.status == 200):
            disagreements.append(("login", body, claims, verdict, answer.errors))
    assert not disagreements, disagreements[:3]
    assert min(fates.values()) > PAIRS // 4 // 20, f"the generator is lopsided: {fates}"


def test_a_mount_that_is_enabled_again_has_no_roles(live_server):
    for _ in range(2):
        live_server.enable_jwt("again")
        assert live_server.request("GET", "auth/again/role/app").status == 404
        body = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["a"]}
        assert live_server.write("auth/again/role/app", body).status in {200, 204}
