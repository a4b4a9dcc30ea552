// Reads questions (a JSON list; evaluator.py says what one holds) from standard input and prints the verdict on each.
//
// The rules are AWS's as @cloud-copilot/iam-simulate reads them. It is made to fail rather than to guess: whatever it
// doesn't know about a request is an error here, never a verdict.
import { text } from 'node:stream/consumers'
import {
  createValidatedPolicy,
  validateIdentityPolicy,
  validateResourcePolicy,
  validateServiceControlPolicy,
} from '@cloud-copilot/iam-policy'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const identityPolicy = once(validated(validateIdentityPolicy))
const resourcePolicy = once(validated(validateResourcePolicy))
const controlPolicy = once(validated(validateServiceControlPolicy))

// Most questions are about the same few documents and requests.
function once(compute) {
  const known = new Map()
  return (input, ...rest) => {
    const key = JSON.stringify(input)
    if (!known.has(key)) known.set(key, compute(input, ...rest))
    return known.get(key)
  }
}

function validated(validate) {
  return (policy) => {
    const checked = createValidatedPolicy(policy, validate, { name: 'policy' })
    if (checked.errors.length) throw new Error(JSON.stringify(checked.errors))
    return checked
  }
}

// What AWS attaches to every root, unit and account at first.
const full = {
  name: 'FullAWSAccess',
  policy: controlPolicy({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }),
}

// The evaluator takes a key's encryption context for unknown, and drops it.
const isEncryptionContext = (key) => key.startsWith('kms:EncryptionContext:')

const simulationOf = (question) => ({
  request: {
    principal: question.principal ?? { type: 'Anonymous' },
    action: question.action,
    resource: { resource: question.resource, accountId: question.owner },
    contextVariables: question.context,
  },
  identityPolicies: question.identityPolicies.map((policy) => ({ name: 'identity', policy: identityPolicy(policy) })),
  resourcePolicy: question.resourcePolicy ? resourcePolicy(question.resourcePolicy) : undefined,
  permissionBoundaryPolicies: question.boundary
    ? [{ name: 'boundary', policy: identityPolicy(question.boundary) }]
    : undefined,
  // Without one, an organization's own guardrails could only refuse more.
  serviceControlPolicies: question.guardrail
    ? [{ orgIdentifier: 'o-a1b2c3d4e5', policies: [full, { name: 'guardrail', policy: controlPolicy(question.guardrail) }] }]
    : [],
  resourceControlPolicies: [],
  additionalSettings: { s3: { blockPublicAccess: question.publicAccessBlocked } },
})

// The evaluator's other function takes a request as it is. It is asked only what this one, which is slow, understood.
const checkRequest = once(async (request, simulation) => {
  const answer = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (answer.resultType !== 'single') throw new Error(JSON.stringify(answer.errors ?? answer.resultType))
  const dropped = answer.result.ignoredContextKeys
  if (!dropped.every(isEncryptionContext)) throw new Error(`the evaluator knows nothing of ${dropped.join(', ')}`)
  if (dropped.length === 0 && answer.overallResult !== runUnsafeSimulation(simulation, {})) {
    throw new Error('the evaluator disagrees with itself')
  }
})

async function verdict(question) {
  const simulation = simulationOf(question)
  await checkRequest(simulation.request, simulation)
  return runUnsafeSimulation(simulation, {})
}

const verdicts = []
for (const question of JSON.parse(await text(process.stdin))) {
  try {
    verdicts.push(await verdict(question))
  } catch (error) {
    throw new Error(`${error.message}, asked ${JSON.stringify(question)}`)
  }
}
process.stdout.write(JSON.stringify(verdicts))
