// Server access logs: what buckets with logging were asked, written into objects of their target buckets, in batches. As AWS
// promises it: best effort (what is in memory when the process dies is lost), within a bounded time. Source: S3 user guide,
// "Logging requests with server access logging".
import { randomHex } from '#base/ids.ts'
import type { CancelTimer } from '#base/clock.ts'
import type { EdgeOutcome, EdgeRequest } from '#protocol/edge.ts'
import { accessLogLine } from './access-log-line.ts'
import { aclsDisabled } from './access.ts'
import type { Grant } from './acl.ts'
import { type BucketRecord, buckets } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { internalContext } from './internal-context.ts'
import { ACCESS_LOG_BATCH_BYTES_MAX, ACCESS_LOG_HELD_BYTES_MAX, PAGE_MAX } from './limits.ts'
import { putObject } from './operations/put-object.ts'
import type { LoggingTarget } from './settings/logging.ts'

interface Batch {
  readonly lines: string[]
  bytes: number
  readonly firstMs: number
  cancelTimer: CancelTimer
}

const LOGGING_INDEX = ['s3.buckets#logging']

export class AccessLog {
  readonly #deps: S3Deps
  /** The buckets that are logged; kept up to date by a watch. */
  #logged: ReadonlyMap<string, BucketRecord> = new Map()
  readonly #batches = new Map<string, Batch>()
  readonly #writing = new Set<Promise<void>>()
  #heldBytes = 0
  #dropped = 0
  #stopWatching: (() => void) | undefined
  #loading: Promise<void> | undefined

  constructor(deps: S3Deps) {
    this.#deps = deps
  }

  /** Learns which buckets are logged, now and from now on. */
  async start(): Promise<void> {
    this.#stopWatching = this.#deps.store.watch(LOGGING_INDEX, () => void this.#load())
    await this.#load()
  }

  /** A request has ended. */
  note(request: EdgeRequest, outcome: EdgeOutcome): void {
    if (this.#logged.size === 0) return
    const slash = request.path.indexOf('/', 1)
    const bucket = this.#logged.get(slash < 0 ? request.path.slice(1) : request.path.slice(1, slash))
    if (!bucket) return
    const { clock } = this.#deps
    const timeMs = clock.nowMs() - Math.round(outcome.totalMs)
    const line = accessLogLine({ account: bucket.account, bucket: bucket.name, timeMs, request, outcome })
    this.#add(bucket.name, line, timeMs)
  }

  #add(bucket: string, line: string, timeMs: number): void {
    if (this.#heldBytes + line.length > ACCESS_LOG_HELD_BYTES_MAX) {
      this.#dropped++
      return
    }
    const { clock, pace } = this.#deps
    let batch = this.#batches.get(bucket)
    if (!batch) {
      const cancelTimer = clock.after(pace.accessLogDelayMs, () => this.#write(bucket))
      batch = { lines: [], bytes: 0, firstMs: timeMs, cancelTimer }
      this.#batches.set(bucket, batch)
    }
    batch.lines.push(line)
    batch.bytes += line.length
    this.#heldBytes += line.length
    if (batch.bytes >= ACCESS_LOG_BATCH_BYTES_MAX) this.#write(bucket)
  }

  #write(name: string): void {
    const batch = this.#batches.get(name)
    if (!batch) return
    this.#batches.delete(name)
    batch.cancelTimer()
    const writing = this.#deliver(name, batch)
      .catch((error: unknown) => this.#deps.log.warn('an access log was not written', { bucket: name, error }))
      .finally(() => {
        this.#heldBytes -= batch.bytes
        this.#writing.delete(writing)
      })
    this.#writing.add(writing)
  }

  async #deliver(name: string, batch: Batch): Promise<void> {
    const deps = this.#deps
    const bucket = this.#logged.get(name)
    const logging = bucket?.logging
    if (!bucket || !logging) return
    const target = (await buckets.get(deps.store, [logging.bucket]))?.value
    if (!target || target.account !== bucket.account) return
    const nowMs = deps.clock.nowMs()
    const bytes = Buffer.from(batch.lines.join(''))
    const input = {
      Bucket: target.name,
      Key: logObjectKey(logging, bucket, { deliveredMs: nowMs, firstMs: batch.firstMs }),
      ContentType: 'text/plain',
      Body: {
        length: bytes.length,
        bytes: async () => bytes,
        stream: () => onlyChunk(bytes),
        trailers: () => new Map<string, string>(),
      },
      ...(!aclsDisabled(target) && grantHeaders(logging.grants ?? [])),
    }
    await putObject(deps, input, internalContext(target, 'PutObject', 'log-delivery'))
  }

  /** Everything noted so far is written. */
  async flush(): Promise<void> {
    for (const name of this.#batches.keys()) this.#write(name)
    await Promise.all(this.#writing)
    if (this.#dropped > 0) this.#deps.log.warn('access log lines were dropped', { lines: this.#dropped })
    this.#dropped = 0
  }

  async close(): Promise<void> {
    this.#stopWatching?.()
    await this.flush()
  }

  /** After a reset. */
  forget(): void {
    for (const batch of this.#batches.values()) {
      batch.cancelTimer()
      this.#heldBytes -= batch.bytes
    }
    this.#batches.clear()
    this.#logged = new Map()
  }

  async #load(): Promise<void> {
    // One at a time, and again for what changed meanwhile.
    const before = this.#loading
    const loading = (async () => {
      await before
      this.#logged = await this.#list()
    })().catch((error: unknown) => this.#deps.log.warn('logged buckets cannot be listed', { error }))
    this.#loading = loading
    await loading
  }

  async #list(): Promise<ReadonlyMap<string, BucketRecord>> {
    const logged = new Map<string, BucketRecord>()
    for (let after: readonly (string | number | bigint | boolean | Uint8Array)[] | undefined; ;) {
      const range = { prefix: [], ...(after && { after }) }
      const page = await buckets.listIndex(this.#deps.store, 'logging', range, { limit: PAGE_MAX })
      for (const { value, indexKey } of page) {
        logged.set(value.name, value)
        after = indexKey
      }
      if (page.length < PAGE_MAX) return logged
    }
  }
}

async function* onlyChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

const UNIQUE_BYTES = 8

/** Source: "Log object key format". */
function logObjectKey(
  { prefix, partitions }: LoggingTarget,
  { account, region, name }: BucketRecord,
  { deliveredMs, firstMs }: { readonly deliveredMs: number; readonly firstMs: number },
): string {
  const unique = randomHex(UNIQUE_BYTES).toUpperCase()
  const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace(/[T:]/g, '-')
  if (partitions === undefined) return `${prefix}${stamp(deliveredMs)}-${unique}`
  const [year, month, day] = stamp(partitions === 'EventTime' ? firstMs : deliveredMs).split('-')
  const time = partitions === 'EventTime' ? `${year}-${month}-${day}-00-00-00` : stamp(deliveredMs)
  return `${prefix}${account}/${region}/${name}/${year}/${month}/${day}/${time}-${unique}`
}

const GRANT_MEMBERS = { FULL_CONTROL: 'GrantFullControl', READ: 'GrantRead' } as const

/** Target grants as the headers that give them. */
function grantHeaders(grants: readonly Grant[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const { grantee, permission } of grants) {
    if (permission !== 'FULL_CONTROL' && permission !== 'READ') continue
    const who = grantee.kind === 'user' ? `id="${grantee.id}"` : `uri="${grantee.uri}"`
    const member = GRANT_MEMBERS[permission]
    headers[member] = headers[member] === undefined ? who : `${headers[member]}, ${who}`
  }
  return headers
}
