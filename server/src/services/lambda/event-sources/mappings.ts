// Runs the event source mappings: keeps a poller on each one that is enabled, and takes the steps between its states.
// The records in the store say what is wished; every commit that touches them wakes the loop, and so does a restart.
// A step is taken in this order: the pollers follow first, then the state is written, so that a client that reads
// Enabled can send, and one that reads Disabled or nothing will not be called any more.
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import { newRequestId } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { HOPS_MAX } from '#events/envelope.ts'
import type { QueueSource } from '#events/queue-source.ts'
import type { StreamSource } from '#events/stream-source.ts'
import { type Store, StoreClosedError } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import type { AsyncRulesCache } from '../async-settings.ts'
import type { DeployedVersions } from '../deployed-versions.ts'
import { parseFunctionArn } from '../function-name.ts'
import { aliases } from '../alias-record.ts'
import { functions } from '../function-record.ts'
import type { FunctionInvoker } from '../invoker.ts'
import type { ExecutionRoles } from '../ports.ts'
import { durableFault } from '../durable/durable-call.ts'
import { tenantFault } from '../tenancy.ts'
import { checkpointsOf } from './checkpoints.ts'
import {
  type MappingRecord,
  mappingKey,
  mappingPairs,
  mappingResults,
  mappings,
  NOTHING_PROCESSED,
  pairKey,
} from './mapping-record.ts'
import { TROUBLE_DELAY_BASE_MS, TROUBLE_DELAY_MAX_MS } from './limits.ts'
import { Backoff } from './backoff.ts'
import type { BatchOutcome, Poller, PollerWorld } from './poller.ts'
import { QueuePoller } from './queue-poller.ts'
import { readRefusal } from './source-access.ts'
import { StreamPoller } from './stream-poller.ts'

export interface MappingsPorts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly roles: Pick<ExecutionRoles, 'refusal'>
  queueSourceFor(arn: string): QueueSource | undefined
  streamSourceFor(arn: string): StreamSource | undefined
}

interface Running {
  readonly poller: Poller
  /** What the poller was made from: another record needs another poller. */
  readonly made: string
}

/** One mapping as this process runs it. Its steps are taken one after the other. */
interface Life {
  running: Running | undefined
  busy: boolean
  again: boolean
  step: Promise<void>
}

export class EventSourceMappings {
  readonly #ports: MappingsPorts
  readonly #deployed: DeployedVersions
  readonly #invoker: FunctionInvoker
  readonly #rules: AsyncRulesCache
  readonly #trouble: Backoff
  readonly #results = new Map<string, string>()
  readonly #stopping = new AbortController()
  #lives = new Map<string, Life>()
  #unwatch: readonly (() => void)[] | undefined
  #looking: Promise<void> | undefined
  #lookAgain = false
  #drained: Promise<unknown> = Promise.resolve()

  constructor(ports: MappingsPorts, deployed: DeployedVersions, invoker: FunctionInvoker, rules: AsyncRulesCache) {
    this.#ports = ports
    this.#deployed = deployed
    this.#invoker = invoker
    this.#rules = rules
    this.#trouble = new Backoff(ports.random, TROUBLE_DELAY_BASE_MS, TROUBLE_DELAY_MAX_MS)
  }

