// Whether the port of the server speaks TLS, and whether its certificate is good.
import { connect, type TLSSocket } from 'node:tls'
import { localAuthority, trustedAuthorities } from '../aws/trust.ts'
import type { Environment } from '../config.ts'
import { type Finding, ok, warn } from './check.ts'

const HANDSHAKE_TIMEOUT_MS = 3_000
const EXPIRY_WARNED_BEFORE_MS = 14 * 86_400_000

/** No finding for a server without TLS that is asked without TLS. */
export async function tlsFindings(endpoint: URL, env: Environment, nowMs: number): Promise<readonly Finding[]> {
  const socket = await handshake(endpoint, env)
  const wanted = endpoint.protocol === 'https:'
  if (socket === undefined)
    return wanted ? [warn('tls', `no TLS at ${endpoint.host}`, 'Start the server with --tls, or ask http://.')] : []
  try {
    if (!wanted)
      return [
        warn('tls', `${endpoint.host} speaks TLS`, `Set MAYFLY_TLS=1, or give --endpoint https://${endpoint.host}.`),
      ]
    return [certificateFinding(socket, env, nowMs)]
  } finally {
    socket.destroy()
  }
}

function certificateFinding(socket: TLSSocket, env: Environment, nowMs: number): Finding {
  const until = new Date(socket.getPeerCertificate().valid_to)
  if (!socket.authorized)
    return warn(
      'tls',
      `the certificate is not trusted: ${String(socket.authorizationError)}`,
      `Name its authority with AWS_CA_BUNDLE; a server's own is in ${localAuthority(env)}.`,
    )
  const said = `${socket.getProtocol() ?? ''}, certificate good until ${until.toISOString().slice(0, 10)}`
  return until.getTime() - nowMs > EXPIRY_WARNED_BEFORE_MS
    ? ok('tls', said)
    : warn('tls', said, 'Renew the certificate; the server reads its files again by itself.')
}

function handshake({ hostname, port, protocol }: URL, env: Environment): Promise<TLSSocket | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      ca: trustedAuthorities(env),
      rejectUnauthorized: false,
      timeout: HANDSHAKE_TIMEOUT_MS,
    })
    const fail = (): void => {
      socket.destroy()
      resolve(undefined)
    }
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', fail)
    socket.once('timeout', fail)
  })
}
