// Reads one JSON object a line ({"policy": a trust policy, "issuer": ARN of the provider, "context": keys and values}) and
// prints "allow" or "deny": what @cloud-copilot/iam-simulate decides about sts:AssumeRoleWithWebIdentity.
// Its `runSimulation` drops the condition keys that its data does not list for the action (gitlab.com:sub among them), so the
// core engine is called with the context as it is. Only installed beside the tests (AGPL), never shipped.
import readline from 'node:readline'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const root = path.join(process.argv[2], 'node_modules/@cloud-copilot')
const load = (file) => import(pathToFileURL(path.join(root, file)).href)
const { authorize } = await load('iam-simulate/dist/esm/core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await load('iam-simulate/dist/esm/request/request.js')
const { RequestContextImpl } = await load('iam-simulate/dist/esm/requestContext.js')
const { DiscoveryContextKeyConstraints } = await load('iam-simulate/dist/esm/context_keys/discoveryContextKeyConstraints.js')
const { loadPolicy } = await load('iam-policy/dist/esm/index.js')

const role = { resource: 'arn:aws:iam::111122223333:role/deploy', accountId: '111122223333' }
const simulationParameters = { simulationMode: 'Strict', discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]) }
for await (const line of readline.createInterface({ input: process.stdin })) {
  const { policy, issuer, context } = JSON.parse(line)
  const request = new AwsRequestImpl(issuer, role, 'sts:AssumeRoleWithWebIdentity', new RequestContextImpl(context))
  const decided = authorize({
    request, simulationParameters, sessionPolicy: undefined, identityPolicies: [], serviceControlPolicies: [],
    resourceControlPolicies: [], resourcePolicy: loadPolicy(policy, { name: 'trust' }), permissionBoundaries: undefined,
    vpcEndpointPolicies: undefined,
  })
  console.log(decided.result === 'Allowed' ? 'allow' : 'deny')
}
