#!/usr/bin/env bash
# Builds the Vault core that tests/oracle compares with, into .cache/ (ignored by git); does nothing when it is
# there already. Needs Go; without it the comparisons skip. About three minutes of two cores, the first time.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
target="$here/../../.cache/oracle/vault-core"
stamp="$(cat "$here"/vault/go.mod "$here"/vault/go.sum "$here"/vault/serve_test.go | cksum)"
if [ -x "$target" ] && [ "$(cat "$target.stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "install-vault: Go is missing: the comparison skips without it" >&2
  exit 1
fi
mkdir -p "$(dirname "$target")"
cd "$here/vault"
nice go test -c -o "$target" .
echo "$stamp" >"$target.stamp"
