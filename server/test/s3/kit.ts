// What the tests of S3's handlers stand on: the service over the memory store, blobs in memory, a clock that is driven by
// hand, and requests made without a gateway.
import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import { ManualClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { decodeRecord, OUTBOX_LOG, type OutboxRecord } from '../../src/events/outbox.ts'
import type { Envelope } from '../../src/events/envelope.ts'
import { Vault } from '../../src/identity/vault/vault.ts'
import { AwsError } from '../../src/protocol/errors.ts'
import type { IncomingBody, OperationName, RequestContext } from '../../src/protocol/operation.ts'
import type { S3Input, S3Module, S3Output } from '../../src/services/s3/deps.ts'
import { PACE } from '../../src/services/s3/pace.ts'
import { NO_REMOTES } from '../../src/services/s3/remotes.ts'
import { createS3Service, type S3Service } from '../../src/services/s3/service.ts'
import {
  BlobMissingError,
  type BlobRange,
  type BlobWriting,
  type Blobs,
  type StoredBlob,
} from '../../src/storage/blobs.ts'
import { createMemoryStore, type MemoryStore } from '../../src/storage/memory/memory-store.ts'

export const ACCOUNT = '000000000000'

/** Time stands still unless a test advances it, but a transaction that lost a race tries again at once. */
class PatientClock extends ManualClock {
  override sleep(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }
}

/** Blobs in memory, chunked as the port allows, so that readers are seen to join chunks. */
export class MemoryBlobs implements Blobs {
  readonly kept = new Map<string, Buffer>()
  readonly #chunkBytes: number
  #nextId = 0

  constructor(chunkBytes = 1024 * 1024) {
    this.#chunkBytes = chunkBytes
  }

  async put(source: Uint8Array | AsyncIterable<Uint8Array>, writing?: BlobWriting): Promise<StoredBlob> {
    const chunks: Buffer[] = []
    if (source instanceof Uint8Array) chunks.push(Buffer.from(source))
    // Copied: the memory of a chunk may be used again.
    else for await (const chunk of source) chunks.push(Buffer.from(chunk))
    const bytes = Buffer.concat(chunks)
    const id = `blob-${++this.#nextId}`
    this.kept.set(id, bytes)
    const sum = crc32(bytes)
    assert.equal(writing?.crc32?.() ?? sum, sum)
    return { id, size: bytes.length, crc32: sum }
  }

  async *get(id: string, range?: BlobRange): AsyncGenerator<Uint8Array> {
    const bytes = this.kept.get(id)
    if (!bytes) throw new BlobMissingError(id)
    const wanted = range ? bytes.subarray(range.start, range.end) : bytes
    for (let start = 0; start < wanted.length; start += this.#chunkBytes) {
      // A later chunk is read later, as from a file that is opened for each.
      if (!this.kept.has(id)) throw new BlobMissingError(id)
      yield wanted.subarray(start, start + this.#chunkBytes)
    }
  }

  async concat(ids: readonly string[]): Promise<StoredBlob> {
    return this.put(Buffer.concat(ids.map((id) => this.kept.get(id) ?? Buffer.alloc(0))))
  }

  async delete(id: string): Promise<void> {
    this.kept.delete(id)
  }

  async sweep(isReferenced: (id: string) => Promise<boolean>): Promise<number> {
    let swept = 0
    for (const id of this.kept.keys()) if (!(await isReferenced(id)) && this.kept.delete(id)) swept++
    return swept
  }

  async clear(): Promise<void> {
    this.kept.clear()
  }

  async close(): Promise<void> {}
}

/** A body as the gateway hands it over. */
export function bodyOf(content: string | Uint8Array, trailers: Readonly<Record<string, string>> = {}): IncomingBody {
  const bytes = Buffer.from(content as string)
  return {
    length: bytes.length,
    bytes: async () => bytes,
    async *stream() {
      for (let start = 0; start < bytes.length; start += 100_000) yield bytes.subarray(start, start + 100_000)
    },
    trailers: () => new Map(Object.entries(trailers)),
  }
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly account?: string
  readonly region?: string
  /** By default GET. */
  readonly method?: string
}

export interface Called<T> {
  readonly output: T
  readonly status: number | undefined
}

type Loose<T> = Partial<T> & { readonly [member: string]: unknown }

export interface S3World {
  readonly service: S3Service
  readonly store: MemoryStore
  readonly blobs: MemoryBlobs
  readonly clock: ManualClock
  /** What `destinations` answers, by ARN. */
  readonly refusals: Map<string, string>
  /** Calls a handler as the pipeline would. */
  call<Op extends OperationName<S3Module>>(
    operation: Op,
    input: Loose<S3Input<Op>>,
    options?: CallOptions,
  ): Promise<Called<S3Output<Op>>>
  /** The output alone. */
  run<Op extends OperationName<S3Module>>(
    operation: Op,
    input: Loose<S3Input<Op>>,
    options?: CallOptions,
  ): Promise<S3Output<Op>>
  put(bucket: string, key: string, content: string | Uint8Array): Promise<S3Output<'PutObject'>>
  /** The bytes of an object. */
  read(bucket: string, key: string, more?: Loose<S3Input<'GetObject'>>): Promise<Buffer>
  /** Everything in the outbox, oldest first. */
  events(): Promise<readonly Envelope[]>
  /** As `events`, with where each goes. */
  records(): Promise<readonly OutboxRecord[]>
}

/** A fresh S3; with `store` and `blobs` from another one, as after a restart. */
export function createWorld(over: { store?: MemoryStore; blobs?: MemoryBlobs } = {}): S3World {
  const clock = new PatientClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678))
  const store = over.store ?? createMemoryStore()
  const blobs = over.blobs ?? new MemoryBlobs(7000)
  const refusals = new Map<string, string>()
  const service = createS3Service({
    store,
    blobs,
    clock,
    log: silentLog,
    destinations: { refusal: async (arn) => refusals.get(arn) },
    hops: { next: () => 0 },
    remotes: NO_REMOTES,
    vault: new Vault({ store, clock, masterKey: Buffer.alloc(32, 7), salt: Buffer.alloc(16) }),
    pace: PACE,
    storage: { isLimited: false, within: (_account, _bytes, work) => work() },
  })
  const call: S3World['call'] = async (name, input, options = {}) => {
    const operation = service.operations.get(name)
    assert.ok(operation?.implemented, `${name} is not implemented`)
    let status: number | undefined
    const context: RequestContext = {
      requestId: 'REQUEST-1',
      service: 's3',
      operation: name,
      account: options.account ?? ACCOUNT,
      region: options.region ?? 'us-east-1',
      principal: { kind: 'root', account: options.account ?? ACCOUNT, accessKeyId: 'AKIATEST' },
      http: {
        method: options.method ?? 'GET',
        url: '/',
        headers: { host: '127.0.0.1:4566', ...options.headers },
        host: '127.0.0.1',
        remoteAddress: '127.0.0.9',
      },
      signal: new AbortController().signal,
      setHeader() {},
      setStatus(value) {
        status = value
      },
    }
    // The table's types are those of `name`; binding has made them unknown.
    const output = (await operation.handle(input, context)) as never
    return { output, status }
  }
  const run: S3World['run'] = async (name, input, options) => (await call(name, input, options)).output
  return {
    service,
    store,
    blobs,
    clock,
    refusals,
    call,
    run,
    put: (Bucket, Key, content) => run('PutObject', { Bucket, Key, Body: bodyOf(content) }),
    read: async (Bucket, Key, more = {}) => {
      const { Body } = await run('GetObject', { Bucket, Key, ...more })
      return bytesOf(Body)
    },
    events: async () => (await recordsOf(store)).map(({ envelope }) => envelope),
    records: () => recordsOf(store),
  }
}

async function recordsOf(store: MemoryStore): Promise<readonly OutboxRecord[]> {
  return (await store.list({ prefix: OUTBOX_LOG })).map((entry) => decodeRecord(entry.value))
}

/** A world with the bucket `photos`. */
export async function worldWithBucket(): Promise<S3World> {
  const world = createWorld()
  await world.run('CreateBucket', { Bucket: 'photos' })
  return world
}

/** Reads an answer's body to its end. */
export async function bytesOf(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0)
  if (body instanceof Uint8Array) return Buffer.from(body)
  const pieces: Buffer[] = []
  // Copied: the memory of a piece is used again.
  for await (const piece of body) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

/** For assert.rejects: an AwsError of this code (and status). */
export function fails(code: string, status?: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AwsError, `not an AwsError: ${String(error)}`)
    assert.equal(error.code, code, error.message)
    if (status !== undefined) assert.equal(error.status, status)
    return true
  }
}
