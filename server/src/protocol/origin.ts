// Addresses of this server for the caller who asked for them: under the scheme and the Host that they used themselves.
// Never for connections that the server opens: a Host is whatever a client writes.

/** The parts of a request that tell. */
interface Reached {
  readonly secure?: boolean | undefined
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Host header without the port. */
  readonly host: string
}

/** A proxy that ends TLS says so in `x-forwarded-proto`. */
export function schemeOf({ secure, headers }: Pick<Reached, 'secure' | 'headers'>): 'http' | 'https' {
  return secure === true || headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
}

/** `https://localhost:4566`. */
export function originOf(reached: Reached): string {
  return `${schemeOf(reached)}://${reached.headers['host'] ?? reached.host}`
}
