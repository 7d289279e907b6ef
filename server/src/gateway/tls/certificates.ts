// Which certificate a client is shown. Two kinds: given files, read again when they change; and certificates of the local
// authority, one for the usual names, and one for each further name that a client asks for below them: no wildcard
// reaches `<bucket>.s3.<region>.<host>`.
import type { CancelTimer, Clock } from '#base/clock.ts'
import { InvariantError, OperatorError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { LRUCache } from 'lru-cache'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import {
  CERTIFICATES_CHECKED_MS,
  EXPIRY_WARNED_BEFORE_MS,
  EXPIRY_WARNED_EVERY_MS,
  LEAF_RENEWED_BEFORE_MS,
  NAMED_CERTIFICATES_MAX,
  SERVER_NAME_CHARS_MAX,
  TLS_VERSION_MIN,
} from './limits.ts'
import type { KeyPair, LocalAuthority } from './local-authority.ts'

export interface Certificates {
  /** For a client that names nobody. Another object when it was replaced. */
  readonly standard: KeyPair
  /** For a client that asks for this name. */
  contextFor(serverName: string): SecureContext | Promise<SecureContext>
  /** Ends looking after them. */
  close(): void
}

interface Watched {
  readonly clock: Clock
  readonly log: Log
}

/** Calls `check` from time to time until it is cancelled; what it throws is logged. */
function checkedRegularly({ clock, log }: Watched, check: () => Promise<void>): CancelTimer {
  let cancel: CancelTimer
  let ended = false
  const again = (): void => {
    cancel = clock.after(CERTIFICATES_CHECKED_MS, () => {
      check()
        .catch((error: unknown) => log.error('the certificate stays as it is', { error }))
        .finally(() => ended || again())
    })
  }
  again()
  return () => {
    ended = true
    cancel()
  }
}

export interface OwnCertificatesOptions extends Watched {
  readonly authority: Pick<LocalAuthority, 'issue'>
  /** Names and addresses under which the server is reached, the first for all clients. */
  readonly names: readonly string[]
}

/** Certificates of the local authority. */
export async function openOwnCertificates(options: OwnCertificatesOptions): Promise<Certificates> {
  const own = new OwnCertificates(options)
  await own.renew()
  return own
}

class OwnCertificates implements Certificates {
  readonly #options: OwnCertificatesOptions
  readonly #byName = new LRUCache<string, Promise<Issued>>({ max: NAMED_CERTIFICATES_MAX })
  readonly #cancel: CancelTimer
  #standard: Issued | undefined

  constructor(options: OwnCertificatesOptions) {
    this.#options = options
    this.#cancel = checkedRegularly(options, () => this.renew())
  }

  get standard(): KeyPair {
    return this.#current().pair
  }

  #current(): Issued {
    if (this.#standard === undefined) throw new InvariantError('certificates are asked for before they are open')
    return this.#standard
  }

  /** Issues the standard certificate, unless it is good for long. */
  async renew(): Promise<void> {
    if (this.#standard === undefined || this.#isOld(this.#standard)) this.#standard = await this.#issue([])
  }

  contextFor(serverName: string): SecureContext | Promise<SecureContext> {
    const name = serverName.toLowerCase()
    if (!this.#isBelowOwn(name)) return this.#current().context
    return this.#contextOf(name)
  }

  async #contextOf(name: string): Promise<SecureContext> {
    const known = await this.#byName.get(name)
    if (known !== undefined && !this.#isOld(known)) return known.context
    const issued = this.#issue([name])
    this.#byName.set(name, issued)
    try {
      return (await issued).context
    } catch (error) {
      this.#byName.delete(name)
      throw error
    }
  }

  async #issue(more: readonly string[]): Promise<Issued> {
    const pair = await this.#options.authority.issue([...more, ...this.#options.names])
    return { pair, context: contextOf(pair) }
  }

  #isOld({ pair }: Issued): boolean {
    return pair.expiresMs < this.#options.clock.nowMs() + LEAF_RENEWED_BEFORE_MS
  }

  /** The authority signs for what lies below the server's own names; those themselves are in every certificate. */
  #isBelowOwn(name: string): boolean {
    if (name.length > SERVER_NAME_CHARS_MAX || !DNS_NAME.test(name)) return false
    return this.#options.names.some((own) => isIP(own) === 0 && name.endsWith(`.${own.replace(/^\*\./, '')}`))
  }

  close(): void {
    this.#cancel()
  }
}

