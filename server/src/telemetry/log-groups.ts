// The records of groups and streams: made, changed, listed and deleted here; the ingest counts in them.
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import type { Entry, Key, Range, Store } from '#storage/store.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import { newStream } from './log-ingest.ts'
import * as keys from './log-keys.ts'
import type { LogGroup, LogGroupClass, LogGroupRef, LogStream, LogStreamRef } from './logs.ts'

export interface GroupSettings {
  readonly tags?: Readonly<Record<string, string>>
  readonly groupClass?: LogGroupClass
  readonly deletionProtected?: boolean
  readonly retentionDays?: number
}

/** What may be changed of a group. `retentionDays: undefined` keeps events for ever. */
export interface GroupChange {
  readonly tags?: Readonly<Record<string, string>>
  readonly deletionProtected?: boolean
  readonly retentionDays?: number | undefined
}

export interface NamedGroup {
  readonly ref: LogGroupRef
  readonly group: LogGroup
}

export interface NamedStream {
  readonly name: string
  readonly stream: LogStream
}

export interface StreamListOptions {
  readonly orderBy: 'name' | 'last-event'
  readonly descending: boolean
  /** Only with orderBy name. */
  readonly prefix?: string
  readonly limit: number
  /** Continues after this one, as the page before ended. */
  readonly after?: StreamCursor
}

/** `lastEventMs` is undefined in the part of the streams without events, and when ordered by name. */
export interface StreamCursor {
  readonly name: string
  readonly lastEventMs: number | undefined
}

export interface GroupsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly newId: () => string
}

const LIST_PAGE = 200
/** Greater than every name with the prefix before it, in the order of UTF-8 bytes. */
const AFTER_ALL = '\u{10ffff}'

export class LogGroups {
  readonly #options: GroupsOptions

  constructor(options: GroupsOptions) {
    this.#options = options
  }

  /** A group without streams. */
  newGroup(createdMs: number, settings: GroupSettings = {}): LogGroup {
    return {
      id: this.#options.newId(),
      createdMs,
      tags: settings.tags ?? {},
      groupClass: settings.groupClass ?? 'STANDARD',
      deletionProtected: settings.deletionProtected ?? false,
      ...(settings.retentionDays !== undefined && { retentionDays: settings.retentionDays }),
      storedBytes: 0,
      nextStream: 0,
      spanMs: 0,
    }
  }

