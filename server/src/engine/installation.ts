// What the machine has for running cells, and where things are put: found once at the start, never guessed later.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { getCompileCacheDir } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { EngineOptions } from './engine-options.ts'
import type { IsolationTier } from './engine.ts'
import type { LauncherCommandLine } from './launcher-client.ts'
import { type LauncherConfig, UID_COUNT } from './launcher/sandbox.ts'
import { keepText } from './kept-text.ts'
import { API_PORT, CLASSES } from './limits.ts'
import { canGiveIds } from './mapped-ids.ts'
import { findUplinkTools } from './uplink-tools.ts'

/** Cells get user ids from here on: beyond people and services, below what container tools map. */
const UID_FIRST = 1_500_000_000

const TOOL_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']

export interface Installation {
  readonly folder: string
  readonly cellsFolder: string
  /** Unpacked container images, each in a folder named by its digest. */
  readonly imagesFolder: string
  readonly runtimeFolder: string
  /** Short, for socket addresses; only this user gets in. */
  readonly runFolder: string
  readonly socket: string
  readonly root: boolean
  readonly nodePath: string
  readonly pythonPath: string | undefined
  readonly apiPort: number
  readonly sdkPackages: readonly { readonly name: string; readonly path: string }[]
  readonly tools: {
    readonly bwrap?: string
    readonly setpriv?: string
    readonly unshare?: string
    readonly perl?: string
  }
  readonly uplink: ReturnType<typeof findUplinkTools>
  readonly key: string
}

/** Looks around and makes the folders. */
export function findInstallation(options: EngineOptions): Installation {
  const folder = resolve(options.folder)
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const cellsFolder = join(folder, 'cells')
  const imagesFolder = join(folder, 'images/live')
  for (const made of [cellsFolder, imagesFolder]) mkdirSync(made, { recursive: true, mode: 0o755 })
  const runFolder = makeRunFolder(key)
  const tool = (name: string): string | undefined =>
    (options.toolFolders ?? TOOL_FOLDERS).map((place) => join(place, name)).find((path) => existsSync(path))
  const [bwrap, setpriv, unshare, perl] = [tool('bwrap'), tool('setpriv'), tool('unshare'), tool('perl')]
  const pythonPath = options.pythonPath ?? '/usr/bin/python3'
  return {
    folder,
    cellsFolder,
    imagesFolder,
    runtimeFolder: join(folder, 'runtime'),
    runFolder,
    socket: join(runFolder, 'engine.sock'),
    root: process.getuid?.() === 0,
    nodePath: realpathSync(options.nodePath ?? process.execPath),
    pythonPath: existsSync(pythonPath) ? pythonPath : undefined,
    apiPort: options.apiPort ?? API_PORT,
    sdkPackages: options.sdkFolder === undefined ? [] : sdkPackagesOnce(folder, resolve(options.sdkFolder)),
    tools: { ...(bwrap && { bwrap }), ...(setpriv && { setpriv }), ...(unshare && { unshare }), ...(perl && { perl }) },
    uplink: findUplinkTools(process.getuid?.() === 0, tool),
    key,
  }
}

/** The launcher's command line for a tier, and with it where the launcher sees everything. */
export function launcherCommand(found: Installation, tier: IsolationTier): LauncherCommandLine {
  const ownIds = found.root && found.tools.setpriv !== undefined && canGiveIds(UID_FIRST, UID_COUNT)
  const uidFirst = ownIds ? UID_FIRST : undefined
  const config: LauncherConfig = {
    tier,
    key: found.key,
    cellsFolder: found.cellsFolder,
    imagesFolder: found.imagesFolder,
    placesFile: join(found.folder, 'control-groups'),
    serverSocket: found.socket,
    nodePath: found.nodePath,
    pythonPath: found.pythonPath,
    apiPort: found.apiPort,
    runtimeFolder: found.runtimeFolder,
    sdkPackages: found.sdkPackages,
    bwrapPath: found.tools.bwrap,
    setprivPath: found.tools.setpriv,
    // Cells see the machine's /usr and nothing else of where programs are.
    perlPath: found.tools.perl?.startsWith('/usr/') === true ? found.tools.perl : undefined,
    uidFirst,
    uplink: 'available' in found.uplink || tier !== 'A' ? undefined : found.uplink,
    classes: CLASSES,
  }
  const entry = [found.nodePath, join(found.runtimeFolder, 'launcher/main.cjs')]
  const { cellsFolder, imagesFolder, runtimeFolder, nodePath } = found
  const paths = [cellsFolder, imagesFolder, runtimeFolder, nodePath, ...found.sdkPackages.map(({ path }) => path)]
  if (uidFirst === undefined || paths.every(enterableByAll)) return commandLine([...entry, JSON.stringify(config)])
  // A cell with a user id of its own could not even reach these paths.
  if (tier === 'C' || found.tools.unshare === undefined)
    return commandLine([...entry, JSON.stringify({ ...config, uidFirst: undefined })])
  return stagedCommand(found, entry, config)
}

/** Whether cells run under user ids of their own. */
export function hasOwnUsers(found: Installation, tier: IsolationTier): boolean {
  return launcherCommand(found, tier).args.at(-1)?.includes('"uidFirst"') === true
}

