"""HCL as Terraform and Vault read it, with the place of everything."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.hcl import parse_hcl
from bot.documents.hcl_nodes import (
    ForExpression,
    FunctionCall,
    HclFile,
    HclOperation,
    HclTemplate,
    ListValue,
    ObjectValue,
    Reference,
    StepsFrom,
)
from bot.documents.location import Place, Unreadable
from bot.documents.nodes import Scalar


def value(text):
    read = parse_hcl("x.tf", f"a = {text}\n")
    assert isinstance(read, HclFile), read
    assert not read.unread, read.unread
    return read.attributes["a"].expression


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('"x"', "x"),
        ("42", 42),
        ("-1.5e3", -1500.0),
        ("0x1F", 31),
        ("true", True),
        ("null", None),
        (r'"a\tb\"c\\d\u00e9"', 'a\tb"c\\dé'),
        ('"a$${b}%%{c}"', "a${b}%{c}"),
        ('"100% of $5"', "100% of $5"),
        ('(\n  "x"\n)', "x"),
    ],
)
def test_literals(text, wanted):
    read = value(text)
    assert isinstance(read, Scalar)
    assert read.value == wanted
    assert type(read.value) is type(wanted)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('"a${b}c"', HclTemplate),
        ("[1, 2,]", ListValue),
        ('{ a = 1, "b" : 2\n (c) = 3 }', ObjectValue),
        ("f(x, y...)", FunctionCall),
        ("provider::local::f(1)", FunctionCall),
        ('a.b[0]["k"].*.c', Reference),
        ("f(x).y[0]", StepsFrom),
        ("60 * 60 * 2", HclOperation),
        ("a ? b : c", HclOperation),
        ("!a && b || c", HclOperation),
        ("[for k, v in m : upper(k) if v != 1]", ForExpression),
        ("{for v in m : v.a => v.b...}", ForExpression),
        ('"%{ if a }b%{ endif }"', HclTemplate),
        ("{ for = 1 }", ObjectValue),
    ],
)
def test_kinds(text, kind):
    assert isinstance(value(text), kind)


def test_precedence_and_steps():
    read = value("1 + 2 * 3")
    assert read.operator == "+"
    assert read.operands[1].operator == "*"
    assert value('a.b[0]["k"].*.c').steps == ("b", 0, "k", "*", "c")


def test_places_are_exact_also_behind_other_characters():
    text = 'é = "ü"\nb {\n  c = "x\\ty"\n}\n'
    read = parse_hcl("x.tf", text)
    scalar = read.blocks[0].body.get("c")
    assert scalar.span[1:] == (3, 7, 3, 13)
    assert [scalar.place(i) for i in range(3)] == [Place(3, 8), Place(3, 9), Place(3, 11)]
    assert read.blocks[0].span[1:] == (2, 1, 4, 2)


def test_heredocs():
    text = "a = <<-EOT\n    one\n\n      two ${x}\n   EOT\nb = <<EOT\n  raw\n  EOT\n"
    read = parse_hcl("x.tf", text)
    template = read.attributes["a"].expression
    assert template.parts[0].text == "one\n\n  two "
    assert template.parts[0].place(7) == Place(4, 7)
    assert read.attributes["b"].expression.text == "  raw\n"


def test_windows_line_endings_and_a_byte_order_mark():
    read = parse_hcl("x.hcl", '\ufeffpath "a" {\r\n  capabilities = ["read"]\r\n}\r\n')
    assert read.blocks[0].body.get("capabilities").items[0].text == "read"
    assert not read.unread


@pytest.mark.parametrize(
    "text",
    [
        'path "a" { capabilities = ["read"], policy = "x" }',
        '"path" "a" { "capabilities" = ["read"] }',
        'path "a"\n{\n  // c\n  capabilities = ["read"] /* d */\n}',
        'path "a" { capabilities = ["read"] policy = "x" }',
        'path "a/{{identity.entity.aliases.${auth/k/@accessor}.name}}" { capabilities = ["read"] }',
    ],
)
def test_the_ways_of_hcl_1(text):
    read = parse_hcl("p.hcl", text)
    assert not read.unread
    assert read.blocks[0].body.get("capabilities").items[0].text == "read"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('path "a" {\n  capabilities = ["read"\n}\npath "b" {\n  capabilities = ["list"]\n}\n', 3),
        ('path "a" {\n  capabilities = ["read"]\n\npath "b" {\n  capabilities = ["list"]\n}\n', 4),
        ('path "a" {\n  capabilities = \n}\npath "b" {\n  capabilities = ["list"]\n}\n', 2),
        ('path "a {\n  capabilities = ["read"]\n}\npath "b" {\n  capabilities = ["list"]\n}\n', 1),
        ('path "a" {\n  = x\n}\n\npath "b" {\n  capabilities = ["list"]\n}\n', 2),
    ],
)
def test_a_break_is_reported_and_the_rest_is_read(text, line):
    read = parse_hcl("p.hcl", text)
    assert isinstance(read, HclFile)
    assert read.unread[0].line == line
    other = [block for block in read.blocks if block.label(0) == "b"]
    assert other[0].body.get("capabilities").items[0].text == "list"
    assert not other[0].body.broken


def test_nothing_readable_is_unreadable():
    read = parse_hcl("p.hcl", "{]\n")
    assert isinstance(read, Unreadable)
    assert read.line == 1


def test_hostile_depth_and_length_end_soon():
    start = time.monotonic()
    for text in (
        "a = " + "[" * 200_000,
        "a {" * 50_000,
        "a = " + "(" * 100_000 + "\n" + 'b = "x"\n',
        "".join(f"a = <<X{i}\n" for i in range(20_000)),
        'a = "' + "${" * 50_000,
        "a = /* " * 20_000,
        "a = " + "-" * 100_000,
    ):
        read = parse_hcl("x.tf", text)
        assert isinstance(read, Unreadable) or read.unread
    assert time.monotonic() - start < 20


def test_embedded_text_keeps_its_places():
    read = parse_hcl("m.yml", 'path "a" {\n}\n', lambda offset: Place(10, offset + 5))
    assert read.blocks[0].labels[0].span == ("m.yml", 10, 10, 10, 13)


words = st.sampled_from(
    [
        "a",
        '"b"',
        "=",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        "\n",
        " ",
        "${",
        "<<E\n",
        "E\n",
        "?",
        ":",
        ".",
        "*",
        "1",
        "#",
        "/*",
        "for",
        "\\",
    ]
)


@settings(max_examples=300)
@given(st.lists(words, max_size=30).map("".join))
def test_no_text_makes_it_raise_and_every_place_is_inside(text):
    read = parse_hcl("x.tf", text)
    lines = text.count("\n") + 1
    unread = [read] if isinstance(read, Unreadable) else read.unread
    assert all(1 <= reported.line <= lines for reported in unread)
    if isinstance(read, HclFile):
        for attribute in read.attributes.values():
            assert attribute.span.start_line <= attribute.span.end_line <= lines


@pytest.mark.parametrize(
    ("head", "end"),
    [
        ('%{ if env == "prod" ~}', "%{ endif ~}"),
        ("%{~ for team in teams }", "%{ endfor }"),
        ("{% if prod %}", "{% endif %}"),
        ("{{- if .Values.prod }}", "{{- end }}"),
        ("<% if prod %>", "<% end %>"),
    ],
)
def test_lines_that_a_program_fills_in_hide_nothing(head, end):
    text = f'path "a" {{\n  capabilities = ["read"]\n}}\n{head}\npath "b" {{\n  capabilities = ["list"]\n}}\n{end}\n'
    read = parse_hcl("p.hcl.tpl", text)
    assert [block.label(0) for block in read.blocks] == ["a", "b"]
    assert read.unread == ()
    assert parse_hcl("p.hcl.tpl", text.replace(head, "{{ all }}")).unread