  create(ref: LogGroupRef, settings: GroupSettings): Promise<'created' | 'exists'> {
    return this.#transact(async (transaction) => {
      if (await transaction.get(keys.groupKey(ref))) return 'exists'
      const group = this.newGroup(this.#options.clock.nowMs(), settings)
      transaction.set(keys.groupKey(ref), keys.groupCodec.encode(group))
      return 'created'
    })
  }

  /** `change` is given the group as it is. */
  update(ref: LogGroupRef, change: (group: LogGroup) => GroupChange): Promise<'updated' | 'missing'> {
    return this.#transact(async (transaction) => {
      const group = await readGroup(transaction, ref)
      if (!group) return 'missing'
      const { retentionDays, ...changed } = { ...group, ...change(group) }
      const record: LogGroup = retentionDays === undefined ? changed : { ...changed, retentionDays }
      transaction.set(keys.groupKey(ref), keys.groupCodec.encode(record))
      return 'updated'
    })
  }

  /** Its events cannot be read any more at once; the sweep deletes them. */
  delete(ref: LogGroupRef): Promise<'deleted' | 'missing' | 'protected'> {
    return this.#transact(async (transaction) => {
      const group = await readGroup(transaction, ref)
      if (!group) return 'missing'
      if (group.deletionProtected) return 'protected'
      transaction.delete(keys.groupKey(ref))
      transaction.set(keys.garbageKey(group.id), keys.MARK)
      return 'deleted'
    })
  }

  get(ref: LogGroupRef): Promise<LogGroup | undefined> {
    return readGroup(this.#options.store, ref)
  }

  /** Groups in order of name, from the first one after `after` on, read as far as they are asked for. */
  async *list(account: string, region: string, prefix = '', after?: string): AsyncGenerator<NamedGroup> {
    const all = keys.groupsKey(account, region)
    const range: Range = { prefix: all, from: [...all, prefix], before: [...all, prefix + AFTER_ALL] }
    const start = after === undefined ? undefined : [...all, after]
    for await (const { key, value } of entries(this.#options.store, range, start))
      yield { ref: { account, region, group: String(key[3]) }, group: keys.groupCodec.decode(value) }
  }

  createStream(ref: LogStreamRef): Promise<'created' | 'exists' | 'no-group'> {
    return this.#transact(async (transaction) => {
      const group = await readGroup(transaction, ref)
      if (!group) return 'no-group'
      const key = keys.streamKey(group.id, ref.stream)
      if (await transaction.get(key)) return 'exists'
      transaction.set(keys.groupKey(ref), keys.groupCodec.encode({ ...group, nextStream: group.nextStream + 1 }))
      transaction.set(key, keys.streamCodec.encode(newStream(group.nextStream, this.#options.clock.nowMs())))
      return 'created'
    })
  }

  deleteStream(ref: LogStreamRef): Promise<'deleted' | 'no-group' | 'no-stream' | 'protected'> {
    return this.#transact(async (transaction) => {
      const group = await readGroup(transaction, ref)
      if (!group) return 'no-group'
      if (group.deletionProtected) return 'protected'
      const key = keys.streamKey(group.id, ref.stream)
      const entry = await transaction.get(key)
      if (!entry) return 'no-stream'
      const stream = keys.streamCodec.decode(entry.value)
      transaction.delete(key)
      if (stream.lastEventMs !== undefined)
        transaction.delete(keys.lastEventKey(group.id, stream.lastEventMs, ref.stream))
      transaction.set(keys.garbageKey(group.id, stream.number), keys.MARK)
      const storedBytes = Math.max(0, group.storedBytes - stream.storedBytes)
      transaction.set(keys.groupKey(ref), keys.groupCodec.encode({ ...group, storedBytes }))
      return 'deleted'
    })
  }

  async getStream(groupId: string, stream: string): Promise<LogStream | undefined> {
    const entry = await this.#options.store.get(keys.streamKey(groupId, stream))
    return entry && keys.streamCodec.decode(entry.value)
  }

  /** One page. Ordered by last event, streams without events count as the oldest. */
  async listStreams(groupId: string, options: StreamListOptions): Promise<readonly NamedStream[]> {
    if (options.orderBy === 'name') return this.#streamsByName(groupId, options, options.prefix ?? '')
    return options.descending ? this.#withEventsFirst(groupId, options) : this.#withoutEventsFirst(groupId, options)
  }

  async #streamsByName(groupId: string, options: StreamListOptions, prefix: string): Promise<NamedStream[]> {
    const all = keys.streamsKey(groupId)
    const range: Range = { prefix: all, from: [...all, prefix], before: [...all, prefix + AFTER_ALL] }
    const start = options.after && [...all, options.after.name]
    const found: NamedStream[] = []
    for await (const { key, value } of entries(this.#options.store, range, start, options.descending)) {
      found.push({ name: String(key[2]), stream: keys.streamCodec.decode(value) })
      if (found.length === options.limit) break
    }
    return found
  }

  async #withEventsFirst(groupId: string, options: StreamListOptions): Promise<NamedStream[]> {
    const isPastEvents = options.after !== undefined && options.after.lastEventMs === undefined
    const found = isPastEvents ? [] : await this.#streamsWithEvents(groupId, options)
    if (found.length === options.limit) return found
    const rest = await this.#streamsWithoutEvents(groupId, options, options.limit - found.length, isPastEvents)
    return [...found, ...rest]
  }

  async #withoutEventsFirst(groupId: string, options: StreamListOptions): Promise<NamedStream[]> {
    const isPastEmpty = options.after?.lastEventMs !== undefined
    const found = isPastEmpty ? [] : await this.#streamsWithoutEvents(groupId, options, options.limit, true)
    if (found.length === options.limit) return found
    // A cursor in the part without events is no place in the part with events: that one begins at its start.
    const rest = await this.#streamsWithEvents(groupId, { ...options, limit: options.limit - found.length })
    return [...found, ...rest]
  }

  async #streamsWithEvents(groupId: string, options: StreamListOptions): Promise<NamedStream[]> {
    const all = keys.lastEventsKey(groupId)
    const { after, limit, descending } = options
    const start = after?.lastEventMs === undefined ? undefined : [...all, after.lastEventMs, after.name]
    const names: string[] = []
    for await (const { key } of entries(this.#options.store, { prefix: all }, start, descending)) {
      names.push(String(key[3]))
      if (names.length === limit) break
    }
    const records = await this.#options.store.getMany(names.map((name) => keys.streamKey(groupId, name)))
    return names.flatMap((name, index) => {
      const value = records[index]?.value
      return value ? [{ name, stream: keys.streamCodec.decode(value) }] : []
    })
  }

  async #streamsWithoutEvents(
    groupId: string,
    options: StreamListOptions,
    limit: number,
    isContinued: boolean,
  ): Promise<NamedStream[]> {
    const all = keys.streamsKey(groupId)
    const start = isContinued && options.after ? [...all, options.after.name] : undefined
    const found: NamedStream[] = []
    for await (const { key, value } of entries(this.#options.store, { prefix: all }, start, options.descending)) {
      const stream = keys.streamCodec.decode(value)
      if (stream.lastEventMs === undefined) found.push({ name: String(key[2]), stream })
      if (found.length === limit) break
    }
    return found
  }

  #transact<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { store, clock, random } = this.#options
    return transact(store, body, { clock, random })
  }
}

async function readGroup(reader: Pick<Store, 'get'>, ref: LogGroupRef): Promise<LogGroup | undefined> {
  const entry = await reader.get(keys.groupKey(ref))
  return entry && keys.groupCodec.decode(entry.value)
}

/** The entries of a range, page by page, continuing beyond `start` (exclusive). */
export async function* entries(store: Store, range: Range, start?: Key, reverse = false): AsyncGenerator<Entry> {
  let position = start
  for (;;) {
    const cut = position && (reverse ? { before: position } : { after: position })
    const page = await store.list({ ...range, ...cut }, { limit: LIST_PAGE, reverse })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < LIST_PAGE) return
    position = last.key
  }
}
