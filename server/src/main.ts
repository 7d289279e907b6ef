// The composition root: chooses the drivers and joins the rooms. Read `startServer` from top to bottom to see what a
// server is made of; everything that is opened there is closed in the reverse order.
import { createAuditor } from '#audit/auditor.ts'
import { DataSelection } from '#audit/data-selection.ts'
import { Journal } from '#audit/journal.ts'
import type { Clock } from '#base/clock.ts'
import { systemClock } from '#base/clock.ts'
import { randomHex, systemRandom } from '#base/ids.ts'
import { type Log, silentLog } from '#base/log.ts'
import { OperatorError } from '#base/errors.ts'
import type { Engine } from '#engine/engine.ts'
import { createAuthorizer } from '#gateway/authorize.ts'
import { Denials, explainRoute } from '#gateway/denials.ts'
import type { StorageFault } from '#gateway/failure-answers.ts'
import { createGateway } from '#gateway/gateway.ts'
import { openCertificates } from '#gateway/tls/open-certificates.ts'
import { openRootKey } from '#identity/access-keys.ts'
import { preloadChecksums } from '#identity/checksums.ts'
import { type Identity, openIdentity } from '#identity/identity.ts'
import { AccountQuotas } from '#identity/quotas/account-quotas.ts'
import { selectData } from '#services/cloudtrail/wanted-data.ts'
import { openVault } from '#identity/vault/vault.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ServiceWire } from '#protocol/wire.ts'
import type { Blobs } from '#storage/blobs.ts'
import { DiskSpace } from '#storage/disk/disk-space.ts'
import { makeRoomToStart } from '#storage/disk/reserve.ts'
import { openFileBlobs } from '#storage/files/file-blobs.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import { DiskFullError, type Store, StoreFullError } from '#storage/store.ts'
import { ConflictError } from '#storage/transact.ts'
import { join } from 'node:path'
import { type ServerOptions, resolveConfig, type ServerConfig } from './config.ts'
import { claimDataFolder, type DataPaths, nameTheOwner, openDataFolder, releaseDataFolder } from './data-folder.ts'
import { Deadline } from './deadline.ts'
import { VERSION } from './version.ts'
import { openWorkshop, type Workshop } from './workshop/workshop.ts'

export type { ServerMode, ServerOptions } from './config.ts'
export { VERSION } from './version.ts'

/** How long requests and invocations under way may take to end when the server closes. */
const CLOSE_GRACE_MS = 30_000

export interface RunningServer {
  /** `http://127.0.0.1:4566`. */
  readonly endpoint: string
  readonly host: string
  readonly port: number
  readonly mode: ServerConfig['mode']
  readonly dataFolder: string
  /** The certificate that clients are to trust, where the server has an authority of its own. */
  readonly authorityFile: string | undefined
  /** Root access key in AWS's shared-credentials format; `start` only. */
  readonly credentialsFile: string | undefined
  /** What runs functions, for status lines. */
  engineStatus(): ReturnType<Engine['status']>
  /** Drains and closes; resolves when everything is on disk and nothing runs. Calling it again waits for the same end. */
  close(graceMs?: number): Promise<void>
}

/**
 * Starts a server. Resolves when it is ready: listening, stores open, engine up. Throws OperatorError, with a hint, when
 * the settings, the port or the data folder do not allow it; nothing stays open then.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const config = resolveConfig(options)
  const clock = systemClock
  const log = options.log ?? silentLog
  const opened = new AsyncDisposableStack()
  // A start that fails has nothing under way that is worth waiting for.
  const deadline = new Deadline(clock, 0)
  try {
    const paths = await openDataFolder(config.dataFolder)
    demandRoomToStart(paths)
    const space = await openDiskSpace(paths, clock, log, opened)
    const [store, blobs] = await Promise.all([
      openStore(paths, space, options, opened),
      openBlobs(paths, space, clock, opened),
      preloadChecksums(),
    ])
    await claimDataFolder(paths, process.pid)
    opened.defer(() => releaseDataFolder(paths))
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
      engineFolder: paths.engine,
      usageFolder: paths.usage,
      readyCells: options.readyCells,
      allowPrivateEndpoints: config.allowPrivateEndpoints,
      functionCpu: config.functionCpu,
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
    const engine = await workshop.start(endpoint, (socket) => gateway.acceptSocket(socket))
    return runningServer({ config, endpoint, port, paths, engine, workshop, opened, deadline, log })
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

/** A full disk must not keep the server from starting: how else would anything be deleted through it? */
function demandRoomToStart({ folder, reserve }: DataPaths): void {
  if (makeRoomToStart(reserve)) return
  throw new OperatorError(
    `the disk of the data folder ${folder} is full`,
    'Make a little room on it: then the server starts, and more can be deleted through it.',
  )
}

async function openDiskSpace(
  { reserve }: DataPaths,
  clock: Clock,
  log: Log,
  opened: AsyncDisposableStack,
): Promise<DiskSpace> {
  const space = await DiskSpace.open({ reservePath: reserve, clock, log: log.with({ room: 'storage' }) })
  opened.defer(() => space.close())
  return space
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

async function openStore(
  paths: DataPaths,
  space: DiskSpace,
  options: ServerOptions,
  opened: AsyncDisposableStack,
): Promise<Store> {
  const onFatal = options.onFatal ?? (() => process.exit(1))
  try {
    const store = await openSqliteStore({
      path: paths.store,
      disk: { space, reservePath: paths.reserve },
      onFatal(error) {
        options.log?.error('storage failed', { error })
        onFatal(error)
      },
    })
    opened.defer(() => store.close())
    return store
  } catch (error) {
    throw await nameTheOwner(paths, error)
  }
}

async function openBlobs(
  paths: DataPaths,
  space: DiskSpace,
  clock: Clock,
  opened: AsyncDisposableStack,
): Promise<Blobs> {
  const blobs = await openFileBlobs({ folder: paths.blobs, clock, space })
  opened.defer(() => blobs.close())
  return blobs
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

interface Running {
  readonly config: ServerConfig
  readonly endpoint: string
  readonly port: number
  readonly paths: DataPaths
  readonly engine: Engine
  readonly workshop: Workshop
  readonly opened: AsyncDisposableStack
  readonly deadline: Deadline
  readonly log: Log
}

function runningServer({
  config,
  endpoint,
  port,
  paths,
  engine,
  workshop,
  opened,
  deadline,
  log,
}: Running): RunningServer {
  let closed: Promise<void> | undefined
  const { host, mode, dataFolder } = config
  log.info('ready', { endpoint, mode, dataFolder, tier: engine.status().tier })
  return {
    endpoint,
    host,
    port,
    mode,
    dataFolder,
    authorityFile: config.tls?.kind === 'own' ? join(paths.tls, 'ca.pem') : undefined,
    credentialsFile: mode === 'start' ? paths.credentials : undefined,
    engineStatus: () => engine.status(),
    close(graceMs = CLOSE_GRACE_MS) {
      closed ??= (async () => {
        log.info('draining')
        deadline.set(graceMs)
        workshop.drain()
        await opened.disposeAsync()
        log.info('closed')
      })()
      return closed
    },
  }
}
