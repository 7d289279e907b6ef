// PutResourcePolicy: the whole resource policy of a function, version or alias at once; what was there before is gone.
import { newRequestId } from '#base/ids.ts'
import { parsePolicy } from '#identity/policy/document.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter, policyTooLong, revisionMismatch } from '../errors.ts'
import { type PolicyRecord, policies, type PolicyStatement } from '../function-record.ts'
import { POLICY_BYTES_MAX } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { policyBearer, renderPolicy } from '../resource-policy.ts'

export async function putResourcePolicy(
  { ports }: LambdaDeps,
  input: LambdaInput<'PutResourcePolicy'>,
  context: RequestContext,
): Promise<LambdaOutput<'PutResourcePolicy'>> {
  const ref = policyBearer(input.ResourceArn, context)
  if (ref.qualifier === '$LATEST') throw invalidParameter('We currently do not support adding policies for $LATEST.')
  const record = policyOf(input.Policy ?? '')
  const { owner } = await requireVersion(ports.store, ref)
  await transact(ports.store, async (transaction) => {
    const key = [owner.id, ref.qualifier ?? '']
    const before = await policies.get(transaction, key)
    if (input.RevisionId !== undefined && input.RevisionId !== before?.value.revisionId)
      throw revisionMismatch('GetResourcePolicy')
    await policies.set(transaction, key, record)
  })
  return { Policy: renderPolicy(record), RevisionId: record.revisionId }
}

/** Throws AWS's errors for a text that is no resource policy, or is too long. */
function policyOf(text: string): PolicyRecord {
  const bytes = Buffer.byteLength(text)
  if (bytes > POLICY_BYTES_MAX) throw policyTooLong(bytes)
  const parsed = parsePolicy(text, 'resource')
  if (parsed.kind === 'faulty') {
    const [fault] = parsed.faults
    throw invalidParameter(`The policy is not valid: ${fault?.message ?? ''}${fault?.place ? ` (${fault.place})` : ''}`)
  }
  // The grammar was checked above: an object with one statement or a list of them.
  const { Version, Id, Statement } = JSON.parse(text) as {
    readonly Version?: string
    readonly Id?: string
    readonly Statement: PolicyStatement | readonly PolicyStatement[]
  }
  return {
    revisionId: newRequestId(),
    statements: Array.isArray(Statement) ? (Statement as readonly PolicyStatement[]) : [Statement as PolicyStatement],
    // A document without a version means the older one: it must not gain the meaning of a later one.
    version: Version ?? '2008-10-17',
    ...(Id !== undefined && { id: Id }),
  }
}
