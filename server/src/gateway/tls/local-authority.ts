// A certificate authority of this server's own, for machines without a certificate: made at the first start, kept in the
// data folder, and trusted by whoever is given its certificate. It signs for the names of this server and no others. The
// private key is sealed with the master key: the folder alone lets nobody sign.
import 'reflect-metadata'
import type { Clock } from '#base/clock.ts'
import { OperatorError } from '#base/errors.ts'
import { randomHex } from '#base/ids.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { webcrypto } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { AUTHORITY_LIFE_MS, AUTHORITY_RENEWED_BEFORE_MS, CERTIFICATE_BACKDATED_MS, LEAF_LIFE_MS } from './limits.ts'

/** What seals the private key: the vault of the server. */
export interface Sealer {
  seal(place: string, secret: Uint8Array): string
  tryOpen(place: string, box: Uint8Array): Buffer | undefined
}

export interface AuthorityOptions {
  /** `<data>/tls`. */
  readonly folder: string
  readonly sealer: Sealer
  readonly clock: Clock
}

/** A certificate with its key, as node:tls takes them. */
export interface KeyPair {
  /** PEM; the chain without its root. */
  readonly cert: string
  /** PEM. */
  readonly key: string
  readonly expiresMs: number
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const SEAL_PLACE = 'tls authority'
const SERIAL_BYTES = 16

/** The certificate that clients are to trust. */
export function authorityFile(folder: string): string {
  return join(folder, 'ca.pem')
}

/**
 * Opens the authority; makes it at the first start, and anew when its end is near. Throws OperatorError when its files
 * cannot be read or written, or do not belong together.
 */
export async function openLocalAuthority(options: AuthorityOptions): Promise<LocalAuthority> {
  const { folder, clock } = options
  const paths = { cert: authorityFile(folder), key: join(folder, 'ca.key') }
  const [cert, key] = await Promise.all([readIfThere(paths.cert), readIfThere(paths.key)])
  if (cert !== undefined && key !== undefined) {
    const certificate = parse(cert, folder)
    if (certificate.notAfter.getTime() > clock.nowMs() + AUTHORITY_RENEWED_BEFORE_MS)
      return new LocalAuthority(certificate, await importKey(key, options), clock)
  }
  return makeAuthority(options, paths)
}

export class LocalAuthority {
  /** PEM. */
  readonly certificate: string
  readonly #certificate: X509Certificate
  readonly #key: webcrypto.CryptoKey
  readonly #clock: Clock

  constructor(certificate: X509Certificate, key: webcrypto.CryptoKey, clock: Clock) {
    this.certificate = `${certificate.toString('pem')}\n`
    this.#certificate = certificate
    this.#key = key
    this.#clock = clock
  }

  /** A certificate for these names and addresses, with a key of its own. */
  async issue(names: readonly string[]): Promise<KeyPair> {
    const keys = await newKeys()
    const nowMs = this.#clock.nowMs()
    const expiresMs = Math.min(nowMs + LEAF_LIFE_MS, this.#certificate.notAfter.getTime())
    const certificate = await X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: 'CN=Mayfly',
      issuer: this.#certificate.subject,
      notBefore: new Date(nowMs - CERTIFICATE_BACKDATED_MS),
      notAfter: new Date(expiresMs),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
        ),
        await AuthorityKeyIdentifierExtension.create(this.#certificate),
      ],
    })
    return { cert: `${certificate.toString('pem')}\n`, key: await keyAsPem(keys.privateKey), expiresMs }
  }
}

async function makeAuthority(
  { folder, sealer, clock }: AuthorityOptions,
  paths: { readonly cert: string; readonly key: string },
): Promise<LocalAuthority> {
  const keys = await newKeys()
  const nowMs = clock.nowMs()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    // Told apart in a list of trusted authorities by its date.
    name: `CN=Mayfly local authority ${new Date(nowMs).toISOString().slice(0, 10)}`,
    notBefore: new Date(nowMs - CERTIFICATE_BACKDATED_MS),
    notAfter: new Date(nowMs + AUTHORITY_LIFE_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const sealed = sealer.seal(SEAL_PLACE, Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)))
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // A certificate without its key is noticed and made anew; a key without its certificate as well.
    await writeWhole(paths.key, `${sealed}\n`)
    await writeWhole(paths.cert, `${certificate.toString('pem')}\n`)
  } catch (cause) {
    throw new OperatorError(`cannot write the certificate authority to ${folder}`, 'Make the folder writable.', {
      cause,
    })
  }
  return new LocalAuthority(certificate, keys.privateKey, clock)
}

async function importKey(sealed: string, { folder, sealer }: AuthorityOptions): Promise<webcrypto.CryptoKey> {
  const der = sealer.tryOpen(SEAL_PLACE, Buffer.from(sealed, 'base64'))
  if (der === undefined) throw unreadable(folder)
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
}

function parse(pem: string, folder: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw unreadable(folder, cause)
  }
}

function unreadable(folder: string, cause?: unknown): OperatorError {
  return new OperatorError(
    `the certificate authority in ${folder} cannot be read`,
    'Remove the folder to have a new one made; clients must then trust that.',
    { cause },
  )
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

/** Positive, as RFC 5280 asks: the first bit is not set. */
function newSerial(): string {
  return `0${randomHex(SERIAL_BYTES).slice(1)}`
}

async function keyAsPem(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new OperatorError(`cannot read ${path}`, 'Make it readable for the user that runs the server.', { cause })
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
