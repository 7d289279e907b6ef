// Everything behind the gateway, joined: engine, events, logs and the services over them. The gateway is listening before
// the engine is up; what needs the engine waits for it, and `/readyz` says so.
import type { Clock } from '#base/clock.ts'
import { InvariantError } from '#base/errors.ts'
import type { Random } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import type { Engine } from '#engine/engine.ts'
import type { Delivery } from '#events/delivery.ts'
import { listDeadLetters, viewDeadLetter } from '#events/dead-letters.ts'
import { Hops } from '#events/hops.ts'
import type { InternalRoute } from '#gateway/internal-routes.ts'
import { json } from '#gateway/internal-routes.ts'
import type { AccessKeys } from '#identity/access-keys.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { LambdaDeps } from '#services/lambda/deps.ts'
import type { LambdaOptions } from '#services/lambda/ports.ts'
import type { S3Service } from '#services/s3/service.ts'
import type { Blobs } from '#storage/blobs.ts'
import type { Store } from '#storage/store.ts'
import { createLogStore, type LogStore } from '#telemetry/log-store.ts'
import { existsSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createCodeSource } from './code-source.ts'
import type { Deadline } from './deadline.ts'
import type { ServiceLoader } from './service-registry.ts'

/** A blob that nothing refers to is deleted after this time: longer than any upload takes between bytes and commit. */
const BLOB_GRACE_MS = 24 * 60 * 60 * 1000
const TIDY_UP_AFTER_MS = 1000
const BLOB_SWEEP_INTERVAL_MS = 60 * 60 * 1000

export interface WorkshopOptions {
  readonly store: Store
  readonly blobs: Blobs
  readonly credentials: AccessKeys
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly engineFolder: string
  readonly readyCells: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined
  readonly lambda: Partial<LambdaOptions>
}

/** Takes connections that functions make to Mayfly's API. */
export type AcceptSocket = (socket: Duplex, instance: string) => void

export interface Workshop {
  readonly services: Readonly<Partial<Record<ServiceId, ServiceLoader>>>
  readonly routes: readonly InternalRoute[]
  /** Starts the engine, then goes on with what a former life left: undelivered events, unfinished deletions. */
  start(acceptSocket: AcceptSocket): Promise<Engine>
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
  readonly #options: WorkshopOptions
  readonly #logs: LogStore
  readonly #hops = new Hops()
  readonly #draining = new AbortController()
  readonly #closing = new AbortController()
  readonly #engine = Promise.withResolvers<Engine>()
  #state: State = { kind: 'starting' }
  #s3: Promise<S3Service> | undefined
  #lambda: Promise<LambdaDeps> | undefined

  constructor(options: WorkshopOptions) {
    this.#options = options
    const { store, clock, random, log } = options
    this.#logs = createLogStore({ store, clock, random, log })
    // Nobody may be waiting for the engine when it fails to start; `start` tells.
    this.#engine.promise.catch(() => {})
  }

  readonly services = {
    s3: () => this.#openS3(),
    lambda: async () => {
      const [{ createLambdaService }, deps] = await Promise.all([
        import('#services/lambda/service.ts'),
        this.#openLambda(),
      ])
      return createLambdaService(deps)
    },
    'cloudwatch-logs': async () => {
      const { createCloudWatchLogsService } = await import('#services/cloudwatch-logs/service.ts')
      return createCloudWatchLogsService({
        logs: this.#logs,
        clock: this.#options.clock,
        draining: this.#draining.signal,
      })
    },
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
      {
        method: 'GET',
        path: '/_mayfly/lambda-code/*',
        // The address is signed and short-lived, as AWS's presigned ones are.
        guard: 'open',
        handle: async ({ head }) => {
          const found = (await this.#openLambda()).codeLocations.open(head.path)
          if (found === undefined) return json(403, { error: 'This address is not valid, or not any more.' })
          return {
            status: 200,
            contentType: 'application/zip',
            headers: { 'content-length': String(found.bytes) },
            body: found.body,
          }
        },
      },
    ]
  }

