// Routes of Mayfly's own beside the AWS APIs: health, reset, the console. They live on the public door only, below names
// that can be no bucket, and whatever changes state or shows data is for local callers alone.
import type { Principal } from '#base/principal.ts'
import type { RequestHead } from './head.ts'
import { isLocalCaller } from './local-callers.ts'

export interface InternalRequest {
  readonly head: RequestHead
  readonly params: URLSearchParams
  readonly requestId: string
  /** Behind the guard `operator`: who runs the server. */
  readonly operator?: Principal | undefined
  /** The whole body. Rejects with BodyTooLarge above `bytesMax`. */
  readBody(bytesMax: number): Promise<Buffer>
  /** The body as it comes, in place of `readBody`; `bytes`: how many were announced, undefined when none were. */
  streamBody(): { readonly bytes: number | undefined; readonly body: AsyncIterable<Uint8Array> }
}

export interface InternalAnswer {
  readonly status: number
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>
}

export interface InternalRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Exact path, or everything below it when it ends in `/*`. */
  readonly path: string
  /**
   * `local`: refused for foreign Origins and Hosts. `operator`: for whoever runs the server (operator.ts). `open`: probes of
   * whoever can reach the port.
   */
  readonly guard: 'local' | 'operator' | 'open'
  handle(request: InternalRequest): InternalAnswer | Promise<InternalAnswer>
}

/** First path segments that never reach a service. */
const RESERVED = /^\/_(?:mayfly|localstack|aws)(?:\/|$)/

export class InternalRoutes {
  readonly #exact = new Map<string, InternalRoute>()
  readonly #below: InternalRoute[] = []

  add(route: InternalRoute): void {
    if (route.path.endsWith('/*')) {
      this.#below.push(route)
      // The longest path wins, whoever came first.
      this.#below.sort((a, b) => b.path.length - a.path.length)
    } else this.#exact.set(`${route.method} ${route.path}`, route)
  }

  /** The answer for a request that is Mayfly's own; undefined when it belongs to a service. */
  find(head: RequestHead, signed: boolean): InternalRoute | undefined {
    const { path } = head
    const method = head.method === 'HEAD' ? 'GET' : head.method
    const reserved = path.startsWith('/_') && RESERVED.test(path)
    // `healthz` could be a bucket: whoever signs means the bucket.
    if (!reserved && signed) return undefined
    const route = this.#exact.get(`${method} ${path}`)
    if (route !== undefined) return guarded(route)
    if (!reserved) return undefined
    const below = this.#below.find((one) => one.method === method && path.startsWith(one.path.slice(0, -1)))
    return below === undefined ? NOT_FOUND : guarded(below)
  }
}

/** On the cells' door none of these exist, and their names reach no service either. */
export function isReserved(path: string): boolean {
  return path.startsWith('/_') && RESERVED.test(path)
}

export const NOT_FOUND: InternalRoute = {
  method: 'GET',
  path: '',
  guard: 'open',
  handle: () => json(404, { error: 'There is nothing here.' }),
}

function guarded(route: InternalRoute): InternalRoute {
  if (route.guard !== 'local') return route
  return {
    ...route,
    handle: (request) =>
      isLocalCaller(request.head)
        ? route.handle(request)
        : json(403, {
            error: 'This is for callers on this machine: the Host must be local and the Origin, if any, the same.',
          }),
  }
}

export function json(status: number, value: unknown): InternalAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` }
}