  /** Begins to run what is stored; called again it only looks whether something changed. */
  start(): void {
    const { store } = this.#ports
    this.#unwatch ??= [
      store.watch([mappings.name], () => this.#look()),
      // A function or an alias that was missing may be there now.
      ...[functions, aliases].map(({ name }) => store.watch([name], () => this.#nudge())),
    ]
    this.#look()
  }

  /** Takes nothing more from any source. Batches under way go on. */
  drain(): void {
    if (this.#stopping.signal.aborted) return
    this.#stopping.abort()
    for (const unwatch of this.#unwatch ?? []) unwatch()
    const pollers = [...this.#lives.values()].map(({ running }) => running?.poller.stop())
    this.#drained = Promise.allSettled([...pollers, this.#looking])
  }

  /** Drains, and waits up to `graceMs` for the batches under way. */
  async stop(graceMs: number): Promise<void> {
    this.drain()
    const over = new AbortController()
    const drained = this.#drained.then(() => over.abort())
    await Promise.race([drained, this.#ports.clock.sleep(graceMs, over.signal)])
  }

  /** After the store was cleared: nothing is left to run, and nothing that is under way may settle. */
  forget(): void {
    for (const { running } of this.#lives.values()) void running?.poller.stop()
    this.#lives = new Map()
    this.#results.clear()
  }

  /** How the last batch of a mapping ended; undefined for a queue that has brought nothing yet. */
  async lastResult(record: MappingRecord): Promise<string | undefined> {
    const known = this.#results.get(record.uuid)
    if (known !== undefined) return known
    const stored = await mappingResults.get(this.#ports.store, mappingKey(record))
    if (stored) return stored.value.text
    return record.kind === 'stream' ? NOTHING_PROCESSED : undefined
  }

  #nudge(): void {
    for (const { running } of this.#lives.values()) running?.poller.nudge()
  }

  // Looking: from the store to the lives.

  #look(): void {
    this.#lookAgain = true
    if (this.#stopping.signal.aborted) return
    this.#looking ??= this.#lookRound().finally(() => {
      this.#looking = undefined
      if (this.#lookAgain) this.#look()
    })
  }

  async #lookRound(): Promise<void> {
    while (this.#lookAgain && !this.#stopping.signal.aborted) {
      this.#lookAgain = false
      try {
        await this.#lookAtAll()
        this.#trouble.reset()
      } catch (error) {
        if (error instanceof StoreClosedError || this.#stopping.signal.aborted) return
        this.#ports.log.error('mappings.read.failed', { error })
        this.#lookAgain = true
        await this.#ports.clock.sleep(this.#trouble.nextMs(), this.#stopping.signal)
      }
    }
  }

  async #lookAtAll(): Promise<void> {
    const seen = new Set<string>()
    for (let after: readonly string[] | undefined; ;) {
      const page = await mappings.list(this.#ports.store, { prefix: [], ...(after && { after }) }, { limit: 200 })
      for (const { value } of page) {
        seen.add(value.uuid)
        this.#follow(value.account, value.region, value.uuid)
      }
      const last = page.at(-1)
      if (!last || page.length < 200) break
      after = [last.value.account, last.value.region, last.value.uuid]
    }
    // Gone from the store without a step of ours: the store was cleared.
    for (const [uuid, { running }] of this.#lives)
      if (!seen.has(uuid)) {
        this.#lives.delete(uuid)
        void running?.poller.stop()
      }
  }

  #follow(account: string, region: string, uuid: string): void {
    let life = this.#lives.get(uuid)
    if (!life) {
      life = { running: undefined, busy: false, again: false, step: Promise.resolve() }
      this.#lives.set(uuid, life)
    }
    life.again = true
    if (!life.busy) life.step = this.#followLife(life, { account, region, uuid })
  }

  // Following: one mapping.

  async #followLife(life: Life, ref: Pick<MappingRecord, 'account' | 'region' | 'uuid'>): Promise<void> {
    life.busy = true
    while (life.again && !this.#stopping.signal.aborted && this.#lives.get(ref.uuid) === life) {
      life.again = false
      try {
        const found = await mappings.get(this.#ports.store, mappingKey(ref))
        if (found) await this.#takeStep(life, found.value)
      } catch (error) {
        if (error instanceof StoreClosedError || this.#stopping.signal.aborted) break
        this.#ports.log.error('mapping.step.failed', { error, mapping: ref.uuid })
        life.again = true
        await this.#ports.clock.sleep(this.#trouble.nextMs(), this.#stopping.signal)
      }
    }
    life.busy = false
  }

  async #takeStep(life: Life, record: MappingRecord): Promise<void> {
    const runs = record.enabled && record.state !== 'Deleting'
    const made = runs ? JSON.stringify([record.settings, record.kind]) : undefined
    if (life.running && life.running.made !== made) {
      const { poller } = life.running
      await poller.stop()
      life.running = undefined
    }
    if (made !== undefined && life.running === undefined) {
      const poller = this.#pollerOf(record)
      life.running = { poller, made }
      await poller.start()
    }
    if (record.state === 'Deleting') return await this.#remove(life, record)
    const state = runs ? 'Enabled' : 'Disabled'
    if (record.state !== state) await this.#enter(record, state)
  }

  /** Writes the end of a step, unless the record says something else by now: then there is another step to take. */
  async #enter(record: MappingRecord, state: 'Enabled' | 'Disabled'): Promise<void> {
    await transact(this.#ports.store, async (transaction) => {
      const found = await mappings.get(transaction, mappingKey(record))
      if (found?.value.state === record.state && found.value.enabled === record.enabled)
        await mappings.set(transaction, mappingKey(record), { ...found.value, state })
    })
  }

  async #remove(life: Life, record: MappingRecord): Promise<void> {
    const { store } = this.#ports
    for (;;) {
      const checkpoints = await store.list({ prefix: checkpointsOf(record.uuid) }, { limit: 500 })
      if (checkpoints.length === 0) break
      await store.commit({ deletes: checkpoints.map(({ key }) => key) })
    }
    await transact(store, async (transaction) => {
      await mappings.delete(transaction, mappingKey(record))
      await mappingPairs.delete(transaction, pairKey(record))
      await mappingResults.delete(transaction, mappingKey(record))
    })
    this.#results.delete(record.uuid)
    if (this.#lives.get(record.uuid) === life) this.#lives.delete(record.uuid)
  }

  #pollerOf(record: MappingRecord): Poller {
    const { sourceArn } = record
    const world = this.#worldOf(record)
    if (record.kind === 'queue') {
      const source = this.#ports.queueSourceFor(sourceArn)
      return source ? new QueuePoller(record, source, world) : ABSENT_SOURCE
    }
    const source = this.#ports.streamSourceFor(sourceArn)
    return source ? new StreamPoller(record, source, this.#ports.store, world) : ABSENT_SOURCE
  }

  #worldOf(record: MappingRecord): PollerWorld {
    const { clock, random, log } = this.#ports
    const ref = parseFunctionArn(record.settings.functionArn)
    const roleOf = async (): Promise<string | undefined> => ref && (await this.#deployed.find(ref))?.record.role
    return {
      clock,
      random,
      log,
      functionExists: async () => ref !== undefined && (await this.#deployed.find(ref)) !== undefined,
      role: roleOf,
      mayRead: async () => {
        const role = await roleOf()
        // Without a function there is no role; the batch will say so.
        if (role === undefined) return true
        return (await readRefusal(this.#ports.roles, record.sourceArn, { role, account: record.account })) === undefined
      },
      invoke: async (event, hops): Promise<BatchOutcome> => {
        const deployed = ref && (await this.#deployed.find(ref))
        // A function of the same name may have come since, with tenants, of whom no event tells.
        if (!deployed || tenantFault(deployed.record, undefined) !== undefined) return { kind: 'gone' }
        if (durableFault(deployed, { waits: true }) !== undefined) return { kind: 'gone' }
        if (hops >= HOPS_MAX && !(await this.#rules.of(ref)).allowsLoops) return { kind: 'loop' }
        const answer = await this.#invoker.invoke(deployed, {
          requestId: newRequestId(),
          payload: event,
          clientContext: undefined,
          tenantId: undefined,
          traceId: undefined,
          tail: false,
          hops,
        })
        if (answer.kind === 'throttled') return { kind: 'throttled' }
        const kind = answer.functionError === undefined ? 'succeeded' : 'failed'
        return { kind, answer: answer.payload, executedVersion: deployed.record.version }
      },
      report: (result) => this.#report(record, result),
    }
  }

  /** Best effort: what is shown may be older than the last batch after a crash. */
  #report(record: MappingRecord, text: string): void {
    if (this.#results.get(record.uuid) === text) return
    this.#results.set(record.uuid, text)
    const { store, log } = this.#ports
    transact(store, async (transaction) => {
      // Not for a mapping that was deleted meanwhile.
      if (await mappings.get(transaction, mappingKey(record)))
        await mappingResults.set(transaction, mappingKey(record), { text })
    }).catch((error: unknown) => log.debug('mapping.result.lost', { error, mapping: record.uuid }))
  }
}

/** A source whose service this server does not have: refused at creation, and here only after a downgrade. */
const ABSENT_SOURCE: Poller = {
  start: () => Promise.resolve(),
  nudge: () => {},
  stop: () => Promise.resolve(),
}
