// Messages as they are kept: in the clear, or, where their topic has a KmsMasterKeyId, encrypted with a data key of that
// KMS key from the publish until each delivery. Source: SNS developer guide, "Encryption at rest".
//
// A message is JSON, so it begins with a brace; a sealed one begins with byte 1, then u16 length of the wrapped data key
// (little-endian), the wrapped key, and a box (identity/vault/sealed-box.ts) that belongs to the topic's ARN.
import type { Clock } from '#base/clock.ts'
import { InvariantError } from '#base/errors.ts'
import type { DataKey, KeyVault } from '#identity/key-vault.ts'
import { openBox, sealBox } from '#identity/vault/sealed-box.ts'
import type { KeyInUse } from '#protocol/key-use.ts'
import { LRUCache } from 'lru-cache'
import { topicArn } from './arn.ts'
import { DATA_KEY_LIFE_MS, DATA_KEYS_MAX } from './limits.ts'
import { decodeMessage, encodeMessage, type Message } from './message.ts'
import type { TopicRecord } from './topic.ts'

const SEALED = 1
const PREAMBLE_BYTES = 3

interface Timed<T> {
  readonly value: T
  readonly untilMs: number
}

export class MessageSeal {
  readonly #vault: KeyVault
  readonly #clock: Clock
  readonly #keys = new LRUCache<string, Timed<DataKey>>({ max: DATA_KEYS_MAX })
  readonly #unwrapped = new LRUCache<string, Timed<Buffer>>({ max: DATA_KEYS_MAX })

  constructor(vault: KeyVault, clock: Clock) {
    this.#vault = vault
    this.#clock = clock
  }

  forget(): void {
    this.#keys.clear()
    this.#unwrapped.clear()
  }

  /** The bytes to keep. Rejects with KeyFault when the topic's key cannot be used. */
  async seal(topic: TopicRecord, message: Message): Promise<Uint8Array> {
    const bytes = encodeMessage(message)
    const keyId = topic.attributes['KmsMasterKeyId'] ?? ''
    if (keyId === '') return bytes
    const { plaintext, wrapped } = await this.#dataKey(topic, keyId)
    const preamble = Buffer.alloc(PREAMBLE_BYTES)
    preamble[0] = SEALED
    preamble.writeUInt16LE(wrapped.length, 1)
    return Buffer.concat([preamble, wrapped, sealBox(plaintext, bytes, Buffer.from(topicArn(topic)))])
  }

  /** The key that `seal` uses, and what its data keys are bound to; undefined without one. Rejects as `seal`. */
  async keyOf(topic: TopicRecord): Promise<Omit<KeyInUse, 'service'> | undefined> {
    const keyId = topic.attributes['KmsMasterKeyId'] ?? ''
    if (keyId === '') return undefined
    const { keyArn, managed } = await this.#dataKey(topic, keyId)
    return { keyArn, managed, bound: contextOf(topicArn(topic)) }
  }

  /** The inverse of `seal`. Rejects with KeyFault when the key cannot be used any more. */
  async open(kept: Uint8Array, arn: string): Promise<Message> {
    if (kept[0] !== SEALED) return decodeMessage(kept)
    const bytes = Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength)
    const boxAt = PREAMBLE_BYTES + bytes.readUInt16LE(1)
    const key = await this.#unwrap(bytes.subarray(PREAMBLE_BYTES, boxAt), arn)
    const opened = openBox(key, bytes.subarray(boxAt), Buffer.from(arn))
    if (opened === undefined) throw new InvariantError(`a kept message of ${arn} was changed`)
    return decodeMessage(opened)
  }

  /** SNS uses a data key for up to five minutes; so a key that was disabled stops working within that time. */
  async #dataKey(topic: TopicRecord, keyId: string): Promise<DataKey> {
    const name = `${topicArn(topic)} ${keyId}`
    const nowMs = this.#clock.nowMs()
    const known = this.#keys.get(name)
    if (known !== undefined && known.untilMs > nowMs) return known.value
    const scope = { account: topic.account, region: topic.region }
    const value = await this.#vault.generateDataKey(scope, keyId, contextOf(topicArn(topic)))
    this.#keys.set(name, { value, untilMs: nowMs + DATA_KEY_LIFE_MS })
    return value
  }

  async #unwrap(wrapped: Buffer, arn: string): Promise<Buffer> {
    const name = wrapped.toString('base64')
    const nowMs = this.#clock.nowMs()
    const known = this.#unwrapped.get(name)
    if (known !== undefined && known.untilMs > nowMs) return known.value
    const { plaintext } = await this.#vault.unwrap(wrapped, contextOf(arn))
    this.#unwrapped.set(name, { value: plaintext, untilMs: nowMs + DATA_KEY_LIFE_MS })
    return plaintext
  }
}

function contextOf(arn: string): Readonly<Record<string, string>> {
  return { 'aws:sns:topicArn': arn }
}
