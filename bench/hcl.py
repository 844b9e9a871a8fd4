"""Lines of HCL per second: a Terraform file of 5,000 lines, a policy of 1,000 paths, and deep nesting.

.venv/bin/python bench/hcl.py
"""

from __future__ import annotations

import time

from bot.documents.documents import Documents
from bot.documents.hcl import parse_hcl
from bot.snapshot import Tree
from bot.vault.read import read_vault

ROUNDS = 3
GOAL_SECONDS = 1.0
BLOCK = """resource "vault_policy" "team_{n}" {{
  name   = "team-{n}-${{var.environment}}"
  policy = <<-EOT
    # secrets of one team
    path "secret/data/team-{n}/${{var.environment}}/*" {{
      capabilities = ["read", "list"]
    }}
    path "database/creds/team-{n}" {{
      capabilities = ["read"]
    }}
  EOT
}}

locals {{
  team_{n} = {{
    members = [for name in var.members : lower(name) if name != ""]
    ttl     = 60 * 60 * {n}
    tags    = merge(var.tags, {{ team = "team-{n}", cost = "c-${{format("%s", "{n}")}}" }})
  }}
}}
"""


def best(action):
    """The shortest of some rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    text = 'variable "environment" { default = "production" }\n' + "".join(
        BLOCK.format(n=n) for n in range(264)
    )
    lines = text.count("\n")
    files = {"main.tf": text}
    seconds = best(lambda: parse_hcl("main.tf", text))
    print(f"Terraform, {lines:,} lines: parsed in {seconds:.3f} s, {lines / seconds:,.0f} lines/s")
    whole = best(lambda: read_vault(Tree(files), Documents(files)))
    print(f"  with its values, policies, engines and audit devices: {whole:.3f} s")
    policy = "".join(f'path "secret/data/app{n}/*" {{\n  capabilities = ["read"]\n}}\n' for n in range(1000))
    seconds = best(lambda: parse_hcl("p.hcl", policy))
    print(f"policy, 1,000 paths: parsed in {seconds:.3f} s")
    hostile = "a = " + "[" * 500_000
    print(f"500,000 open brackets: {best(lambda: parse_hcl('x.tf', hostile)):.3f} s")
    print(f"goal ({lines:,} lines under {GOAL_SECONDS:g} s): {'met' if whole < GOAL_SECONDS else 'MISSED'}")


if __name__ == "__main__":
    main()
