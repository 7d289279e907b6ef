// The cell has no network but its own loopback. Programs speak to Mayfly's API and to the egress proxy at 127.0.0.1; every
// connection is carried, byte by byte, to a Unix socket of the engine. The engine makes it when the first connection needs
// it: most functions never do.
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout } from 'node:timers'

/** Connections to one socket at once. */
const CONNECTIONS_MAX = 128

/** How often a socket that is asked for is looked for, and how many times. */
const LOOK_EVERY_MS = 1
const LOOKS_MAX = 10_000

/** The engine's end of a way out of the cell. */
export interface Door {
  /** Where its socket is when it is open. */
  readonly path: string
  /** Asks the engine to open it; called once, if at all. */
  readonly knock: () => void
}

/** Listens; resolves with the port. Neither the listener nor an open connection keeps the process alive. */
export function forwardSocket(door: Door, port: number): Promise<number> {
  let opened: Promise<void> | undefined
  const server = createServer({ noDelay: true }, (near) => {
    near.unref()
    near.on('error', () => near.destroy())
    opened ??= open(door)
    void opened.then(() => carry(near, door.path))
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

/** Resolves when the door is open, or was not opened in time: who connects then hears of it. */
function open({ path, knock }: Door): Promise<void> {
  return new Promise((resolve) => {
    let looks = 0
    const look = (): void => {
      if (existsSync(path) || ++looks > LOOKS_MAX) return resolve()
      if (looks === 1) knock()
      // Who waits for the connection keeps the process alive.
      setTimeout(look, LOOK_EVERY_MS).unref()
    }
    look()
  })
}

function carry(near: Socket, path: string): void {
  if (near.destroyed) return
  const far = connect({ path })
  far.unref()
  near.pipe(far)
  far.pipe(near)
  near.on('error', () => far.destroy())
  far.on('error', () => near.destroy())
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
