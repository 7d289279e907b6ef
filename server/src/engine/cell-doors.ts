// The two ways out of a cell, as sockets in its folder: one to Mayfly's API, one through the egress proxy to other machines.
// They take connections from before the cell's process begins until the cell is gone.
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { DialerOptions } from './egress/dial.ts'
import { EgressProxy, type EgressOwner } from './egress/proxy.ts'
import { API_CONNECTIONS_MAX, EGRESS_CONNECTIONS_MAX } from './limits.ts'

export interface DoorHost {
  /** A path of a cell's folder in a form that fits a socket address. */
  socketPath(path: string): string
  /** Takes a connection of a cell to Mayfly's API. */
  acceptSocket(socket: Duplex, cell: string): void
  readonly egress: DialerOptions
}

const NO_TRAFFIC = { sentBytes: 0, receivedBytes: 0 }

export class CellDoors {
  readonly #host: DoorHost
  readonly #cell: string
  readonly #owner: EgressOwner
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  /** Made with the first connection. */
  #proxy: EgressProxy | undefined

  constructor(host: DoorHost, cell: string, owner: EgressOwner) {
    this.#host = host
    this.#cell = cell
    this.#owner = owner
  }

  /** Listens in the folder, which is there. */
  async open(folder: string): Promise<void> {
    await Promise.all([
      this.#listen(join(folder, 'api.sock'), API_CONNECTIONS_MAX, (socket) =>
        this.#host.acceptSocket(socket, this.#cell),
      ),
      this.#listen(join(folder, 'egress.sock'), EGRESS_CONNECTIONS_MAX, (socket) => {
        this.#proxy ??= new EgressProxy(this.#host.egress, this.#owner)
        this.#proxy.accept(socket)
      }),
    ])
  }

  /** Bytes that went to and came from other machines so far. */
  traffic(): ReturnType<EgressProxy['traffic']> {
    return this.#proxy?.traffic() ?? NO_TRAFFIC
  }

  close(): void {
    for (const server of this.#servers) server.close()
    this.#proxy?.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #listen(path: string, connectionsMax: number, accept: (socket: Socket) => void): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      accept(socket)
    })
    server.maxConnections = connectionsMax
    this.#servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path: this.#host.socketPath(path), writableAll: true, readableAll: true }, resolve)
    })
  }
}
