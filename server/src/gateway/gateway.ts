// The front door as the rest of the server sees it: sockets and pipeline joined.
import type { Auditor } from '#audit/auditor.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Credentials } from '#identity/credentials.ts'
import type { Service } from '#protocol/operation.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ServiceWire } from '#protocol/wire.ts'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Authorizer } from './authorize.ts'
import { consoleRoutes, resetRoute } from './control-routes.ts'
import type { StorageFault } from './failure-answers.ts'
import { healthRoutes } from './health-routes.ts'
import { type InternalRoute, InternalRoutes } from './internal-routes.ts'
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.ts'
import { Listener } from './http/listen.ts'
import { Pipeline } from './pipeline.ts'
import type { Certificates } from './tls/certificates.ts'

export interface GatewayOptions {
  /** `start` believes signatures only; `dev` takes any credentials. */
  readonly mode: 'start' | 'dev'
  readonly version: string
  readonly credentials: Credentials
  readonly authorize: Authorizer
  readonly auditor: Auditor
  /** Takes a request of the account's from its quota: milliseconds until it would be taken, where it is not. */
  readonly admit: (account: string) => number | undefined
  readonly wireOf: (id: ServiceId) => ServiceWire | Promise<ServiceWire>
  readonly serviceOf: (id: ServiceId) => Service | undefined | Promise<Service | undefined>
  readonly built: readonly ServiceId[]
  readonly notBuilt: readonly ServiceId[]
  /** Reasons beside draining why the server is not ready. */
  readonly notReady?: () => readonly string[]
  /** What somebody should look after though the server is ready. */
  readonly warnings?: () => readonly string[]
  readonly healthDetails?: () => Readonly<Record<string, unknown>>
  readonly storageFault: (thrown: unknown) => StorageFault | undefined
  /** Empties all state; `dev` only. */
  readonly reset: () => Promise<void>
  readonly consoleFolder: string
  readonly routes?: readonly InternalRoute[]
  readonly limits?: Partial<GatewayLimits>
  /** With them the port speaks TLS only. */
  readonly certificates?: Certificates | undefined
  readonly clock: Clock
  readonly log: Log
}

export interface Gateway {
  /** Takes connections. Throws OperatorError when the port cannot be had. */
  listen(host: string, port: number): Promise<AddressInfo>
  /** Serves a connection handed over from inside a cell: AWS APIs only. */
  acceptSocket(socket: Duplex): void
  /** A route of Mayfly's own, `/_mayfly/...`. */
  addRoute(route: InternalRoute): void
  /** Not ready, refusing new work, finishing what runs (up to `graceMs`); then closes everything. */
  close(graceMs: number): Promise<void>
}

export function createGateway(options: GatewayOptions): Gateway {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const { clock, log, mode } = options
  const routes = new InternalRoutes()
  const pipeline = new Pipeline({
    mode,
    version: options.version,
    credentials: options.credentials,
    authorize: options.authorize,
    auditor: options.auditor,
    admit: options.admit,
    wireOf: options.wireOf,
    serviceOf: options.serviceOf,
    routes,
    storageFault: options.storageFault,
    limits,
    clock,
    log,
  })
  const health = healthRoutes({
    version: options.version,
    mode,
    notReady: () => [...(pipeline.draining ? ['draining'] : []), ...(options.notReady?.() ?? [])],
    warnings: options.warnings ?? (() => []),
    built: options.built,
    notBuilt: options.notBuilt,
    details: options.healthDetails ?? (() => ({})),
  })
  for (const route of [...health, ...consoleRoutes(options.consoleFolder), ...(options.routes ?? [])]) routes.add(route)
  if (mode === 'dev') routes.add(resetRoute({ clock, log, reset: options.reset }))
  const listener = new Listener({
    onStream: (stream, door) => pipeline.accept(stream, door),
    limits,
    clock,
    log,
    certificates: options.certificates,
  })
  return {
    listen: (host, port) => listener.listen(host, port),
    acceptSocket: (socket) => listener.acceptSocket(socket),
    addRoute: (route) => routes.add(route),
    async close(graceMs) {
      const drained = pipeline.drain(graceMs)
      listener.closeIdle()
      await drained
      await listener.close()
    },
  }
}