/**
 * $1: an empty folder; then pairs of a path and a name in it, up to "--"; then the command. The mounts are seen by the
 * launcher and its cells only; all but the cells' own folders are read-only, so that no mistake there reaches the original.
 */
const STAGE = `set -e; stage=$1; shift; mount -t tmpfs -o mode=0755,size=1m mayfly "$stage"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$stage/$2"; else : > "$stage/$2"; fi
  case $2 in cells) mode=rw;; *) mode=ro;; esac
  mount -o "bind,$mode" "$1" "$stage/$2"; shift 2
done; shift; exec "$@"`

/** Shows the launcher everything below one folder that all users can enter, in a mount namespace of its own. */
function stagedCommand(found: Installation, entry: readonly string[], config: LauncherConfig): LauncherCommandLine {
  // One empty folder serves all: each launcher mounts over it in a namespace of its own.
  const stage = ownFolder(join(dirname(found.runFolder), 'mayfly-stage'), 0o755)
  if (stage === undefined) return commandLine([...entry, JSON.stringify({ ...config, uidFirst: undefined })])
  const staged = {
    ...config,
    cellsFolder: join(stage, 'cells'),
    imagesFolder: join(stage, 'images'),
    runtimeFolder: join(stage, 'runtime'),
    nodePath: join(stage, 'node'),
    sdkPackages: found.sdkPackages.map(({ name }, index) => ({ name, path: join(stage, `sdk-${index}`) })),
  }
  const pairs = [
    [found.cellsFolder, 'cells'],
    [found.imagesFolder, 'images'],
    [found.runtimeFolder, 'runtime'],
    [found.nodePath, 'node'],
    ...found.sdkPackages.map(({ path }, index) => [path, `sdk-${index}`]),
  ].flat()
  const unshare = found.tools.unshare ?? ''
  const enter = [unshare, '--mount', '/bin/sh', '-c', STAGE, 'sh', stage, ...pairs, '--']
  return commandLine([...enter, ...entry, JSON.stringify(staged)])
}

function commandLine([file = '', ...args]: readonly string[]): LauncherCommandLine {
  return { file, args }
}

/** Whether every folder on the way lets everybody pass. */
function enterableByAll(path: string): boolean {
  for (let place = realpathSync(existsSync(path) ? path : dirname(path)); ; place = dirname(place)) {
    if ((statSync(place).mode & 0o001) === 0) return false
    if (place === dirname(place)) return true
  }
}

/** A folder with a short path. One of ours is used again; one of somebody else never. */
function makeRunFolder(key: string): string {
  for (const parent of ['/run', tmpdir()]) {
    const folder = ownFolder(join(parent, `mayfly-${key}`), 0o711)
    if (folder !== undefined) return folder
  }
  const made = mkdtempSync(join(tmpdir(), 'mayfly-'))
  chmodSync(made, 0o711)
  return made
}

/** Makes the folder, or takes it if it is this user's; undefined when it is somebody else's or cannot be made. */
function ownFolder(path: string, mode: number): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode })
    const info = lstatSync(path)
    if (!info.isDirectory() || info.uid !== process.getuid?.()) return undefined
    chmodSync(path, mode)
    return path
  } catch {
    return undefined
  }
}

type Packages = Installation['sdkPackages']

/** What npm changes whenever it installs: its list of what is there, and the folders that packages lie in. */
const INSTALLED = ['.package-lock.json', '', '@aws-sdk', '@smithy', '@aws-crypto']

/**
 * What `findSdkPackages` finds, remembered beside Node's compile cache where that is in use, else in the engine's folder: a
 * hundred manifests are not read at each start, nor for each new folder of data. It is looked for anew when something was
 * installed, or when one of the packages is not there any more.
 */
function sdkPackagesOnce(folder: string, modules: string): Packages {
  const changedMs = INSTALLED.map((name) => statSync(join(modules, name), { throwIfNoEntry: false })?.mtimeMs)
  const state = JSON.stringify([modules, ...changedMs])
  const place = createHash('sha256').update(modules).digest('hex').slice(0, 16)
  const file = join(getCompileCacheDir() ?? folder, `sdk-packages-${place}.json`)
  try {
    const known = JSON.parse(readFileSync(file, 'utf8')) as { readonly state: string; readonly packages: Packages }
    if (known.state === state && known.packages.every(({ path }) => existsSync(path))) return known.packages
  } catch {
    // The first start, or one that was cut short: it is written anew.
  }
  const packages = findSdkPackages(modules)
  keepText(file, JSON.stringify({ state, packages }))
  return packages
}

/** The @aws-sdk packages of a node_modules folder and, by their manifests, everything that these need. */
function findSdkPackages(modules: string): { name: string; path: string }[] {
  const scope = join(modules, '@aws-sdk')
  if (!existsSync(scope)) return []
  const found = new Set<string>()
  const visit = (name: string): void => {
    const top = name.startsWith('@') ? (name.split('/')[0] ?? name) : name
    const manifest = join(modules, name, 'package.json')
    if (visited.has(name) || !existsSync(manifest)) return
    visited.add(name)
    found.add(top)
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      dependencies?: Record<string, string>
    }
    for (const dependency of Object.keys(dependencies)) visit(dependency)
  }
  const visited = new Set<string>()
  for (const name of readdirSync(scope)) visit(`@aws-sdk/${name}`)
  return [...found].sort().map((name) => ({ name, path: realpathSync(join(modules, name)) }))
}
