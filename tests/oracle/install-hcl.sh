#!/usr/bin/env bash
# Builds the program around HashiCorp's HCL 2 parser that tests/oracle compares with, into .cache/ (ignored by git);
# does nothing when it is there already. Needs Go; without it the comparison skips. A few seconds.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
target="$here/../../.cache/oracle/hcl-reader"
stamp="$(cat "$here"/hcl/go.mod "$here"/hcl/go.sum "$here"/hcl/main.go | cksum)"
if [ -x "$target" ] && [ "$(cat "$target.stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "install-hcl: Go is missing: the comparison skips without it" >&2
  exit 1
fi
mkdir -p "$(dirname "$target")"
cd "$here/hcl"
nice go build -o "$target" .
echo "$stamp" >"$target.stamp"
