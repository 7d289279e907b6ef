// One invocation, whoever asks for it: runs it, writes its log lines, and turns its end into what Lambda answers.
import { InvariantError } from '#base/errors.ts'
import type { Clock } from '#base/clock.ts'
import type { Invocation, InvocationOutcome, OutputLine, StreamSink } from '#engine/engine.ts'
import type { Hops } from '#events/hops.ts'
import { isReserved } from './concurrency-quotas.ts'
import type { DeployedVersion } from './deployed-versions.ts'
import { InvocationLog } from './invocation-log.ts'
import { usageOf } from './invocation-usage.ts'
import { INVOKE_RESPONSE_BYTES_MAX } from './limits.ts'
import type { LambdaPorts } from './ports.ts'
import { exitReason, seconds } from './text-system-log.ts'
import { requireTenant } from './tenancy.ts'
import type { Throttled } from './throttling.ts'

export interface InvokeOrder {
  readonly requestId: string
  /** JSON bytes. */
  readonly payload: Uint8Array
  /** JSON text of the caller's ClientContext. */
  readonly clientContext: string | undefined
  /** For whom it runs, where the function has tenants. */
  readonly tenantId: string | undefined
  readonly traceId: string | undefined
  readonly tail: boolean
  /** Hops of the event that caused it; 0 for a client's call. */
  readonly hops: number
  readonly signal?: AbortSignal
  /** Takes the answer while it is made; `payload` is empty then. */
  readonly stream?: StreamSink
  /** Of a durable execution. */
  readonly executionName?: string | undefined
}

export type InvokeAnswer =
  | {
      readonly kind: 'answered'
      readonly payload: Uint8Array
      /** `Unhandled` when the function failed, and then `payload` is its error. */
      readonly functionError: string | undefined
      /** Base64, when asked for. */
      readonly logTail: string | undefined
      /** Of a durable function: the execution that this was. */
      readonly executionArn?: string
    }
  | Throttled

/** Whatever runs functions. */
export interface FunctionInvoker {
  /** Rejects with InvalidParameterValueException where a tenant is named to a function without tenants, or none to one with them. */
  invoke(deployed: DeployedVersion, order: InvokeOrder): Promise<InvokeAnswer>
}

export class Invoker implements FunctionInvoker {
  readonly #ports: Pick<LambdaPorts, 'engine' | 'clock' | 'hops'>

  constructor(ports: Pick<LambdaPorts, 'engine' | 'clock' | 'hops'>) {
    this.#ports = ports
  }

  async invoke(deployed: DeployedVersion, order: InvokeOrder): Promise<InvokeAnswer> {
    requireTenant(deployed.record, order.tenantId)
    const { engine, clock, hops } = this.#ports
    const { runnable, meter } = deployed
    const refusal = meter.admit()
    if (refusal) return { kind: 'throttled', reason: 'budget', refusal }
    const call = new Call(deployed, order, clock, hops)
    let outcome: InvocationOutcome
    try {
      outcome = await engine.invoke(runnable, call)
    } catch (error) {
      meter.throttled()
      throw error
    }
    if (outcome.kind === 'throttled') {
      meter.throttled()
      const reserved = outcome.reason === 'concurrency' && isReserved(runnable.quota())
      return { kind: 'throttled', reason: reserved ? 'reservation' : outcome.reason }
    }
    const error = errorOf(outcome, order.requestId, runnable.timeoutMs)
    return {
      kind: 'answered',
      payload: error ? error.payload : outcomePayload(outcome),
      functionError: error && 'Unhandled',
      logTail: order.tail ? call.log.tail() : undefined,
    }
  }
}

/** One invocation as the engine sees it: what the engine tells of it becomes lines in its log, and figures of its use. */
class Call implements Invocation {
  readonly id: string
  readonly payload: Uint8Array
  readonly tenant: string | undefined
  readonly context: Readonly<Record<string, string>>
  /** The tail has the report, which comes when everything is done. */
  readonly waitsForAll: boolean
  readonly signal: AbortSignal | undefined
  readonly stream: StreamSink | undefined
  readonly log: InvocationLog
  readonly #deployed: DeployedVersion
  readonly #hops: Hops
  readonly #hopsSoFar: number
  readonly #cameMs: number
  #waitedMs = 0

