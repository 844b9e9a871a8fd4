"""Scripts, CI jobs and Markdown as calls of Vault's API."""

from __future__ import annotations

import time

import pytest

from bot.documents.documents import Documents
from bot.vault.api_calls import calls_of
from bot.vault.scripts import fenced
from bot.vault.values import UnknownValue


def calls(files):
    return list(calls_of(Documents(files)))


def only(script):
    [call] = calls({"s.sh": "#!/bin/bash\n" + script + "\n"})
    return call


@pytest.mark.parametrize(
    ("script", "method", "address", "fields"),
    [
        ("vault write a/b k=v 'x=1 2'", "write", "a/b", {"k": "v", "x": "1 2"}),
        ("vault write -namespace=n -format json a/b k=v", "write", "a/b", {"k": "v"}),
        ("/usr/bin/bao delete a/b/", "delete", "a/b", {}),
        ("sudo -E vault delete a", "delete", "a", {}),
        ("kubectl exec -it v-0 -n x -- vault write a k=v", "write", "a", {"k": "v"}),
        ("if ! vault delete a; then exit 1; fi", "delete", "a", {}),
        ("vault policy delete app", "delete", "sys/policies/acl/app", {}),
        ("vault audit disable file/", "delete", "sys/audit/file", {}),
        (
            "vault audit enable -path=f file log_raw=true",
            "write",
            "sys/audit/f",
            {"log_raw": "true", "type": "file"},
        ),
        ("vault audit enable syslog", "write", "sys/audit/syslog", {"type": "syslog"}),
        ('curl -X DELETE -H "X-Vault-Token: $T" $VAULT_ADDR/v1/sys/audit/f', "delete", "sys/audit/f", {}),
        ("vault \\\n  write \\\n  a/b k=v", "write", "a/b", {"k": "v"}),
        ("curl -sS --request DELETE https://v.example.com:8200/v1/a/b?x=1", "delete", "a/b", {}),
    ],
)
def test_calls(script, method, address, fields):
    call = only(script)
    assert (call.method, call.address) == (method, address)
    assert {name: value.text for name, value in call.fields.items()} == fields


@pytest.mark.parametrize(
    "script",
    [
        "echo vault",
        "echo vault write a/b k=v",
        "grep -r vault write a/b",
        "vault read a",
        "vault status",
        "curl https://e.com/v1",
        "curl $A/v1/a",
        "# vault delete a",
    ],
)
def test_no_calls(script):
    assert not calls({"s.sh": "#!/bin/bash\n" + script + "\n"})


def test_payloads():
    assert only("vault write a/b - <<'E'\n{\"a\": 1}\nE").body.text == '{"a": 1}\n'
    assert only("vault write a/b - <<'E'\n{\"a\": 1}\nE").body.place(1)[:] == (3, 2)
    assert only("curl -d '{\"a\": 1}' $V/v1/a/b").body.text == '{"a": 1}'
    assert isinstance(only("cat x | vault write a/b -").body, UnknownValue)
    assert isinstance(only("vault write a/b @gone.json").body, UnknownValue)
    assert isinstance(only('vault write a/b k="$V"').fields["k"], UnknownValue)


def test_files_beside_the_script_and_from_the_root():
    for name in ("b.json", "./b.json"):
        [call] = calls({"x/s.sh": f"#!/bin/sh\nvault write a/b @{name}\n", "x/b.json": '{"c": 2}'})
        assert call.named_file == "x/b.json"
        assert call.body.span.path == "x/b.json"
    [call] = calls({"x/s.sh": "#!/bin/sh\nvault write a/b k=@p/b.txt\n", "p/b.txt": "text"})
    assert call.fields["k"].text == "text"


def test_jobs_and_fences():
    ci = "a:\n  script:\n    - vault delete one\n    - |\n      set -e\n      vault delete two\n  after_script: vault delete three\n"
    found = calls({".gitlab-ci.yml": ci})
    assert [(call.address, call.span.start_line) for call in found] == [("one", 3), ("two", 6), ("three", 7)]
    text = (
        "vault delete no\n\n```console\n$ vault write yes k=v\n```\n\n~~~python\nvault delete neither\n~~~\n"
    )
    [call] = calls({"README.md": text})
    assert (call.address, call.span.start_line, call.span.start_column) == ("yes", 4, 3)


