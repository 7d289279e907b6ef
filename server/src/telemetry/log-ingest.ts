// The one way of events into the store. Batches that arrive while a commit is under way go into the next commit
// together, so that many writers to one group neither wait in line nor fight about its record.
//
// States of a batch: waiting -> in a commit -> stored, or refused because its group or stream is missing. A commit that
// meets a change by someone else (a deleted group, another node) reads the records again and repeats.
//
// Invariants: a group's and a stream's record are written in the same commit as the chunks they count, checked by
// version; so counts are exact, chunk numbers are never used twice, and no chunk outlives its group unnoticed.
import type { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import { ConflictError } from '#storage/transact.ts'
import type { Check, Key, Store, Version, Write } from '#storage/store.ts'
import { encodeChunks, encodePointer } from './log-chunk.ts'
import * as keys from './log-keys.ts'
import type { LogLimits } from './log-limits.ts'
import type { LogGroup, LogStream, LogStreamRef } from './logs.ts'
import type { PackedEvents } from './packed-events.ts'

export type IngestOutcome = 'stored' | 'no-group' | 'no-stream'

export interface Batch {
  readonly ref: LogStreamRef
  /** Not empty, in order of time. */
  readonly events: PackedEvents
  readonly ingestionMs: number
  /** Whether a missing group and stream are made; otherwise the batch is refused. */
  readonly makeMissing: boolean
}

export interface IngestOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly limits: LogLimits
  readonly newGroup: (createdMs: number) => LogGroup
  readonly cache: RecordCache
  /** Told after the commit. */
  readonly stored: (batch: Batch) => void
}

/** Records as they were last committed or read, by the text of their key. */
export type RecordCache = LRUCache<string, CachedRecord>

export interface CachedRecord {
  readonly record: LogGroup | LogStream
  readonly version: Version
}

interface Waiting {
  readonly batch: Batch
  resolve(outcome: IngestOutcome): void
  reject(error: unknown): void
}

/** A record while a commit is being put together. */
interface Draft<T extends LogGroup | LogStream> {
  readonly key: Key
  readonly name: string
  readonly version: Version | null
  /** As stored; undefined when it is new. */
  readonly before: T | undefined
  record: T
}

interface StreamDraft extends Draft<LogStream> {
  readonly groupId: string
  readonly stream: string
}

interface Plan {
  readonly checks: Check[]
  readonly sets: Write[]
  readonly deletes: Key[]
  readonly groups: Map<string, Draft<LogGroup>>
  readonly streams: Map<string, StreamDraft>
  readonly outcomes: IngestOutcome[]
}

const ATTEMPTS_MAX = 20
const BACKOFF_MAX_MS = 50

export class LogIngest {
  readonly #options: IngestOptions
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(options: IngestOptions) {
    this.#options = options
  }

