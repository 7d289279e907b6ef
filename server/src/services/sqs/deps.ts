// What the handlers of SQS are given, and the short names of their inputs and outputs.
import type * as SqsSdk from '@aws-sdk/client-sqs'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { NodeIdentity } from '#cluster/lease.ts'
import type { Principal } from '#base/principal.ts'
import type { Input, OperationName, Output } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'
import { MoveTasks } from './move-tasks.ts'
import { Queues } from './queues.ts'

export type SqsModule = typeof SqsSdk
export type SqsInput<Op extends OperationName<SqsModule>> = Input<SqsModule, Op>
export type SqsOutput<Op extends OperationName<SqsModule>> = Output<SqsModule, Op>

/** What the composition root gives. */
export interface SqsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Aborted when long polls must end. */
  readonly draining: AbortSignal
  /** How far along a chain of events a sender is (events/hops.ts). */
  readonly hops: { next(principal: Principal): number }
  /** This node: queues have one owner at a time. */
  readonly node: NodeIdentity
  /** Calls of one action per second that a FIFO queue takes; AWS: 300. Default: no limit. */
  readonly fifoCallsPerSecondMax?: number | undefined
}

export interface SqsDeps {
  readonly clock: Clock
  readonly hops: SqsOptions['hops']
  readonly queues: Queues
  readonly moves: MoveTasks
  /** Goes on with what a former life left. */
  resume(): Promise<void>
  /** Forgets what is in memory of a store that was cleared. */
  forget(): void
  /** Ends what runs in the background. */
  close(): Promise<void>
}

export function createSqsDeps(options: SqsOptions): SqsDeps {
  const { store, clock, log, draining, hops, node, fifoCallsPerSecondMax } = options
  const queues = new Queues({ store, clock, log, draining, node, fifoCallsPerSecondMax })
  const moves = new MoveTasks({ store, clock, log, queues })
  return {
    clock,
    hops,
    queues,
    moves,
    resume: () => moves.resume(),
    forget() {
      moves.forget()
      queues.forget()
    },
    async close() {
      await moves.close()
      await queues.close()
    },
  }
}
