#!/bin/sh
# Three readers, three answers to the same Vault policies (policies are HCL 1).
#
# Expected: a reader of HCL for Python reads a policy as Vault does.
# Seen (Debian, Python 3.11, November 2026):
# - python-hcl2 8.1.4 refuses a quoted attribute name and a comma between attributes, which HCL 1 allows and Vault takes;
#   it keeps the quotes as part of each string.
# - pyhcl 0.4.5 reads both, but keeps only the last of two `path` blocks with the same path, where Vault joins them,
#   and turns an attribute that is written twice into a list inside a list, which Vault 1.21 refuses.
# Sources: github.com/hashicorp/hcl v1 hcl/parser/parser.go (objectKey, objectItem); vault/policy.go.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-hcl2==8.1.4 pyhcl==0.4.5
"$folder/venv/bin/python" - >"$folder/seen" <<'PYTHON'
import hcl
import hcl2

POLICIES = {
    "plain": 'path "kv/a" {\n  capabilities = ["read"]\n}\n',
    "quoted name": 'path "kv/a" {\n  "capabilities" = ["read"]\n}\n',
    "comma": 'path "kv/a" {\n  capabilities = ["read"],\n  min_wrapping_ttl = "1s"\n}\n',
    "one path twice": 'path "kv/a" {\n  capabilities = ["read"]\n}\npath "kv/a" {\n  capabilities = ["list"]\n}\n',
    "attribute twice": 'path "kv/a" {\n  capabilities = ["deny"]\n  capabilities = ["read"]\n}\n',
}
for reader in (hcl2, hcl):
    for name, text in POLICIES.items():
        try:
            answer = str(reader.loads(text)["path"])
        except Exception as problem:
            answer = type(problem).__name__
        print(f"{reader.__name__}, {name}: {answer}")
PYTHON
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
hcl2, plain: [{'"kv/a"': {'capabilities': ['"read"'], '__is_block__': True}}]
hcl2, quoted name: UnexpectedToken
hcl2, comma: UnexpectedToken
hcl2, one path twice: [{'"kv/a"': {'capabilities': ['"read"'], '__is_block__': True}}, {'"kv/a"': {'capabilities': ['"list"'], '__is_block__': True}}]
hcl2, attribute twice: [{'"kv/a"': {'capabilities': ['"read"'], '__is_block__': True}}]
hcl, plain: {'kv/a': {'capabilities': ['read']}}
hcl, quoted name: {'kv/a': {'capabilities': ['read']}}
hcl, comma: {'kv/a': {'capabilities': ['read'], 'min_wrapping_ttl': '1s'}}
hcl, one path twice: {'kv/a': {'capabilities': ['list']}}
hcl, attribute twice: {'kv/a': {'capabilities': ['deny', ['read']]}}
SEEN
