// SSH public keys of users: RSA, as `ssh-rsa` or PEM. Kept and shown; nothing here is reached by SSH.
import { AwsError } from '#protocol/errors.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { SSH_KEY_BITS_MIN } from './limits.ts'
import type { Owned } from './owned.ts'

export interface SshKeyRecord extends Owned {
  /** As `ssh-rsa <base64>`. */
  readonly body: string
}

export const sshKeys = new Collection<SshKeyRecord>({
  name: 'identity.ssh-keys',
  codec: jsonCodec<SshKeyRecord>(1),
  indexes: { user: ({ account, userId }) => [[account, userId]] },
})

/** The key as `ssh-rsa`. Throws InvalidPublicKey, UnrecognizedPublicKeyEncoding. */
export function readSshKey(text: string): string {
  const key = text.includes('-----BEGIN') ? fromPem(text) : fromSsh(text)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType !== 'rsa' || bits < SSH_KEY_BITS_MIN) throw invalidPublicKey()
  return toSsh(key)
}

export function toPem(ssh: string): string {
  return fromSsh(ssh).export({ type: 'spki', format: 'pem' }).toString()
}

/** MD5 in pairs of digits, as SSH shows it. */
export function fingerprint(ssh: string): string {
  const digest = createHash('md5').update(blobOf(ssh)).digest('hex')
  return digest.match(/../g)?.join(':') ?? ''
}

function fromPem(text: string): KeyObject {
  try {
    return createPublicKey(text)
  } catch (cause) {
    throw invalidPublicKey(cause)
  }
}

function blobOf(text: string): Buffer {
  const [, base64] = /^ssh-rsa ([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(text.trim()) ?? []
  if (base64 === undefined)
    throw new AwsError('UnrecognizedPublicKeyEncoding', 400, 'The public key is neither ssh-rsa nor PEM.')
  return Buffer.from(base64, 'base64')
}

function fromSsh(text: string): KeyObject {
  const [type, exponent, modulus, ...rest] = fieldsOf(blobOf(text))
  if (type?.toString() !== 'ssh-rsa' || exponent === undefined || modulus === undefined || rest.length > 0)
    throw invalidPublicKey()
  const jwk: JsonWebKey = { kty: 'RSA', e: exponent.toString('base64url'), n: unsigned(modulus).toString('base64url') }
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch (cause) {
    throw invalidPublicKey(cause)
  }
}

function toSsh(key: KeyObject): string {
  const { e = '', n = '' } = key.export({ format: 'jwk' })
  const fields = [Buffer.from('ssh-rsa'), signed(Buffer.from(e, 'base64url')), signed(Buffer.from(n, 'base64url'))]
  return `ssh-rsa ${Buffer.concat(fields.flatMap((field) => [length(field), field])).toString('base64')}`
}

/** Fields of RFC 4251: four bytes of length, then the bytes. */
function fieldsOf(blob: Buffer): readonly Buffer[] {
  const fields: Buffer[] = []
  for (let at = 0; at + 4 <= blob.length;) {
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) throw invalidPublicKey()
    fields.push(blob.subarray(at + 4, end))
    at = end
  }
  return fields
}

function length(field: Buffer): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(field.length)
  return bytes
}

/** Numbers of SSH are signed: a first bit that is set needs a zero byte in front. */
function signed(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes
}

function unsigned(bytes: Buffer): Buffer {
  return bytes[0] === 0 ? bytes.subarray(1) : bytes
}

function invalidPublicKey(cause?: unknown): AwsError {
  return new AwsError('InvalidPublicKey', 400, 'The public key is malformed or otherwise invalid.', { cause })
}
