// Reads everything that is kept and compares it with what was written: blobs by the CRC-32 in their reference, inline bodies
// by the one in their record, sealed bytes as they lie there, so no key is needed. A whole round is one walk over the Store;
// what it finds stands in the report, which is kept, and in the log. Nothing is mended: whoever has another copy puts it.
import { crc32 } from 'node:zlib'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { BlobMissingError, type Blobs } from '#storage/blobs.ts'
import { Collection, jsonCodec, type Stored } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { SCRUB_BYTES_PER_SECOND, SCRUB_FINDINGS_MAX, SCRUB_PAGE } from './limits.ts'
import { asBuffer } from './object-listing.ts'
import {
  blobReferences,
  bodies,
  bodyKey,
  crcOfReference,
  manifests,
  objects,
  type VersionRecord,
  versions,
} from './object-record.ts'
import { parts } from './multipart-record.ts'

/** Bytes that are not what was written. */
export interface Damage {
  readonly kind: 'changed' | 'missing'
  /** Undefined: the bytes are inline. */
  readonly blob?: string
  /** Whose bytes they are, as far as it is an object. */
  readonly bucket?: string
  readonly key?: string
  readonly versionId?: string
}

export interface ScrubReport {
  readonly startedMs: number
  /** Absent: the round was cut short. */
  readonly finishedMs?: number
  readonly blobs: number
  readonly inlineBodies: number
  readonly bytes: number
  /** Blobs from before checksums were kept: only that they are there was looked at. */
  readonly unchecked: number
  /** At most SCRUB_FINDINGS_MAX; `damaged` counts all. */
  readonly findings: readonly Damage[]
  readonly damaged: number
}

const LAST = ['last'] as const
/** Timers of the system hold no more than 2^31 ms. */
const TIMER_MS_MAX = 24 * 60 * 60 * 1000

/** The last report. Key: ['last']. */
const reports = new Collection<ScrubReport>({ name: 's3.scrub', codec: jsonCodec<ScrubReport>(1) })

export interface ScrubberOptions {
  readonly store: Store
  readonly blobs: Blobs
  readonly clock: Clock
  readonly log: Log
  /** Between the ends of two rounds. */
  readonly intervalMs: number
}

export class Scrubber {
  readonly #options: ScrubberOptions
  readonly #closing = new AbortController()
  #round: Promise<ScrubReport> | undefined
  #watching: Promise<void> | undefined

  constructor(options: ScrubberOptions) {
    this.#options = options
  }

