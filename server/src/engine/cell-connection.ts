// A connection that a cell has inherited, read into one buffer for all cells. Node.js's own way allocates 64 KB for each
// read: of cells that print that is 30 MB a second, and the pauses of the collector are pauses of every invocation.
import { Socket, type SocketConstructorOpts } from 'node:net'

const READ_BYTES = 64 * 1024

/** Nobody else runs between a read and its callback. */
const buffer = Buffer.allocUnsafeSlow(READ_BYTES)

export class CellConnection {
  /** For all but what comes: it has no `data`. */
  readonly socket: Socket
  /** Takes what comes. The bytes are good until it returns. */
  receive: (bytes: Buffer) => void
  #place = buffer

  /** Takes over a connection that a server has accepted and not read from. */
  constructor(accepted: Socket, receive: (bytes: Buffer) => void) {
    this.receive = receive
    const callback = (count: number): boolean => {
      this.receive(buffer.subarray(0, count))
      return true
    }
    const options = { handle: handleOf(accepted), onread: { buffer: () => this.#place, callback } }
    this.socket = new Socket(options)
  }

  /** No more than so many bytes are read at once, after what has come. */
  readAtMost(bytes: number): void {
    this.#place = buffer.subarray(0, bytes)
  }
}

/** `onread` is for sockets that connect, by its documentation: an accepted one is given up, and its handle gets a new one. */
function handleOf(accepted: Socket): SocketConstructorOpts['handle'] {
  const owner = accepted as unknown as { _handle: SocketConstructorOpts['handle'] | null }
  const handle = owner._handle
  owner._handle = null
  return handle ?? undefined
}
