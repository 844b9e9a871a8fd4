"""What Terraform's expressions come to, and what stays unknown."""

from __future__ import annotations

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
    assert [resource.text("a") for resource in read] == ["main", "develop"]
    assert read[1].get("a").span[:2] == ("roles.yaml", 4)
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