  /** The last round that was begun; undefined while there was none. */
  async report(): Promise<ScrubReport | undefined> {
    return (await reports.get(this.#options.store, LAST))?.value
  }

  /** A round at full speed, or the one under way. */
  scrub(): Promise<ScrubReport> {
    return (this.#round ??= this.#run(Number.POSITIVE_INFINITY).finally(() => (this.#round = undefined)))
  }

  /** Rounds at leisure, for as long as the service lives. */
  start(): void {
    this.#watching ??= this.#watch().catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#options.log.error('s3.scrub.failed', { error })
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#watching
    await this.#round?.catch(() => undefined)
  }

  async #watch(): Promise<void> {
    const { clock, intervalMs } = this.#options
    const { signal } = this.#closing
    const openedMs = clock.nowMs()
    while (!signal.aborted) {
      const dueMs = ((await this.report())?.finishedMs ?? openedMs) + intervalMs
      await this.#waitUntil(dueMs)
      if (signal.aborted) return
      if (clock.nowMs() < dueMs) continue
      await (this.#round ??= this.#run(SCRUB_BYTES_PER_SECOND).finally(() => (this.#round = undefined)))
    }
  }

  #waitUntil(dueMs: number): Promise<void> {
    const { clock } = this.#options
    return new Promise((resolve) => {
      const cancel = clock.after(Math.max(0, Math.min(dueMs - clock.nowMs(), TIMER_MS_MAX)), resolve)
      this.#closing.signal.addEventListener('abort', () => (cancel(), resolve()), { once: true })
    })
  }

  async #run(bytesPerSecond: number): Promise<ScrubReport> {
    const round = new Round(this.#options, bytesPerSecond, this.#closing.signal)
    await this.#keep(round.report())
    await round.run()
    if (this.#closing.signal.aborted) return round.report()
    const report = { ...round.report(), finishedMs: this.#options.clock.nowMs() }
    await this.#keep(report)
    this.#options.log[report.damaged > 0 ? 'error' : 'info']('s3.scrub', {
      blobs: report.blobs,
      bytes: report.bytes,
      damaged: report.damaged,
    })
    return report
  }

  #keep(report: ScrubReport): Promise<void> {
    return transact(this.#options.store, (transaction) => reports.set(transaction, LAST, report))
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

class Round {
  readonly #options: ScrubberOptions
  readonly #bytesPerSecond: number
  readonly #signal: AbortSignal
  readonly #startedMs: number
  readonly #findings: Damage[] = []
  readonly #counts: Writable<Pick<ScrubReport, 'blobs' | 'inlineBodies' | 'bytes' | 'unchecked' | 'damaged'>> = {
    blobs: 0,
    inlineBodies: 0,
    bytes: 0,
    unchecked: 0,
    damaged: 0,
  }

  constructor(options: ScrubberOptions, bytesPerSecond: number, signal: AbortSignal) {
    this.#options = options
    this.#bytesPerSecond = bytesPerSecond
    this.#signal = signal
    this.#startedMs = options.clock.nowMs()
  }

  report(): ScrubReport {
    return { startedMs: this.#startedMs, findings: [...this.#findings], ...this.#counts }
  }

  async run(): Promise<void> {
    const damaged: string[] = []
    for await (const { key, value } of this.#pages(blobReferences)) {
      const kind = await this.#checkBlob(String(key[0]), value)
      if (kind) damaged.push(this.#found({ kind, blob: String(key[0]) }))
    }
    for (const collection of [objects, versions])
      for await (const version of this.#pages(collection)) await this.#checkInline(version)
    if (damaged.length > 0) await this.#nameOwners(new Set(damaged))
  }

  async *#pages<T>(collection: Collection<T>): AsyncGenerator<Stored<T>> {
    for (let after: Key | undefined; ;) {
      const range = { prefix: [], ...(after && { after }) }
      const page = await collection.list(this.#options.store, range, { limit: SCRUB_PAGE })
      for (const entry of page) {
        if (this.#signal.aborted) return
        yield entry
      }
      if (page.length < SCRUB_PAGE) return
      after = page.at(-1)?.key
    }
  }

  async #checkBlob(id: string, reference: Uint8Array): Promise<Damage['kind'] | undefined> {
    this.#counts.blobs++
    const expected = crcOfReference(reference)
    if (expected === undefined) this.#counts.unchecked++
    let found = 0
    try {
      for await (const chunk of this.#options.blobs.get(id)) {
        found = crc32(chunk, found)
        await this.#pause(chunk.length)
        if (this.#signal.aborted) return undefined
      }
    } catch (error) {
      if (!(error instanceof BlobMissingError)) throw error
      // Deleted since it was listed, or gone without anybody's doing.
      return (await blobReferences.get(this.#options.store, [id])) && 'missing'
    }
    return expected === undefined || expected === found ? undefined : 'changed'
  }

  async #checkInline({ key, value }: Stored<VersionRecord>): Promise<void> {
    if (value.kind !== 'object' || value.body.kind !== 'inline' || value.body.crc32 === undefined) return
    this.#counts.inlineBodies++
    const where = bodyKey(String(key[0]), asBuffer(key[1]), value.versionId)
    const body = (await bodies.get(this.#options.store, where))?.value
    await this.#pause(body?.length ?? 0)
    if (body && crc32(body) === value.body.crc32) return
    // It may have been replaced since it was listed.
    const now = (await objects.get(this.#options.store, key.slice(0, 2)))?.value
    if (key.length === 2 && now?.sequencer !== value.sequencer) return
    this.#found({ kind: body ? 'changed' : 'missing', ...ownerOf(key, value) })
  }

  /** Counts it, keeps it, logs it; answers the blob. */
  #found(damage: Damage): string {
    this.#counts.damaged++
    if (this.#findings.length < SCRUB_FINDINGS_MAX) this.#findings.push(damage)
    this.#options.log.error('s3.scrub.damage', { ...damage })
    return damage.blob ?? ''
  }

  /** Says whose the damaged blobs are. Nothing leads from a blob to its object, so all objects are walked. */
  async #nameOwners(damaged: ReadonlySet<string>): Promise<void> {
    const name = (blob: string, owner: Pick<Damage, 'bucket' | 'key' | 'versionId'>): void => {
      const at = this.#findings.findIndex((finding) => finding.blob === blob)
      const finding = this.#findings[at]
      if (finding) this.#findings[at] = { ...finding, ...owner }
    }
    for (const collection of [objects, versions])
      for await (const { key, value } of this.#pages(collection)) {
        if (value.kind !== 'object') continue
        for (const blob of await this.#blobsOf(value)) if (damaged.has(blob)) name(blob, ownerOf(key, value))
      }
    for await (const { key, value } of this.#pages(parts))
      if (damaged.has(value.blob)) name(value.blob, { key: `part ${String(key[1])} of the upload ${String(key[0])}` })
  }

  async #blobsOf({ body }: Extract<VersionRecord, { kind: 'object' }>): Promise<readonly string[]> {
    if (body.kind === 'inline') return []
    if (body.kind === 'blob') return [body.id]
    const manifest = await manifests.get(this.#options.store, [body.uploadId])
    return manifest?.value.parts.map((part) => part.blob) ?? []
  }

  /** Leaves the disk to others: so many bytes a second and no more. */
  async #pause(bytes: number): Promise<void> {
    this.#counts.bytes += bytes
    if (this.#bytesPerSecond !== Number.POSITIVE_INFINITY)
      await this.#options.clock.sleep((bytes / this.#bytesPerSecond) * 1000, this.#signal)
  }
}

function ownerOf(key: Key, { versionId }: VersionRecord): Pick<Damage, 'bucket' | 'key' | 'versionId'> {
  return {
    bucket: String(key[0]),
    key: asBuffer(key[1]).toString(),
    ...(versionId !== undefined && { versionId }),
  }
}
