"""Our reader of HCL against HashiCorp's own: structure, lines, and the values of what needs nothing from outside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.documents.documents import Documents
from bot.documents.hcl import parse_hcl
from bot.documents.hcl_nodes import HclFile
from bot.documents.nodes import plain
from bot.vault.terraform.modules import Terraform
from bot.vault.values import is_known

pytestmark = pytest.mark.oracle

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / ".cache" / "oracle" / "hcl-reader"
CORPUS = ROOT.parent / "shared" / "corpus"
EXAMPLES = 5000 if os.environ.get("SEALCHECK_ORACLE") == "full" else 300
UNKNOWN = {"unknown": True}


@pytest.fixture(scope="module")
def ask():
    if not BINARY.exists():
        pytest.skip(f"{BINARY.name} is not built: run tests/oracle/install-hcl.sh (needs Go)")
    process = subprocess.Popen([str(BINARY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(text):
        process.stdin.write(json.dumps(text) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield answer
    process.stdin.close()
    process.wait(timeout=10)


def ours(text):
    read = parse_hcl("x.tf", text)
    assert isinstance(read, HclFile), (text, read)
    assert not read.unread, (text, read.unread)
    module = Terraform(Documents({"x.tf": ""})).modules[""]
    return made(read.body, module.evaluator)


def made(body, evaluator):
    attributes = {}
    for name, attribute in body.attributes.items():
        node = evaluator.value(attribute.expression)
        value = plain(node) if is_known(node) or plain(node) is None else UNKNOWN
        attributes[name] = {"line": attribute.span.start_line, "value": value}
    blocks = [
        {
            "type": block.type,
            "labels": [label.text for label in block.labels],
            "line": block.span.start_line,
            "end": block.span.end_line,
            "body": made(block.body, evaluator),
        }
        for block in body.blocks
    ]
    return {"attributes": attributes, "blocks": blocks}


def compare(mine, theirs, text):
    assert mine["attributes"].keys() == theirs["attributes"].keys(), text
    for name, theirs_attribute in theirs["attributes"].items():
        attribute = mine["attributes"][name]
        assert attribute["line"] == theirs_attribute["line"], (name, text)
        if theirs_attribute["value"] != UNKNOWN and "unknown" not in json.dumps(attribute["value"]):
            assert attribute["value"] == theirs_attribute["value"], (name, text)
    heads = [
        [(b["type"], b["labels"], b["line"], b["end"]) for b in side["blocks"]] for side in (mine, theirs)
    ]
    assert heads[0] == heads[1], text
    for one, other in zip(mine["blocks"], theirs["blocks"], strict=True):
        compare(one["body"], other["body"], text)


def test_public_files(ask):
    if not CORPUS.exists():
        pytest.skip("the corpus of public files is not beside this repository")
    seen = 0
    for path in sorted(CORPUS.glob("vault_*/*")):
        if path.suffix not in {".tf", ".hcl"}:
            continue
        text = path.read_text(encoding="utf-8")
        theirs = ask(text)
        if "error" in theirs:
            continue  # HCL 1, which the server's own policies are compared with
        compare(ours(text), theirs, path.name)
        seen += 1
    print(f"\npublic files compared: {seen}")
    assert seen > 50


words = st.sampled_from(["a", "b-c", "x_1", "for", "null", "é"])
texts = st.lists(
    st.sampled_from(
        [
            "a",
            " ",
            "\\n",
            '\\"',
            "\\\\",
            "$",
            "$$",
            "%",
            "$${a}",
            "%%{b}",
            "é",
            "#",
            "//",
            "{",
            "}",
            "\\u00e9",
            "\\t",
        ]
    ),
    max_size=5,
).map("".join)
# A lone `$` or `%` before `{` would start something; `$$${` is left to the files.
strings = texts.filter(
    lambda text: (
        "${" not in text.replace("$${", "")
        and "%{" not in text.replace("%%{", "")
        and "$$$" not in text
        and "%%%" not in text
    )
).map(lambda text: f'"{text}"')
numbers = st.sampled_from(
    ["0", "42", "1.5", "-3", "1e3", "60 * 60", "7 - 2 * 3", "(1 + 2) * 3", "10 / 4", "7 % 4", "-(2)"]
)
logic = st.sampled_from(
    ["true", "!true", "1 < 2", "1 == 1 && 2 != 2", 'true ? "a" : "b"', "1 >= 2 || true", '"a" == "b"']
)
heredocs = st.lists(
    st.sampled_from(["", "  a", "    b", "\tc", " ", "      ", "d # e", '"f"', "\\n", "$g"]), max_size=5
).flatmap(
    lambda lines: st.sampled_from(["<<EOT", "<<-EOT"]).map(
        lambda opening: "\n".join([opening, *lines, "  EOT"])
    )
)
scalars = strings | numbers | logic
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
        | st.lists(inner, max_size=3).map(
            lambda items: "[\n" + "".join(f"  {item}, # c\n" for item in items) + "]"
        )
        | st.dictionaries(st.sampled_from(["a", '"b c"', "(1 + 1)", '"d"']), inner, max_size=3).map(
            lambda pairs: "{ " + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + " }"
        )
        | st.dictionaries(st.sampled_from(["a", '"b c"', "d"]), inner, max_size=3).map(
            lambda pairs: "{\n" + "".join(f"  {key} : {value}\n" for key, value in pairs.items()) + "}"
        )
        | inner.map(lambda item: f"[for v in [{item}] : v]")
    ),
    max_leaves=6,
)
attributes = st.tuples(words, st.sampled_from([" = ", "=", "\t= "]), values | heredocs).map("".join)
comments = st.sampled_from(["# a", "// b", "/* c\n d */", ""])


def blocks(inner):
    return st.tuples(
        st.sampled_from(["block", "path"]), st.sampled_from(["", ' "l"', " l", ' "a b" "c"']), inner
    ).map(lambda parts: f"{parts[0]}{parts[1]} {{ # x\n{parts[2]}\n}}")


def joined(items):
    return st.lists(items | comments, max_size=4).map("\n".join)


files = joined(attributes | blocks(joined(attributes | blocks(joined(attributes)))))


def test_generated_texts(ask):
    counted = {"compared": 0, "refused": 0}

    @settings(
        max_examples=EXAMPLES,
        suppress_health_check=list(HealthCheck),
        derandomize=EXAMPLES < 1000,
    )
    @given(files)
    def check(text):
        text += "\n"
        theirs = ask(text)
        if "error" in theirs:
            counted["refused"] += 1
            return
        counted["compared"] += 1
        compare(ours(text), theirs, text)

    check()
    print(f"\ngenerated texts: {counted}")
    assert counted["compared"] > EXAMPLES / 3
