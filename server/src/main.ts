// The composition root: chooses the drivers, begins the engine's start, and has the rooms joined over them
// (join-rooms.ts). Read `startServer` and then `joinRooms` from top to bottom to see what a server is made of; everything
// that is opened there is closed in the reverse order. The order is that of what takes long: what other threads and
// processes do begins first, and this thread loads the rest of its modules meanwhile.
import type { Clock } from '#base/clock.ts'
import { systemClock } from '#base/clock.ts'
import { collectForWork, compactAtRest } from '#base/compact-at-rest.ts'
import { type Log, silentLog } from '#base/log.ts'
import { OperatorError } from '#base/errors.ts'
import type { Engine } from '#engine/engine.ts'
import { DiskSpace } from '#storage/disk/disk-space.ts'
import { makeRoomToStart } from '#storage/disk/reserve.ts'
import { openFileBlobs } from '#storage/files/file-blobs.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import type { Store } from '#storage/store.ts'
import { join } from 'node:path'
import { type ServerOptions, resolveConfig, type ServerConfig } from './config.ts'
import { claimDataFolder, type DataPaths, nameTheOwner, openDataFolder, releaseDataFolder } from './data-folder.ts'
import { Deadline } from './deadline.ts'
import type { JoinedRooms } from './join-rooms.ts'

export type { ServerOptions } from './config.ts'

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
  if (options.ownProcess === true) collectForWork()
  const clock = systemClock
  const log = options.log ?? silentLog
  const opened = new AsyncDisposableStack()
  // A start that fails has nothing under way that is worth waiting for.
  const deadline = new Deadline(clock, 0)
  try {
    const paths = await openDataFolder(config.dataFolder)
    demandRoomToStart(paths)
    const space = await openDiskSpace(paths, clock, log, opened)
    const locked = Promise.withResolvers<void>()
    // The Store's thread starts beside this one, which loads modules and has the launcher started meanwhile.
    const storeOpening = openStore(paths, space, options, () => locked.resolve())
    opened.defer(async () => (await storeOpening.catch(() => undefined))?.close())
    const blobsOpening = openFileBlobs({ folder: paths.blobs, clock, space })
    opened.defer(async () => (await blobsOpening.catch(() => undefined))?.close())
    // Whichever fails is told when its turn comes.
    for (const opening of [storeOpening, blobsOpening]) opening.catch(() => {})
    const { EngineStart } = await import('./engine-start.ts')
    // Not before the folder is ours: its launcher ends what a former life left.
    await Promise.race([locked.promise, storeOpening])
    const engineStart = new EngineStart({
      folder: paths.engine,
      clock,
      log: log.with({ room: 'engine' }),
      port: config.port,
      ...(options.readyCells && { ready: options.readyCells }),
      cpu: config.functionCpu,
      allowPrivateEgress: config.allowPrivateEndpoints,
    })
    opened.defer(() => engineStart.close(deadline))
    await engineStart.launched
    const { joinRooms } = await import('./join-rooms.ts')
    const [store, blobs] = await Promise.all([storeOpening, blobsOpening])
    await claimDataFolder(paths, process.pid)
    opened.defer(() => releaseDataFolder(paths))
    const joined = await joinRooms({
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
    })
    if (options.ownProcess === true) compactAtRest(clock)
    return runningServer({ ...joined, config, paths, opened, deadline, log })
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

async function openStore(
  paths: DataPaths,
  space: DiskSpace,
  options: ServerOptions,
  onLocked: () => void,
): Promise<Store> {
  const onFatal = options.onFatal ?? (() => process.exit(1))
  try {
    return await openSqliteStore({
      path: paths.store,
      onLocked,
      compacts: options.ownProcess === true,
      disk: { space, reservePath: paths.reserve },
      onFatal(error) {
        options.log?.error('storage failed', { error })
        onFatal(error)
      },
    })
  } catch (error) {
    throw await nameTheOwner(paths, error)
  }
}

interface Running extends JoinedRooms {
  readonly config: ServerConfig
  readonly paths: DataPaths
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
