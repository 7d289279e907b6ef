// Everything behind the gateway, joined: events, logs and the services over them, each of which is a part. The engine has
// begun to start before (engine-start.ts), and the gateway may listen before it is up; what needs the engine waits for it,
// and `/readyz` says so.
import { InvariantError } from '#base/errors.ts'
import type { Engine } from '#engine/engine.ts'
import { listDeadLetters, viewDeadLetter } from '#events/dead-letters.ts'
import type { Delivery } from '#events/delivery.ts'
import { Hops } from '#events/hops.ts'
import type { QueueSource } from '#events/queue-source.ts'
import type { Envelope } from '#events/envelope.ts'
import type { StreamSource } from '#events/stream-source.ts'
import type { EventOrigin, OriginOf, Renderer, Target } from '#events/target.ts'
import type { InternalRoute } from '#gateway/internal-routes.ts'
import { json } from '#gateway/internal-routes.ts'
import { StorageQuota } from '#identity/quotas/storage-quota.ts'
import type { ServiceId } from '#protocol/services.ts'
import { createLogStore, type LogStore } from '#telemetry/log-store.ts'
import type { UsageLedger } from '#telemetry/usage/usage-ledger.ts'
import type { Deadline } from '../deadline.ts'
import { type ServiceLoader, ServiceRegistry } from '../service-registry.ts'
import { accountsPart } from './accounts.ts'
import { auditPart } from './audit.ts'
import { sweepBlobs } from './blob-sweeper.ts'
import { cloudTrailPart } from './cloudtrail.ts'
import { cloudWatchLogsPart } from './cloudwatch-logs.ts'
import { dynamodbPart } from './dynamodb.ts'
import { eventBridgePart } from './eventbridge.ts'
import { guardTarget } from './guarded-target.ts'
import { iamPart } from './iam.ts'
import { kmsPart } from './kms.ts'
import { lambdaPart } from './lambda.ts'
import type { Part, Surroundings, WorkshopOptions } from './part.ts'
import { collect, lazyQueueSource, lazyStreamSource, lazyTarget } from './ports-by-arn.ts'
import { serviceOfArn } from './arn-service.ts'
import { s3Part } from './s3.ts'
import { SenderPermission } from './sender-permission.ts'
import { secretsManagerPart } from './secrets-manager.ts'
import { snsPart } from './sns.ts'
import { sqsPart } from './sqs.ts'
import { webhooksPart } from './webhooks.ts'
import { ssmPart } from './ssm.ts'
import { usagePart } from './usage.ts'
import { stsPart } from './sts.ts'

/** The services of this server. A new one is a file of this folder and a line here. */
const PARTS: readonly ((around: Surroundings) => Part)[] = [
  s3Part,
  lambdaPart,
  sqsPart,
  dynamodbPart,
  cloudWatchLogsPart,
  snsPart,
  eventBridgePart,
  iamPart,
  stsPart,
  kmsPart,
  ssmPart,
  secretsManagerPart,
  webhooksPart,
  cloudTrailPart,
  auditPart,
  usagePart,
  accountsPart,
]

export interface Workshop {
  readonly services: ServiceRegistry
  readonly routes: readonly InternalRoute[]
  /** Waits for the engine, then goes on with what a former life left: undelivered events, unfinished deletions. */
  start(endpoint: string): Promise<Engine>
  /** What is still missing; empty when everything is up. */
  notReady(): readonly string[]
  /** For `/_mayfly/health`. */
  details(): Readonly<Record<string, unknown>>
  resetEngine(): Promise<void>
  /** Forgets what is in memory of a store that was cleared. */
  forget(): void
  /** Ends answers that would never end by themselves, such as live tails: the gateway waits for all others. */
  drain(): void
  /** Lets invocations and deliveries under way end, then stops everything. */
  close(deadline: Deadline): Promise<void>
}

type State =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly engine: Engine; readonly delivery: Delivery }
  | { readonly kind: 'closed' }

export function openWorkshop(options: WorkshopOptions): Workshop {
  return new JoinedWorkshop(options)
}

class JoinedWorkshop implements Workshop {
  readonly services: ServiceRegistry
  readonly #options: WorkshopOptions
  readonly #logs: LogStore
  readonly #draining = new AbortController()
  readonly #closing = new AbortController()
  readonly #parts: readonly Part[]
  readonly #targets: ReadonlyMap<string, Target>
  readonly #queueSources: ReadonlyMap<string, QueueSource>
  readonly #streamSources: ReadonlyMap<string, StreamSource>
  readonly #permission: SenderPermission
  #origins: Promise<ReadonlyMap<string, OriginOf>> | undefined
  #usage: Promise<UsageLedger> | undefined
  readonly #storage: StorageQuota
  #endpoint: string | undefined
  #state: State = { kind: 'starting' }

