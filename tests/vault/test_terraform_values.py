"""What Terraform's expressions come to, and what stays unknown."""

from __future__ import annotations

import json

import pytest

from bot.documents.documents import Documents
from bot.documents.nodes import Mapping, Scalar, Sequence
from bot.vault.terraform.modules import Terraform
from bot.vault.values import JsonText, UnknownValue, is_known


def shown(node):
    if isinstance(node, UnknownValue):
        return f"? {node.text}"
    if isinstance(node, JsonText):
        return ("json", shown(node.decoded))
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {key: shown(entry.value) for key, entry in node.entries.items()}
    return [shown(item) for item in node] if isinstance(node, Sequence) else node


def resources(files, *types):
    return list(Terraform(Documents(files)).resources(*types))


def value(expression, more=""):
    [resource] = resources(
        {"main.tf": f'{more}\nresource "vault_x" "x" {{\n  a = {expression}\n}}\n'}, "vault_x"
    )
    return shown(resource.get("a"))


LOCALS = """
variable "team" { default = "core" }
variable "asked" {}
locals {
  mount = "secret"
  base  = "${local.mount}/data/${var.team}"
  many  = { for k in ["a", "b"] : k => upper(k) }
  loop  = local.pool
  pool  = local.loop
}
resource "vault_policy" "p" {
  for_each = local.many
  name     = "p-${each.key}"
}
resource "vault_mount" "kv" { path = "kv" }
resource "vault_jwt_auth_backend" "jwt" {}
"""


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("local.base", "secret/data/core"),
        ("60 * 60 * 2", 7200),
        ("10 / 4", 2.5),
        ('var.team == "core" ? "yes" : "no"', "yes"),
        ("var.asked ? 1 : 2", "? ${...}"),
        ("var.asked", "? ${var.asked}"),
        ('"x/${var.asked}/y"', "? x/${var.asked}/y"),
        ('join("-", ["a", "b"])', "a-b"),
        ('join("-", ["a", var.asked])', "? ${join(...)}"),
        ("merge({ a = 1 }, { a = 2, b = 3 })", {"a": 2, "b": 3}),
        ("jsonencode({ a = [true] })", ("json", {"a": [True]})),
        (
            'jsonencode({ a = "${true}", b = "${42}", c = "x${1}" })',
            ("json", {"a": True, "b": 42, "c": "x1"}),
        ),
        ('"${["a"]}"', ["a"]),
        ('jsondecode("{\\"a\\": 1}").a', 1),
        ('format("%s/%d", "a", 2)', "a/2"),
        ('concat(["a"], ["b"])', ["a", "b"]),
        ('lookup({ a = "b" }, "c", "d")', "d"),
        ('[for v in ["a", "b"] : upper(v) if v != "a"]', ["B"]),
        ('vault_policy.p["a"].name', "p-a"),
        ("values(vault_policy.p)[*].name", ["p-a", "p-b"]),
        ("[for p in vault_policy.p : p.name]", ["p-a", "p-b"]),
        ("vault_mount.kv.path", "kv"),
        ("vault_jwt_auth_backend.jwt.path", "jwt"),
        ("vault_mount.kv.accessor", "? ${vault_mount.kv.accessor}"),
        ("local.loop", "? ${local.loop}"),
        ("data.x.y.z", "? ${data.x.y.z}"),
        ("random_id()", "? ${random_id(...)}"),
        ('coalesce("", "b")', "b"),
        ("path.module", "."),
        ("1 / 0", "? ${...}"),
        ('length(["a", "b"])', 2),
        ("length(var.asked)", "? ${length(...)}"),
        ('setproduct(["a"], ["b", "c"])', [["a", "b"], ["a", "c"]]),
        ('zipmap(["a", "b"], [1, 2])', {"a": 1, "b": 2}),
        ('contains(["a"], "a")', True),
        ('element(["a", "b"], 3)', "b"),
        ('slice(["a", "b", "c"], 0, 2)', ["a", "b"]),
        ("range(3)", [0, 1, 2]),
        ("range(3, 0, 0)", "? ${range(...)}"),
        ('setsubtract(["a", "b"], ["b"])', ["a"]),
        ('setintersection(["a", "b"], ["b"])', ["b"]),
        ('alltrue([true, "x" == "x"])', True),
        ('formatlist("p-%s", ["a", "b"])', ["p-a", "p-b"]),
        ('trimprefix("refs/main", "refs/")', "main"),
        ('startswith("main", "ma") ? "y" : "n"', "y"),
        ('tobool("false") ? 1 : 2', 2),
        ('yamldecode("a: [1, x]").a', [1, "x"]),
        ('var.asked == null ? "y" : "n"', "? ${...}"),
        ("null == null", True),
        ('{ a = 1 } == null ? "y" : "n"', "n"),
    ],
)
def test_expressions(expression, wanted):
    assert value(expression, LOCALS) == wanted


