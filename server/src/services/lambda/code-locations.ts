// The addresses that GetFunction gives for a package: signed, good for ten minutes, and worth nothing for any other
// package. The gateway answers them on its own route, which needs no credentials, as AWS's presigned addresses.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import { randomHex } from '#base/ids.ts'
import type { Blobs } from '#storage/blobs.ts'
import type { StoredCode } from './function-record.ts'
import { CODE_LOCATION_LIFE_MS } from './limits.ts'

/** The path below which the gateway hands requests to `open`. */
export const CODE_LOCATION_PATH = '/_mayfly/lambda-code/'

export class CodeLocations {
  readonly #blobs: Blobs
  readonly #clock: Clock
  /** Lives as long as the process: a restart makes addresses invalid early, which is harmless. */
  readonly #secret = randomHex(32)

  constructor(ports: { readonly blobs: Blobs; readonly clock: Clock }) {
    this.#blobs = ports.blobs
    this.#clock = ports.clock
  }

  /** `origin`: scheme, host and port as the client reached us. */
  locate(origin: string, code: StoredCode): string {
    const expiresMs = this.#clock.nowMs() + CODE_LOCATION_LIFE_MS
    const named = `${code.blobId}.${code.zipBytes}.${expiresMs}`
    return `${origin}${CODE_LOCATION_PATH}${named}.${this.#sign(named)}`
  }

  /** The package behind a path that `locate` made; undefined when it is forged or too old. */
  open(path: string): { readonly bytes: number; readonly body: AsyncIterable<Uint8Array> } | undefined {
    const [blobId = '', bytes = '', expiresMs = '', signature = ''] = path.slice(CODE_LOCATION_PATH.length).split('.')
    const expected = Buffer.from(this.#sign(`${blobId}.${bytes}.${expiresMs}`))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    if (Number(expiresMs) < this.#clock.nowMs()) return undefined
    return { bytes: Number(bytes), body: this.#blobs.get(blobId) }
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('hex')
  }
}
