// Denials, explained: who wanted what, which statement denied or that none allowed, and the one line that would allow it.
// The client gets what AWS tells; the rest is for whoever runs the server: in the log, and by request id for a while.
import type { Answer, Question } from '#identity/access.ts'
import type { Flaw } from '#identity/directory/directory.ts'
import type { DenialMessages } from '#identity/denial-messages.ts'
import { nameOfCaller, type PolicyCaller } from '#identity/policy/caller.ts'
import type { Decision, PolicySide } from '#identity/policy/evaluate.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { LRUCache } from 'lru-cache'
import { type InternalRoute, json } from './internal-routes.ts'

export interface Denial {
  readonly requestId: string
  readonly operation: string
  readonly who: string
  readonly action: string
  readonly resource: string
  /** In AWS's words, for the client. */
  readonly message: string
  /** What decided, for people. */
  readonly because: string
  /** A statement that would allow it, and where it belongs; undefined where only taking a Deny away helps. */
  readonly remedy: { readonly attachTo: string; readonly statement: string } | undefined
  /** The same for sts:DecodeAuthorizationMessage. */
  readonly encoded: string
}

export interface KeptDenial extends Denial {
  readonly enforced: boolean
}

const KEPT_MAX = 2000

/** The latest denials by request id. */
export class Denials {
  readonly #byRequest = new LRUCache<string, KeptDenial>({ max: KEPT_MAX })

  add(denial: KeptDenial): void {
    this.#byRequest.set(denial.requestId, denial)
  }

  find(requestId: string): KeptDenial | undefined {
    return this.#byRequest.get(requestId)
  }
}

const EXPLAIN = '/_mayfly/explain/'

/** `GET /_mayfly/explain/<request id>`, for people on this machine. */
export function explainRoute(denials: Denials): InternalRoute {
  return {
    method: 'GET',
    path: `${EXPLAIN}*`,
    guard: 'local',
    handle: ({ head }) => {
      const denial = denials.find(head.path.slice(EXPLAIN.length))
      return denial === undefined
        ? json(404, { error: `No denial of that request id is among the latest ${KEPT_MAX}.` })
        : json(200, { schemaVersion: 1, denial })
    },
  }
}

const FLAWS: Readonly<Record<Flaw, string>> = {
  missing: 'acts as an identity that does not exist in IAM',
  'not-trusted':
    'acts with a role whose trust policy does not let the service that uses it assume it (lambda.amazonaws.com for functions, events.amazonaws.com for rules)',
}

const SIDE_NAMES: Readonly<Record<PolicySide, string>> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
}

/** The words for a decision that is not `allowed`. */
export function explain(
  question: Question,
  { decision, standing }: Answer,
  context: RequestContext,
  messages: DenialMessages,
): Denial {
  const { action, resource } = question
  const who = nameOfCaller(standing.caller)
  const quoted = action.startsWith('s3:') ? `"${resource}"` : resource
  return {
    requestId: context.requestId,
    operation: `${context.service} ${context.operation}`,
    who,
    action,
    resource,
    message: `User: ${who} is not authorized to perform: ${action} on resource: ${quoted} ${reasonOf(decision, action)}`,
    because: standing.flaw === undefined ? causeOf(decision) : `${who} ${FLAWS[standing.flaw]}`,
    remedy: remedyOf(decision, question, standing.caller),
    encoded: messages.encode({ decision, who, action, resource }),
  }
}

/** In AWS's words. Source: IAM user guide, "Troubleshoot access denied error messages". */
function reasonOf(decision: Decision, action: string): string {
  switch (decision.kind) {
    case 'denied':
      return `with an explicit deny in ${article(decision.by.side)}`
    case 'not-allowed':
      return `because no ${SIDE_NAMES[decision.missing]} allows the ${action} action`
    case 'allowed':
      return ''
  }
}

function causeOf(decision: Decision): string {
  switch (decision.kind) {
    case 'denied': {
      const { side, policy, sid, index } = decision.by
      const statement = sid === undefined ? `statement ${index + 1}` : `statement ${sid}`
      return `${statement} of ${article(side)}, ${policy}, denies it`
    }
    case 'not-allowed':
      return `nothing denies it, but no ${SIDE_NAMES[decision.missing]} allows it`
    case 'allowed':
      return 'it is allowed'
  }
}

function article(side: PolicySide): string {
  return `${side === 'identity' ? 'an' : 'a'} ${SIDE_NAMES[side]}`
}

function remedyOf(decision: Decision, { action, resource }: Question, caller: PolicyCaller): Denial['remedy'] {
  if (decision.kind !== 'not-allowed') return undefined
  const who = nameOfCaller(caller)
  const { missing } = decision
  if (missing === 'resource') {
    const statement = {
      Effect: 'Allow',
      Principal: caller.kind === 'service' ? { Service: who } : { AWS: who },
      Action: action,
      Resource: resource,
    }
    return { attachTo: `the policy of ${resource}`, statement: JSON.stringify(statement) }
  }
  const attachTo = missing === 'identity' ? who : `${article(missing)} of ${who}`
  return { attachTo, statement: JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource }) }
}