  async start(acceptSocket: AcceptSocket): Promise<Engine> {
    try {
      const [engine, delivery] = await Promise.all([this.#startEngine(acceptSocket), this.#startDelivery()])
      this.#state = { kind: 'running', engine, delivery }
      void this.#tidyUp()
      return engine
    } catch (error) {
      this.#engine.reject(error)
      throw error
    }
  }

  async #startEngine(acceptSocket: AcceptSocket): Promise<Engine> {
    const { createEngine } = await import('#engine/create-engine.ts')
    const { engineFolder, log, clock, readyCells } = this.#options
    const sdkFolder = findSdkFolder()
    const engine = await createEngine({
      folder: engineFolder,
      log: log.with({ room: 'engine' }),
      clock,
      acceptSocket,
      ...(sdkFolder !== undefined && { sdkFolder }),
      ...(readyCells !== undefined && { ready: readyCells }),
    })
    this.#engine.resolve(engine)
    return engine
  }

  async #startDelivery(): Promise<Delivery> {
    const [{ createDelivery }, { createLambdaTarget }, { renderS3Event, S3_EVENT_SOURCE }] = await Promise.all([
      import('#events/delivery.ts'),
      import('#services/lambda/target.ts'),
      import('#services/s3/events.ts'),
    ])
    const { store, clock, random, log } = this.#options
    const delivery = createDelivery({
      store,
      clock,
      random,
      log,
      targets: [createLambdaTarget(await this.#openLambda())],
      renderers: new Map([[S3_EVENT_SOURCE, renderS3Event]]),
    })
    await delivery.start()
    return delivery
  }

  #openS3(): Promise<S3Service> {
    this.#s3 ??= (async () => {
      const { createS3Service } = await import('#services/s3/service.ts')
      const { store, blobs, clock, log } = this.#options
      return createS3Service({
        store,
        blobs,
        clock,
        log: log.with({ room: 's3' }),
        hops: this.#hops,
        destinations: { refusal: async (arn) => (await this.#functionRefusal())(arn) },
      })
    })()
    return this.#s3
  }

  async #functionRefusal(): Promise<(arn: string) => Promise<string | undefined>> {
    const { destinationRefusal } = await import('#services/lambda/event-sources.ts')
    return destinationRefusal(await this.#openLambda())
  }

  /** Everything of Lambda stands on the engine. */
  #openLambda(): Promise<LambdaDeps> {
    this.#lambda ??= (async () => {
      const [{ createLambdaDeps }, engine] = await Promise.all([
        import('#services/lambda/deps.ts'),
        this.#engine.promise,
      ])
      const { store, blobs, clock, log, credentials } = this.#options
      return createLambdaDeps({
        store,
        blobs,
        clock,
        log: log.with({ room: 'lambda' }),
        engine,
        logs: this.#logs,
        credentials,
        codeSource: createCodeSource(() => this.#openS3()),
        hops: this.#hops,
        options: this.#options.lambda,
      })
    })()
    return this.#lambda
  }

  /** Goes on with deletions that a former life left; not at once, since whoever started us wants answers first. */
  async #tidyUp(): Promise<void> {
    const { clock, log } = this.#options
    await clock.sleep(TIDY_UP_AFTER_MS, this.#closing.signal)
    if (this.#closing.signal.aborted) return
    try {
      ;(await this.#openS3()).recover()
    } catch (error) {
      log.error('S3 cannot go on with its deletions', { error })
    }
    await this.#sweepBlobs()
  }

  /** Deletes bytes that no object and no function refers to: what a crash left between the bytes and their commit. */
  async #sweepBlobs(): Promise<void> {
    const { blobs, store, clock, log } = this.#options
    const { isCodeBlob } = await import('#services/lambda/blob-references.ts')
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        const s3 = await this.#openS3()
        const swept = await blobs.sweep(
          async (id) => signal.aborted || (await s3.isReferenced(id)) || (await isCodeBlob(store, id)),
          BLOB_GRACE_MS,
        )
        if (swept > 0) log.info('swept blobs', { swept })
      } catch (error) {
        if (!signal.aborted) log.error('sweeping blobs failed', { error })
      }
      await clock.sleep(BLOB_SWEEP_INTERVAL_MS, signal)
    }
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
    this.#logs.reset()
  }

  drain(): void {
    this.#draining.abort()
  }

  async close(deadline: Deadline): Promise<void> {
    this.drain()
    this.#closing.abort()
    const state = this.#state
    this.#state = { kind: 'closed' }
    this.#engine.reject(new InvariantError('the server is closing'))
    if (state.kind === 'running') {
      await state.delivery.stop(deadline.leftMs)
      await state.engine.close(deadline.leftMs)
    }
    if (this.#s3 !== undefined) await (await this.#s3).close()
    await this.#logs.close()
  }
}

/** The node_modules folder that has the AWS SDK, so that functions find it without bringing it; undefined without one. */
function findSdkFolder(): string | undefined {
  for (const up of ['../node_modules/', '../../node_modules/', '../../../']) {
    const folder = fileURLToPath(new URL(up, import.meta.url))
    if (existsSync(`${folder}@aws-sdk/client-s3/package.json`)) return folder
  }
  return undefined
}
