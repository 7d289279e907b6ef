// What EventBridge is built with, and what its operations, targets and background work share.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Principal } from '#base/principal.ts'
import type { Target } from '#events/target.ts'
import type { Store } from '#storage/store.ts'
import type { LogStore } from '#telemetry/log-store.ts'
import { BusViews } from './bus-view.ts'

export interface EventBridgePorts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Log groups can be targets. */
  readonly logs: Pick<LogStore, 'createStream' | 'putEvents'>
  /** How far along a chain of events the caller is (events/hops.ts). */
  readonly hops: { next(principal: Principal): number }
  /** By ARN; undefined when no service of this server takes events there. */
  readonly targetFor: (arn: string) => Target | undefined
}

export interface EventBridgeDeps extends EventBridgePorts {
  readonly views: BusViews
  /** Forgets everything in memory; call it after the store was cleared. */
  forget(): void
  close(): void
}

/** Made once; service, targets and background work share it. */
export function createEventBridgeDeps(ports: EventBridgePorts): EventBridgeDeps {
  const views = new BusViews(ports.store)
  return { ...ports, views, forget: () => views.forgetAll(), close: () => views.close() }
}
