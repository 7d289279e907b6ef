// A bus with its rules and archives as matching needs them: patterns compiled, kept in memory until any of them changes.
import { compilePattern } from '#events/pattern/pattern.ts'
import type { Store } from '#storage/store.ts'
import { WatchedCache } from '#storage/watched-cache.ts'
import { type ArchiveRecord, archives } from './archive.ts'
import { type BusRef, busArn } from './arn.ts'
import { type BusRecord, buses, busKey, findBus } from './bus.ts'
import { BUS_VIEWS_MAX, RULE_CACHE_MAX } from './limits.ts'
import { isEnabled, type RuleRecord, rules } from './rule.ts'

export type Matcher = (event: unknown) => boolean

export interface BusView {
  readonly bus: BusRecord
  /** Those that are enabled and have a pattern and targets, in the order of their names. */
  readonly rules: readonly { readonly rule: RuleRecord; readonly matches: Matcher }[]
  readonly archives: readonly { readonly archive: ArchiveRecord; readonly matches: Matcher }[]
}

export class BusViews {
  readonly #store: Store
  readonly #views: WatchedCache<BusView>
  readonly #rules: WatchedCache<RuleRecord>

  constructor(store: Store) {
    this.#store = store
    const collections = [buses.name, rules.name, archives.name]
    this.#views = new WatchedCache({ store, collections, max: BUS_VIEWS_MAX })
    this.#rules = new WatchedCache({ store, collections: [rules.name], max: RULE_CACHE_MAX })
  }

  /** Call it when a change is committed: an event that is sent after its answer must meet it. */
  forgetAll(): void {
    this.#views.forgetAll()
    this.#rules.forgetAll()
  }

  close(): void {
    this.#views.close()
    this.#rules.close()
  }

  /** Undefined when there is no such bus. */
  get(ref: BusRef): Promise<BusView | undefined> {
    return this.#views.get(busArn(ref), () => this.#read(ref))
  }

  async #read(ref: BusRef): Promise<BusView | undefined> {
    const bus = await findBus(this.#store, ref)
    if (bus === undefined) return undefined
    const prefix = busKey(ref)
    const ofBus = await rules.list(this.#store, { prefix })
    const kept = await archives.listIndex(this.#store, 'bus', { prefix })
    return {
      bus,
      rules: ofBus.flatMap(({ value: rule }) =>
        isEnabled(rule) && rule.pattern !== undefined && rule.targets.length > 0
          ? [{ rule, matches: matcherOf(rule.pattern) }]
          : [],
      ),
      archives: kept.map(({ value: archive }) => ({
        archive,
        matches: archive.pattern === undefined ? () => true : matcherOf(archive.pattern),
      })),
    }
  }

  /** A rule by its key, for deliveries; undefined when there is no such rule. */
  rule(key: readonly string[]): Promise<RuleRecord | undefined> {
    return this.#rules.get(key.join(' '), async () => (await rules.get(this.#store, key))?.value)
  }
}

/** Patterns were checked when they were put. */
function matcherOf(pattern: string): Matcher {
  const compiled = compilePattern(pattern, 'eventbridge')
  return compiled.kind === 'pattern' ? (event) => compiled.matches(event) : () => false
}
