// The cell has no network but its own loopback. Programs speak to Mayfly's API and to the egress proxy at 127.0.0.1; every
// connection is carried, byte by byte, to the Unix socket that the engine put into the cell for it.
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

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
    server.listen(port, '127.0.0.1', () => {
      server.unref()
      resolve((server.address() as AddressInfo).port)
    })
  })
}