# What `terraform console` prints for each (Terraform 1.11.4, 2026-11).
TERRAFORM = [
    ('join(",", sort(["b", "a", "C"]))', "C,a,b"),
    ("sort([10, 9])", ["10", "9"]),
    ('coalesce(null, "", "b")', "b"),
    ('coalesce("a", "b")', "a"),
    ('coalesce(["a"], ["b"])', ["a"]),
    ('try("", "b")', ""),
    ('try(null, "b")', None),
    ('try(["a"], "b")', ["a"]),
    ('compact(["a", "", null, "b"])', ["a", "b"]),
    ('concat(["a"], [["b"]], ["c"])', ["a", ["b"], "c"]),
    ('flatten(["a", ["b", ["c"]], []])', ["a", "b", "c"]),
    ('distinct(["b", "a", "b"])', ["b", "a"]),
    ('setunion(["b", "a"], ["a", "c"])', ["a", "b", "c"]),
    ('toset(["b", "a", "b"])', ["a", "b"]),
    ('join(",", toset(["b", "a"]))', "a,b"),
    ('format("%s-%d-%v-%%", "a", 2, true)', "a-2-true-%"),
    ('format("%s %s", ["a", "b"]...)', "a b"),
    ('format("%s", 1.5)', "1.5"),
    ('join(",", [])', ""),
    ('join(",", ["a", "b"], ["c"])', "a,b,c"),
    ('join(",", [1, true])', "1,true"),
    ('split(",", "")', [""]),
    ('split(",", "a,b,,c")', ["a", "b", "", "c"]),
    ('split("", "abc")', ["a", "b", "c"]),
    ('split(" ", "a  b")', ["a", "", "b"]),
    ('replace("a-b-c", "-", "_")', "a_b_c"),
    ('replace("a/b", "/", "_")', "a_b"),
    ('replace("abc", "", "-")', "-a-b-c-"),
    ('lookup({ a = "b" }, "a", "d")', "b"),
    ('lookup({ a = [] }, "a", ["d"])', []),
    ('lookup({ a = "" }, "a", "d")', ""),
    ('lookup({ a = null }, "a", "d")', None),
    ("keys({ b = 1, a = 2 })", ["a", "b"]),
    ("values({ b = 1, a = 2 })", [2, 1]),
    ("merge({ a = 1 }, null)", {"a": 1}),
    ("merge()", {}),
    ('jsondecode("{\\"a\\": [1]}").a[0]', 1),
    ('jsondecode("3") + 1', 4),
    ('one(["a"])', "a"),
    ('chomp("a\\r\\n\\n")', "a"),
    ('trimspace("  a b\\n")', "a b"),
    ('lower("AbC")', "abc"),
    ('upper("AbC")', "ABC"),
    ('tonumber("12") + 1', 13),
    ('tonumber("-3")', -3),
    ("tostring(1.5)", "1.5"),
    ("tostring(true)", "true"),
    ("tomap({ a = 1 })", {"a": 1}),
    ("nonsensitive([1])", [1]),
    ("5 - 7", -2),
    ("2 * 3", 6),
    ("1 + 2", 3),
    ("8 / 2", 4),
    ("7 % 3", 1),
    ("-7 % 3", -1),
    ("7 % -3", 1),
    ("-(3)", -3),
    ("1 < 2", True),
    ("2 < 2", False),
    ("2 <= 2", True),
    ("2 > 2", False),
    ("2 >= 2", True),
    ("3 > 2", True),
    ("1 >= 2", False),
    ("1 == 1.0", True),
    ('"1" == 1', False),
    ('true == "true"', False),
    ("true == 1", False),
    ('"a" == "a"', True),
    ('"a" != "a"', False),
    ('"a" != "b"', True),
    ("true && false", False),
    ("true && true", True),
    ("false || true", True),
    ("false || false", False),
    ("!true", False),
    ("!false", True),
    ('false ? "a" : "b"', "b"),
    ('"a${1 + 1}b"', "a2b"),
    ('[for k, v in { b = 1, a = 2 } : "${k}${v}"]', ["a2", "b1"]),
    ("[for v in { b = 1, a = 2 } : v]", [2, 1]),
    ('[for i, v in ["a", "b"] : "${i}${v}"]', ["0a", "1b"]),
    ('[for k, v in toset(["b", "a"]) : "${k}${v}"]', ["aa", "bb"]),
    ('{ for v in ["a", "b"] : v => upper(v) if v != "a" }', {"b": "B"}),
    ('["a", "b"][1]', "b"),
    ('["a", "b"].0', "a"),
    ('{ a = { b = "c" } }["a"].b', "c"),
    ('[{ n = "a" }, { n = "b" }][*].n', ["a", "b"]),
    ("{ 1 = 2 }", {"1": 2}),
    ("null == null", True),
    ('"" == null', False),
    ("[] == null", False),
    ("alltrue([true, true])", True),
    ("alltrue([true, false])", False),
    ("alltrue([])", True),
    ("anytrue([false, true])", True),
    ("anytrue([])", False),
    ('coalescelist([], ["a"])', ["a"]),
    ('contains(["a", "b"], "a")', True),
    ('contains(["a"], "c")', False),
    ('contains([1], "1")', False),
    ('contains(["1"], 1)', False),
    ('element(["a", "b"], 3)', "b"),
    ('length("abc")', 3),
    ("length({ a = 1 })", 1),
    ("length([1, 2])", 2),
    ('length(toset(["a", "a"]))', 1),
    ("range(3)", [0, 1, 2]),
    ("range(1, 3)", [1, 2]),
    ("range(3, 1)", [3, 2]),
    ("range(1, 6, 2)", [1, 3, 5]),
    ("range(5, 1, -2)", [5, 3]),
    ("range(0)", []),
    ("range(-2)", [0, -1]),
    ('reverse(["a", "b"])', ["b", "a"]),
    ('join(",", reverse(toset(["a", "b"])))', "b,a"),
    ('setintersection(["b", "a", "c"], ["c", "b"])', ["b", "c"]),
    ('setsubtract(["b", "a", "c"], ["c"])', ["a", "b"]),
    ('setsubtract(["a", "a"], [])', ["a"]),
    ('setproduct(["a", "b"], ["c"])', [["a", "c"], ["b", "c"]]),
    ('slice(["a", "b", "c"], 1, 2)', ["b"]),
    ('zipmap(["b", "a"], [1, 2])', {"a": 2, "b": 1}),
    ('zipmap(["a", "a"], [1, 2])', {"a": 2}),
    ('distinct([["a"], ["a"]])', [["a"]]),
    ('distinct([{ a = "b" }, { a = "b" }, { a = "c" }])', [{"a": "b"}, {"a": "c"}]),
    ('basename("a/b.hcl")', "b.hcl"),
    ('basename("a/")', "a"),
    ('basename("")', "."),
    ('dirname("a/b.hcl")', "a"),
    ('dirname("a/b/")', "a/b"),
    ('dirname("a")', "."),
    ('endswith("abc", "c")', True),
    ('startswith("abc", "b")', False),
    ('strcontains("abc", "b")', True),
    ('trim("?!a?!", "!?")', "a"),
    ('trim("a", "")', "a"),
    ('trimprefix("xxa", "x")', "xa"),
    ('trimsuffix("axx", "x")', "ax"),
    ('tobool("true")', True),
    ('tobool("false")', False),
    ("tobool(true)", True),
    ('formatlist("%s-%d", ["a", "b"], 1)', ["a-1", "b-1"]),
    ('yamldecode("a: [1, b]")', {"a": [1, "b"]}),
    ('title("ab cd")', "Ab Cd"),
]


