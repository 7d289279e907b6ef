// Event buses. Every account has a default bus in every region from the beginning: it has a record only when something
// was set on it.
import type { RequestContext } from '#protocol/operation.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { type BusRef, DEFAULT_BUS, requestedBus } from './arn.ts'
import { notFound } from './errors.ts'
import type { Tags } from './tags.ts'

export interface BusRecord extends BusRef {
  readonly createdMs: number
  readonly modifiedMs: number
  readonly description?: string
  readonly kmsKeyIdentifier?: string
  readonly deadLetterArn?: string
  readonly log?: { readonly includeDetail: string | undefined; readonly level: string | undefined }
  /** The resource policy as JSON text. */
  readonly policy?: string
  readonly tags: Tags
}

/** Key: [account, region, name]. */
export const buses = new Collection<BusRecord>({ name: 'events.buses', codec: jsonCodec<BusRecord>(1) })

export function busKey({ account, region, name }: BusRef): Key {
  return [account, region, name]
}

/** The bus; undefined when there is none of that name. */
export async function findBus(reader: Reader, ref: BusRef): Promise<BusRecord | undefined> {
  const found = await buses.get(reader, busKey(ref))
  if (found !== undefined) return found.value
  return ref.name === DEFAULT_BUS ? untouchedDefault(ref) : undefined
}

/** A default bus on which nothing was set. */
export function untouchedDefault({ account, region }: Omit<BusRef, 'name'>): BusRecord {
  return { account, region, name: DEFAULT_BUS, createdMs: 0, modifiedMs: 0, tags: {} }
}

/** The bus that a request names. Throws ResourceNotFoundException. */
export async function requireBus(
  reader: Reader,
  nameOrArn: string | undefined,
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<BusRecord> {
  const ref = requestedBus(nameOrArn, context)
  const bus = await findBus(reader, ref)
  if (bus === undefined) throw notFound(`Event bus ${ref.name}`)
  return bus
}

/** As DescribeEventBus and ListEventBuses show it. */
export function shownTimes({ createdMs, modifiedMs }: BusRecord): {
  readonly CreationTime?: Date
  readonly LastModifiedTime?: Date
} {
  // Nobody knows when an account's default bus was made.
  if (createdMs === 0) return {}
  return { CreationTime: new Date(createdMs), LastModifiedTime: new Date(modifiedMs) }
}