  /** Batches that wait for a commit. The caller holds the bound: what functions printed goes before what clients put. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Resolves when the batch is on disk, or refused. */
  submit(batch: Batch): Promise<IngestOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    // Whoever submits in the same turn joins the first commit.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const taken = this.#take()
      try {
        const outcomes = await this.#commit(taken.map((waiting) => waiting.batch))
        for (const [index, waiting] of taken.entries()) waiting.resolve(outcomes[index] ?? 'no-group')
      } catch (error) {
        for (const waiting of taken) waiting.reject(error)
      }
    }
    this.#running = undefined
  }

  /** What fits into one commit, at least one batch. */
  #take(): Waiting[] {
    const { limits } = this.#options
    let bytes = 0
    let chunks = 0
    let count = 0
    for (const { batch } of this.#waiting) {
      bytes += batch.events.messageBytes
      chunks += chunksAtMost(batch, limits)
      if (count > 0 && (bytes > limits.commitBytesMax || chunks > limits.commitChunksMax)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #commit(batches: readonly Batch[]): Promise<readonly IngestOutcome[]> {
    const { store, clock, random, stored } = this.#options
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const plan = await this.#plan(batches)
      if (plan.sets.length === 0) return plan.outcomes
      const outcome = await store.commit(plan)
      if (outcome.kind === 'committed') {
        this.#remember(plan, outcome.version)
        for (const [index, batch] of batches.entries()) if (plan.outcomes[index] === 'stored') stored(batch)
        return plan.outcomes
      }
      this.#forget(plan)
      // The usual cause is a stale copy of a record, which is gone now; a second conflict is a real race.
      if (attempt > 1) await clock.sleep(random() * Math.min(BACKOFF_MAX_MS, 2 ** attempt))
    }
    throw new ConflictError(`log events lost ${ATTEMPTS_MAX} races for their group or stream`)
  }

  async #plan(batches: readonly Batch[]): Promise<Plan> {
    const plan: Plan = {
      checks: [],
      sets: [],
      deletes: [],
      groups: new Map(),
      streams: new Map(),
      outcomes: [],
    }
    await this.#readGroups(plan, batches)
    await this.#readStreams(plan, batches)
    for (const batch of batches) plan.outcomes.push(this.#add(plan, batch))
    for (const draft of plan.groups.values()) writeDraft(plan, draft, keys.groupCodec)
    for (const draft of plan.streams.values()) {
      writeDraft(plan, draft, keys.streamCodec)
      indexByLastEvent(plan, draft)
    }
    return plan
  }

  async #readGroups(plan: Plan, batches: readonly Batch[]): Promise<void> {
    const missing = new Map<string, Key>()
    for (const { ref } of batches) {
      const name = groupName(ref)
      if (plan.groups.has(name) || missing.has(name)) continue
      const cached = this.#options.cache.get(name)
      // The cache holds groups under names of groups: groupName and streamName never meet.
      if (cached) plan.groups.set(name, draftOf(keys.groupKey(ref), name, cached.version, cached.record as LogGroup))
      else missing.set(name, keys.groupKey(ref))
    }
    if (missing.size === 0) return
    const entries = await this.#options.store.getMany([...missing.values()])
    for (const [index, [name, key]] of [...missing].entries()) {
      const entry = entries[index]
      if (entry) plan.groups.set(name, draftOf(key, name, entry.version, keys.groupCodec.decode(entry.value)))
    }
    const nowMs = this.#options.clock.nowMs()
    for (const { ref, makeMissing } of batches) {
      const name = groupName(ref)
      if (!makeMissing || plan.groups.has(name)) continue
      const record = this.#options.newGroup(nowMs)
      plan.groups.set(name, { key: keys.groupKey(ref), name, version: null, before: undefined, record })
    }
  }

  async #readStreams(plan: Plan, batches: readonly Batch[]): Promise<void> {
    const missing = new Map<string, { readonly groupId: string; readonly stream: string }>()
    for (const { ref } of batches) {
      const group = plan.groups.get(groupName(ref))
      if (!group) continue
      const { id: groupId } = group.record
      const name = streamName(groupId, ref.stream)
      if (plan.streams.has(name) || missing.has(name)) continue
      const cached = this.#options.cache.get(name)
      if (!cached) missing.set(name, { groupId, stream: ref.stream })
      else plan.streams.set(name, streamDraftOf(groupId, ref.stream, cached.version, cached.record as LogStream))
    }
    if (missing.size === 0) return
    const wanted = [...missing.values()]
    const entries = await this.#options.store.getMany(wanted.map((one) => keys.streamKey(one.groupId, one.stream)))
    for (const [index, { groupId, stream }] of wanted.entries()) {
      const entry = entries[index]
      if (!entry) continue
      const draft = streamDraftOf(groupId, stream, entry.version, keys.streamCodec.decode(entry.value))
      plan.streams.set(draft.name, draft)
    }
  }

  /** Adds a batch's chunks to the plan and counts them in the drafts. */
  #add(plan: Plan, batch: Batch): IngestOutcome {
    const { ref, events, ingestionMs } = batch
    const group = plan.groups.get(groupName(ref))
    if (!group) return 'no-group'
    const stream = plan.streams.get(streamName(group.record.id, ref.stream)) ?? this.#makeStream(plan, group, batch)
    if (!stream) return 'no-stream'
    for (const chunk of encodeChunks(ref.stream, ingestionMs, events, this.#options.limits)) {
      const { id } = group.record
      const { number, nextChunk } = stream.record
      plan.sets.push({ key: keys.chunkKey(id, number, chunk.firstMs, nextChunk), value: chunk.bytes })
      plan.sets.push({ key: keys.pointerKey(id, chunk.firstMs, number, nextChunk), value: encodePointer(chunk) })
      const spanMs = chunk.lastMs - chunk.firstMs
      group.record = {
        ...group.record,
        storedBytes: group.record.storedBytes + chunk.storedBytes,
        spanMs: Math.max(group.record.spanMs, spanMs),
      }
      stream.record = {
        ...stream.record,
        nextChunk: nextChunk + 1,
        firstEventMs: Math.min(stream.record.firstEventMs ?? chunk.firstMs, chunk.firstMs),
        lastEventMs: Math.max(stream.record.lastEventMs ?? chunk.lastMs, chunk.lastMs),
        lastIngestionMs: ingestionMs,
        storedBytes: stream.record.storedBytes + chunk.storedBytes,
        spanMs: Math.max(stream.record.spanMs, spanMs),
      }
    }
    return 'stored'
  }

  #makeStream(plan: Plan, group: Draft<LogGroup>, batch: Batch): StreamDraft | undefined {
    if (!batch.makeMissing) return undefined
    const { id, nextStream } = group.record
    group.record = { ...group.record, nextStream: nextStream + 1 }
    const record = newStream(nextStream, this.#options.clock.nowMs())
    const draft = { ...streamDraftOf(id, batch.ref.stream, null, record), before: undefined }
    plan.streams.set(draft.name, draft)
    return draft
  }

  #remember(plan: Plan, version: Version): void {
    for (const drafts of [plan.groups, plan.streams])
      for (const { name, record, before, version: oldVersion } of drafts.values()) {
        const changed = record !== before
        if (changed || oldVersion !== null)
          this.#options.cache.set(name, { record, version: changed ? version : (oldVersion ?? version) })
      }
  }

  #forget(plan: Plan): void {
    for (const drafts of [plan.groups, plan.streams])
      for (const { name } of drafts.values()) this.#options.cache.delete(name)
  }
}

