// Streams by their ARNs.
import type { Store } from '#storage/store.ts'
import { streamArn, type TablePlace } from '../arn.ts'
import { streamCodec, streamKey, type StreamDescription } from '../stream-record.ts'
import { noStream } from './errors.ts'

const STREAM_ARN = /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([^/]+)\/stream\/([^/]+)$/

interface StreamPlace {
  readonly table: TablePlace
  readonly label: string
}

/** Undefined for what is no ARN of a stream. */
export function streamOfArn(arn: string): StreamPlace | undefined {
  const [, region, account, name, label] = STREAM_ARN.exec(arn) ?? []
  if (region === undefined || account === undefined || name === undefined || label === undefined) return undefined
  return { table: { account, region, name }, label }
}

export function arnOfStream(stream: StreamDescription): string {
  return streamArn(stream, stream.label)
}

/** Undefined when there is no such stream. */
export async function findStream(store: Pick<Store, 'get'>, arn: string): Promise<StreamDescription | undefined> {
  const place = streamOfArn(arn)
  const entry = place && (await store.get(streamKey(place.table, place.label)))
  return entry && streamCodec.decode(entry.value)
}

/** Throws ResourceNotFoundException. */
export async function requireStream(store: Pick<Store, 'get'>, arn: string): Promise<StreamDescription> {
  const stream = await findStream(store, arn)
  if (stream === undefined) throw noStream(arn)
  return stream
}
