#!/bin/sh
# Installs axe-core (npm), which looks for barriers in the console's pages, for the browser tests only.
set -eu
cd "$(dirname "$0")/../.."
[ -f .cache/axe/node_modules/axe-core/axe.min.js ] ||
    npm install --no-fund --no-audit --prefix .cache/axe axe-core@4.14.1
