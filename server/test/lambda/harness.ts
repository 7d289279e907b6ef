// The Lambda service on a memory store, with an engine that plays what a test says. Operations are called as the gateway
// calls them, with decoded inputs.
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import type { Principal } from '#base/principal.ts'
import type { Engine, FunctionVersion, Invocation, InvocationOutcome, Metering, Provisioned } from '#engine/engine.ts'
import { Hops } from '#events/hops.ts'
import type { QueueSource } from '#events/queue-source.ts'
import type { StreamSource } from '#events/stream-source.ts'
import type { Target } from '#events/target.ts'
import type { KeyVault } from '#identity/key-vault.ts'
import type { Quotas } from '#identity/quotas/account-quotas.ts'
import { openBox, sealBox } from '#identity/vault/sealed-box.ts'
import { openVault } from '#identity/vault/vault.ts'
import type { AwsError } from '#protocol/errors.ts'
import type { RequestContext, Service } from '#protocol/operation.ts'
import { createLambdaDeps, type LambdaDeps } from '#services/lambda/deps.ts'
import type { LambdaInput, LambdaModel, LambdaOutput } from '#services/lambda/model.ts'
import type { Boxes, CodeSourceAnswer, ExecutionRoles, LambdaOptions } from '#services/lambda/ports.ts'
import { createLambdaService } from '#services/lambda/service.ts'
import type { OperationName } from '#protocol/operation.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import type { BudgetRefusal } from '#telemetry/usage/budgets.ts'
import type { Usage } from '#telemetry/usage/usage-record.ts'
import type { LogEvent, LogStreamRef } from '#telemetry/logs.ts'
import { MemoryBlobs } from './memory-blobs.ts'
import { zipOf } from './zip-file.ts'

export const ROLE = 'arn:aws:iam::000000000000:role/test-role'
export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'
export const INSTANCE = 'a'.repeat(32)

type Play = (version: FunctionVersion, invocation: Invocation) => InvocationOutcome | Promise<InvocationOutcome>

/** An engine with one instance that answers as `play` says. */
export class FakeEngine implements Engine {
  readonly retired: string[] = []
  readonly staged: string[] = []
  readonly prepared: string[] = []
  /** What was ordered to be initialised, by version. */
  readonly ordered = new Map<string, { readonly version: FunctionVersion; readonly count: number }>()
  /** How far the orders are carried out; a test says so. */
  readonly allocated = new Map<string, Provisioned>()
  readonly standingBy: string[] = []
  readonly invocations: { readonly version: FunctionVersion; readonly invocation: Invocation }[] = []
  play: Play = (_version, invocation) => result(invocation.payload)
  readonly #known = new Set<string>()

  async invoke(version: FunctionVersion, invocation: Invocation): Promise<InvocationOutcome> {
    this.invocations.push({ version, invocation })
    const cold = !this.#known.has(version.id)
    if (cold) version.credentials(INSTANCE)
    this.#known.add(version.id)
    // At the beginning of time: nothing has waited.
    invocation.started?.(INSTANCE, cold ? 12.5 : undefined, 0)
    const outcome = await this.play(version, invocation)
    if (outcome.kind !== 'throttled') invocation.finished?.(outcome)
    return outcome
  }

  retire(versionId: string): void {
    this.retired.push(versionId)
  }

  async stage({ code }: FunctionVersion): Promise<void> {
    this.staged.push(code.id)
  }

  async prepare(version: FunctionVersion): Promise<void> {
    this.prepared.push(version.id)
  }

  provision(version: FunctionVersion, count: number): void {
    if (count === 0) this.ordered.delete(version.id)
    else this.ordered.set(version.id, { version, count })
  }

  provisioned(versionId: string): Provisioned {
    return this.allocated.get(versionId) ?? { allocated: 0, available: 0, fault: undefined }
  }

  standBy(version: FunctionVersion): void {
    this.standingBy.push(version.id)
  }

  status(): ReturnType<Engine['status']> {
    return {
      tier: 'A',
      weaknesses: [],
      runtimes: { node: { available: true }, python: { available: true } },
      uplink: { available: true },
      blocked: {},
      readyCells: 0,
      instances: 0,
    }
  }

