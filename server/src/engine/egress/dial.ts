// Connects a function to a host outside, if its rule lets it. A name is resolved here, every address is checked after
// that, and the connection goes to an address that was checked: a name that changes its mind gains nothing.
import type { Clock } from '#base/clock.ts'
import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { EGRESS_CONNECT_MS_MAX, EGRESS_LOOKUPS_MAX } from '../limits.ts'
import { addressRefusal, type Goal, hostRefusal, type NetworkRule } from './network-rule.ts'

export type Dialled =
  | { readonly kind: 'connected'; readonly socket: Socket }
  /** The rule does not allow it. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly timedOut: boolean }

/** All addresses of a name. Rejects as the resolver does. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>

export interface DialerOptions {
  readonly clock: Clock
  /** Whether lists may open private addresses. */
  readonly allowPrivate: boolean
  readonly resolve?: ResolveName
  /** Makes a TCP connection to one of these addresses, which were checked. */
  readonly connect?: ConnectTo
}

type ConnectTo = (addresses: readonly LookupAddress[], port: number) => Socket

/** One for each cell: it counts what the cell has under way. */
export class Dialer {
  readonly #clock: Clock
  readonly #allowPrivate: boolean
  readonly #resolve: ResolveName
  readonly #connectTo: ConnectTo
  #lookups = 0

  constructor({ clock, allowPrivate, resolve = resolveBySystem, connect = connectTo }: DialerOptions) {
    this.#clock = clock
    this.#allowPrivate = allowPrivate
    this.#resolve = resolve
    this.#connectTo = connect
  }

  /** Never rejects. */
  async dial(rule: NetworkRule, goal: Goal): Promise<Dialled> {
    const refusal = hostRefusal(rule, goal)
    if (refusal !== undefined) return { kind: 'refused', reason: refusal }
    const untilMs = this.#clock.monotonicMs() + EGRESS_CONNECT_MS_MAX
    let addresses: readonly LookupAddress[]
    try {
      addresses = await this.#addressesOf(goal.host, untilMs)
    } catch (error) {
      return { kind: 'failed', reason: messageOf(error), timedOut: error instanceof TimedOut }
    }
    let reason = `${goal.host} has no address`
    const allowed = addresses.filter(({ address }) => {
      const bad = addressRefusal(rule, goal, address, this.#allowPrivate)
      if (bad !== undefined) reason = bad
      return bad === undefined
    })
    if (allowed.length === 0) return { kind: 'refused', reason }
    return this.#connect(allowed, goal.port, untilMs)
  }

  async #addressesOf(host: string, untilMs: number): Promise<readonly LookupAddress[]> {
    const family = isIP(host)
    if (family !== 0) return [{ address: host, family }]
    if (this.#lookups >= EGRESS_LOOKUPS_MAX) throw new Error(`more than ${EGRESS_LOOKUPS_MAX} names at once`)
    this.#lookups++
    const answer = this.#resolve(host)
    // One that takes too long still holds its place: it holds the resolver's.
    answer.then(
      () => this.#lookups--,
      () => this.#lookups--,
    )
    return withinTime(answer, this.#clock, untilMs)
  }

  #connect(addresses: readonly LookupAddress[], port: number, untilMs: number): Promise<Dialled> {
    return new Promise((resolve) => {
      const socket = this.#connectTo(addresses, port)
      const cancel = this.#clock.after(untilMs - this.#clock.monotonicMs(), () => {
        socket.destroy()
        resolve({ kind: 'failed', reason: `no connection within ${EGRESS_CONNECT_MS_MAX / 1000} s`, timedOut: true })
      })
      const fail = (error: Error): void => {
        cancel()
        resolve({ kind: 'failed', reason: error.message || String(error), timedOut: false })
      }
      socket.once('error', fail)
      socket.once('connect', () => {
        cancel()
        socket.off('error', fail)
        resolve({ kind: 'connected', socket })
      })
    })
  }
}

/** No name is looked up here any more: what was checked is what is connected to. */
function connectTo(addresses: readonly LookupAddress[], port: number): Socket {
  const lookup: LookupFunction = (_host, _options, found) => found(null, [...addresses])
  return connect({ port, host: 'checked', autoSelectFamily: true, noDelay: true, lookup })
}

class TimedOut extends Error {}

function withinTime<T>(answer: Promise<T>, clock: Clock, untilMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(untilMs - clock.monotonicMs(), () =>
      reject(new TimedOut('the name was not resolved in time')),
    )
    answer.then(resolve, reject).finally(cancel)
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function resolveBySystem(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })
}
