// Shard iterators: a place in a shard and when it was told, as text that clients give back. AWS's begin with the stream's ARN
// too.
import { invalid } from '../language/invalid.ts'
import { expiredIterator } from './errors.ts'
import { ITERATOR_LIFE_MS } from './limits.ts'

export interface ShardIterator {
  readonly streamArn: string
  readonly shardId: string
  /** The log's sequence behind which reading goes on. */
  readonly after: number
  readonly atMs: number
}

export function writeIterator({ streamArn, shardId, after, atMs }: ShardIterator): string {
  return `${streamArn}|1|${Buffer.from(JSON.stringify([shardId, after, atMs])).toString('base64')}`
}

/** Throws ValidationException for what is no iterator, ExpiredIteratorException after 15 minutes. */
export function readIterator(text: string, nowMs: number): ShardIterator {
  const [streamArn = '', version, encoded = ''] = text.split('|')
  const place = version === '1' ? parse(encoded) : undefined
  if (place === undefined) throw invalid('Invalid ShardIterator')
  const [shardId, after, atMs] = place
  if (nowMs - atMs > ITERATOR_LIFE_MS) throw expiredIterator()
  return { streamArn, shardId, after, atMs }
}

function parse(encoded: string): readonly [string, number, number] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString())
    if (!Array.isArray(parts)) return undefined
    const [shardId, after, atMs]: unknown[] = parts
    if (typeof shardId !== 'string' || typeof atMs !== 'number') return undefined
    return typeof after === 'number' && Number.isSafeInteger(after) && after >= 0 ? [shardId, after, atMs] : undefined
  } catch {
    // Whatever the text is, it is none of our iterators.
    return undefined
  }
}
