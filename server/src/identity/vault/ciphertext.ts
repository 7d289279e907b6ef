// What a caller gets for a plaintext. It names its key and key version, so that decrypting needs no further word:
//
//   format 1 | account 12 | region length 1 | region | key id length 1 | key id | version 4 | nonce 16 | box
//
// The header and the encryption context are authenticated with the box. Every ciphertext has a key of its own, derived
// from the key version and the nonce: so no number of messages makes an initialization vector repeat under one key.
import { randomBytesOf } from '#base/ids.ts'
import { createHmac } from 'node:crypto'
import type { EncryptionContext } from '../key-vault.ts'
import { openBox, sealBox } from './sealed-box.ts'

const FORMAT = 1
const NONCE_BYTES = 16
const ACCOUNT_CHARS = 12
const VERSION_BYTES = 4

export interface KeyVersionName {
  readonly account: string
  readonly region: string
  readonly keyId: string
  /** 1 for the first; each rotation adds one. */
  readonly version: number
}

/** The ciphertext of `plaintext` under one version of a key. */
export function writeCiphertext(
  name: KeyVersionName,
  material: Buffer,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Buffer {
  const header = Buffer.concat([writeName(name), randomBytesOf(NONCE_BYTES)])
  return Buffer.concat([header, sealBox(messageKey(material, header), plaintext, boundTo(header, context))])
}

export interface ParsedCiphertext extends KeyVersionName {
  readonly header: Buffer
  readonly box: Buffer
}

/** The parts of a ciphertext; undefined when it is none of ours. */
export function parseCiphertext(ciphertext: Uint8Array): ParsedCiphertext | undefined {
  const bytes = Buffer.from(ciphertext.buffer, ciphertext.byteOffset, ciphertext.byteLength)
  if (bytes[0] !== FORMAT) return undefined
  const account = bytes.toString('latin1', 1, 1 + ACCOUNT_CHARS)
  let at = 1 + ACCOUNT_CHARS
  const text = (): string => {
    const length = bytes[at] ?? 0
    const found = bytes.toString('latin1', at + 1, at + 1 + length)
    at += 1 + length
    return found
  }
  const region = text()
  const keyId = text()
  const headerBytes = at + VERSION_BYTES + NONCE_BYTES
  if (bytes.length < headerBytes) return undefined
  const version = bytes.readUInt32BE(at)
  return { account, region, keyId, version, header: bytes.subarray(0, headerBytes), box: bytes.subarray(headerBytes) }
}

/** The plaintext; undefined when key, context or bytes are not those it was made with. */
export function readCiphertext(
  { header, box }: ParsedCiphertext,
  material: Buffer,
  context: EncryptionContext,
): Buffer | undefined {
  return openBox(messageKey(material, header), box, boundTo(header, context))
}

function writeName({ account, region, keyId, version }: KeyVersionName): Buffer {
  const number = Buffer.alloc(VERSION_BYTES)
  number.writeUInt32BE(version)
  return Buffer.concat([Buffer.of(FORMAT), Buffer.from(account, 'latin1'), short(region), short(keyId), number])
}

function short(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')])
}

function messageKey(material: Buffer, header: Buffer): Buffer {
  return createHmac('sha256', material).update(header.subarray(-NONCE_BYTES)).digest()
}

/** Sorted, each part behind its length: two different contexts never give the same bytes. */
function boundTo(header: Buffer, context: EncryptionContext): Buffer {
  const parts: Buffer[] = [header]
  for (const name of Object.keys(context).toSorted())
    for (const text of [name, context[name] ?? '']) {
      const bytes = Buffer.from(text)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      parts.push(length, bytes)
    }
  return Buffer.concat(parts)
}