@pytest.mark.parametrize(("expression", "wanted"), TERRAFORM)
def test_as_terraform(expression, wanted):
    read = value(expression)
    assert (read, type(read)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    "expression",
    [
        # Terraform refuses these.
        'split(",")', 'split(",", ["a"])', 'one(["a", "b"])', 'keys("a")', 'values(["a"])', 'lookup("a", "b")',
        'lookup({ a = 1 }, "b")', "lookup({ a = 1 })", 'lower("a", "b")', "lower()", 'jsondecode("{")', 'tonumber("x")',
        "-true", "1 + true", '"a" < "b"', "!1", "5 / 0", '["a"][1]', '{ a = 1 }["b"]', 'join(",", ["a", null])',
        'format("%s", ["a"])', 'format("%s")', 'format("%s", "a", "b")', "one()", "keys()", "values()", "join()",
        "format()", "jsondecode()", "jsonencode()", "jsonencode(1, 2)", "toset()", "distinct(1)", "compact()", "try()",
        "coalesce()", "tolist()", "sort(1)", "sort([1, null])", 'replace("a", "b")', "tonumber()", "tostring()",
        'element(["a", "b"], -1)', "element([], 0)", 'element(["a"])', "range(1, 3, -1)", "range(1, 3, 0)", "range()",
        "range(1, 2, 3, 4)", 'range("a")', 'reverse("ab")', "reverse()", 'slice(["a"], 0, 2)', 'slice(["a"], 1, 0)',
        'slice(["a"], -1, 1)', 'slice(["a"])', 'tobool("yes")', 'formatlist("%s-%s", ["a", "b"], ["c"])', "length()",
        "length(1)", "alltrue([1])", "alltrue()", 'zipmap(["a"], [])', 'zipmap(["a"])', "setproduct()",
        'setproduct("a")', 'setsubtract(["a"])', 'setsubtract("a", [])', "contains([1])", 'trim("a")',
        'endswith("a")', "coalescelist()", 'coalescelist([], "a")', "yamldecode(1, 2)", 'tobool("")',
        # The result hangs on what only the apply knows.
        'try(var.asked, "b")', 'coalesce(var.asked, "b")', 'coalesce("", var.asked, "b")',
        'lookup(merge({ a = 1 }, var.asked), "b", 2)', "lookup({ a = 1 }, var.asked, 2)", "var.asked == 1",
        "var.asked && true", "true || var.asked", "[for v in [1] : v if var.asked]", "[for v in var.asked : v]",
        "{ for v in [1] : [v] => v }", "{ for v in [1] : v => v... }", "[1][var.asked]", "var.asked[*]",
        'split(var.asked, "a")', "length(merge({ a = 1 }, var.asked))", 'jsonencode({ a = var.asked }) == "x"',
        "yamldecode(var.asked)", 'contains(["a"], var.asked)', "element(var.asked, 0)", "range(var.asked)", "var.asked % 2",
        "reverse(var.asked)", "alltrue(var.asked)", "zipmap(var.asked, [1])", 'setsubtract(["a"], var.asked)', "jsondecode(var.asked)", "one(var.asked)", "tonumber(var.asked)",
        # Real results that are not computed.
        'replace("a-b", "/[a]/", "_")', 'format("%q", "a")', 'format("%v", ["a"])', "[] == []",
    ],
)  # fmt: skip
def test_not_known(expression):
    assert str(value(expression, 'variable "asked" {}')).startswith("?")


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("[for y in vault_y.two : y.a]", [0, 1]),
        ("vault_y.two[1].a", 1),
        ("vault_y.two[*].a", [0, 1]),
        ("[for i, y in vault_y.two : i + y.a]", [0, 2]),
        ("{ for k, y in vault_y.each : k => y.a }", {"k": "v", "l": "w"}),
        ('vault_y.each["l"].a', "w"),
        ("vault_y.each[local.l].a", "w"),
        ("vault_y.each[*].a", ["v", "w"]),
        ('vault_y.each["m"].a', "? ${vault_y.each.m.a}"),
        ("vault_y.alone.a", "A"),
        ("vault_y.alone[0].a", "A"),
        ("vault_y.alone[*].a", "A"),
        ("vault_y.alone.b", "? ${vault_y.alone.b}"),
        ("vault_auth_backend.b.path", "approle"),
        ("vault_auth_backend.c.path", "mine"),
        ("vault_auth_backend.c.id", "mine"),
        ("vault_jwt_auth_backend.d.path", "jwt"),
        ("vault_jwt_auth_backend.e.path", "other"),
        ("vault_policy.f.id", "named"),
        ("vault_y.beside.b", "A"),
        ("vault_y.itself.a", "? ${vault_y.itself.a}"),
    ],
)
def test_other_resources(expression, wanted):
    more = """
locals { l = "l" }
resource "vault_y" "two" {
  count = 2
  a     = count.index
}
resource "vault_y" "each" {
  for_each = { l = "w", k = "v" }
  a        = each.value
}
resource "vault_y" "alone" { a = "A" }
resource "vault_y" "beside" { b = vault_y.alone.a }
resource "vault_y" "itself" { a = vault_y.itself.a }
resource "vault_auth_backend" "b" { type = "approle" }
resource "vault_auth_backend" "c" {
  type = "approle"
  path = "mine"
}
resource "vault_jwt_auth_backend" "d" {}
resource "vault_jwt_auth_backend" "e" { path = "other" }
resource "vault_policy" "f" { name = "named" }
"""
    assert value(expression, more) == wanted


