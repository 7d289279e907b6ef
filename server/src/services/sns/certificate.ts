// A self-signed certificate for the key that signs messages, in DER, as RFC 5280 lays it out. Node can read certificates
// but not make them; this is the little of ASN.1 that one needs.
import { createPublicKey, type KeyObject, sign } from 'node:crypto'

export interface CertificateSubject {
  readonly commonName: string
  readonly serial: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
}

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  null: 0x05,
  objectId: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
  version: 0xa0,
} as const

/** sha256WithRSAEncryption, 1.2.840.113549.1.1.11. */
const SHA256_WITH_RSA = Buffer.from('2a864886f70d01010b', 'hex')
/** commonName, 2.5.4.3. */
const COMMON_NAME = Buffer.from('550403', 'hex')

/** The certificate in PEM. `privateKey`: RSA. */
export function selfSignedCertificate(privateKey: KeyObject, subject: CertificateSubject): string {
  const algorithm = sequence(node(TAG.objectId, SHA256_WITH_RSA), node(TAG.null))
  const name = sequence(
    node(TAG.set, sequence(node(TAG.objectId, COMMON_NAME), node(TAG.utf8, Buffer.from(subject.commonName)))),
  )
  const body = sequence(
    node(TAG.version, node(TAG.integer, Buffer.of(2))),
    node(TAG.integer, positive(subject.serial)),
    algorithm,
    name,
    sequence(time(subject.notBefore), time(subject.notAfter)),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
  )
  const signature = node(TAG.bitString, Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)]))
  const der = sequence(body, algorithm, signature)
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function sequence(...children: readonly Buffer[]): Buffer {
  return node(TAG.sequence, ...children)
}

function node(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.of(tag), length(content.length), content])
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.of(bytes)
  const hex = bytes.toString(16)
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.of(0x80 | digits.length), digits])
}

/** Without leading zeros, but with one where the first bit would make it negative. */
function positive(bytes: Buffer): Buffer {
  const digits = bytes.subarray(bytes.findIndex((byte) => byte !== 0))
  return (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits])
}

/** UTCTime until 2049, GeneralizedTime from then on. */
function time(date: Date): Buffer {
  const text = `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  return date.getUTCFullYear() < 2050
    ? node(TAG.utcTime, Buffer.from(text.slice(2)))
    : node(TAG.generalizedTime, Buffer.from(text))
}