  async close(): Promise<void> {}
  async reset(): Promise<void> {}
}

export const metering: Metering = {
  instance: INSTANCE,
  durationMs: 1.234,
  initMs: undefined,
  peakMemoryMb: 40.2,
  cpuMs: 1,
  cold: false,

  sentBytes: 0,
  receivedBytes: 0,
}

export function result(payload: string | Uint8Array): InvocationOutcome {
  return { kind: 'result', payload: Buffer.from(payload), metering }
}

/** What other services would offer; a test puts in what it needs. */
export interface Around {
  /** By the service field of an ARN. */
  readonly targets: Map<string, Target>
  queueSource: QueueSource | undefined
  streamSource: StreamSource | undefined
  /** What the budgets say. */
  overBudget: BudgetRefusal | undefined
  /** Of every account. */
  quotas: Quotas
  /** Roles that may everything, unless a test says otherwise. */
  readonly roles: ExecutionRoles
}

export interface Harness {
  readonly deps: LambdaDeps
  readonly service: Service
  readonly store: MemoryStore
  readonly blobs: MemoryBlobs
  readonly clock: ManualClock
  readonly engine: FakeEngine
  readonly written: (LogStreamRef & LogEvent)[]
  /** What invocations used. */
  readonly used: Usage[]
  readonly issued: { readonly roleArn: string; readonly sessionName: string; readonly instance: string }[]
  /** Objects that S3Bucket and S3Key can name, by `bucket/key`. */
  readonly objects: Map<string, Buffer>
  /** What the next throws of the dice give; 0.5 when none is left. */
  readonly rolls: number[]
  readonly around: Around
  readonly call: <Op extends OperationName<LambdaModel>>(
    operation: Op,
    input: Partial<LambdaInput<Op>>,
    more?: Partial<RequestContext>,
  ) => Promise<LambdaOutput<Op> & { readonly status: number | undefined }>
  /** Makes a function with a small handler; `more` adds to the input. */
  readonly make: (
    name: string,
    more?: Partial<LambdaInput<'CreateFunction'>>,
  ) => Promise<LambdaOutput<'CreateFunction'>>
}

export const HELLO_ZIP = zipOf({ 'index.js': 'exports.handler = async (event) => event' })

/** `store`: what a former life left. */
export function harness(options: Partial<LambdaOptions> = {}, store = createMemoryStore()): Harness {
  const blobs = new MemoryBlobs()
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 9, 30))
  const engine = new FakeEngine()
  const written: (LogStreamRef & LogEvent)[] = []
  const used: Usage[] = []
  const issued: { roleArn: string; sessionName: string; instance: string }[] = []
  const objects = new Map<string, Buffer>()
  const rolls: number[] = []
  const around: Around = {
    targets: new Map(),
    queueSource: undefined,
    streamSource: undefined,
    overBudget: undefined,
    quotas: {},
    roles: { enforced: true, flaw: () => Promise.resolve(undefined), refusal: () => Promise.resolve(undefined) },
  }
  const deps = createLambdaDeps({
    store,
    blobs,
    clock,
    random: () => rolls.shift() ?? 0.5,
    log: silentLog,
    engine,
    usage: {
      meter: () => ({
        admit: () => around.overBudget,
        record: (usage) => void used.push(usage),
        throttled: () => {},
      }),
    },
    logs: {
      write: (ref, event) => void written.push({ ...ref, ...event }),
      writeLine: (ref, timestampMs, line) =>
        void written.push({ ...ref, timestampMs, message: `${line.toString()}\n` }),
      writeLater: (write) => write(),
      flush: () => Promise.resolve(),
    },
    credentials: {
      lookup: () => Promise.resolve(undefined),
      issue(session) {
        issued.push(session)
        return { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token' }
      },
      revokeInstance: () => undefined,
    },
    keys: lazyVault(store, clock),
    boxes: BOXES,
    codeSource: {
      read: ({ bucket, key }): Promise<CodeSourceAnswer> =>
        Promise.resolve(objectAnswer(objects.get(`${bucket}/${key}`))),
    },
    hops: new Hops(),
    quotas: { of: () => around.quotas, onChange: () => {} },
    storage: { within: (_account, _bytes, work) => work() },
    roles: around.roles,
    targetFor: (arn) => around.targets.get(arn.split(':')[2] ?? ''),
    queueSourceFor: () => around.queueSource,
    streamSourceFor: () => around.streamSource,
    options,
  })
  const service = createLambdaService(deps)
  const call: Harness['call'] = async (operation, input, more = {}) => {
    const bound = service.operations.get(operation)
    if (!bound) throw new Error(`no operation ${operation}`)
    const context = contextOf(operation, more)
    // The gateway gives what the wire decoded; the test gives the same.
    const output = (await bound.handle(input, context)) as object
    return { ...output, status: context.status } as never
  }
  return {
    deps,
    service,
    store,
    blobs,
    clock,
    engine,
    written,
    used,
    issued,
    objects,
    rolls,
    around,
    call,
    make: (name, more = {}) =>
      call('CreateFunction', {
        FunctionName: name,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: ROLE,
        Code: codeOf(HELLO_ZIP),
        ...more,
      }),
  }
}

