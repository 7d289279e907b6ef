// The invocations that this process has begun and not answered, and which of them the code that runs belongs to. One at a
// time: whatever runs belongs to it, as on AWS. Several at once: what belongs to which follows the asynchronous calls.
import type { AsyncLocalStorage } from 'node:async_hooks'
import type { EmptyLoopWatch } from './invocation.ts'

export interface UnderWay {
  readonly id: number
  readonly requestId: string
  /** For whom it runs. */
  readonly tenantId: string | undefined
  readonly startedMs: number
  readonly watch: EmptyLoopWatch
}

export class Invocations {
  /** At once. */
  readonly max: number
  readonly #byId = new Map<number, UnderWay>()
  /** With several at once. */
  readonly #following: AsyncLocalStorage<UnderWay> | undefined
  #only: UnderWay | undefined

  constructor(max: number) {
    this.max = max
    // Most cells never need it.
    if (max > 1) this.#following = new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)()
  }

  get count(): number {
    return this.#byId.size
  }

  /** The one that the running code belongs to; undefined outside any, and when it is answered. */
  get current(): UnderWay | undefined {
    if (!this.#following) return this.#only
    const found = this.#following.getStore()
    return found && this.#byId.has(found.id) ? found : undefined
  }

  /** Whatever `work` begins belongs to the invocation. */
  begin(invocation: UnderWay, work: () => void): void {
    this.#byId.set(invocation.id, invocation)
    this.#only = invocation
    if (this.#following) this.#following.run(invocation, work)
    else work()
  }

  /** Undefined when it is answered. */
  find(id: number): UnderWay | undefined {
    return this.#byId.get(id)
  }

  /** It is answered. */
  end(id: number): void {
    this.#byId.delete(id)
    this.#only = undefined
  }

  /** Nothing is left to happen in this process: who waits for that is told. */
  emptyLoop(): void {
    for (const { watch } of Array.from(this.#byId.values())) {
      const { onEmpty } = watch
      watch.onEmpty = undefined
      onEmpty?.()
    }
  }
}
