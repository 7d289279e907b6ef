// What the tests of queues stand on: the service over the memory store, a clock that is driven by hand, and requests made
// without a gateway. `restart` is what SIGKILL leaves: a new service over what the store had acknowledged.
import { type Clock, ManualClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { AwsError } from '../../src/protocol/errors.ts'
import type { OperationName, RequestContext } from '../../src/protocol/operation.ts'
import {
  createSqsDeps,
  type SqsDeps,
  type SqsInput,
  type SqsModule,
  type SqsOutput,
} from '../../src/services/sqs/deps.ts'
import { createSqsService } from '../../src/services/sqs/service.ts'
import { createMemoryStore, type MemoryStore } from '../../src/storage/memory/memory-store.ts'
import type { Store } from '../../src/storage/store.ts'

export const ACCOUNT = '000000000000'
export const REGION = 'eu-west-1'

type Loose<T> = Partial<T> & { readonly [member: string]: unknown }

export interface SqsWorldOptions {
  readonly fifoCallsPerSecondMax?: number
  readonly store?: Store
  /** Instead of the one that stands still. */
  readonly clock?: Clock
}

/** Each opening of a store is a life of a node of its own. */
let nodes = 0

export class SqsWorld {
  /** Drives the service unless another clock was given. */
  readonly clock = new ManualClock()
  readonly draining = new AbortController()
  readonly #options: SqsWorldOptions
  #store: Store
  #deps: SqsDeps

  constructor(options: SqsWorldOptions = {}) {
    this.#options = options
    this.#store = options.store ?? createMemoryStore()
    this.#deps = this.#open()
  }

  get deps(): SqsDeps {
    return this.#deps
  }

  get store(): Store {
    return this.#store
  }

  #open(): SqsDeps {
    const { fifoCallsPerSecondMax, clock = this.clock } = this.#options
    return createSqsDeps({
      hops: { next: () => 0 },
      node: { id: `node-${++nodes}`, alone: true },
      store: this.#store,
      clock,
      log: silentLog,
      draining: this.draining.signal,
      ...(fifoCallsPerSecondMax !== undefined && { fifoCallsPerSecondMax }),
    })
  }

  /** As after SIGKILL: everything in memory is gone. */
  restart(): void {
    const store = this.#store as MemoryStore
    store.crash()
    this.#store = store.restart()
    this.#deps = this.#open()
  }

  /** Calls a handler as the pipeline would; answers its output. */
  async run<Op extends OperationName<SqsModule>>(
    operation: Op,
    input: Loose<SqsInput<Op>>,
    signal?: AbortSignal,
  ): Promise<SqsOutput<Op>> {
    const bound = createSqsService(this.#deps).operations.get(operation)
    if (bound === undefined) throw new Error(`no operation ${operation}`)
    // The one cast from the untyped wire.
    return (await bound.handle(input, contextOf(operation, signal))) as SqsOutput<Op>
  }

  /** Makes a queue; answers its URL. */
  async queue(name: string, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
    const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {}
    const { QueueUrl = '' } = await this.run('CreateQueue', {
      QueueName: name,
      Attributes: { ...fifo, ...attributes },
    })
    return QueueUrl
  }

  async close(): Promise<void> {
    await this.#deps.close()
  }
}

export function arnOf(name: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`
}

/** For assert.rejects: an AwsError of this code, whose message matches. */
export function fails(code: string, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof AwsError) || error.code !== code) throw error
    if (message && !message.test(error.message)) throw new Error(`the message is: ${error.message}`)
    return true
  }
}

/** The context of a request by the account's root. */
export function contextOf(operation: string, signal = new AbortController().signal): RequestContext {
  return {
    requestId: 'test',
    service: 'sqs',
    operation,
    account: ACCOUNT,
    region: REGION,
    principal: { kind: 'root', account: ACCOUNT, accessKeyId: 'AKIATEST' },
    http: { method: 'POST', url: '/', headers: { host: 'queues.test' }, host: 'queues.test', remoteAddress: '' },
    signal,
    setHeader() {},
    setStatus() {},
  }
}