def test_part_of_a_map_may_be_unknown():
    [resource] = resources(
        {"main.tf": 'variable "more" {}\nresource "vault_x" "x" {\n a = merge({ b = 1 }, var.more)\n}\n'},
        "vault_x",
    )
    read = resource.get("a")
    assert shown(read.get("b")) == 1
    assert not is_known(read)


def test_files_templates_and_modules():
    files = {
        "main.tf": 'module "m" {\n  source = "./mod"\n  name   = "given"\n}\n',
        "mod/main.tf": 'variable "name" {}\nresource "vault_x" "x" {\n  a = file("${path.module}/a.hcl")\n'
        '  b = templatefile("${path.module}/b.tpl", { who = var.name })\n  c = file("gone.hcl")\n}\n',
        "mod/a.hcl": "text\n",
        "mod/b.tpl": "for ${who}, not ${other}\n",
    }
    [resource] = resources(files, "vault_x")
    assert resource.text("a") == "text\n"
    assert resource.get("a").place(0).line == 1
    assert resource.get("a").span.path == "mod/a.hcl"
    assert resource.text("b") == "for given, not ${other}\n"
    assert isinstance(resource.get("c"), UnknownValue)


def test_a_module_is_read_once_for_each_call():
    files = {
        "main.tf": 'module "a" {\n source = "./mod"\n name = "a"\n}\nmodule "b" {\n source = "./mod"\n for_each = toset(["b", "d"])\n'
        ' name = each.key\n}\nmodule "same" {\n source = "./mod"\n name = "a"\n}\n',
        "mod/main.tf": 'variable "name" { default = "c" }\nvariable "ref" { default = null }\n'
        'resource "vault_x" "x" {\n a = var.name\n b = merge({ k = "v" }, var.ref == null ? {} : { ref = var.ref })\n}\n',
    }
    read = resources(files, "vault_x")
    assert [resource.text("a") for resource in read] == ["a", "b", "d"]
    assert all(resource.module.is_one_of_many for resource in read)
    assert all(shown(resource.get("b")) == {"k": "v"} for resource in read)