/** A stream without events. */
export function newStream(number: number, createdMs: number): LogStream {
  return { number, createdMs, storedBytes: 0, nextChunk: 0, spanMs: 0 }
}

function groupName(ref: LogStreamRef): string {
  return `${ref.account}\n${ref.region}\n${ref.group}`
}

function streamName(groupId: string, stream: string): string {
  return `${groupId}\t${stream}`
}

function draftOf<T extends LogGroup | LogStream>(key: Key, name: string, version: Version, record: T): Draft<T> {
  return { key, name, version, before: record, record }
}

function streamDraftOf(groupId: string, stream: string, version: Version | null, record: LogStream): StreamDraft {
  const key = keys.streamKey(groupId, stream)
  return { key, name: streamName(groupId, stream), version, before: record, record, groupId, stream }
}

function writeDraft<T extends LogGroup | LogStream>(
  plan: Plan,
  draft: Draft<T>,
  codec: { encode(value: T): Uint8Array },
): void {
  if (draft.record === draft.before) return
  plan.checks.push({ key: draft.key, version: draft.version })
  plan.sets.push({ key: draft.key, value: codec.encode(draft.record) })
}

function indexByLastEvent(plan: Plan, { groupId, stream, before, record }: StreamDraft): void {
  if (record.lastEventMs === undefined || record.lastEventMs === before?.lastEventMs) return
  plan.sets.push({ key: keys.lastEventKey(groupId, record.lastEventMs, stream), value: keys.MARK })
  if (before?.lastEventMs !== undefined) plan.deletes.push(keys.lastEventKey(groupId, before.lastEventMs, stream))
}

/** A bound on the chunks that encodeChunks makes of a batch. */
function chunksAtMost({ events }: Batch, limits: LogLimits): number {
  const spanMs = events.timeMs(events.count - 1) - events.timeMs(0)
  const bySpan = Math.min(events.count, Math.ceil(spanMs / limits.chunkSpanMsMax))
  const byCount = Math.ceil(events.count / limits.chunkEventsMax)
  return Math.ceil((2 * events.messageBytes) / limits.chunkBytesMax) + byCount + bySpan
}