  constructor(deployed: DeployedVersion, order: InvokeOrder, clock: Clock, hops: Hops) {
    this.id = order.requestId
    this.payload = order.payload
    this.tenant = order.tenantId
    this.context = contextOf(deployed, order)
    this.waitsForAll = order.tail
    this.signal = order.signal
    this.stream = order.stream
    this.log = new InvocationLog(deployed, order, clock)
    this.#deployed = deployed
    this.#hops = hops
    this.#hopsSoFar = order.hops
    this.#cameMs = clock.monotonicMs()
  }

  started(instance: string, initMs: number | undefined, nowMs: number): void {
    this.#waitedMs = Math.max(0, nowMs - this.#cameMs - (initMs ?? 0))
    if (this.#beside) this.#hops.enterBeside(instance, this.#hopsSoFar)
    else this.#hops.enter(instance, this.#hopsSoFar)
    this.log.start(instance, initMs)
  }

  output(instance: string, line: OutputLine): void {
    this.log.start(instance)
    this.log.line(line)
  }

  /** Not after the answer: by then the next invocation may have written to the same log stream. */
  finished(outcome: InvocationOutcome): void {
    if (outcome.kind === 'throttled') return
    if (this.#beside) this.#hops.exitBeside(outcome.metering.instance, this.#hopsSoFar)
    const { runnable, record, meter } = this.#deployed
    const used = usageOf(outcome, record.memoryMb, this.#waitedMs, this.payload.length)
    this.log.end(outcome, errorOf(outcome, this.id, runnable.timeoutMs)?.type, used)
    meter.record(used)
  }

  /** Others may run in its instance at the same time. */
  get #beside(): boolean {
    return (this.#deployed.runnable.concurrency ?? 1) > 1
  }
}

function contextOf({ context }: DeployedVersion, order: InvokeOrder): Readonly<Record<string, string>> {
  const { clientContext, traceId, tenantId } = order
  if (clientContext === undefined && traceId === undefined && tenantId === undefined) return context
  return {
    ...context,
    ...(clientContext !== undefined && { clientContext }),
    ...(traceId !== undefined && { traceId }),
    ...(tenantId !== undefined && { tenantId }),
  }
}

type Ended = Exclude<InvocationOutcome, { readonly kind: 'throttled' }>

function outcomePayload(outcome: Ended): Uint8Array {
  if (outcome.kind === 'result') return outcome.payload
  throw new InvariantError(`no payload in ${outcome.kind}`)
}

interface FunctionFailure {
  readonly type: string
  readonly payload: Uint8Array
}

/** The error document of an invocation that failed, as AWS words it; undefined when it succeeded. */
function errorOf(outcome: Ended, requestId: string, timeoutMs: number): FunctionFailure | undefined {
  switch (outcome.kind) {
    case 'result':
      return undefined
    case 'error':
    case 'init-error':
      return { type: errorTypeIn(outcome.payload), payload: outcome.payload }
    case 'timeout':
      return failure(
        'Sandbox.Timedout',
        `RequestId: ${requestId} Error: Task timed out after ${seconds(timeoutMs)} seconds`,
      )
    case 'out-of-memory':
      return failure('Runtime.OutOfMemory', `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`)
    case 'exit':
      return failure('Runtime.ExitError', `RequestId: ${requestId} Error: ${exitReason(outcome)}`)
    case 'too-large':
      break
  }
  return failure(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${INVOKE_RESPONSE_BYTES_MAX} bytes).`,
  )
}

function failure(type: string, message: string): FunctionFailure {
  return { type, payload: Buffer.from(JSON.stringify({ errorType: type, errorMessage: message })) }
}

/** Only for a log line: the runtime's document is passed on as it is. */
function errorTypeIn(payload: Uint8Array): string {
  try {
    const document: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    if (typeof document === 'object' && document !== null && 'errorType' in document) return String(document.errorType)
  } catch {
    // A handler may end its process with anything on the wire; the type is then unknown.
  }
  return 'Runtime.Unknown'
}
