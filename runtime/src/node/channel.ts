// The cell's end of the private connection: an inherited socket, descriptor 3.
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { FRAME, FrameDecoder, encodeFrame, encodePayload } from '../frames.ts'
import type { Frame } from '../frames.ts'

const CHANNEL_FD = 3

/** Taken from the socket at once. */
const READ_BYTES = 64 * 1024

export interface Channel {
  /** Writes at once: what a handler logs before it blocks must not be lost. */
  send(parts: readonly Uint8Array[]): void
  /** Writes; `done` when it has left the process. */
  sendThen(parts: readonly Uint8Array[], done: () => void): void
  /** Writes, then ends the process when everything has left it. */
  sendAndExit(parts: readonly Uint8Array[], code: number): void
  log(id: number, line: string): void
  /** Whether waiting for work keeps the process alive. */
  hold(alive: boolean): void
  /** Takes bytes as if they had come; what `send` is given until `end` is called goes nowhere. */
  rehearse(received: readonly Uint8Array[]): { end(): void }
}

/** A log event is cut here (AWS: 256 KB per event); it also keeps the frame under its bound. */
const LOG_BYTES_MAX = 256 * 1024

/** How long a function that prints faster than the engine reads sleeps before it tries again. */
const FULL_WAIT_MS = 1

/** Opens the channel. The process ends when the engine closes it. */
export function openChannel(onFrame: (frame: Frame) => void): Channel {
  const decoder = new FrameDecoder(onFrame)
  // One buffer for all reads: Node's own way allocates 64 KB for each, which fills a small function's memory with garbage
  // faster than it is collected. So what a frame holds is only good until `onFrame` returns.
  const buffer = Buffer.alloc(READ_BYTES)
  const callback = (bytes: number): boolean => {
    decoder.push(buffer.subarray(0, bytes))
    return true
  }
  const options = { fd: CHANNEL_FD, readable: true, writable: true, onread: { buffer, callback } }
  const socket = new Socket(options)
  socket.on('close', () => process.exit(0))
  // The close follows, and says all there is to say.
  socket.on('error', () => {})
  let muted = false
  const send = (parts: readonly Uint8Array[]): void => {
    if (muted) return
    for (const part of parts) sendPart(socket, part)
  }
  return {
    send,
    sendThen(parts, done) {
      send(parts)
      socket.write('', () => done())
    },
    sendAndExit(parts, code) {
      send(parts)
      socket.write('', () => process.exit(code))
      // Nothing else may run: neither the handler's timers nor the next invocation.
      socket.pause()
    },
    // A handler that prints in a loop never lets the event loop send anything. So log events are written at once, and
    // while the engine does not follow, printing waits, as on AWS: queued, they would fill the function's memory.
    log(id, line) {
      const text = Buffer.from(line)
      const body = text.length > LOG_BYTES_MAX ? text.subarray(0, LOG_BYTES_MAX) : text
      const frame = encodeFrame({ type: FRAME.log, id }, '', body)
      if (socket.writableLength > 0) send(frame)
      else for (const part of frame) writeNow(part)
    },
    hold(alive) {
      if (alive) socket.ref()
      else socket.unref()
    },
    rehearse(received) {
      muted = true
      for (const bytes of received) decoder.push(Buffer.from(bytes))
      return {
        end() {
          muted = false
        },
      }
    },
  }
}

/**
 * Past the stream while nothing waits in it: what the stream does for a write takes longer than the write. What the kernel
 * does not take waits in the stream, and so does all that comes after it.
 */
function sendPart(socket: Socket, part: Uint8Array): void {
  let written = 0
  if (socket.writableLength === 0)
    try {
      written = writeSync(CHANNEL_FD, part)
    } catch (error) {
      // Nobody reads any more: the close follows.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
    }
  if (written < part.length) socket.write(part.subarray(written))
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** Returns when all bytes have left, or when nobody will read them any more. */
function writeNow(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(CHANNEL_FD, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(sleeper, 0, 0, FULL_WAIT_MS)
    }
  }
}

export { encodeFrame, encodePayload }