/** The Code member that carries a zip. */
export function codeOf(zip: Buffer): NonNullable<LambdaInput<'CreateFunction'>['Code']> {
  return {
    ZipFile: zip,
    S3Bucket: undefined,
    S3Key: undefined,
    S3ObjectVersion: undefined,
    S3ObjectStorageMode: undefined,
    ImageUri: undefined,
    SourceKMSKeyArn: undefined,
  }
}

function objectAnswer(bytes: Buffer | undefined): CodeSourceAnswer {
  if (!bytes) return { kind: 'missing', code: 'NoSuchKey', message: 'The specified key does not exist.' }
  return {
    kind: 'found',
    body: (async function* () {
      for (let start = 0; start < bytes.length; start += 1000) yield bytes.subarray(start, start + 1000)
    })(),
  }
}

let requests = 0

function contextOf(operation: string, more: Partial<RequestContext>): RequestContext & { status: number | undefined } {
  const principal: Principal = { kind: 'root', account: ACCOUNT, accessKeyId: 'test' }
  const context = {
    requestId: `00000000-0000-4000-8000-${String(++requests).padStart(12, '0')}`,
    service: 'lambda' as const,
    operation,
    account: ACCOUNT,
    region: REGION,
    principal,
    http: {
      method: 'POST',
      url: '/',
      headers: { host: '127.0.0.1:4566' },
      host: '127.0.0.1',
      remoteAddress: '127.0.0.1',
    },
    signal: new AbortController().signal,
    setHeader: () => undefined,
    status: undefined as number | undefined,
    setStatus(status: number) {
      context.status = status
    },
    ...more,
  }
  return context
}

/** What an AwsError shows, for assert.rejects. */
export function refusal(code: string, message: string | RegExp): (error: AwsError) => boolean {
  return (error) => {
    const matches = typeof message === 'string' ? error.message === message : message.test(error.message)
    if (error.code === code && matches) return true
    throw new Error(`expected ${code} ${String(message)}, got ${error.code}: ${error.message}`, { cause: error })
  }
}

const BOX_KEY = Buffer.alloc(32, 7)

/** The vault's own boxes, under a key that is there at once. */
const BOXES: Boxes = {
  seal: (place, secret) => sealBox(BOX_KEY, secret, Buffer.from(place)).toString('base64'),
  open(place, box) {
    const secret = openBox(BOX_KEY, Buffer.from(box, 'base64'), Buffer.from(place))
    if (secret === undefined) throw new Error(`the box of ${place} does not open`)
    return secret
  },
}

/** A vault that opens when it is first asked. */
function lazyVault(store: MemoryStore, clock: ManualClock): KeyVault {
  const master = { kind: 'given', text: Buffer.alloc(32).toString('base64') } as const
  let opened: Promise<KeyVault> | undefined
  const vault = (): Promise<KeyVault> => (opened ??= openVault({ store, clock, master }))
  return {
    generateDataKey: async (...given) => (await vault()).generateDataKey(...given),
    unwrap: async (...given) => (await vault()).unwrap(...given),
    encrypt: async (...given) => (await vault()).encrypt(...given),
    decrypt: async (...given) => (await vault()).decrypt(...given),
  }
}
