// The versions of one key, inside a transaction. Every change of a key reads and (but for older versions) writes the record
// of its latest version, so two changes that race are noticed by each other, and a version never gets a place behind one
// that came later.
//
// Invariants: a key with any version has its latest one in `objects`; `versions` holds only older ones; at most one version
// of a key is `null`, and when it is an older one, `nullVersions` says where it is.
import type { Transaction } from '#storage/transact.ts'
import {
  bodies,
  bodyKey,
  nullVersions,
  objects,
  orderOf,
  type ObjectRecord,
  type VersionRecord,
  versions,
} from './object-record.ts'
import { trashBody } from './trash.ts'
import { NULL_VERSION, sequencerOf } from './version-id.ts'

/** The key of a bucket that was ever versioned may have older versions; others are spared the look. */
export interface HistoryAddress {
  readonly bucket: string
  readonly key: Buffer
  readonly everVersioned: boolean
}

export class KeyHistory {
  readonly #transaction: Transaction
  readonly #address: HistoryAddress
  #latest: VersionRecord | undefined
  #trashed = false

  /** `latest` must have been read in this transaction. */
  constructor(transaction: Transaction, address: HistoryAddress, latest: VersionRecord | undefined) {
    this.#transaction = transaction
    this.#address = address
    this.#latest = latest
  }

  get latest(): VersionRecord | undefined {
    return this.#latest
  }

  /** True when bytes were let go: wake the trash after the commit. */
  get trashed(): boolean {
    return this.#trashed
  }

  /** The version by its id as clients write it; undefined when there is none. Throws InvalidArgument for what is no id. */
  async find(versionId: string): Promise<VersionRecord | undefined> {
    const id = versionId === NULL_VERSION ? undefined : versionId
    if (this.#latest && this.#latest.versionId === id) return this.#latest
    if (!this.#address.everVersioned) {
      if (id !== undefined) sequencerOf(id)
      return undefined
    }
    const sequencer = id === undefined ? await this.#nullSequencer() : sequencerOf(id)
    if (sequencer === undefined) return undefined
    const found = (await versions.get(this.#transaction, this.#olderKey(sequencer)))?.value
    return found?.versionId === id ? found : undefined
  }

  /** Makes `version` the latest. A `null` version takes the place of the one before, any other comes on top. */
  async put(version: VersionRecord): Promise<void> {
    const before = this.#latest
    if (before) {
      if (version.versionId !== undefined || before.versionId !== undefined) await this.#moveDown(before)
      else await this.#dropBody(before)
      if (version.versionId === undefined && before.versionId !== undefined) await this.#removeOlderNull()
    }
    await objects.set(this.#transaction, this.#objectKey, version)
    this.#latest = version
  }

  /** Takes a version out; when it was the latest, the one before it becomes the latest. */
  async remove(version: VersionRecord): Promise<void> {
    await this.#dropBody(version)
    if (version.versionId !== this.#latest?.versionId) return this.#removeOlder(version)
    const before = await this.#newestOlder()
    this.#latest = before
    if (!before) return objects.delete(this.#transaction, this.#objectKey)
    await this.#removeOlder(before)
    await objects.set(this.#transaction, this.#objectKey, before)
  }

  /** Writes what changed about a version; its bytes and its place stay. */
  async replace(version: ObjectRecord): Promise<void> {
    if (version.versionId !== this.#latest?.versionId)
      return versions.set(this.#transaction, this.#olderKey(version.sequencer), version)
    await objects.set(this.#transaction, this.#objectKey, version)
    this.#latest = version
  }

  get #objectKey(): readonly [string, Buffer] {
    return [this.#address.bucket, this.#address.key]
  }

  #olderKey(sequencer: string): readonly [string, Buffer, bigint] {
    return [this.#address.bucket, this.#address.key, orderOf(sequencer)]
  }

  async #moveDown(version: VersionRecord): Promise<void> {
    await versions.set(this.#transaction, this.#olderKey(version.sequencer), version)
    if (version.versionId === undefined) await nullVersions.set(this.#transaction, this.#objectKey, version.sequencer)
  }

  async #removeOlder({ versionId, sequencer }: VersionRecord): Promise<void> {
    await versions.delete(this.#transaction, this.#olderKey(sequencer))
    if (versionId === undefined) await nullVersions.delete(this.#transaction, this.#objectKey)
  }

  async #removeOlderNull(): Promise<void> {
    const sequencer = await this.#nullSequencer()
    if (sequencer === undefined) return
    const old = (await versions.get(this.#transaction, this.#olderKey(sequencer)))?.value
    if (!old) return
    await this.#dropBody(old)
    await this.#removeOlder(old)
  }

  async #nullSequencer(): Promise<string | undefined> {
    return (await nullVersions.get(this.#transaction, this.#objectKey))?.value
  }

  async #newestOlder(): Promise<VersionRecord | undefined> {
    if (!this.#address.everVersioned) return undefined
    const [newest] = await versions.list(this.#transaction, { prefix: this.#objectKey }, { limit: 1 })
    return newest?.value
  }

  async #dropBody(version: VersionRecord): Promise<void> {
    if (version.kind === 'marker') return
    if (version.body.kind === 'inline')
      await bodies.delete(this.#transaction, bodyKey(this.#address.bucket, this.#address.key, version.versionId))
    const append = trashBody(version.body)
    if (!append) return
    this.#transaction.append(append.log, append.value)
    this.#trashed = true
  }
}
