// Speaks to a port in raw bytes, for requests that no decent client would send.
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  /** Status of each answer that came. */
  readonly statuses: readonly number[]
  readonly text: string
  /** The server ended the connection. */
  readonly closed: boolean
  readonly tookMs: number
}

export interface RawOptions {
  /** Sent one after the other, with `pauseMs` between. */
  readonly pieces: readonly (string | Buffer)[]
  readonly pauseMs?: number
  /** Resolve after this time even when the connection stays open. */
  readonly waitMs?: number
  /** Resolve as soon as this many answers came. */
  readonly answers?: number
}

/** Sends bytes and collects what comes back until the server closes, enough answers came, or the time is over. */
export async function raw(port: number, options: RawOptions): Promise<RawAnswer> {
  const { pieces, pauseMs = 0, waitMs = 5000, answers = Number.POSITIVE_INFINITY } = options
  const startMs = performance.now()
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let text = ''
  const end = Promise.withResolvers<boolean>()
  socket.setEncoding('latin1')
  socket.on('data', (piece: string) => {
    text += piece
    if (statusesOf(text).length >= answers) end.resolve(false)
  })
  socket.on('close', () => end.resolve(true))
  const timer = setTimeout(() => end.resolve(false), waitMs)
  await sendAll(socket, pieces, pauseMs)
  const closed = await end.promise
  clearTimeout(timer)
  socket.destroy()
  return { statuses: statusesOf(text), text, closed, tookMs: performance.now() - startMs }
}

function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))
}

async function sendAll(socket: Socket, pieces: RawOptions['pieces'], pauseMs: number): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    socket.write(piece, 'latin1')
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
