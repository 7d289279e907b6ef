// How asynchronous invocations of a function are treated: how long and how often they are tried, and who hears of their
// end; and whether a loop through the function is stopped. Key layout:
//   lambda.async-settings  [functionId, qualifier]   `$LATEST` stands for the function without one
//   lambda.recursion       [functionId]
import { grownTo } from '#base/grown-cache.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { LRUCache } from 'lru-cache'
import type { FunctionRef } from './function-name.ts'
import { functionKey, functions } from './function-record.ts'
import { VERSION_CACHE_MAX } from './limits.ts'
import type { LambdaPorts } from './ports.ts'

export interface AsyncSettings {
  /** Undefined: the default, 2. */
  readonly retriesMax: number | undefined
  /** Undefined: the default, six hours. */
  readonly ageMaxS: number | undefined
  readonly onSuccessArn: string | undefined
  readonly onFailureArn: string | undefined
  readonly lastModifiedMs: number
}

export const asyncSettings = new Collection<AsyncSettings>({ name: 'lambda.async-settings', codec: jsonCodec(1) })

export type RecursiveLoop = 'Allow' | 'Terminate'

export const recursion = new Collection<{ readonly loop: RecursiveLoop }>({
  name: 'lambda.recursion',
  codec: jsonCodec(1),
})

/** What settings are kept under for a function that was named without a qualifier. */
export const UNQUALIFIED = '$LATEST'

/** What delivery needs to know of a function. */
export interface AsyncRules {
  readonly settings: AsyncSettings | undefined
  readonly allowsLoops: boolean
}

const DEFAULTS: AsyncRules = { settings: undefined, allowsLoops: false }

/** Reads through a cache that every commit to functions or their settings empties. */
export class AsyncRulesCache {
  readonly #store: LambdaPorts['store']
  readonly #byName = new LRUCache<string, AsyncRules>(grownTo(VERSION_CACHE_MAX))
  #generation = 0

  constructor({ store }: Pick<LambdaPorts, 'store'>) {
    this.#store = store
    for (const { name } of [functions, asyncSettings, recursion]) store.watch([name], () => this.#forget())
  }

  async of(ref: FunctionRef): Promise<AsyncRules> {
    const name = `${ref.account} ${ref.region} ${ref.name} ${ref.qualifier ?? ''}`
    const known = this.#byName.get(name)
    if (known) return known
    const generation = this.#generation
    const rules = await readRules(this.#store, ref)
    if (generation === this.#generation) this.#byName.set(name, rules)
    return rules
  }

  #forget(): void {
    this.#generation++
    this.#byName.clear()
  }
}

async function readRules(reader: Reader, ref: FunctionRef): Promise<AsyncRules> {
  const owner = await functions.get(reader, functionKey(ref))
  if (!owner) return DEFAULTS
  const { id } = owner.value
  const settings = await asyncSettings.get(reader, [id, ref.qualifier ?? UNQUALIFIED])
  const loops = await recursion.get(reader, [id])
  return { settings: settings?.value, allowsLoops: loops?.value.loop === 'Allow' }
}

/** Takes away what hung on a function that is gone. */
export async function deleteAsyncSettings(transaction: Transaction, functionId: string): Promise<void> {
  for (const { key } of await asyncSettings.list(transaction, { prefix: [functionId] }))
    await asyncSettings.delete(transaction, key)
  await recursion.delete(transaction, [functionId])
}
