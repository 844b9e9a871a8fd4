"""Policies of every format, and what their rules decide."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.documents import Documents
from bot.fixes import apply_edits
from bot.vault.policies.acl import example_path, matches
from bot.vault.policies.policy import capabilities
from bot.vault.policies.policy_edits import drop_capability, replace_path, split_path
from bot.vault.policies.policy_formats import policies_of

RULES = 'path "secret/data/app/*" {\n  capabilities = ["read"]\n}\n'


def read(files):
    return policies_of(Documents(files))


def indented(text, by):
    return "".join(" " * by + line for line in text.splitlines(keepends=True))


FORMATS = {
    "hcl": {"policies/app.policy.hcl": RULES},
    "json": {"app.json": '{"path": {"secret/data/app/*": {"capabilities": ["read"]}}}'},
    "terraform heredoc": {
        "m.tf": f'resource "vault_policy" "x" {{\n  name   = "app"\n  policy = <<-EOT\n{indented(RULES, 4)}  EOT\n}}\n'
    },
    "terraform file": {
        "m.tf": 'resource "vault_policy" "x" {\n  name   = "app"\n  policy = file("${path.module}/p/a.hcl")\n}\n',
        "p/a.hcl": RULES,
    },
    "terraform jsonencode": {
        "m.tf": 'resource "vault_policy" "x" {\n  name   = "app"\n'
        '  policy = jsonencode({ path = { "secret/data/app/*" = { capabilities = ["read"] } } })\n}\n'
    },
    "terraform document": {
        "m.tf": 'data "vault_policy_document" "d" {\n  rule {\n    path         = "secret/data/app/*"\n'
        '    capabilities = ["read"]\n    description  = "x"\n  }\n}\nresource "vault_policy" "x" {\n  name   = "app"\n'
        "  policy = data.vault_policy_document.d.hcl\n}\n"
    },
    "terraform endpoint": {
        "m.tf": 'resource "vault_generic_endpoint" "x" {\n  path      = "sys/policies/acl/app"\n'
        f"  data_json = jsonencode({{ policy = <<EOT\n{RULES}EOT\n }})\n}}\n"
    },
    "terraform json": {
        "m.tf.json": '{"resource": {"vault_policy": {"x": {"name": "app", "policy": '
        '"path \\"secret/data/app/*\\" { capabilities = [\\"read\\"] }"}}}}'
    },
    "shell heredoc": {"s.sh": f"vault policy write app - <<'EOF'\n{RULES}EOF\n"},
    "shell file": {"s.sh": "vault policy write -namespace=a app p/a.hcl\n", "p/a.hcl": RULES},
    "shell api": {"s.sh": "vault write sys/policies/acl/app policy=@a.hcl\n", "a.hcl": RULES},
    "markdown": {"README.md": f"text\n\n```bash\n$ vault policy write app - <<EOF\n{RULES}EOF\n```\n"},
    "ci job": {
        ".gitlab-ci.yml": f"setup:\n  script:\n    - |\n      vault policy write app - <<EOF\n{indented(RULES, 6)}      EOF\n"
    },
    "operator": {
        "p.yml": "apiVersion: redhatcop.redhat.io/v1alpha1\nkind: Policy\nmetadata:\n  name: app\nspec:\n  policy: |\n"
        + indented(RULES, 4)
    },
    "bank-vaults": {"v.yml": "policies:\n  - name: app\n    rules: |\n" + indented(RULES, 6)},
    "ansible": {
        "t.yml": "- hashivault_policy:\n    name: app\n    rules: |\n" + indented(RULES, 6),
    },
    "configmap": {
        "c.yml": "kind: ConfigMap\nmetadata:\n  name: policies\ndata:\n  app.hcl: |\n" + indented(RULES, 4)
    },
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name):
    files = FORMATS[name]
    found = read(files)
    assert not found.unread
    [policy] = found.found
    assert policy.name == "app"
    assert policy.complete
    [rule] = policy.rules
    assert rule.path == "secret/data/app/*"
    assert rule.capabilities == {"read"}
    # The place is exact, whatever the text is in.
    place = rule.path_scalar.place(0)
    line = files[rule.path_scalar.span.path].split("\n")[place.line - 1]
    assert line[place.column - 1 :].removeprefix('\\"').removeprefix('"').startswith("secret/data/app/*")


def test_what_is_not_known_is_reported():
    found = read({"m.tf": 'resource "vault_policy" "x" {\n name = "a"\n policy = file("../gone.hcl")\n}\n'})
    assert not found.found[0].complete
    assert found.unread[0].line == 1


def test_part_of_a_path_may_be_unknown():
    text = f'variable "team" {{}}\nresource "vault_policy" "x" {{\n name = "a"\n policy = <<EOT\n{RULES.replace("app", "${var.team}")}EOT\n}}\n'
    [policy] = read({"m.tf": text}).found
    assert policy.rules[0].path == "secret/data/${var.team}/*"
    assert not policy.rules[0].known
    assert policy.rules[0].capabilities == {"read"}


def test_broken_policies_are_reported_and_the_rest_is_read():
    found = read({"a.hcl": 'path "a" {\n  capabilities = ["read"\n}\n' + RULES})
    assert [reported.line for reported in found.unread] == [3]
    assert [rule.path for rule in found.found[0].rules] == ["a", "secret/data/app/*"]
    assert not found.found[0].rules[0].capabilities_known


@pytest.mark.parametrize(
    ("text", "path", "wanted"),
    [
        ('path "a/*" { capabilities = ["read"] }', "a/b/c", {"read"}),
        ('path "a/*" { capabilities = ["read"] }', "a", {"deny"}),
        ('path "a/*" { capabilities = ["read"] }\npath "a/b" { capabilities = ["deny"] }', "a/b", {"deny"}),
        ('path "a/*" { capabilities = ["read"] }\npath "a/b*" { capabilities = ["list"] }', "a/bc", {"list"}),
        (
            'path "a/+/c" { capabilities = ["read"] }\npath "a/*" { capabilities = ["list"] }',
            "a/b/c",
            {"read"},
        ),
        ('path "+/b" { capabilities = ["read"] }\npath "a/*" { capabilities = ["list"] }', "a/b", {"list"}),
        ('path "a" { policy = "write" }', "a", {"create", "read", "update", "delete", "list"}),
        ('path "/a" { capabilities = ["read"] }', "a", {"read"}),
        ('path "a/*/c" { capabilities = ["read"] }', "a/b/c", {"deny"}),
        ('path "a" { capabilities = ["read"] }\npath "a" { capabilities = ["list"] }', "a", {"read", "list"}),
        ('path "a" { capabilities = ["read"] }\npath "a" { capabilities = ["deny", "list"] }', "a", {"deny"}),
    ],
)
def test_the_most_specific_rule_counts(text, path, wanted):
    assert capabilities(read({"p.hcl": text}).found, path) == wanted


segments = st.sampled_from(["a", "ab", "b", "+", "", "a*"])
patterns = (
    st.lists(segments, min_size=1, max_size=4)
    .map("/".join)
    .flatmap(lambda path: st.sampled_from([path, path + "*"]))
    .filter(lambda path: "+*" not in path)
)
PATHS = [
    "/".join((a, b, c)[:n])
    for n in (1, 2, 3)
    for a in ["a", "b", "x", "ab"]
    for b in ("a", "b", "")
    for c in ("a", "ab")
]


@settings(max_examples=400)
@given(patterns, patterns)
def test_an_example_is_admitted_by_both_and_none_means_none(one, two):
    found = example_path(one, two)
    if found is None:
        assert not [path for path in PATHS if matches(one, path) and matches(two, path)]
    else:
        assert matches(one, found)
        assert matches(two, found)


EDITABLE = {
    "inline": 'path "a/*" { capabilities = ["read", "sudo", "list"] }\n',
    "last": 'path "a/*" {\n  capabilities = ["read", "sudo"] # why\n}\n',
    "lines": 'path "a/*" {\n  capabilities = [\n    "sudo",\n    "read", # c\n  ]\n}\n',
    "windows": 'path "/a/*" {\r\n  capabilities = ["sudo", "read"]\r\n}\r\n',
}


@pytest.mark.parametrize("name", EDITABLE)
def test_edits(name):
    text = EDITABLE[name]
    [policy] = read({"p.hcl": text}).found
    [rule] = policy.rules
    edited = apply_edits(text, [drop_capability(text, rule, "sudo")])
    assert read({"p.hcl": edited}).found[0].rules[0].capabilities == rule.capabilities - {"sudo"}
    assert edited.count("\r") == text.count("\r")
    moved = apply_edits(text, [replace_path(text, rule, "b/+")])
    assert read({"p.hcl": moved}).found[0].rules[0].path == "b/+"
    assert moved.replace("b/+", "a/*") == text


def test_edits_inside_other_documents():
    for name in ("operator", "terraform heredoc", "shell heredoc", "json"):
        files = FORMATS[name]
        [policy] = read(files).found
        [rule] = policy.rules
        path = rule.path_scalar.span.path
        edit = replace_path(files[path], rule, "other/*")
        edited = {**files, path: apply_edits(files[path], [edit])}
        assert read(edited).found[0].rules[0].path == "other/*"


def test_the_last_capability_and_shared_lines_are_left_alone():
    text = 'path "a/b*" { capabilities = ["sudo"] } path "c" { capabilities = ["read"] }'
    rule = read({"p.hcl": text}).found[0].rules[0]
    assert drop_capability(text, rule, "sudo") is None
    assert split_path(text, rule) is None


def test_of_a_huge_policy_the_beginning_is_checked_and_the_rest_reported():
    text = "".join(RULES.replace("app", f"app{number}") for number in range(5_000))
    found = read({"p.hcl": text})
    [policy] = found.found
    assert policy.acl.decide("secret/data/app77/x").capabilities == {"read"}
    assert not policy.complete
    assert found.unread[0].line == 1_000 * 3 + 1
