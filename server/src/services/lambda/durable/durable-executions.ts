// Drives durable executions on: runs their code, lets it rest while it waits, and runs it again when what it waited for
// has come. Everything that counts is in the store; what is in memory only says what this server does just now.
//
//   due ──▶ running ──▶ waiting ──▶ due ... ──▶ over
//             └─ its code fails ──▶ due, a while later
//
// An execution is due when its `wakeMs` has come. One that was running when a server ended is due in its next life.
import { newRequestId, randomHex } from '#base/ids.ts'
import { type Key, StoreClosedError } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import type { DeployedVersions } from '../deployed-versions.ts'
import type { FunctionInvoker, InvokeAnswer, InvokeOrder } from '../invoker.ts'
import { DURABLE_DRIVEN_MAX, DURABLE_NAP_MAX_MS, DURABLE_SWEEP_MS } from '../limits.ts'
import type { LambdaPorts } from '../ports.ts'
import { requireTenant } from '../tenancy.ts'
import { type BeginOrder, beginExecution, type Begun } from './begin-execution.ts'
import { type DurableVersion, requireDurableCall } from './durable-call.ts'
import { endExecution, endLate } from './end-execution.ts'
import { answerOf } from './execution-answer.ts'
import { newToken } from './checkpoint-token.ts'
import { ExecutionChange } from './execution-change.ts'
import { type ExecutionKey, executionKey, type ExecutionRecord, executions } from './execution-record.ts'
import { withinExecutionStorage } from './execution-storage.ts'
import { invocationInput } from './execution-state.ts'
import { type InvocationOutcome, invocationOutcome } from './invocation-outcome.ts'
import { endOf } from './payload-pieces.ts'
import { settleDue } from './settle-due.ts'
import { goneError, settleInvocation } from './settle-invocation.ts'
import { sweepExecutions } from './sweep-executions.ts'

type Ports = Pick<LambdaPorts, 'store' | 'clock' | 'random' | 'log' | 'storage'>

/** Due executions that are looked for at once. */
const DUE_PAGE = 200
/** After the store could not be read or written. */
const FAULT_PAUSE_MS = 1000

/** What is to be run now. */
interface Run {
  readonly execution: ExecutionRecord
  readonly token: string
  readonly updated: readonly string[]
}

export class DurableExecutions {
  readonly #ports: Ports
  readonly #deployed: DeployedVersions
  readonly #invoker: FunctionInvoker
  /** This start of the server. */
  readonly #life = randomHex(8)
  #driven = new Set<string>()
  /** Those that something happened to while they were driven. */
  #again = new Set<string>()
  #waiting = new Map<string, Set<() => void>>()
  #closing = new AbortController()
  #clockwork: Promise<unknown> | undefined
  #nap = new AbortController()
  #napUntilMs = 0

  constructor(ports: Ports, deployed: DeployedVersions, invoker: FunctionInvoker) {
    this.#ports = ports
    this.#deployed = deployed
    this.#invoker = invoker
  }

  /** Goes on with what a former life left, and looks after all that wait. Once is enough. */
  start(): void {
    this.#clockwork ??= Promise.all([this.#keep(), this.#keepSweeping()])
  }

  /** Starts nothing more; what runs ends, or goes on in the next life. */
  async stop(): Promise<void> {
    this.#closing.abort()
    this.#nap.abort()
    await this.#clockwork
  }