@pytest.mark.parametrize(
    "script",
    [
        "stronghold policy write app - <<'E'\nTEXT\nE",
        "vault policy write -wrap-ttl 60 app - <<'E'\nTEXT\nE",
        "vault policy write -wrap-ttl=60 -force app - <<'E'\nTEXT\nE",
        "vault policy write app /dev/stdin <<'E'\nTEXT\nE",
        "cat <<'E' | vault policy write app -\nTEXT\nE",
        "echo 'TEXT' | bao policy write app -",
        "vault policy write app - <<< 'TEXT'",
        "cat app.hcl | vault policy write app -",
        "vault policy write app - < app.hcl",
        "vault policy write app ./app.hcl",
        "vault write sys/policies/acl/app policy=@app.hcl",
        "vault write sys/policies/acl/app policy=- < app.hcl",
    ],
)
def test_the_text_of_a_policy_from_everywhere(script):
    [call] = calls({"s.sh": f"#!/bin/sh\n{script}\n", "app.hcl": "TEXT"})
    assert (call.method, call.address) == ("write", "sys/policies/acl/app")
    assert call.fields["policy"].text.strip() == "TEXT"


@pytest.mark.parametrize(
    "script",
    [
        """curl -sS -H "X-Vault-Token: $T" --data '{"a": 1}' "$VAULT_ADDR/v1/a/b" """,
        """curl -H "X-Vault-Token: $T" "$VAULT_ADDR/v1/a/b" --data-ascii '{"a": 1}'""",
        """curl -sSXPUT -d'{"a": 1}' https://v.example.com/v1/a/b""",
        """curl -fsSLo /dev/null --json '{"a": 1}' https://v.example.com/v1/a/b""",
        "curl --data-binary @- $VAULT_ADDR/v1/a/b <<'E'\n{\"a\": 1}\nE",
        "curl -T body.json $VAULT_ADDR/v1/a/b",
        "curl --data @body.json --url $VAULT_ADDR/v1/a/b",
        """wget -qO- --header="X-Vault-Token: $T" --post-data='{"a": 1}' $VAULT_ADDR/v1/a/b""",
        """wget -q -O out --post-data '{"a": 1}' $VAULT_ADDR/v1/a/b""",
        "wget --method=PUT --body-file=body.json $VAULT_ADDR/v1/a/b",
    ],
)
def test_payloads_of_http_clients(script):
    [call] = calls({"s.sh": f"#!/bin/sh\n{script}\n", "body.json": '{"a": 1}'})
    assert (call.method, call.address, call.body.text.strip()) == ("write", "a/b", '{"a": 1}')


def test_a_payload_and_words():
    [call] = calls({"s.sh": "#!/bin/sh\nvault write a/b @b.json x=1 x=2\n", "b.json": '{"c": 2}'})
    assert call.named_file == "b.json"
    assert [(key.text, value.text) for key, value in call.words] == [("x", "1"), ("x", "2")]
    [call] = calls({"s.sh": "#!/bin/sh\nvault write a/b - x=1 <<E\n{}\nE\n"})
    assert (call.body.text, call.fields["x"].text) == ("{}\n", "1")


def test_documents_show_and_do_not_run():
    [shown] = calls({"README.md": "```sh\nvault write a k=v\n```\n"})
    [run] = calls({"s.sh": "#!/bin/sh\nvault write a k=v\n"})
    assert (shown.script.is_example, run.script.is_example) == (True, False)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("```sh\nvault\n```\n", [("sh", "vault\n")]),
        ("````\n```\nvault\n```\n````\n", [("", "```\nvault\n```\n")]),
        ("  ~~~ text\nvault\n~~~\n  ~~~\n", [("text", "vault\n~~~\n")]),
        ("```\nnever closed\n ```sh\nvault\n ```\n", [("sh", "vault\n")]),
        ("`` `\n```a`b\n```\nvault\n```", [("", "vault\n")]),
    ],
)
def test_blocks_of_markdown_end_where_they_do_for_a_reader(text, blocks):
    assert [(language, text[start:end]) for language, start, end in fenced(text)] == blocks


def test_blocks_without_an_end_are_found_in_a_moment():
    text = "".join(" " * number + "```\n" for number in range(1400))
    began = time.process_time()
    assert list(fenced(text)) == []
    assert time.process_time() - began < 1
