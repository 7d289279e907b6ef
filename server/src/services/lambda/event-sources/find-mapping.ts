// A mapping by the UUID that a client gives.
import type { RequestContext } from '#protocol/operation.ts'
import type { Stored } from '#storage/collection.ts'
import type { Reader } from '#storage/transact.ts'
import { resourceInUse, resourceNotFound } from '../errors.ts'
import { isInTransition, type MappingRecord, mappings } from './mapping-record.ts'

type Caller = Pick<RequestContext, 'account' | 'region'>

/** The mapping, or AWS's ResourceNotFoundException. */
export async function requireMapping(
  reader: Reader,
  uuid: string | undefined,
  { account, region }: Caller,
): Promise<Stored<MappingRecord>> {
  const found = await mappings.get(reader, [account, region, uuid ?? ''])
  if (!found) throw resourceNotFound('The resource you requested does not exist.')
  return found
}

/** As requireMapping; throws ResourceInUseException while a step of the mapping is under way. */
export async function mappingToChange(
  reader: Reader,
  uuid: string | undefined,
  caller: Caller,
  change: 'update' | 'delete',
): Promise<MappingRecord> {
  const { value } = await requireMapping(reader, uuid, caller)
  if (isInTransition(value)) throw resourceInUse(`Cannot ${change} the event source mapping because it is in use.`)
  return value
}
