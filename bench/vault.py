"""Roles per second, and the time of a Terraform file of 5,000 lines: `python bench/vault.py`."""

from __future__ import annotations

import time
from types import SimpleNamespace

from bot.documents.documents import Documents
from bot.rules import ALL_RULES
from bot.snapshot import Tree
from bot.vault.read import read_vault

ROLE = """resource "vault_jwt_auth_backend_role" "app_{n}" {{
  backend           = "jwt"
  role_name         = "app-{n}"
  role_type         = "jwt"
  user_claim        = "user_email"
  bound_claims_type = "glob"
  bound_claims = {{
    project_id = "{n}"
    ref        = "release/*"
  }}
  token_policies = ["app-prod-read"]
  token_ttl      = 86400
}}

"""
PAYLOAD = (
    '{"role_type":"jwt","user_claim":"user_email",'
    '"bound_claims":{"project_id":"42","ref":"main"},"ttl":"24h"}'
)


def timed(files, label):
    start = time.perf_counter()
    documents = Documents(files)
    tree = Tree(files)
    model = read_vault(tree, documents)
    read_seconds = time.perf_counter() - start
    repository = SimpleNamespace(tree=tree, documents=documents, base=None, jobs=(), vault=model)
    rules = [rule for rule in ALL_RULES if rule.id.startswith(("vault-", "long-token"))]
    found = sum(
        1
        for rule in rules
        for subject in model.subjects(rule.subject)
        for _ in rule.check(subject, repository)
    )
    seconds = time.perf_counter() - start
    rate = len(model.roles) / seconds
    print(f"{label}: {len(model.roles)} roles, {found} findings, {rate:,.0f} roles/s")
    print(f"  read {read_seconds:.3f} s, with rules {seconds:.3f} s")
    return seconds


def main():
    text = "".join(ROLE.format(n=n) for n in range(358))
    seconds = timed({"roles.tf": text}, f"Terraform, {text.count(chr(10)):,} lines")
    timed({f"roles/r{n}.json": PAYLOAD for n in range(500)}, "JSON, 500 files")
    script = "".join(f"vault write auth/jwt/role/r{n} - <<'EOF'\n{PAYLOAD}\nEOF\n" for n in range(500))
    timed({"setup.sh": script}, "one script, 500 commands")
    print("goal (5,000 lines of Terraform under 1 s):", "met" if seconds < 1 else "MISSED")


if __name__ == "__main__":
    main()
