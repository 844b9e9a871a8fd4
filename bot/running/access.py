"""The least policy that an audit needs: every path that `bot.running.reading` reads, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.running.reading import JWT_TYPES, shelves_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

USUAL_MOUNTS: Final = {
    "auth/jwt": "jwt",
    "auth/approle": "approle",
    "auth/token": "token",
    "database": "database",
    "aws": "aws",
    "gcp": "gcp",
    "azure": "azure",
    "kubernetes": "kubernetes",
    "pki": "pki",
    "ssh": "ssh",
}
"""What is assumed where no server says what it has."""
_FOR_ALL: Final = (
    ("sys/auth", ("read",)),
    ("sys/mounts", ("read",)),
    ("sys/policies/acl", ("list",)),
    ("sys/policies/acl/*", ("read",)),
)


def least_policy(mounts: Mapping[str, Mapping[str, str]], source: str) -> str:
    """Return the policy in HCL. `mounts` has, for each namespace (`""`: the token's own), paths and types.

    `source` is one line that says where the mounts are from.
    """
    lines = [f"# What `sealcheck audit` reads. {source}", "# It contains no path that answers with a secret."]
    # The audit devices are the whole server's, and Vault wants sudo for their list (checked 2026-11).
    rules: dict[str, set[str]] = {"sys/audit": {"read", "sudo"}, "sys/namespaces": {"list"}}
    for namespace, known in mounts.items():
        for path, capabilities in (*_FOR_ALL, *_of_mounts(known)):
            rules.setdefault(namespace + path, set()).update(capabilities)
        rules.setdefault(f"{namespace}sys/namespaces", set()).add("list")
    for path, given in sorted(rules.items()):
        # OpenBao decides a list by the path with a slash at its end first, Vault by both (checked 2026-11).
        for written in (path, path + "/") if "list" in given else (path,):
            shown = ", ".join(f'"{each}"' for each in sorted(given))
            lines += [
                "",
                f"path {json.dumps(written, ensure_ascii=False)} {{",
                f"  capabilities = [{shown}]",
                "}",
            ]
    return "\n".join(lines) + "\n"


def _of_mounts(mounts: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for path, kind in mounts.items():
        if path.startswith("auth/") and kind in JWT_TYPES:
            yield f"{path}/config", ("read",)
            yield f"{path}/cel/role", ("list",)
            yield f"{path}/cel/role/+", ("read",)
    for path, shelf in shelves_of(mounts):
        yield f"{path}/{shelf.listed}", ("list",)
        yield f"{path}/{shelf.read}/+", ("read",)