  constructor(options: WorkshopOptions) {
    this.#options = options
    const { store, clock, random, log } = options
    this.#logs = createLogStore({ store, clock, random, log })
    const { quotas } = options
    this.#storage = new StorageQuota({ quotas, clock, measure: (account) => this.#storageBytes(account) })
    this.#permission = new SenderPermission({
      ...options,
      log: log.with({ room: 'identity' }),
      serviceOf: (id) => this.services.find(id),
    })
    const around = this.#surroundings()
    this.#parts = PARTS.map((part) => part(around))
    this.services = new ServiceRegistry(loadersOf(this.#parts))
    this.#targets = collect(
      this.#parts,
      (part) => part.targets,
      (name, open) => guardTarget(lazyTarget(name, open), this.#permission, (envelope) => this.#originOf(envelope)),
    )
    this.#queueSources = collect(
      this.#parts,
      (part) => part.queueSources,
      (_, open) => lazyQueueSource(open),
    )
    this.#streamSources = collect(
      this.#parts,
      (part) => part.streamSources,
      (_, open) => lazyStreamSource(open),
    )
  }

  #surroundings(): Surroundings {
    return {
      ...this.#options,
      storage: this.#storage,
      logs: this.#logs,
      hops: new Hops(),
      usage: () => (this.#usage ??= this.#openUsage()),
      engine: this.#options.engineStart.engine,
      draining: this.#draining.signal,
      closing: this.#closing.signal,
      endpoint: () => {
        if (this.#endpoint === undefined) throw new InvariantError('the server does not listen yet')
        return this.#endpoint
      },
      permission: this.#permission,
      service: async (id) => {
        const service = await this.services.find(id)
        if (service === undefined) throw new InvariantError(`no part offers ${id}`)
        return service
      },
      targetFor: (arn) => this.#targets.get(serviceOfArn(arn)),
      queueSourceFor: (arn) => this.#queueSources.get(serviceOfArn(arn)),
      streamSourceFor: (arn) => this.#streamSources.get(serviceOfArn(arn)),
    }
  }

  async #openUsage(): Promise<UsageLedger> {
    const { store, clock, log, usageFolder: folder } = this.#options
    const { UsageLedger } = await import('#telemetry/usage/usage-ledger.ts')
    return UsageLedger.open({ store, clock, log: log.with({ room: 'telemetry' }), folder })
  }

  get routes(): readonly InternalRoute[] {
    return [
      {
        method: 'GET',
        path: '/_mayfly/dead-letters',
        guard: 'local',
        handle: async ({ params }) => {
          const before = Number(params.get('before') ?? Number.NaN)
          const page = await listDeadLetters(this.#options.store, Number.isSafeInteger(before) ? { before } : {})
          return json(200, { schemaVersion: 1, deadLetters: page.map(viewDeadLetter) })
        },
      },
      ...this.#parts.flatMap((part) => part.routes ?? []),
    ]
  }

  async start(endpoint: string): Promise<Engine> {
    this.#endpoint = endpoint
    const [engine, delivery] = await Promise.all([this.#options.engineStart.engine, this.#startDelivery()])
    this.#state = { kind: 'running', engine, delivery }
    this.#startParts()
    return engine
  }

  async #startDelivery(): Promise<Delivery> {
    const { store, clock, random, log } = this.#options
    const [{ createDelivery }, renderers] = await Promise.all([import('#events/delivery.ts'), this.#openRenderers()])
    const delivery = createDelivery({ store, clock, random, log, targets: [...this.#targets.values()], renderers })
    await delivery.start()
    return delivery
  }

  async #openRenderers(): Promise<ReadonlyMap<string, Renderer>> {
    const offered = await Promise.all(this.#parts.map(async (part) => await part.renderers?.()))
    return new Map(offered.flatMap((renderers) => Object.entries(renderers ?? {})))
  }

  async #originOf(envelope: Envelope): Promise<EventOrigin | undefined> {
    this.#origins ??= this.#openOrigins()
    return (await this.#origins).get(envelope.source)?.(envelope)
  }

  async #openOrigins(): Promise<ReadonlyMap<string, OriginOf>> {
    const offered = await Promise.all(this.#parts.map(async (part) => await part.origins?.()))
    return new Map(offered.flatMap((origins) => Object.entries(origins ?? {})))
  }

  async #storageBytes(account: string): Promise<number> {
    const bytes = await Promise.all(this.#parts.map(async (part) => (await part.storageBytes?.(account)) ?? 0))
    return bytes.reduce((sum, one) => sum + one, 0)
  }

  #startParts(): void {
    const { blobs, clock, log } = this.#options
    const signal = this.#closing.signal
    for (const part of this.#parts)
      part.start?.().catch((error: unknown) => {
        if (!signal.aborted) log.error('a service cannot go on with its work', { error })
      })
    const isReferenced = async (id: string): Promise<boolean> => {
      for (const part of this.#parts) if (await part.isBlobReferenced?.(id)) return true
      return false
    }
    void sweepBlobs({ blobs, clock, log, signal, isReferenced })
  }

  notReady(): readonly string[] {
    return this.#state.kind === 'running' ? [] : [`engine ${this.#state.kind}`]
  }

  details(): Readonly<Record<string, unknown>> {
    if (this.#state.kind !== 'running') return {}
    const { engine, delivery } = this.#state
    return { engine: engine.status(), delivery: delivery.status(), droppedLogLines: this.#logs.droppedLines }
  }

  async resetEngine(): Promise<void> {
    if (this.#state.kind === 'running') await this.#state.engine.reset()
  }

  forget(): void {
    if (this.#state.kind === 'running') this.#state.delivery.reset()
    this.#options.quotas.forget()
    this.#storage.forget()
    for (const part of this.#parts) part.forget?.()
  }

  drain(): void {
    this.#draining.abort()
  }

  async close(deadline: Deadline): Promise<void> {
    this.drain()
    this.#closing.abort()
    const state = this.#state
    this.#state = { kind: 'closed' }
    if (state.kind === 'running') await state.delivery.stop(deadline.leftMs)
    await this.#options.engineStart.close(deadline)
    await Promise.all(this.#parts.map(async (part) => await part.close?.(deadline)))
    await (await this.#usage?.catch(() => undefined))?.close()
    await this.#logs.close()
  }
}

function loadersOf(parts: readonly Part[]): Readonly<Partial<Record<ServiceId, ServiceLoader>>> {
  return Object.assign({}, ...parts.map((part) => part.services))
}
