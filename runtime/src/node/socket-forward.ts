// The cell has no network but its own loopback. Programs speak to Mayfly's API and to the egress proxy at 127.0.0.1; every
// connection is carried, byte by byte, to the Unix socket that the engine put into the cell for it.
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'

/** Connections to one socket at once. */
const CONNECTIONS_MAX = 128

/** Listens; resolves with the port. Neither the listener nor an open connection keeps the process alive. */
export function forwardSocket(socketPath: string, port: number): Promise<number> {
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ path: socketPath })
    near.unref()
    far.unref()
    near.pipe(far)
    far.pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  server.maxConnections = CONNECTIONS_MAX
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.unref()
      resolve((server.address() as AddressInfo).port)
    })
    listenOnLoopback(server, port)
  })
}

const LOOPBACK = '127.0.0.1'

/** What Node.js calls with an address that it need not look up; not documented, and of this form since its beginnings. */
type Listen = (address: string, port: number, family: 4, backlog: number, fd: undefined, flags: number) => void

/**
 * The documented way loads Node's resolver of names and its clusters first, and has no use for them here: 8 ms of a boot that
 * takes 40.
 */
function listenOnLoopback(server: Server, port: number): void {
  const direct = (server as unknown as { readonly _listen2?: Listen })._listen2
  if (typeof direct === 'function') direct.call(server, LOOPBACK, port, 4, CONNECTIONS_MAX, undefined, 0)
  else server.listen(port, LOOPBACK)
}
