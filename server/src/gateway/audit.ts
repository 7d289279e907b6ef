// Tells the audit trail of a call. What it needs was kept in the exchange on the way.
import type { AuditedCaller, Auditor } from '#audit/auditor.ts'
import type { TlsDetails } from '#audit/event.ts'
import { regionOf } from '#identity/accounts.ts'
import { readClaim } from '#identity/claim.ts'
import type { Exchange } from './exchange.ts'

/** A form that was refused before it was read says nothing of its operation. */
const UNKNOWN_OPERATION = 'Unknown'

/** Records the call, where it is one; undefined (at once) when there is nothing to wait for. */
export function audit(exchange: Exchange, auditor: Auditor): Promise<void> | undefined {
  const { wire, head, requestId, error } = exchange
  if (wire === undefined) return undefined
  const caller = callerOf(exchange)
  if (caller === undefined) return undefined
  return auditor.record({
    service: wire.id,
    operation: exchange.operation ?? operationOfForm(exchange) ?? UNKNOWN_OPERATION,
    wire,
    requestId,
    sourceAddress: head.remoteAddress,
    headers: head.headers,
    tls: head.secure ? tlsDetailsOf(exchange) : undefined,
    error,
    caller,
  })
}

/** A form that was read to check its signature still says what it wanted. */
function operationOfForm({ wire, protocol, rawBody, wireRequest, head }: Exchange): string | undefined {
  if (wire === undefined || protocol === undefined || rawBody === undefined) return undefined
  try {
    return wire.route(protocol, wireRequest ?? head, rawBody).operation
  } catch {
    // It names no operation: there is nothing better to say of it.
    return undefined
  }
}

function tlsDetailsOf({ stream, head }: Exchange): TlsDetails | undefined {
  const { tls } = stream
  if (tls === undefined) return undefined
  return {
    tlsVersion: tls.version,
    cipherSuite: tls.cipherSuite,
    clientProvidedHostHeader: head.headers['host'] ?? head.host,
  }
}

/** Undefined for what never became a call: a page of a website, a body that was not read. */
function callerOf({
  context,
  refused,
  overQuota,
  head,
  bound,
  input,
  output,
  ownArn,
}: Exchange): AuditedCaller | undefined {
  if (context !== undefined) return { kind: 'believed', context, bound, input, output, ownArn, denied: context.denied }
  if (overQuota !== undefined) {
    const { principal, account, region } = overQuota
    return { kind: 'over-quota', principal, account, region }
  }
  if (!refused) return undefined
  const claim = readClaim(head)
  const region = 'region' in claim ? claim.region : undefined
  const accessKeyId = 'accessKeyId' in claim ? claim.accessKeyId : undefined
  return { kind: 'refused', accessKeyId, region: regionOf(region) }
}
