// The step of a request's life that records it. Management calls are recorded always, and the answer waits until the record
// is on disk: whoever was told that something changed can find who changed it, whatever happens next. Data calls are
// recorded where a trail asks for them, in the same way; nobody else pays for that more than a look into a map.
import type { Clock } from '#base/clock.ts'
import { newRequestId } from '#base/ids.ts'
import type { Principal } from '#base/principal.ts'
import { DEFAULT_ACCOUNT } from '#identity/accounts.ts'
import type { Credentials } from '#identity/credentials.ts'
import type { AwsError } from '#protocol/errors.ts'
import type { BoundOperation, RequestContext, Service } from '#protocol/operation.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ServiceWire } from '#protocol/wire.ts'
import type { DataSelection } from './data-selection.ts'
import { encodeEvent, eventSourceOf, type TlsDetails } from './event.ts'
import type { Journal } from './journal.ts'
import { isGlobal, isReadOnly, kindOf, type OperationKind, regionOfRecord } from './operation-kinds.ts'
import { RefusalBudget } from './refusal-budget.ts'
import { type NamedResource, resourceOfArn, selectableResources } from './resource-type.ts'
import { foreignIdentity, unverifiedIdentity, type UserIdentity, userIdentityOf } from './user-identity.ts'

/** A call that was answered, or will be with this. */
export interface AuditedCall {
  readonly service: ServiceId
  readonly operation: string
  readonly wire: ServiceWire
  readonly requestId: string
  readonly sourceAddress: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly tls: TlsDetails | undefined
  readonly error: AwsError | undefined
  readonly caller: AuditedCaller
}

export type AuditedCaller =
  | {
      readonly kind: 'believed'
      readonly context: RequestContext
      /** What its service has for the operation; undefined while it is not built. */
      readonly bound: { readonly service: Service; readonly operation: BoundOperation } | undefined
      readonly input: unknown
      readonly output: unknown
      /** Of the resource, where the operation's row can only name it by another. */
      readonly ownArn: string | undefined
      /** The answer is that it may not. */
      readonly denied: boolean
    }
  /** The account asks too often: nothing of the request was read but its head. */
  | {
      readonly kind: 'over-quota'
      readonly principal: Principal
      readonly account: string
      readonly region: string
    }
  /** The signature was refused. */
  | { readonly kind: 'refused'; readonly accessKeyId: string | undefined; readonly region: string }

export interface Auditor {
  /** Records the call; undefined (at once) when nothing is to be recorded, else it resolves when the record is on disk. */
  record(call: AuditedCall): Promise<void> | undefined
}

export interface AuditorOptions {
  readonly journal: Journal
  readonly selection: DataSelection
  readonly credentials: Pick<Credentials, 'lookup'>
  readonly clock: Clock
}

interface Recipient {
  readonly account: string
  readonly userIdentity: UserIdentity
}

export function createAuditor({ journal, selection, credentials, clock }: AuditorOptions): Auditor {
  const budget = new RefusalBudget(clock)

  function record(call: AuditedCall): Promise<void> | undefined {
    const kind = kindOf(call.service, call.operation)
    const { caller } = call
    if (caller.kind === 'refused') return recordRefused(call, kind, caller)
    if (caller.kind === 'over-quota') return kind === 'data' ? undefined : recordOverQuota(call, kind, caller)
    if (kind === 'data' && selection.isEmpty && !caller.denied) return undefined
    return recordBelieved(call, kind, caller)
  }

  async function recordRefused(
    call: AuditedCall,
    kind: OperationKind,
    { accessKeyId, region }: Extract<AuditedCaller, { kind: 'refused' }>,
  ): Promise<void> {
    const known = accessKeyId === undefined ? undefined : await credentials.lookup(accessKeyId)
    const owner = known === undefined ? undefined : accountOf(known.principal)
    const account = owner ?? DEFAULT_ACCOUNT
    await recordUnread(call, kind, { account, region, userIdentity: unverifiedIdentity(accessKeyId, owner) })
  }

  function recordOverQuota(
    call: AuditedCall,
    kind: OperationKind,
    { principal, account, region }: Extract<AuditedCaller, { kind: 'over-quota' }>,
  ): Promise<void> | undefined {
    return recordUnread(call, kind, { account, region, userIdentity: userIdentityOf(principal) })
  }

  /** A call that was turned away by its head alone: such calls are recorded within a budget. */
  function recordUnread(
    call: AuditedCall,
    kind: OperationKind,
    { account, region, userIdentity }: Recipient & { readonly region: string },
  ): Promise<void> | undefined {
    const omitted = budget.take(account)
    if (omitted === undefined) return undefined
    return journal.append(
      account,
      encodeEvent({
        ...commonFacts(call, kind),
        region: regionOfRecord(call.service, region),
        recipient: account,
        userIdentity,
        requestParameters: undefined,
        responseElements: undefined,
        resources: [],
        additional: omittedNote(omitted),
        sharedEventId: undefined,
      }),
    )
  }

  async function recordBelieved(
    call: AuditedCall,
    kind: OperationKind,
    caller: Extract<AuditedCaller, { kind: 'believed' }>,
  ): Promise<void> {
    const { context } = caller
    const resources = resourcesOf(caller)
    const recipients = await recipientsOf(call, caller, resources)
    const userArn = recipients[0]?.userIdentity['arn']
    const traits = {
      eventCategory: kind === 'management' ? ('Management' as const) : ('Data' as const),
      eventSource: eventSourceOf(call.service),
      eventName: call.operation,
      readOnly: isReadOnly(call.service, call.operation),
      resources: selectableResources(resources, kind === 'data'),
      userArn: typeof userArn === 'string' ? userArn : undefined,
      errorCode: call.error?.code,
      region: regionOfRecord(call.service, context.region),
      isGlobal: isGlobal(call.service),
    }
    // Whoever has no account fails as often as they like.
    const always = kind === 'management' && (context.principal.kind !== 'anonymous' || call.error === undefined)
    const told = recipients.flatMap((recipient) => {
      const wanted = always || selection.wants(recipient.account, traits)
      if (wanted) return [{ recipient, omitted: 0 }]
      if (kind === 'data' && !caller.denied) return []
      const omitted = budget.take(recipient.account)
      return omitted === undefined ? [] : [{ recipient, omitted }]
    })
    if (told.length === 0) return
    const sharedEventId = told.length > 1 ? newRequestId() : undefined
    const facts = { ...commonFacts(call, kind), ...elementsOf(call, caller, traits.readOnly), region: traits.region }
    await Promise.all(
      told.map(({ recipient: { account, userIdentity }, omitted }) =>
        journal.append(
          account,
          encodeEvent({
            ...facts,
            recipient: account,
            userIdentity,
            resources,
            additional: omittedNote(omitted),
            sharedEventId,
          }),
        ),
      ),
    )
  }

  function commonFacts(call: AuditedCall, kind: OperationKind) {
    const { service, operation, requestId, sourceAddress, headers, tls, error } = call
    return {
      kind,
      source: eventSourceOf(service),
      operation,
      readOnly: isReadOnly(service, operation),
      requestId,
      nowMs: clock.nowMs(),
      sourceAddress,
      userAgent: headers['user-agent'],
      tls,
      error: error && { code: error.code, message: error.message },
    }
  }

  return { record }
}

