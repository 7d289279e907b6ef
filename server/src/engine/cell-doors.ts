// The two ways out of a cell, as sockets in its folder: one to Mayfly's API, one through the egress proxy to other machines.
// Most functions need neither, and two sockets that listen cost a quarter of what a cell costs the server: each is made when
// the cell knocks, and is then there until the cell is gone.
import { rename } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { DOOR } from '@mayfly/runtime/frames.ts'
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

interface Door {
  readonly file: string
  readonly connectionsMax: number
  readonly accept: (socket: Socket) => void
}

const NO_TRAFFIC = { sentBytes: 0, receivedBytes: 0 }

export class CellDoors {
  readonly #host: DoorHost
  readonly #cell: string
  readonly #folder: string
  readonly #owner: EgressOwner
  readonly #open = new Map<number, Server>()
  readonly #sockets = new Set<Socket>()
  /** Made with the first connection. */
  #proxy: EgressProxy | undefined

  /** `folder`: the cell's own. */
  constructor(host: DoorHost, cell: string, folder: string, owner: EgressOwner) {
    this.#host = host
    this.#cell = cell
    this.#folder = folder
    this.#owner = owner
  }

  /** Opens a door for good. Throws at once where there is none, or it is open: then the cell broke what it may not. */
  open(number: number): Promise<void> {
    if (this.#open.has(number)) throw new Error(`door ${number} is open`)
    const door = this.#door(number)
    const server = this.#serverOf(door)
    this.#open.set(number, server)
    return this.#listen(server, door.file)
  }

  #door(number: number): Door {
    switch (number) {
      case DOOR.api:
        return {
          file: 'api.sock',
          connectionsMax: API_CONNECTIONS_MAX,
          accept: (socket) => this.#host.acceptSocket(socket, this.#cell),
        }
      case DOOR.egress:
        return {
          file: 'egress.sock',
          connectionsMax: EGRESS_CONNECTIONS_MAX,
          accept: (socket) => {
            this.#proxy ??= new EgressProxy(this.#host.egress, this.#owner)
            this.#proxy.accept(socket)
          },
        }
      default:
        throw new Error(`there is no door ${number}`)
    }
  }

  /** Bytes that went to and came from other machines so far. */
  traffic(): ReturnType<EgressProxy['traffic']> {
    return this.#proxy?.traffic() ?? NO_TRAFFIC
  }

  close(): void {
    for (const server of this.#open.values()) server.close()
    this.#proxy?.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serverOf({ connectionsMax, accept }: Door): Server {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      accept(socket)
    })
    server.maxConnections = connectionsMax
    return server
  }

  /** Where the cell cannot see it first: what it finds takes its connections. */
  async #listen(server: Server, file: string): Promise<void> {
    const made = join(this.#folder, file)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path: this.#host.socketPath(made), writableAll: true, readableAll: true }, resolve)
    })
    await rename(made, join(this.#folder, 'doors', file))
  }
}