const DNS_NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]+$/

interface Issued {
  readonly pair: KeyPair
  readonly context: SecureContext
}

export interface GivenCertificateOptions extends Watched {
  /** PEM: the certificate, followed by those between it and its root. */
  readonly certPath: string
  /** PEM. */
  readonly keyPath: string
}

/** A certificate from files. Throws OperatorError when they cannot be used. */
export async function openGivenCertificate(options: GivenCertificateOptions): Promise<Certificates> {
  const given = new GivenCertificate(options)
  try {
    await given.reload()
  } catch (error) {
    given.close()
    throw error
  }
  return given
}

class GivenCertificate implements Certificates {
  readonly #options: GivenCertificateOptions
  readonly #cancel: CancelTimer
  #loaded: (Issued & { readonly version: string }) | undefined
  #warnedMs = Number.NEGATIVE_INFINITY

  constructor(options: GivenCertificateOptions) {
    this.#options = options
    this.#cancel = checkedRegularly(options, () => this.reload())
  }

  get standard(): KeyPair {
    return this.#current().pair
  }

  contextFor(): SecureContext {
    return this.#current().context
  }

  #current(): Issued {
    if (this.#loaded === undefined) throw new InvariantError('the certificate is asked for before it is read')
    return this.#loaded
  }

  /** Reads the files, if they are others than before. Throws OperatorError; then what was read before stays. */
  async reload(): Promise<void> {
    const { certPath, keyPath, log } = this.#options
    const version = await versionOf([certPath, keyPath])
    if (version !== this.#loaded?.version) {
      const pair = checkedPair(await readPem(certPath), await readPem(keyPath), this.#options)
      if (this.#loaded !== undefined)
        log.info('certificate replaced', { certPath, expires: new Date(pair.expiresMs).toISOString() })
      this.#loaded = { pair, context: contextOf(pair), version }
    }
    this.#warn()
  }

  #warn(): void {
    const nowMs = this.#options.clock.nowMs()
    const { expiresMs } = this.standard
    if (expiresMs > nowMs + EXPIRY_WARNED_BEFORE_MS || nowMs < this.#warnedMs + EXPIRY_WARNED_EVERY_MS) return
    this.#warnedMs = nowMs
    const event = expiresMs <= nowMs ? 'the certificate has expired' : 'the certificate expires soon'
    this.#options.log.warn(event, { certPath: this.#options.certPath, expires: new Date(expiresMs).toISOString() })
  }

  close(): void {
    this.#cancel()
  }
}

function contextOf({ cert, key }: KeyPair): SecureContext {
  return createSecureContext({ cert, key, minVersion: TLS_VERSION_MIN })
}

async function versionOf(paths: readonly string[]): Promise<string> {
  const stats = await Promise.all(paths.map((path) => stat(path).catch((cause: unknown) => cannotRead(path, cause))))
  return stats.map(({ mtimeMs, size, ino }) => `${ino} ${mtimeMs} ${size}`).join(', ')
}

async function readPem(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => cannotRead(path, cause))
}

function cannotRead(path: string, cause: unknown): never {
  throw new OperatorError(`cannot read ${path}`, 'Check --tls-cert and --tls-key, and who may read the files.', {
    cause,
  })
}

function checkedPair(cert: string, key: string, { certPath, keyPath }: GivenCertificateOptions): KeyPair {
  const certificate = attempt(() => new X509Certificate(cert), `${certPath} holds no certificate in PEM form`)
  const privateKey = attempt(
    () => createPrivateKey(key),
    `${keyPath} holds no private key in PEM form, or it has a passphrase`,
  )
  if (!certificate.checkPrivateKey(privateKey))
    throw new OperatorError(
      `${keyPath} is not the key of ${certPath}`,
      'Give the key that the certificate was made for.',
    )
  return { cert, key, expiresMs: certificate.validToDate.getTime() }
}

function attempt<T>(make: () => T, what: string): T {
  try {
    return make()
  } catch (cause) {
    throw new OperatorError(what, 'Give a certificate and its key in PEM form.', { cause })
  }
}
