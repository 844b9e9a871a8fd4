"""KV mounts that the repository makes, and their versions."""

from __future__ import annotations

import pytest

from bot.repository import Repository
from bot.snapshot import Tree

TERRAFORM = 'resource "vault_mount" "m" {\n  path = "%s"\n  type = "%s"\n%s}\n'
BANK_VAULTS = (
    "externalConfig:\n  secrets:\n    - path: secret\n      type: kv\n      options: { version: %s }\n"
)
OPERATOR = (
    "apiVersion: redhatcop.redhat.io/v1alpha1\nkind: SecretEngineMount\nmetadata: { name: app }\n"
    "spec:\n  path: team\n  type: kv\n  options: { version: '2' }\n"
)
SELF_INIT = (
    'initialize "kv" {\n  request "mount" {\n    operation = "update"\n    path = "sys/mounts/app"\n'
    '    data = { type = "kv", options = { version = "2" } }\n  }\n}\n'
)


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("m.tf", TERRAFORM % ("one", "kv", ""), [("one", 1)]),
        ("m.tf", TERRAFORM % ("two", "kv-v2", ""), [("two", 2)]),
        ("m.tf", TERRAFORM % ("t/two/", "kv", "  options = { version = 2 }\n"), [("t/two", 2)]),
        ("m.tf", TERRAFORM % ("db", "database", ""), []),
        ("m.tf", TERRAFORM % ("${var.gone}", "kv", ""), []),
        ("m.sh", "vault secrets enable kv\n", [("kv", 1)]),
        ("m.sh", "vault secrets enable -path=app -version=2 kv\n", [("app", 2)]),
        ("m.sh", "bao secrets enable -path app kv-v2\n", [("app", 2)]),
        ("m.sh", "vault secrets enable -path=app database\n", []),
        (
            "m.sh",
            'curl -d \'{"type": "kv", "options": {"version": "2"}}\' $VAULT_ADDR/v1/sys/mounts/app\n',
            [("app", 2)],
        ),
        ("m.yaml", BANK_VAULTS % 2, [("secret", 2)]),
        ("m.yaml", BANK_VAULTS % 1, [("secret", 1)]),
        ("m.yaml", OPERATOR, [("team/app", 2)]),
        ("m.hcl", SELF_INIT, [("app", 2)]),
    ],
)
def test_mounts(path, text, wanted):
    found = Repository(Tree({path: text})).vault.kv_mounts
    assert [(mount.path, mount.version) for mount in found] == wanted
