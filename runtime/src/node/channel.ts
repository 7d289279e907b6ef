// The cell's end of the private connection: an inherited socket, descriptor 3.
import { Socket } from 'node:net'
import { FRAME, FrameDecoder, encodeFrame, encodePayload } from '../frames.ts'
import type { Frame } from '../frames.ts'

const CHANNEL_FD = 3

export interface Channel {
  /** Writes at once: what a handler logs before it blocks must not be lost. */
  send(parts: readonly Uint8Array[]): void
  /** Writes, then ends the process when everything has left it. */
  sendAndExit(parts: readonly Uint8Array[], code: number): void
  log(id: number, line: string): void
  /** Whether waiting for work keeps the process alive. */
  hold(alive: boolean): void
}

/** A log event is cut here (AWS: 256 KB per event); it also keeps the frame under its bound. */
const LOG_BYTES_MAX = 256 * 1024

/** Opens the channel. The process ends when the engine closes it. */
export function openChannel(onFrame: (frame: Frame) => void): Channel {
  const socket = new Socket({ fd: CHANNEL_FD, readable: true, writable: true })
  const decoder = new FrameDecoder(onFrame)
  socket.on('data', (chunk) => decoder.push(chunk))
  socket.on('close', () => process.exit(0))
  // The close follows, and says all there is to say.
  socket.on('error', () => {})
  const send = (parts: readonly Uint8Array[]): void => {
    for (const part of parts) socket.write(part)
  }
  return {
    send,
    sendAndExit(parts, code) {
      send(parts)
      socket.write('', () => process.exit(code))
      // Nothing else may run: neither the handler's timers nor the next invocation.
      socket.pause()
    },
    log(id, line) {
      const body = Buffer.from(line)
      send(
        encodeFrame({ type: FRAME.log, id }, '', body.length > LOG_BYTES_MAX ? body.subarray(0, LOG_BYTES_MAX) : body),
      )
    },
    hold(alive) {
      if (alive) socket.ref()
      else socket.unref()
    },
  }
}

export { encodeFrame, encodePayload }