def test_modules_that_call_each_other_settle_nothing():
    files = {
        "a/main.tf": 'module "b" {\n source = "../b"\n name = "a"\n}\n',
        "b/main.tf": 'variable "name" { default = "c" }\nmodule "a" {\n source = "../a"\n}\nresource "vault_x" "x" { a = var.name }\n',
    }
    [resource] = resources(files, "vault_x")
    assert isinstance(resource.get("a"), UnknownValue)


def test_files_of_values_that_terraform_loads():
    files = {
        "main.tf": 'variable "name" {}\nvariable "other" { default = "o" }\nresource "vault_x" "x" {\n a = var.name\n b = var.other\n}\n',
        "terraform.tfvars": 'name = "first"\n',
        "prod.auto.tfvars": 'name = "second"\n',
        "prod.tfvars": 'other = "not loaded"\n',
    }
    [resource] = resources(files, "vault_x")
    assert resource.text("a") == "second"
    assert resource.text("b") == "o"


def test_documents_and_sets_of_files():
    files = {
        "main.tf": 'locals { all = yamldecode(file("${path.module}/roles.yaml")) }\n'
        'resource "vault_x" "x" {\n for_each = local.all.roles\n a = each.value.ref\n}\n'
        'resource "vault_y" "y" {\n for_each = fileset(path.module, "policies/*.hcl")\n'
        ' a = trimsuffix(basename(each.value), ".hcl")\n b = file("${path.module}/${each.value}")\n}\n',
        "roles.yaml": "roles:\n  web: {ref: main}\n  api:\n    ref: develop\n",
        "policies/a.hcl": "A\n",
        "policies/b.hcl": "B\n",
        "policies/deep/c.hcl": "C\n",
    }
    read = resources(files, "vault_x")
    assert [resource.text("a") for resource in read] == ["develop", "main"]
    assert read[0].get("a").span[:2] == ("roles.yaml", 4)
    assert [(y.text("a"), y.text("b")) for y in resources(files, "vault_y")] == [("a", "A\n"), ("b", "B\n")]


