// The server's private Unix socket. The launcher opens two connections for every cell, says whose they are, and lets
// the cell inherit them: so the server knows who speaks, and no socket file is visible inside.
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { CellConnection } from './cell-connection.ts'

export type ConnectionPurpose = 'channel' | 'output'

/** Says at once who receives what comes. */
type Take = (purpose: ConnectionPurpose, connection: CellConnection) => void

/** The first line: purpose, cell, token. */
const HELLO = /^(channel|output) ([0-9a-f]{32}) ([0-9a-f]{32})\n/
const HELLO_BYTES = 80

export class PrivateSocket {
  readonly #server: Server
  readonly #expected = new Map<string, Take>()

  private constructor() {
    this.#server = createServer({ pauseOnConnect: true }, (accepted) =>
      this.#greet(new CellConnection(accepted, () => {})),
    )
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
  expect(cell: string, token: string, take: Take): void {
    this.#expected.set(`${cell} ${token}`, take)
  }

  forget(cell: string, token: string): void {
    this.#expected.delete(`${cell} ${token}`)
  }

  close(): void {
    this.#server.close()
  }

  #greet(connection: CellConnection): void {
    const { socket } = connection
    let head: Buffer = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    connection.receive = (bytes) => {
      head = Buffer.concat([head, bytes])
      const match = HELLO.exec(head.toString('latin1', 0, HELLO_BYTES + 4))
      if (!match) {
        if (head.length > HELLO_BYTES) socket.destroy()
        return
      }
      const [hello, purpose, cell, token] = match
      const take = this.#expected.get(`${cell} ${token}`)
      if (!take) return void socket.destroy()
      take(purpose === 'channel' ? 'channel' : 'output', connection)
      if (head.length > hello.length && !socket.destroyed) connection.receive(head.subarray(hello.length))
    }
  }
}
