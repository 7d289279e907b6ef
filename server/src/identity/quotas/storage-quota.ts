// Bytes that an account stores, held to its quota. What is there is counted by reading it, when the account first writes
// after the start and again when it comes to its end; in between, what is being written and what was written since the
// count began is added. So the sum is never too low; what was deleted is noticed by the next count.
import type { Clock } from '#base/clock.ts'
import type { AccountQuotas } from './account-quotas.ts'
import { RECOUNT_AFTER_MS, RECOUNT_FACTOR } from './limits.ts'

interface Count {
  bytes: number
  /** Written since the count began. */
  added: number
  /** Being written. */
  underWay: number
  endedMs: number
  tookMs: number
  counting: Promise<void> | undefined
}

export interface StorageQuotaOptions {
  readonly quotas: Pick<AccountQuotas, 'of' | 'limitStorage'>
  /** What is stored of an account, over all services. */
  readonly measure: (account: string) => Promise<number>
  readonly clock: Clock
}

export class StorageQuota {
  readonly #options: StorageQuotaOptions
  readonly #counts = new Map<string, Count>()

  constructor(options: StorageQuotaOptions) {
    this.#options = options
  }

  /** False while no account has a quota. */
  get isLimited(): boolean {
    return this.#options.quotas.limitStorage
  }

  /**
   * Does `work`, which writes `bytes` bytes for the account. Throws what `refusal` makes of the account's quota, in the words
   * of the service, before it begins.
   */
  async within<T>(
    account: string,
    bytes: number,
    work: () => Promise<T>,
    refusal: (bytesMax: number) => Error,
  ): Promise<T> {
    const bytesMax = this.#options.quotas.of(account).storageBytes
    if (bytesMax === undefined) return work()
    const count = await this.#countOf(account)
    if (!fits(count, bytes, bytesMax)) await this.#recount(account, count)
    if (!fits(count, bytes, bytesMax)) throw refusal(bytesMax)
    count.underWay += bytes
    try {
      const done = await work()
      count.added += bytes
      return done
    } finally {
      count.underWay -= bytes
    }
  }

  /** What the account stores, counted now. */
  measure(account: string): Promise<number> {
    return this.#options.measure(account)
  }

  forget(): void {
    this.#counts.clear()
  }

  async #countOf(account: string): Promise<Count> {
    const known = this.#counts.get(account)
    if (known !== undefined) {
      // Whoever comes during the first count waits for it.
      await known.counting
      return known
    }
    const count: Count = { bytes: 0, added: 0, underWay: 0, endedMs: -Infinity, tookMs: 0, counting: undefined }
    this.#counts.set(account, count)
    try {
      await this.#recount(account, count)
    } catch (error) {
      this.#counts.delete(account)
      throw error
    }
    return count
  }

  async #recount(account: string, count: Count): Promise<void> {
    const { clock } = this.#options
    const pauseMs = Math.max(RECOUNT_AFTER_MS, count.tookMs * RECOUNT_FACTOR)
    if (count.counting === undefined && clock.monotonicMs() < count.endedMs + pauseMs) return
    count.counting ??= this.#count(account, count).finally(() => (count.counting = undefined))
    await count.counting
  }

  async #count(account: string, count: Count): Promise<void> {
    const { clock, measure } = this.#options
    const beganMs = clock.monotonicMs()
    // What is written from here on may or may not be counted: then it counts twice, until the next time.
    const before = count.added
    const bytes = await measure(account)
    count.bytes = bytes
    count.added -= before
    count.endedMs = clock.monotonicMs()
    count.tookMs = count.endedMs - beganMs
  }
}

function fits({ bytes, added, underWay }: Count, more: number, bytesMax: number): boolean {
  return bytes + added + underWay + more <= bytesMax
}