def test_instances():
    files = {
        "main.tf": 'resource "vault_x" "n" {\n count = 0\n}\nresource "vault_x" "two" {\n count = 2\n a = count.index\n}\n'
        'resource "vault_x" "set" {\n for_each = toset(["a", "b"])\n a = each.key\n}\n'
        'resource "vault_x" "u" {\n for_each = var.x\n a = each.value.name\n}\n'
    }
    read = [(r.address, shown(r.get("a"))) for r in resources(files, "vault_x")]
    assert read[:4] == [
        ("vault_x.two[0]", 0),
        ("vault_x.two[1]", 1),
        ('vault_x.set["a"]', "a"),
        ('vault_x.set["b"]', "b"),
    ]
    assert len(read) == 5
    assert str(read[4][1]).startswith("?")


def test_dynamic_blocks_and_json():
    files = {
        "main.tf": 'resource "vault_x" "x" {\n dynamic "rule" {\n  for_each = ["a", "b"]\n  content {\n   path = rule.value\n  }\n }\n}\n',
        "j/x.tf.json": '{"variable": {"q": {"default": "Q"}}, "resource": {"vault_x": {"y": {"a": "n-${var.q}"}}}}',
    }
    first, second = resources(files, "vault_x")
    if first.name == "y":
        first, second = second, first
    assert [shown(block) for block in first.blocks("rule")] == [{"path": "a"}, {"path": "b"}]
    assert second.text("a") == "n-Q"


def test_json_syntax():
    texts = {
        "a": "plain",
        "b": "n-${var.q}",
        "c": "%{ if true }x%{ endif }",
        "d": {"e": ["${1 + 1}"]},
        "f": 1,
        "g": None,
    }
    body = {
        "variable": {"q": {"default": "Q"}},
        "resource": {"vault_x": {"y": texts, "z": [{"a": "1"}, {"a": "2"}]}},
        "output": {"o": {"value": "x"}},
    }
    read = resources({"x.tf.json": json.dumps(body)}, "vault_x")
    assert (read[0].name, shown(read[0].get("a"))) == ("y", "plain")
    values = {name: shown(read[0].get(name)) for name in texts}
    assert values == {"a": "plain", "b": "n-Q", "c": values["c"], "d": {"e": [2]}, "f": 1, "g": None}
    assert not is_known(read[0].get("c")), "a directive is not evaluated"


@pytest.mark.parametrize(
    ("folder", "pattern", "wanted"),
    [
        ("policies", "*.hcl", ["a.hcl", "b.hcl"]),
        ("./policies/", "**/*.hcl", ["a.hcl", "b.hcl", "deep/c.hcl"]),
        (".", "policies/*.hcl", ["policies/a.hcl", "policies/b.hcl"]),
        ("policies", "*.txt", "? ${fileset(...)}"),
        ("gone", "*", "? ${fileset(...)}"),
        ("policies", "{a,b}.hcl", "? ${fileset(...)}"),
    ],
)
def test_sets_of_files(folder, pattern, wanted):
    files = dict.fromkeys(["policies/b.hcl", "policies/a.hcl", "policies/deep/c.hcl"], "x\n")
    text = f'resource "vault_x" "x" {{\n a = fileset("{folder}", "{pattern}")\n}}\n'
    [read] = resources({"main.tf": text, **files}, "vault_x")
    assert shown(read.get("a")) == wanted
