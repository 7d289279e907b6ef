// May this caller do this? Every row of an operation table names its IAM action and resource; this is where they are asked.
// `start` enforces the answer; `dev` tells what it would have been, unless it is told to enforce.
import type { Clock } from '#base/clock.ts'
import { grownTo } from '#base/grown-cache.ts'
import type { Log } from '#base/log.ts'
import type { Answer, Question, ResourceSide } from '#identity/access.ts'
import type { Identity } from '#identity/identity.ts'
import type { BoundOperation, RequestContext, ResourcePolicies, Service } from '#protocol/operation.ts'
import { LRUCache } from 'lru-cache'
import { type Denial, type Denials, explain } from './denials.ts'
import { requestKeys, type ResourceValues } from './request-keys.ts'

/** What is asked: an operation of a service, with its decoded input. */
export interface Asked {
  readonly service: Service
  readonly operation: BoundOperation
  readonly input: unknown
  readonly context: RequestContext
  /** The resource is named by its own ARN already: that of another must not take its place. */
  readonly exact?: boolean
}

export type Verdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'anonymous-denied' }
  | { readonly kind: 'denied'; readonly denial: Denial }
  /** `dev`: it goes on, and the answer says so. */
  | { readonly kind: 'would-deny'; readonly denial: Denial }

export type Authorizer = (asked: Asked) => Verdict | Promise<Verdict>

export interface AuthorizerOptions {
  readonly identity: Pick<Identity, 'access' | 'usage' | 'denialMessages'>
  readonly denials: Denials
  readonly enforce: boolean
  readonly clock: Clock
  readonly log: Log
}

const ALLOWED: Verdict = { kind: 'allowed' }
/** Warnings of `dev` that were given once. */
const WARNINGS_REMEMBERED_MAX = 1000

/** Whoever can sign may ask who it is. Source: STS API reference. */
const FREE = new Set(['sts:GetCallerIdentity', 'sts:GetSessionToken'])

/** With the resource as the caller named it. */
interface NamedQuestion extends Question {
  readonly named: string
}

interface Need {
  readonly action: string
  readonly resource: string
}

/** The authorizer of a server. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { enforce, clock } = options
  const { access, usage, denialMessages } = options.identity
  const warned = new LRUCache<string, true>(grownTo(WARNINGS_REMEMBERED_MAX))

  return (asked) => {
    const { operation, input, context } = asked
    const action = operation.actionOf?.(input, context) ?? operation.action
    const need = { action, resource: operation.resource(input, context) }
    const first = permit(asked, need)
    const further = operation.also?.(input, context)
    if (further === undefined || further.length === 0) return first
    return permitAll(asked, first, further)
  }

  async function permitAll(
    asked: Asked,
    first: Verdict | Promise<Verdict>,
    further: readonly Need[],
  ): Promise<Verdict> {
    const verdict = await first
    if (verdict.kind !== 'allowed') return verdict
    for (const need of further) {
      const next = await permit(asked, need)
      if (next.kind !== 'allowed') return next
    }
    return ALLOWED
  }

  function permit(asked: Asked, need: Need): Verdict | Promise<Verdict> {
    const { context, service } = asked
    if (FREE.has(need.action) && context.principal.kind !== 'anonymous') return ALLOWED
    noteUse(context, need.action)
    const account = accountOfArn(need.resource)
    // Root of the account may everything in it; this is also the way of nearly every call while developing.
    const isOwn = account === context.account || (account === '' && service.resourcePolicies === undefined)
    const isOwnRoot = context.principal.kind === 'root' && (isOwn || need.resource === '*')
    if (isOwnRoot && service.deniesRoot?.(context.operation) !== true) return ALLOWED
    const found = service.resourcePolicies?.(need.resource, context)
    if (isOwnRoot && !(found instanceof Promise) && (found?.documents.length ?? 0) === 0) return ALLOWED
    return found instanceof Promise
      ? found.then((policies) => decide(asked, need, policies))
      : decide(asked, need, found)
  }

  function decide(asked: Asked, need: Need, policies: ResourcePolicies | undefined): Verdict | Promise<Verdict> {
    const { context } = asked
    const side: ResourceSide = {
      account: policies?.owner ?? (accountOfArn(need.resource) || context.account),
      documents: policies?.documents ?? [],
      decides: policies?.decides ?? false,
      kind: policies?.kind ?? 'resource',
    }
    const { resourceConditions } = asked.service
    const ofResource: ResourceValues | undefined = resourceConditions && {
      prefixes: resourceConditions.prefixes,
      asked: false,
      values: undefined,
    }
    const question: NamedQuestion = {
      action: need.action,
      named: need.resource,
      resource: (asked.exact === true ? undefined : policies?.arn) ?? need.resource,
      side,
      keys: (standing) =>
        requestKeys({ ...asked, standing, resourceAccount: side.account, ofResource, nowMs: clock.nowMs() }),
    }
    const answer = access.decide(context.principal, question)
    const settle = (one: Answer): Verdict | Promise<Verdict> =>
      ofResource?.asked === true ? decideAgain(asked, question, ofResource) : conclude(asked, question, one)
    return answer instanceof Promise ? answer.then(settle) : settle(answer)
  }

  /** A policy asked for something that only the resource knows. */
  async function decideAgain(asked: Asked, question: NamedQuestion, ofResource: ResourceValues): Promise<Verdict> {
    const { service, context } = asked
    ofResource.values = (await service.resourceConditions?.read(question.resource, context, asked.input)) ?? {}
    return conclude(asked, question, await access.decide(context.principal, question))
  }

  function conclude({ context }: Asked, question: NamedQuestion, answer: Answer): Verdict {
    if (answer.decision.kind === 'allowed') return ALLOWED
    // The full ARN of something of another account would tell that it is there.
    const isOwn = question.side.account === context.account
    const told = isOwn ? question : { ...question, resource: question.named }
    const denial = explain(told, answer, context, denialMessages)
    options.denials.add({ ...denial, enforced: enforce })
    if (!enforce) return warn(denial)
    options.log.info('denied', { ...denial })
    return context.principal.kind === 'anonymous' ? { kind: 'anonymous-denied' } : { kind: 'denied', denial }
  }

  function warn(denial: Denial): Verdict {
    const key = `${denial.who} ${denial.action} ${denial.resource}`
    if (!warned.has(key)) options.log.warn('would be denied by mayfly start', { ...denial })
    warned.set(key, true)
    return { kind: 'would-deny', denial }
  }

  function noteUse({ principal, account, region }: RequestContext, action: string): void {
    if (principal.kind === 'anonymous') return
    const identity =
      principal.kind === 'user' ? principal.userArn : principal.kind === 'session' ? principal.roleArn : undefined
    usage.note(principal.accessKeyId, account, identity, action.slice(0, action.indexOf(':')), region)
  }
}

/** The account field of an ARN; empty where it has none. */
function accountOfArn(arn: string): string {
  let colon = -1
  for (let field = 0; field < 4; field++) {
    colon = arn.indexOf(':', colon + 1)
    if (colon < 0) return ''
  }
  return arn.slice(colon + 1, arn.indexOf(':', colon + 1))
}
