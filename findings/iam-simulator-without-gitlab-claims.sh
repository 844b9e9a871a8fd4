#!/bin/sh
# A simulator of IAM answers for GitLab's ID tokens as if they had no claims.
#
# Expected: a role's trust policy that requires `gitlab.com:sub` accepts a request that carries that very value.
# AWS lists the keys of federated issuers as those of the issuer's own name (IAM User Guide, "Available keys for AWS
# OIDC federation").
# Seen (Debian, Node 20, November 2026): `runSimulation` of @cloud-copilot/iam-simulate 0.1.173 drops context keys that
# its data does not list for sts:AssumeRoleWithWebIdentity, `gitlab.com:sub` and `gitlab.com:aud` among them: the right
# value is denied, and with `IfExists` a wrong value is allowed. Nothing in the answer says that keys were dropped.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @cloud-copilot/iam-simulate@0.1.173 >/dev/null 2>&1
cat >ask.mjs <<'JAVASCRIPT'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const issuer = 'arn:aws:iam::111122223333:oidc-provider/gitlab.com'
const subject = 'project_path:group/app:ref_type:branch:ref:main'
const conditions = {
  'the right value': { StringEquals: { 'gitlab.com:sub': subject } },
  'the right audience': { StringEquals: { 'gitlab.com:aud': 'https://aws.example.com' } },
  'another value, IfExists': { StringEqualsIfExists: { 'gitlab.com:sub': 'project_path:other/app:ref_type:branch:ref:main' } },
}
for (const [name, Condition] of Object.entries(conditions)) {
  const answer = await runSimulation({
    identityPolicies: [], serviceControlPolicies: [], resourceControlPolicies: [],
    resourcePolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Federated: issuer }, Action: 'sts:AssumeRoleWithWebIdentity', Condition }],
    },
    request: {
      action: 'sts:AssumeRoleWithWebIdentity', principal: issuer,
      resource: { resource: 'arn:aws:iam::111122223333:role/deploy', accountId: '111122223333' },
      contextVariables: { 'gitlab.com:sub': subject, 'gitlab.com:aud': 'https://aws.example.com' },
    },
  }, {})
  console.log(`${name}: ${answer.overallResult}`)
}
JAVASCRIPT
node ask.mjs >seen
cat seen
diff - seen <<'SEEN'
the right value: ImplicitlyDenied
the right audience: ImplicitlyDenied
another value, IfExists: Allowed
SEEN
