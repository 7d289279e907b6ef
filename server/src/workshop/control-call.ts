// What whoever runs the server changes by Mayfly's own routes is in the audit trail of the default account, before its
// answer.
import { encodeEvent } from '#audit/event.ts'
import { userIdentityOf } from '#audit/user-identity.ts'
import type { InternalRequest } from '#gateway/internal-routes.ts'
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '#identity/accounts.ts'
import type { Surroundings } from './part.ts'

export interface ControlCall {
  readonly operation: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** That it was about. */
  readonly resource: { readonly account: string; readonly type: string; readonly arn: string; readonly name: string }
}

export async function recordCall(
  { journal, clock }: Pick<Surroundings, 'journal' | 'clock'>,
  { operator, requestId, head }: InternalRequest,
  { operation, parameters, resource }: ControlCall,
): Promise<void> {
  const event = encodeEvent({
    kind: 'management',
    source: 'mayfly.internal',
    operation,
    region: DEFAULT_REGION,
    readOnly: false,
    recipient: DEFAULT_ACCOUNT,
    userIdentity: userIdentityOf(operator ?? { kind: 'anonymous' }),
    requestId,
    nowMs: clock.nowMs(),
    sourceAddress: head.remoteAddress,
    userAgent: head.headers['user-agent'],
    requestParameters: parameters,
    responseElements: undefined,
    error: undefined,
    resources: [resource],
    additional: undefined,
    tls: undefined,
    sharedEventId: undefined,
  })
  await journal.append(DEFAULT_ACCOUNT, event)
}
