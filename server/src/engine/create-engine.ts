// The engine put together: folders, private socket, launcher in the best tier that this machine gives, pool, dispatcher.
import { availableParallelism, totalmem } from 'node:os'
import { systemClock } from '#base/clock.ts'
import type { CancelTimer, Clock } from '#base/clock.ts'
import { OperatorError } from '#base/errors.ts'
import { CodeStore } from './code-store.ts'
import { ImageStore } from './image-store.ts'
import { Dispatcher } from './dispatcher.ts'
import { Lull } from './lull.ts'
import type { EngineOptions } from './engine-options.ts'
import type { Engine, EngineStatus, FunctionVersion, IsolationTier, RuntimeKind } from './engine.ts'
import { kindOf } from './fleet.ts'
import {
  EPHEMERAL_MB,
  FREEZE_AFTER_MS,
  IDLE_MAX,
  INSTANCES_MAX,
  KEEP_ALIVE_MS,
  MEMORY_SHARE_MAX,
  STANDBY_FROM_INIT_MS,
  SWEEP_EVERY_MS,
} from './limits.ts'
import type { MemoryClass } from './launcher/commands.ts'
import { CellYard } from './cell-yard.ts'
import type { ReadyTarget } from './pool.ts'

/** What is ready by default: the sizes that functions have most often. */
const READY: Readonly<Record<RuntimeKind, Readonly<Partial<Record<MemoryClass, number>>>>> = {
  node: { small: 2, medium: 1, large: 1 },
  python: { small: 2 },
}

const TIERS: readonly IsolationTier[] = ['A', 'B', 'C']

/** Starts the engine. Throws an OperatorError when the machine gives less isolation than is asked for. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const clock = options.clock ?? systemClock
  const ready = options.ready ?? READY
  const target: ReadyTarget = (kind) =>
    kind.ephemeralMb === EPHEMERAL_MB && kind.uplink === undefined ? (ready[kind.runtime]?.[kind.memoryClass] ?? 0) : 0
  const images = new ImageStore(options.log, `${options.folder}/images`)
  const lull = new Lull(clock)
  const yard = await CellYard.open(clock, lull, options, allowedTiers(options), target, images)
  const store = new CodeStore(clock, options.log, `${options.folder}/code`, images)
  const limits = {
    instancesMax: options.instancesMax ?? INSTANCES_MAX,
    memoryMbMax: options.memoryMbMax ?? (totalmem() / (1024 * 1024)) * MEMORY_SHARE_MAX,
    idleMax: options.idleMax ?? IDLE_MAX,
    keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS,
    keepAlive: options.keepAlive ?? 'learned',
    freezeAfterMs: options.freezeAfterMs ?? FREEZE_AFTER_MS,
    standbyFromInitMs: options.standbyFromInitMs ?? STANDBY_FROM_INIT_MS,
    cores: availableParallelism(),
  }
  const dispatcher = new Dispatcher(clock, store, yard.pool, limits, lull)
  yard.serve(dispatcher)
  const stopSweeping = every(clock, SWEEP_EVERY_MS, () => dispatcher.sweep())
  const status = (): EngineStatus => ({
    ...yard.status(),
    readyCells: yard.pool.readyCount,
    instances: dispatcher.instanceCount,
  })
  return {
    invoke(version, invocation) {
      try {
        yard.mustRun(kindOf(version))
      } catch (error) {
        return Promise.reject(error)
      }
      if (yard.tier !== 'C') return dispatcher.invoke(version, invocation)
      return mustBeOpen(version).then(() => dispatcher.invoke(version, invocation))
    },
    retire: (versionId) => dispatcher.retire(versionId),
    stage: (version) => store.ensure(version),
    prepare: (version) => dispatcher.prepare(version),
    provision(version, count) {
      yard.mustRun(kindOf(version))
      dispatcher.provision(version, count)
    },
    provisioned: (versionId) => dispatcher.provisioned(versionId),
    standBy(version) {
      yard.mustRun(kindOf(version))
      dispatcher.standBy(version)
    },
    status,
    async close(graceMs) {
      await dispatcher.drain(graceMs)
      await images.close()
      stopSweeping()
      await dispatcher.endAll('the engine closes')
      await yard.close()
    },
    async reset() {
      await dispatcher.endAll('reset')
      store.clear()
    },
  }
}

/** Without a sandbox nothing keeps a function off the machine's network: what asks for that does not run. */
async function mustBeOpen(version: FunctionVersion): Promise<void> {
  const kind = (await version.network?.())?.kind ?? 'internet'
  if (kind === 'internet') return
  throw new OperatorError(
    `a function asks for the network "${kind}", and there is no sandbox here that holds it to that`,
    '`mayfly doctor` says what is missing for a sandbox.',
  )
}

function allowedTiers(options: EngineOptions): IsolationTier[] {
  const best = TIERS.indexOf(options.tierMaximum ?? 'A')
  const worst = TIERS.indexOf(options.tierMinimum ?? 'C')
  const allowed = TIERS.slice(best, worst + 1)
  if (allowed.length > 0) return allowed
  throw new OperatorError('no isolation tier is allowed', 'Set the lowest tier not above the highest one.')
}

function every(clock: Clock, periodMs: number, work: () => void): CancelTimer {
  let cancel: CancelTimer = () => {}
  const arm = (): void => {
    cancel = clock.after(periodMs, () => {
      work()
      arm()
    })
  }
  arm()
  return () => cancel()
}
