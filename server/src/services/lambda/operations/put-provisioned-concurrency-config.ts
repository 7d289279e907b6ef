// PutProvisionedConcurrencyConfig: orders instances of a published version or an alias that are initialised before they are
// needed, and stay. They count in the function's reservation, else in what all functions of the account share.
import type { RequestContext } from '#protocol/operation.ts'
import { allIndexed } from '#storage/each-stored.ts'
import { transact } from '#storage/transact.ts'
import type { Reader } from '#storage/transact.ts'
import { aliases } from '../alias-record.ts'
import { concurrencyMaxOf } from '../account-quotas.ts'
import { reservedTotal } from '../concurrency-quotas.ts'
import { Constraints } from '../constraints.ts'
import { LATEST } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter, resourceConflict } from '../errors.ts'
import { versions } from '../function-record.ts'
import { UNRESERVED_CONCURRENCY_MIN } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { provisionedAnswer, type ProvisionedOwner, provisionedOwner } from '../provisioned-answer.ts'
import { provisioned, provisionedKey, provisionedOf, provisionedUnreserved } from '../provisioned-record.ts'
import { hasSnapshot } from '../snapshot-record.ts'
import { refuseBesideTenants } from '../tenancy.ts'

const UNPUBLISHED = 'Provisioned Concurrency Configs cannot be applied to unpublished function versions.'

export async function putProvisionedConcurrencyConfig(
  { ports, options }: LambdaDeps,
  input: LambdaInput<'PutProvisionedConcurrencyConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'PutProvisionedConcurrencyConfig'>> {
  const requested = input.ProvisionedConcurrentExecutions ?? 0
  new Constraints()
    .range('provisionedConcurrentExecutions', requested, { min: 1, max: Number.MAX_SAFE_INTEGER })
    .check()
  const accountMax = concurrencyMaxOf(ports, context.account, options.concurrencyMax)
  const record = await transact(ports.store, async (transaction) => {
    const found = await provisionedOwner(transaction, input, context, UNPUBLISHED)
    if (found.versions.includes(LATEST)) throw invalidParameter(UNPUBLISHED)
    refuseBesideTenants(found.owner.latest, 'Provisioned concurrency')
    await refuseSnapshots(transaction, found)
    await checkOverlap(transaction, found)
    await checkRoom(transaction, found, requested, accountMax)
    const { owner, qualifier } = found
    const record = { name: owner.name, requested, lastModifiedMs: ports.clock.nowMs() }
    await provisioned.set(transaction, provisionedKey(owner, qualifier), record)
    return { ...record, account: owner.account, region: owner.region, functionId: owner.id, qualifier }
  })
  context.setStatus(202)
  return provisionedAnswer(record, { allocated: 0, available: 0, status: 'IN_PROGRESS', reason: undefined })
}

/** Source: developer guide, "Improving startup performance with Lambda SnapStart": the two exclude each other. */
async function refuseSnapshots(reader: Reader, { owner, versions: named }: ProvisionedOwner): Promise<void> {
  for (const number of named) {
    const version = await versions.get(reader, [owner.id, Number(number)])
    if (version && hasSnapshot(version.value))
      throw invalidParameter('ProvisionedConcurrency is not supported for SnapStart enabled functions.')
  }
}

/** A version is ordered by itself or by its aliases, not by both. */
async function checkOverlap(reader: Reader, { owner, qualifier, versions: named }: ProvisionedOwner): Promise<void> {
  if (!named.includes(qualifier)) {
    for (const version of named)
      if (await provisioned.get(reader, provisionedKey(owner, version)))
        throw resourceConflict(
          "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
        )
    return
  }
  for (const { name } of await allIndexed(reader, aliases, 'version', [owner.id, qualifier]))
    if (await provisioned.get(reader, provisionedKey(owner, name)))
      throw resourceConflict('Version is pointed by a Provisioned Concurrency alias')
}

async function checkRoom(
  reader: Reader,
  { owner, qualifier }: ProvisionedOwner,
  requested: number,
  accountMax: number,
): Promise<void> {
  const { reservedConcurrency } = owner
  if (reservedConcurrency !== undefined) {
    if ((await provisionedOf(reader, owner, qualifier)) + requested > reservedConcurrency)
      throw invalidParameter(
        'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
      )
    return
  }
  if (requested > accountMax)
    throw invalidParameter(
      `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${accountMax}].`,
    )
  const before = (await provisioned.get(reader, provisionedKey(owner, qualifier)))?.value.requested ?? 0
  const ordered = (await provisionedUnreserved(reader, owner.account, owner.region)) - before
  const left = accountMax - (await reservedTotal(reader, owner.account, owner.region)) - ordered - requested
  if (left < UNRESERVED_CONCURRENCY_MIN)
    throw invalidParameter(
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_CONCURRENCY_MIN}].`,
    )
}
