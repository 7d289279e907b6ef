// Kinesis destinations of a table: kept and described.
import type { TablePlace } from './arn.ts'
import { invalid, noTable } from './errors.ts'
import type { DynamoDeps } from './deps.ts'
import type { KinesisDestination, TableRecord } from './table-record.ts'

export type Precision = KinesisDestination['precision']

const STREAM_ARN = /^arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/[a-zA-Z0-9_.-]+$/

/** Changes the destinations of a table. Throws ResourceNotFoundException, ValidationException. */
export async function changeDestinations(
  { tables }: DynamoDeps,
  place: TablePlace,
  streamArn: string | undefined,
  change: (destinations: readonly KinesisDestination[], arn: string) => readonly KinesisDestination[],
): Promise<TableRecord> {
  if (streamArn === undefined || !STREAM_ARN.test(streamArn)) throw invalid(`Invalid StreamArn: ${streamArn}`)
  if ((await tables.find(place)) === undefined) throw noTable(place.name)
  return await tables.update(place, (record) => ({ ...record, kinesis: change(record.kinesis ?? [], streamArn) }))
}

/** The destination that takes records. Throws ValidationException. */
export function requireActive(destinations: readonly KinesisDestination[], arn: string): KinesisDestination {
  const found = destinations.find(({ streamArn, status }) => streamArn === arn && status === 'ACTIVE')
  if (found === undefined)
    throw invalid(`Table is not in a valid state to disable or update Kinesis Streaming Destination: ${arn}`)
  return found
}

export function precisionOf(given: string | undefined): Precision {
  return given === 'MICROSECOND' ? 'MICROSECOND' : 'MILLISECOND'
}
