// Which calls begin an execution of a durable function. Source: developer guide, "Invoking Lambda durable functions".
import type { Constraints } from '../constraints.ts'
import type { DeployedVersion } from '../deployed-versions.ts'
import { invalidParameter } from '../errors.ts'
import type { DurableSettings, VersionRecord } from '../function-record.ts'
import { DURABLE_NAME_CHARS_MAX, DURABLE_WAITED_TIMEOUT_S_MAX } from '../limits.ts'
import { UNQUALIFIED } from './errors.ts'

export type DurableVersion = DeployedVersion & { readonly record: { readonly durable: DurableSettings } }

export function isDurable(deployed: DeployedVersion): deployed is DurableVersion {
  return deployed.record.durable !== undefined
}

export function checkExecutionName(constraints: Constraints, name: string | undefined): Constraints {
  return constraints
    .length('durableExecutionName', name, { min: 1, max: DURABLE_NAME_CHARS_MAX })
    .pattern('durableExecutionName', name, /^[a-zA-Z0-9-_]+$/, '[a-zA-Z0-9-_]+')
}

type Called = Pick<DeployedVersion, 'ref'> & { readonly record: Pick<VersionRecord, 'durable'> }

/** Why a call cannot begin an execution, or name one; undefined when it can. `waits`: for the end of it. */
export function durableFault(
  { ref, record }: Called,
  call: { readonly waits: boolean; readonly name?: string | undefined },
): string | undefined {
  if (record.durable === undefined)
    return call.name === undefined ? undefined : 'DurableExecutionName can only be given to durable functions.'
  if (ref.qualifier === undefined) return UNQUALIFIED
  if (call.waits && record.durable.timeoutS > DURABLE_WAITED_TIMEOUT_S_MAX)
    return 'You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.'
  return undefined
}

/** Throws InvalidParameterValueException where there is such a fault. */
export function requireDurableCall(deployed: Called, call: Parameters<typeof durableFault>[1]): void {
  const fault = durableFault(deployed, call)
  if (fault !== undefined) throw invalidParameter(fault)
}
