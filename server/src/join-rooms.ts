// The rooms joined over storage and engine: identity, audit, the services of the workshop, and the gateway in front of them.
// Loaded by main.ts once the engine has begun to start. Read it from top to bottom; everything that is opened here is closed
// in the reverse order.
import { createAuditor } from '#audit/auditor.ts'
import { DataSelection } from '#audit/data-selection.ts'
import { Journal } from '#audit/journal.ts'
import type { Clock } from '#base/clock.ts'
import { randomHex, systemRandom } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import type { Engine } from '#engine/engine.ts'
import { createAuthorizer } from '#gateway/authorize.ts'
import { Denials, explainRoute } from '#gateway/denials.ts'
import type { StorageFault } from '#gateway/failure-answers.ts'
import { createGateway } from '#gateway/gateway.ts'
import { openCertificates } from '#gateway/tls/open-certificates.ts'
import { openRootKey } from '#identity/access-keys.ts'
import { type Identity, openIdentity } from '#identity/identity.ts'
import { AccountQuotas } from '#identity/quotas/account-quotas.ts'
import { openVault } from '#identity/vault/vault.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ServiceWire } from '#protocol/wire.ts'
import { selectData } from '#services/cloudtrail/wanted-data.ts'
import type { Blobs } from '#storage/blobs.ts'
import type { DiskSpace } from '#storage/disk/disk-space.ts'
import { DiskFullError, type Store, StoreFullError } from '#storage/store.ts'
import { ConflictError } from '#storage/transact.ts'
import type { ServerConfig, ServerOptions } from './config.ts'
import type { DataPaths } from './data-folder.ts'
import type { Deadline } from './deadline.ts'
import type { EngineStart } from './engine-start.ts'
import { VERSION } from './version.ts'
import { openWorkshop, type Workshop } from './workshop/workshop.ts'

export interface Foundation {
  readonly config: ServerConfig
  readonly options: ServerOptions
  readonly paths: DataPaths
  readonly space: DiskSpace
  readonly store: Store
  readonly blobs: Blobs
  readonly engineStart: EngineStart
  readonly clock: Clock
  readonly log: Log
  /** What is opened here is closed by it. */
  readonly opened: AsyncDisposableStack
  readonly deadline: Deadline
}

export interface JoinedRooms {
  readonly endpoint: string
  readonly port: number
  readonly engine: Engine
  readonly workshop: Workshop
}

/** Resolves when the server listens and the engine is up. */
export async function joinRooms({
  config,
  options,
  paths,
  space,
  store,
  blobs,
  engineStart,
  clock,
  log,
  opened,
  deadline,
}: Foundation): Promise<JoinedRooms> {
  const vault = await openVault({ store, clock, master: config.master })
  const identity = openIdentity({ store, vault, clock })
  opened.defer(() => identity.close())
  if (config.mode === 'start') await openRootKey(identity.stored, paths.credentials)
  const { credentials } = identity
  const quotas = await AccountQuotas.open(store, clock)
  opened.defer(() => quotas.close())
  const denials = new Denials()
  const journal = new Journal({ store, sealer: vault, log: log.with({ room: 'audit' }) })
  opened.defer(() => journal.settle())
  const selection = new DataSelection()
  // Before the first call: none that a trail asks for may be missed.
  await selectData(store, selection)

  const workshop = openWorkshop({
    mode: config.mode,
    // The data folder is claimed: no other process has this Store open.
    node: { id: randomHex(8), alone: true },
    store,
    blobs,
    credentials,
    identity,
    denials,
    enforce: config.enforce,
    vault,
    quotas,
    journal,
    selection,
    clock,
    random: systemRandom,
    log,
    engineStart,
    usageFolder: paths.usage,
    allowPrivateEndpoints: config.allowPrivateEndpoints,
    fifoCallsPerSecondMax: config.fifoCallsPerSecondMax,
    lambda: { prepareChanges: config.mode === 'dev', network: config.functionNetwork, ...options.lambda },
    cloudTrail: options.cloudTrail ?? {},
    s3: options.s3 ?? {},
    s3Remotes: config.s3Remotes,
  })
  opened.defer(() => workshop.close(deadline))
  const { services } = workshop
  const certificates =
    config.tls &&
    (await openCertificates(config.tls, {
      folder: paths.tls,
      host: config.host,
      sealer: vault,
      clock,
      log: log.with({ room: 'gateway' }),
    }))
  opened.defer(() => certificates?.close())
  const gateway = createGateway({
    mode: config.mode,
    version: VERSION,
    credentials,
    authorize: createAuthorizer({
      identity,
      denials,
      enforce: config.enforce,
      clock,
      log: log.with({ room: 'identity' }),
    }),
    admit: (account) => quotas.admit(account),
    auditor: createAuditor({ journal, selection, credentials, clock }),
    wireOf: lazyWires(),
    serviceOf: (id) => services.find(id),
    built: services.built,
    notBuilt: services.notBuilt,
    notReady: () => workshop.notReady(),
    warnings: () => warningsOf(space),
    healthDetails: () => ({ ...workshop.details(), disk: { ...space.state, refusals: space.refusals } }),
    storageFault,
    reset: () => reset({ store, blobs, identity, workshop }),
    consoleFolder: new URL('../../console/', import.meta.url).pathname,
    routes: [...workshop.routes, explainRoute(denials)],
    clock,
    log: log.with({ room: 'gateway' }),
    ...(options.limits && { limits: options.limits }),
    certificates,
  })
  opened.defer(() => gateway.close(deadline.leftMs))
  const { port } = await gateway.listen(config.host, config.port)
  const endpoint = endpointOf(config, port)
  engineStart.listening(port, (socket) => gateway.acceptSocket(socket))
  const engine = await workshop.start(endpoint)
  return { endpoint, port, engine, workshop }
}

function warningsOf({ state }: DiskSpace): readonly string[] {
  if (state.kind === 'ample') return []
  return [
    `the disk of the data folder has ${mib(state.freeBytes)} MiB left and needs ${mib(state.neededBytes)}: only reads and deletions are served until there is room`,
  ]
}

function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1)
}

/** What storage throws, in the gateway's terms. */
function storageFault(thrown: unknown): StorageFault | undefined {
  if (thrown instanceof DiskFullError) return 'disk-full'
  return thrown instanceof StoreFullError || thrown instanceof ConflictError ? 'overload' : undefined
}

/** The wire formats are loaded with the first request; after that they are there at once. */
function lazyWires(): (id: ServiceId) => ServiceWire | Promise<ServiceWire> {
  const loaded = new Map<ServiceId, ServiceWire>()
  const load = async (id: ServiceId): Promise<ServiceWire> => {
    const { serviceWire } = await import('#protocol/service-wire.ts')
    const wire = serviceWire(id)
    loaded.set(id, wire)
    return wire
  }
  return (id) => loaded.get(id) ?? load(id)
}

interface Emptied {
  readonly store: Store
  readonly blobs: Blobs
  readonly identity: Identity
  readonly workshop: Workshop
}

/** Empties everything that was kept. Requests under way may fail; whoever resets does not want their results. */
async function reset({ store, blobs, identity, workshop }: Emptied): Promise<void> {
  await Promise.all([store.clear(), workshop.resetEngine()])
  await Promise.all([blobs.clear(), identity.forget()])
  workshop.forget()
}

/** Clients on this machine reach a server that listens everywhere on loopback. */
function endpointOf({ host, tls }: ServerConfig, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `${tls === undefined ? 'http' : 'https'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
