#!/usr/bin/env bash
# Builds the program around Prometheus' own rule parser and query engine that tests/helm asks, into .cache/ (ignored by
# git); does nothing when it is there already. Needs Go; without it those tests skip. A minute, the first time.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
target="$here/../../.cache/oracle/promql"
stamp="$(cat "$here"/promql/go.mod "$here"/promql/go.sum "$here"/promql/main.go | cksum)"
if [ -x "$target" ] && [ "$(cat "$target.stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "install-promql: Go is missing: the comparison skips without it" >&2
  exit 1
fi
mkdir -p "$(dirname "$target")"
cd "$here/promql"
nice go build -o "$target" .
echo "$stamp" >"$target.stamp"