/** The caller's account, and after a success the account whose resource it was. */
async function recipientsOf(
  call: AuditedCall,
  caller: Extract<AuditedCaller, { kind: 'believed' }>,
  [resource]: readonly NamedResource[],
): Promise<readonly Recipient[]> {
  const { context, bound } = caller
  const { principal } = context
  const own = accountOf(principal)
  const userIdentity = providerIdentity(call, caller) ?? userIdentityOf(principal)
  // Nobody may fill the journals of others with failures.
  const owner = call.error === undefined ? await ownerOf(resource, bound?.service, context) : undefined
  if (own === undefined) return [{ account: owner ?? DEFAULT_ACCOUNT, userIdentity }]
  const first = { account: own, userIdentity }
  if (owner === undefined || owner === own) return [first]
  return [first, { account: owner, userIdentity: foreignIdentity(principal) }]
}

async function ownerOf(
  resource: NamedResource | undefined,
  service: Service | undefined,
  context: RequestContext,
): Promise<string | undefined> {
  if (resource === undefined) return undefined
  if (resource.account !== '') return resource.account
  // Buckets have no account in their ARN.
  return (await service?.resourcePolicies?.(resource.arn, context))?.owner
}

/** Who came with the word of an identity provider, which the answer names once it was believed. */
function providerIdentity(
  { service }: AuditedCall,
  { context, output }: Extract<AuditedCaller, { kind: 'believed' }>,
): UserIdentity | undefined {
  if (service !== 'sts' || context.principal.kind !== 'anonymous' || typeof output !== 'object' || output === null)
    return undefined
  // The output of AssumeRoleWithWebIdentity or AssumeRoleWithSAML.
  const found = output as Readonly<Record<string, unknown>>
  const subject = found['SubjectFromWebIdentityToken']
  if (typeof subject === 'string') {
    const principalId = `${String(found['Provider'])}:${String(found['Audience'])}:${subject}`
    return { type: 'WebIdentityUser', principalId, userName: subject, identityProvider: String(found['Provider']) }
  }
  const name = found['Subject']
  if (typeof name !== 'string') return undefined
  const identityProvider = String(found['Issuer'])
  return {
    type: 'SAMLUser',
    principalId: `${String(found['NameQualifier'])}:${name}`,
    userName: name,
    identityProvider,
  }
}

function resourcesOf({
  bound,
  context,
  input,
  ownArn,
}: Extract<AuditedCaller, { kind: 'believed' }>): readonly NamedResource[] {
  // Without an input it is not known what the call was about.
  if (bound === undefined || input === undefined) return []
  const resource = resourceOfArn(ownArn ?? bound.operation.resource(input, context))
  return resource === undefined ? [] : [resource]
}

function elementsOf(
  { service, operation, wire, headers, error }: AuditedCall,
  { input, output }: Extract<AuditedCaller, { kind: 'believed' }>,
  readOnly: boolean,
): {
  readonly requestParameters: Readonly<Record<string, unknown>> | undefined
  readonly responseElements: Readonly<Record<string, unknown>> | undefined
} {
  const requestParameters = input === undefined ? undefined : wire.loggable(operation, 'input', input)
  // What changes nothing shows no answer; whom STS let in is worth knowing.
  const shows = error === undefined && (!readOnly || (service === 'sts' && operation.startsWith('Assume')))
  return {
    requestParameters: service === 's3' ? s3Parameters(requestParameters, headers['host']) : requestParameters,
    responseElements: shows ? wire.loggable(operation, 'output', output) : undefined,
  }
}

/** S3 calls its buckets `bucketName` in records, and tells the host. */
function s3Parameters(
  parameters: Readonly<Record<string, unknown>> | undefined,
  host: string | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (parameters === undefined) return undefined
  const { bucket, ...others } = parameters
  return { ...(bucket !== undefined && { bucketName: bucket }), Host: host, ...others }
}

function omittedNote(omitted: number): Readonly<Record<string, unknown>> | undefined {
  return omitted === 0 ? undefined : { refusalsNotRecorded: omitted }
}

function accountOf(principal: Principal): string | undefined {
  return principal.kind === 'anonymous' ? undefined : principal.account
}
