// Who wants to hear of which keys. A touched key finds its watchers by one look-up for each length that a watched prefix
// has, so the cost does not grow with the number of watchers.
import { encodeKey } from './key.ts'
import type { Key } from './store.ts'

type Wake = () => void

export class Watchers {
  readonly #byPrefix = new Map<string, Set<{ readonly wake: Wake }>>()
  // How many watched prefixes have this length.
  readonly #lengths = new Map<number, number>()
  readonly #due = new Set<Wake>()

  /** Nobody watches: touched keys need not even be looked at. */
  get isEmpty(): boolean {
    return this.#byPrefix.size === 0
  }

  /** Adds a subscription; returns the function that ends it. */
  add(prefix: Key, wake: Wake): () => void {
    const name = latin1(encodeKey(prefix))
    const subscription = { wake }
    let group = this.#byPrefix.get(name)
    if (!group) {
      this.#byPrefix.set(name, (group = new Set()))
      this.#lengths.set(name.length, (this.#lengths.get(name.length) ?? 0) + 1)
    }
    group.add(subscription)
    return () => this.#remove(name, subscription)
  }

  #remove(name: string, subscription: { readonly wake: Wake }): void {
    const group = this.#byPrefix.get(name)
    if (!group?.delete(subscription) || group.size > 0) return
    this.#byPrefix.delete(name)
    const left = (this.#lengths.get(name.length) ?? 1) - 1
    if (left === 0) this.#lengths.delete(name.length)
    else this.#lengths.set(name.length, left)
  }

  /** Notes that an encoded key was written; `wakeDue` then wakes each watcher concerned once. */
  touch(key: Uint8Array): void {
    const name = latin1(key)
    for (const length of this.#lengths.keys()) {
      if (length > name.length) continue
      const group = this.#byPrefix.get(name.slice(0, length))
      if (group) for (const { wake } of group) this.#due.add(wake)
    }
  }

  /** Notes every watcher whose encoded prefix `concerns` answers true for. */
  touchWhere(concerns: (prefix: Uint8Array) => boolean): void {
    for (const [name, group] of this.#byPrefix)
      if (concerns(Buffer.from(name, 'latin1'))) for (const { wake } of group) this.#due.add(wake)
  }

  /** Notes that everything may have changed. */
  touchAll(): void {
    for (const group of this.#byPrefix.values()) for (const { wake } of group) this.#due.add(wake)
  }

  /** Wakes whom `touch` noted. Each in a microtask of its own: what one throws does not stop the others. */
  wakeDue(): void {
    for (const wake of this.#due) queueMicrotask(wake)
    this.#due.clear()
  }

  clear(): void {
    this.#byPrefix.clear()
    this.#lengths.clear()
    this.#due.clear()
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
