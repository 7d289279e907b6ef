// May a service, or the role of a function, send to this resource or read from it? Nobody calls then, so the gateway is not
// asked; the same evaluator decides, with the same policies. Source: the pages on resource-based policies of SQS, SNS and
// Lambda ("Granting a service permission to ..."), and of the execution role of Lambda.
import type { Clock } from '#base/clock.ts'
import { invariant } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { type EventOrigin, OPERATOR } from '#events/target.ts'
import { type Denials, explain } from '#gateway/denials.ts'
import type { Answer, Question } from '#identity/access.ts'
import type { Flaw, Standing } from '#identity/directory/directory.ts'
import type { Identity } from '#identity/identity.ts'
import { type ConditionKeys, conditionKeysOf } from '#identity/policy/condition-keys.ts'
import type { ConditionValues, Service } from '#protocol/operation.ts'
import { type ServiceId, servicesBySigningName } from '#protocol/services.ts'
import { LRUCache } from 'lru-cache'
import { internalContext } from './internal-context.ts'
import { serviceOfArn } from './arn-service.ts'

/** Warnings that were given once where permissions are only told of. */
const WARNINGS_REMEMBERED_MAX = 1000
const LAMBDA = 'lambda.amazonaws.com'

/** What is asked for; `conditions` are keys that only the asker knows. */
interface Wish {
  readonly action: string
  readonly resource: string
  readonly conditions: ConditionValues
}

export interface SenderPermissionOptions {
  readonly identity: Pick<Identity, 'access' | 'directory' | 'denialMessages'>
  readonly denials: Denials
  /** Otherwise everything is permitted, and the log says what would not be. */
  readonly enforce: boolean
  readonly clock: Clock
  readonly log: Log
  readonly serviceOf: (id: ServiceId) => Service | undefined | Promise<Service | undefined>
}

export class SenderPermission {
  readonly #options: SenderPermissionOptions
  readonly #warned = new LRUCache<string, true>({ max: WARNINGS_REMEMBERED_MAX })

  constructor(options: SenderPermissionOptions) {
    this.#options = options
  }

  get enforced(): boolean {
    return this.#options.enforce
  }

  /** Why functions cannot run with a role; undefined when they can. Told, not enforced: that is the asker's to do. */
  async roleFlaw(roleArn: string): Promise<Flaw | undefined> {
    return (await this.#roleStanding(LAMBDA, roleArn, accountOf(roleArn))).flaw
  }

  /** Why this origin may not do this; undefined when it may. */
  async refusal(
    origin: EventOrigin,
    action: string,
    resource: string,
    conditions: ConditionValues = {},
  ): Promise<string | undefined> {
    if (origin.principal === OPERATOR) return undefined
    const standing = await this.#standingOf(origin)
    const found = await this.#ask(origin, standing, { action, resource, conditions })
    if (found.answer.decision.kind === 'allowed') return undefined
    const { denials, identity, enforce, log } = this.#options
    const denial = {
      ...explain(found.question, found.answer, found.context, identity.denialMessages),
      enforced: enforce,
    }
    denials.add(denial)
    if (enforce) return `${denial.message.replace(/^User: /, '')} (mayfly explain ${denial.requestId})`
    const key = `${denial.who} ${action} ${resource}`
    if (!this.#warned.has(key)) log.warn('would be denied by mayfly start', { ...denial })
    this.#warned.set(key, true)
    return undefined
  }

  async #ask(origin: EventOrigin, standing: Standing, { action, resource, conditions }: Wish) {
    const { identity, serviceOf } = this.#options
    // ARNs have the name that requests are signed with.
    const service = servicesBySigningName(serviceOfArn(resource))[0]?.id
    invariant(service, `no service has ${resource}`)
    const [, , , region = ''] = resource.split(':')
    const context = internalContext({ service, operation: 'delivery', account: origin.account, region })
    const policies = await (await serviceOf(service))?.resourcePolicies?.(resource, context)
    const account = policies?.owner ?? accountOf(resource)
    const question: Question = {
      action,
      resource,
      side: {
        account,
        documents: policies?.documents ?? [],
        decides: policies?.decides ?? false,
        kind: policies?.kind ?? 'resource',
      },
      keys: () => this.#keys(origin, standing, { account, region, conditions }),
    }
    const answer: Answer = identity.access.decideFor(standing, question)
    return { question, answer, context }
  }

  #standingOf({ principal, roleOf = LAMBDA, account }: EventOrigin): Standing | Promise<Standing> {
    if (principal.startsWith('arn:')) return this.#roleStanding(roleOf, principal, account)
    return { caller: { kind: 'service', service: principal }, policies: { identity: [] }, tags: {}, flaw: undefined }
  }

  /** The role's trust in the service counts. */
  #roleStanding(service: string, roleArn: string, account: string): Standing | Promise<Standing> {
    return this.#options.identity.directory.standingOfService(service, roleArn, account)
  }

  #keys(
    { principal, sourceArn, account }: EventOrigin,
    { caller, tags }: Standing,
    at: { readonly account: string; readonly region: string; readonly conditions: ConditionValues },
  ): ConditionKeys {
    const nowMs = this.#options.clock.nowMs()
    const isService = caller.kind === 'service'
    return conditionKeysOf({
      ...at.conditions,
      'aws:CurrentTime': new Date(nowMs).toISOString(),
      'aws:EpochTime': String(Math.floor(nowMs / 1000)),
      'aws:SecureTransport': 'true',
      'aws:ResourceAccount': at.account,
      'aws:RequestedRegion': at.region,
      'aws:PrincipalIsAWSService': String(isService),
      ...(isService
        ? {
            'aws:SourceArn': sourceArn,
            'aws:SourceAccount': account,
            'aws:SourceOwner': account,
            'aws:PrincipalServiceName': principal,
          }
        : {
            'aws:PrincipalArn': principal,
            'aws:PrincipalAccount': account,
            'aws:PrincipalType': 'AssumedRole',
            ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [`aws:PrincipalTag/${name}`, value])),
          }),
    })
  }
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? ''
}
