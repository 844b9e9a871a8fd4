#!/bin/sh
# Installs gitlab-ci-local and a Node that is new enough for it, for the oracle tests only.
set -eu
cd "$(dirname "$0")/../.."
[ -x .cache/gitlab-ci-local/node_modules/.bin/gitlab-ci-local ] ||
    npm install --no-fund --no-audit --prefix .cache/gitlab-ci-local gitlab-ci-local node
