// Calls addresses that users name: subscribers of topics, destinations of events. Such a call must not become a way to
// reach what only this machine or its network can: an address is checked after its name was resolved, the connection goes
// to the address that was checked, and redirects are answers like any other.
import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { isIP, type LookupFunction } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { isPrivateAddress } from '#base/private-address.ts'

export interface HttpCall {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly timeoutMs: number
  /** Of the answer; what is longer is cut. */
  readonly answerBytesMax: number
}

export type HttpOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Buffer }
  /** The address may not be called. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No connection, no answer in time, a broken answer. */
  | { readonly kind: 'failed'; readonly reason: string }

export interface HttpSender {
  send(call: HttpCall): Promise<HttpOutcome>
  /** Why this URL can never be called, as far as its text tells; undefined when it may be tried. */
  refusal(url: string): string | undefined
}

export interface HttpSenderOptions {
  readonly clock: Clock
  /** Loopback, private and link-local addresses may be called. */
  readonly allowPrivate: boolean
  /** All addresses of a name. Default: as the system resolves it. */
  readonly resolve?: ResolveName
}

type ResolveName = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

const LOCAL_NAME = /^(?:.+\.)?localhost\.?$/i

class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress'
}

export function createHttpSender({ clock, allowPrivate, resolve = systemResolve }: HttpSenderOptions): HttpSender {
  const lookup = allowPrivate ? undefined : checkedLookup(resolve)
  const refusal = (text: string): string | undefined => {
    const url = parseUrl(text)
    if (url === undefined) return 'it is not an HTTP address'
    if (allowPrivate) return undefined
    const host = hostOf(url)
    const isPrivate = isIP(host) === 0 ? LOCAL_NAME.test(host) : isPrivateAddress(host)
    return isPrivate ? `${host} is a loopback or private address` : undefined
  }
  return {
    refusal,
    async send(call) {
      const reason = refusal(call.url)
      if (reason !== undefined) return { kind: 'refused', reason }
      try {
        return await exchange(call, lookup, clock)
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error)
        return error instanceof RefusedAddress ? { kind: 'refused', reason: text } : { kind: 'failed', reason: text }
      }
    },
  }
}

function parseUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== ''
    ? url
    : undefined
}

function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function systemResolve(...[hostname, callback]: Parameters<ResolveName>): void {
  systemLookup(hostname, { all: true }, callback)
}

/** Refuses a name of which any address is private. */
function checkedLookup(resolve: ResolveName): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const bad = addresses.find(({ address }) => isPrivateAddress(address))
      if (bad !== undefined)
        return callback(new RefusedAddress(`${hostname} leads to ${bad.address}, a loopback or private address`), '', 0)
      return answerLookup(addresses, options.all === true, callback)
    })
  }
}

function answerLookup(
  addresses: readonly LookupAddress[],
  all: boolean,
  callback: Parameters<LookupFunction>[2],
): void {
  const [first] = addresses
  if (all) callback(null, [...addresses])
  else callback(null, first?.address ?? '', first?.family ?? 0)
}

function exchange(call: HttpCall, lookup: LookupFunction | undefined, clock: Clock): Promise<HttpOutcome> {
  return new Promise((resolve, reject) => {
    const url = new URL(call.url)
    const headers = { ...call.headers, 'content-length': String(call.body.length), ...credentialsOf(url) }
    // Importing node:http asks for all that it exports, and among that is a whole fetch client: 13 MB and 30 ms.
    const send = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http').request
    const request = send(url, { method: call.method, headers, agent: false, ...(lookup && { lookup }) }, (response) => {
      readAnswer(response, call.answerBytesMax).then((body) => {
        finish()
        resolve({ kind: 'answered', status: response.statusCode ?? 0, body })
      }, fail)
    })
    const cancel = clock.after(call.timeoutMs, () => fail(new Error(`no answer within ${call.timeoutMs / 1000} s`)))
    const finish = (): void => {
      cancel()
      request.destroy()
    }
    const fail = (error: unknown): void => {
      finish()
      reject(error instanceof Error ? error : new Error(String(error)))
    }
    request.on('error', fail)
    request.end(call.body)
  })
}

/** User and password in the address become Basic authentication; Node would send them as they are written, undecoded. */
function credentialsOf(url: URL): Readonly<Record<string, string>> {
  if (url.username === '') return {}
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Stops reading at the bound: nobody needs the rest. */
async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece.subarray(0, bytesMax - bytes))
    bytes += piece.length
    if (bytes >= bytesMax) break
  }
  return Buffer.concat(pieces)
}
