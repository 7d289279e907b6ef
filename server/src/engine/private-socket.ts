// The server's private Unix socket. The launcher opens two connections for every cell, says whose they are, and lets
// the cell inherit them: so the server knows who speaks, and no socket file is visible inside.
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

export type ConnectionPurpose = 'channel' | 'output'

/** The first line: purpose, cell, token. */
const HELLO = /^(channel|output) ([0-9a-f]{32}) ([0-9a-f]{32})\n/
const HELLO_BYTES = 80

export class PrivateSocket {
  readonly #server: Server
  readonly #expected = new Map<string, (purpose: ConnectionPurpose, socket: Socket) => void>()

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#greet(socket))
  }

  /** Listens at `path`, in a folder that only this user can enter. */
  static open(path: string): Promise<PrivateSocket> {
    const opened = new PrivateSocket()
    return new Promise((resolve, reject) => {
      opened.#server.once('error', reject)
      opened.#server.listen(path, () => resolve(opened))
    })
  }

  /** Hands over the connections of a cell, until `forget`. */
  expect(cell: string, token: string, take: (purpose: ConnectionPurpose, socket: Socket) => void): void {
    this.#expected.set(`${cell} ${token}`, take)
  }

  forget(cell: string, token: string): void {
    this.#expected.delete(`${cell} ${token}`)
  }

  close(): void {
    this.#server.close()
  }

  #greet(socket: Socket): void {
    let head: Buffer = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    const read = (chunk: Buffer): void => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      const match = HELLO.exec(head.toString('latin1', 0, HELLO_BYTES + 4))
      if (!match) {
        if (head.length > HELLO_BYTES) socket.destroy()
        return
      }
      socket.off('data', read)
      const [hello, purpose, cell, token] = match
      const take = this.#expected.get(`${cell} ${token}`)
      if (!take) return void socket.destroy()
      const rest = head.subarray(hello.length)
      socket.pause()
      if (rest.length > 0) socket.unshift(rest)
      take(purpose === 'channel' ? 'channel' : 'output', socket)
    }
    socket.on('data', read)
  }
}
