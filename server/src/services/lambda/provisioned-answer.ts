// What the operations on provisioned concurrency share: finding what is meant, and the answer.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { LATEST, requireFunction, requireVersion } from './deployed-versions.ts'
import { invalidParameter } from './errors.ts'
import { type FunctionRef, parseFunctionName } from './function-name.ts'
import type { FunctionRecord } from './function-record.ts'
import type { LambdaOutput } from './model.ts'
import { requireAlias } from './operations/get-alias.ts'
import type { ProvisionedConfig } from './provisioned-record.ts'
import type { ProvisionedState } from './provisioning.ts'

/** A version or an alias of a function. */
export interface ProvisionedOwner {
  readonly ref: FunctionRef
  readonly owner: FunctionRecord
  readonly qualifier: string
  /** Versions that it stands for: the version, or those of the alias. */
  readonly versions: readonly string[]
}

/** `latest`: what AWS says where $LATEST is named. Throws ResourceNotFoundException for what is not there. */
export async function provisionedOwner(
  reader: Reader,
  input: { readonly FunctionName: string | undefined; readonly Qualifier: string | undefined },
  context: RequestContext,
  latest: string,
): Promise<ProvisionedOwner> {
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const { qualifier = LATEST } = ref
  if (qualifier === LATEST) throw invalidParameter(latest)
  if (/^\d+$/.test(qualifier)) {
    const { owner } = await requireVersion(reader, ref)
    return { ref, owner, qualifier, versions: [qualifier] }
  }
  await requireFunction(reader, ref)
  const { owner, alias } = await requireAlias(reader, ref, qualifier)
  return { ref, owner, qualifier, versions: [alias.version, ...(alias.routing ? [alias.routing.version] : [])] }
}

/** Where an alias or a version must be named. */
export const NOT_LATEST = 'The function resource provided must be an alias or a published version.'

export function provisionedAnswer(
  { requested, lastModifiedMs }: ProvisionedConfig,
  { allocated, available, status, reason }: ProvisionedState,
): LambdaOutput<'GetProvisionedConcurrencyConfig'> {
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: available,
    AllocatedProvisionedConcurrentExecutions: allocated,
    Status: status,
    ...(reason !== undefined && { StatusReason: reason }),
    LastModified: new Date(lastModifiedMs).toISOString().replace(/\.\d+Z$/, '+0000'),
  }
}
