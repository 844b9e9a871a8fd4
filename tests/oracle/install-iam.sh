#!/bin/sh
# Installs @cloud-copilot/iam-simulate, an evaluator of IAM policies, for the oracle tests only (AGPL: it is not shipped).
set -eu
cd "$(dirname "$0")/../.."
[ -d .cache/oracle/iam/node_modules/@cloud-copilot/iam-simulate ] ||
    npm install --no-fund --no-audit --prefix .cache/oracle/iam @cloud-copilot/iam-simulate@0.1.173 @cloud-copilot/iam-policy@0.1.109
