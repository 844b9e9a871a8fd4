"""Our reading of policies and our ACL against a real Vault and a real OpenBao: `sys/capabilities` for generated policies and paths."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.documents.documents import Documents
from bot.vault.policies.acl import Acl
from bot.vault.policies.policy_text import PolicyText, read_policy_text
from bot.vault.servers import Server

pytestmark = pytest.mark.oracle

FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
EXAMPLES = 2600 if FULL else 100
PATHS_EACH = 8
SHARED = ["create", "read", "update", "patch", "delete", "list", "sudo", "deny"]
OF_ONE_SERVER = ["subscribe", "recover", "scan"]
"""each of which the other server refuses, with the whole policy"""

segments = st.sampled_from(["a", "ab", "abc", "b", "data", "+", "a+b", "+a", "ä", "*", "a*b"])
starts = st.sampled_from(["", "/", "a/", "secret/", "+/"])
ends = st.sampled_from(["", "*", "/", "/*", "/+", "a*"])
patterns = st.builds(
    lambda start, middle, end: start + "/".join(middle) + end,
    starts,
    st.lists(segments, min_size=0, max_size=3),
    ends,
)
capabilities = st.lists(st.sampled_from(SHARED * 3 + OF_ONE_SERVER), min_size=0, max_size=4)
legacy = st.sampled_from([None] * 6 + ["read", "write", "sudo", "deny"])
rules = st.tuples(patterns, capabilities, legacy)
policies = st.lists(st.lists(rules, min_size=1, max_size=6), min_size=1, max_size=2)
concrete = st.lists(
    st.sampled_from(["a", "ab", "abc", "b", "data", "ä", "x", "a+b", ""]), min_size=1, max_size=5
)
free = st.builds(
    lambda start, parts: start + "/".join(parts), st.sampled_from(["", "secret/", "a/"]), concrete
)
fillers = st.sampled_from(["a", "ab", "x", ""])
tails = st.sampled_from(["", "a", "b/a", "/"])


@st.composite
def cases(draw):
    """Policies, and paths of which half are made from the policies' own patterns."""
    written = draw(policies)
    asked = draw(st.lists(free, min_size=PATHS_EACH // 2, max_size=PATHS_EACH // 2))
    for _ in range(PATHS_EACH // 2):
        pattern = draw(st.sampled_from([rule[0] for policy in written for rule in policy]))
        asked.append(pattern.removeprefix("/").replace("+", draw(fillers), 1).replace("*", draw(tails)))
    return written, [path for path in asked if path]


styles = st.sampled_from(["plain", "inline", "quoted", "object", "json"])


def rendered(policy, style):
    """The policy's text, in one of the ways that people (and HCL 1) write it."""
    if style == "json":
        merged = {}
        for path, words, old in policy:
            merged[path] = {"capabilities": words} | ({"policy": old} if old else {})
        return json.dumps({"path": merged})
    blocks = []
    for path, words, old in policy:
        listed = ", ".join(json.dumps(word) for word in words)
        legacy_line = f'policy = "{old}"' if old else ""
        if style == "inline":
            blocks.append(f'path "{path}" {{ capabilities = [{listed}] {legacy_line} }} // end')
        elif style == "quoted":
            old_word = f'"policy" = "{old}",' if old else ""
            blocks.append(f'"path" "{path}" {{ {old_word} "capabilities" = [{listed}], }}')
        elif style == "object":
            blocks.append(
                f'path "{path}"\n{{\n  # a comment\n  capabilities = [{listed}]\n  {legacy_line}\n}}'
            )
        else:
            blocks.append(f'path "{path}" {{\n  capabilities = [{listed}]\n  {legacy_line}\n}}\n')
    return "\n".join(blocks)


def refusals(read: PolicyText, server: Server) -> list[str]:
    """Why the server refuses the policy."""
    return [why for rule in read.rules if (why := rule.refusals.reason(server))]


def test_capabilities_are_those_of_the_server(live_server):
    counted = {"pairs": 0, "refused": 0, "granted": 0}

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=not FULL)
    @given(cases(), styles)
    def compare(case, style):
        written, asked = case
        read = []
        for index, policy in enumerate(written):
            text = rendered(policy, style)
            ours = read_policy_text("p.hcl", text)
            assert not ours.unread, (text, ours.unread)
            answer = live_server.write(f"sys/policies/acl/p{index}", {"policy": text})
            refused = refusals(ours, live_server.kind)
            assert (answer.status == 400) == bool(refused), (text, answer, refused)
            if refused:
                counted["refused"] += 1
                return
            assert answer.status == 204, (text, answer)
            read += ours.rules
        names = [f"p{index}" for index in range(len(written))]
        token = live_server.write("auth/token/create", {"policies": names, "no_default_policy": True})
        secret = token.body["auth"]["client_token"]
        wanted = sorted(set(asked))
        if not wanted:
            return
        reported = live_server.write("sys/capabilities", {"token": secret, "paths": wanted}).body["data"]
        acl = Acl(read, live_server.kind)
        for path in wanted:
            counted["pairs"] += 1
            said = acl.decide(path).capabilities
            counted["granted"] += "deny" not in said
            assert said == set(reported[path]), (
                path,
                said,
                reported[path],
                [rendered(p, style) for p in written],
            )

    compare()
    print(f"\npolicies against the server: {counted}")
    assert counted["pairs"] >= (10_000 if FULL else 200)
    assert counted["granted"] > counted["pairs"] / 20


def test_a_broken_policy_is_refused_there_and_reported_here(live_server):
    texts = [
        'path "a" { capabilities = ["read" }',
        'path "a" { capabilities = ["write"] }',
        'path "a" { capabilites = ["read"] }',
        'path "a/+*" { capabilities = ["read"] }',
        'path "a" { policy = "admin" }',
        'rule "a" { capabilities = ["read"] }',
        'path "a" {\n capabilities = ["read"]\n',
        'path "a" { capabilities = ["read"] }\npath "b" { capabilities = ["nope"] }',
    ]
    for text in texts:
        ours = read_policy_text("p.hcl", text)
        assert ours.unread or refusals(ours, live_server.kind), text
        assert live_server.write("sys/policies/acl/broken", {"policy": text}).status == 400, text


def test_files_of_the_samples_are_accepted(live_server):
    """Every policy file among the rule samples is what we say it is: accepted or refused."""
    from pathlib import Path

    seen = 0
    for folder in sorted(Path(__file__).parents[1].glob("rules/policy-*")):
        for file in sorted(folder.rglob("*.hcl")):
            text = file.read_text(encoding="utf-8")
            if Documents({file.name: text}).kind(file.name) != "hcl":
                continue
            ours = read_policy_text(file.name, text)
            refused = bool(ours.unread or refusals(ours, live_server.kind))
            answer = live_server.write("sys/policies/acl/sample", {"policy": text})
            assert (answer.status == 400) == refused, (file, answer)
            seen += 1
    if not seen:
        pytest.skip("no policy files among the samples yet")
