#!/bin/sh
set -eu
cd "$(dirname "$0")/../.."
export GOBIN="$PWD/.cache/bin"
[ -x "$GOBIN/helm" ] || go install helm.sh/helm/v3/cmd/helm@v3.22.0
[ -d .cache/kubernetes/kubernetes_validate ] ||
    python3 -m pip install --quiet --root-user-action ignore --disable-pip-version-check --target .cache/kubernetes kubernetes-validate
