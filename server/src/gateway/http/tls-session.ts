// What was agreed with the client of a connection, where it speaks TLS.
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { TlsSession } from './stream.ts'

export function tlsSessionOf(socket: Duplex): TlsSession | undefined {
  if (!isEncrypted(socket)) return undefined
  return { version: socket.getProtocol() ?? '', cipherSuite: socket.getCipher().standardName }
}

/** Asked for this way, node:tls is loaded where TLS is spoken and nowhere else. */
function isEncrypted(socket: Duplex): socket is TLSSocket {
  return 'encrypted' in socket
}
