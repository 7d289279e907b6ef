// Where cells come from: the private socket, the launcher, the pool, and the isolation tier, which is found by booting a
// cell and looking at what it sees.
import { closeSync, openSync, rmSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Clock } from '#base/clock.ts'
import { OperatorError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { Cell, CellHost, CellKind } from './cell.ts'
import type { EngineOptions } from './engine-options.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Lull } from './lull.ts'
import type { ImageStore } from './image-store.ts'
import type { BlockedKind, EngineStatus, IsolationTier, RuntimeKind } from './engine.ts'
import { findInstallation, hasOwnUsers, launcherCommand } from './installation.ts'
import type { Installation } from './installation.ts'
import { LauncherClient } from './launcher-client.ts'
import { MEMORY_CLASSES } from './launcher/commands.ts'
import { BLOCKED_CHARS_MAX, EPHEMERAL_MB, LAUNCHER_READY_MS_MAX } from './limits.ts'
import { Pool } from './pool.ts'
import type { ReadyTarget } from './pool.ts'
import { createPrints } from './print-pace.ts'
import { PrivateSocket } from './private-socket.ts'
import { prepareRuntimeFolder } from './runtime-folder.ts'
import { uplinkStatus } from './uplink-tools.ts'

type Weakness = EngineStatus['weaknesses'][number]
type Runtimes = Readonly<Record<RuntimeKind, Probed>>

/** What a probe of a runtime found. */
type Probed = EngineStatus['runtimes'][RuntimeKind] & { readonly fault?: string }

/** Longest path that fits a socket address everywhere. */
const SOCKET_PATH_BYTES_MAX = 100
/** Processes of a cell may still be ending. */
const CLEAR_RETRIES_MAX = 3

const MENDS: Readonly<Record<IsolationTier, string>> = {
  A: 'Run Mayfly as root, or give it a control group of its own: systemd-run --user --scope -p Delegate=yes npx mayfly start',
  B: 'Install bubblewrap (apt-get install bubblewrap) and allow user namespaces (on Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0).',
  C: 'Node.js must be able to start processes.',
}

const UNTRIED: Weakness = { what: 'a setting keeps the engine from better isolation', mend: 'Remove the setting.' }

const UNGUARDED: Weakness = {
  what: 'system calls that functions may not make are refused, but not logged',
  mend: 'Install perl (apt-get install perl-base); Linux 5.0 or later is needed.',
}

const unseated = (why: string): Weakness => ({
  what: `the server waits behind functions that compute, for milliseconds: ${why}`,
  mend: 'Start it in a control group of its own: systemd-run --scope -p Delegate=yes npx mayfly start (with --user where you are not root)',
})

const RUNTIME_MENDS: Readonly<Record<RuntimeKind, string>> = {
  node: 'Start Mayfly with a Node.js that can be read by its cells.',
  python: 'Install Python 3 (apt-get install python3) and start Mayfly again.',
}

export class CellYard {
  readonly pool: Pool
  readonly #found: Installation
  readonly #log: Log
  readonly #clock: Clock
  readonly #privateSocket: PrivateSocket
  readonly #cellsFd: number
  #launcher: LauncherClient
  #dispatcher: Dispatcher | undefined
  #tier: IsolationTier = 'C'
  readonly #weaknesses: Weakness[] = []
  #guarded = false
  /** Why the server has no group among the cells'. */
  #unseated: string | undefined
  readonly #blocked: Partial<Record<BlockedKind, number>> = {}
  #runtimes: Runtimes = { node: { available: false }, python: { available: false } }
  readonly #onLaunch: (() => void) | undefined
  /** Settles the wait for a launcher that is being tried. */
  #onReady: ((cgroups: string) => void) | undefined

  private constructor(
    clock: Clock,
    lull: Lull,
    options: EngineOptions,
    found: Installation,
    socket: PrivateSocket,
    target: ReadyTarget,
    images: ImageStore,
  ) {
    this.#clock = clock
    this.#log = options.log
    this.#onLaunch = options.onLaunch?.bind(options)
    this.#found = found
    this.#privateSocket = socket
    this.#cellsFd = openSync(found.cellsFolder, 'r')
    this.#launcher = this.#newLauncher('C')
    const host: CellHost = {
      clock,
      launcher: () => this.#launcher,
      privateSocket: socket,
      cellsFolder: found.cellsFolder,
      socketPath: (path) => this.#socketPath(path),
      holdImage: (id) => images.hold(id),
      acceptSocket: (socket, cell) => options.acceptSocket(socket, cell),
      egress: { clock, allowPrivate: options.allowPrivateEgress === true, ...options.egress },
      prints: createPrints(clock, lull),
      rationsCpu: options.cpu === 'quota',
      blocked: (instance, kind, what) => {
        this.#blocked[kind] = (this.#blocked[kind] ?? 0) + 1
        if (what !== undefined) this.#log.warn('blocked', { instance, kind, what: what.slice(0, BLOCKED_CHARS_MAX) })
      },
    }
    this.pool = new Pool(
      host,
      options.log,
      target,
      {
        available: (kind) => this.#dispatcher?.available(kind),
        hopeless: (kind) => this.#dispatcher?.hopeless(kind),
        busy: () => this.#dispatcher?.busy ?? false,
      },
      lull,
    )
  }

  /** Finds the best of `tiers`. Throws an OperatorError when none works. */
  static async open(
    clock: Clock,
    lull: Lull,
    options: EngineOptions,
    tiers: readonly IsolationTier[],
    target: ReadyTarget,
    images: ImageStore,
  ): Promise<CellYard> {
    const found = findInstallation(options)
    prepareRuntimeFolder(found.runtimeFolder)
    rmSync(found.socket, { force: true })
    const yard = new CellYard(clock, lull, options, found, await PrivateSocket.open(found.socket), target, images)
    if (tiers[0] !== 'A') yard.#weaknesses.push(UNTRIED)
    for (const tier of tiers) {
      const fault = await yard.#try(tier)
      if (fault === undefined) return yard
      yard.#blame(tier, fault)
      await yard.#launcher.close()
    }
    await yard.close()
    const faults = yard.#weaknesses.map(({ what }) => what).join('; ')
    throw new OperatorError(`functions cannot be isolated as required: ${faults}`, yard.#weaknesses[0]?.mend ?? '')
  }

  /** What ails two tiers alike is told once, with the mend of the lower one: that is what is missing for both. */
  #blame(tier: IsolationTier, fault: string): void {
    const above = `tier A does not work here: ${fault}`
    const last = this.#weaknesses.at(-1)
    if (last?.what !== above) {
      this.#weaknesses.push({ what: `tier ${tier} does not work here: ${fault}`, mend: MENDS[tier] })
      return
    }
    this.#weaknesses[this.#weaknesses.length - 1] = {
      what: `neither tier A nor ${tier} works here: ${fault}`,
      mend: MENDS[tier],
    }
  }

  /** Begins to serve: the pool fills, and tells the dispatcher. */
  serve(dispatcher: Dispatcher): void {
    this.#dispatcher = dispatcher
    this.#openPool()
  }

  /** Throws an OperatorError for a kind of cell that this machine does not have. */
  mustRun({ runtime, image, uplink }: CellKind): void {
    if (image !== undefined && this.#tier === 'C')
      throw new OperatorError('container images do not run here: there is no sandbox', MENDS.B)
    if (uplink !== undefined) this.#mustHaveUplink()
    const { available, fault = 'it is not installed' } = this.#runtimes[runtime]
    if (!available) throw new OperatorError(`there is no ${runtime} here: ${fault}`, RUNTIME_MENDS[runtime])
  }

  #mustHaveUplink(): void {
    const uplink = uplinkStatus(this.#found.uplink, this.#tier)
    if (!uplink.available)
      throw new OperatorError(`functions cannot have a network of their own here: ${uplink.what}`, uplink.mend)
  }

  /** What functions are isolated by. */
  get tier(): IsolationTier {
    return this.#tier
  }

  status(): Pick<EngineStatus, 'tier' | 'weaknesses' | 'runtimes' | 'uplink' | 'blocked'> {
    const uplink = uplinkStatus(this.#found.uplink, this.#tier)
    return { tier: this.#tier, weaknesses: this.#weaknesses, runtimes: this.#runtimes, uplink, blocked: this.#blocked }
  }

  /** Ends the launcher and every cell. */
  async close(): Promise<void> {
    this.pool.pause()
    await this.#launcher.close()
    this.pool.lost()
    await this.#clearCells()
    this.#privateSocket.close()
    closeSync(this.#cellsFd)
    rmSync(this.#found.runFolder, { recursive: true, force: true })
  }

  /** Removes what the launcher had no time for. What cannot be removed stays until the next start: the launcher clears it then. */
  async #clearCells(): Promise<void> {
    const { cellsFolder } = this.#found
    for (const entry of await readdir(cellsFolder)) {
      const path = join(cellsFolder, entry)
      await rm(path, { recursive: true, force: true, maxRetries: CLEAR_RETRIES_MAX }).catch((error: unknown) =>
        this.#log.warn('folder-not-removed', { path, error }),
      )
    }
  }

  #newLauncher(tier: IsolationTier): LauncherClient {
    return new LauncherClient(this.#clock, this.#log, launcherCommand(this.#found, tier), {
      ready: ({ cgroups, guarded, unseated }) => {
        this.#guarded = guarded
        this.#unseated = unseated
        if (this.#onReady) this.#onReady(cgroups)
        else this.#openPool()
      },
      event: (event) => {
        if (event.event === 'ready') return
        if (event.event === 'failed') this.#log.warn('launcher-failed', { ...event })
        this.pool.cell(event.cell)?.heard(event)
      },
      lost: () => this.pool.lost(),
    })
  }

  #openPool(): void {
    const kinds: CellKind[] = []
    for (const runtime of ['node', 'python'] as const)
      if (this.#runtimes[runtime].available)
        for (const memoryClass of MEMORY_CLASSES) kinds.push({ runtime, memoryClass, ephemeralMb: EPHEMERAL_MB })
    this.pool.open(kinds)
  }

  /** Starts a launcher for the tier and boots a cell of each runtime. A text says why the tier does not work. */
  async #try(tier: IsolationTier): Promise<string | undefined> {
    this.#tier = tier
    if (tier !== 'C' && this.#found.tools.bwrap === undefined) return 'bubblewrap (bwrap) is not installed'
    this.#launcher = this.#newLauncher(tier)
    const cgroups = await this.#launcherReady()
    if (cgroups === undefined) return 'the launcher did not start'
    if (tier === 'A' && cgroups.startsWith('none')) return cgroups.slice('none: '.length)
    const [node, python] = await Promise.all([this.#probe('node', tier), this.#probe('python', tier)])
    if (!node.available) return node.fault
    this.#runtimes = { node, python }
    if (tier !== 'C' && !this.#guarded) this.#weaknesses.push(UNGUARDED)
    if (this.#unseated !== undefined) this.#weaknesses.push(unseated(this.#unseated))
    if (!hasOwnUsers(this.#found, tier))
      this.#weaknesses.push({
        what: 'functions run under the user id of the server',
        mend: 'Run Mayfly as root, where users are not mapped (rootless containers map them): each cell then gets a user id of its own.',
      })
    return undefined
  }

  async #launcherReady(): Promise<string | undefined> {
    const ready = new Promise<string | undefined>((resolve) => {
      this.#onReady = resolve
      this.#clock.after(LAUNCHER_READY_MS_MAX, () => resolve(undefined))
    })
    this.#launcher.start()
    this.#onLaunch?.()
    const cgroups = await ready
    this.#onReady = undefined
    return cgroups
  }

  async #probe(runtime: RuntimeKind, tier: IsolationTier): Promise<Probed> {
    if (runtime === 'python' && this.#found.pythonPath === undefined) return { available: false }
    let cell: Cell
    try {
      cell = await this.pool.bootProbe({ runtime, memoryClass: 'small', ephemeralMb: EPHEMERAL_MB })
    } catch (error) {
      return { available: false, fault: error instanceof Error ? error.message : String(error) }
    }
    const fault = tier === 'C' ? undefined : leak(cell, tier)
    if (fault === undefined) this.pool.adopt(cell)
    else cell.kill('probed')
    if (fault !== undefined) return { available: false, fault }
    return { available: true, version: String(cell.facts['version']) }
  }

  /** Sockets have short addresses; a long path is reached through the open folder. */
  #socketPath(path: string): string {
    if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path
    return join(`/proc/self/fd/${this.#cellsFd}`, relative(this.#found.cellsFolder, path))
  }
}

/** What a probe cell can see and should not. */
function leak(cell: Cell, tier: IsolationTier): string | undefined {
  const { uid, processes, capabilities, noNewPrivileges, filtered, interfaces, shadowReadable } = cell.facts
  const outside = Array.isArray(interfaces) ? interfaces.filter((name) => name !== 'lo') : ['unknown']
  if (uid === 0) return 'a cell is root'
  if (typeof processes !== 'number' || processes > 4) return 'a cell sees processes of the machine'
  if (/[^0]/.test(String(capabilities))) return `a cell has capabilities: ${String(capabilities)}`
  if (noNewPrivileges !== true || filtered !== true) return 'system calls of a cell are not filtered'
  if (outside.length > 0) return `a cell has the network ${outside.join(', ')}`
  if (shadowReadable !== false) return 'a cell reads /etc/shadow'
  if (tier === 'A' && !cell.metered) return 'the memory of a cell is not measured'
  return undefined
}
