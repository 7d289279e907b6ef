// Events on their way to one subscriber: gathered into batches, sent one batch at a time, in their order. A subscriber that
// does not follow loses events, never memory.
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  TELEMETRY_ATTEMPTS_MAX,
  TELEMETRY_PAUSE_MS,
  TELEMETRY_QUEUE_BYTES_MAX,
  TELEMETRY_SEND_MS_MAX,
} from './limits.ts'
import type { Order, TelemetryEvent } from './telemetry.ts'

/** Where events go, on the cell's loopback. */
export type Destination =
  | { readonly protocol: 'HTTP'; readonly port: number; readonly path: string; readonly host: string }
  | { readonly protocol: 'TCP'; readonly port: number }

export class TelemetrySubscription {
  readonly #order: Order
  readonly #onDropped: (records: number, bytes: number) => void
  /** Each as JSON. */
  readonly #queue: string[] = []
  #queuedBytes = 0
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #closed = false
  #dropped = { records: 0, bytes: 0 }

  constructor(order: Order, onDropped: (records: number, bytes: number) => void) {
    this.#order = order
    this.#onDropped = onDropped
  }

  /** Takes an event if it is of a type that was asked for. */
  add(event: TelemetryEvent): void {
    const [type = ''] = event.type.split('.')
    if (this.#closed || !this.#order.types.includes(type)) return
    const text = JSON.stringify(event)
    if (this.#queuedBytes + text.length > TELEMETRY_QUEUE_BYTES_MAX) {
      this.#dropped = { records: this.#dropped.records + 1, bytes: this.#dropped.bytes + text.length }
      return
    }
    this.#queue.push(text)
    this.#queuedBytes += text.length
    if (this.#queue.length >= this.#order.itemsMax || this.#queuedBytes >= this.#order.bytesMax) void this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), this.#order.timeoutMs).unref()
  }

  /** Sends everything that waits. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
    await this.#sending
  }

  /** Nothing more is taken; what waits is forgotten. */
  close(): void {
    this.#closed = true
    this.#queue.length = 0
    clearTimeout(this.#timer)
  }

  async #send(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#order.itemsMax)
      if (!(await this.#delivered(batch))) this.#drop(batch)
      this.#queuedBytes -= batch.reduce((sum, { length }) => sum + length, 0)
      const { records, bytes } = this.#dropped
      this.#dropped = { records: 0, bytes: 0 }
      if (records > 0) this.#onDropped(records, bytes)
    }
  }

  #drop(batch: readonly string[]): void {
    const bytes = batch.reduce((sum, { length }) => sum + length, this.#dropped.bytes)
    this.#dropped = { records: this.#dropped.records + batch.length, bytes }
  }

  async #delivered(batch: readonly string[]): Promise<boolean> {
    for (let attempt = 1; attempt <= TELEMETRY_ATTEMPTS_MAX && !this.#closed; attempt++) {
      if (await sendTo(this.#order.destination, batch)) return true
      if (attempt < TELEMETRY_ATTEMPTS_MAX) await sleep(TELEMETRY_PAUSE_MS)
    }
    return false
  }
}

/** HTTP gets an array, TCP a line for each event. */
function sendTo(destination: Destination, batch: readonly string[]): Promise<boolean> {
  if (destination.protocol === 'TCP') return sendLines(destination.port, `${batch.join('\n')}\n`)
  const body = Buffer.from(`[${batch.join(',')}]`)
  return new Promise((resolve) => {
    const { port, path, host } = destination
    const headers = { host, 'content-type': 'application/json', 'content-length': body.length }
    // Not imported: see cell-api.ts.
    const { request } = process.getBuiltinModule('node:http')
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false }, (response) => {
      response.resume()
      response.once('close', () => resolve(response.statusCode !== undefined && response.statusCode < 300))
    })
    sent.setTimeout(TELEMETRY_SEND_MS_MAX, () => sent.destroy())
    sent.once('error', () => resolve(false))
    sent.end(body)
  })
}

function sendLines(port: number, lines: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.setTimeout(TELEMETRY_SEND_MS_MAX, () => socket.destroy())
    socket.once('error', () => resolve(false))
    socket.once('close', (failed) => resolve(!failed))
    socket.resume()
    socket.end(lines)
  })
}
