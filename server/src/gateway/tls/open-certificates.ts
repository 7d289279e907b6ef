// The certificates that the settings ask for.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { hostname, networkInterfaces } from 'node:os'
import type { Certificates } from './certificates.ts'
import type { Sealer } from './local-authority.ts'

/** How the server is reached over TLS. */
export type TlsSource =
  /** Certificates of the server's own authority; `names` beside those that it finds itself. */
  | { readonly kind: 'own'; readonly names: readonly string[] }
  | { readonly kind: 'given'; readonly certPath: string; readonly keyPath: string }

export interface CertificatesOptions {
  /** Where the local authority is kept. */
  readonly folder: string
  /** Where the server listens. */
  readonly host: string
  readonly sealer: Sealer
  readonly clock: Clock
  readonly log: Log
}

/** Opens them; what they need is loaded only here. Throws OperatorError when they cannot be had. */
export async function openCertificates(source: TlsSource, options: CertificatesOptions): Promise<Certificates> {
  const { clock, log } = options
  const { openGivenCertificate, openOwnCertificates } = await import('./certificates.ts')
  if (source.kind === 'given')
    return openGivenCertificate({ certPath: source.certPath, keyPath: source.keyPath, clock, log })
  const { openLocalAuthority } = await import('./local-authority.ts')
  const authority = await openLocalAuthority(options)
  return openOwnCertificates({ authority, names: namesOf(options.host, source.names), clock, log })
}

/** Everything that clients may call this server by, so far as it can tell. */
export function namesOf(host: string, more: readonly string[]): readonly string[] {
  const reached = isEverywhere(host) ? [hostname(), ...addressesOfMachine()] : [host]
  const names = ['localhost', 'mayfly.localhost', '127.0.0.1', '::1', ...reached, ...more]
  return [...new Set(names.map((name) => name.toLowerCase()))]
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function addressesOfMachine(): readonly string[] {
  // Link-local addresses carry a zone, which no certificate can.
  return Object.values(networkInterfaces()).flatMap((found) =>
    (found ?? []).map(({ address }) => address).filter((address) => !/^fe80:/i.test(address)),
  )
}
