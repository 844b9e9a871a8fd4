#!/usr/bin/env bash
# Builds the program around cel-go that tests/oracle compares with, into .cache/ (ignored by git); does nothing when it is
# there already. Needs Go; without it the comparison skips. A minute the first time.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
target="$here/../../.cache/oracle/cel-reader"
stamp="$(cat "$here"/cel/go.mod "$here"/cel/go.sum "$here"/cel/main.go | cksum)"
if [ -x "$target" ] && [ "$(cat "$target.stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "install-cel: Go is missing, the comparison with cel-go will be skipped" >&2
  exit 0
fi
mkdir -p "$(dirname "$target")"
cd "$here/cel"
nice go build -o "$target" .
echo "$stamp" >"$target.stamp"
