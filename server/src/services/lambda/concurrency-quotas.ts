// How many instances a function may have. A function with reserved concurrency has that many for itself; all others of an
// account and region share what nobody reserved. Source: developer guide, "Configuring reserved concurrency for a function".
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import type { Quota } from '#engine/engine.ts'
import { LIST_PAGE_MAX } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { type FunctionRecord, functions } from './function-record.ts'
import { VERSION_CACHE_MAX } from './limits.ts'

const RESERVED = 'reserved '

/** What the functions of an account and region have reserved together. */
export async function reservedTotal(reader: Reader, account: string, region: string): Promise<number> {
  let total = 0
  const prefix = [account, region]
  for (let range: { readonly prefix: typeof prefix; readonly after?: readonly string[] } = { prefix }; ;) {
    const page = await functions.listIndex(reader, 'reserved', range, { limit: LIST_PAGE_MAX })
    for (const { value } of page) total += value.reservedConcurrency ?? 0
    const last = page.at(-1)
    if (!last || page.length < LIST_PAGE_MAX) return total
    range = { prefix, after: last.indexKey as readonly string[] }
  }
}

/** The quotas as they were when a function was last looked up; every change of a function leads to a new look. */
export class ConcurrencyQuotas {
  readonly #concurrencyMax: (account: string) => number
  readonly #byFunction = new LRUCache<string, Quota>(grownTo(VERSION_CACHE_MAX))
  readonly #byAccount = new Map<string, Quota>()

  /** `concurrencyMax`: of an account in a region. */
  constructor(concurrencyMax: (account: string) => number) {
    this.#concurrencyMax = concurrencyMax
  }

  /** Reads what holds for this function now. */
  async refresh(reader: Reader, owner: FunctionRecord): Promise<void> {
    const { id, account, region, reservedConcurrency } = owner
    if (reservedConcurrency !== undefined) {
      this.#byFunction.set(id, { id: `${RESERVED}${id}`, instancesMax: reservedConcurrency })
      return
    }
    const left = Math.max(0, this.#concurrencyMax(account) - (await reservedTotal(reader, account, region)))
    this.#byFunction.delete(id)
    this.#byAccount.set(nameOf(owner), { id: nameOf(owner), instancesMax: left })
  }

  /** Tells the function's quota as often as it is asked. */
  of(owner: Pick<FunctionRecord, 'id' | 'account' | 'region'>): () => Quota {
    const name = nameOf(owner)
    return () =>
      this.#byFunction.get(owner.id) ??
      this.#byAccount.get(name) ?? { id: name, instancesMax: this.#concurrencyMax(owner.account) }
  }

  forget(): void {
    this.#byAccount.clear()
  }
}

/** Whether it is a function's own reservation. */
export function isReserved({ id }: Quota): boolean {
  return id.startsWith(RESERVED)
}

function nameOf({ account, region }: Pick<FunctionRecord, 'account' | 'region'>): string {
  return `unreserved ${account} ${region}`
}