  /** After the store was cleared. */
  forget(): void {
    this.#driven = new Set()
    this.#again = new Set()
    for (const id of this.#waiting.keys()) this.#tellEnd(id)
  }

  /**
   * Begins an execution, and runs it in the background. Throws DurableExecutionAlreadyStartedException, or
   * TooManyRequestsException where the account stores as much as it may.
   */
  async begin(deployed: DurableVersion, order: BeginOrder): Promise<Begun> {
    requireTenant(deployed.record, order.tenantId)
    this.start()
    const begun = await withinExecutionStorage(this.#ports, deployed.ref.account, order.payload.length, () =>
      beginExecution(this.#ports.store, deployed, order, this.#ports),
    )
    if (!begun.again) this.follow(begun.execution)
    return begun
  }

  /** Begins an execution and waits for its end. Throws InvalidParameterValueException where that may take too long. */
  async run(deployed: DurableVersion, order: InvokeOrder): Promise<InvokeAnswer> {
    requireDurableCall(
      { ...deployed, ref: { ...deployed.ref, qualifier: deployed.ref.qualifier ?? '$LATEST' } },
      { waits: true },
    )
    const { requestId, payload, tenantId, traceId, hops, executionName: name } = order
    const { execution } = await this.begin(deployed, { requestId, name, payload, tenantId, traceId, hops })
    await this.#end(execution)
    return answerOf(execution, await this.#read(executionKey(execution)), await endOf(this.#ports.store, execution.id))
  }

  /** After a commit: tells who waits of an end, or goes on when it is time. */
  follow(execution: ExecutionRecord, parent?: ExecutionKey): void {
    if (parent) this.#drive(parent)
    if (execution.wakeMs === undefined) return this.#tellEnd(execution.id)
    if (execution.wakeMs <= this.#ports.clock.nowMs()) this.#drive(executionKey(execution))
    else this.#arm(execution.wakeMs)
  }

  /** The function is gone: what still waits finds that out now. */
  async functionDeleted(functionId: string): Promise<void> {
    const { store, clock } = this.#ports
    for (;;) {
      const page = await executions.listIndex(store, 'running', { prefix: [functionId] }, { limit: DUE_PAGE })
      for (const { value } of page) {
        const ended = await transact(store, async (transaction) => {
          const change = await ExecutionChange.of(transaction, executionKey(value), clock.nowMs())
          if (change?.execution.status !== 'RUNNING') return undefined
          const parent = await endExecution(change, 'FAILED', { error: goneError(value) })
          return { execution: await change.write(), parent }
        })
        if (ended) this.follow(ended.execution, ended.parent)
      }
      if (page.length < DUE_PAGE) return
    }
  }

  async #read(key: ExecutionKey): Promise<ExecutionRecord | undefined> {
    return (await executions.get(this.#ports.store, key))?.value
  }

  /** Resolves when the execution is over, or gone. */
  async #end(execution: ExecutionRecord): Promise<void> {
    const { id } = execution
    const end = Promise.withResolvers<void>()
    const others = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, others.add(end.resolve))
    // It may have ended before this was asked.
    if ((await this.#read(executionKey(execution)))?.status !== 'RUNNING') this.#tellEnd(id)
    await end.promise
  }

  #tellEnd(id: string): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    for (const tell of waiting ?? []) tell()
  }

  #arm(dueMs: number): void {
    if (dueMs < this.#napUntilMs) this.#nap.abort()
  }

  async #keep(): Promise<void> {
    const { clock, log } = this.#ports
    const closing = this.#closing.signal
    let recovered = false
    while (!closing.aborted) {
      this.#nap = new AbortController()
      // Whoever becomes due while we look ends the nap that follows.
      this.#napUntilMs = Number.POSITIVE_INFINITY
      try {
        if (!recovered) await this.#recover()
        recovered = true
        const nextMs = await this.#driveDue()
        const untilMs = Math.min(clock.nowMs() + DURABLE_NAP_MAX_MS, nextMs)
        this.#napUntilMs = Math.min(this.#napUntilMs, untilMs)
        if (untilMs > clock.nowMs()) await clock.sleep(untilMs - clock.nowMs(), this.#nap.signal)
      } catch (error) {
        if (error instanceof StoreClosedError || closing.aborted) return
        log.error('lambda.durable.clock.failed', { error })
        await clock.sleep(FAULT_PAUSE_MS, closing)
      }
    }
  }

  /** What a former life was running is due. */
  async #recover(): Promise<void> {
    const { store, clock } = this.#ports
    for (;;) {
      const found = await executions.listIndex(store, 'invoking', { prefix: [] }, { limit: DUE_PAGE })
      const left = found.filter(({ value }) => value.invocation?.life !== this.#life)
      for (const { value } of left) {
        await transact(store, async (transaction) => {
          const change = await ExecutionChange.of(transaction, executionKey(value), clock.nowMs())
          if (change?.execution.invocation?.life === this.#life || change?.execution.status !== 'RUNNING') return
          delete change.execution.invocation
          delete change.execution.token
          change.execution.retryMs = clock.nowMs()
          await change.write()
        })
      }
      if (left.length === 0 || found.length < DUE_PAGE) return
    }
  }

  /** Answers when the next one is due. */
  async #driveDue(): Promise<number> {
    const { store, clock } = this.#ports
    const nowMs = clock.nowMs()
    for (let after: Key | undefined; ;) {
      const range = { prefix: [], before: [nowMs + 1], ...(after && { after }) }
      const due = await executions.listIndex(store, 'wake', range, { limit: DUE_PAGE })
      for (const { value } of due) {
        const key = executionKey(value)
        if (this.#driven.has(value.id)) await this.#expire(key)
        else this.#drive(key)
      }
      after = due.at(-1)?.indexKey
      // Those that there is no room for wait until there is.
      if (due.length < DUE_PAGE || this.#driven.size >= DURABLE_DRIVEN_MAX) break
    }
    const [next] = await executions.listIndex(store, 'wake', { prefix: [], from: [nowMs + 1] }, { limit: 1 })
    return next?.value.wakeMs ?? Number.POSITIVE_INFINITY
  }

  /** Beside the clock: nothing that is due waits for it. */
  async #keepSweeping(): Promise<void> {
    const { store, clock, log } = this.#ports
    const closing = this.#closing.signal
    while (!closing.aborted) {
      await sweepExecutions(store, clock.nowMs(), closing).catch((error: unknown) => {
        if (!(error instanceof StoreClosedError)) log.warn('lambda.durable.sweep.failed', { error })
      })
      await clock.sleep(DURABLE_SWEEP_MS, closing)
    }
  }

  /** Ends what runs for too long. */
  async #expire(key: ExecutionKey): Promise<void> {
    const { store, clock } = this.#ports
    const ended = await transact(store, async (transaction) => {
      const change = await ExecutionChange.of(transaction, key, clock.nowMs())
      if (!change || !isLate(change)) return undefined
      const parent = await endLate(change)
      return { execution: await change.write(), parent }
    })
    if (ended) this.follow(ended.execution, ended.parent)
  }

  #drive(key: ExecutionKey): void {
    const [, , id] = key
    if (this.#driven.has(id)) return void this.#again.add(id)
    // The store knows that it is due.
    if (this.#driven.size >= DURABLE_DRIVEN_MAX || this.#closing.signal.aborted) return
    const driven = this.#driven.add(id)
    void this.#driveOn(key).finally(() => {
      const wasFull = driven.size >= DURABLE_DRIVEN_MAX
      driven.delete(id)
      if (this.#again.delete(id)) this.#drive(key)
      if (wasFull) this.#arm(0)
    })
  }

  async #driveOn(key: ExecutionKey): Promise<void> {
    const { clock, log } = this.#ports
    const closing = this.#closing.signal
    try {
      while (!closing.aborted) {
        const run = await this.#next(key)
        if (run === undefined) return
        const outcome = await this.#invoke(run)
        // Nothing was learned: the next life runs it again.
        if (outcome === undefined || !(await this.#settled(key, run, outcome))) return
      }
    } catch (error) {
      if (error instanceof StoreClosedError || closing.aborted) return
      log.error('lambda.durable.drive.failed', { error, execution: key[2] })
      await clock.sleep(FAULT_PAUSE_MS, closing)
      this.#again.add(key[2])
    }
  }

  /** What of it is to be run now; undefined when it waits, is over, or is run by somebody else. */
  async #next(key: ExecutionKey): Promise<Run | undefined> {
    const { store, clock } = this.#ports
    const token = newToken()
    const { change, parent, updated } = await transact(store, async (transaction) => {
      const change = await ExecutionChange.of(transaction, key, clock.nowMs())
      if (change?.execution.status !== 'RUNNING') return {}
      const { execution } = change
      if (isLate(change)) {
        const parent = await endLate(change)
        await change.write()
        return { change, parent }
      }
      if (execution.invocation !== undefined) return {}
      await settleDue(change)
      const updated = execution.unseen
      const isRetry = execution.retryMs !== undefined && execution.retryMs <= change.nowMs
      if (execution.invocations > 0 && updated.length === 0 && !isRetry) {
        await change.write()
        return { change }
      }
      const id = execution.invocations === 0 ? execution.requestId : newRequestId()
      execution.invocation = { id, life: this.#life, startMs: change.nowMs }
      execution.invocations++
      execution.token = token
      execution.unseen = []
      delete execution.retryMs
      await change.write()
      return { change, updated }
    })
    if (change === undefined) return undefined
    if (updated !== undefined) {
      // Its time may be over while it runs.
      this.#arm(change.execution.wakeMs ?? Number.POSITIVE_INFINITY)
      return { execution: change.execution, token, updated }
    }
    // Not `follow`: nothing is due, or there is nobody to go on.
    if (change.execution.wakeMs === undefined) this.follow(change.execution, parent)
    else this.#arm(change.execution.wakeMs)
    return undefined
  }

  /** Undefined where this server ends meanwhile. */
  async #invoke({ execution, token, updated }: Run): Promise<InvocationOutcome | undefined> {
    const { account, region, functionName: name, version: qualifier, tenantId, traceId, hops, invocation } = execution
    try {
      const deployed = await this.#deployed.find({ account, region, name, qualifier })
      if (deployed?.functionId !== execution.functionId) return { kind: 'gone' }
      const payload = await invocationInput(this.#ports.store, execution, token, updated)
      const words = { clientContext: undefined, tenantId, traceId, tail: false, hops }
      return invocationOutcome(
        await this.#invoker.invoke(deployed, { ...words, requestId: invocation?.id ?? newRequestId(), payload }),
      )
    } catch (error) {
      if (this.#closing.signal.aborted) return undefined
      this.#ports.log.warn('lambda.durable.invocation.failed', { error, execution: execution.id })
      return { kind: 'throttled' }
    }
  }

  /** Writes down how an invocation ended, however long that takes; answers whether the execution is due at once. */
  async #settled(key: ExecutionKey, { execution: { invocation } }: Run, outcome: InvocationOutcome): Promise<boolean> {
    const { store, clock, log } = this.#ports
    for (;;) {
      try {
        const written = await transact(store, async (transaction) => {
          const change = await ExecutionChange.of(transaction, key, clock.nowMs())
          return change && invocation && settleInvocation(change, invocation, outcome, this.#ports.random)
        })
        if (written === undefined) return false
        const { execution, parent } = written
        if (execution.wakeMs === undefined || execution.wakeMs > clock.nowMs()) {
          this.follow(execution, parent)
          return false
        }
        return true
      } catch (error) {
        if (error instanceof StoreClosedError || this.#closing.signal.aborted) return false
        log.error('lambda.durable.settle.failed', { error, execution: key[2] })
        await clock.sleep(FAULT_PAUSE_MS, this.#closing.signal)
      }
    }
  }
}

function isLate({ execution: { status, startMs, timeoutS }, nowMs }: ExecutionChange): boolean {
  return status === 'RUNNING' && nowMs >= startMs + timeoutS * 1000
}
