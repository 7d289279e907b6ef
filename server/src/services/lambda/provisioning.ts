// Brings the engine what the store orders: instances of versions and aliases with provisioned concurrency, and one that
// stands by for each version with SnapStart. Every commit that may change an order is looked at again, in the background;
// after a restart everything is ordered anew.
import type { FunctionVersion, Provisioned } from '#engine/engine.ts'
import { LIST_PAGE_MAX } from '#storage/store.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { aliases } from './alias-record.ts'
import { type DeployedVersions, findVersion } from './deployed-versions.ts'
import { type FunctionRef, functionArn } from './function-name.ts'
import { functions, type VersionRecord, versions } from './function-record.ts'
import type { LambdaPorts } from './ports.ts'
import { listProvisioned, type ProvisionedConfig, provisioned } from './provisioned-record.ts'
import { hasSnapshot, snapshots } from './snapshot-record.ts'

/** How far an order is carried out, in AWS's words. */
export interface ProvisionedState {
  readonly allocated: number
  readonly available: number
  readonly status: 'IN_PROGRESS' | 'READY' | 'FAILED'
  readonly reason: string | undefined
}

/** Whether a former life left orders. */
export async function hasOrders(store: Reader): Promise<boolean> {
  const one = { limit: 1 }
  const found = await Promise.all([
    provisioned.list(store, { prefix: [] }, one),
    snapshots.list(store, { prefix: [] }, one),
  ])
  return found.some((page) => page.length > 0)
}

/** Which versions an order means, and how many instances of each: an alias with weights shares them out. */
export async function versionsOf(reader: Reader, config: ProvisionedConfig): Promise<ReadonlyMap<string, number>> {
  if (/^\d+$/.test(config.qualifier)) return new Map([[config.qualifier, config.requested]])
  const alias = (await aliases.get(reader, [config.functionId, config.qualifier]))?.value
  if (!alias) return new Map()
  const elsewhere = alias.routing ? Math.round(config.requested * alias.routing.weight) : 0
  return new Map([
    [alias.version, config.requested - elsewhere],
    ...(alias.routing ? [[alias.routing.version, elsewhere] as const] : []),
  ])
}

export class Provisioning {
  readonly #ports: Pick<LambdaPorts, 'store' | 'engine' | 'log'>
  readonly #deployed: DeployedVersions
  /** What was ordered, by the id of the version. */
  #ordered = new Map<string, FunctionVersion>()
  /** Why the engine does not take an order, by the id of the version. */
  readonly #refused = new Map<string, string>()
  #begun = false
  #work: Promise<void> | undefined
  #again = false

  constructor(ports: Pick<LambdaPorts, 'store' | 'engine' | 'log'>, deployed: DeployedVersions) {
    this.#ports = ports
    this.#deployed = deployed
    ports.store.watch([provisioned.name], () => this.#look())
    for (const { name } of [aliases, functions, versions])
      ports.store.watch([name], () => this.#ordered.size > 0 && this.#look())
  }

  /** Orders everything that a former life left. */
  async start(): Promise<void> {
    if (this.#begun) return
    this.#begun = true
    this.#look()
    for (let after: Key | undefined; ;) {
      const page = await snapshots.list(
        this.#ports.store,
        { prefix: [], ...(after && { after }) },
        { limit: LIST_PAGE_MAX },
      )
      for (const { key, value } of page) {
        const [account = '', region = '', , version = ''] = key.map(String)
        const deployed = await this.#deployed.find({ account, region, name: value.name, qualifier: version })
        if (deployed) this.#standBy(deployed.runnable)
      }
      after = page.at(-1)?.key
      if (page.length < LIST_PAGE_MAX || after === undefined) return
    }
  }

  /**
   * After a version was published: it is read now, for whoever calls it soon; and where it has SnapStart, an instance of
   * it will stand by.
   */
  published(ref: Pick<FunctionRef, 'account' | 'region' | 'name'>, version: VersionRecord): void {
    this.#deployed.find({ ...ref, qualifier: version.version }).then(
      (deployed) => deployed && hasSnapshot(version) && this.#standBy(deployed.runnable),
      (error: unknown) => this.#ports.log.warn('lambda.read-ahead.failed', { error, function: functionArn(ref) }),
    )
  }

  /** Best effort: what it spares is only time. */
  #standBy(runnable: FunctionVersion): void {
    try {
      this.#ports.engine.standBy(runnable)
    } catch (error) {
      this.#ports.log.warn('lambda.stand-by.failed', { error, version: runnable.id })
    }
  }

  /** Everything that was committed before is ordered. */
  async settled(): Promise<void> {
    await this.#work
  }

  /** How far an order is carried out. */
  async stateOf(config: ProvisionedConfig): Promise<ProvisionedState> {
    // What was committed just now is ordered a moment later.
    await this.settled()
    let allocated = 0
    let available = 0
    let fault: string | undefined
    for (const [version, count] of await versionsOf(this.#ports.store, config)) {
      const { account, region, name } = config
      const deployed = await this.#deployed.find({ account, region, name, qualifier: version })
      if (!deployed || count === 0) continue
      const { id } = deployed.runnable
      const there = this.#ports.engine.provisioned(id)
      allocated += Math.min(count, there.allocated)
      available += Math.min(count, there.available)
      if (there.allocated < count) fault ??= this.#refused.get(id) ?? faultOf(there)
    }
    if (allocated >= config.requested) return { allocated, available, status: 'READY', reason: undefined }
    return { allocated, available, status: fault === undefined ? 'IN_PROGRESS' : 'FAILED', reason: fault }
  }

  /** The store was emptied. */
  forget(): void {
    this.#ordered.clear()
    this.#refused.clear()
  }

  /** One look at a time, and one more for what changes meanwhile. */
  #look(): void {
    this.#again = true
    this.#work ??= (async () => {
      while (this.#again) {
        this.#again = false
        await this.#order()
      }
    })()
      .catch((error: unknown) => this.#ports.log.warn('lambda.provisioning.failed', { error }))
      .finally(() => (this.#work = undefined))
  }

  async #order(): Promise<void> {
    const wanted = new Map<string, { readonly runnable: FunctionVersion; count: number }>()
    for (const config of await listProvisioned(this.#ports.store, []))
      for (const [qualifier, count] of await versionsOf(this.#ports.store, config)) {
        const ref = { account: config.account, region: config.region, name: config.name, qualifier }
        const found = await findVersion(this.#ports.store, ref)
        // A function may have been deleted and made anew.
        const deployed = found?.owner.id === config.functionId ? await this.#deployed.find(ref) : undefined
        if (!deployed) continue
        const { runnable } = deployed
        const there = wanted.get(runnable.id) ?? { runnable, count: 0 }
        there.count += count
        wanted.set(runnable.id, there)
      }
    for (const [id, runnable] of this.#ordered) if (!wanted.has(id)) this.#provision(runnable, 0)
    for (const { runnable, count } of wanted.values()) this.#provision(runnable, count)
    this.#ordered = new Map(Array.from(wanted, ([id, { runnable }]) => [id, runnable]))
  }

  #provision(runnable: FunctionVersion, count: number): void {
    this.#refused.delete(runnable.id)
    try {
      this.#ports.engine.provision(runnable, count)
    } catch (error) {
      this.#refused.set(runnable.id, error instanceof Error ? error.message : String(error))
    }
  }
}

function faultOf({ fault }: Provisioned): string | undefined {
  // AWS's own reason for a function whose init fails.
  return fault?.kind === 'init' ? 'FUNCTION_ERROR_INIT_FAILURE' : fault?.reason
}
